"""The relational dimension: working together over time, not a short exchange. It has no gate."""

from __future__ import annotations

from assessments.rules.profile import DimensionScore
from assessments.rules.scoring import Sheet, Sides, poled_score, poled_sheet
from assessments.rules.values import Dimension, Instrument, Thresholds

DIMENSION = Dimension.RELATIONAL

PHRASE = "Coproduction works best in highly relational services."
"""From Bussu (2014). "Works best" is no condition: a low score raises a flag and excludes nothing."""


def sheet(sides: Sides, instrument: Instrument) -> Sheet:
    """The responses that have a score on this dimension."""
    return poled_sheet(DIMENSION, sides, instrument)


def score(found: Sheet, sides: Sides, thresholds: Thresholds) -> DimensionScore:
    """From 0 (transactional) to 100 (relational)."""
    return poled_score(found, sides, thresholds)
