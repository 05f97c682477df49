"""Contradictions: between facts, and between facts and the staff's own ratings."""

import pytest

from assessments.rules import Level, Missing
from assessments.rules.values import Agency, Basis, Known, StaffTime
from tests.rules.cases import make_facts, participant, phases, run, staff


def contradictions(*responses, **changes):
    found = run(*responses, facts=make_facts(**changes))
    return {one.code: one.because for one in found.contradictions}


def test_facts_that_agree_raise_none():
    assert contradictions() == {}


@pytest.mark.parametrize(
    ("parts", "reasons"),
    [
        ({"deliver": "shared"}, ("phases.deliver=shared",)),
        ({"commission": "shared", "assess": "shared"}, ("phases.commission=shared", "phases.assess=shared")),
        ({"deliver": "alone"}, None),
        ({"design": "consulted"}, None),
    ],
)
def test_no_agency_and_a_phase_done_together(parts, reasons):
    found = contradictions(agency=Agency.NONE, phases=phases(**parts)).get("agency_none_phase_shared")

    assert found == (("agency=none", *reasons) if reasons else None)


@pytest.mark.parametrize("agency", ["occasional", "ongoing", "unknown"])
def test_a_phase_done_together_is_fine_with_or_without_knowing_the_agency(agency):
    assert contradictions(agency=Agency(agency)) == {}


ALONE = {"phases": phases(deliver="alone")}


@pytest.mark.parametrize(
    ("code", "changes", "reason", "item"),
    [
        ("agency_none_staff_work", {"agency": Agency.NONE, **ALONE}, "agency=none", "A1"),
        ("resources_none_public_support", {"public_resources": Known.NO}, "public_resources=no", "A6"),
        ("basis_chosen_duty", {"basis": Basis.CHOSEN}, "basis=chosen", "V3"),
        ("staff_time_kept_tasks_moved", {"staff_time": StaffTime.KEPT}, "staff_time=kept", "A4"),
    ],
)
def test_fact_against_a_rating_of_three_or_more(code, changes, reason, item):
    at_limit = contradictions(staff(**{item: 3}), **changes)
    below = contradictions(staff(**{item: 3}), staff(**{item: 2}), **changes)

    assert at_limit == {code: (reason, f"{item}.staff=3.0")}
    assert below == {}
    assert contradictions(staff(**{item: Missing.DK}), **changes) == {}


@pytest.mark.parametrize(
    ("changes", "item"),
    [
        ({"agency": Agency.UNKNOWN}, "A1"),
        ({"public_resources": Known.UNKNOWN}, "A6"),
        ({"basis": Basis.CHOSEN_WITH_DUTIES}, "V3"),
        ({"basis": Basis.REQUIRED}, "V3"),
        ({"staff_time": StaffTime.REDUCED}, "A4"),
        ({"staff_time": StaffTime.UNKNOWN}, "A4"),
    ],
)
def test_other_facts_do_not_contradict(changes, item):
    assert contradictions(staff(**{item: 4}), **changes) == {}


def test_participants_do_not_raise_contradictions():
    answers = {"A1": 4, "A4": 4, "V3": 4, "L1": 0, "L2": 4}
    facts = {"agency": Agency.NONE, **ALONE, "levels": frozenset({Level.INDIVIDUAL})}

    assert contradictions(*(participant(**answers) for _ in range(9)), **facts) == {}


def levels(*names):
    return frozenset(map(Level, names))


@pytest.mark.parametrize(
    ("rating", "others", "expected"),
    [
        (1, [], ("levels=individual,collective", "individual.staff=25.0")),
        (0, [], ("levels=individual,collective", "individual.staff=0.0")),
        (1, [1, 1, 2], None),
        (4, [], None),
    ],
)
def test_recorded_level_that_staff_rate_at_a_quarter_or_less(rating, others, expected):
    responses = [staff(L1=one) for one in (rating, *others)]

    found = contradictions(*responses, levels=levels("collective", "individual"))

    assert found == ({"recorded_level_weak_individual": expected} if expected else {})


@pytest.mark.parametrize(
    ("rating", "others", "expected"),
    [
        (3, [], ("levels=individual", "group.staff=75.0")),
        (4, [], ("levels=individual", "group.staff=100.0")),
        (3, [3, 3, 2], None),
        (0, [], None),
    ],
)
def test_unrecorded_level_that_staff_rate_at_three_quarters_or_more(rating, others, expected):
    found = contradictions(*(staff(L2=one) for one in (rating, *others)), levels=levels("individual"))

    assert found == ({"unrecorded_level_strong_group": expected} if expected else {})


def test_no_recorded_level_contradicts_nothing():
    assert contradictions(staff(L1=4, L2=0, L3=4)) == {}


def test_contradictions_come_in_fixed_order():
    found = contradictions(
        staff(A1=4, A6=4, V3=4, A4=4, L1=0, L2=4, L3=4),
        agency=Agency.NONE,
        public_resources=Known.NO,
        levels=levels("individual"),
    )

    assert list(found) == [
        "agency_none_phase_shared",
        "agency_none_staff_work",
        "resources_none_public_support",
        "basis_chosen_duty",
        "staff_time_kept_tasks_moved",
        "recorded_level_weak_individual",
        "unrecorded_level_strong_group",
        "unrecorded_level_strong_collective",
    ]
