"""reliability.csv: how far raters agree, and how far the items of a dimension hang together.

From exactly the rows of ratings_long.csv: what is withheld there counts here as ``SUPP`` and no more. Figures
of a dimension are computed on its scoring items, turned towards coproduction, once for staff, once for
participants, and once for participants on the items of the short form alone, which all of them were asked.

Within a wave the responses of one side are the raters. A unit of Krippendorff's α is an item of a wave, so
that people are compared only with those who rated the same activity; intraclass correlations take the items
for targets, wave by wave. Cronbach's α and McDonald's ω take all responses of the version for rows.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from django.db.models import Case, F, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Cast, Chr, Coalesce
from django.utils.translation import gettext_lazy as _

from assessments import reliability
from assessments.disclosure import Heard, Told
from assessments.models import Answer, InstrumentVersion, Item
from assessments.reliability import Figure, Reason
from assessments.rules.values import MAX_RATING, SCORED, Dimension, Form, Side

from .export import CHUNK, Column, Export, Kind, Selection, column
from .ratings_long import (
    REASONS,
    STORED,
    Joined,
    asked,
    exported,
    items_by_version,
    open_items,
    scoring_weights,
    told_of,
)

VALUES = MAX_RATING + 1
DK, NA, SKIP, SUPP = range(VALUES, VALUES + len(REASONS))
"""How a reason for no rating is held in a table of ratings, in the order of :data:`REASONS`."""
NOT_ASKED = SUPP + 1

RESPONSES_AT_ONCE = 2000

FORMATIVE = frozenset({Dimension.ADDITIVE, Dimension.PRODUCT})
"""The items of these are different parts of a whole, and need not go together."""

MEASURES: Mapping[str, str] = {
    "krippendorff_ordinal": "units",
    "krippendorff_nominal": "units",
    "krippendorff_interval": "units",
    "icc1": "waves",
    "icc2": "waves",
    "icc3": "waves",
    "icc1k": "waves",
    "icc2k": "waves",
    "icc3k": "waves",
    "r_wg_j": "waves",
    "cronbach_alpha": "responses",
    "mcdonald_omega": "responses",
}
"""The figures of a dimension, in their order, and what each is computed over."""

OF_ITEM = "r_wg"


@dataclass(frozen=True)
class Raters:
    """Who is taken together: a side, and the form whose items are taken."""

    side: Side
    form: Form


EVERY_RATERS = (
    Raters(Side.STAFF, Form.FULL),
    Raters(Side.PARTICIPANT, Form.FULL),
    Raters(Side.PARTICIPANT, Form.SHORT),
)


@dataclass(frozen=True)
class Line:
    """A figure of a dimension, or of an item (``item`` is its code), under one version."""

    version: str
    dimension: str
    raters: Raters
    measure: str
    figure: Figure
    item: str | None = None
    ratings: tuple[int, ...] = ()
    """Of an item: how many gave 0, 1, 2, 3, 4, and how many nothing, in the order of ``REASONS``."""
    mean: float | None = None

    @property
    def over(self) -> str:
        """What ``n`` counts."""
        return MEASURES.get(self.measure, "waves")

    @property
    def formative(self) -> bool:
        return self.item is None and self.dimension in FORMATIVE


def _counted(place: int) -> Callable[[Line], int | None]:
    return lambda line: line.ratings[place] if line.ratings else None


COLUMNS = (
    column(
        "instrument_version",
        Kind.TEXT,
        _("Version of the instrument that was used. Its items stand in items.csv."),
        "version",
    ),
    column(
        "dimension", Kind.CODE, _("The dimension, or that of the item."), values=tuple(map(str, Dimension))
    ),
    column("side", Kind.CODE, _("Whose responses are taken."), "raters.side", values=tuple(map(str, Side))),
    column(
        "form",
        Kind.CODE,
        _("Which items are taken: all of that side, or those that the short form has too."),
        "raters.form",
        values=tuple(map(str, Form)),
    ),
    column(
        "item",
        Kind.TEXT,
        _("The item of which the row tells; empty for a whole dimension."),
        values=_("such as A1"),
    ),
    column(
        "measure",
        Kind.CODE,
        _("What was computed. An icc with k is that of the mean of all raters."),
        values=(*MEASURES, OF_ITEM),
    ),
    column("value", Kind.THREE_DECIMALS, _("The figure; over waves their median."), "figure.value"),
    column(
        "not_computable",
        Kind.CODE,
        _("Why there is no figure; empty when there is one."),
        "figure.why_not",
        values=tuple(map(str, Reason)),
    ),
    column("lowest", Kind.THREE_DECIMALS, _("The lowest of the waves."), "figure.low"),
    column("highest", Kind.THREE_DECIMALS, _("The highest of the waves."), "figure.high"),
    column(
        "n",
        Kind.WHOLE,
        _("How many units, waves or responses the figure rests on."),
        "figure.n",
        values=_("from 0"),
    ),
    column(
        "n_of",
        Kind.CODE,
        _("What n counts. A unit is an item of a wave."),
        "over",
        values=("units", "waves", "responses"),
    ),
    column(
        "formative",
        Kind.YES_NO,
        _("Whether items need not go together there, so that a low α or ω is no fault."),
    ),
    *(
        Column(
            name=f"rating_{rating}",
            kind=Kind.WHOLE,
            values=_("from 0"),
            meaning=_("Of an item: how many responses gave this rating, as it stands, not turned."),
            value=_counted(rating),
        )
        for rating in range(VALUES)
    ),
    *(
        Column(
            name=reason.lower(),
            kind=Kind.WHOLE,
            values=_("from 0"),
            meaning=_("Of an item: how many responses that were asked gave no rating for this reason."),
            value=_counted(place),
        )
        for place, reason in enumerate(REASONS, start=VALUES)
    ),
    column(
        "mean",
        Kind.TWO_DECIMALS,
        _("Of an item: the mean rating over all responses, as it stands, not turned."),
        values=_("0 to 4"),
    ),
    # Columns are only ever added, and only here.
)


# The ratings


@dataclass(frozen=True)
class Table:
    """The responses of one version that may be exported: a row for each, and a column for each item.

    ``cells`` holds ratings, reasons, and :data:`NOT_ASKED`. The rows of a wave stand together; ``waves``
    numbers them, and ``theirs`` says which rows are participants'.
    """

    version: InstrumentVersion
    items: list[Item]
    cells: np.ndarray
    waves: np.ndarray
    theirs: np.ndarray

    def columns(self, items: Iterable[Item]) -> list[int]:
        """Where ``items`` stand."""
        places = {item.pk: place for place, item in enumerate(self.items)}
        return [places[item.pk] for item in items]


ANSWERS_OF_AN_ITEM = 8
FIRST_SIGN = 0x10000
"""Beyond the signs that stand for halves of others (surrogates), which no database writes."""


def answers_as_signs() -> Subquery:
    """All answers of a response as one text, a sign for each answer: quicker to make and to read than words.

    The number of a sign, less :data:`FIRST_SIGN`, is eight times the key of the item, and the rating, or the
    place of the reason for none. There is room for items up to the key 131,071.
    """
    reason = Case(When(missing=REASONS[0].lower(), then=DK), default=NA)
    sign = (
        FIRST_SIGN
        + F("item_id") * ANSWERS_OF_AN_ITEM
        + Coalesce("rating", reason, output_field=IntegerField())
    )
    mine = Answer.objects.filter(response=OuterRef("pk")).order_by().values("response")
    return Subquery(mine.annotate(signs=Joined(Chr(Cast(sign, IntegerField())), Value(""))).values("signs"))


class _Filling:
    """A table while its rows come in."""

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.place = np.zeros(max(item.pk for item in items) + 1, dtype=np.int64)
        self.place[[item.pk for item in items]] = np.arange(len(items))
        kinds = [(side, form) for side in Side for form in Form]
        own = [{item.pk for item in asked(items, side, form)} for side, form in kinds]
        self.kinds = {(side.value, form.value): kind for kind, (side, form) in enumerate(kinds)}
        self.blank = np.array(
            [[SKIP if item.pk in asked_of else NOT_ASKED for item in items] for asked_of in own],
            dtype=np.uint8,
        )
        """By side and form: a row in which nothing was answered."""
        self.told: dict[int, Told] = {}
        """By wave: of how many participants its result tells."""
        self.waves = array("q")
        self.theirs = array("b")
        self.waiting: list[tuple[int, str]] = []
        self.blocks: list[np.ndarray] = [self.blank[:0]]

    def add(self, wave: int, side: str, form: str, signs: str | None) -> None:
        """One response."""
        self.waves.append(wave)
        self.theirs.append(side == Side.PARTICIPANT)
        self.waiting.append((self.kinds[side, form], signs or ""))
        if len(self.waiting) == RESPONSES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Turn the texts that wait into rows."""
        if not self.waiting:
            return
        kinds, texts = zip(*self.waiting, strict=True)
        self.waiting = []
        block = self.blank[list(kinds)]
        signs = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32) - FIRST_SIGN
        rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
        block[rows, self.place[signs // ANSWERS_OF_AN_ITEM]] = signs % ANSWERS_OF_AN_ITEM
        self.blocks.append(block)

    def table(self, version: InstrumentVersion) -> Table:
        """What has come in, less what may not be seen."""
        self.flush()
        cells = np.concatenate(self.blocks)
        waves, theirs = np.array(self.waves, dtype=np.int64), np.array(self.theirs, dtype=bool)
        closed = theirs[:, np.newaxis] & self._closed(version, cells, waves, theirs)
        cells[closed & (cells != NOT_ASKED)] = SUPP
        return Table(version, self.items, cells, waves, theirs)

    def _closed(
        self, version: InstrumentVersion, cells: np.ndarray, waves: np.ndarray, theirs: np.ndarray
    ) -> np.ndarray:
        """By row and item: whether the participants' ratings of the item are withheld in the row's wave."""
        found, starts, wave_of = np.unique(waves, return_index=True, return_inverse=True)
        told = [self.told[wave] for wave in found.tolist()]
        closed = np.ones((len(found), len(self.items)), dtype=bool)
        if not len(found):
            return closed[wave_of]
        rated = (cells < VALUES) & theirs[:, np.newaxis]
        scored, dimensions = self._scored(Fraction(version.min_coverage), cells, rated, told, wave_of)
        sums = (
            np.add.reduceat(what, starts, axis=0, dtype=np.int64).tolist()
            for what in (theirs, rated, rated & scored[:, dimensions], scored)
        )
        codes = [item.dimension.code for item in self.items]
        for place, (own, *counts, with_score) in enumerate(zip(told, *sums, strict=True)):
            heard = Heard(*counts, {code: with_score[k] for code, k in zip(codes, dimensions, strict=True)})
            closed[place] = np.logical_not(open_items(version.min_participants, self.items, own, heard))
        return closed[wave_of]

    def _scored(
        self, coverage: Fraction, cells: np.ndarray, rated: np.ndarray, told: list[Told], wave_of: np.ndarray
    ) -> tuple[np.ndarray, list[int]]:
        """By row and dimension, whether somebody has a score there; and the dimension of each item."""
        codes = [item.dimension.code for item in self.items]
        names = list(dict.fromkeys(codes))
        found = np.zeros((len(cells), len(names)), dtype=bool)
        weights = [scoring_weights(self.items, own) for own in told]
        by_wave = np.array([[own.get(item.pk, 0) for item in self.items] for own in weights], dtype=np.int64)
        applies = (cells != NA) & (cells != NOT_ASKED)
        for place, name in enumerate(names):
            own = [column for column, code in enumerate(codes) if code == name]
            weighed = by_wave[:, own][wave_of]
            above = (weighed * rated[:, own]).sum(axis=1)
            below = (weighed * applies[:, own]).sum(axis=1)
            found[:, place] = (above > 0) & (above * coverage.denominator >= below * coverage.numerator)
        return found, [names.index(code) for code in codes]


def tables(selection: Selection) -> list[Table]:
    """The ratings of every version that was used, the first version first; four queries."""
    used = selection.results.order_by().values("assessment__instrument_version")
    versions = InstrumentVersion.objects.filter(pk__in=used).order_by("pk").in_bulk()
    items = items_by_version()
    filling = {key: _Filling(items[key]) for key in sorted(versions)}
    of_wave: dict[int, _Filling] = {}
    waves = selection.results.order_by().values_list(
        "assessment_id", "assessment__instrument_version", *STORED
    )
    for wave, version, *profile in waves.iterator(chunk_size=CHUNK):
        of_wave[wave] = filling[version]
        filling[version].told[wave] = told_of(items[version], profile)
    responses = (
        exported(selection)
        .order_by("assessment_id")
        .values_list("assessment_id", "side", "form", answers_as_signs())
    )
    for wave, side, form, signs in responses.iterator(chunk_size=RESPONSES_AT_ONCE):
        of_wave[wave].add(wave, side, form, signs)
    return [own.table(versions[key]) for key, own in filling.items()]


# The figures


def scoring(items: Iterable[Item], dimension: Dimension, raters: Raters) -> list[Item]:
    """The items of a dimension that enter its score and are asked of ``raters``."""
    own = [item for item in items if item.dimension.code == dimension and (item.pole or item.level)]
    return asked(own, raters.side, raters.form)


def places(items: Sequence[Item]) -> Iterator[tuple[Dimension, Raters, list[Item]]]:
    """Every dimension with those who rate it, and the items that they rate."""
    for dimension in SCORED:
        for raters in EVERY_RATERS:
            if own := scoring(items, dimension, raters):
                yield dimension, raters, own


def item_places(items: Sequence[Item]) -> Iterator[tuple[Item, Raters]]:
    """Every item with those who rate it."""
    for item in items:
        for side in Side:
            if asked([item], side, Form.FULL):
                yield item, Raters(side, Form.FULL)


def count(selection: Selection) -> int:
    """How many rows the file will have: as many for each version, whatever was answered. Two queries."""
    used = selection.results.order_by().values_list("assessment__instrument_version", flat=True).distinct()
    items = items_by_version()
    return sum(
        len(MEASURES) * sum(1 for _place in places(items[version]))
        + sum(1 for _place in item_places(items[version]))
        for version in used
    )


def rows(selection: Selection) -> Iterator[Line]:
    """Every figure: by version, the dimensions and then the items; four queries."""
    for table in tables(selection):
        yield from lines_of(table)


def lines_of(table: Table) -> Iterator[Line]:
    """The figures of one version."""
    name = table.version.version
    for dimension, raters, items in places(table.items):
        for measure, figure in _of_dimension(table, raters, items).items():
            yield Line(name, dimension.value, raters, measure, figure)
    for item, raters in item_places(table.items):
        yield _of_item(table, item, raters)


def _of_dimension(table: Table, raters: Raters, items: list[Item]) -> dict[str, Figure]:
    ratings, waves = _ratings(table, raters, items)
    turned = np.array([item.pole == "-" for item in items])
    ratings = np.where(turned & (ratings >= 0), MAX_RATING - ratings, ratings)
    floor = _floor(table, raters)
    units = reliability.value_counts(ratings, waves, VALUES)
    correlations = reliability.intraclass(ratings, waves, least=floor)
    found = {
        f"krippendorff_{level}": reliability.krippendorff_alpha(units, level, least=floor)
        for level in ("ordinal", "nominal", "interval")
    }
    found |= {name: getattr(correlations, name) for name in MEASURES if name.startswith("icc")}
    found["r_wg_j"] = reliability.r_wg_j(ratings, waves, values=VALUES, least=_least(table, raters))
    found["cronbach_alpha"] = reliability.cronbach_alpha(ratings, least=floor)
    found["mcdonald_omega"] = reliability.mcdonald_omega(ratings, least=floor)
    return found


def _of_item(table: Table, item: Item, raters: Raters) -> Line:
    (place,) = table.columns([item])
    own = table.cells[table.theirs == (raters.side is Side.PARTICIPANT), place]
    counts = np.bincount(own, minlength=NOT_ASKED + 1)[:NOT_ASKED].tolist()
    rated = sum(counts[:VALUES])
    total = sum(rating * number for rating, number in enumerate(counts[:VALUES]))
    (figure,) = reliability.r_wg(*_ratings(table, raters, [item]), values=VALUES, least=_least(table, raters))
    return Line(
        table.version.version,
        item.dimension.code,
        raters,
        OF_ITEM,
        figure,
        item=item.code,
        ratings=tuple(counts),
        mean=total / rated if rated else None,
    )


def _ratings(table: Table, raters: Raters, items: list[Item]) -> tuple[np.ndarray, np.ndarray]:
    """What one side rated, as :mod:`assessments.reliability` takes it, and the wave of each row."""
    rows = table.theirs == (raters.side is Side.PARTICIPANT)
    cells = table.cells[rows][:, table.columns(items)].astype(np.int64)
    return np.where(cells < VALUES, cells, reliability.MISSING), table.waves[rows]


def _floor(table: Table, raters: Raters) -> int:
    """How many people a figure rests on at the least."""
    return table.version.min_participants if raters.side is Side.PARTICIPANT else 2


def _least(table: Table, raters: Raters) -> int:
    """How many raters a wave needs for r_wg."""
    return max(_floor(table, raters), table.version.min_raters_for_agreement)


RELIABILITY = Export(
    name="reliability",
    title=_("How far raters agree and items hang together, by dimension, and each item’s distribution."),
    columns=COLUMNS,
    count=count,
    rows=rows,
    key=("instrument_version", "dimension", "side", "form", "item", "measure"),
)
