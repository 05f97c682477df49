"""The additive dimension: people add to the service and the service supports people; neither replaces."""

from __future__ import annotations

from assessments.rules.profile import DimensionScore
from assessments.rules.readings import Readings, Ruling, contest
from assessments.rules.scoring import Sheet, Sides, poled_score, poled_sheet
from assessments.rules.values import Dimension, Facts, Instrument, StaffTime, State, Thresholds

DIMENSION = Dimension.ADDITIVE

PHRASE = "it adds user input to public services and entails an added value rather than a substitutive process"
"""From Bussu (2014)."""

DID_PAID_JOBS = "A4"
"""The item with which participants contest: they now do jobs that paid workers used to do."""


def sheet(sides: Sides, instrument: Instrument) -> Sheet:
    """The responses that have a score on this dimension."""
    return poled_sheet(DIMENSION, sides, instrument)


def score(found: Sheet, sides: Sides, thresholds: Thresholds) -> DimensionScore:
    """From 0 (substitutive, or parallel) to 100 (additive, both ways)."""
    return poled_score(found, sides, thresholds)


def gate(facts: Facts, readings: Readings, thresholds: Thresholds) -> Ruling:
    """Fails when staff time is withdrawn or the score is below 40.

    A known staff time other than withdrawn passes; so does a score of 40 or more. Without either it is
    unknown. Participants contest a pass when they mostly do what paid workers did (mean A4 of 3 or more).
    """
    because = (f"staff_time={facts.staff_time}", *readings.score_reasons)
    too_low = readings.additive is not None and readings.additive < thresholds.additive_gate_from
    if facts.staff_time is StaffTime.WITHDRAWN or too_low:
        return Ruling(State.FAIL, because)
    if facts.staff_time is StaffTime.UNKNOWN and readings.additive is None:
        return Ruling(State.UNKNOWN, because, ("staff_time", "additive"))
    mean = readings.said.get(DID_PAID_JOBS)
    against = (DID_PAID_JOBS,) if mean is not None and mean >= thresholds.high_mean_from else ()
    return contest(because, (DID_PAID_JOBS,), against, readings)
