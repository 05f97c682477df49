"""The six gates: every fact, every boundary, every contest."""

from fractions import Fraction

import pytest

from assessments.rules import PHRASES, GateName, Missing, Part, Phase, Side
from assessments.rules.values import Agency, Basis, Known, StaffTime
from tests.rules.cases import make_facts, participant, phases, rated, run, staff


def gate(name, *responses, **changes):
    options = {key: changes.pop(key) for key in ("min_participants", "ruleset") if key in changes}
    return run(*responses, facts=make_facts(**changes), **options).gates[GateName(name)]


def state(name, *responses, **changes):
    return gate(name, *responses, **changes).state


def people(number, **answers):
    return [participant(**answers) for _ in range(number)]


@pytest.mark.parametrize(
    ("basis", "intentional", "expected"),
    [
        ("chosen", "yes", "pass"),
        ("chosen_with_duties", "yes", "pass"),
        ("required", "yes", "fail"),
        ("general_rule", "yes", "fail"),
        ("unknown", "yes", "unknown"),
        ("chosen", "no", "fail"),
        ("chosen_with_duties", "no", "fail"),
        ("required", "no", "fail"),
        ("unknown", "no", "fail"),
        ("chosen", "unknown", "unknown"),
        ("chosen_with_duties", "unknown", "unknown"),
        ("required", "unknown", "fail"),
        ("general_rule", "unknown", "fail"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_voluntary_gate_reads_basis_and_intention(basis, intentional, expected):
    assert state("voluntary", basis=Basis(basis), intentional=Known(intentional)) == expected


@pytest.mark.parametrize(
    ("changes", "settled_by"),
    [
        ({"basis": Basis.UNKNOWN}, ("basis",)),
        ({"intentional": Known.UNKNOWN}, ("intentional",)),
        ({"basis": Basis.UNKNOWN, "intentional": Known.UNKNOWN}, ("basis", "intentional")),
    ],
)
def test_voluntary_gate_names_what_would_settle_it(changes, settled_by):
    assert gate("voluntary", **changes).settled_by == settled_by


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("none none none none", "fail"),
        ("consulted consulted consulted consulted", "fail"),
        ("none consulted none none", "fail"),
        ("unknown none none none", "unknown"),
        ("consulted none none unknown", "unknown"),
        ("unknown unknown unknown unknown", "unknown"),
        ("shared none none none", "pass"),
        ("none alone none none", "pass"),
        ("none none shared none", "pass"),
        ("none none none alone", "pass"),
        ("unknown unknown unknown shared", "pass"),
    ],
)
def test_production_gate_passes_with_one_phase_and_fails_only_when_all_are_known(parts, expected):
    assert state("production", phases=phases(*parts.split())) == expected


def test_production_gate_names_the_unknown_phases():
    found = gate("production", phases={Phase.DESIGN: Part.NONE, Phase.DELIVER: Part.CONSULTED})

    assert found.settled_by == ("phases.commission", "phases.assess")
    assert found.because == (
        "phases.commission=unknown",
        "phases.design=none",
        "phases.deliver=consulted",
        "phases.assess=unknown",
    )


@pytest.mark.parametrize(
    ("agency", "expected"),
    [("none", "fail"), ("occasional", "pass"), ("ongoing", "pass"), ("unknown", "unknown")],
)
def test_agency_gate_asks_for_working_contact(agency, expected):
    found = gate("agency", agency=Agency(agency))

    assert (found.state, found.because) == (expected, (f"agency={agency}",))
    assert found.settled_by == (("agency",) if expected == "unknown" else ())


@pytest.mark.parametrize(("value", "expected"), [("yes", "pass"), ("no", "fail"), ("unknown", "unknown")])
def test_resources_gate_asks_for_public_resources(value, expected):
    found = gate("resources", public_resources=Known(value))

    assert (found.state, found.because) == (expected, (f"public_resources={value}",))
    assert found.settled_by == (("public_resources",) if expected == "unknown" else ())


@pytest.mark.parametrize(
    ("deliver", "expected"),
    [
        ("none", "fail"),
        ("consulted", "fail"),
        ("shared", "pass"),
        ("alone", "pass"),
        ("unknown", "unknown"),
    ],
)
def test_delivery_gate_asks_for_a_part_in_delivery(deliver, expected):
    found = gate("delivery", phases=phases(design="shared", deliver=deliver))

    assert (found.state, found.because) == (expected, (f"phases.deliver={deliver}",))
    assert found.settled_by == (("phases.deliver",) if expected == "unknown" else ())


HIGH = rated(Side.STAFF, "additive", 4)
LOW = rated(Side.STAFF, "additive", 1)


@pytest.mark.parametrize(
    ("staff_time", "answers", "expected"),
    [
        ("kept", {}, "pass"),
        ("reduced", {}, "pass"),
        ("withdrawn", {}, "fail"),
        ("unknown", {}, "unknown"),
        ("kept", HIGH, "pass"),
        ("reduced", HIGH, "pass"),
        ("withdrawn", HIGH, "fail"),
        ("unknown", HIGH, "pass"),
        ("kept", LOW, "fail"),
        ("reduced", LOW, "fail"),
        ("withdrawn", LOW, "fail"),
        ("unknown", LOW, "fail"),
    ],
)
def test_additive_gate_reads_staff_time_and_the_score(staff_time, answers, expected):
    assert state("additive", staff(**answers), staff_time=StaffTime(staff_time)) == expected


def test_additive_gate_without_staff_time_or_score_names_both():
    found = gate("additive", staff_time=StaffTime.UNKNOWN)

    assert found.settled_by == ("staff_time", "additive")
    assert found.because == ("staff_time=unknown", "additive=unknown")


def test_additive_gate_passes_at_exactly_forty():
    # Five staff: 40 = (0 + 25 + 50 + 50 + 75) / 5.
    at_forty = [staff(**rated(Side.STAFF, "additive", steps)) for steps in (0, 1, 2, 2, 3)]

    found = gate("additive", *at_forty, staff_time=StaffTime.UNKNOWN)

    assert found.because[:2] == ("staff_time=unknown", "additive=40.0")
    assert found.state == "pass"


def test_additive_gate_fails_just_below_forty():
    # A thousand and one people at 40, one of them a step lower on one item of six: 39.996.
    responses = [staff(**rated(Side.STAFF, "additive", steps)) for steps in (0, 1, 2, 2, 3) * 200]
    responses[2] = staff(**{**responses[2].answers, "A1": 1})

    found = run(*responses, facts=make_facts(staff_time=StaffTime.UNKNOWN))

    assert Fraction(3999, 100) < found.dimensions["additive"].score < 40
    assert found.gates["additive"].state == "fail"
    assert found.gates["additive"].because[1] == "additive=40.0"


def test_additive_gate_names_score_and_sides():
    found = gate("additive", staff(**HIGH), participant(**rated(Side.PARTICIPANT, "additive", 2)))

    assert found.because == (
        "staff_time=kept",
        "additive=75.0",
        "additive.staff=100.0",
        "additive.participants=50.0",
    )


@pytest.mark.parametrize(
    ("name", "item", "contesting", "not_contesting"),
    [
        ("voluntary", "V1", [1, 1, 1, 1, 1], [1, 1, 1, 1, 2]),
        ("voluntary", "V1", [0, 1, 2, 1, 1], [0, 1, 2, 1, 2]),
        ("voluntary", "V3", [3, 3, 3, 3, 3], [3, 3, 3, 3, 2]),
        ("agency", "A5", [3, 3, 3, 3, 3], [3, 3, 3, 3, 2]),
        ("additive", "A4", [4, 2, 3, 3, 3], [4, 2, 3, 3, 2]),
    ],
)
def test_participants_contest_at_the_limit(name, item, contesting, not_contesting):
    against = gate(name, *(participant(**{item: rating}) for rating in contesting))
    within = gate(name, *(participant(**{item: rating}) for rating in not_contesting))

    assert (against.state, within.state) == ("contested", "pass")
    assert item in against.settled_by
    assert within.settled_by == ()
    assert f"{item}.participants={sum(not_contesting) / 5}" in within.because


@pytest.mark.parametrize(
    ("name", "answers"),
    [("voluntary", {"V1": 0}), ("voluntary", {"V3": 4}), ("agency", {"A5": 4}), ("additive", {"A4": 4})],
)
def test_four_participants_cannot_contest_and_five_can(name, answers):
    unheard = gate(name, *people(4, **answers))

    assert unheard.state == "pass"
    assert not any("participants" in reason for reason in unheard.because)
    assert state(name, *people(5, **answers)) == "contested"


def test_only_those_who_rated_the_item_are_counted():
    answered = people(4, V1=0)
    unsure = [participant(V1=Missing.DK), participant(V1=Missing.NA), participant(V2=4)]

    assert state("voluntary", *answered, *unsure) == "pass"


@pytest.mark.parametrize(("number", "expected"), [(2, "pass"), (3, "contested")])
def test_min_participants_moves_the_limit(number, expected):
    assert state("agency", *people(number, A5=4), min_participants=3) == expected


@pytest.mark.parametrize(
    ("name", "answers"), [("voluntary", {"V1": 0}), ("agency", {"A5": 4}), ("additive", {"A4": 4})]
)
def test_staff_cannot_contest(name, answers):
    assert state(name, *(staff(**answers) for _ in range(9))) == "pass"


def test_duties_inside_a_scheme_freely_entered_are_no_contradiction():
    duties = people(5, V3=4)

    assert state("voluntary", *duties, basis=Basis.CHOSEN) == "contested"
    assert state("voluntary", *duties, basis=Basis.CHOSEN_WITH_DUTIES) == "pass"
    assert state("voluntary", *people(5, V1=0), basis=Basis.CHOSEN_WITH_DUTIES) == "contested"


def test_duties_are_read_only_while_the_basis_is_chosen():
    chosen = gate("voluntary", *people(5, V3=1), basis=Basis.CHOSEN)
    duties = gate("voluntary", *people(5, V3=1), basis=Basis.CHOSEN_WITH_DUTIES)

    assert "V3.participants=1.0" in chosen.because
    assert duties.because == ("basis=chosen_with_duties", "intentional=yes")


def test_contested_voluntary_gate_names_the_items_and_the_fact():
    both = gate("voluntary", *people(5, V1=0, V3=4))

    assert both.settled_by == ("V1", "V3", "basis")
    assert both.because == ("basis=chosen", "intentional=yes", "V1.participants=0.0", "V3.participants=4.0")
    assert gate("voluntary", *people(5, V3=4)).settled_by == ("V3", "basis")


def test_a_pass_by_score_can_be_contested():
    heavy = {**rated(Side.PARTICIPANT, "additive", 4), "A4": 3}

    assert state("additive", *people(5, **heavy), staff_time=StaffTime.UNKNOWN) == "contested"


@pytest.mark.parametrize(
    ("name", "changes", "answers", "expected"),
    [
        ("voluntary", {"basis": Basis.REQUIRED}, {"V1": 0}, "fail"),
        ("voluntary", {"basis": Basis.UNKNOWN}, {"V1": 0}, "unknown"),
        ("agency", {"agency": Agency.NONE}, {"A5": 4}, "fail"),
        ("agency", {"agency": Agency.UNKNOWN}, {"A5": 4}, "unknown"),
        ("additive", {"staff_time": StaffTime.WITHDRAWN}, {"A4": 4}, "fail"),
        ("additive", {"staff_time": StaffTime.UNKNOWN}, {"A4": 4}, "unknown"),
    ],
)
def test_only_a_pass_is_contested(name, changes, answers, expected):
    assert state(name, *people(5, **answers), **changes) == expected


def test_production_resources_and_delivery_are_never_contested():
    everything_against = {
        item: 4 if item in ("A4", "A5", "V3", "R5", "R6") else 0
        for item in ("A1", "A2", "A3", "A4", "A5", "V1", "V2", "V3", "V5", "V6", "R1", "R2", "R3", "R5", "R6")
    }

    gates = run(*people(9, **everything_against)).gates

    assert {gates[name].state for name in ("production", "resources", "delivery")} == {"pass"}


def test_every_gate_rests_on_a_phrase():
    assert all(PHRASES[name] for name in GateName)
