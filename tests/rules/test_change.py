"""What would change a result: facts, the smallest set of facts, and shifted ratings."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from assessments.rules import Case, Counts, Dimension, Facts, Form, Missing, Phase, Side, assess
from assessments.rules.change import MOST
from assessments.rules.change_facts import FIELDS
from assessments.rules.change_ratings import track
from assessments.rules.scoring import poled_sheet
from assessments.rules.sides import collect
from assessments.rules.values import Agency, Basis, Known, Part, StaffTime
from tests.rules.cases import INSTRUMENT, make_facts, participant, phases, rated, run, staff

NA = Missing.NA


def changes(*responses, ruleset="bussu-2014", **facts):
    record = run(*responses, facts=make_facts(**facts), ruleset=ruleset).as_dict()
    return record["would_change"]


def fact(what, before, after):
    return {"what": what, "from": before, "to": after}


def by_change(entries):
    """Effects by what is changed: facts as ``what=to``, items as ``what.side=to``."""
    return {
        " ".join(
            f"{one['what']}.{one['side']}={one['to']}" if "side" in one else f"{one['what']}={one['to']}"
            for one in entry["change"]
        ): entry["effect"]
        for entry in entries
    }


def test_activity_that_counts_lists_the_nearest_way_out_of_every_gate():
    entries = changes(phases=phases(deliver="shared", design="none"))

    assert entries == [
        {
            "change": [fact("phases.design", "none", "shared")],
            "effect": [fact("kind", "co_delivery", "full")],
        },
        *(
            {
                "change": [fact(*change)],
                "effect": [fact("counts", "yes", "no"), fact("kind", "co_delivery", kind), *gates],
            }
            for change, kind, gates in [
                (("intentional", "yes", "no"), "compliance", [fact("gates.voluntary", "pass", "fail")]),
                (
                    ("phases.deliver", "shared", "consulted"),
                    "consultation",
                    [fact("gates.production", "pass", "fail"), fact("gates.delivery", "pass", "fail")],
                ),
                (("public_resources", "yes", "no"), "parallel", [fact("gates.resources", "pass", "fail")]),
                (("basis", "chosen", "required"), "compliance", [fact("gates.voluntary", "pass", "fail")]),
                (
                    ("phases.deliver", "shared", "none"),
                    "conventional",
                    [fact("gates.production", "pass", "fail"), fact("gates.delivery", "pass", "fail")],
                ),
                (("agency", "ongoing", "none"), "parallel", [fact("gates.agency", "pass", "fail")]),
                (
                    ("staff_time", "kept", "withdrawn"),
                    "substitution",
                    [fact("gates.additive", "pass", "fail")],
                ),
            ]
        ),
    ]


def test_one_fact_that_would_make_it_count_comes_first():
    entries = changes(agency=Agency.NONE)

    assert entries[0] == {
        "change": [fact("agency", "none", "occasional")],
        "effect": [
            fact("counts", "no", "yes"),
            fact("kind", "parallel", "full"),
            fact("gates.agency", "fail", "pass"),
        ],
    }
    assert all(len(entry["change"]) == 1 for entry in entries)


def test_every_effect_of_a_fact_is_named_once_by_its_nearest_value():
    entries = by_change(changes(basis=Basis.GENERAL_RULE))

    assert "basis=chosen_with_duties" in entries
    assert "basis=chosen" not in entries
    assert "basis=required" not in entries


def test_smallest_set_of_facts_that_makes_it_count():
    entries = changes(agency=Agency.NONE, public_resources=Known.NO, staff_time=StaffTime.WITHDRAWN)

    assert entries[0]["change"] == [
        fact("agency", "none", "occasional"),
        fact("public_resources", "no", "yes"),
        fact("staff_time", "withdrawn", "reduced"),
    ]
    assert entries[0]["effect"][0] == fact("counts", "no", "yes")


def test_unknown_facts_are_settled_together():
    entries = run(facts=Facts()).as_dict()["would_change"]

    assert entries[0]["change"] == [
        fact("basis", "unknown", "chosen"),
        fact("intentional", "unknown", "yes"),
        fact("phases.deliver", "unknown", "shared"),
        fact("agency", "unknown", "occasional"),
        fact("public_resources", "unknown", "yes"),
        fact("staff_time", "unknown", "kept"),
    ]


def test_no_set_of_facts_is_given_when_none_can_do():
    low = staff(**rated(Side.STAFF, "additive", 0))

    entries = changes(low, agency=Agency.NONE)

    assert all(len(entry["change"]) == 1 for entry in entries)
    assert not any(fact("counts", "no", "yes") in entry["effect"] for entry in entries)


def test_contest_over_duties_is_settled_by_the_recorded_basis():
    entries = changes(*(participant(V3=4) for _ in range(5)))

    assert entries[0] == {
        "change": [fact("basis", "chosen", "chosen_with_duties")],
        "effect": [
            fact("counts", "contested", "yes"),
            fact("kind", None, "full"),
            fact("gates.voluntary", "contested", "pass"),
        ],
    }


def test_four_cos_asks_for_its_own_two_gates():
    entries = changes(
        agency=Agency.NONE, phases=phases(commission="consulted"), basis=Basis.REQUIRED, ruleset="four-cos"
    )

    assert entries[0]["change"] == [
        fact("phases.commission", "consulted", "shared"),
        fact("agency", "none", "occasional"),
    ]
    assert entries[0]["effect"] == [
        fact("counts", "no", "yes"),
        fact("kind", "consultation", "shaping"),
        fact("gates.production", "fail", "pass"),
        fact("gates.agency", "fail", "pass"),
    ]


def test_gate_that_is_not_required_is_listed_after_the_verdict():
    entries = changes(ruleset="four-cos")

    decisive = [any(one["what"] in ("counts", "kind") for one in entry["effect"]) for entry in entries]
    assert decisive == sorted(decisive, reverse=True)
    assert by_change(entries)["basis=required"] == [fact("gates.voluntary", "pass", "fail")]


def test_shift_names_item_side_and_means():
    # 54.2: 60 is two steps away for every item, 40 is four steps away.
    entries = changes(staff(**{**rated(Side.STAFF, "relational", 2), "R2": 3}))

    found = [entry["change"] for entry in entries if entry["change"][0]["what"].startswith("R")]
    assert found == [[{"what": "R1", "side": "staff", "from": 2.0, "to": 4.0}]]


def test_smallest_shift_of_a_band_is_found_in_both_directions():
    # 58.3: two steps of six items at 4.17 a step reach 60 with one step up, 40 with five steps down.
    entries = by_change(changes(staff(R1=3, R2=3, R3=2, R4=2, R5=2, R6=2)))

    assert entries["R1.staff=4.0"] == [fact("bands.relational", "mixed", "coproduction")]
    assert not any(name.startswith("R") and name != "R1.staff=4.0" for name in entries)


def test_reversed_item_moves_the_other_way():
    entries = by_change(changes(staff(R1=NA, R2=NA, R3=NA, R4=NA, R5=2, R6=NA)))

    assert entries["R5.staff=1.0"] == [fact("bands.relational", "mixed", "coproduction")]
    assert entries["R5.staff=3.0"] == [fact("bands.relational", "mixed", "opposite")]


def test_shift_that_reaches_a_gate_moves_the_verdict():
    # Additive at 37.5 with staff time known: one step anywhere lifts it to 41.7 and over the gate.
    entries = by_change(changes(staff(A1=1, A2=2, A3=1, A4=2, A5=3, A6=2)))

    assert entries["A1.staff=2.0"] == [
        fact("counts", "no", "yes"),
        fact("kind", "substitution", "full"),
        fact("gates.additive", "fail", "pass"),
        fact("bands.additive", "opposite", "mixed"),
    ]


def test_shift_of_what_participants_say_moves_a_contest():
    answers = {**rated(Side.PARTICIPANT, "voluntary", 4), "V1": 1}
    entries = by_change(changes(*(participant(**answers) for _ in range(5))))

    assert entries["V1.participants=2.0"][:2] == [
        fact("counts", "contested", "yes"),
        fact("kind", None, "full"),
    ]


def test_shift_of_four_participants_moves_no_contest():
    answers = {**rated(Side.PARTICIPANT, "voluntary", 4), "V1": 1}
    entries = by_change(changes(*(participant(**answers) for _ in range(4))))

    assert not any(
        "gates" in one["what"] for name, effect in entries.items() for one in effect if name[0] == "V"
    )


def test_shift_holds_ratings_between_zero_and_four():
    # A step down takes 4, 4 and 0 to 3, 3 and 0: from 66.7 to 50.
    ratings = [staff(R1=rating, R2=NA, R3=NA, R4=NA, R5=NA, R6=NA) for rating in (4, 4, 0)]

    entries = by_change(changes(*ratings))

    assert entries["R1.staff=2.0"] == [fact("bands.relational", "coproduction", "mixed")]


def test_shift_of_a_level_moves_its_band():
    entries = by_change(changes(staff(L1=2, L2=0, L3=0)))

    assert entries["L1.staff=3.0"] == [fact("bands.individual_collective", "mixed", "coproduction")]
    assert entries["L1.staff=1.0"] == [fact("bands.individual_collective", "mixed", "opposite")]
    assert not any(name.startswith(("L2", "L3")) for name in entries)


def test_shift_of_a_weaker_level_can_become_the_strongest():
    entries = by_change(changes(staff(L1=2, L2=2, L3=0)))

    assert entries["L1.staff=3.0"] == [fact("bands.individual_collective", "mixed", "coproduction")]
    assert "L1.staff=1.0" not in entries


def test_shift_of_a_side_without_a_score_is_not_offered():
    entries = by_change(changes(staff(**rated(Side.STAFF, "relational", 2)), participant(R1=2)))

    assert not any("participants" in name for name in entries)


def test_item_that_only_unscored_responses_rated_moves_its_contest_alone():
    scored = [participant(V1=NA, V2=4, V3=0, V5=4, V6=4)]
    unscored = [participant(V1=2) for _ in range(5)]

    entries = by_change(changes(*scored, *unscored))

    assert entries["V1.participants=1.0"] == [
        fact("counts", "yes", "contested"),
        fact("kind", "full", None),
        fact("gates.voluntary", "pass", "contested"),
    ]


def test_each_side_offers_one_shift_of_the_same_size():
    both = [staff(**rated(Side.STAFF, "product", 2)), participant(**rated(Side.PARTICIPANT, "product", 2))]

    names = [name for name in by_change(changes(*both)) if name.startswith("P")]

    assert names == sorted(set(names), key=names.index)
    assert len([name for name in names if ".staff" in name]) <= 2
    assert len([name for name in names if ".participants" in name]) <= 2


def test_list_is_capped():
    answers = {
        **rated(Side.STAFF, "additive", 2),
        **rated(Side.STAFF, "voluntary", 2),
        **rated(Side.STAFF, "relational", 2),
        **rated(Side.STAFF, "product", 2),
        "L1": 2,
        "L2": 1,
        "L3": 1,
    }
    theirs = {code: rating for code, rating in answers.items() if code not in ("A6", "V4", "P5")}

    entries = changes(staff(**answers), *(participant(**theirs) for _ in range(5)))

    assert (MOST, len(entries)) == (12, 12)


# Against the plain way: change the case, and assess the whole of it again.


def random_case(dice):
    def answer():
        return dice.choice([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, Missing.DK, Missing.NA])

    responses = []
    for _ in range(dice.randint(0, 4)):
        make, side = dice.choice([(staff, Side.STAFF), (participant, Side.PARTICIPANT)])
        form = Form.SHORT if side is Side.PARTICIPANT and dice.random() < 0.3 else Form.FULL
        own = [item.code for item in INSTRUMENT.items if item.asked_of(side, form)]
        answers = {code: answer() for code in own if dice.random() < 0.9}
        responses += [replace(make(**answers), form=form)] * dice.choice([1, 1, 5])
    facts = Facts(
        phases={phase: dice.choice(list(Part)) for phase in Phase},
        agency=dice.choice(list(Agency)),
        public_resources=dice.choice(list(Known)),
        basis=dice.choice(list(Basis)),
        intentional=dice.choice(list(Known)),
        staff_time=dice.choice(list(StaffTime)),
    )
    return Case(facts=facts, responses=tuple(responses))


def with_facts(facts, values):
    parts = {Phase(name[7:]): Part(value) for name, value in values.items() if name.startswith("phases.")}
    plain = {name: FIELDS[name](value) for name, value in values.items() if "." not in name}
    return replace(facts, phases={**facts.phases, **parts}, **plain)


def shifted(case, code, side, before, after):
    """Every whole step that takes the mean of an item from ``before`` to ``after``, applied to the case."""
    wanted = Side.STAFF if side == "staff" else Side.PARTICIPANT
    for steps in [*range(1, 5), *range(-1, -5, -1)]:
        responses = tuple(
            replace(one, answers={**one.answers, code: min(max(one.answers[code] + steps, 0), 4)})
            if one.side is wanted
            and isinstance(one.answers.get(code), int)
            and not isinstance(one.answers.get(code), Missing)
            else one
            for one in case.responses
        )
        moved = collect(wanted, responses, INSTRUMENT.items).mean(code)
        if moved == after:
            return replace(case, responses=responses)
    raise AssertionError((code, side, before, after))


def plain_effect(before, after):
    effect = {}
    if before.counts != after.counts:
        effect["counts"] = after.counts
    if before.kind != after.kind:
        effect["kind"] = after.kind
    for name, gate in before.gates.items():
        if gate.state != after.gates[name].state:
            effect[f"gates.{name}"] = after.gates[name].state
    for name, score in before.dimensions.items():
        if score.band != after.dimensions[name].band:
            effect[f"bands.{name}"] = after.dimensions[name].band
    return effect


@pytest.mark.parametrize("number", range(25))
def test_every_entry_has_the_effect_of_assessing_again(number):
    case = random_case(random.Random(number))
    ruleset = "four-cos" if number % 5 == 0 else "bussu-2014"
    profile = assess(case, INSTRUMENT, ruleset=ruleset)

    for entry in profile.would_change:
        again = case
        for move in entry.change:
            if move.side is None:
                again = replace(again, facts=with_facts(again.facts, {move.what: move.after}))
            else:
                side = "staff" if move.side is Side.STAFF else "participants"
                again = shifted(again, move.what, side, move.before, move.after)
        expected = plain_effect(profile, assess(again, INSTRUMENT, ruleset=ruleset))
        assert {move.what: move.after for move in entry.effect} == expected


@pytest.mark.parametrize("number", range(100, 106))
def test_smallest_set_is_the_smallest(number):
    dice = random.Random(number)
    facts = random_case(dice).facts
    case = Case(facts=facts)
    profile = assess(case, INSTRUMENT)
    if profile.counts is Counts.YES:
        facts = replace(facts, agency=Agency.NONE)
        profile = assess(Case(facts=facts), INSTRUMENT)
    found = next(entry for entry in profile.would_change if entry.effect[0].after == "yes")

    # Leaving any one of the changes out, it does not count: no smaller part of the set would do.
    moves = {move.what: move.after for move in found.change}
    for name in moves:
        fewer = {what: value for what, value in moves.items() if what != name}
        assert assess(Case(facts=with_facts(facts, fewer)), INSTRUMENT).counts != "yes"
    assert assess(Case(facts=with_facts(facts, moves)), INSTRUMENT).counts == "yes"


@pytest.mark.parametrize("number", [3, 5, 6, 7, 8])
def test_track_is_the_score_in_whole_numbers(number):
    case = random_case(random.Random(number))
    sides = {side: collect(side, case.responses, INSTRUMENT.items) for side in Side}
    sheet = poled_sheet(Dimension.VOLUNTARY, sides, INSTRUMENT)
    assert sheet.scored

    found = track(sheet, sheet.scored, INSTRUMENT.thresholds)

    score = assess(case, INSTRUMENT).dimensions[Dimension.VOLUNTARY].score
    assert Fraction(found.total, found.scale) == score
