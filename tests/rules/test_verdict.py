"""The verdict: what counts, as what, decided by which gate, under whose rule."""

import pytest

from assessments.rules.values import Agency, Basis, Known, StaffTime
from tests.rules.cases import make_facts, participant, phases, run, staff


def verdict(*responses, ruleset="bussu-2014", **changes):
    found = run(*responses, facts=make_facts(**changes), ruleset=ruleset)
    return found.counts, found.kind, found.decided_by


REQUIRED, GENERAL = {"basis": Basis.REQUIRED}, {"basis": Basis.GENERAL_RULE}
NO_AGENCY, NO_RESOURCES = {"agency": Agency.NONE}, {"public_resources": Known.NO}
WITHDRAWN, REDUCED = {"staff_time": StaffTime.WITHDRAWN}, {"staff_time": StaffTime.REDUCED}
NOBODY, ASKED = {"phases": phases()}, {"phases": phases(assess="consulted")}
SHAPED = {"phases": phases(design="shared")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("yes", "full", None)),
        (REQUIRED, ("no", "compliance", "voluntary")),
        (GENERAL, ("no", "compliance", "voluntary")),
        ({"intentional": Known.NO}, ("no", "compliance", "voluntary")),
        (NOBODY, ("no", "conventional", "production")),
        (ASKED, ("no", "consultation", "production")),
        ({"phases": phases(commission="consulted")}, ("no", "consultation", "production")),
        (NO_AGENCY, ("no", "parallel", "agency")),
        ({**NO_AGENCY, **REDUCED}, ("no", "substitution", "agency")),
        ({**NO_AGENCY, **WITHDRAWN}, ("no", "substitution", "agency")),
        ({**NO_AGENCY, "staff_time": StaffTime.UNKNOWN}, ("no", "parallel", "agency")),
        (NO_RESOURCES, ("no", "parallel", "resources")),
        ({**NO_RESOURCES, **REDUCED}, ("no", "parallel", "resources")),
        (WITHDRAWN, ("no", "substitution", "additive")),
        (SHAPED, ("partial", "shaping", "delivery")),
        ({"phases": phases(assess="alone", deliver="consulted")}, ("partial", "shaping", "delivery")),
        # The first failing gate in the order decides.
        ({**REQUIRED, **NOBODY, **NO_AGENCY}, ("no", "compliance", "voluntary")),
        ({**NOBODY, **NO_AGENCY}, ("no", "conventional", "production")),
        ({**NO_AGENCY, **NO_RESOURCES}, ("no", "parallel", "agency")),
        ({**NO_RESOURCES, **WITHDRAWN}, ("no", "parallel", "resources")),
        ({**WITHDRAWN, **SHAPED}, ("no", "substitution", "additive")),
        # A failure settles it, whatever else is unknown.
        ({**WITHDRAWN, "basis": Basis.UNKNOWN}, ("no", "substitution", "additive")),
        ({"basis": Basis.UNKNOWN}, ("undetermined", None, None)),
        ({**SHAPED, "agency": Agency.UNKNOWN}, ("undetermined", None, None)),
    ],
)
def test_bussu_requires_all_six_gates(changes, expected):
    assert verdict(**changes) == expected


@pytest.mark.parametrize(
    ("design", "deliver", "kind"),
    [
        ("shared", "shared", "full"),
        ("alone", "shared", "full"),
        ("shared", "alone", "full"),
        ("alone", "alone", "full"),
        ("none", "shared", "co_delivery"),
        ("consulted", "alone", "co_delivery"),
        ("unknown", "shared", "co_delivery"),
    ],
)
def test_kind_follows_design(design, deliver, kind):
    assert verdict(phases=phases(design=design, deliver=deliver)) == ("yes", kind, None)
    assert verdict(phases=phases(design=design, deliver=deliver), ruleset="four-cos") == ("yes", kind, None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (REQUIRED, ("yes", "full", None)),
        (NO_RESOURCES, ("yes", "full", None)),
        (WITHDRAWN, ("yes", "full", None)),
        (SHAPED, ("yes", "shaping", None)),
        ({"phases": phases(commission="alone", deliver="consulted")}, ("yes", "shaping", None)),
        ({"phases": phases(design="shared", deliver="unknown")}, ("yes", "shaping", None)),
        (NOBODY, ("no", "conventional", "production")),
        (ASKED, ("no", "consultation", "production")),
        (NO_AGENCY, ("no", "parallel", "agency")),
        ({**NO_AGENCY, **WITHDRAWN}, ("no", "substitution", "agency")),
        ({**REQUIRED, **NO_AGENCY}, ("no", "parallel", "agency")),
        ({"agency": Agency.UNKNOWN}, ("undetermined", None, None)),
        ({"phases": {}}, ("undetermined", None, None)),
        ({"basis": Basis.UNKNOWN}, ("yes", "full", None)),
    ],
)
def test_four_cos_requires_production_and_agency_alone(changes, expected):
    assert verdict(**changes, ruleset="four-cos") == expected


def test_contested_comes_before_undetermined_and_partial():
    against = [participant(A5=4) for _ in range(5)]

    assert verdict(*against) == ("contested", None, None)
    assert verdict(*against, basis=Basis.UNKNOWN) == ("contested", None, None)
    assert verdict(*against, **SHAPED) == ("contested", None, None)
    assert verdict(*against, **REQUIRED) == ("no", "compliance", "voluntary")
    assert verdict(*against, ruleset="four-cos") == ("contested", None, None)


def test_contested_gate_that_is_not_required_leaves_the_verdict_alone():
    against = [participant(V1=0, A4=4) for _ in range(5)]

    assert verdict(*against, ruleset="four-cos") == ("yes", "full", None)


def test_open_gates_are_the_required_ones_that_are_contested_or_unknown():
    against = [participant(A5=4) for _ in range(5)]
    facts = make_facts(basis=Basis.UNKNOWN, public_resources=Known.UNKNOWN)

    bussu = run(*against, facts=facts).as_dict()
    four_cos = run(*against, facts=facts, ruleset="four-cos").as_dict()

    contested = {"gate": "agency", "state": "contested", "settled_by": ["A5"]}
    assert bussu["open_gates"] == [
        {"gate": "voluntary", "state": "unknown", "settled_by": ["basis"]},
        contested,
        {"gate": "resources", "state": "unknown", "settled_by": ["public_resources"]},
    ]
    assert four_cos["open_gates"] == [contested]


@pytest.mark.parametrize("changes", [{}, REQUIRED, SHAPED, {**WITHDRAWN, "agency": Agency.UNKNOWN}])
def test_nothing_is_open_once_the_verdict_is_settled(changes):
    assert run(facts=make_facts(**changes)).as_dict()["open_gates"] == []


def test_a_good_product_never_rescues_a_failed_process():
    praise = dict.fromkeys(("P1", "P2", "P3", "P4", "P6", "R1", "R2", "R3", "R4"), 4)

    assert verdict(staff(**praise), participant(**praise), **NO_AGENCY) == ("no", "parallel", "agency")
