"""evidence.csv: what staff wrote beside their ratings, for a project that asked for it and said why.

Only of services that share it; participants write no free text at all. A project that did not ask has a file
without rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.models import Answer
from assessments.rules import values

from .export import CHUNK, Export, Kind, Selection, column, scattered


class Row(NamedTuple):
    """What was written beside one rating."""

    wave: str
    response: str
    item: str
    evidence: str


COLUMNS = (
    column(
        "assessment_id",
        Kind.ID,
        _("Code of the wave; the same in every file of the project."),
        "wave",
        values=_("16 hexadecimal digits"),
    ),
    column("response_id", Kind.ID, _("Code of the response."), "response", values=_("16 hexadecimal digits")),
    column("item", Kind.TEXT, _("The item beside which it was written."), values=_("such as A1")),
    column("evidence", Kind.TEXT, _("What a member of staff wrote.")),
    # Columns are only ever added, and only here.
)


def exported(selection: Selection) -> QuerySet[Answer]:
    """The answers of staff with evidence that may be exported."""
    if not selection.project.asks_for_evidence:
        return Answer.objects.none()
    return Answer.objects.filter(
        response__side=values.Side.STAFF.value,
        response__submitted_on__isnull=False,
        response__assessment__in=selection.waves,
        response__assessment__activity__service__evidence_shared=True,
    ).exclude(evidence="")


def rows(selection: Selection) -> Iterator[Row]:
    """What was written, wave by wave; one query."""
    wave, response = selection.pseudonyms("assessment"), selection.pseudonyms("response")
    found = (
        exported(selection)
        .annotate(
            place=scattered("response__assessment_id", selection),
            within=scattered("response_id", selection),
        )
        .order_by("place", "within", "item__order")
        .select_related("response", "item")
    )
    for answer in found.iterator(chunk_size=CHUNK):
        yield Row(
            wave(answer.response.assessment_id),
            response(answer.response_id.hex),
            answer.item.code,
            answer.evidence,
        )


EVIDENCE = Export(
    name="evidence",
    title=_("What staff wrote beside their ratings, of services that share it."),
    columns=COLUMNS,
    count=lambda selection: exported(selection).count(),
    rows=rows,
    key=("response_id", "item"),
    refers=((("assessment_id",), "assessments_wide"),),
)
