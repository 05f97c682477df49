"""How firm a result is: the same case assessed a thousand times with other weights and fewer items.

Each run multiplies every weight by a number between 0.75 and 1.25 and leaves out one rated item of
each dimension that has two or more: of the score, and of the contests that use it. A response that
has no score stays without one; coverage is not asked again. The same input gives the same figures, always:
the seed comes from the values, and the random bits from a stream that NumPy keeps stable.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from assessments.rules.gates import CONTESTABLE
from assessments.rules.profile import Range, Robustness
from assessments.rules.scoring import Sheet, Sides
from assessments.rules.sides import STEP, Group, Scored, towards_coproduction
from assessments.rules.standing import Standing
from assessments.rules.values import (
    SCORED,
    Case,
    Context,
    Dimension,
    Instrument,
    Item,
    Level,
    Phase,
    Thresholds,
)

RUNS = 1000
LEAST_FACTOR, GREATEST_FACTOR = 0.75, 1.25
LOW_PERCENT, HIGH_PERCENT = 5, 95
PLACES = 9
"""Floats are compared and sorted after rounding to so many decimals, so that no machine differs."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Draw:
    """What every run does to one dimension.

    ``weights`` has a row for every item and a column for every run, 0 where the item is left out;
    ``left_out`` says by its row which item that is, -1 for none.
    """

    items: tuple[Item, ...]
    weights: Floats
    left_out: Whole


def robustness(standing: Standing, seed: int) -> Robustness:
    """The ranges of the scores, and the share of runs with the same ``counts`` and ``kind``."""
    draws = _draw(standing, seed)
    scores = {dimension: _scores(standing.sheets[dimension], draw) for dimension, draw in draws.items()}
    return Robustness(
        verdict_holds=Fraction(_runs_with_same_verdict(standing, draws, scores[Dimension.ADDITIVE]), RUNS),
        dimensions={dimension: _range(found) for dimension, found in scores.items()},
    )


def seed_of(case: Case, instrument: Instrument, ruleset: str, thresholds: Thresholds) -> int:
    """A number that depends on the values alone: not on file names, nor on any order."""
    facts = case.facts
    record = {
        "facts": {
            "phases": {phase: facts.part(phase) for phase in Phase},
            "levels": [level for level in Level if level in facts.levels],
            "context": {name: facts.circumstance(name) for name in Context},
            **{
                name: getattr(facts, name)
                for name in ("agency", "public_resources", "basis", "intentional", "staff_time", "task")
            },
        },
        "instrument": instrument.version,
        "items": sorted(_plain(item) for item in instrument.items),
        "rulesets": {name: sorted(gates) for name, gates in instrument.rulesets.items()},
        "ruleset": ruleset,
        "thresholds": _plain(thresholds),
        "responses": sorted(
            json.dumps([response.side, response.form, sorted(response.answers.items())])
            for response in case.responses
        ),
    }
    digest = hashlib.blake2b(json.dumps(record, sort_keys=True).encode(), digest_size=16).digest()
    return int.from_bytes(digest)


def _plain(value: Item | Thresholds) -> list[str]:
    return [str(getattr(value, field.name)) for field in fields(value)]


def _draw(standing: Standing, seed: int) -> dict[Dimension, _Draw]:
    """Random numbers for every item and every dimension, in fixed order, whatever was rated."""
    items = {
        dimension: tuple(sorted(standing.sheets[dimension].items, key=lambda item: item.code))
        for dimension in SCORED
    }
    rows = sum(len(own) + 1 for own in items.values())
    raw = np.random.PCG64(seed).random_raw(RUNS * rows).reshape(rows, RUNS)
    uniform = (raw >> np.uint64(11)) * 2.0**-53
    draws = {}
    for dimension, own in items.items():
        mine, uniform = uniform[: len(own) + 1], uniform[len(own) + 1 :]
        weights = np.array([[float(item.weight)] for item in own]).reshape(-1, 1)
        weights = weights * (LEAST_FACTOR + (GREATEST_FACTOR - LEAST_FACTOR) * mine[:-1])
        left_out = _choose(_rated(own, standing.sides), mine[-1])
        weights[np.arange(len(own))[:, np.newaxis] == left_out] = 0.0
        draws[dimension] = _Draw(items=own, weights=weights, left_out=left_out)
    return draws


def _rated(items: Sequence[Item], sides: Sides) -> list[int]:
    """The rows of the items that anybody rated."""
    return [
        row for row, item in enumerate(items) if any(answers.tally(item.code).n for answers in sides.values())
    ]


def _choose(rows: Sequence[int], uniform: Floats) -> Whole:
    """One of ``rows`` for every run; -1 for every run when there are fewer than two."""
    if len(rows) < 2:
        return np.full(RUNS, -1)
    chosen: Whole = np.array(rows)[(uniform * len(rows)).astype(np.int64)]
    return chosen


def _scores(sheet: Sheet, draw: _Draw) -> Floats:
    """The headline score of a dimension in every run; NaN in runs that leave none."""
    if not sheet.scored:
        return np.full(RUNS, np.nan)
    if not sheet.levels:
        return _mean_of([_side(scored, draw) for scored in sheet.scored.values()])
    strengths = [_mean_of([_side(scored, draw) for scored in own.values()]) for own in sheet.levels.values()]
    strongest: Floats = np.fmax.reduce(strengths)
    return strongest


def _side(scored: Scored, draw: _Draw) -> Floats:
    """The mean over one side's responses in every run; a response left without any item drops out.

    Sums go through ``einsum`` in fixed order: the libraries behind ``@`` may add up differently elsewhere.
    """
    points = np.array([[_points(group, item) for item in draw.items] for group in scored.groups])
    rated = np.array([[float(item.code in group.counts) for item in draw.items] for group in scored.groups])
    sizes = np.array([float(group.size) for group in scored.groups])
    below = np.einsum("gi,ir->gr", rated, draw.weights)
    sums = _quotient(np.einsum("gi,ir->gr", points, draw.weights), below)
    total = np.einsum("gr->r", np.where(below > 0, sums, 0.0))
    return _quotient(total, np.einsum("g,gr->r", sizes, (below > 0).astype(np.float64)))


def _points(group: Group, item: Item) -> float:
    """The sum of the ratings of one item in a group, on 0–100 after reversing."""
    counts = group.counts.get(item.code, ())
    steps = sum(towards_coproduction(item, rating) * count for rating, count in enumerate(counts))
    return steps * float(STEP)


def _mean_of(sides: Sequence[Floats]) -> Floats:
    """The mean of the sides that have a figure in a run; NaN where none has."""
    total, count = np.zeros(RUNS), np.zeros(RUNS)
    for side in sides:
        known = ~np.isnan(side)
        total += np.where(known, side, 0.0)
        count += known
    return _quotient(total, count)


def _quotient(above: Floats, below: Floats) -> Floats:
    """``above`` divided by ``below``; NaN where ``below`` is zero."""
    result: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return result


def _range(scores: Floats) -> Range:
    known = np.sort(np.round(scores[~np.isnan(scores)], PLACES))
    if known.size == 0:
        return Range(low=None, high=None)
    return Range(low=_percentile(known, LOW_PERCENT), high=_percentile(known, HIGH_PERCENT))


def _percentile(known: Floats, percent: int) -> float:
    """The percentile of sorted figures, on the line between the two that lie around it."""
    whole, rest = divmod((known.size - 1) * percent, 100)
    below, above = float(known[whole]), float(known[min(whole + 1, known.size - 1)])
    return below + (above - below) * rest / 100


def _runs_with_same_verdict(standing: Standing, draws: Mapping[Dimension, _Draw], additive: Floats) -> int:
    """In how many runs ``counts`` and ``kind`` come out as they did.

    Gates see of a run only where its additive score lies and which contests fall away, so each distinct
    situation is judged once.
    """
    limit = standing.thresholds.additive_gate_from
    places = np.where(np.isnan(additive), 0, np.where(np.round(additive, PLACES) < float(limit), 1, 2))
    stand_ins = (None, limit - 1, limit)
    heard = list(standing.readings.said)
    silent = np.zeros(RUNS, dtype=np.int64)
    for draw in draws.values():
        for row, item in enumerate(draw.items):
            if item.code in heard:
                silent += (draw.left_out == row).astype(np.int64) << heard.index(item.code)
    situations, runs = np.unique(places + silent * len(stand_ins), return_counts=True)
    same = 0
    for situation, count in zip(situations.tolist(), runs.tolist(), strict=True):
        bits, place = divmod(situation, len(stand_ins))
        gone = {code for bit, code in enumerate(heard) if bits >> bit & 1}
        if _same_verdict(standing, stand_ins[place], gone):
            same += count
    return same


def _same_verdict(standing: Standing, additive: Fraction | None, gone: set[str]) -> bool:
    said = {code: mean for code, mean in standing.readings.said.items() if code not in gone}
    readings = replace(standing.readings, additive=additive, said=said)
    _, verdict = standing.judge_again(standing.facts, readings, CONTESTABLE)
    return (verdict.counts, verdict.kind) == (standing.verdict.counts, standing.verdict.kind)
