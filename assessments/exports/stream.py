"""How a file leaves: in chunks, from one view of the database, and never short without a sign of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from .export import Export, Selection, as_csv

logger = logging.getLogger("assessments.exports")

BYTE_ORDER_MARK = "\ufeff"


class CutShort(Exception):
    """Another number of rows was written than was announced."""


BEGIN = {
    # The site's own transactions ask for SQLite's only write lock at once; a reader must not hold it.
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
}


@contextmanager
def snapshot(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Every query inside sees ``database`` as the first one did, and no writer is kept waiting.

    Inside somebody else's transaction it is that transaction's view.
    """
    if database.in_atomic_block:
        yield
        return
    with database.cursor() as cursor:
        cursor.execute(BEGIN[database.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def stream(export: Export, selection: Selection, announced: int, *, excel: bool = False) -> Iterator[str]:
    """The file as CSV (RFC 4180, CRLF), header first, in chunks of text.

    ``excel`` puts a byte-order mark first, by which Excel knows UTF-8. Raises :class:`CutShort` after the
    last row when ``announced`` is not the number of rows; the server then breaks the connection off, so
    that the file does not look complete.
    """
    yield (BYTE_ORDER_MARK if excel else "") + as_csv([export.header])
    written = 0
    try:
        with snapshot(connections[selection.results.db]), closing(export.chunks(selection)) as chunks:
            for text, rows in chunks:
                written += rows
                yield text
        if written != announced:
            raise CutShort(f"{export.name}: {written} rows instead of {announced}")
    except Exception:
        logger.exception("%s broke off after %d of %d rows", export.file, written, announced)
        raise
