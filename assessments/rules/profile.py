"""What an assessment finds: frozen values with exact figures, and the public record made of them.

Nothing here is a sentence. Reasons are codes, ``<what>[.<side>]=<value>``: ``basis=required``,
``phases.deliver=shared``, ``context.cuts=yes``, ``A4.participants=3.2``, ``additive.staff=35.0``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from assessments.rules.figures import SHARE_PLACES, rounded
from assessments.rules.values import (
    PROCESS,
    Agreement,
    Band,
    Context,
    Counts,
    Dimension,
    GateName,
    Kind,
    Level,
    Side,
    State,
)

SIDE_KEYS: Mapping[Side, str] = {Side.STAFF: "staff", Side.PARTICIPANT: "participants"}
"""How the sides are called in records and reasons."""

Record = dict[str, Any]
"""A part of the public record: made of texts, numbers, null, lists and records alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SideScore:
    """One side on one dimension: ``score`` and ``spread`` on 0–100, ``agreement`` (r_wg) on 0–1."""

    score: Fraction
    n: int
    spread: float | None
    agreement: Fraction | None
    agreement_band: Agreement | None

    def as_dict(self) -> Record:
        return {
            "score": rounded(self.score),
            "n": self.n,
            "spread": _figure(self.spread),
            "agreement": _figure(self.agreement, SHARE_PLACES),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelStrength:
    """One level of involvement: whether staff recorded it, its strength (0–100), and the sides' gap.

    ``sides`` has the strength on each side that rated it, ``raters`` how many people did.
    """

    recorded: bool
    strength: Fraction | None
    gap: Fraction | None
    sides: Mapping[Side, Fraction]
    raters: Mapping[Side, int]

    def as_dict(self) -> Record:
        return {"recorded": self.recorded, "strength": _figure(self.strength), "gap": _figure(self.gap)}


@dataclass(frozen=True, kw_only=True, slots=True)
class DimensionScore:
    """One dimension: the headline score (0–100), its band, coverage (0–1), gap, and both sides."""

    dimension: Dimension
    score: Fraction | None
    band: Band | None
    coverage: Fraction | None
    gap: Fraction | None
    sides: Mapping[Side, SideScore]
    levels: Mapping[Level, LevelStrength] = field(default_factory=dict)
    """For the individual and collective dimension alone."""

    def as_dict(self) -> Record:
        record: Record = {
            "score": _figure(self.score),
            "band": _code(self.band),
            "coverage": _figure(self.coverage, SHARE_PLACES),
            "gap": _figure(self.gap),
        }
        for side, key in SIDE_KEYS.items():
            record[key] = self.sides[side].as_dict() if side in self.sides else None
        if self.levels:
            record["levels"] = {level.value: found.as_dict() for level, found in self.levels.items()}
        return record

    def agreement(self) -> Record:
        """In which words each side agrees with itself: a code by side, or null."""
        return {
            key: _code(self.sides[side].agreement_band) if side in self.sides else None
            for side, key in SIDE_KEYS.items()
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """A necessary condition: what it says, whether the rule-set requires it, why, what would settle it."""

    name: GateName
    state: State
    required: bool
    because: tuple[str, ...]
    settled_by: tuple[str, ...] = ()

    def as_dict(self) -> Record:
        return {"state": self.state.value, "required": self.required, "because": list(self.because)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Whether it counts, as what, which gate decided, and which required gates are still open."""

    counts: Counts
    kind: Kind | None
    decided_by: GateName | None
    open_gates: tuple[Gate, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A flag or a contradiction: its code and its reasons."""

    code: str
    because: tuple[str, ...]

    def as_dict(self) -> Record:
        return {"code": self.code, "because": list(self.because)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Motive:
    """One reason for taking part: the participants' mean rating (0–4), and how many rated it."""

    mean: Fraction | None
    n: int

    def as_dict(self) -> Record:
        return {"mean": _figure(self.mean), "n": self.n}


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What helps, what hinders, and what nobody recorded."""

    helps: tuple[Context, ...]
    hinders: tuple[Context, ...]
    unknown: tuple[Context, ...]

    def as_dict(self) -> Record:
        return {
            "helps": [name.value for name in self.helps],
            "hinders": [name.value for name in self.hinders],
            "unknown": [name.value for name in self.unknown],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """The 5th and 95th percentile of a score (0–100) over the runs; None where there is no score."""

    low: float | None
    high: float | None

    def as_dict(self) -> Record:
        return {"low": _figure(self.low), "high": _figure(self.high)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Robustness:
    """How firm the result is: the share of runs (0–1) with the same verdict, and a range by dimension."""

    verdict_holds: Fraction
    dimensions: Mapping[Dimension, Range]

    def as_dict(self) -> Record:
        return {
            "verdict_holds": rounded(self.verdict_holds, SHARE_PLACES),
            "dimensions": {name.value: found.as_dict() for name, found in self.dimensions.items()},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """Something that is changed, or its effect: from what, to what.

    ``what`` is a fact (``phases.deliver``), an item (``A4``, with a side and mean ratings), or, as an
    effect, ``counts``, ``kind``, ``gates.<gate>`` or ``bands.<dimension>``.
    """

    what: str
    before: str | Fraction | None
    after: str | Fraction | None
    side: Side | None = None

    def as_dict(self) -> Record:
        record: Record = {"what": self.what}
        if self.side is not None:
            record["side"] = SIDE_KEYS[self.side]
        record["from"] = _value(self.before)
        record["to"] = _value(self.after)
        return record


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """The nearest change of facts or ratings that would move something, and what it would move."""

    change: tuple[Move, ...]
    effect: tuple[Move, ...]

    def as_dict(self) -> Record:
        return {
            "change": [move.as_dict() for move in self.change],
            "effect": [move.as_dict() for move in self.effect],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFigures:
    """One item on one side: mean rating (0–4), how many rated, and the score (0–100) after reversing."""

    mean: Fraction | None
    n: int
    dk: int
    na: int
    score: Fraction | None

    def as_dict(self) -> Record:
        return {
            "mean": _figure(self.mean),
            "n": self.n,
            "dk": self.dk,
            "na": self.na,
            "score": _figure(self.score),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The part of a :class:`Profile` that decides: how one case comes out under one rule-set."""

    verdict: Verdict
    gates: Mapping[GateName, Gate]
    dimensions: Mapping[Dimension, DimensionScore]
    """The four dimensions of the process and the product."""
    flags: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """The whole result of one case under one rule-set. Figures are exact until ``as_dict``."""

    instrument: str
    ruleset: str
    rules_version: int
    verdict: Verdict
    gates: Mapping[GateName, Gate]
    dimensions: Mapping[Dimension, DimensionScore]
    """The four dimensions of the process and the product."""
    motives: Mapping[str, Motive] | None
    flags: tuple[Finding, ...]
    contradictions: tuple[Finding, ...]
    context: Circumstances
    robustness: Robustness
    would_change: tuple[Change, ...]
    items: Mapping[str, Mapping[Side, ItemFigures]]
    responses: Mapping[Side, int]

    @property
    def counts(self) -> Counts:
        return self.verdict.counts

    @property
    def kind(self) -> Kind | None:
        return self.verdict.kind

    @property
    def decided_by(self) -> GateName | None:
        return self.verdict.decided_by

    def as_dict(self) -> Record:
        """The public record, in fixed order: what exports, pages and ``manage.py assess`` give out.

        Scores, strengths, gaps, spreads and means of ratings have one decimal; coverage, agreement and
        ``verdict_holds`` two. Halves are rounded away from zero.
        """
        return {
            "instrument": self.instrument,
            "ruleset": self.ruleset,
            "rules_version": self.rules_version,
            "counts": self.counts.value,
            "kind": _code(self.kind),
            "decided_by": _code(self.decided_by),
            "open_gates": [
                {"gate": gate.name.value, "state": gate.state.value, "settled_by": list(gate.settled_by)}
                for gate in self.verdict.open_gates
            ],
            "gates": {name.value: gate.as_dict() for name, gate in self.gates.items()},
            "dimensions": {name.value: self.dimensions[name].as_dict() for name in PROCESS},
            "product": self.dimensions[Dimension.PRODUCT].as_dict(),
            "motives": (
                None
                if self.motives is None
                else {code: found.as_dict() for code, found in self.motives.items()}
            ),
            "flags": _records(self.flags),
            "contradictions": _records(self.contradictions),
            "context": self.context.as_dict(),
            "robustness": self.robustness.as_dict(),
            "would_change": [change.as_dict() for change in self.would_change],
            "items": {code: _by_side(found) for code, found in self.items.items()},
            "responses": {key: self.responses[side] for side, key in SIDE_KEYS.items()},
            "agreement": {name.value: found.agreement() for name, found in self.dimensions.items()},
        }


def _figure(value: Fraction | float | None, places: int = 1) -> float | None:
    return None if value is None else rounded(value, places)


def _code(value: Kind | GateName | Band | Agreement | None) -> str | None:
    return None if value is None else value.value


def _value(value: str | Fraction | None) -> str | float | None:
    return rounded(value) if isinstance(value, Fraction) else value


def _records(findings: Iterable[Finding]) -> list[Record]:
    return [finding.as_dict() for finding in findings]


def _by_side(figures: Mapping[Side, ItemFigures]) -> Record:
    return {key: figures[side].as_dict() if side in figures else None for side, key in SIDE_KEYS.items()}
