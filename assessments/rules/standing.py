"""Where a case stands: all that was found on the way to its verdict, and how to judge it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assessments.rules.gates import evaluate
from assessments.rules.profile import DimensionScore, Gate, Verdict
from assessments.rules.readings import Readings
from assessments.rules.scoring import Sheet, Sides
from assessments.rules.values import Dimension, Facts, GateName, Thresholds
from assessments.rules.verdict import decide


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A case as it was judged under a rule-set."""

    facts: Facts
    sides: Sides
    sheets: Mapping[Dimension, Sheet]
    dimensions: Mapping[Dimension, DimensionScore]
    readings: Readings
    thresholds: Thresholds
    required: frozenset[GateName]
    gates: Mapping[GateName, Gate]
    verdict: Verdict

    def judge_again(
        self, facts: Facts, readings: Readings, touched: Iterable[GateName]
    ) -> tuple[dict[GateName, Gate], Verdict]:
        """The gates and the verdict with other facts or readings, when only ``touched`` gates read them."""
        again = evaluate(facts, readings, self.thresholds, self.required, touched)
        gates = {**self.gates, **again}
        return gates, decide(facts, gates)
