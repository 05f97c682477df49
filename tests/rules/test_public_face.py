"""The public face of the rules: what it names, what it refuses, and what it never loads."""

import subprocess
import sys
from pathlib import Path

import pytest

from assessments import rules
from assessments.rules import Missing, Response, Side
from tests.rules.cases import INSTRUMENT, Form, make_facts, participant, run, staff


def test_public_face_loads_no_part_of_django():
    check = "import assessments.rules, sys; assert not any(m.split('.')[0] == 'django' for m in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", check], cwd=Path(rules.__file__).parents[2], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_public_face_names_what_can_be_imported():
    assert sorted(set(rules.__all__)) == sorted(rules.__all__)
    assert all(hasattr(rules, name) for name in rules.__all__)


def test_phrases_name_every_gate_and_scored_dimension():
    assert list(rules.PHRASES) == list(rules.GateName)
    assert list(rules.DIMENSION_PHRASES) == [
        "additive",
        "voluntary",
        "individual_collective",
        "relational",
        "product",
    ]


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (staff(V6=3), "V6 is not asked on the full form of staff."),
        (participant(A6=3), "A6 is not asked on the full form of participant."),
        (participant(Form.SHORT, A5=3), "A5 is not asked on the short form of participant."),
        (staff(Z9=3), "Z9 is not asked on the full form of staff."),
        (staff(A1=5), "A1 is 5; ratings are whole numbers from 0 to 4."),
        (staff(A1=-1), "A1 is -1; ratings are whole numbers from 0 to 4."),
        (staff(A1=True), "A1 is True; ratings are whole numbers from 0 to 4."),
        (staff(A1=3.0), "A1 is 3.0; ratings are whole numbers from 0 to 4."),
        (staff(A1="no"), "A1 is 'no'; ratings are whole numbers from 0 to 4."),
    ],
)
def test_assess_refuses_answers_that_could_not_have_been_given(response, message):
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.") + "$"):
        run(response)


def test_assess_takes_every_rating_and_every_reason_for_none():
    profile = run(staff(A1=0, A2=1, A3=2, A4=3, A5=4, A6=Missing.DK, V1=Missing.NA))

    assert profile.as_dict()["items"]["A6"]["staff"] == {
        "mean": None,
        "n": 0,
        "dk": 1,
        "na": 0,
        "score": None,
    }


def test_assess_refuses_an_unknown_ruleset():
    with pytest.raises(
        ValueError, match=r"^There is no rule-set 'three-cos'; the instrument has bussu-2014, four-cos\.$"
    ):
        run(ruleset="three-cos")


@pytest.mark.parametrize("number", [0, -1])
def test_assess_refuses_fewer_than_one_participant(number):
    with pytest.raises(ValueError, match=rf"^min_participants is {number}; give a whole number from 1\.$"):
        run(min_participants=number)


def test_min_participants_of_one_hears_a_single_participant():
    heard = run(participant(V1=0), min_participants=1)
    unheard = run(participant(V1=0), min_participants=2)

    assert (heard.counts, unheard.counts) == ("contested", "yes")


def test_record_has_its_keys_in_fixed_order():
    record = run().as_dict()

    assert list(record) == [
        "instrument",
        "ruleset",
        "rules_version",
        "counts",
        "kind",
        "decided_by",
        "open_gates",
        "gates",
        "dimensions",
        "product",
        "motives",
        "flags",
        "contradictions",
        "context",
        "robustness",
        "would_change",
        "items",
        "responses",
        "agreement",
    ]
    assert list(record["gates"]) == ["voluntary", "production", "agency", "resources", "additive", "delivery"]
    assert list(record["gates"]["agency"]) == ["state", "required", "because"]
    assert list(record["dimensions"]) == ["additive", "voluntary", "individual_collective", "relational"]
    assert list(record["dimensions"]["additive"]) == [
        "score",
        "band",
        "coverage",
        "gap",
        "staff",
        "participants",
    ]
    assert list(record["dimensions"]["individual_collective"])[-1] == "levels"
    assert list(record["dimensions"]["individual_collective"]["levels"]) == [
        "individual",
        "group",
        "collective",
    ]
    assert list(record["robustness"]) == ["verdict_holds", "dimensions"]
    assert list(record["robustness"]["dimensions"]) == [*record["dimensions"], "product"]
    assert list(record["context"]) == ["helps", "hinders", "unknown"]


def test_record_without_any_answer_has_no_figure():
    record = run().as_dict()

    empty = {"score": None, "band": None, "coverage": None, "gap": None, "staff": None, "participants": None}
    assert record["dimensions"]["additive"] == empty
    assert record["product"] == empty
    nothing = {"recorded": False, "strength": None, "gap": None}
    assert record["dimensions"]["individual_collective"] == {
        **empty,
        "levels": {"individual": nothing, "group": nothing, "collective": nothing},
    }
    assert record["robustness"]["dimensions"]["relational"] == {"low": None, "high": None}
    assert record["robustness"]["verdict_holds"] == 1.0
    assert (record["items"], record["motives"], record["flags"]) == ({}, None, [])
    assert record["responses"] == {"staff": 0, "participants": 0}
    assert record["agreement"]["additive"] == {"staff": None, "participants": None}


def test_record_gives_the_figures_of_each_item_that_was_asked():
    record = run(
        staff(A1=4, A4=1, L1=3, L4=2),
        staff(A1=3, A4=Missing.DK),
        participant(Form.SHORT, A1=Missing.NA, A4=2),
    ).as_dict()

    items = record["items"]
    assert items["A1"] == {
        "staff": {"mean": 3.5, "n": 2, "dk": 0, "na": 0, "score": 87.5},
        "participants": {"mean": None, "n": 0, "dk": 0, "na": 1, "score": None},
    }
    assert items["A4"]["staff"] == {"mean": 1.0, "n": 1, "dk": 1, "na": 0, "score": 75.0}
    assert items["A4"]["participants"] == {"mean": 2.0, "n": 1, "dk": 0, "na": 0, "score": 50.0}
    assert items["L1"]["staff"]["score"] == 75.0
    assert items["L4"] == {
        "staff": {"mean": 2.0, "n": 1, "dk": 0, "na": 0, "score": None},
        "participants": None,
    }
    assert items["A6"]["participants"] is None
    assert "V6" not in items
    assert "M1" not in items
    assert record["responses"] == {"staff": 2, "participants": 1}


def test_record_says_which_instrument_and_rules_decided():
    record = run(ruleset="four-cos").as_dict()

    assert (record["instrument"], record["ruleset"], record["rules_version"]) == ("1", "four-cos", 1)
    assert [name for name, gate in record["gates"].items() if gate["required"]] == ["production", "agency"]


def test_facts_left_out_are_unknown():
    facts = rules.Facts()

    assert {facts.part(phase) for phase in rules.Phase} == {rules.Part.UNKNOWN}
    assert {facts.circumstance(name) for name in rules.Context} == {rules.Known.UNKNOWN}
    assert run(facts=facts).counts == "undetermined"


@pytest.mark.parametrize(
    ("code", "side", "form", "asked"),
    [
        ("A1", Side.STAFF, Form.FULL, True),
        ("A1", Side.PARTICIPANT, Form.SHORT, True),
        ("A5", Side.PARTICIPANT, Form.FULL, True),
        ("A5", Side.PARTICIPANT, Form.SHORT, False),
        ("A6", Side.STAFF, Form.FULL, True),
        ("A6", Side.PARTICIPANT, Form.FULL, False),
        ("V6", Side.STAFF, Form.FULL, False),
        ("V6", Side.PARTICIPANT, Form.FULL, True),
        ("M1", Side.PARTICIPANT, Form.SHORT, False),
    ],
)
def test_item_is_asked_of_its_side_and_form(code, side, form, asked):
    item = next(item for item in INSTRUMENT.items if item.code == code)

    assert item.asked_of(side, form) is asked


def test_assess_leaves_its_arguments_alone():
    answers = {"A1": 4, "A2": 3}
    response = Response(side=Side.STAFF, answers=answers)

    run(response, facts=make_facts())

    assert answers == {"A1": 4, "A2": 3}
