"""items.csv: every item of every published version, in the words of each language."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.models import InstrumentVersion, ItemText
from assessments.rules import values

from .export import CHUNK, Column, Export, Kind, Selection, column

POLES = {"+": "coproduction", "-": "opposite", "": None}
"""A pole in a word: a lone sign would read as a formula."""


COLUMNS = (
    column(
        "instrument_version", Kind.TEXT, _("The version to which the item belongs."), "item.version.version"
    ),
    column("item", Kind.TEXT, _("The code of the item. It keeps its meaning in every version."), "item.code"),
    column(
        "language", Kind.TEXT, _("The language of the words."), "language", _("a language code such as en")
    ),
    column("order", Kind.WHOLE, _("The place of the item on the form."), "item.order", _("from 1")),
    column(
        "dimension",
        Kind.CODE,
        _("The dimension of the item."),
        "item.dimension.code",
        tuple(map(str, values.Dimension)),
    ),
    column("who", Kind.CODE, _("Which side is asked."), "item.who", tuple(map(str, values.Who))),
    Column(
        name="pole",
        kind=Kind.CODE,
        meaning=_("The pole for which a high rating speaks. An opposite one is turned before it is scored."),
        values=("coproduction", "opposite"),
        value=lambda text: POLES[text.item.pole],
    ),
    column(
        "level",
        Kind.CODE,
        _("The level whose strength the item gives."),
        "item.level",
        tuple(map(str, values.Level)),
    ),
    column("note", Kind.TEXT, _("Why the item is asked when it never scores."), "item.note"),
    column(
        "weight",
        Kind.TWO_DECIMALS,
        _("The weight of the item in its dimension."),
        "item.weight",
        _("above 0"),
    ),
    column("short", Kind.YES_NO, _("Whether the item stands on the participants’ short form."), "item.short"),
    column("source", Kind.TEXT, _("The phrase on which the item rests."), "item.source"),
    column("text_staff", Kind.TEXT, _("The statement that staff read."), "staff"),
    column("text_participant", Kind.TEXT, _("The statement that participants read."), "participant"),
    column("text_easy_read", Kind.TEXT, _("The statement in easy read."), "easy_read"),
    column("guidance", Kind.TEXT, _("What is meant, as staff read it."), "guidance"),
    column("example", Kind.TEXT, _("An example, as staff read it."), "example"),
    # Columns are only ever added, and only here.
)


def texts() -> QuerySet[ItemText]:
    """The words of every item of every published version, in a fixed order."""
    return (
        ItemText.objects.filter(item__version__status=InstrumentVersion.Status.PUBLISHED)
        .select_related("item__version", "item__dimension")
        .order_by("item__version__published_at", "item__version_id", "item__order", "item_id", "language")
    )


def rows(selection: Selection) -> Iterator[ItemText]:
    """The words of each item. They do not depend on the selection. One query."""
    yield from texts().iterator(chunk_size=CHUNK)


ITEMS = Export(
    name="items",
    title=_("Every item of every published version: its words, pole, weight and source."),
    columns=COLUMNS,
    count=lambda selection: texts().count(),
    rows=rows,
    key=("instrument_version", "item", "language"),
)
