"""Tables as lines and lines as tables, the same on every database and under any migrations."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.models import CharField, Field, JSONField, Model, TextField
from django.db.models.functions import Collate

LEFT_OUT = frozenset({"sessions", "axes"})
"""Apps whose tables a backup leaves out. A session is a way in without a password, so a stolen or old backup
must not hold any; people sign in again. Counted passwords are forgotten after minutes, and name who tried
from where."""

READ_AT_ONCE = 2000
WRITTEN_AT_ONCE = 500
LARGE = 1e16
"""From here Python writes a float with an exponent, and PostgreSQL gives a whole number back."""


def models_at(loader: MigrationLoader, migrations: Iterable[tuple[str, str]]) -> Apps:
    """The models as they are once ``migrations`` have been applied; those no longer there say nothing."""
    return loader.project_state([node for node in sorted(migrations) if node in loader.graph.nodes]).apps


def all_models(apps: Apps) -> list[type[Model]]:
    """Every model with a table of its own, also those between two others, by the table's name."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return sorted((model for model in models if not model._meta.proxy), key=lambda one: one._meta.db_table)


def kept_models(apps: Apps) -> list[type[Model]]:
    """The models whose rows a backup holds."""
    return [model for model in all_models(apps) if model._meta.app_label not in LEFT_OUT]


def columns_of(model: type[Model]) -> list[Field]:
    """The columns that hold something of their own: what the database computes is left to it."""
    return [field for field in model._meta.local_concrete_fields if not field.generated]


def names_of(model: type[Model]) -> tuple[str, ...]:
    """The names of these columns in the database."""
    return tuple(field.column for field in columns_of(model))


# Out of the database


def lines_of(model: type[Model]) -> Iterator[bytes]:
    """Every row as a line, by key. Equal rows give equal lines on every database."""
    fields = columns_of(model)
    documents = [place for place, field in enumerate(fields) if isinstance(field, JSONField)]
    rows = model._base_manager.order_by(*_order(model)).values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        values = list(row)
        for place in documents:
            values[place] = _same_numbers(values[place])
        line = json.dumps(values, default=_as_text, sort_keys=True, separators=(",", ":"))
        yield line.encode() + b"\n"


def _order(model: type[Model]) -> list[str | Collate]:
    """By key, and texts by their bytes: each database has an order of its own for them."""
    key = model._meta.pk
    if isinstance(key, CharField | TextField):
        return [Collate(key.attname, "C" if connection.vendor == "postgresql" else "BINARY")]
    return ["pk"]


def _as_text(value: object) -> str:
    """A value that JSON has no form for, as the ``to_python`` of its field reads it."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case bytes() | memoryview():
            return b64encode(value).decode("ascii")
    raise TypeError(f"a backup has no form for {type(value).__name__}")


def _same_numbers(value: Any) -> Any:
    """A JSON value with its numbers as PostgreSQL gives them back: without -0.0 and without exponents."""
    match value:
        case dict():
            return {name: _same_numbers(one) for name, one in value.items()}
        case list():
            return [_same_numbers(one) for one in value]
        case float() if value == 0:
            return 0.0
        case float() if abs(value) >= LARGE and value.is_integer():
            return int(Decimal(repr(value)))
    return value


# Into the database


class BadValue(Exception):
    """A value that its column cannot take. The text says which column."""


def write_rows(model: type[Model], rows: Iterable[list[Any]]) -> None:
    """Put rows, with the values of :func:`columns_of` as JSON gives them, into an empty table as they are:
    no signals, no times of now."""
    fields = columns_of(model)
    most = connection.features.max_query_params
    size = min(WRITTEN_AT_ONCE, most // len(fields)) if most else WRITTEN_AT_ONCE
    quote = connection.ops.quote_name
    into = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(map(quote, names_of(model)))}) VALUES "
    one = f"({', '.join(['%s'] * len(fields))})"
    readers = [_reader(field) for field in fields]
    remaining = iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(remaining, size)):
            values = [read(value) for row in some for read, value in zip(readers, row, strict=True)]
            try:
                cursor.execute(into + ", ".join([one] * len(some)), values)
            except ValueError as error:  # PostgreSQL's driver refuses the sign 0 in a text by itself.
                raise BadValue(f"{model._meta.db_table}: {error}") from error


def _reader(field: Field) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        try:
            return field.get_db_prep_save(field.to_python(value), connection)
        except (ArithmeticError, TypeError, ValidationError, ValueError) as error:
            raise BadValue(f"{field.model._meta.db_table}.{field.column}: {error}") from error

    return read


# The numbers that the database gives


def last_key(model: type[Model]) -> int | None:
    """The last number that the database gave to a row of a table, 0 for none yet. It is kept because the
    record of changes names rows by number: a number must not come back for somebody else."""
    field = model._meta.auto_field
    if field is None:
        return None
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
            found = cursor.fetchone()
            return found[0] if found else 0
        cursor.execute(f"SELECT last_value, is_called FROM {_sequence(cursor, model)}")
        value, called = cursor.fetchone()
        return value if called else 0


def go_on_from(model: type[Model], last: int) -> None:
    """Have the database give numbers after ``last`` and after every number that is in use."""
    table, key = model._meta.db_table, model._meta.auto_field.column
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX({quote(key)}), 0) FROM {quote(table)}")
        last = max(last, cursor.fetchone()[0])
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last])
        else:
            sequence = _sequence(cursor, model)
            cursor.execute("SELECT setval(%s, %s, %s)", [sequence, max(last, 1), last > 0])


def _sequence(cursor: CursorWrapper, model: type[Model]) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, model._meta.auto_field.column])
    return cursor.fetchone()[0]
