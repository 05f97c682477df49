"""Closed waves as values, many at once: what a look back at all of them reads, in few queries a chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from assessments.models import Answer, Assessment, InstrumentVersion, Item, Response
from assessments.rules import values

from .assessment import as_facts
from .instrument import as_instrument

CHUNK = 100
"""How many waves are held in memory at once."""

_MISSING = {code.value: code for code in values.Missing}


@dataclass(frozen=True, slots=True)
class Wave:
    """A closed wave, with its activity, and everything that was recorded and sent in it."""

    assessment: Assessment
    case: values.Case


class Instruments:
    """The instruments of versions by their keys, each read once: two queries for each that is asked for."""

    def __init__(self) -> None:
        self._read: dict[int, values.Instrument] = {}

    def __getitem__(self, version: int) -> values.Instrument:
        if version not in self._read:
            self._read[version] = as_instrument(InstrumentVersion.objects.get(pk=version))
        return self._read[version]


def chunks(waves: QuerySet[Assessment], *, size: int = CHUNK) -> Iterator[list[Wave]]:
    """The closed ones of ``waves`` by their keys, ``size`` at a time.

    Takes one query, and then three for each chunk, whatever its size. Memory stays flat: answers come as
    plain values, and a chunk is let go when the next is asked for.
    """
    codes = dict(Item.objects.values_list("pk", "code"))
    waves = waves.closed().select_related("activity", "facts").order_by("pk")
    last = 0
    while found := list(waves.filter(pk__gt=last)[:size]):
        last = found[-1].pk
        sent = _responses([assessment.pk for assessment in found], codes)
        yield [
            Wave(assessment, values.Case(facts=as_facts(assessment.facts), responses=sent[assessment.pk]))
            for assessment in found
        ]


def _responses(assessments: Collection[int], codes: dict[int, str]) -> dict[int, tuple[values.Response, ...]]:
    """Every response that was sent in ``assessments``, by their keys."""
    sent = Response.objects.filter(assessment__in=assessments, submitted_on__isnull=False)
    # Keys as text: making a UUID of each answer's key would take longer than reading it.
    rows = sent.annotate(key=Cast("id", CharField())).values_list("key", "assessment_id", "side", "form")
    found: dict[int, list[values.Response]] = {pk: [] for pk in assessments}
    sheets: dict[str, dict[str, int | values.Missing]] = {}
    for key, assessment, side, form in rows:
        sheets[key] = {}
        found[assessment].append(
            values.Response(side=values.Side(side), form=values.Form(form), answers=sheets[key])
        )
    answers = (
        Answer.objects.filter(response__in=sent.values("pk"))
        .annotate(key=Cast("response_id", CharField()))
        .values_list("key", "item_id", "rating", "missing")
    )
    for key, item, rating, missing in answers.iterator(chunk_size=5000):
        if missing or rating is not None:
            sheets[key][codes[item]] = _MISSING[missing] if missing else rating
    return {pk: tuple(responses) for pk, responses in found.items()}


Sheet = tuple[values.Side, values.Form]
"""One form of one side."""


@dataclass(frozen=True)
class Crossing:
    """The way from the items of one instrument to those of another, form by form; items match by code."""

    kept: Mapping[Sheet, frozenset[str]]
    """What both ask."""
    added: Mapping[Sheet, frozenset[str]]
    """What only the other asks."""

    def __call__(self, case: values.Case) -> values.Case:
        """``case``, answered under the one, as far as the items of the other allow.

        Answers that the other does not ask for are left out. An item that only the other asks counts as
        "does not apply", so that nobody is held to have skipped it.
        """
        return replace(case, responses=tuple(self._cross(response) for response in case.responses))

    def _cross(self, response: values.Response) -> values.Response:
        kept, added = (items[response.side, response.form] for items in (self.kept, self.added))
        answers = {code: answer for code, answer in response.answers.items() if code in kept}
        return replace(response, answers=answers | dict.fromkeys(added, values.Missing.NA))


def crossing(one: values.Instrument, other: values.Instrument) -> Crossing:
    """The way from the items of ``one`` to those of ``other``."""
    kept, added = {}, {}
    for sheet in product(values.Side, values.Form):
        before, now = (
            frozenset(item.code for item in instrument.items if item.asked_of(*sheet))
            for instrument in (one, other)
        )
        kept[sheet], added[sheet] = before & now, now - before
    return Crossing(kept, added)
