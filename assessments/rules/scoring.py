"""From the two sides to a dimension: headline score, band, coverage and gap.

Each side is a mean of its own, and the headline is the mean of the two: a side has the same voice
however many people it has. Where only one side has a score, that one is the headline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from assessments.rules.profile import DimensionScore, SideScore
from assessments.rules.sides import (
    Answers,
    Scored,
    coverage,
    item_gap,
    mean_of_ratios,
    score_responses,
    side_agreement,
    whole_weights,
)
from assessments.rules.values import (
    Agreement,
    Band,
    Dimension,
    Instrument,
    Item,
    Level,
    Side,
    Thresholds,
    Who,
)

Sides = Mapping[Side, Answers]
"""Both sides' answers of one wave."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The responses that count towards one dimension, ready to be scored again with other weights.

    ``scored`` holds the sides that have a score. ``levels`` is for the individual and collective
    dimension: the ratings of each level by side, whether or not the side has a score.
    """

    dimension: Dimension
    items: tuple[Item, ...]
    scored: Mapping[Side, Scored]
    levels: Mapping[Level, Mapping[Side, Scored]] = field(default_factory=dict)

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """The weights of the items as whole numbers."""
        return whole_weights(self.items)


def scoring_items(instrument: Instrument, dimension: Dimension) -> tuple[Item, ...]:
    """The items that enter the score of a dimension: those with a pole or a level, not the notes."""
    return tuple(
        item
        for item in instrument.items
        if item.dimension is dimension and (item.pole is not None or item.level is not None)
    )


def poled_sheet(dimension: Dimension, sides: Sides, instrument: Instrument) -> Sheet:
    """The responses that have a score on a dimension whose items have poles."""
    items = scoring_items(instrument, dimension)
    found = {
        side: score_responses(answers, items, instrument.thresholds.min_coverage)
        for side, answers in sides.items()
    }
    return Sheet(
        dimension=dimension, items=items, scored={side: scored for side, scored in found.items() if scored.n}
    )


def poled_score(sheet: Sheet, sides: Sides, thresholds: Thresholds) -> DimensionScore:
    """The score of a dimension whose items have poles: 0 (opposite pole) to 100 (coproduction pole)."""
    scores = side_scores(sheet.scored, sides, sheet.items, thresholds)
    headline = mean_of_sides({side: found.score for side, found in scores.items()})
    return DimensionScore(
        dimension=sheet.dimension,
        score=headline,
        band=band_of(headline, thresholds),
        coverage=coverage(sides.values(), sheet.items),
        gap=_weighted_gap(sides, sheet.items) if len(scores) == len(Side) else None,
        sides=scores,
    )


def side_scores(
    scored: Mapping[Side, Scored], sides: Sides, items: Sequence[Item], thresholds: Thresholds
) -> dict[Side, SideScore]:
    """What is shown of each side that has a score."""
    found = {}
    for side, responses in scored.items():
        agreement = side_agreement(sides[side], items, thresholds.min_raters_for_agreement)
        found[side] = SideScore(
            score=responses.mean,
            n=responses.n,
            spread=responses.spread,
            agreement=agreement,
            agreement_band=agreement_of(agreement, thresholds),
        )
    return found


def mean_of_sides(scores: Mapping[Side, Fraction]) -> Fraction | None:
    """The mean of the sides there are: of two, or of one; None when there is neither."""
    ratios = [score.as_integer_ratio() for score in scores.values()]
    return mean_of_ratios(ratios, len(ratios)) if ratios else None


def band_of(score: Fraction | None, thresholds: Thresholds) -> Band | None:
    """Where an unrounded score lies: opposite below 40, mixed below 60, coproduction from there."""
    if score is None:
        return None
    if score < thresholds.band_mixed_from:
        return Band.OPPOSITE
    return Band.MIXED if score < thresholds.band_coproduction_from else Band.COPRODUCTION


def agreement_of(value: Fraction | None, thresholds: Thresholds) -> Agreement | None:
    """An unrounded agreement in words: agree from .70, differ from .30, split below."""
    if value is None:
        return None
    if value >= thresholds.agree_from:
        return Agreement.AGREE
    return Agreement.DIFFER if value >= thresholds.differ_from else Agreement.SPLIT


def _weighted_gap(sides: Sides, items: Sequence[Item]) -> Fraction | None:
    """The weighted mean gap over the items put to both sides that both rated."""
    weights = whole_weights(tuple(items))
    gaps = {
        item.code: item_gap(sides[Side.STAFF], sides[Side.PARTICIPANT], item)
        for item in items
        if item.who is Who.BOTH
    }
    known = {code: gap for code, gap in gaps.items() if gap is not None}
    if not known:
        return None
    weighted = [(weights[code] * above, below) for code, (above, below) in known.items()]
    return mean_of_ratios(weighted, sum(weights[code] for code in known))
