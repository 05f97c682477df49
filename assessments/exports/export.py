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

SALT = "assessments.exports"
CHUNK = 200
"""How many waves, or ten times as many answers, are held in memory at once."""


class Kind(StrEnum):
    """What stands in the cells of a column."""

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

    def lines(self, rows: Iterable[Any]) -> Iterator[list[str]]:
        """The cells of each of ``rows``, as texts."""
        writers = [(column.value, FORMATS[column.kind]) for column in self.columns]
        for row in rows:
            yield ["" if (value := get(row)) is None else write(value) for get, write in writers]


def guarded(text: object) -> str:
    """``text`` as a spreadsheet may show it: after an apostrophe when it would be read as a formula.

    Nothing else is changed. Numbers never come through here, so a gap of -5.0 stays a number.
    """
    text = str(text)
    return (
        f"'{text}"
        if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
        else text
    )


FORMATS: dict[Kind, Callable[[Any], str]] = {
    Kind.ID: str,
    Kind.CODE: guarded,
    Kind.CODES: lambda codes: guarded(";".join(codes)),
    Kind.TEXT: guarded,
    Kind.YES_NO: lambda yes: "yes" if yes else "no",
    Kind.WHOLE: str,
    Kind.ONE_DECIMAL: lambda number: f"{number + 0:.1f}",  # Adding 0 makes -0.0 plain.
    Kind.TWO_DECIMALS: lambda number: f"{number + 0:.2f}",
    Kind.DATE: lambda moment: timezone.localdate(moment).isoformat(),
}


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
