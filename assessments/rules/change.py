"""What would change the result: the facts and ratings nearest to a gate or a band.

Found by asking the gates again, with one thing changed at a time, and with the smallest set of facts
that would make an activity count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, product

from assessments.rules.gates import RULES
from assessments.rules.profile import Change, Move
from assessments.rules.readings import Readings
from assessments.rules.scoring import Sheet, band_of, mean_of_sides
from assessments.rules.sides import STEP, Scored, towards_coproduction, whole_weights
from assessments.rules.standing import Standing
from assessments.rules.values import (
    MAX_RATING,
    SCORED,
    Agency,
    Band,
    Basis,
    Counts,
    Dimension,
    Facts,
    GateName,
    Item,
    Known,
    Part,
    Phase,
    Pole,
    Side,
    StaffTime,
    State,
)

MOST = 12
"""How many changes are listed at the most."""

UNKNOWN = "unknown"

FIELDS: Mapping[str, type[StrEnum]] = {
    "basis": Basis,
    "intentional": Known,
    **{f"phases.{phase}": Part for phase in Phase},
    "agency": Agency,
    "public_resources": Known,
    "staff_time": StaffTime,
}
"""The facts that gates read, in the order of the gates, with their values."""

INDEPENDENT = (
    ("basis", "intentional"),
    tuple(f"phases.{phase}" for phase in Phase),
    ("agency",),
    ("public_resources",),
    ("staff_time",),
)
"""Facts that the same gates read. No gate reads facts of two groups, so each group is settled alone."""

READ_BY: Mapping[str, tuple[GateName, ...]] = {
    "basis": (GateName.VOLUNTARY,),
    "phases.commission": (GateName.PRODUCTION, GateName.DELIVERY),
    "agency": (GateName.AGENCY,),
    "public_resources": (GateName.RESOURCES,),
    "staff_time": (GateName.ADDITIVE,),
}
"""The gates that read a group of facts, by the first fact of the group."""

RANK = {
    Counts.YES: 0,
    Counts.PARTIAL: 1,
    Counts.CONTESTED: 2,
    Counts.UNDETERMINED: 2,
    Counts.NO: 3,
}
"""What people look for first: that which makes an activity count."""


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A change that moves something, with what decides its place in the list."""

    change: Change
    counts: Counts
    decisive: bool
    distance: int

    def place(self) -> tuple[bool, int, int, int]:
        return (not self.decisive, RANK[self.counts], len(self.change.change), self.distance)


def would_change(standing: Standing) -> tuple[Change, ...]:
    """At most twelve changes, the most decisive first: what moves the verdict, then gates and bands."""
    single = list(_single_facts(standing))
    candidates = [*single, *_shifts(standing)]
    if standing.verdict.counts is not Counts.YES and all(one.counts is not Counts.YES for one in single):
        candidates = [*_smallest_set(standing), *candidates]
    candidates.sort(key=_Candidate.place)
    return tuple(candidate.change for candidate in candidates[:MOST])


# Facts


def _single_facts(standing: Standing) -> Iterator[_Candidate]:
    """Each fact with the nearest other value for every effect that it can have."""
    for name in FIELDS:
        seen = set()
        for values in sorted(_others(standing.facts, [name]), key=lambda one: _distance(standing.facts, one)):
            candidate = _with_facts(standing, values)
            effect = candidate.change.effect
            if effect and effect not in seen:
                seen.add(effect)
                yield candidate


def _smallest_set(standing: Standing) -> Iterator[_Candidate]:
    """The fewest facts that, changed together, make the activity count; none when no facts can."""
    together: dict[str, StrEnum] = {}
    for group in INDEPENDENT:
        nearest = _nearest_passing(standing, group)
        if nearest is None:
            return
        together |= nearest
    candidate = _with_facts(standing, together)
    if candidate.counts is Counts.YES:
        yield candidate


def _nearest_passing(standing: Standing, group: Sequence[str]) -> dict[str, StrEnum] | None:
    """The fewest and smallest changes of a group of facts with which the gates that read it pass."""
    gates = [name for name in READ_BY[group[0]] if name in standing.required]

    def passes(values: Mapping[str, StrEnum]) -> bool:
        facts = _changed(standing.facts, values)
        return all(
            RULES[name](facts, standing.readings, standing.thresholds).state is State.PASS for name in gates
        )

    for size in range(len(group) + 1):
        choices = [values for names in combinations(group, size) for values in _others(standing.facts, names)]
        choices.sort(key=lambda values: _distance(standing.facts, values))
        nearest = next((values for values in choices if passes(values)), None)
        if nearest is not None:
            return nearest
    return None


def _others(facts: Facts, names: Sequence[str]) -> list[dict[str, StrEnum]]:
    """Every way to give all of ``names`` another known value."""
    choices = [
        [value for value in FIELDS[name] if value not in (UNKNOWN, _value(facts, name))] for name in names
    ]
    return [dict(zip(names, values, strict=True)) for values in product(*choices)]


def _value(facts: Facts, name: str) -> StrEnum:
    kind, _, phase = name.partition(".")
    value: StrEnum = facts.part(Phase(phase)) if phase else getattr(facts, kind)
    return value


def _changed(facts: Facts, values: Mapping[str, StrEnum]) -> Facts:
    phases = {Phase(name.partition(".")[2]): Part(value) for name, value in values.items() if "." in name}
    plain = {name: value for name, value in values.items() if "." not in name}
    return replace(facts, phases={**facts.phases, **phases}, **plain)  # type: ignore[arg-type]


def _distance(facts: Facts, values: Mapping[str, StrEnum]) -> int:
    """How far the values move along their lists; from unknown, every value is one step away."""
    total = 0
    for name, value in values.items():
        before = _value(facts, name)
        places = list(FIELDS[name])
        total += 1 if before == UNKNOWN else abs(places.index(value) - places.index(before))
    return total


def _with_facts(standing: Standing, values: Mapping[str, StrEnum]) -> _Candidate:
    facts = _changed(standing.facts, values)
    change = tuple(
        Move(what=name, before=str(_value(standing.facts, name)), after=str(value))
        for name, value in values.items()
    )
    return _judged(standing, change, facts, standing.readings, (), _distance(standing.facts, values))


def _judged(
    standing: Standing,
    change: tuple[Move, ...],
    facts: Facts,
    readings: Readings,
    bands: tuple[Move, ...],
    distance: int,
) -> _Candidate:
    """A change, judged again by all gates."""
    gates, verdict = standing.judge_again(facts, readings)
    before = standing.verdict
    decision = (
        Move(what="counts", before=before.counts.value, after=verdict.counts.value),
        Move(
            what="kind", before=before.kind and before.kind.value, after=verdict.kind and verdict.kind.value
        ),
    )
    states = tuple(
        Move(what=f"gates.{name}", before=standing.gates[name].state.value, after=gate.state.value)
        for name, gate in gates.items()
    )
    moved = tuple(move for move in (*decision, *states, *bands) if move.before != move.after)
    return _Candidate(
        change=Change(change=change, effect=moved),
        counts=verdict.counts,
        decisive=any(move in moved for move in decision),
        distance=distance,
    )


# Ratings


def _shifts(standing: Standing) -> Iterator[_Candidate]:
    """The smallest whole steps of one side's ratings of one item that move a band or a gate.

    For every dimension, and for up and for down: the items that need the fewest steps, one a side.
    """
    for dimension in SCORED:
        nearest: dict[bool, list[_Candidate]] = {True: [], False: []}
        for side, item, sign in _movable(standing, dimension):
            raises = (sign > 0) is (item.pole is not Pole.MINUS)
            found = nearest[raises]
            best = found[0].distance if found else MAX_RATING
            candidate = _smallest_shift(standing, dimension, side, item, sign, best)
            if candidate is None:
                continue
            if found and candidate.distance < found[0].distance:
                found.clear()
            if all(_side_of(one) is not side for one in found):
                found.append(candidate)
        yield from nearest[True] + nearest[False]


def _movable(standing: Standing, dimension: Dimension) -> Iterator[tuple[Side, Item, int]]:
    """Every rated item of a side that has a score, once up and once down."""
    sheet = standing.sheets[dimension]
    for side in sheet.scored:
        for item in sheet.items:
            if standing.sides[side].tally(item.code).n:
                yield side, item, 1
                yield side, item, -1


def _side_of(candidate: _Candidate) -> Side | None:
    return candidate.change.change[0].side


def _smallest_shift(
    standing: Standing, dimension: Dimension, side: Side, item: Item, sign: int, most: int
) -> _Candidate | None:
    """The smallest shift of at most ``most`` steps that moves something.

    What the most steps leave in place no fewer can move, since scores and means only move one way.
    """
    found = _shifted(standing, dimension, side, item, sign * most)
    if not found.change.effect:
        return None
    for steps in range(1, most):
        smaller = _shifted(standing, dimension, side, item, sign * steps)
        if smaller.change.effect:
            return smaller
    return found


def _shifted(standing: Standing, dimension: Dimension, side: Side, item: Item, steps: int) -> _Candidate:
    """The case with all ratings of ``item`` on ``side`` moved by ``steps``, and held between 0 and 4."""
    score = _shifted_score(standing.sheets[dimension], side, item, steps)
    band = Move(
        what=f"bands.{dimension}",
        before=_text(standing.dimensions[dimension].band),
        after=_text(band_of(score, standing.thresholds)),
    )
    tally = standing.sides[side].tally(item.code)
    mean = Fraction(sum(_held(rating + steps) * count for rating, count in enumerate(tally.counts)), tally.n)
    readings = standing.readings
    if dimension is Dimension.ADDITIVE:
        readings = replace(readings, additive=score)
    if side is Side.PARTICIPANT and item.code in readings.said:
        readings = replace(readings, said={**readings.said, item.code: mean})
    change = (Move(what=item.code, side=side, before=tally.mean, after=mean),)
    return _judged(standing, change, standing.facts, readings, (band,), abs(steps))


def _held(rating: int) -> int:
    return min(max(rating, 0), MAX_RATING)


def _text(band: Band | None) -> str | None:
    return None if band is None else band.value


def _shifted_score(sheet: Sheet, side: Side, item: Item, steps: int) -> Fraction | None:
    """The headline score of a dimension after the shift."""
    if not sheet.levels:
        means = {own: scored.mean for own, scored in sheet.scored.items()}
        means[side] += _difference(sheet.scored[side], sheet.items, item, steps)
        return mean_of_sides(means)
    strengths = []
    for level, by_side in sheet.levels.items():
        means = {own: scored.mean for own, scored in by_side.items()}
        if level is item.level:
            own_items = [one for one in sheet.items if one.level is level]
            means[side] += _difference(by_side[side], own_items, item, steps)
        strengths.append(mean_of_sides(means))
    return max(strength for strength in strengths if strength is not None)


def _difference(scored: Scored, items: Sequence[Item], item: Item, steps: int) -> Fraction:
    """By how much the mean of a side moves when all ratings of one item move by ``steps``."""
    weights = whole_weights(items)
    total = Fraction(0)
    for group in scored.groups:
        counts = group.counts.get(item.code)
        if counts is None:
            continue
        moved = sum(
            (towards_coproduction(item, _held(rating + steps)) - towards_coproduction(item, rating)) * count
            for rating, count in enumerate(counts)
        )
        total += Fraction(weights[item.code] * moved, sum(weights[code] for code in group.counts))
    return STEP * total / scored.n
