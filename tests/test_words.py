"""Every code that the rules can give has words, and every sentence is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments import words
from assessments.rules import Case, Side, assess, default_instrument, read_case, values
from assessments.rules.gates import evaluate
from assessments.rules.readings import Readings
from assessments.rules.verdict import decide
from assessments.words.findings import CONTRADICTIONS, FLAGS
from assessments.words.report import report
from assessments.words.verdict import COUNTED, FAILED

from .rules.cases import make_facts, participant, phases, rated, staff
from .test_workflow import FACTS

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.toml"))
INSTRUMENT = default_instrument()
RULESETS = ("bussu-2014", "four-cos")
STATEMENTS = {item.code: f"Statement {item.code}." for item in INSTRUMENT.items}


def records(case: Case) -> list[dict]:
    """The public record under each rule-set."""
    return [assess(case, INSTRUMENT, ruleset=name).as_dict() for name in RULESETS]


def sentences(record: Mapping, statements: Mapping[str, str] | None = None) -> Iterator[str]:
    """Every whole sentence that people read of a record."""
    yield words.verdict(record)
    yield words.whose_rule(record)
    yield words.firmness(record)
    for one in [*record["dimensions"].values(), record["product"]]:
        if one["gap"] is not None:
            yield words.gap(one["gap"], 15)
    for entry in record["open_gates"]:
        yield words.open_gate(entry, statements)
    for entry in record["would_change"]:
        yield words.change(entry, statements)
    for entry in record["contradictions"]:
        yield words.contradiction(entry)
    for entry in record["flags"]:
        flag = words.flag(entry, statements)
        yield from (flag.meaning, flag.todo)


def parts(record: Mapping, statements: Mapping[str, str] | None = None) -> Iterator[str]:
    """Every name and reason, which end without a full stop."""
    for gate in record["gates"].values():
        yield from words.reasons(gate["because"], statements)
    for entry in record["flags"]:
        flag = words.flag(entry, statements)
        yield flag.title
        yield from flag.because
    for entry in record["contradictions"]:
        yield from words.reasons(entry["because"], statements)


UNFINISHED = re.compile(r"%\(|%s|%%|\{|\}|None|nan|<|>|  |\.\.|“”|_|\bunknown\b")
"""What a sentence for people never holds: gaps left unfilled, codes, and doubled signs."""


def check(record: Mapping) -> None:
    """That all words of a record are there and whole, with the statements of items and without."""
    for statements in (None, STATEMENTS):
        for sentence in sentences(record, statements):
            assert not UNFINISHED.search(sentence), sentence
            assert sentence == sentence.strip()
            assert sentence[0].isupper() or sentence[0] == "“", sentence
            assert sentence.endswith("."), sentence
        for part in parts(record, statements):
            assert not UNFINISHED.search(part), part
            assert part == part.strip()
            assert part[0].isupper() or part[0] == "“", part
            assert not part.endswith("."), part


# All that can happen


RATING = st.integers(0, 4) | st.sampled_from(values.Missing)


@st.composite
def cases(draw) -> Case:
    """Any facts, with a few rating patterns on either side, on either form."""
    responses = []
    for side, most in ((Side.STAFF, 3), (Side.PARTICIPANT, 6)):
        number = draw(st.integers(0, most))
        form = draw(st.sampled_from(values.Form)) if side is Side.PARTICIPANT else values.Form.FULL
        pattern = {item.code: draw(RATING) for item in INSTRUMENT.items if item.asked_of(side, form)}
        responses += [values.Response(side=side, form=form, answers=pattern)] * number
    return Case(facts=draw(FACTS), responses=tuple(responses))


@given(cases())
@settings(max_examples=60, deadline=None)
def test_whatever_the_rules_find_has_words(case):
    for record in records(case):
        check(record)
        text = report({"title": "A case", **record}, INSTRUMENT.thresholds, STATEMENTS)
        assert not re.search(r"%\(|None|\bnan\b", text)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_worked_example_has_words(path):
    for record in records(read_case(path, INSTRUMENT).case):
        check(record)


# Verdicts


DECIDING = [
    make_facts(
        basis=basis, intentional=meant, staff_time=time, agency=agency, public_resources=public, phases=done
    )
    for basis, meant, time, agency, public, done in product(
        (values.Basis.CHOSEN, values.Basis.REQUIRED, values.Basis.GENERAL_RULE, values.Basis.UNKNOWN),
        (values.Known.YES, values.Known.NO),
        (values.StaffTime.KEPT, values.StaffTime.REDUCED, values.StaffTime.WITHDRAWN),
        (values.Agency.ONGOING, values.Agency.NONE),
        (values.Known.YES, values.Known.NO),
        (
            phases(deliver="shared"),
            phases(design="shared"),
            phases(),
            phases(design="consulted"),
            phases(design="unknown", deliver="alone"),
            phases(design="shared", deliver="shared"),
        ),
    )
]
"""Facts that fail every condition in every way, alone and together."""


def gates_of(facts: values.Facts, additive: int | None, ruleset: str) -> dict:
    """The part of a record that a verdict's sentence reads, without the thousand runs behind its firmness."""
    readings = Readings(additive=additive)
    required = INSTRUMENT.rulesets[ruleset]
    gates = evaluate(facts, readings, INSTRUMENT.thresholds, required)
    verdict = decide(facts, gates)
    return {
        "counts": verdict.counts.value,
        "kind": verdict.kind and verdict.kind.value,
        "decided_by": verdict.decided_by and verdict.decided_by.value,
        "gates": {name.value: gate.as_dict() for name, gate in gates.items()},
    }


def test_every_way_to_fail_and_to_count_has_its_own_sentence():
    found = {
        words.verdict(gates_of(facts, additive, ruleset))
        for facts, additive, ruleset in product(DECIDING, (None, 10, 90), RULESETS)
    }

    assert {str(text) for text in [*FAILED.values(), *COUNTED.values()]} <= found
    assert all(sentence.startswith("This ") and sentence.endswith(".") for sentence in found)


@pytest.mark.parametrize(
    ("changes", "additive", "sentence"),
    [
        ({"basis": values.Basis.REQUIRED}, None, "people take part because they have to"),
        ({"basis": values.Basis.GENERAL_RULE}, None, "people follow a rule that applies to everybody"),
        ({"intentional": values.Known.NO}, None, "people do not know what it involves"),
        ({"phases": phases()}, None, "a conventional service"),
        ({"phases": phases(assess="consulted")}, None, "consultation rather than coproduction"),
        ({"agency": values.Agency.NONE}, None, "people do this among themselves"),
        (
            {"agency": values.Agency.NONE, "staff_time": values.StaffTime.REDUCED},
            None,
            "no public service works with them",
        ),
        ({"public_resources": values.Known.NO}, None, "no public resources support it"),
        ({"staff_time": values.StaffTime.WITHDRAWN}, None, "staff time was withdrawn"),
        ({}, 39, "the ratings say that people replace what staff did"),
        ({"staff_time": values.StaffTime.WITHDRAWN}, 39, "staff time was withdrawn"),
        ({"phases": phases(design="shared")}, None, "partly coproduction"),
        ({"phases": phases(deliver="shared")}, None, "staff design it, and people help to deliver it"),
        ({"phases": phases(design="unknown", deliver="shared")}, None, "Who designs it is not known."),
        ({}, None, "people help to design it and to deliver it"),
        ({"basis": values.Basis.UNKNOWN}, None, "not yet clear"),
        ({"basis": values.Basis.UNKNOWN, "agency": values.Agency.NONE}, None, "among themselves"),
    ],
)
def test_verdict_names_the_fact_that_decided(changes, additive, sentence):
    assert sentence in words.verdict(gates_of(make_facts(**changes), additive, "bussu-2014"))


def test_contested_verdict_and_its_open_gate_say_who_disagrees():
    people = [participant(**rated(Side.PARTICIPANT, "voluntary", 0))] * 5
    (record, _) = records(Case(facts=make_facts(), responses=tuple(people)))

    assert words.verdict(record).startswith("This is contested:")
    (entry,) = record["open_gates"]
    assert words.open_gate(entry) == (
        "People take part freely and knowingly: contested by participants. Talk with participants about "
        "this, then ask again: V1; V3; Terms of taking part."
    )


def test_unknown_open_gate_says_what_would_settle_it():
    record = gates_of(make_facts(agency=values.Agency.UNKNOWN), None, "bussu-2014")
    assert words.verdict(record).startswith("This is not yet clear:")

    (whole, _) = records(Case(facts=make_facts(agency=values.Agency.UNKNOWN)))
    assert [words.open_gate(entry) for entry in whole["open_gates"]] == [
        "A public service works with them: not known. "
        "What would settle it: Working contact with a public service."
    ]


# Tables of words


def test_every_code_has_a_name():
    for table, codes in (
        (words.COUNTS, values.Counts),
        (words.KINDS, values.Kind),
        (words.GATES, values.GateName),
        (words.STATES, values.State),
        (words.DIMENSIONS, values.Dimension),
        (words.LEVELS, values.Level),
        (words.AGREEMENT, values.Agreement),
        (words.CONTEXT, values.Context),
    ):
        assert set(table) == {code.value for code in codes}
    assert set(words.BANDS) == {code.value for code in values.SCORED}
    assert all(set(bands) == {band.value for band in values.Band} for bands in words.BANDS.values())
    assert set(words.RULESETS) == set(INSTRUMENT.rulesets)
    assert set(words.MOTIVES) == {item.code for item in INSTRUMENT.items if item.dimension == "motives"}


def test_every_flag_of_the_rules_has_words_and_none_is_left_over():
    gates = [f"contested_{name}" for name in ("voluntary", "agency", "additive")]
    gaps = [f"perception_gap_{code}" for code in values.SCORED]

    for code in [*FLAGS, *gates, *gaps]:
        flag = words.flag({"code": code, "because": []})
        assert flag.code == code
        assert flag.title
        assert flag.meaning.endswith(".")
        assert flag.todo.endswith(".")
    assert set(FLAGS) == {
        "offloading",
        "individualised_substitutive",
        "transactional",
        "one_sided",
        "no_outcomes",
        "under_invested",
        "hidden_duty",
    }


def test_every_contradiction_of_the_rules_has_words():
    levels = [
        f"{stem}_{level}"
        for stem, level in product(("recorded_level_weak", "unrecorded_level_strong"), values.Level)
    ]

    for code in [*CONTRADICTIONS, *levels]:
        assert words.contradiction({"code": code, "because": []}).endswith(".")


@pytest.mark.parametrize("lookup", [words.flag, words.contradiction])
def test_a_code_without_words_is_a_fault_and_no_silence(lookup):
    with pytest.raises(KeyError):
        lookup({"code": "made_up", "because": []})


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("basis=required", "Terms of taking part: required of them"),
        ("agency=none", "Working contact with a public service: none"),
        ("staff_time=unknown", "Staff time for the tasks that people now do: not known"),
        ("levels=individual,collective", "Recorded levels: individual, collective"),
        ("context.cuts=yes", "The budget was cut in the last two years: yes"),
        ("A4.participants=3.2", "A4: participants rate it 3.2 of 4"),
        ("additive=35.0", "Additive: 35.0 of 100"),
        ("additive.staff=35.0", "Additive: staff give 35.0 of 100"),
        ("group.participants=25.0", "Group: participants give 25.0 of 100"),
        ("relational.gap=-20.0", "Relational: 20.0 points apart, over the statements that both sides rated"),
        ("sides=staff", "Only staff have rated anything"),
        ("counts=yes", "Verdict: coproduction"),
    ],
)
def test_reasons_in_words(code, sentence):
    assert words.reasons([code]) == [sentence]


def test_a_reason_names_the_statement_where_it_is_known():
    assert (
        words.reason("A4.staff=3.0", {"A4": "We now do jobs."})
        == "A4 “We now do jobs”: staff rate it 3.0 of 4"
    )


# Figures in words


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        (None, ""),
        (0.0, "Staff and participants see this alike."),
        (0.4, "Staff and participants see this alike."),
        (1.0, "Participants rate this 1 point higher than staff."),
        (-1.2, "Participants rate this 1 point lower than staff."),
        (14.9, "Participants rate this 15 points higher than staff."),
        (15.0, "Participants rate this 15 points higher than staff. That is a wide gap."),
        (-60.0, "Participants rate this 60 points lower than staff. That is a wide gap."),
    ],
)
def test_gap_in_words(points, sentence):
    assert words.gap(points, 15) == sentence


def test_a_gap_is_as_wide_as_the_version_says():
    assert words.gap(20.0, 20).endswith("That is a wide gap.")
    assert not words.gap(19.9, 20).endswith("That is a wide gap.")


@pytest.mark.parametrize(
    ("share", "start"),
    [
        (1.0, "It is firm"),
        (0.95, "It is firm"),
        (0.94, "It is fairly firm"),
        (0.75, "It is fairly firm"),
        (0.74, "It is fragile"),
        (0.0, "It is fragile"),
    ],
)
def test_firmness_in_words(share, start):
    sentence = words.firmness({"robustness": {"verdict_holds": share}})

    assert sentence.startswith(f"{start}: the verdict stays the same in {round(share * 100)}% of 1,000 runs")


def test_a_rule_set_of_somebody_else_is_called_by_its_code():
    assert words.whose_rule({"ruleset": "our-own"}) == "Judged by our-own."


def test_what_would_change_speaks_of_the_fact_before_and_after():
    (record, _) = records(Case(facts=make_facts(basis=values.Basis.REQUIRED)))

    assert words.change(record["would_change"][0]) == (
        "If “Terms of taking part” were “chosen freely, with duties inside” (now: required of them): the "
        "verdict would be “Coproduction”; the kind would be “designed and delivered together”."
    )


def test_levels_that_are_not_recorded_read_as_not_known():
    (record, _) = records(
        Case(facts=replace(make_facts(), levels=frozenset()), responses=(staff(L1=4, L2=0, L3=0),))
    )

    check(record)
