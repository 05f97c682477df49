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

from assessments.rules.gates import HEARD
from assessments.rules.profile import Range, Robustness
from assessments.rules.scoring import Sheet, Sides
from assessments.rules.sides import STEP, Scored, towards_coproduction
from assessments.rules.standing import Standing
from assessments.rules.values import (
    MAX_RATING,
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
PERCENTILES = (5, 95)
PLACES = 9
"""Floats are compared and sorted after rounding to so many decimals, so that no machine differs."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Draws:
    """What every run does: the weights by item (0 when left out), and the item that it leaves out."""

    weights: Mapping[str, Floats]
    left_out: Mapping[Dimension, NDArray[np.str_]]


def robustness(standing: Standing, seed: int) -> Robustness:
    """The ranges of the scores, and the share of runs with the same ``counts`` and ``kind``."""
    draws = _draw(standing, seed)
    scores = {dimension: _scores(standing.sheets[dimension], draws.weights) for dimension in SCORED}
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


def _draw(standing: Standing, seed: int) -> _Draws:
    """Random numbers for every item and every dimension, in fixed order, whatever was rated."""
    items = {
        dimension: sorted(standing.sheets[dimension].items, key=lambda item: item.code)
        for dimension in SCORED
    }
    columns = sum(len(own) for own in items.values()) + len(SCORED)
    raw = np.random.PCG64(seed).random_raw(RUNS * columns).reshape(columns, RUNS)
    uniform = iter((raw >> np.uint64(11)) * 2.0**-53)
    weights: dict[str, Floats] = {}
    left_out: dict[Dimension, NDArray[np.str_]] = {}
    for dimension, own in items.items():
        for item in own:
            factor = LEAST_FACTOR + (GREATEST_FACTOR - LEAST_FACTOR) * next(uniform)
            weights[item.code] = float(item.weight) * factor
        left_out[dimension] = _choose(_rated(own, standing.sides), next(uniform))
        for item in own:
            weights[item.code] = np.where(left_out[dimension] == item.code, 0.0, weights[item.code])
    return _Draws(weights=weights, left_out=left_out)


def _rated(items: Sequence[Item], sides: Sides) -> list[str]:
    """The items that anybody rated."""
    return [item.code for item in items if any(answers.tally(item.code).n for answers in sides.values())]


def _choose(codes: Sequence[str], uniform: Floats) -> NDArray[np.str_]:
    """One of ``codes`` for every run; an empty text for every run when there are fewer than two."""
    if len(codes) < 2:
        return np.full(RUNS, "")
    chosen: NDArray[np.str_] = np.array(codes)[(uniform * len(codes)).astype(np.int64)]
    return chosen


def _scores(sheet: Sheet, weights: Mapping[str, Floats]) -> Floats:
    """The headline score of a dimension in every run; NaN in runs that leave none."""
    items = {item.code: item for item in sheet.items}
    if sheet.dimension is not Dimension.INDIVIDUAL_COLLECTIVE:
        return _mean_of([_side(scored, items, weights) for scored in sheet.scored.values()])
    if not sheet.scored:
        return np.full(RUNS, np.nan)
    strengths = [
        _mean_of([_side(scored, items, weights) for scored in by_side.values()])
        for by_side in sheet.levels.values()
    ]
    strongest: Floats = np.fmax.reduce(strengths)
    return strongest


def _side(scored: Scored, items: Mapping[str, Item], weights: Mapping[str, Floats]) -> Floats:
    """The mean over one side's responses in every run; a response left without any item drops out."""
    total, responses = np.zeros(RUNS), np.zeros(RUNS)
    for group in scored.groups:
        above, below = np.zeros(RUNS), np.zeros(RUNS)
        for code, counts in group.counts.items():
            points = sum(
                towards_coproduction(items[code], rating) * counts[rating] for rating in range(MAX_RATING + 1)
            )
            above += weights[code] * (float(STEP) * points)
            below += weights[code]
        stays = below > 0
        total += np.where(stays, _quotient(above, below), 0.0)
        responses += np.where(stays, float(group.size), 0.0)
    return _quotient(total, responses)


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
    result: Floats = np.divide(above, below, out=np.full(RUNS, np.nan), where=below > 0)
    return result


def _range(scores: Floats) -> Range:
    known = np.round(scores[~np.isnan(scores)], PLACES)
    if known.size == 0:
        return Range(low=None, high=None)
    low, high = np.percentile(known, PERCENTILES)
    return Range(low=float(low), high=float(high))


def _runs_with_same_verdict(standing: Standing, draws: _Draws, additive: Floats) -> int:
    """In how many runs ``counts`` and ``kind`` come out as they did.

    Gates see of a run only where its additive score lies and which contests fall away, so each distinct
    situation is judged once.
    """
    limit = standing.thresholds.additive_gate_from
    places = np.where(np.isnan(additive), 0, np.where(np.round(additive, PLACES) < float(limit), 1, 2))
    stand_ins = (None, limit - 1, limit)
    heard = sorted(HEARD & standing.readings.said.keys())
    silenced = np.zeros(RUNS, dtype=np.int64)
    for bit, code in enumerate(heard):
        gone = np.any([codes == code for codes in draws.left_out.values()], axis=0)
        silenced |= gone.astype(np.int64) << bit
    same = 0
    situations, runs = np.unique(places + silenced * len(stand_ins), return_counts=True)
    for situation, count in zip(situations.tolist(), runs.tolist(), strict=True):
        silent, place = divmod(situation, len(stand_ins))
        gone_codes = {code for bit, code in enumerate(heard) if silent >> bit & 1}
        if _same_verdict(standing, stand_ins[place], gone_codes):
            same += count
    return same


def _same_verdict(standing: Standing, additive: Fraction | None, gone: set[str]) -> bool:
    said = {code: mean for code, mean in standing.readings.said.items() if code not in gone}
    readings = replace(standing.readings, additive=additive, said=said)
    _, verdict = standing.judge_again(standing.facts, readings)
    return (verdict.counts, verdict.kind) == (standing.verdict.counts, standing.verdict.kind)
