"""A backup of the whole site, made while it runs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments import __version__

from .archive import Archive, Manifest, Refused, Writer
from .rows import kept_models, last_key, lines_of, models_at, names_of


def backup(path: Path) -> Manifest:
    """Write everything that makes the site, as it is at one moment, into a new file, and read it back.

    Returns what the file says of itself. The file appears whole or not at all, and only its owner may read
    it. Raises :class:`Refused` when there is a file of this name or nothing to back up, and OSError when
    the file cannot be written.
    """
    _must_be_free(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # For its owner alone.
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            with snapshot():
                manifest = _write(file)
            archive = Archive(file, str(path))
            archive.verify()
            if archive.manifest != manifest:
                raise archive.damaged(_("it says something else than was written"))
            os.fsync(file.fileno())
        _must_be_free(path)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything read inside is of one moment, and nobody waits for it: neither readers nor writers.

    Must not be called inside a transaction. On SQLite Django would begin with the lock for writing, as the
    settings ask of it, so this begins by itself.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write(file: BinaryIO) -> Manifest:
    migrations = MigrationRecorder(connection).applied_migrations()
    loader = MigrationLoader(connection)
    if not migrations:
        raise Refused(_("There is nothing to back up: the database is empty."))
    if unknown := sorted(set(migrations) - set(loader.disk_migrations)):
        raise Refused(
            _("The database belongs to a newer release: it has %(migrations)s. Back it up with that release.")
            % {"migrations": ", ".join(".".join(node) for node in unknown)}
        )
    writer = Writer(file)
    for model in kept_models(models_at(loader, migrations)):
        key = last_key(model)
        writer.add(model._meta.db_table, names_of(model), last_key=key, lines=lines_of(model))
    return writer.finish(
        version=__version__,
        made_at=timezone.now().isoformat(timespec="seconds"),
        vendor=connection.vendor,
        migrations=sorted(migrations),
    )


def _must_be_free(path: Path) -> None:
    if path.exists():
        raise Refused(_("%(file)s is there already. Choose another name, or move it away.") % {"file": path})
