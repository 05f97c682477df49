"""Whether every stored result is what its version, its rules and its answers give today. Writes nothing."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from assessments.models import Assessment, PublicResult, Result
from assessments.rules import RULES_VERSION

from .assessment import Found, results_of
from .closed import Instruments, Wave, chunks

ABSENT = "absent"

Row = Result | PublicResult
Key = tuple[type[Row], str]
"""Which table, which rule-set."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is stored otherwise than the rules give it: its place, as dotted keys, and both."""

    where: str
    stored: object
    today: object


@dataclass(frozen=True, slots=True)
class Checked:
    """One result of one wave, as stored and as the rules give it today."""

    assessment: Assessment
    model: type[Row]
    ruleset: str
    rules_version: int | None
    """Of the stored row; None when there is none."""
    differences: tuple[Difference, ...] = ()

    @property
    def by_other_rules(self) -> bool:
        """Whether another version of the rules made it: then it cannot be compared."""
        return self.rules_version not in (None, RULES_VERSION)


def check(waves: QuerySet[Assessment] | None = None) -> Iterator[list[Checked]]:
    """For each closed wave (of ``waves``), by its key, a check of each result that it has or should have.

    Each is computed by the code that :func:`assessments.workflow.assessment.close` stores results with.
    Takes a fixed number of queries for each chunk of waves.
    """
    instruments = Instruments()
    for chunk in chunks(Assessment.objects.all() if waves is None else waves):
        stored = _stored(chunk)
        for wave in chunk:
            found = results_of(wave.case, instruments[wave.assessment.instrument_version_id])
            yield list(_compare(wave.assessment, stored[wave.assessment.pk], found))


def _stored(chunk: Collection[Wave]) -> dict[int, dict[Key, Row]]:
    """The results of each wave, two queries."""
    rows: dict[int, dict[Key, Row]] = {wave.assessment.pk: {} for wave in chunk}
    for model in (Result, PublicResult):
        for row in model.objects.filter(assessment__in=list(rows)):
            rows[row.assessment_id][model, row.ruleset] = row
    return rows


def _compare(assessment: Assessment, stored: dict[Key, Row], today: Iterator[Found]) -> Iterator[Checked]:
    """A check of each result that should be there, then of those that should not."""
    surplus = dict(stored)
    for found in today:
        row = surplus.pop((found.model, found.ruleset), None)
        if row is None:
            there = Difference("", ABSENT, "result")
            yield Checked(assessment, found.model, found.ruleset, None, (there,))
            continue
        checked = Checked(assessment, found.model, found.ruleset, row.rules_version)
        if not checked.by_other_rules:
            # Through JSON, as the database keeps it.
            given = json.loads(json.dumps(found.columns))
            kept = {name: getattr(row, name) for name in given}
            checked = Checked(
                assessment, found.model, found.ruleset, row.rules_version, tuple(_differ("", kept, given))
            )
        yield checked
    for (model, ruleset), row in surplus.items():
        there = Difference("", "result", ABSENT)
        yield Checked(assessment, model, ruleset, row.rules_version, (there,))


def _differ(where: str, stored: object, today: object) -> Iterator[Difference]:
    """Every place in which two parts of a record differ, by dotted keys and places in lists."""
    if isinstance(stored, Mapping) and isinstance(today, Mapping):
        for key in {**today, **stored}:
            inner = f"{where}.{key}" if where else key
            yield from _differ(inner, stored.get(key, ABSENT), today.get(key, ABSENT))
    elif isinstance(stored, list) and isinstance(today, list) and len(stored) == len(today):
        for place, pair in enumerate(zip(stored, today, strict=True)):
            yield from _differ(f"{where}.{place}", *pair)
    elif stored != today or type(stored) is not type(today):
        yield Difference(where, stored, today)
