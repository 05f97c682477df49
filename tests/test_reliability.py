"""The figures of reliability and agreement: textbook tables, and what must hold for any ratings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assessments.reliability import (
    Figure,
    Reason,
    cronbach_alpha,
    intraclass,
    krippendorff_alpha,
    mcdonald_omega,
    one_factor,
    r_wg,
    r_wg_j,
    value_counts,
)

NO = -1

KRIPPENDORFF = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3],
    [NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO],
]
"""Four observers, twelve units: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), part C."""

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Six targets, four judges: Shrout and Fleiss (1979), table 2."""


def table(rows) -> np.ndarray:
    return np.array(rows, dtype=np.int64)


def one_group(rows) -> tuple[np.ndarray, np.ndarray]:
    """Ratings, all of one group."""
    return table(rows), np.zeros(len(rows), dtype=np.int64)


def units(rows, values: int = 5) -> np.ndarray:
    return value_counts(*one_group(rows), values)


# Textbook tables


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_alpha_of_the_textbook(level, value):
    found = krippendorff_alpha(units(KRIPPENDORFF, 6), level)

    assert round(found.value, 3) == value
    assert found.n == 11  # The twelfth unit has one rating alone.


def test_intraclass_correlations_and_alpha_of_shrout_and_fleiss():
    judges, group = one_group(np.transpose(SHROUT_FLEISS))

    found = intraclass(judges, group)

    single = [round(figure.value, 2) for figure in (found.icc1, found.icc2, found.icc3)]
    average = [round(figure.value, 2) for figure in (found.icc1k, found.icc2k, found.icc3k)]
    assert single == [0.17, 0.29, 0.71]
    assert average == [0.44, 0.62, 0.91]
    assert round(cronbach_alpha(table(SHROUT_FLEISS)).value, 2) == 0.91


def test_alpha_by_hand():
    # Variances 1, 1 and of the sum 3: 2 · (1 - 2/3).
    assert cronbach_alpha(table([[1, 1], [2, 3], [3, 2]])).value == pytest.approx(2 / 3)


def test_omega_of_a_table_with_one_factor():
    loadings, uniqueness = np.array([1.0, 0.5, 0.8, 0.3]), np.array([0.4, 0.9, 0.2, 0.7])

    found = one_factor(np.outer(loadings, loadings) + np.diag(uniqueness))

    assert np.allclose(np.abs(found), loadings, atol=1e-6)
    assert (found > 0).all() or (found < 0).all()


def test_omega_of_items_that_measure_the_same_is_alpha():
    """With equal loadings the two are the same."""
    rows = table(
        [[a, b, c] for a, b, c in [(0, 0, 1), (1, 0, 0), (0, 1, 0), (3, 4, 4), (4, 3, 4), (4, 4, 3)]]
    )

    assert mcdonald_omega(rows).value == pytest.approx(cronbach_alpha(rows).value, rel=1e-6)


def test_omega_from_three_items_by_hand():
    """Three covariances give three loadings: λ₁² = s₁₂ · s₁₃ / s₂₃."""
    covariances = np.array([[2.0, 0.6, 0.4], [0.6, 1.5, 0.3], [0.4, 0.3, 1.0]])

    found = np.abs(one_factor(covariances))

    assert found**2 == pytest.approx([0.6 * 0.4 / 0.3, 0.6 * 0.3 / 0.4, 0.4 * 0.3 / 0.6], rel=1e-6)


def test_one_factor_that_would_need_more_variance_than_there_is_is_none():
    assert one_factor(np.array([[1.0, 0.9, 0.9], [0.9, 1.0, 0.1], [0.9, 0.1, 1.0]])) is None


@pytest.mark.parametrize(
    ("ratings", "value"),
    [
        ([2, 2, 2], 1.0),
        ([2, 3], 0.75),  # s² = ½, of 2.
        ([0, 4, 2], 0.0),  # s² = 4: more than by chance counts as 0.
        ([0, 1, 2, 3, 4], 0.0),  # s² = 2½.
        ([1, 2, 3], 0.5),  # s² = 1.
    ],
)
def test_r_wg_by_hand(ratings, value):
    (found,) = r_wg(*one_group([[rating] for rating in ratings]), values=5)

    assert found == Figure(value, n=1, low=value, high=value)


def test_r_wg_of_two_items_together():
    # Mean variance ½, of 2: ¼. 2 · ¾ / (2 · ¾ + ¼).
    found = r_wg_j(*one_group([[1, 2], [2, 2], [3, 2]]), values=5)

    assert found.value == pytest.approx(1.5 / 1.75)


def test_figures_over_groups_are_the_median_with_the_lowest_and_the_highest():
    rows = table([[2], [2], [1], [3], [0], [1], [2]])
    groups = table([1, 1, 2, 2, 3, 3, 3])

    (found,) = r_wg(rows, groups, values=5)

    assert found == Figure(0.5, n=3, low=0.0, high=1.0)


def test_a_group_with_too_few_raters_is_left_out():
    rows, groups = table([[2], [2], [1], [3], [3], [NO]]), table([1, 1, 2, 2, 2, 1])[[0, 1, 2, 3, 4, 4]]

    (found,) = r_wg(rows, groups, values=5, least=3)

    assert found.n == 1


def test_raters_are_compared_within_their_group_alone():
    """Two waves that each agree, on different ratings: perfect agreement."""
    counts = value_counts(table([[0, 1], [0, 1], [4, 3], [4, 3]]), table([1, 1, 2, 2]), 5)

    assert len(counts) == 4
    assert krippendorff_alpha(counts).value == 1


# Why there is none


SAME = [[3, 3, 3]] * 6


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        (krippendorff_alpha(units(SAME)), Reason.SAME_ANSWERS),
        (krippendorff_alpha(units([[1, 2, 3]])), Reason.FEW_RATERS),
        (krippendorff_alpha(units([[1, 2]] * 4), least=5), Reason.FEW_RATERS),
        (krippendorff_alpha(units([[NO, NO]] * 3)), Reason.NO_ANSWERS),
        (krippendorff_alpha(units(np.zeros((0, 3)))), Reason.NO_ANSWERS),
        (intraclass(*one_group(SAME)).icc2, Reason.SAME_ANSWERS),
        (intraclass(*one_group([[1, 2, NO], [1, 2, 3]])).icc1, Reason.FEW_RATERS),
        (intraclass(*one_group([[1], [2]])).icc1, Reason.FEW_ITEMS),
        (intraclass(*one_group([[NO, NO]] * 2)).icc1, Reason.NO_ANSWERS),
        (intraclass(*one_group([[1, 1], [2, 2]])).icc3k, Reason.NO_DIFFERENCE),
        (cronbach_alpha(table(SAME)), Reason.SAME_ANSWERS),
        (cronbach_alpha(table([[1, 3], [3, 1], [2, 2]])), Reason.NO_DIFFERENCE),
        (cronbach_alpha(table([[1], [2]])), Reason.FEW_ITEMS),
        (cronbach_alpha(table([[1, 2], [2, NO]])), Reason.FEW_RATERS),
        (cronbach_alpha(table([[1, 2], [2, 3]]), least=5), Reason.FEW_RATERS),
        (cronbach_alpha(table([[NO, NO]] * 9)), Reason.NO_ANSWERS),
        (mcdonald_omega(table(SAME)), Reason.SAME_ANSWERS),
        (mcdonald_omega(table([[1, 2], [2, 1], [3, 3]])), Reason.FEW_ITEMS),
        (mcdonald_omega(table([[1, 0, 0], [2, 0, 0], [3, 0, 0]])), Reason.NO_FACTOR),
        (mcdonald_omega(table([[4, 0, 2], [3, 3, 0]])), Reason.NO_DIFFERENCE),
        (mcdonald_omega(table([[b + c, b, c] for b in range(3) for c in range(3)])), Reason.NO_FACTOR),
        (r_wg(*one_group([[2]]), values=5)[0], Reason.FEW_RATERS),
        (r_wg(*one_group([[NO]] * 3), values=5)[0], Reason.NO_ANSWERS),
        (r_wg_j(*one_group([[2, 1], [2, NO]]), values=5), Reason.FEW_RATERS),
        (r_wg_j(*one_group(np.zeros((3, 0))), values=5), Reason.FEW_ITEMS),
    ],
)
def test_what_cannot_be_computed_says_why(figure, reason):
    assert (figure.value, figure.why_not) == (None, reason)


def test_a_figure_is_a_value_or_a_reason():
    with pytest.raises(ValueError, match="a value, or why"):
        Figure()
    with pytest.raises(ValueError, match="a value, or why"):
        Figure(0.5, Reason.FEW_ITEMS)


# For any ratings


@st.composite
def ratings(draw, *, least: int = NO) -> tuple[np.ndarray, np.ndarray]:
    """Ratings of 1 to 3 groups, with 1 to 5 items."""
    shape = draw(st.integers(1, 14)), draw(st.integers(1, 5))
    rows = draw(arrays(np.int64, shape, elements=st.integers(least, 4)))
    groups = np.sort(draw(arrays(np.int64, shape[0], elements=st.integers(1, 3))))
    return rows, groups


def every_figure(rows: np.ndarray, groups: np.ndarray) -> list[Figure]:
    correlations = intraclass(rows, groups)
    return [
        *(krippendorff_alpha(value_counts(rows, groups, 5), level) for level in LEVELS),
        *(getattr(correlations, name) for name in correlations.__slots__),
        cronbach_alpha(rows),
        mcdonald_omega(rows),
        r_wg_j(rows, groups, values=5),
    ]


LEVELS = ("nominal", "ordinal", "interval")
many = settings(max_examples=150, deadline=None)


def alike(one: Figure, other: Figure) -> bool:
    same = one.value is None or other.value == pytest.approx(one.value, abs=1e-4)
    return (one.why_not, one.n) == (other.why_not, other.n) and same


@many
@given(ratings(), st.randoms(use_true_random=False))
def test_the_order_of_raters_and_of_items_changes_nothing(found, chance):
    rows, groups = found
    places, columns = list(range(len(rows))), list(range(rows.shape[1]))
    chance.shuffle(places)
    chance.shuffle(columns)
    places.sort(key=groups.__getitem__)  # The rows of a group stand together.

    shuffled = rows[places][:, columns]

    for one, other in zip(every_figure(rows, groups), every_figure(shuffled, groups), strict=True):
        assert alike(one, other)
    by_item = r_wg(rows, groups, values=5)
    assert [by_item[column] for column in columns] == list(r_wg(shuffled, groups, values=5))


@many
@given(ratings())
def test_no_figure_is_above_one_and_shares_are_not_below_zero(found):
    figures = every_figure(*found)

    assert all(figure.value <= 1 + 1e-9 for figure in figures if figure.value is not None)
    *_, omega, together = figures
    for figure in (omega, together, *r_wg(*found, values=5)):
        assert figure.value is None or figure.value >= 0


@many
@given(ratings())
def test_turning_every_item_changes_nothing(found):
    rows, groups = found
    turned = np.where(rows >= 0, 4 - rows, rows)

    for one, other in zip(every_figure(rows, groups), every_figure(turned, groups), strict=True):
        assert alike(one, other)


@many
@given(ratings(least=0), st.integers(2, 4))
def test_raters_who_copy_one_another_agree_wholly(found, copies):
    rows = np.repeat(found[0][:1], copies, axis=0)
    groups = np.zeros(copies, dtype=np.int64)

    alpha = krippendorff_alpha(value_counts(rows, groups, 5))
    correlations = intraclass(rows, groups)

    assert alpha.value == 1 or alpha.why_not is Reason.SAME_ANSWERS
    for figure in (correlations.icc1, correlations.icc2k, correlations.icc3):
        assert figure.value == 1 or figure.why_not in (Reason.SAME_ANSWERS, Reason.FEW_ITEMS)
    assert all(figure.value == 1 for figure in r_wg(rows, groups, values=5))


@many
@given(ratings(least=0))
def test_alpha_is_the_average_correlation_of_fixed_items(found):
    """Cronbach's α of items over raters is ICC(3,k) with raters for targets (Shrout and Fleiss 1979)."""
    rows, _groups = found
    alpha = cronbach_alpha(rows)

    other = intraclass(rows.T, np.zeros(rows.shape[1], dtype=np.int64)).icc3k

    assert alpha.value is None or alpha.value == pytest.approx(other.value)


@many
@given(ratings(), st.integers(2, 5))
def test_nothing_rests_on_fewer_raters_than_allowed(found, least):
    rows, groups = found
    whole = (rows >= 0).all(axis=1)
    enough = [int((whole & (groups == group)).sum()) >= least for group in set(groups.tolist())]

    assert cronbach_alpha(rows, least=least).value is None or whole.sum() >= least
    assert intraclass(rows, groups, least=least).icc1.n <= sum(enough)
