"""The instrument, read from its data file: which items there are, the numbers that decide, the rule-sets.

Only the structure is read here. The wording for people stands in the same file, under ``texts``, and is
none of the rules' business.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from assessments.rules.values import Dimension, GateName, Instrument, Item, Level, Pole, Thresholds, Who

DEFAULT_PATH = Path(__file__).resolve().parent.parent / "data" / "instrument_1.toml"
"""The instrument that is shipped."""

SHARES = frozenset({"min_coverage", "agree_from", "differ_from"})
PEOPLE = frozenset({"min_raters_for_agreement", "min_participants", "min_participants_public"})
RATINGS = frozenset({"low_mean_to", "high_mean_from"})

Choice = TypeVar("Choice", bound=StrEnum)


class InstrumentError(ValueError):
    """An instrument that cannot be used; ``problems`` says all that is wrong with it."""

    def __init__(self, name: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{name}: {problem}" for problem in problems))
        self.problems = tuple(problems)


def load_instrument(path: Path) -> Instrument:
    """The instrument in a TOML file. Raises ``InstrumentError`` with all its problems, or ``OSError``."""
    return parse_instrument(path.read_bytes(), name=path.name)


@cache
def default_instrument() -> Instrument:
    """The instrument that is shipped, read once."""
    return load_instrument(DEFAULT_PATH)


def parse_instrument(data: bytes, *, name: str = "instrument") -> Instrument:
    """The instrument in the bytes of a TOML file; ``name`` stands before each problem."""
    try:
        record = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # Not UTF-8, or not TOML.
        raise InstrumentError(name, [f"this is no TOML file: {error}"]) from error
    return instrument_of(record, name=name)


def instrument_of(record: Mapping[str, Any], *, name: str = "instrument") -> Instrument:
    """The instrument in what was read from a TOML file; ``name`` stands before each problem."""
    reader = _Reader(record)
    instrument = reader.instrument()
    if reader.problems:
        raise InstrumentError(name, reader.problems)
    return instrument


@dataclass
class _Reader:
    """Reads a parsed file and keeps a list of everything that is wrong with it."""

    record: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def instrument(self) -> Instrument:
        version = self.record.get("version")
        if not isinstance(version, str) or not version.strip():
            self.problems.append('version: say which version this is, as version = "1".')
        return Instrument(
            version=str(version),
            items=self.items(),
            rulesets=self.rulesets(),
            thresholds=self.thresholds(),
        )

    def items(self) -> tuple[Item, ...]:
        records = self.record.get("items")
        if not isinstance(records, list) or not records:
            self.problems.append("items: there are none; write at least one [[items]].")
            return ()
        items = tuple(self.item(number, record) for number, record in enumerate(records, start=1))
        codes = [item.code for item in items]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            self.problems.append(f"items: the code {code} is given twice; every item has its own.")
        return items

    def item(self, number: int, record: Any) -> Item:
        if not isinstance(record, dict):
            self.problems.append(f"items[{number}]: write it as a table, [[items]].")
            record = {}
        code = record.get("code")
        if not isinstance(code, str) or not code.strip():
            code = f"items[{number}]"
            self.problems.append(f'{code}: give it a code, as code = "A1".')
        note = record.get("note")
        if note is not None and not isinstance(note, str):
            self.problems.append(f"{code}: the note is {note!r}; write a word.")
        if sum(key in record for key in ("pole", "level", "note")) != 1:
            self.problems.append(f"{code}: give exactly one of pole, level and note.")
        short = record.get("short", False)
        if not isinstance(short, bool):
            self.problems.append(f"{code}: short is {short!r}; write true or false.")
        return Item(
            code=code,
            dimension=self.choice(code, record, "dimension", Dimension) or Dimension.ADDITIVE,
            who=self.choice(code, record, "who", Who) or Who.BOTH,
            pole=self.choice(code, record, "pole", Pole) if "pole" in record else None,
            level=self.choice(code, record, "level", Level) if "level" in record else None,
            note=note,
            weight=self.weight(code, record.get("weight", 1)),
            short=bool(short),
        )

    def choice(self, code: str, record: Mapping[str, Any], key: str, kind: type[Choice]) -> Choice | None:
        value = record.get(key)
        if value in list(kind):
            return kind(value)
        self.problems.append(f"{code}: {key} is {value!r}; write one of {', '.join(kind)}.")
        return None

    def weight(self, code: str, value: Any) -> Fraction:
        weight = exact(value)
        if weight is None or weight <= 0:
            self.problems.append(f"{code}: the weight is {value!r}; write a number above zero.")
            return Fraction(1)
        return weight

    def rulesets(self) -> dict[str, frozenset[GateName]]:
        records = self.record.get("rulesets")
        if not isinstance(records, dict) or not records:
            self.problems.append("rulesets: there are none; write at least one [rulesets.<name>].")
            return {}
        return {name: self.gates(name, record) for name, record in records.items()}

    def gates(self, name: str, record: Any) -> frozenset[GateName]:
        gates = record.get("gates") if isinstance(record, dict) else None
        if not isinstance(gates, list) or not gates or any(gate not in list(GateName) for gate in gates):
            self.problems.append(
                f"rulesets.{name}: gates is {gates!r}; write a list from {', '.join(GateName)}."
            )
            return frozenset()
        return frozenset(GateName(gate) for gate in gates)

    def thresholds(self) -> Thresholds:
        records = self.record.get("thresholds", {})
        if not isinstance(records, dict):
            self.problems.append("thresholds: write them as a table, [thresholds].")
            return Thresholds()
        known = {own.name for own in fields(Thresholds)}
        found: dict[str, Any] = {}
        for name, value in records.items():
            if name not in known:
                self.problems.append(f"thresholds.{name}: there is no such threshold.")
            else:
                found[name] = self.threshold(name, value)
        thresholds = Thresholds(**{name: value for name, value in found.items() if value is not None})
        self.order(thresholds)
        return thresholds

    def threshold(self, name: str, value: Any) -> Fraction | int | None:
        """A threshold within its own range; None, and a problem, when it is not."""
        number = exact(value)
        if name in PEOPLE:
            if number is not None and number.denominator == 1 and number >= 1:
                return int(number)
            self.problems.append(f"thresholds.{name} is {value!r}; write a whole number from 1.")
            return None
        highest = 1 if name in SHARES else 4 if name in RATINGS else 100
        if number is not None and 0 <= number <= highest:
            return number
        self.problems.append(f"thresholds.{name} is {value!r}; write a number from 0 to {highest}.")
        return None

    def order(self, thresholds: Thresholds) -> None:
        """Pairs of thresholds that make sense in one order alone."""
        for lower, upper in (
            ("band_mixed_from", "band_coproduction_from"),
            ("differ_from", "agree_from"),
            ("low_mean_to", "high_mean_from"),
            ("weak_level_to", "strong_level_from"),
        ):
            if getattr(thresholds, lower) >= getattr(thresholds, upper):
                self.problems.append(f"thresholds.{lower} must lie below {upper}.")


def exact(value: Any) -> Fraction | None:
    """A number, or a fraction written as text (``"2/3"``), without loss; None when it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
