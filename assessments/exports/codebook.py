"""codebook.csv: every column of every file, in words. The files are printed from the same table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from .assessments_wide import ASSESSMENTS_WIDE
from .definitions import DEFINITIONS
from .evidence import EVIDENCE
from .export import Column, Export, Kind, Selection
from .items import ITEMS
from .participation import PARTICIPATION
from .ratings_long import RATINGS_LONG
from .reliability import RELIABILITY

DESCRIBED = (ASSESSMENTS_WIDE, RATINGS_LONG, PARTICIPATION, ITEMS, DEFINITIONS, EVIDENCE, RELIABILITY)


class Entry(NamedTuple):
    """A column, and the file in which it stands."""

    export: Export
    column: Column


COLUMNS = (
    Column(
        name="file",
        kind=Kind.TEXT,
        meaning=_("The file in which the column stands."),
        value=lambda entry: entry.export.file,
    ),
    Column(
        name="name",
        kind=Kind.TEXT,
        meaning=_("The name of the column."),
        value=lambda entry: entry.column.name,
    ),
    Column(
        name="type",
        kind=Kind.TEXT,
        meaning=_("What stands in the column."),
        value=lambda entry: entry.column.kind.value,
    ),
    Column(
        name="values",
        kind=Kind.TEXT,
        meaning=_("Which values may stand there: codes, or a range."),
        value=lambda entry: entry.column.range or None,
    ),
    Column(
        name="meaning",
        kind=Kind.TEXT,
        meaning=_("What the column means."),
        value=lambda entry: entry.column.meaning,
    ),
    # Columns are only ever added, and only here.
)


def rows(selection: Selection | None = None) -> Iterator[Entry]:
    """The columns of all files, this one included. No query."""
    for export in (*DESCRIBED, CODEBOOK):
        for column in export.columns:
            yield Entry(export, column)


CODEBOOK = Export(
    name="codebook",
    title=_("What each column of each file means."),
    columns=COLUMNS,
    count=lambda selection: sum(1 for _entry in rows()),
    rows=rows,
    key=("file", "name"),
)
