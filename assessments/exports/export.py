"""Export: a file as a table of columns, and how the cells of each kind of column are written."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise

from assessments.models import Project, Result

Cell = str | int | None

SALT = "assessments.exports"
CHUNK = 50
"""How many waves, or twenty times as many responses, are held in memory at once."""
LINES_AT_ONCE = 1000
"""How many lines of a file leave together, at the least."""


class Kind(StrEnum):
    """What stands in the cells of a column. A code is one of a closed set; what people wrote is text."""

    ID = "id"
    CODE = "code"
    CODES = "codes"
    TEXT = "text"
    YES_NO = "yes/no"
    WHOLE = "whole number"
    ONE_DECIMAL = "number, one decimal"
    TWO_DECIMALS = "number, two decimals"
    THREE_DECIMALS = "number, three decimals"
    DATE = "date"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its permanent name, what it means, what may stand in it, and where the value is from."""

    name: str
    kind: Kind
    meaning: str | Promise
    values: str | Promise | tuple[str, ...] = ""
    """The codes that may stand there, if they are a closed set; else a few words about the range."""
    missing: tuple[str, ...] = ()
    """Which of the codes say why there is no value."""
    value: Callable[[Any], Any]

    def cell(self) -> Callable[[Any], Cell]:
        """The function that makes this column's cell of a row. None is an empty cell."""
        value, written = self.value, FORMATS.get(self.kind)
        if written is None:
            return value
        return lambda row: None if (found := value(row)) is None else written(found)

    @property
    def range(self) -> str:
        """What may stand in the column, in words or as codes."""
        return " | ".join(self.values) if isinstance(self.values, tuple) else str(self.values)


def column(
    name: str,
    kind: Kind,
    meaning: str | Promise,
    place: str = "",
    values: str | Promise | tuple[str, ...] = "",
    missing: tuple[str, ...] = (),
) -> Column:
    """A column that holds an attribute of the row, which may be one of an attribute: by default that of its
    own name."""
    value = attrgetter(place or name)
    return Column(name=name, kind=kind, meaning=meaning, values=values, missing=missing, value=value)


@dataclass(frozen=True)
class Selection:
    """What one download holds, and under which codes.

    ``results`` are the waves that somebody may export and asked for: the result of each under its own
    rule-set. ``project`` gives the codes. ``query`` is the filter, as the end of an address.
    """

    results: QuerySet[Result]
    project: Project
    query: str = ""

    def pseudonyms(self, what: str) -> Callable[[object], str]:
        """A function from the keys of rows of ``what`` to codes: :func:`pseudonyms` of this project."""
        return pseudonyms(what, self.project.secret)

    @property
    def waves(self) -> QuerySet[Result]:
        """The keys of the waves, for another query."""
        return self.results.order_by().values("assessment")


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file: its columns, how many rows it will have for a selection, and those rows, one at a time.

    A row is anything from which the columns can take their values. ``key`` names the columns that together
    tell each row from every other; ``refers`` says which columns hold keys of which file.
    """

    name: str
    title: str | Promise
    columns: tuple[Column, ...]
    count: Callable[[Selection], int]
    rows: Callable[[Selection], Iterator[Any]]
    key: tuple[str, ...] = ()
    refers: tuple[tuple[tuple[str, ...], str], ...] = ()
    texts: Callable[[Selection], Iterator[tuple[str, int]]] | None = None
    """A quicker way to the same rows: chunks of CSV, each with its number of rows."""

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.name}.csv"

    @property
    def header(self) -> list[str]:
        """The names of the columns, in their order."""
        return [column.name for column in self.columns]

    def lines(self, rows: Iterable[Any]) -> Iterator[list[Cell]]:
        """The cells of each of ``rows``, as a CSV writer takes them."""
        return lines(self.columns, rows)

    def chunks(self, selection: Selection) -> Iterator[tuple[str, int]]:
        """The rows as chunks of CSV, each with its number of rows."""
        if self.texts:
            yield from self.texts(selection)
            return
        found = self.lines(self.rows(selection))
        while chunk := list(islice(found, LINES_AT_ONCE)):
            yield as_csv(chunk), len(chunk)


def lines(columns: Iterable[Column], rows: Iterable[Any]) -> Iterator[list[Cell]]:
    """The cells of each of ``rows`` under ``columns``."""
    cells = [column.cell() for column in columns]
    for row in rows:
        yield [cell(row) for cell in cells]


def as_csv(found: Iterable[list[Cell]]) -> str:
    """Lines of cells as CSV (RFC 4180, CRLF)."""
    buffer = StringIO()
    csv.writer(buffer).writerows(found)
    return buffer.getvalue()


def guarded(text: str) -> str:
    """``text`` as a spreadsheet may show it: after an apostrophe when it would be read as a formula.

    Nothing else is changed. Numbers never come through here, so a gap of -5.0 stays a number.
    """
    return f"'{text}" if text[:1] in FORMULA_SIGNS else text


FORMULA_SIGNS = frozenset("=+-@\t\r\n＝＋－＠")

FORMATS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: lambda text: guarded(str(text)),
    Kind.CODES: ";".join,
    Kind.YES_NO: lambda yes: "yes" if yes else "no",
    Kind.ONE_DECIMAL: lambda number: f"{number + 0:.1f}",  # Adding 0 makes -0.0 plain.
    Kind.TWO_DECIMALS: lambda number: f"{number + 0:.2f}",
    Kind.THREE_DECIMALS: lambda number: f"{round(number, 3) + 0:.3f}",
    Kind.DATE: lambda moment: (
        timezone.localdate(moment).isoformat() if hasattr(moment, "hour") else str(moment)
    ),
}
"""How values become cells. Ids, codes and whole numbers are cells already."""


def pseudonyms(what: str, secret: bytes) -> Callable[[object], str]:
    """A function from keys of rows of ``what`` to codes that stand for them.

    The same each time; another ``what`` or another ``secret`` has other codes. Sixteen hexadecimal digits
    of a keyed hash (HMAC-SHA-256) under the site's key and ``secret``: neither the database nor the site's
    settings alone can make them again.
    """
    ready = salted_hmac(f"{SALT}.{what}.{secret.hex()}", "", algorithm="sha256")

    def code(key: object) -> str:
        mine = ready.copy()
        mine.update(str(key).encode())
        return mine.hexdigest()[:16]

    return code


def in_fixed_order(rows: QuerySet, wave: str, selection: Selection) -> QuerySet:
    """``rows`` wave by wave: the same order each time, which tells nothing of when.

    ``wave`` is the name of the column with the assessment.
    """
    return rows.annotate(place=scattered(wave, selection)).order_by("place", wave)


def scattered(column: str, selection: Selection) -> MD5:
    """What to sort by, so that neighbours in a file need not have been neighbours in time, nor in the file
    of another project: the hash of a column, salted for the project. The database makes it."""
    salt = salted_hmac(f"{SALT}.order.{selection.project.secret.hex()}", "").hexdigest()
    return MD5(Concat(Value(salt), Cast(column, CharField()), output_field=CharField()))
