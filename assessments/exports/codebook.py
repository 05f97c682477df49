"""codebook.csv: every column of the files, and every item of every published version, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.models import InstrumentVersion, ItemText

from .answers import ANSWERS
from .assessments import ASSESSMENTS
from .export import CHUNK, Column, Export, Kind, Selection

POLES = {"+": "coproduction", "-": "opposite", "": None}
"""A pole in a word: a lone sign would read as a formula."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the codebook: a column of a file, or an item of a version in one language."""

    entry: str
    file: str | None = None
    instrument_version: str | None = None
    name: str
    type: str | None = None
    values: str | Promise | None = None
    meaning: str | Promise | None = None
    dimension: str | None = None
    who: str | None = None
    pole: str | None = None
    level: str | None = None
    note: str | None = None
    weight: Decimal | None = None
    short: bool | None = None
    source: str | None = None
    language: str | None = None
    text_staff: str | None = None
    text_participant: str | None = None
    text_easy_read: str | None = None


def column(name: str, kind: Kind, meaning: Promise, values: str | Promise = "") -> Column:
    """A column of the codebook, which holds the field of the same name."""
    return Column(name=name, kind=kind, meaning=meaning, values=values, value=attrgetter(name))


COLUMNS = (
    column("entry", Kind.CODE, _("What the line describes."), "column | item"),
    column("file", Kind.TEXT, _("The file in which the column stands; empty for an item.")),
    column("instrument_version", Kind.TEXT, _("The version to which the item belongs; empty for a column.")),
    column("name", Kind.TEXT, _("The name of the column, or the code of the item.")),
    column("type", Kind.TEXT, _("What stands in the column.")),
    column("values", Kind.TEXT, _("Which values may stand there: codes, or a range.")),
    column("meaning", Kind.TEXT, _("What the column means.")),
    column("dimension", Kind.CODE, _("The dimension of the item.")),
    column("who", Kind.CODE, _("Which side is asked the item."), "staff | participant | both"),
    column("pole", Kind.CODE, _("The pole for which a high rating speaks."), "coproduction | opposite"),
    column("level", Kind.CODE, _("The level whose strength the item gives.")),
    column("note", Kind.TEXT, _("Why the item is asked when it never scores.")),
    column("weight", Kind.TWO_DECIMALS, _("The weight of the item in its dimension."), _("above 0")),
    column("short", Kind.YES_NO, _("Whether the item stands on the participants' short form."), "yes | no"),
    column("source", Kind.TEXT, _("The phrase on which the item rests.")),
    column("language", Kind.TEXT, _("The language of the three texts.")),
    column("text_staff", Kind.TEXT, _("The statement that staff read.")),
    column("text_participant", Kind.TEXT, _("The statement that participants read.")),
    column("text_easy_read", Kind.TEXT, _("The statement in easy read.")),
    # Columns are only ever added, and only here.
)


def described() -> Iterator[Entry]:
    """The columns of all files, this one included."""
    for export in (ASSESSMENTS, ANSWERS, CODEBOOK):
        for found in export.columns:
            yield Entry(
                entry="column",
                file=f"{export.name}.csv",
                name=found.name,
                type=found.kind.value,
                values=found.values,
                meaning=found.meaning,
            )


def texts() -> QuerySet[ItemText]:
    """The words of every item of every published version, in a fixed order."""
    return (
        ItemText.objects.filter(item__version__status=InstrumentVersion.Status.PUBLISHED)
        .select_related("item__version", "item__dimension")
        .order_by("item__version__published_at", "item__version_id", "item__order", "item_id", "language")
    )


def rows(selection: Selection) -> Iterator[Entry]:
    """The columns, then the items. They do not depend on the selection. One query."""
    yield from described()
    for text in texts().iterator(chunk_size=CHUNK):
        item = text.item
        yield Entry(
            entry="item",
            instrument_version=item.version.version,
            name=item.code,
            dimension=item.dimension.code,
            who=item.who,
            pole=POLES[item.pole],
            level=item.level,
            note=item.note,
            weight=item.weight,
            short=item.short,
            source=item.source,
            language=text.language,
            text_staff=text.staff,
            text_participant=text.participant,
            text_easy_read=text.easy_read,
        )


def count(selection: Selection) -> int:
    """How many columns and items there are to describe."""
    return sum(1 for _ in described()) + texts().count()


CODEBOOK = Export(name="codebook", columns=COLUMNS, count=count, rows=rows)
