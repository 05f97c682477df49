"""How far raters agree, and how far the items of a scale hang together: plain arrays in, figures out.

Ratings are whole numbers in a table with a row for each rater (a response) and a column for each item;
a negative number is a rating that is missing. ``groups`` says to which group (a wave) each row belongs: its
rows stand together. Sums stay whole numbers until the last division, so that the order of rows and columns
changes nothing, and "everyone gave the same answer" is told exactly and not by a tolerance.

Sources: Krippendorff (2004), *Content Analysis*; Shrout and Fleiss (1979), *Psychological Bulletin* 86;
Cronbach (1951), *Psychometrika* 16; McDonald (1999), *Test Theory*; James, Demaree and Wolf (1984),
*Journal of Applied Psychology* 69.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import krippendorff
import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

Level = Literal["nominal", "ordinal", "interval"]
"""What is taken for a difference: any, one of rank, or one of size."""

MISSING = -1
"""Stands for a rating that is missing."""

LEAST_ITEMS_FOR_OMEGA = 3
"""With two items the loadings of one factor cannot be told apart."""

STEPS = 1000
CLOSE, VERY_CLOSE = 1e-4, 1e-9


class Reason(StrEnum):
    """Why a figure cannot be computed."""

    NO_ANSWERS = "no_answers"
    """Nobody rated anything."""
    FEW_RATERS = "few_raters"
    """Fewer raters than it takes."""
    FEW_ITEMS = "few_items"
    """Fewer items than it takes."""
    SAME_ANSWERS = "same_answers"
    """Everyone gave the same answer."""
    NO_DIFFERENCE = "no_difference"
    """There are differences, but none of the kind that the figure divides by."""
    NO_FACTOR = "no_factor"
    """One factor does not fit, or not in one way alone."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, or why there is none. ``n`` is how many it rests on: raters, units or groups."""

    value: float | None = None
    why_not: Reason | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None
    """Of a figure that is the median over groups: the lowest and the highest."""

    def __post_init__(self) -> None:
        if (self.value is None) is (self.why_not is None):
            raise ValueError("Give a value, or why there is none.")


@dataclass(frozen=True, slots=True)
class Correlations:
    """The six intraclass correlations of Shrout and Fleiss, over groups or of one.

    ``icc1`` takes the raters for a sample that differs from item to item, ``icc2`` for one sample that rates
    every item, ``icc3`` for all the raters there are. ``k`` is the mean of all raters, not one of them.
    """

    icc1: Figure
    icc2: Figure
    icc3: Figure
    icc1k: Figure
    icc2k: Figure
    icc3k: Figure


# Agreement of raters


def krippendorff_alpha(counts: Whole, level: Level = "ordinal", *, least: int = 2) -> Figure:
    """Krippendorff's α. ``counts`` says how often (in columns) each value was given to each unit (in rows).

    Units with fewer than ``least`` raters (two at the least) are left out; ``n`` is how many units are not.
    """
    units = counts[counts.sum(axis=1) >= max(least, 2)]
    if not len(units):
        return Figure(why_not=Reason.FEW_RATERS if counts.any() else Reason.NO_ANSWERS)
    if np.count_nonzero(units.sum(axis=0)) < 2:
        return Figure(why_not=Reason.SAME_ANSWERS, n=len(units))
    value = krippendorff.alpha(
        value_counts=units, value_domain=np.arange(units.shape[1]), level_of_measurement=level
    )
    return Figure(float(value), n=len(units))


def value_counts(ratings: Whole, groups: Whole, values: int) -> Whole:
    """How often each value was given, with a row for each item of each group: units of Krippendorff's α."""
    starts = _starts(groups)
    counts = [_sums(ratings == value, starts) for value in range(values)]
    return np.stack(counts, axis=-1).reshape(-1, values)


def intraclass(ratings: Whole, groups: Whole, *, least: int = 2) -> Correlations:
    """The intraclass correlations of the items (targets) by the raters of a group: the median over groups.

    Only rows without a missing rating count, and groups with ``least`` of them (two at the least).
    """
    items = ratings.shape[1]
    if items < 2:
        none = Figure(why_not=Reason.FEW_ITEMS)
        return Correlations(none, none, none, none, none, none)
    rows, starts, k = _enough(ratings, groups, max(least, 2))
    if not len(rows):
        none = Figure(why_not=Reason.FEW_RATERS if (ratings >= 0).any() else Reason.NO_ANSWERS)
        return Correlations(none, none, none, none, none, none)
    by_item = _sums(rows, starts)
    total = by_item.sum(axis=1)
    square = total**2
    # Sums of squares, each k · items times too large, so that they are whole numbers.
    everything = k * items * _sums((rows**2).sum(axis=1), starts) - square
    between = items * (by_item**2).sum(axis=1) - square
    raters = k * _sums(rows.sum(axis=1) ** 2, starts) - square
    size = k * items
    bms = between / (size * (items - 1))
    wms = (everything - between) / (size * items * (k - 1))
    jms = raters / (size * (k - 1))
    ems = (everything - between - raters) / (size * (items - 1) * (k - 1))
    same = everything == 0

    def over_groups(above: Floats, below: Floats) -> Figure:
        return _median(above, below, same)

    return Correlations(
        icc1=over_groups(bms - wms, bms + (k - 1) * wms),
        icc2=over_groups(bms - ems, bms + (k - 1) * ems + k * (jms - ems) / items),
        icc3=over_groups(bms - ems, bms + (k - 1) * ems),
        icc1k=over_groups(bms - wms, bms),
        icc2k=over_groups(bms - ems, bms + (jms - ems) / items),
        icc3k=over_groups(bms - ems, bms),
    )


def r_wg(ratings: Whole, groups: Whole, *, values: int, least: int = 2) -> tuple[Figure, ...]:
    """r_wg of each item, the median over groups: 1 - s² / σ², where σ² is the variance of answers spread
    evenly over ``values``. Below 0 counts as 0.

    A group counts for an item that ``least`` of it rated (two at the least).
    """
    variances, known = _variances(ratings, groups, max(least, 2))
    found = []
    for own, there in zip(variances.T, known.T, strict=True):
        shares = np.maximum(1 - own[there] / _evenly(values), 0)
        found.append(_summary(shares) if there.any() else _nobody(ratings))
    return tuple(found)


def r_wg_j(ratings: Whole, groups: Whole, *, values: int, least: int = 2) -> Figure:
    """r_wg(J) of all items together, the median over groups; from the mean of the items' variances.

    A group counts when ``least`` of it rated each item (two at the least). Below 0 counts as 0.
    """
    items = ratings.shape[1]
    if not items:
        return Figure(why_not=Reason.FEW_ITEMS)
    variances, known = _variances(ratings, groups, max(least, 2))
    whole = known.all(axis=1)
    if not whole.any():
        return _nobody(ratings)
    share = np.minimum(variances[whole].mean(axis=1) / _evenly(values), 1)
    above = items * (1 - share)
    return _summary(above / (above + share))


def _evenly(values: int) -> float:
    """The variance of answers spread evenly over so many values."""
    return float((values**2 - 1) / 12)


def _nobody(ratings: Whole) -> Figure:
    return Figure(why_not=Reason.FEW_RATERS if (ratings >= 0).any() else Reason.NO_ANSWERS)


def _variances(ratings: Whole, groups: Whole, least: int) -> tuple[Floats, Truths]:
    """The sample variance of each item in each group, and whether enough of it rated the item."""
    starts, given = _starts(groups), ratings >= 0
    n = _sums(given, starts)
    held = np.where(given, ratings, 0)
    above = n * _sums(held**2, starts) - _sums(held, starts) ** 2
    known = n >= least
    below = np.where(known, n * (n - 1), 1)
    return above / below, known


# Consistency of items


def cronbach_alpha(ratings: Whole, *, least: int = 2) -> Figure:
    """Cronbach's α of the columns, over the rows without a missing rating; ``n`` is how many those are."""
    rows, none = _complete(ratings, 2, least)
    if none:
        return none
    n, items = rows.shape
    own = n * (rows**2).sum(axis=0) - rows.sum(axis=0) ** 2
    sums = rows.sum(axis=1)
    whole = int(n * (sums**2).sum() - sums.sum() ** 2)
    if whole == 0:
        return Figure(why_not=_unchanging(rows), n=n)
    return Figure(items / (items - 1) * (1 - int(own.sum()) / whole), n=n)


def mcdonald_omega(ratings: Whole, *, least: int = 2) -> Figure:
    """McDonald's ω (total) of the sum of the columns: one factor, fitted to the covariances by least squares.

    Over the rows without a missing rating; ``n`` is how many those are. Takes three columns.
    """
    rows, none = _complete(ratings, LEAST_ITEMS_FOR_OMEGA, least)
    if none:
        return none
    n = len(rows)
    sums = rows.sum(axis=0)
    products = n * (rows.T @ rows) - np.outer(sums, sums)
    if not products.sum():  # The variance of the sum.
        return Figure(why_not=_unchanging(rows), n=n)
    covariances = products / (n * (n - 1))
    loadings = one_factor(covariances)
    if loadings is None:
        return Figure(why_not=Reason.NO_FACTOR, n=n)
    common = float(loadings.sum()) ** 2
    own = float((np.diag(covariances) - loadings**2).sum())
    return Figure(common / (common + max(own, 0)), n=n)


def one_factor(covariances: Floats) -> Floats | None:
    """The loadings of one factor, by iterated principal axes: least squares of what lies off the diagonal.

    None when no three items all covary, when the steps lead nowhere or to two factors of equal strength, and
    when an item would need more variance than it has (a Heywood case).
    """
    variances = np.diag(covariances)
    linked = ((covariances != 0) & ~np.eye(len(variances), dtype=bool)).astype(np.int64)
    if not np.trace(linked @ linked @ linked):
        return None
    reduced, common = covariances.copy(), variances
    for _step in range(STEPS):
        np.fill_diagonal(reduced, common)
        values, vectors = np.linalg.eigh(reduced)
        loadings: Floats = vectors[:, -1] * np.sqrt(values[-1])
        before, common = common, np.minimum(loadings**2, variances)
        if np.abs(common - before).max() <= VERY_CLOSE * variances.max():
            clear = values[-2] < values[-1] * (1 - CLOSE)
            fits = (loadings**2 <= variances + CLOSE * variances.max()).all()
            return loadings if clear and fits else None
    return None


def _complete(ratings: Whole, least_items: int, least: int) -> tuple[Whole, Figure | None]:
    """The rows without a missing rating, and why nothing can be computed from them, if so."""
    if ratings.shape[1] < least_items:
        return ratings, Figure(why_not=Reason.FEW_ITEMS)
    rows = ratings[(ratings >= 0).all(axis=1)]
    if len(rows) < max(least, 2):
        return rows, Figure(why_not=Reason.FEW_RATERS if (ratings >= 0).any() else Reason.NO_ANSWERS)
    return rows, None


def _unchanging(rows: Whole) -> Reason:
    """Why there is no variance: every row is the same, or differences cancel out."""
    return Reason.SAME_ANSWERS if (rows == rows[0]).all() else Reason.NO_DIFFERENCE


# Groups


def _starts(groups: Whole) -> Whole:
    """Where each group begins."""
    begins: Whole = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]]) if len(groups) else groups
    return begins


def _sums(rows: Whole | Truths, starts: Whole) -> Whole:
    """The sums of the rows of each group."""
    if not len(starts):
        return np.zeros((0, *rows.shape[1:]), dtype=np.int64)
    sums: Whole = np.add.reduceat(rows.astype(np.int64, copy=False), starts, axis=0)
    return sums


def _enough(ratings: Whole, groups: Whole, least: int) -> tuple[Whole, Whole, Whole]:
    """The complete rows of the groups that have enough of them, where groups begin, and their sizes."""
    whole = (ratings >= 0).all(axis=1)
    rows, own = ratings[whole], groups[whole]
    starts = _starts(own)
    sizes = np.diff(np.r_[starts, len(own)])
    kept = np.repeat(sizes >= least, sizes)
    rows = rows[kept].astype(np.int64, copy=False)
    return rows, _starts(own[kept]), sizes[sizes >= least]


def _median(above: Floats, below: Floats, same: Truths) -> Figure:
    """The median of quotients over the groups that have one; else the reason that most of them have."""
    defined = (below > 0) & ~same
    if defined.any():
        return _summary(above[defined] / below[defined])
    reasons = Counter(Reason.SAME_ANSWERS if one else Reason.NO_DIFFERENCE for one in same.tolist())
    return Figure(why_not=reasons.most_common(1)[0][0])


def _summary(found: Floats) -> Figure:
    return Figure(float(np.median(found)), n=len(found), low=float(found.min()), high=float(found.max()))
