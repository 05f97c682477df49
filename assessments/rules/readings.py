"""What a gate reads besides the facts, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from assessments.rules.figures import shown
from assessments.rules.profile import SIDE_KEYS, DimensionScore
from assessments.rules.sides import Answers
from assessments.rules.values import Dimension, Side, State


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The additive score (0–100) with its sides, and the participants' mean ratings (0–4) by item.

    ``said`` holds the items with which participants can contest, once enough of them rated it.
    """

    additive: Fraction | None = None
    additive_sides: Mapping[Side, Fraction] = field(default_factory=dict)
    said: Mapping[str, Fraction] = field(default_factory=dict)

    @cached_property
    def heard(self) -> dict[str, str]:
        """What participants said, as a reason by item."""
        return {code: mean_reason(code, Side.PARTICIPANT, mean) for code, mean in self.said.items()}

    @cached_property
    def score_reasons(self) -> tuple[str, ...]:
        """The additive score and the sides it is made of, as reasons."""
        name = Dimension.ADDITIVE
        sides = (f"{name}.{SIDE_KEYS[side]}={shown(score)}" for side, score in self.additive_sides.items())
        return (f"{name}={shown(self.additive)}", *sides)


def read(additive: DimensionScore, participants: Answers, codes: Iterable[str], *, at_least: int) -> Readings:
    """What the gates read of a case: of ``codes``, the items that ``at_least`` participants rated."""
    means = {code: participants.mean(code, at_least=at_least) for code in sorted(codes)}
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
    heard = tuple(readings.heard[code] for code in asked if code in readings.heard)
    return Ruling(State.CONTESTED if against else State.PASS, because + heard, against)


def mean_reason(code: str, side: Side, mean: Fraction) -> str:
    """The mean rating of an item on one side, as a reason."""
    return f"{code}.{SIDE_KEYS[side]}={shown(mean)}"
