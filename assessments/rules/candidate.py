"""A change that would move something: what it changes, what it moves, and how decisive and near it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.rules.profile import Change, Gate, Move, Verdict
from assessments.rules.standing import Standing
from assessments.rules.values import Counts, GateName, Kind

RANK: Mapping[Counts, int] = {
    Counts.YES: 0,
    Counts.PARTIAL: 1,
    Counts.CONTESTED: 2,
    Counts.UNDETERMINED: 2,
    Counts.NO: 3,
}
"""What people look for first: that which makes an activity count."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A change, the verdict it would lead to, and its size in steps of facts or of ratings."""

    change: Change
    counts: Counts
    distance: int

    def place(self) -> tuple[bool, int, int, int]:
        """The smaller, the further up: verdicts before gates and bands, then the fewest and nearest."""
        decisive = any(move.what in ("counts", "kind") for move in self.change.effect)
        return (not decisive, RANK[self.counts], len(self.change.change), self.distance)


def moved(standing: Standing, gates: Mapping[GateName, Gate], verdict: Verdict) -> tuple[Move, ...]:
    """What another judgement moves: ``counts``, ``kind``, and the gates in their order."""
    before = standing.verdict
    moves = []
    if verdict.counts is not before.counts:
        moves.append(Move(what="counts", before=before.counts.value, after=verdict.counts.value))
    if verdict.kind is not before.kind:
        moves.append(Move(what="kind", before=_text(before.kind), after=_text(verdict.kind)))
    for name, gate in gates.items():
        state = standing.gates[name].state
        if gate.state is not state:
            moves.append(Move(what=f"gates.{name}", before=state.value, after=gate.state.value))
    return tuple(moves)


def _text(kind: Kind | None) -> str | None:
    return None if kind is None else kind.value
