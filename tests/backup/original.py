"""A backup to restore, and what a database holds as the sums of a backup."""

from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from assessments.workflow.backup import backup
from assessments.workflow.backup.archive import Archive, Table
from tests.releases import site


@dataclass
class Original:
    """A backup, what its site holds, and how its pages look."""

    path: Path
    expected: dict
    pages: dict[str, bytes]


def make_original(folder: Path) -> Original:
    """Fill the database, and back it up."""
    call_command("migrate", verbosity=0)
    expected = site.fill()
    pages = site.shown(expected)  # Signs people in and takes a file, which the record notes.
    expected |= site.held()
    backup(folder / "original.zip")
    return Original(folder / "original.zip", expected, pages)


def sums(path: Path) -> dict[str, Table]:
    """What a backup says of each table."""
    with path.open("rb") as file:
        return {table.name: table for table in Archive(file, path.name).manifest.tables}


def state(folder: Path) -> dict[str, Table]:
    """Everything in the database, as the sums of a backup."""
    path = folder / "state.zip"
    path.unlink(missing_ok=True)
    backup(path)
    return sums(path)
