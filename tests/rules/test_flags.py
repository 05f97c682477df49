"""Flags: each on its own, at its limits, with its reasons, whatever the verdict."""

import pytest

from assessments.rules import Context, Level, Missing, Side
from assessments.rules.values import Agency, Basis, Known, StaffTime
from tests.rules.cases import codes, make_facts, participant, phases, rated, run, staff

CUTS = {Context.CUTS: Known.YES}
ALONE = frozenset({Level.INDIVIDUAL})


def flags(*responses, ruleset="bussu-2014", **changes):
    """The flags with their reasons, less ``one_sided``, which most short cases raise."""
    found = run(*responses, facts=make_facts(**changes), ruleset=ruleset)
    return {flag.code: flag.because for flag in found.flags if flag.code != "one_sided"}


def people(number, **answers):
    return [participant(**answers) for _ in range(number)]


def additive(score):
    """A staff response with an additive score of 0, 25, 50, 75 or 100, and A4 at its mildest."""
    return staff(**rated(Side.STAFF, "additive", score // 25))


def test_nothing_is_flagged_without_reason():
    assert flags() == {}


@pytest.mark.parametrize("staff_time", ["reduced", "withdrawn"])
def test_offloading_when_staff_time_went_down(staff_time):
    assert flags(staff_time=StaffTime(staff_time))["offloading"] == (f"staff_time={staff_time}",)


@pytest.mark.parametrize("staff_time", ["kept", "unknown"])
def test_no_offloading_while_staff_time_is_kept_or_unknown(staff_time):
    assert "offloading" not in flags(staff_time=StaffTime(staff_time))


def test_offloading_when_a_side_rates_a4_high():
    assert flags(staff(A4=3))["offloading"] == ("A4.staff=3.0",)
    assert "offloading" not in flags(staff(A4=3), staff(A4=2))
    assert flags(*people(5, A4=3))["offloading"] == ("A4.participants=3.0",)
    assert "offloading" not in flags(*people(4, A4=4))
    assert "offloading" not in flags(*people(4, A4=3), participant(A4=2))


def test_offloading_when_additive_is_low_under_cuts():
    low = staff(A1=1, A2=1, A3=2, A4=2, A5=3, A6=1)  # (25 + 25 + 50 + 50 + 25 + 25) / 6

    assert flags(low, context=CUTS)["offloading"] == ("additive=33.3", "context.cuts=yes")
    assert "offloading" not in flags(low)
    assert "offloading" not in flags(low, context={Context.CUTS: Known.NO})
    assert "offloading" not in flags(additive(50), context=CUTS)


def test_offloading_is_silent_at_exactly_forty():
    at_forty = [staff(**rated(Side.STAFF, "additive", steps)) for steps in (0, 1, 2, 2, 3)]

    found = run(*at_forty, facts=make_facts(context=CUTS))

    assert found.dimensions["additive"].score == 40
    assert codes(found) == ["one_sided"]


def test_offloading_gives_every_reason():
    low = {**rated(Side.PARTICIPANT, "additive", 1), "A4": 4}

    found = flags(staff(A4=4), *people(5, **low), staff_time=StaffTime.REDUCED, context=CUTS)

    assert found["offloading"] == (
        "staff_time=reduced",
        "A4.staff=4.0",
        "A4.participants=4.0",
        "additive=20.0",
        "context.cuts=yes",
    )


def test_individualised_substitutive_needs_all_three():
    low, hard = additive(25), {"context": CUTS}
    name = "individualised_substitutive"

    assert flags(low, levels=ALONE, **hard)[name] == (
        "levels=individual",
        "additive=25.0",
        "context.cuts=yes",
    )
    assert name not in flags(low, levels=ALONE)
    assert name not in flags(additive(75), levels=ALONE, **hard)
    assert name not in flags(low, **hard)
    assert name not in flags(low, levels=frozenset({Level.INDIVIDUAL, Level.GROUP}), **hard)
    assert name not in flags(low, levels=frozenset({Level.GROUP}), **hard)


@pytest.mark.parametrize(
    ("context", "reasons"),
    [
        ({Context.CUTS: Known.YES}, ("context.cuts=yes",)),
        ({Context.CAPITAL: Known.NO}, ("context.capital=no",)),
        ({Context.CUTS: Known.YES, Context.CAPITAL: Known.NO}, ("context.cuts=yes", "context.capital=no")),
    ],
)
def test_individualised_substitutive_under_cuts_or_without_capital(context, reasons):
    found = flags(levels=ALONE, staff_time=StaffTime.WITHDRAWN, context=context)

    assert found["individualised_substitutive"] == ("levels=individual", "staff_time=withdrawn", *reasons)


@pytest.mark.parametrize("context", [{Context.CUTS: Known.NO}, {Context.CAPITAL: Known.YES}, {}])
def test_no_individualised_substitutive_without_strain(context):
    assert "individualised_substitutive" not in flags(
        levels=ALONE, staff_time=StaffTime.REDUCED, context=context
    )


def test_individualised_substitutive_is_silent_at_exactly_fifty():
    below = staff(**{**rated(Side.STAFF, "additive", 2), "A1": 1})

    assert "individualised_substitutive" not in flags(additive(50), levels=ALONE, context=CUTS)
    assert flags(below, levels=ALONE, context=CUTS)["individualised_substitutive"][1] == "additive=45.8"


def test_contested_flags_name_the_items_against():
    against = people(5, V1=0, V3=4, A5=4, A4=3)

    found = flags(*against)

    assert found["contested_voluntary"] == ("basis=chosen", "V1.participants=0.0", "V3.participants=4.0")
    assert found["contested_agency"] == ("A5.participants=4.0",)
    assert found["contested_additive"] == ("A4.participants=3.0",)


def test_contested_flag_leaves_out_what_agrees():
    assert flags(*people(5, V1=0, V3=0))["contested_voluntary"] == ("V1.participants=0.0",)


def test_contested_flags_follow_the_ruleset():
    found = flags(*people(5, V1=0, A5=4, A4=4), ruleset="four-cos")

    assert [code for code in found if code.startswith("contested")] == ["contested_agency"]


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({}, ("counts=yes", "relational=25.0")),
        ({"phases": phases(design="shared")}, ("counts=partial", "relational=25.0")),
        ({"agency": Agency.NONE}, None),
        ({"agency": Agency.UNKNOWN}, None),
    ],
)
def test_transactional_when_it_counts(changes, raised):
    found = flags(staff(**rated(Side.STAFF, "relational", 1)), **changes)

    assert found.get("transactional") == raised


@pytest.mark.parametrize(("steps", "raised"), [((0, 1, 2, 2, 3), False), ((0, 1, 2, 2, 2), True)])
def test_transactional_and_no_outcomes_begin_below_forty(steps, raised):
    responses = [
        staff(**rated(Side.STAFF, "relational", step), **rated(Side.STAFF, "product", step)) for step in steps
    ]

    found = flags(*responses)

    assert ("transactional" in found, "no_outcomes" in found) == (raised, raised)


def test_no_outcomes_whatever_the_verdict():
    poor = staff(**rated(Side.STAFF, "product", 1))

    assert flags(poor)["no_outcomes"] == ("product=25.0",)
    assert flags(poor, agency=Agency.NONE)["no_outcomes"] == ("product=25.0",)


# Twenty ratings on a side make a step of 25 / 20: 15 points are 12 of 20 steps.


def relational(side, lowered):
    """Twenty responses of a side at 3 on every relational item, ``lowered`` of them one step lower."""
    make = staff if side is Side.STAFF else participant
    return [make(**rated(side, "relational", 2 if number < lowered else 3)) for number in range(20)]


@pytest.mark.parametrize(
    ("lowered", "side", "gap"),
    [
        (11, Side.PARTICIPANT, None),
        (12, Side.PARTICIPANT, "-15.0"),
        (13, Side.PARTICIPANT, "-16.3"),
        (11, Side.STAFF, None),
        (12, Side.STAFF, "15.0"),
    ],
)
def test_perception_gap_is_noted_from_fifteen_points_either_way(lowered, side, gap):
    other = Side.STAFF if side is Side.PARTICIPANT else Side.PARTICIPANT

    found = flags(*relational(side, lowered), *relational(other, 0))

    low = {12: "60.0", 13: "58.8"}.get(lowered)
    staff_score, their_score = (low, "75.0") if side is Side.STAFF else ("75.0", low)
    expected = (
        f"relational.gap={gap}",
        f"relational.staff={staff_score}",
        f"relational.participants={their_score}",
    )
    assert found.get("perception_gap_relational") == (expected if gap else None)


@pytest.mark.parametrize("name", ["additive", "voluntary", "relational", "product"])
def test_perception_gap_on_every_scored_dimension(name):
    ours, theirs = staff(**rated(Side.STAFF, name, 4)), participant(**rated(Side.PARTICIPANT, name, 2))

    found = flags(ours, theirs)

    assert found[f"perception_gap_{name}"] == (
        f"{name}.gap=-50.0",
        f"{name}.staff=100.0",
        f"{name}.participants=50.0",
    )
    assert [code for code in found if code.startswith("perception")] == [f"perception_gap_{name}"]


def test_perception_gap_of_any_level():
    found = flags(staff(L1=4, L2=2, L3=4), *people(5, L1=4, L2=4, L3=1))

    assert found["perception_gap_individual_collective"] == (
        "group.gap=50.0",
        "group.staff=50.0",
        "group.participants=100.0",
        "collective.gap=-75.0",
        "collective.staff=100.0",
        "collective.participants=25.0",
    )


def test_perception_gap_of_a_level_needs_five_participants_who_rated_it():
    ours = staff(L1=4, L2=4, L3=0)
    four_rated_the_group = [*people(4, L1=0, L2=0, L3=0), participant(L1=0, L2=Missing.DK, L3=0)]

    assert "perception_gap_individual_collective" not in flags(ours, *people(4, L1=0, L2=0, L3=0))
    assert flags(ours, *four_rated_the_group)["perception_gap_individual_collective"] == (
        "individual.gap=-100.0",
        "individual.staff=100.0",
        "individual.participants=0.0",
    )


def test_one_sided_when_exactly_one_side_rated_anything():
    assert codes(run(staff(L4=0))) == ["one_sided"]
    assert run(staff(L4=0)).flags[0].because == ("sides=staff",)
    assert run(participant(M1=2)).flags[0].because == ("sides=participants",)
    assert codes(run(staff(A1=3), participant(A1=3))) == []
    assert codes(run()) == []
    assert codes(run(staff(A1=Missing.DK), participant())) == []
    assert codes(run(staff(A1=Missing.NA), participant(A1=2))) == ["one_sided"]


@pytest.mark.parametrize(
    ("value", "raised"), [("no", ("context.invested=no",)), ("yes", None), ("unknown", None)]
)
def test_under_invested_when_nothing_was_invested(value, raised):
    assert flags(context={Context.INVESTED: Known(value)}).get("under_invested") == raised


def test_hidden_duty_when_recorded_or_said():
    recorded = {Context.UNSPOKEN_DUTY: Known.YES}

    assert flags(context=recorded)["hidden_duty"] == ("context.unspoken_duty=yes",)
    assert flags(context=recorded, basis=Basis.REQUIRED)["hidden_duty"] == ("context.unspoken_duty=yes",)
    assert flags(*people(5, V3=3))["hidden_duty"] == ("basis=chosen", "V3.participants=3.0")
    assert flags(*people(5, V3=3), context=recorded)["hidden_duty"] == (
        "context.unspoken_duty=yes",
        "basis=chosen",
        "V3.participants=3.0",
    )
    assert "hidden_duty" not in flags(*people(4, V3=4))
    assert "hidden_duty" not in flags(*people(4, V3=3), participant(V3=2))
    assert "hidden_duty" not in flags(*people(5, V3=4), basis=Basis.CHOSEN_WITH_DUTIES)
    assert "hidden_duty" not in flags(staff(V3=4))
    assert "hidden_duty" not in flags(context={Context.UNSPOKEN_DUTY: Known.NO})


def test_hidden_duty_is_raised_while_the_voluntary_gate_is_unknown():
    assert "hidden_duty" in flags(*people(5, V3=4), intentional=Known.UNKNOWN)


def test_flags_come_in_fixed_order():
    mine = {
        **rated(Side.STAFF, "additive", 4),
        **rated(Side.STAFF, "voluntary", 4),
        **rated(Side.STAFF, "relational", 0),
        **rated(Side.STAFF, "product", 0),
        "L1": 4,
        "L2": 4,
        "L3": 4,
    }
    theirs = {
        **rated(Side.PARTICIPANT, "additive", 0),
        **rated(Side.PARTICIPANT, "voluntary", 0),
        **rated(Side.PARTICIPANT, "relational", 2),
        **rated(Side.PARTICIPANT, "product", 2),
        "L1": 0,
        "L2": 0,
        "L3": 0,
    }
    context = {**CUTS, Context.INVESTED: Known.NO, Context.UNSPOKEN_DUTY: Known.YES}
    facts = make_facts(levels=ALONE, staff_time=StaffTime.REDUCED, context=context)

    everything = codes(run(staff(**mine), *people(5, **theirs), facts=facts))

    assert everything == [
        "offloading",
        "individualised_substitutive",
        "contested_voluntary",
        "contested_agency",
        "contested_additive",
        "perception_gap_additive",
        "perception_gap_voluntary",
        "perception_gap_individual_collective",
        "perception_gap_relational",
        "perception_gap_product",
        "no_outcomes",
        "under_invested",
        "hidden_duty",
    ]


def test_min_participants_moves_the_limit_of_flags():
    found = codes(run(*people(2, A4=4, V3=4), min_participants=2))

    assert found == ["offloading", "contested_voluntary", "contested_additive", "one_sided", "hidden_duty"]
