"""The individual and collective dimension: a set of levels, each with a strength, and not a scale.

Individual-only is coproduction and is not penalised: the score is the strength of the strongest level.
It has no gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from assessments.rules.profile import DimensionScore, LevelStrength
from assessments.rules.scoring import (
    Sheet,
    Sides,
    band_of,
    mean_of_sides,
    scoring_items,
    side_scores,
)
from assessments.rules.sides import Answers, Scored, coverage, score_responses
from assessments.rules.values import Dimension, Facts, Instrument, Item, Level, Side, Thresholds

DIMENSION = Dimension.INDIVIDUAL_COLLECTIVE

PHRASE = "Coproduction can be both individual and collective."
"""From Bussu (2014)."""

LevelRatings = Mapping[Level, Mapping[Side, Scored]]


def sheet(sides: Sides, instrument: Instrument) -> Sheet:
    """The ratings of each level by side, and the sides that rated enough of them to have a score."""
    items = scoring_items(instrument, DIMENSION)
    levels = {level: _ratings_of(level, sides, items) for level in Level}
    scored = {}
    for side, answers in sides.items():
        strongest = _strongest_of(side, levels)
        if strongest is not None and _covered(answers, items, instrument.thresholds):
            scored[side] = strongest
    return Sheet(dimension=DIMENSION, items=items, scored=scored, levels=levels)


def score(found: Sheet, sides: Sides, facts: Facts, thresholds: Thresholds) -> DimensionScore:
    """The strongest of the overall strengths (0–100), with all three levels and what staff recorded."""
    both = len(found.scored) == len(Side)
    levels = {
        level: _strength(level in facts.levels, by_side, both=both) for level, by_side in found.levels.items()
    }
    strengths = [level.strength for level in levels.values() if level.strength is not None]
    gaps = [level.gap for level in levels.values() if level.gap is not None]
    headline = max(strengths) if found.scored else None
    return DimensionScore(
        dimension=DIMENSION,
        score=headline,
        band=band_of(headline, thresholds),
        coverage=coverage(sides.values(), found.items),
        gap=max(gaps, key=abs, default=None),
        sides=side_scores(found.scored, sides, found.items, thresholds),
        levels=levels,
    )


def _ratings_of(level: Level, sides: Sides, items: tuple[Item, ...]) -> dict[Side, Scored]:
    """Every rating of a level, however little else a response answered."""
    own = tuple(item for item in items if item.level is level)
    found = {side: score_responses(answers, own, Fraction(0)) for side, answers in sides.items()}
    return {side: scored for side, scored in found.items() if scored.n}


def _strongest_of(side: Side, levels: LevelRatings) -> Scored | None:
    """The ratings of the level that is strongest on one side; of equals, the first."""
    own = [by_side[side] for by_side in levels.values() if side in by_side]
    return max(own, key=lambda scored: scored.mean, default=None)


def _covered(answers: Answers, items: tuple[Item, ...], thresholds: Thresholds) -> bool:
    share = coverage([answers], items)
    return share is not None and share >= thresholds.min_coverage


def _strength(recorded: bool, by_side: Mapping[Side, Scored], *, both: bool) -> LevelStrength:
    means = {side: scored.mean for side, scored in by_side.items()}
    rated_by_both = both and len(means) == len(Side)
    return LevelStrength(
        recorded=recorded,
        strength=mean_of_sides(means),
        gap=means[Side.PARTICIPANT] - means[Side.STAFF] if rated_by_both else None,
        sides=means,
        raters={side: scored.n for side, scored in by_side.items()},
    )
