"""Contradictions between the facts, or between the facts and the staff's own ratings.

They are listed for people to settle, and never silently resolved. Participants' answers play no part.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from assessments.rules.additive import DID_PAID_JOBS
from assessments.rules.figures import shown
from assessments.rules.profile import SIDE_KEYS, DimensionScore, Finding
from assessments.rules.readings import mean_reason
from assessments.rules.sides import Answers
from assessments.rules.values import (
    Agency,
    Basis,
    Facts,
    Known,
    Level,
    Part,
    Phase,
    Side,
    StaffTime,
    Thresholds,
)
from assessments.rules.voluntary import HAVE_TO

STAFF_WORK_HERE = "A1"
PUBLIC_SUPPORT = "A6"


def contradictions(
    facts: Facts, staff: Answers, levels: DimensionScore, thresholds: Thresholds
) -> tuple[Finding, ...]:
    """Every contradiction, in fixed order. ``levels`` is the individual and collective dimension."""
    return (
        *_phases_without_agency(facts),
        *_facts_against_ratings(facts, staff, thresholds),
        *_levels_against_ratings(facts, levels, thresholds),
    )


def _phases_without_agency(facts: Facts) -> Iterator[Finding]:
    shared = [phase for phase in Phase if facts.part(phase) is Part.SHARED]
    if facts.agency is Agency.NONE and shared:
        reasons = tuple(f"phases.{phase}={Part.SHARED}" for phase in shared)
        yield Finding(code="agency_none_phase_shared", because=(f"agency={Agency.NONE}", *reasons))


def _facts_against_ratings(facts: Facts, staff: Answers, thresholds: Thresholds) -> Iterator[Finding]:
    """A recorded fact, and a mean rating by staff of 3 or more that speaks against it."""
    pairs = (
        ("agency_none_staff_work", facts.agency is Agency.NONE, f"agency={Agency.NONE}", STAFF_WORK_HERE),
        (
            "resources_none_public_support",
            facts.public_resources is Known.NO,
            f"public_resources={Known.NO}",
            PUBLIC_SUPPORT,
        ),
        ("basis_chosen_duty", facts.basis is Basis.CHOSEN, f"basis={Basis.CHOSEN}", HAVE_TO),
        (
            "staff_time_kept_tasks_moved",
            facts.staff_time is StaffTime.KEPT,
            f"staff_time={StaffTime.KEPT}",
            DID_PAID_JOBS,
        ),
    )
    for code, recorded, reason, item in pairs:
        mean = staff.mean(item)
        if recorded and mean is not None and mean >= thresholds.high_mean_from:
            yield Finding(code=code, because=(reason, mean_reason(item, Side.STAFF, mean)))


def _levels_against_ratings(
    facts: Facts, levels: DimensionScore, thresholds: Thresholds
) -> Iterator[Finding]:
    """A recorded level that staff rate weak, and an unrecorded one that they rate strong."""
    if not facts.levels:
        return
    recorded = f"levels={','.join(level for level in Level if level in facts.levels)}"
    for level, found in levels.levels.items():
        strength = found.sides.get(Side.STAFF)
        if strength is None:
            continue
        if found.recorded and strength <= thresholds.weak_level_to:
            yield _level_finding("recorded_level_weak", level, strength, recorded)
        if not found.recorded and strength >= thresholds.strong_level_from:
            yield _level_finding("unrecorded_level_strong", level, strength, recorded)


def _level_finding(code: str, level: Level, strength: Fraction, recorded: str) -> Finding:
    reason = f"{level}.{SIDE_KEYS[Side.STAFF]}={shown(strength)}"
    return Finding(code=f"{code}_{level}", because=(recorded, reason))
