"""Circumstances help or hinder, motives have strengths, and neither scores."""

import pytest

from assessments.rules import Context, Form, Missing
from assessments.rules.values import Known
from tests.rules.cases import make_facts, participant, run, staff

HINDER_WHEN_YES = [
    "specialised",
    "cuts",
    "costs_on_people",
    "liability_on_people",
    "same_few_people",
    "support_withdrawn",
    "hostility",
    "unspoken_duty",
]
HELP_WHEN_YES = [
    "relational_service",
    "decentralised",
    "invested",
    "asked_personally",
    "capital",
    "leadership",
    "easy_access",
]


def circumstances(answer):
    facts = make_facts(context=dict.fromkeys(Context, Known(answer)))
    return run(facts=facts).as_dict()["context"]


def test_yes_helps_or_hinders():
    assert circumstances("yes") == {"helps": HELP_WHEN_YES, "hinders": HINDER_WHEN_YES, "unknown": []}


def test_no_hinders_where_yes_would_help_and_else_says_nothing():
    assert circumstances("no") == {"helps": [], "hinders": HELP_WHEN_YES, "unknown": []}


def test_unknown_is_listed_in_order():
    nothing = run(facts=make_facts()).as_dict()["context"]

    assert nothing == circumstances("unknown") == {"helps": [], "hinders": [], "unknown": list(Context)}


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_circumstances_never_score(answer):
    answers = {"A1": 3, "A2": 3, "A3": 2, "A4": 1}
    plain = run(staff(**answers))
    facts = make_facts(context=dict.fromkeys(Context, Known(answer)))

    found = run(staff(**answers), facts=facts)

    assert found.dimensions == plain.dimensions
    assert (found.gates, found.verdict) == (plain.gates, plain.verdict)


def test_motives_are_means_from_zero_to_four():
    record = run(participant(M1=4, M2=Missing.DK), participant(M1=3, M3=0)).as_dict()

    assert record["motives"]["M1"] == {"mean": 3.5, "n": 2}
    assert record["motives"]["M2"] == {"mean": None, "n": 0}
    assert record["motives"]["M3"] == {"mean": 0.0, "n": 1}
    assert list(record["motives"]) == ["M1", "M2", "M3", "M4", "M5", "M6", "M7"]


def test_motives_that_nobody_rated_are_null():
    assert run(participant(A1=4, M1=Missing.DK), participant(Form.SHORT, A1=4)).motives is None
    assert run(staff(A1=4)).motives is None


def test_motives_never_score():
    with_motives, without = run(participant(A1=4, M6=4)), run(participant(A1=4))

    assert with_motives.dimensions == without.dimensions
