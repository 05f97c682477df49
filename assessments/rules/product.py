"""The product: outcomes and public value. Reported apart; it never rescues a failed process."""

from __future__ import annotations

from assessments.rules.profile import DimensionScore
from assessments.rules.scoring import Sheet, Sides, poled_score, poled_sheet
from assessments.rules.values import Dimension, Instrument, Thresholds

DIMENSION = Dimension.PRODUCT

PHRASE = "the emphasis is on “results” and outcomes rather than outputs"
"""From Bussu (2014). The product has no gate."""


def sheet(sides: Sides, instrument: Instrument) -> Sheet:
    """The responses that have a score on the product."""
    return poled_sheet(DIMENSION, sides, instrument)


def score(found: Sheet, sides: Sides, thresholds: Thresholds) -> DimensionScore:
    """From 0 (outputs alone) to 100 (outcomes and public value)."""
    return poled_score(found, sides, thresholds)
