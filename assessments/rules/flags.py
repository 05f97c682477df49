"""Flags: named risks that only a combination shows, each with its reasons, whatever the verdict.

The first two are the founding text's own warning: coproduction understood "as individualised and
substitutive", "offloading the burden and costs of service delivery onto users".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from assessments.rules.additive import DID_PAID_JOBS
from assessments.rules.figures import shown
from assessments.rules.profile import SIDE_KEYS, Finding
from assessments.rules.readings import mean_reason
from assessments.rules.standing import Standing
from assessments.rules.values import (
    SCORED,
    Basis,
    Context,
    Counts,
    Dimension,
    Known,
    Level,
    Side,
    StaffTime,
    State,
)
from assessments.rules.voluntary import HAVE_TO

Reasons = tuple[str, ...]
"""Reasons as codes. A flag without any is not raised."""


def raise_flags(standing: Standing) -> tuple[Finding, ...]:
    """Every flag that applies, in fixed order."""
    single = (
        ("offloading", _offloading(standing)),
        ("individualised_substitutive", _individualised_substitutive(standing)),
        *_contested(standing),
        ("transactional", _transactional(standing)),
        *_perception_gaps(standing),
        ("one_sided", _one_sided(standing)),
        ("no_outcomes", _score_below(standing, Dimension.PRODUCT, standing.thresholds.band_mixed_from)),
        ("under_invested", _recorded(standing, Context.INVESTED, Known.NO)),
        ("hidden_duty", _hidden_duty(standing)),
    )
    return tuple(Finding(code=code, because=because) for code, because in single if because)


def _offloading(standing: Standing) -> Reasons:
    because = _staff_left(standing)
    for side in Side:
        because += _high_mean(standing, DID_PAID_JOBS, side)
    low = _score_below(standing, Dimension.ADDITIVE, standing.thresholds.additive_gate_from)
    cuts = _recorded(standing, Context.CUTS)
    return because + low + cuts if low and cuts else because


def _individualised_substitutive(standing: Standing) -> Reasons:
    if standing.facts.levels != {Level.INDIVIDUAL}:
        return ()
    low = _score_below(standing, Dimension.ADDITIVE, standing.thresholds.individualised_additive_below)
    substitutive = low + _staff_left(standing)
    strained = _recorded(standing, Context.CUTS) + _recorded(standing, Context.CAPITAL, Known.NO)
    if not (substitutive and strained):
        return ()
    return (f"levels={Level.INDIVIDUAL}", *substitutive, *strained)


def _contested(standing: Standing) -> Iterator[tuple[str, Reasons]]:
    """One flag for each required gate that participants contest, with the items that speak against it."""
    for gate in standing.gates.values():
        if gate.required and gate.state is State.CONTESTED:
            yield (
                f"contested_{gate.name}",
                tuple(reason for reason in gate.because if _subject(reason) in gate.settled_by),
            )


def _subject(reason: str) -> str:
    """What a reason is about: ``A4`` of ``A4.participants=3.2``, ``basis`` of ``basis=chosen``."""
    return reason.partition("=")[0].partition(".")[0]


def _transactional(standing: Standing) -> Reasons:
    low = _score_below(standing, Dimension.RELATIONAL, standing.thresholds.band_mixed_from)
    if standing.verdict.counts not in (Counts.YES, Counts.PARTIAL) or not low:
        return ()
    return (f"counts={standing.verdict.counts}", *low)


def _perception_gaps(standing: Standing) -> Iterator[tuple[str, Reasons]]:
    """One flag for each dimension on which the sides are 15 points or more apart, on any level of it."""
    for dimension in SCORED:
        score = standing.dimensions[dimension]
        because: Reasons = ()
        for level, found in score.levels.items():
            # A level rests on a single item, so a few participants alone do not decide.
            if found.raters.get(Side.PARTICIPANT, 0) >= standing.thresholds.min_participants:
                because += _wide_gap(standing, level, found.gap, found.sides)
        if not score.levels:
            sides = {side: own.score for side, own in score.sides.items()}
            because = _wide_gap(standing, dimension, score.gap, sides)
        yield f"perception_gap_{dimension}", because


def _wide_gap(
    standing: Standing, name: Dimension | Level, gap: Fraction | None, sides: Mapping[Side, Fraction]
) -> Reasons:
    """That the sides are far apart, with the figure of each; empty when they are not."""
    if gap is None or abs(gap) < standing.thresholds.gap_noted_from:
        return ()
    figures = (f"{name}.{SIDE_KEYS[side]}={shown(value)}" for side, value in sides.items())
    return (f"{name}.gap={shown(gap)}", *figures)


def _one_sided(standing: Standing) -> Reasons:
    rated = [SIDE_KEYS[side] for side, answers in standing.sides.items() if answers.has_rated]
    return (f"sides={rated[0]}",) if len(rated) == 1 else ()


def _hidden_duty(standing: Standing) -> Reasons:
    because = _recorded(standing, Context.UNSPOKEN_DUTY)
    have_to = _high_mean(standing, HAVE_TO, Side.PARTICIPANT)
    if standing.facts.basis is Basis.CHOSEN and have_to:
        because += (f"basis={Basis.CHOSEN}", *have_to)
    return because


def _score_below(standing: Standing, dimension: Dimension, limit: Fraction) -> Reasons:
    """That an unrounded score is below ``limit``; empty when it is not, or unknown."""
    score = standing.dimensions[dimension].score
    return (f"{dimension}={shown(score)}",) if score is not None and score < limit else ()


def _high_mean(standing: Standing, code: str, side: Side) -> Reasons:
    """That a side rates an item 3 or more; a few participants alone do not decide."""
    at_least = standing.thresholds.min_participants if side is Side.PARTICIPANT else 1
    mean = standing.sides[side].mean(code, at_least=at_least)
    if mean is None or mean < standing.thresholds.high_mean_from:
        return ()
    return (mean_reason(code, side, mean),)


def _recorded(standing: Standing, name: Context, answer: Known = Known.YES) -> Reasons:
    """That a circumstance was recorded so; empty when it was not."""
    return (f"context.{name}={answer}",) if standing.facts.circumstance(name) is answer else ()


def _staff_left(standing: Standing) -> Reasons:
    """That staff time went down; empty when it did not, or nobody knows."""
    if standing.facts.staff_time in (StaffTime.REDUCED, StaffTime.WITHDRAWN):
        return (f"staff_time={standing.facts.staff_time}",)
    return ()
