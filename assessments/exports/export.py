"""Export: a file as a table of columns, and how the cells of each kind of column are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise

from assessments.models import Result

Selection = QuerySet[Result]
"""The waves that somebody may export and asked for: the result of each under its own rule-set."""

Cell = str | int | None

SALT = "assessments.exports"
CHUNK = 200
"""How many waves, or ten times as many answers, are held in memory at once."""


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
    DATE = "date"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its permanent name, what it means, what may stand in it, and where the value is from."""

    name: str
    kind: Kind
    meaning: str | Promise
    values: str | Promise = ""
    value: Callable[[Any], Any]

    def cell(self) -> Callable[[Any], Cell]:
        """The function that makes this column's cell of a row. None is an empty cell."""
        value, written = self.value, FORMATS.get(self.kind)
        if written is None:
            return value
        return lambda row: None if (found := value(row)) is None else written(found)


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file: its columns, how many rows it will have for a selection, and those rows, one at a time.

    A row is anything from which the columns can take their values.
    """

    name: str
    columns: tuple[Column, ...]
    count: Callable[[Selection], int]
    rows: Callable[[Selection], Iterator[Any]]

    @property
    def header(self) -> list[str]:
        """The names of the columns, in their order."""
        return [column.name for column in self.columns]

    def lines(self, rows: Iterable[Any]) -> Iterator[list[Cell]]:
        """The cells of each of ``rows``, as a CSV writer takes them."""
        cells = [column.cell() for column in self.columns]
        for row in rows:
            yield [cell(row) for cell in cells]


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
    Kind.DATE: lambda moment: timezone.localdate(moment).isoformat(),
}
"""How values become cells. Ids, codes and whole numbers are cells already."""


def pseudonym(what: str, key: object) -> str:
    """A code that stands for the row ``key`` of ``what``: the same each time, and only this site can make it.

    Sixteen hexadecimal digits of a keyed hash (HMAC-SHA-256 under the site's secret key). The same key of
    another ``what`` has another code.
    """
    return salted_hmac(f"{SALT}.{what}", str(key), algorithm="sha256").hexdigest()[:16]


def in_fixed_order(rows: QuerySet, wave: str, *within: str) -> QuerySet:
    """``rows`` wave by wave, then by ``within``: the same order each time, which tells nothing of when.

    ``wave`` is the name of the column with the assessment. The database sorts by a salted hash of it, so
    that neighbours in a file need not have been neighbours in time.
    """
    salt = salted_hmac(f"{SALT}.order", "").hexdigest()
    place = MD5(Concat(Value(salt), Cast(wave, CharField()), output_field=CharField()))
    return rows.annotate(place=place).order_by("place", wave, *within)
