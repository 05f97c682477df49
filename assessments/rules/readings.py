"""What a gate reads besides the facts, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from assessments.rules.figures import shown
from assessments.rules.profile import SIDE_KEYS, DimensionScore
from assessments.rules.sides import Answers
from assessments.rules.values import Dimension, Side, State


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """The additive score (0–100) with its sides, and the participants' mean ratings (0–4) by item.

    ``said`` holds only items that enough participants rated to be heard.
    """

    additive: Fraction | None = None
    additive_sides: Mapping[Side, Fraction] = field(default_factory=dict)
    said: Mapping[str, Fraction] = field(default_factory=dict)


def read(additive: DimensionScore, participants: Answers, at_least: int) -> Readings:
    """What the gates read of a case; an item counts from ``at_least`` participants who rated it."""
    means = {code: participants.mean(code, at_least=at_least) for code in participants.tallies}
    return Readings(
        additive=additive.score,
        additive_sides={side: found.score for side, found in additive.sides.items()},
        said={code: mean for code, mean in means.items() if mean is not None},
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """A gate's state, the facts and items it used, and the codes of those that would settle it."""

    state: State
    because: tuple[str, ...]
    settled_by: tuple[str, ...] = ()


def contest(
    because: tuple[str, ...], asked: Iterable[str], against: tuple[str, ...], readings: Readings
) -> Ruling:
    """A pass, or a contest when participants speak ``against`` it.

    ``asked`` are the items the gate listens to; those that enough participants rated are named.
    """
    heard = tuple(
        mean_reason(code, Side.PARTICIPANT, readings.said[code]) for code in asked if code in readings.said
    )
    return Ruling(State.CONTESTED if against else State.PASS, because + heard, against)


def mean_reason(code: str, side: Side, mean: Fraction) -> str:
    """The mean rating of an item on one side, as a reason."""
    return f"{code}.{SIDE_KEYS[side]}={shown(mean)}"


def score_reasons(dimension: Dimension, readings: Readings) -> tuple[str, ...]:
    """A dimension's score and the sides it is made of, as reasons."""
    sides = tuple(
        f"{dimension}.{SIDE_KEYS[side]}={shown(score)}" for side, score in readings.additive_sides.items()
    )
    return (f"{dimension}={shown(readings.additive)}", *sides)
