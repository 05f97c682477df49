"""Levels are a set with strengths, and individual-only is no fault."""

from fractions import Fraction

import pytest

from assessments.rules import Band, Dimension, Form, Level, Missing, Side
from tests.rules.cases import make_facts, participant, run, staff

DK, NA = Missing.DK, Missing.NA


def found(*responses, levels=()):
    facts = make_facts(levels=frozenset(map(Level, levels)))
    return run(*responses, facts=facts).dimensions[Dimension.INDIVIDUAL_COLLECTIVE]


def strengths(score):
    return {level.value: figures.strength for level, figures in score.levels.items()}


def test_score_is_the_strongest_of_the_overall_strengths():
    score = found(staff(L1=4, L2=0, L3=1), participant(L1=2, L2=4, L3=0))

    assert strengths(score) == {"individual": 75, "group": 50, "collective": Fraction(25, 2)}
    assert (score.score, score.band) == (75, Band.COPRODUCTION)


def test_score_of_a_side_is_its_own_strongest_level():
    score = found(staff(L1=4, L2=0, L3=1), participant(L1=2, L2=3, L3=0))

    assert (score.sides[Side.STAFF].score, score.sides[Side.PARTICIPANT].score) == (100, 75)


def test_individual_only_is_not_penalised():
    assert found(staff(L1=4, L2=0, L3=0), levels=["individual"]).score == 100


def test_strength_is_the_mean_over_all_who_rated_the_level():
    score = found(staff(L1=4, L2=2, L3=0), staff(L1=2, L2=DK, L3=0), staff(L1=0))

    assert strengths(score) == {"individual": 50, "group": 50, "collective": 0}
    assert score.coverage == Fraction(6, 9)
    assert score.score == 50


def test_side_takes_n_and_spread_from_its_strongest_level():
    score = found(staff(L1=4, L2=1, L3=0), staff(L1=3, L2=1, L3=0), staff(L2=0, L3=0))

    side = score.sides[Side.STAFF]
    assert (side.score, side.n, side.spread) == (Fraction(175, 2), 2, pytest.approx(17.677669529663689))


def test_strengths_stand_where_too_little_was_answered_for_a_score():
    score = found(staff(L1=4))

    assert strengths(score) == {"individual": 100, "group": None, "collective": None}
    assert (score.score, score.band, score.sides, score.coverage) == (None, None, {}, Fraction(1, 3))


def test_strength_of_a_side_without_a_score_still_enters_the_overall_strength():
    score = found(staff(L1=4, L2=0, L3=0), participant(L1=0))

    assert strengths(score)["individual"] == 50
    assert (score.score, list(score.sides)) == (50, [Side.STAFF])


def test_side_needs_two_thirds_of_its_level_items():
    assert found(staff(L1=4, L2=4)).score == 100
    assert found(staff(L1=4, L2=4), staff(L1=4)).score is None
    assert found(staff(L1=4, L2=NA, L3=NA)).score == 100
    assert found(staff(L1=NA, L2=NA, L3=NA)).coverage is None


def test_gap_is_the_largest_level_gap_with_its_sign():
    score = found(staff(L1=4, L2=1, L3=2), participant(L1=3, L2=4, L3=0))

    gaps = {level.value: figures.gap for level, figures in score.levels.items()}
    assert gaps == {"individual": -25, "group": 75, "collective": -50}
    assert score.gap == 75
    assert found(staff(L1=4, L2=1, L3=2), participant(L1=0, L2=4, L3=0)).gap == -100


def test_level_that_one_side_did_not_rate_has_no_gap():
    score = found(staff(L1=4, L2=1, L3=2), participant(L1=4, L2=2, L3=DK))

    assert score.levels[Level.COLLECTIVE].gap is None
    assert (score.levels[Level.COLLECTIVE].strength, score.gap) == (50, 25)


def test_gaps_need_a_score_on_both_sides():
    score = found(staff(L1=4, L2=4, L3=4), participant(L1=0))

    assert (score.gap, score.levels[Level.INDIVIDUAL].gap) == (None, None)


def test_recorded_levels_are_those_of_the_facts():
    score = found(levels=["group", "collective"])

    assert [level.value for level, figures in score.levels.items() if figures.recorded] == [
        "group",
        "collective",
    ]


def test_notes_bridge_reach_and_alone_do_not_enter():
    score = found(staff(L1=0, L2=0, L3=0, L4=4, L5=4, L6=4))

    assert (score.score, score.coverage) == (0, 1)


def test_short_form_asks_all_three_levels():
    score = found(participant(Form.SHORT, L1=1, L2=2, L3=3))

    assert (score.score, score.coverage) == (75, 1)


def test_agreement_is_over_the_level_items():
    score = found(*(staff(L1=rating, L2=2, L3=2, L6=rating) for rating in (1, 2, 3)))

    assert score.sides[Side.STAFF].agreement == Fraction(5, 6)
