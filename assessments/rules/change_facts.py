"""Which facts, were they otherwise, would move a gate or the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import combinations, product

from assessments.rules.candidate import Candidate, moved
from assessments.rules.gates import RULES
from assessments.rules.profile import Change, Move
from assessments.rules.standing import Standing
from assessments.rules.values import (
    Agency,
    Basis,
    Facts,
    GateName,
    Known,
    Part,
    Phase,
    StaffTime,
    State,
)

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
    "intentional": (GateName.VOLUNTARY,),
    **{f"phases.{phase}": (GateName.PRODUCTION, GateName.DELIVERY) for phase in Phase},
    "agency": (GateName.AGENCY,),
    "public_resources": (GateName.RESOURCES,),
    "staff_time": (GateName.ADDITIVE,),
}
"""The gates that read a fact."""


def single_facts(standing: Standing) -> Iterator[Candidate]:
    """Each fact with the nearest other value for every effect that it can have."""
    for name in FIELDS:
        seen = set()
        for values in sorted(_others(standing.facts, [name]), key=lambda one: _distance(standing.facts, one)):
            candidate = _with_facts(standing, values)
            effect = candidate.change.effect
            if effect and effect not in seen:
                seen.add(effect)
                yield candidate


def smallest_set(standing: Standing) -> Iterator[Candidate]:
    """The fewest facts that, changed together, make the activity count; none when no facts can."""
    together: dict[str, StrEnum] = {}
    for group in INDEPENDENT:
        nearest = _nearest_passing(standing, group)
        if nearest is None:
            return
        together |= nearest
    yield _with_facts(standing, together)


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


def _with_facts(standing: Standing, values: Mapping[str, StrEnum]) -> Candidate:
    facts = _changed(standing.facts, values)
    change = tuple(
        Move(what=name, before=str(_value(standing.facts, name)), after=str(value))
        for name, value in values.items()
    )
    touched = [gate for name in values for gate in READ_BY[name]]
    gates, verdict = standing.judge_again(facts, standing.readings, touched)
    return Candidate(
        change=Change(change=change, effect=moved(standing, gates, verdict)),
        counts=verdict.counts,
        distance=_distance(standing.facts, values),
    )
