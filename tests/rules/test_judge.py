"""Judging alone: the part of an assessment that decides, without how firm it is and what would change it."""

import pytest

from assessments.rules import Case, Side, assess, judge
from tests.rules.cases import INSTRUMENT, make_facts, participant, rated, staff


@pytest.fixture
def case() -> Case:
    """Staff are content; six participants say that they do what paid workers did."""
    theirs = {**rated(Side.PARTICIPANT, "additive", 1), "A4": 4, "V1": 3}
    ours = rated(Side.STAFF, "additive", 4)
    return Case(facts=make_facts(), responses=(staff(**ours), *(participant(**theirs) for _ in range(6))))


@pytest.mark.parametrize("ruleset", ["bussu-2014", "four-cos"])
@pytest.mark.parametrize("min_participants", [None, 7])
def test_judge_says_what_assess_says(case, ruleset, min_participants):
    whole = assess(case, INSTRUMENT, ruleset=ruleset, min_participants=min_participants)

    found = judge(case, INSTRUMENT, ruleset=ruleset, min_participants=min_participants)

    assert (found.verdict, found.gates) == (whole.verdict, whole.gates)
    assert (found.dimensions, found.flags) == (whole.dimensions, whole.flags)


def test_judge_hears_participants_only_when_they_are_enough(case):
    assert judge(case, INSTRUMENT).verdict.counts == "contested"
    assert judge(case, INSTRUMENT, min_participants=7).verdict.counts == "yes"


def test_judge_refuses_what_assess_refuses(case):
    with pytest.raises(ValueError, match="no rule-set 'mine'"):
        judge(case, INSTRUMENT, ruleset="mine")
    with pytest.raises(ValueError, match="not asked on the full form of staff"):
        judge(Case(facts=make_facts(), responses=(staff(V6=3),)), INSTRUMENT)
