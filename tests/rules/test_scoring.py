"""Items, responses, sides and dimensions in figures."""

from fractions import Fraction
from math import sqrt

import pytest

from assessments.rules import Band, Dimension, Form, Missing, Side
from assessments.rules.figures import rounded, shown
from assessments.rules.scoring import agreement_of, band_of
from assessments.rules.sides import Tally, asked_of, collect, is_covered, score_responses
from tests.rules.cases import INSTRUMENT, participant, rated, run, staff, with_weights

DK, NA = Missing.DK, Missing.NA
THRESHOLDS = INSTRUMENT.thresholds


def score(name, *responses, **options):
    return run(*responses, **options).dimensions[Dimension(name)]


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (Fraction(1, 20), 1, 0.1),
        (Fraction(-1, 20), 1, -0.1),
        (Fraction(49, 1000), 1, 0.0),
        (Fraction(-49, 1000), 1, 0.0),
        (Fraction(0), 1, 0.0),
        (Fraction(3995, 100), 1, 40.0),
        (Fraction(39949, 1000), 1, 39.9),
        (Fraction(2, 3), 2, 0.67),
        (Fraction(129, 200), 2, 0.65),
        (Fraction(100), 1, 100.0),
        (12.45, 1, 12.5),
        (-12.45, 1, -12.5),
        (0.0, 1, 0.0),
        (-0.0, 1, 0.0),
        (1e-12, 1, 0.0),
        (12.4499, 1, 12.4),
        (12.4499999999, 1, 12.5),
        (Fraction(1, 20) - Fraction(1, 10**12), 1, 0.0),
    ],
)
def test_rounding_goes_half_away_from_zero(value, places, expected):
    found = rounded(value, places)

    assert found == expected
    assert str(found) == str(expected)


def test_reasons_show_one_decimal():
    assert (shown(Fraction(16, 5)), shown(Fraction(-20)), shown(None)) == ("3.2", "-20.0", "unknown")


@pytest.mark.parametrize(
    ("rating", "plus", "minus"), [(0, 0, 100), (1, 25, 75), (2, 50, 50), (3, 75, 25), (4, 100, 0)]
)
def test_item_goes_from_zero_to_a_hundred_and_is_reversed_when_it_speaks_against(rating, plus, minus):
    items = run(staff(A1=rating, A4=rating)).items

    assert (items["A1"][Side.STAFF].score, items["A4"][Side.STAFF].score) == (plus, minus)


def test_response_is_the_weighted_mean_of_what_it_rated():
    answers = {"A1": 4, "A2": 3, "A3": 2, "A4": 4, "A5": 0, "A6": 1}

    plain = score("additive", staff(**answers))
    weighted = score("additive", staff(**answers), instrument=with_weights(A1=3))

    assert plain.score == Fraction(100 + 75 + 50 + 0 + 100 + 25, 6)
    assert weighted.score == Fraction(3 * 100 + 75 + 50 + 0 + 100 + 25, 8)


@pytest.mark.parametrize("gone", [DK, NA, None])
def test_what_was_not_rated_is_left_out_and_never_zero(gone):
    answers = {"A1": 4, "A2": 4, "A3": 4, "A4": 0, "A5": gone, "A6": gone}
    answers = {code: answer for code, answer in answers.items() if answer is not None}

    assert score("additive", staff(**answers)).score == 100


@pytest.mark.parametrize(
    ("answers", "coverage", "has_score"),
    [
        ({"A1": 4, "A2": 4, "A3": 4, "A4": 0}, Fraction(4, 6), True),
        ({"A1": 4, "A2": 4, "A3": 4}, Fraction(3, 6), False),
        ({"A1": 4, "A2": 4, "A3": 4, "A4": DK, "A5": DK, "A6": DK}, Fraction(3, 6), False),
        ({"A1": 4, "A2": 4, "A3": 4, "A4": NA}, Fraction(3, 5), False),
        ({"A1": 4, "A2": 4, "A3": 4, "A4": NA, "A5": NA}, Fraction(3, 4), True),
        ({"A1": 4, "A2": 4, "A3": NA, "A4": NA, "A5": NA}, Fraction(2, 3), True),
        ({"A1": 4, "A2": DK, "A3": NA, "A4": NA, "A5": NA, "A6": NA}, Fraction(1, 2), False),
        ({"A1": NA, "A2": NA, "A3": NA, "A4": NA, "A5": NA, "A6": NA}, None, False),
        ({"A1": 4, "A2": NA, "A3": NA, "A4": NA, "A5": NA, "A6": NA}, Fraction(1), True),
        ({"A1": DK, "A2": DK, "A3": DK, "A4": DK, "A5": DK, "A6": DK}, Fraction(0), False),
        ({}, Fraction(0), False),
    ],
)
def test_response_has_a_score_from_two_thirds_answered(answers, coverage, has_score):
    found = score("additive", staff(**answers))

    assert (found.coverage, found.score is not None) == (coverage, has_score)


def test_coverage_goes_by_weight():
    heavy = with_weights(A1=4)  # 4 of 9 without A1; 5 of 9 and 6 of 9 with it.

    assert score("additive", staff(A2=4, A3=4, A4=0, A5=0), instrument=heavy).score is None
    assert score("additive", staff(A1=4, A2=4), instrument=heavy).score is None
    assert score("additive", staff(A1=4, A2=4, A3=4), instrument=heavy).score == 100


def test_short_form_is_covered_by_its_own_items():
    short = participant(Form.SHORT, R1=4, R2=4)
    full = participant(Form.FULL, R1=4, R2=4)

    assert (score("relational", short).score, score("relational", short).coverage) == (100, Fraction(2, 3))
    assert (score("relational", full).score, score("relational", full).coverage) == (None, Fraction(2, 6))


def test_headline_coverage_is_over_all_responses_of_both_sides():
    found = score(
        "relational",
        staff(R1=4, R2=4, R3=NA, R4=DK),  # 2 of 5
        participant(Form.SHORT, R1=4, R2=4, R4=4),  # 3 of 3
        participant(),  # 0 of 6
    )

    assert found.coverage == Fraction(5, 14)


def test_notes_do_not_enter_a_score():
    product = rated(Side.STAFF, "product", 4)

    assert score("product", staff(**product, P7=0)).score == 100
    assert score("product", staff(P7=4)).score is None


def test_side_is_the_mean_of_its_responses_that_have_a_score():
    found = score(
        "voluntary",
        staff(**rated(Side.STAFF, "voluntary", 4)),
        staff(**rated(Side.STAFF, "voluntary", 3)),
        staff(**rated(Side.STAFF, "voluntary", 1)),
        staff(V1=0),
    )

    side = found.sides[Side.STAFF]
    assert (side.score, side.n) == (Fraction(200, 3), 3)
    assert side.spread == pytest.approx(sqrt(((100 / 3) ** 2 + (25 / 3) ** 2 + (125 / 3) ** 2) / 2))


def test_spread_of_one_response_is_unknown_and_of_equals_is_zero():
    one = staff(**rated(Side.STAFF, "voluntary", 3))

    assert score("voluntary", one).sides[Side.STAFF].spread is None
    assert score("voluntary", one, one).sides[Side.STAFF].spread == 0


def test_equal_scores_from_different_items_are_one_score():
    # 50 from two of two, and from four of four: the spread must not see a difference.
    found = score(
        "voluntary",
        staff(V1=2, V2=2, V3=NA, V4=NA, V5=NA),
        staff(V1=4, V2=4, V3=4, V4=4, V5=NA),
    )

    assert (found.score, found.sides[Side.STAFF].spread) == (50, 0)


def test_headcount_never_outweighs_the_other_side():
    one = staff(**rated(Side.STAFF, "relational", 0))
    many = [participant(**rated(Side.PARTICIPANT, "relational", 4)) for _ in range(50)]

    assert score("relational", one, *many).score == 50


def test_one_side_alone_is_the_headline():
    found = score("relational", participant(**rated(Side.PARTICIPANT, "relational", 3)))

    assert (found.score, list(found.sides), found.gap) == (75, [Side.PARTICIPANT], None)


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (Fraction(0), "opposite"),
        (Fraction(39999, 1000), "opposite"),
        (Fraction(40), "mixed"),
        (Fraction(59999, 1000), "mixed"),
        (Fraction(60), "coproduction"),
        (Fraction(100), "coproduction"),
    ],
)
def test_bands_begin_at_forty_and_sixty(value, band):
    assert band_of(value, THRESHOLDS) is Band(band)


def test_band_of_no_score_is_unknown():
    assert band_of(None, THRESHOLDS) is None


def test_gap_is_the_weighted_mean_over_items_that_both_sides_rated():
    ours = {"A1": 4, "A2": 4, "A3": 4, "A4": 0, "A5": 0, "A6": 0}
    theirs = {"A1": 3, "A2": 2, "A3": DK, "A4": 1, "A5": 0}

    plain = score("additive", staff(**ours), participant(**theirs))
    weighted = score("additive", staff(**ours), participant(**theirs), instrument=with_weights(A2=2))

    assert plain.gap == Fraction(-25 - 50 - 25 + 0, 4)
    assert weighted.gap == Fraction(-25 - 2 * 50 - 25 + 0, 5)


def test_gap_counts_everybody_who_rated_an_item():
    found = score(
        "relational",
        staff(**rated(Side.STAFF, "relational", 2)),
        staff(R1=4),  # No score, but a rating.
        participant(**rated(Side.PARTICIPANT, "relational", 2)),
    )

    assert found.gap == Fraction(-25, 6)


def test_gap_needs_a_score_on_both_sides():
    found = score("relational", staff(**rated(Side.STAFF, "relational", 2)), participant(R1=4, R2=4))

    assert (found.score, found.gap) == (50, None)


def test_gap_is_unknown_when_the_sides_rated_no_item_in_common():
    ours = staff(A6=4, A1=NA, A2=NA, A3=NA, A4=NA, A5=NA)
    theirs = participant(A1=4, A2=4, A3=4, A4=0, A5=0)

    found = score("additive", ours, theirs)

    assert (found.score, len(found.sides), found.gap) == (100, 2, None)


def test_items_of_one_side_alone_do_not_enter_the_gap():
    ours = {**rated(Side.STAFF, "voluntary", 4), "V4": 4}
    theirs = {**rated(Side.PARTICIPANT, "voluntary", 4), "V6": 0}

    found = score("voluntary", staff(**ours), participant(**theirs))

    assert (found.gap, found.sides[Side.STAFF].score, found.sides[Side.PARTICIPANT].score) == (0, 80, 80)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, 3, 0, 0), Fraction(1)),
        ((0, 0, 2, 0, 0), None),
        ((0, 1, 1, 1, 0), Fraction(1, 2)),
        ((1, 0, 1, 0, 1), Fraction(0)),
        ((2, 0, 0, 0, 2), Fraction(0)),
        ((0, 2, 0, 1, 0), Fraction(1, 3)),
    ],
)
def test_agreement_is_r_wg_with_three_raters_at_least(counts, expected):
    assert Tally(counts=counts).agreement(3) == expected


def test_agreement_never_divides_by_zero():
    assert Tally(counts=(0, 0, 1, 0, 0)).agreement(1) is None
    assert Tally(counts=(0, 0, 2, 0, 0)).agreement(2) == 1


def test_agreement_of_a_side_is_the_mean_over_its_items():
    found = score(
        "additive",
        staff(A1=1, A2=2, A3=2, A4=2, A5=2, A6=4),
        staff(A1=2, A2=2, A3=2, A4=2, A5=2, A6=DK),
        staff(A1=3, A2=2, A3=2, A4=2, A5=2, A6=0),
    )

    # A1 one half, A2 to A5 one, A6 rated by two alone.
    assert found.sides[Side.STAFF].agreement == Fraction(9, 10)


def test_agreement_of_two_is_unknown():
    one = staff(**rated(Side.STAFF, "additive", 2))

    assert score("additive", one, one).sides[Side.STAFF].agreement is None


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (Fraction(1), "agree"),
        (Fraction(7, 10), "agree"),
        (Fraction(6999, 10000), "differ"),
        (Fraction(3, 10), "differ"),
        (Fraction(2999, 10000), "split"),
        (Fraction(0), "split"),
    ],
)
def test_agreement_in_words_begins_at_seven_and_three_tenths(value, word):
    assert agreement_of(value, THRESHOLDS) == word


def test_agreement_of_none_has_no_word():
    assert agreement_of(None, THRESHOLDS) is None


def test_record_says_how_far_each_side_agrees():
    alike = [staff(**rated(Side.STAFF, "additive", 2)) for _ in range(3)]
    split = [participant(**rated(Side.PARTICIPANT, "additive", steps)) for steps in (0, 2, 4)]

    record = run(*alike, *split).as_dict()

    assert record["agreement"]["additive"] == {"staff": "agree", "participants": "split"}
    assert record["dimensions"]["additive"]["staff"]["agreement"] == 1.0
    assert record["dimensions"]["additive"]["participants"]["agreement"] == 0.0


def test_record_rounds_shares_to_two_places_and_scores_to_one():
    record = run(staff(A1=4, A2=4, A3=3, A4=0), participant(A1=3, A2=3, A3=3, A4=1)).as_dict()

    additive = record["dimensions"]["additive"]
    assert additive == {
        "score": 84.4,  # (93.75 + 75) / 2 = 84.375
        "band": "coproduction",
        "coverage": 0.73,  # 8 of 11
        "gap": -18.8,  # -18.75
        "staff": {"score": 93.8, "n": 1, "spread": None, "agreement": None},
        "participants": {"score": 75.0, "n": 1, "spread": None, "agreement": None},
    }


def test_collect_counts_what_a_side_said_to_each_item_it_was_asked():
    responses = [staff(A1=4), staff(A1=DK), staff(A1=NA), staff(), participant(A1=0)]

    answers = collect(Side.STAFF, responses, INSTRUMENT.items)

    tally = answers.tally("A1")
    assert (tally.counts, tally.dk, tally.na, tally.asked, tally.n) == ((0, 0, 0, 0, 1), 1, 1, 4, 1)
    assert answers.tally("V6") == Tally()
    assert answers.mean("A1") == 4
    assert answers.mean("A1", at_least=2) is None
    assert answers.mean("A2") is None
    assert answers.has_rated
    assert not collect(Side.STAFF, [staff(A1=DK)], INSTRUMENT.items).has_rated


@pytest.mark.parametrize(
    ("answers", "covered"),
    [
        ({"A1": 4, "A2": 0, "A3": 2, "A4": 1}, True),
        ({"A1": 4, "A2": 0, "A3": 2}, False),
        ({"A1": 4, "A2": 0, "A3": DK, "A4": DK}, False),
        ({"A1": 4, "A2": 0, "A3": NA, "A4": NA, "A5": NA}, True),
        ({"A1": NA, "A2": NA, "A3": NA, "A4": NA, "A5": NA}, False),
        ({"A1": DK, "A2": NA, "A3": NA, "A4": NA, "A5": NA}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("weight", [1, 3])
def test_a_response_is_covered_exactly_when_it_has_a_score(answers, covered, weight):
    """Disclosure asks before the rules score; both must mean the same. With A1 at weight 3, three of seven
    points are rated by A1 alone."""
    instrument = with_weights(A1=weight)
    items = tuple(item for item in instrument.items if item.dimension is Dimension.ADDITIVE and item.pole)
    response, least = participant(**answers), instrument.thresholds.min_coverage
    asked = asked_of(items, Side.PARTICIPANT)[response.form]

    scored = score_responses(collect(Side.PARTICIPANT, [response], items), items, least)

    assert is_covered(response, asked, least) is (scored.n == 1)
    if weight == 1:
        assert is_covered(response, asked, least) is covered
