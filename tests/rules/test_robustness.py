"""How firm a result is: seeded, repeatable, and true to what a run leaves out."""

import json
import random
from dataclasses import replace
from fractions import Fraction

import pytest

from assessments.rules import Case, Context, Facts, Form, Level, Missing, Phase, Side
from assessments.rules.robustness import RUNS, seed_of
from assessments.rules.values import Known, Part, StaffTime
from tests.rules.cases import INSTRUMENT, make_facts, participant, phases, rated, run, staff, with_weights

NA = Missing.NA


def ranges(profile):
    return {name.value: (one.low, one.high) for name, one in profile.robustness.dimensions.items()}


def test_thousand_runs_are_made():
    assert RUNS == 1000


def test_equal_ratings_leave_no_range():
    found = run(
        staff(**rated(Side.STAFF, "relational", 3)), participant(**rated(Side.PARTICIPANT, "relational", 1))
    )

    assert ranges(found)["relational"] == (50.0, 50.0)
    assert found.robustness.verdict_holds == 1


def test_dimension_without_a_score_has_no_range():
    found = run(staff(R1=4, R2=0))

    assert ranges(found) == dict.fromkeys(ranges(found), (None, None))


def test_range_lies_around_the_score_within_what_weights_and_one_item_can_do():
    answers = {"R1": 4, "R2": 4, "R3": 4, "R4": 4, "R5": 4, "R6": 4}  # 100 100 100 100 0 0

    low, high = ranges(run(staff(**answers)))["relational"]

    # Without a plus item and with the lightest weights for the others: 3 · 0.75 / (3 · 0.75 + 2 · 1.25).
    assert 47.3 < low < 200 / 3 < high < 87
    # Leaving out a plus item comes to about 60, a minus item to about 80: both lie inside.
    assert low < 60
    assert high > 80


def test_one_rated_item_is_never_left_out():
    found = run(staff(R1=4, R2=NA, R3=NA, R4=NA, R5=NA, R6=NA))

    assert ranges(found)["relational"] == (100.0, 100.0)


def test_two_rated_items_lose_one_in_every_run():
    found = run(staff(R1=4, R2=0, R3=NA, R4=NA, R5=NA, R6=NA))

    assert ranges(found)["relational"] == (0.0, 100.0)


def test_items_that_nobody_rated_are_not_the_ones_left_out():
    # Of two rated items one is always left out: the score is never the mean of both.
    found = run(staff(V1=4, V2=0, V3=NA, V4=NA, V5=NA), facts=make_facts(staff_time=StaffTime.KEPT))

    assert ranges(found)["voluntary"] == (0.0, 100.0)


def test_response_left_without_any_item_drops_out_of_its_run():
    # One rated R1 alone, the other R2 alone. A run that leaves out R1 sees the second response alone.
    only = dict.fromkeys(("R1", "R2", "R3", "R4", "R5", "R6"), NA)

    found = run(staff(**{**only, "R1": 4}), staff(**{**only, "R2": 0}))

    assert ranges(found)["relational"] == (0.0, 100.0)


def test_side_left_without_any_item_drops_out_of_its_run():
    only = dict.fromkeys(("R1", "R2", "R3", "R4", "R5", "R6"), NA)

    found = run(staff(**{**only, "R1": 4}), participant(**{**only, "R2": 0}))

    assert found.dimensions["relational"].score == 50
    assert ranges(found)["relational"] == (0.0, 100.0)


def test_response_without_a_score_stays_without_one():
    # Coverage is not asked again: two of four answered would be enough after one is left out.
    scored = staff(**rated(Side.STAFF, "relational", 4))
    thin = staff(R1=0, R2=0, R3=0)

    assert ranges(run(scored, thin))["relational"] == (100.0, 100.0)


def test_level_left_out_takes_its_strength_along():
    found = run(staff(L1=4, L2=2, L3=0))

    assert ranges(found)["individual_collective"] == (50.0, 100.0)


def test_levels_have_a_range_only_with_a_score():
    assert ranges(run(staff(L1=4)))["individual_collective"] == (None, None)
    assert ranges(run(staff(L1=4, L2=NA, L3=NA)))["individual_collective"] == (100.0, 100.0)


def test_levels_are_means_of_the_sides_in_every_run():
    found = run(staff(L1=4, L2=0, L3=0), participant(L1=2, L2=1, L3=1))

    low, high = ranges(found)["individual_collective"]
    assert (low, high) == (12.5, 75.0)


def test_sides_have_equal_voice_in_every_run():
    ours = staff(**rated(Side.STAFF, "product", 4))
    theirs = [participant(**rated(Side.PARTICIPANT, "product", 0)) for _ in range(30)]

    assert ranges(run(ours, *theirs))["product"] == (50.0, 50.0)


def test_weights_of_the_instrument_are_the_middle():
    answers = staff(R1=4, R2=0, R3=0, R4=0, R5=4, R6=4)

    plain = ranges(run(answers))["relational"]
    heavy = ranges(run(answers, instrument=with_weights(R1=10)))["relational"]

    assert plain[1] < 30
    assert heavy[1] > 65


def test_verdict_that_hangs_on_one_item_does_not_always_hold():
    # 39.6: leaving out a weak item lifts it over the gate, leaving out a strong one does not.
    weak = staff(
        A1=1,
        A2=1,
        A3=1,
        A4=3,
        A5=2,
        A6=3,
    )

    found = run(weak, facts=make_facts(staff_time=StaffTime.UNKNOWN))

    assert found.counts == "no"
    assert 0 < found.robustness.verdict_holds < 1


def test_verdict_of_facts_alone_always_holds():
    assert run(facts=make_facts(agency=Facts().agency)).robustness.verdict_holds == 1


def test_contest_falls_away_in_runs_that_leave_out_its_item():
    answers = {"V1": 0, "V2": 4, "V3": 0, "V5": 4, "V6": 4}

    found = run(*(participant(**answers) for _ in range(5)))

    assert found.counts == "contested"
    # One of the five rated items is left out at random: V1 in about a fifth of the runs.
    assert found.robustness.verdict_holds == pytest.approx(0.8, abs=0.05)


def test_two_contests_of_a_gate_fall_away_one_at_a_time():
    answers = {"V1": 0, "V2": 4, "V3": 4, "V5": 4, "V6": 4}

    found = run(*(participant(**answers) for _ in range(5)))

    assert found.robustness.verdict_holds == 1


def test_contests_of_two_gates_are_told_apart():
    # Leaving out V1 leaves the agency contested, and leaving out A5 leaves the voluntary gate contested.
    answers = {"V1": 0, "V2": 4, "A1": 4, "A5": 4}
    both = run(*(participant(**answers) for _ in range(5))).robustness.verdict_holds
    one = run(*(participant(V1=0, V2=4) for _ in range(5))).robustness.verdict_holds

    assert both == pytest.approx(0.75, abs=0.05)
    assert one == pytest.approx(0.5, abs=0.05)


def test_additive_score_that_vanishes_in_a_run_leaves_the_gate_unknown():
    # Only A1 and A6 apply to anybody, one each: every run leaves one side without a score, never both.
    only = dict.fromkeys(("A1", "A2", "A3", "A4", "A5"), NA)
    found = run(
        staff(**only, A6=4), participant(**{**only, "A1": 0}), facts=make_facts(staff_time=StaffTime.UNKNOWN)
    )

    assert found.dimensions["additive"].score == 50
    assert found.counts == "yes"
    assert found.robustness.verdict_holds == pytest.approx(0.5, abs=0.05)


def test_kind_and_counts_must_both_hold():
    found = run(
        staff(A1=1, A2=1, A3=1, A4=3, A5=2, A6=3),
        facts=make_facts(phases=phases(design="shared"), staff_time=StaffTime.KEPT),
        ruleset="four-cos",
    )

    assert (found.counts, found.kind, found.robustness.verdict_holds) == ("yes", "shaping", 1)


# The seed


def seed(case, instrument=INSTRUMENT, ruleset="bussu-2014", thresholds=INSTRUMENT.thresholds):
    return seed_of(case, instrument, ruleset, thresholds)


BASE = Case(facts=make_facts(), responses=(staff(A1=1), participant(A1=2)))


def test_seed_is_fixed_for_good():
    assert seed_of(Case(facts=Facts()), INSTRUMENT, "bussu-2014", INSTRUMENT.thresholds) == seed(
        Case(facts=Facts())
    )
    assert 0 <= seed(BASE) < 2**128


def test_seed_does_not_depend_on_any_order():
    answers = {"A1": 1, "A2": 2, "R1": Missing.DK}
    backwards = dict(reversed(answers.items()))
    one = Case(facts=make_facts(), responses=(staff(**answers), staff(A1=4), participant(A1=2)))
    other = Case(facts=make_facts(), responses=(participant(A1=2), staff(A1=4), staff(**backwards)))
    shuffled = replace(INSTRUMENT, items=INSTRUMENT.items[::-1])

    assert seed(one) == seed(other) == seed(one, shuffled)


def test_seed_reads_facts_left_out_as_unknown():
    explicit = Facts(phases=dict.fromkeys(Phase, Part.UNKNOWN), context=dict.fromkeys(Context, Known.UNKNOWN))

    assert seed(Case(facts=Facts())) == seed(Case(facts=explicit))


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, facts=make_facts(agency=Facts().agency)),
        replace(BASE, facts=make_facts(public_resources=Known.NO)),
        replace(BASE, facts=make_facts(basis=Facts().basis)),
        replace(BASE, facts=make_facts(intentional=Known.NO)),
        replace(BASE, facts=make_facts(staff_time=StaffTime.REDUCED)),
        replace(BASE, facts=make_facts(task="core")),
        replace(BASE, facts=make_facts(levels=frozenset({Level.GROUP}))),
        replace(BASE, facts=make_facts(phases=phases(design="alone"))),
        replace(BASE, facts=make_facts(context={Context.CUTS: Known.NO})),
        replace(BASE, responses=(staff(A1=1), participant(A1=3))),
        replace(BASE, responses=(staff(A1=2), participant(A1=1))),
        replace(BASE, responses=(staff(A1=1), participant(Form.SHORT, A1=2))),
        replace(BASE, responses=(staff(A1=1), participant(A1=2), participant(A1=2))),
        replace(BASE, responses=(staff(A1=1), participant(A2=2))),
        replace(BASE, responses=(staff(A1=1), participant(A1=2, A2=Missing.DK))),
    ],
)
def test_seed_depends_on_every_value_of_the_case(other):
    assert seed(other) != seed(BASE)


def test_seed_depends_on_the_rules():
    seeds = {
        seed(BASE),
        seed(BASE, ruleset="four-cos"),
        seed(BASE, with_weights(A1=2)),
        seed(BASE, replace(INSTRUMENT, version="2")),
        seed(BASE, replace(INSTRUMENT, rulesets={"bussu-2014": frozenset()})),
        seed(BASE, thresholds=replace(INSTRUMENT.thresholds, min_participants=6)),
        seed(BASE, thresholds=replace(INSTRUMENT.thresholds, min_coverage=Fraction(1, 2))),
    }

    assert len(seeds) == 7


def test_same_input_gives_the_same_bytes():
    responses = [staff(A1=1, A2=4, A3=2, A4=0, R1=4, R2=0, R3=1, R4=3), participant(A1=2, A2=0, A3=4, A4=4)]

    first, second = (json.dumps(run(*order).as_dict()) for order in (responses, responses[::-1]))

    assert first == second


OURS = {"A1": 4, "A2": 3, "A3": 2, "A4": 1, "A5": 0, "A6": 4}
THEIRS = {"A1": 2, "A2": 0, "A3": 4, "A4": 4, "A5": 1}


def test_figures_of_a_known_case_never_change():
    found = run(staff(**OURS), participant(**THEIRS)).as_dict()["robustness"]["dimensions"]

    assert found["additive"] == {"low": 57.7, "high": 71.9}


def plain_simulation(runs):
    """The same idea in the plainest words: headline scores with random weights and one item less, sorted."""
    dice = random.Random(1)
    scores = []
    for _ in range(runs):
        left_out = dice.choice(sorted(OURS))
        weights = {code: dice.uniform(0.75, 1.25) for code in OURS}
        means = []
        for answers in (OURS, THEIRS):
            points = {
                code: 100 - 25 * rating if code in ("A4", "A5") else 25 * rating
                for code, rating in answers.items()
                if code != left_out
            }
            total = sum(weights[code] for code in points)
            means.append(sum(weights[code] * value for code, value in points.items()) / total)
        scores.append(sum(means) / 2)
    return sorted(scores)


def test_range_agrees_with_a_plain_simulation():
    scores = plain_simulation(20_000)

    low, high = ranges(run(staff(**OURS), participant(**THEIRS)))["additive"]

    assert low == pytest.approx(scores[1_000], abs=0.6)
    assert high == pytest.approx(scores[19_000], abs=0.6)
