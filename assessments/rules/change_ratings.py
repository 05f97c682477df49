"""Which ratings, were they a few steps higher or lower, would move a band or a gate.

All ratings that one side gave to one item move together, in whole steps, and stay between 0 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, lcm
from operator import mul

from assessments.rules.candidate import Candidate, moved
from assessments.rules.gates import CONTESTABLE
from assessments.rules.profile import Change, Move
from assessments.rules.readings import Readings
from assessments.rules.scoring import Sheet
from assessments.rules.sides import STEP, Scored, towards_coproduction
from assessments.rules.standing import Standing
from assessments.rules.values import (
    MAX_RATING,
    SCORED,
    Band,
    Dimension,
    Item,
    Pole,
    Side,
    Thresholds,
)

BANDS = tuple(Band)
"""From the opposite pole to the coproduction pole."""


def shifts(standing: Standing) -> Iterator[Candidate]:
    """The smallest whole steps of one side's ratings of one item that move a band or a gate.

    For every dimension, and for up and for down: the items that need the fewest steps, one a side.
    """
    for dimension in SCORED:
        sheet = standing.sheets[dimension]
        shifter = _Shifter(standing, sheet)
        nearest: dict[bool, list[Candidate]] = {True: [], False: []}
        for side, item, sign in _movable(standing, sheet):
            found = nearest[(sign > 0) is (item.pole is not Pole.MINUS)]
            most = found[0].distance if found else MAX_RATING
            candidate = shifter.smallest(side, item, sign, most)
            if candidate is None:
                continue
            if found and candidate.distance < most:
                found.clear()
            if all(one.change.change[0].side is not side for one in found):
                found.append(candidate)
        yield from nearest[True] + nearest[False]


def _movable(standing: Standing, sheet: Sheet) -> Iterator[tuple[Side, Item, int]]:
    """Every rated item of a side that has a score, once up and once down."""
    for side in sheet.scored:
        for item in sheet.items:
            if standing.sides[side].tally(item.code).n:
                yield side, item, 1
                yield side, item, -1


def _held(rating: int) -> int:
    return min(max(rating, 0), MAX_RATING)


HELD_STEPS = {
    steps: tuple(_held(rating + steps) - rating for rating in range(MAX_RATING + 1))
    for steps in range(-MAX_RATING, MAX_RATING + 1)
}
"""By how much each rating really moves, by the steps it is told to."""


@dataclass(frozen=True)
class _Track:
    """A mean of sides in whole numbers: ``total / scale`` is a score from 0 to 100, exactly.

    ``shares`` tells what the ratings 0 … 4 of an item on a side add for one step towards coproduction,
    so that a shift of ratings is a handful of multiplications. ``limits`` are the totals from which the
    score is in the next band.
    """

    total: int
    scale: int
    shares: Mapping[tuple[Side, str], tuple[int, ...]]
    limits: tuple[int, int]

    def shifted(self, side: Side, item: Item, steps: int) -> int:
        """The total after all ratings of ``item`` on ``side`` move by ``steps``, held between 0 and 4."""
        direction = -1 if item.pole is Pole.MINUS else 1
        shares = self.shares.get((side, item.code), ())
        shift: int = sum(map(mul, shares, HELD_STEPS[steps]))
        return self.total + direction * shift

    def band(self, total: int) -> int:
        """In which band a total lies: 0 opposite, 1 mixed, 2 coproduction."""
        mixed, coproduction = self.limits
        return (total >= mixed) + (total >= coproduction)


def track(sheet: Sheet, by_side: Mapping[Side, Scored], thresholds: Thresholds) -> _Track:
    """The mean of the sides' scores on the items of ``sheet`` that they rated."""
    below = {
        side: [scored.n * sum(sheet.weights[code] for code in group.counts) for group in scored.groups]
        for side, scored in by_side.items()
    }
    shared = lcm(*(one for own in below.values() for one in own))
    scale = shared * len(by_side) * STEP.denominator
    shares: dict[tuple[Side, str], list[int]] = {}
    for side, scored in by_side.items():
        for group, one in zip(scored.groups, below[side], strict=True):
            for code, counts in group.counts.items():
                share = shares.setdefault((side, code), [0] * len(counts))
                for rating, count in enumerate(counts):
                    share[rating] += STEP.numerator * (shared // one) * sheet.weights[code] * count
    items = {item.code: item for item in sheet.items}
    return _Track(
        total=sum(
            share * towards_coproduction(items[code], rating)
            for (_, code), own in shares.items()
            for rating, share in enumerate(own)
        ),
        scale=scale,
        shares={key: tuple(own) for key, own in shares.items()},
        limits=(
            ceil(thresholds.band_mixed_from * scale),
            ceil(thresholds.band_coproduction_from * scale),
        ),
    )


@dataclass(frozen=True)
class _Shifter:
    """Shifts the ratings of one dimension, whose score is that of its strongest track."""

    standing: Standing
    sheet: Sheet

    @cached_property
    def tracks(self) -> list[_Track]:
        parts = list(self.sheet.levels.values()) or [self.sheet.scored]
        return [track(self.sheet, by_side, self.standing.thresholds) for by_side in parts if by_side]

    @cached_property
    def bands(self) -> list[int]:
        return [one.band(one.total) for one in self.tracks]

    @cached_property
    def gate_limit(self) -> int:
        """The total from which the additive score is high enough for its gate."""
        return ceil(self.standing.thresholds.additive_gate_from * self.tracks[0].scale)

    def smallest(self, side: Side, item: Item, sign: int, most: int) -> Candidate | None:
        """The smallest shift of at most ``most`` steps that moves something.

        What the most steps leave in place no fewer can move, since scores and means only move one way.
        """
        found = self.shifted(side, item, sign * most)
        if found is None:
            return None
        smaller = (self.shifted(side, item, sign * steps) for steps in range(1, most))
        return next((one for one in smaller if one is not None), found)

    def shifted(self, side: Side, item: Item, steps: int) -> Candidate | None:
        """The case after one shift; None when neither a band nor a gate moves."""
        # An item that only responses without a score rated moves no track.
        place = self.places.get((side, item.code), 0)
        own = self.tracks[place]
        total = own.shifted(side, item, steps)
        moves = self.band_move(place, own.band(total))
        verdict = self.standing.verdict
        readings = self.readings(side, item, steps, total)
        if readings is not self.standing.readings:
            gates, verdict = self.standing.judge_again(self.standing.facts, readings, CONTESTABLE)
            moves = moved(self.standing, gates, verdict) + moves
        if not moves:
            return None
        before = self.standing.sides[side].mean(item.code)
        change = Move(what=item.code, side=side, before=before, after=self.mean(side, item, steps))
        return Candidate(
            change=Change(change=(change,), effect=moves), counts=verdict.counts, distance=abs(steps)
        )

    @cached_property
    def places(self) -> dict[tuple[Side, str], int]:
        """Which track an item moves on a side."""
        return {key: place for place, one in enumerate(self.tracks) for key in one.shares}

    def band_move(self, place: int, band: int) -> tuple[Move, ...]:
        """The move of the dimension's band when the track at ``place`` comes to lie in ``band``."""
        if band == self.bands[place]:
            return ()
        before = max(self.bands)
        after = max([*self.bands[:place], band, *self.bands[place + 1 :]])
        if after == before:
            return ()
        what = f"bands.{self.sheet.dimension}"
        return (Move(what=what, before=BANDS[before].value, after=BANDS[after].value),)

    def readings(self, side: Side, item: Item, steps: int, total: int) -> Readings:
        """What the gates would read; the readings as they are when no gate could see a difference."""
        readings = self.standing.readings
        if self.sheet.dimension is Dimension.ADDITIVE:
            own = self.tracks[0]
            if (total < self.gate_limit) is not (own.total < self.gate_limit):
                readings = replace(readings, additive=Fraction(total, own.scale))
        if side is Side.PARTICIPANT and item.code in readings.said:
            mean = self.mean(side, item, steps)
            if self.heard_as(mean) != self.heard_as(readings.said[item.code]):
                readings = replace(readings, said={**readings.said, item.code: mean})
        return readings

    def heard_as(self, mean: Fraction) -> tuple[bool, bool]:
        """What a contest hears in a mean rating: that it is low, that it is high."""
        thresholds = self.standing.thresholds
        return mean <= thresholds.low_mean_to, mean >= thresholds.high_mean_from

    def mean(self, side: Side, item: Item, steps: int) -> Fraction:
        """The mean rating of an item after the shift."""
        tally = self.standing.sides[side].tally(item.code)
        total = sum(_held(rating + steps) * count for rating, count in enumerate(tally.counts))
        return Fraction(total, tally.n)
