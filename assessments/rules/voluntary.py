"""The voluntary dimension: chosen and meant. Duties inside a scheme freely entered do not exclude it."""

from __future__ import annotations

from assessments.rules.profile import DimensionScore
from assessments.rules.readings import Readings, Ruling, contest
from assessments.rules.scoring import Sheet, Sides, poled_score, poled_sheet
from assessments.rules.values import Basis, Dimension, Facts, Instrument, Known, State, Thresholds

DIMENSION = Dimension.VOLUNTARY

PHRASE = (
    "it should not only describe active and intentional behaviour, but also exclude more generally "
    "civic activities associated with citizenship, such as obeying the law and following regulations"
)
"""From Bussu (2014)."""

CAN_STOP = "V1"
"""The item with which participants contest: they could stop without it counting against them."""

HAVE_TO = "V3"
"""The item with which participants contest while ``basis`` is chosen: they have to do this."""


def sheet(sides: Sides, instrument: Instrument) -> Sheet:
    """The responses that have a score on this dimension."""
    return poled_sheet(DIMENSION, sides, instrument)


def score(found: Sheet, sides: Sides, thresholds: Thresholds) -> DimensionScore:
    """From 0 (compliant) to 100 (voluntary)."""
    return poled_score(found, sides, thresholds)


def gate(facts: Facts, readings: Readings, thresholds: Thresholds) -> Ruling:
    """Fails when people are required to take part, follow a general rule, or do not mean to contribute.

    Participants contest a pass when they could hardly stop (mean V1 of 1 or less) or, while the basis is
    recorded as chosen, when they have to do it (mean V3 of 3 or more).
    """
    because = (f"basis={facts.basis}", f"intentional={facts.intentional}")
    if facts.basis in (Basis.REQUIRED, Basis.GENERAL_RULE) or facts.intentional is Known.NO:
        return Ruling(State.FAIL, because)
    unknown = tuple(
        name
        for name, is_unknown in (
            ("basis", facts.basis is Basis.UNKNOWN),
            ("intentional", facts.intentional is Known.UNKNOWN),
        )
        if is_unknown
    )
    if unknown:
        return Ruling(State.UNKNOWN, because, unknown)
    asked = (CAN_STOP, HAVE_TO) if facts.basis is Basis.CHOSEN else (CAN_STOP,)
    return contest(because, asked, _against(asked, readings, thresholds), readings)


def _against(asked: tuple[str, ...], readings: Readings, thresholds: Thresholds) -> tuple[str, ...]:
    """What would settle the contest: the items that speak against a pass, and the fact they dispute."""
    against: tuple[str, ...] = ()
    can_stop, have_to = readings.said.get(CAN_STOP), readings.said.get(HAVE_TO)
    if can_stop is not None and can_stop <= thresholds.low_mean_to:
        against += (CAN_STOP,)
    if HAVE_TO in asked and have_to is not None and have_to >= thresholds.high_mean_from:
        against += (HAVE_TO, "basis")
    return against
