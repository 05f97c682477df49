"""The package: every file of a project in one ZIP, with a descriptor (Data Package v2) and a README.

The same data, project and filter give the same bytes: there is no date of the download in it, and the files
in the ZIP have none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import RawIOBase

from django.db import connections

from .descriptor import Written, describe
from .export import Export, Selection, as_csv
from .readme import readme
from .stream import snapshot

logger = logging.getLogger("assessments.exports")

DESCRIPTOR, README, PACKAGE = "datapackage.json", "README.txt", "package.zip"
NO_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a ZIP knows."""
LEVEL = 1
"""How hard to compress: the lines repeat so much that more costs time and saves little."""


class Out(RawIOBase):
    """Where the ZIP is written, and taken away from piece by piece."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        self.parts.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self.parts)
        self.parts.clear()
        return taken


@dataclass
class Ledger:
    """What is known of a file while it is written: its rows, its bytes and their hash."""

    rows: int = 0
    size: int = 0

    def __post_init__(self) -> None:
        self.hash = hashlib.sha256()

    def add(self, text: str, rows: int) -> bytes:
        """Count a chunk, and return its bytes."""
        piece = text.encode()
        self.rows += rows
        self.size += len(piece)
        self.hash.update(piece)
        return piece

    def written(self, export: Export) -> Written:
        """The file as the descriptor says it."""
        return Written(export, self.rows, self.size, self.hash.hexdigest())


def pieces(export: Export, selection: Selection, ledger: Ledger) -> Iterator[bytes]:
    """The bytes of one file, counted in ``ledger`` as they pass."""
    yield ledger.add(as_csv([export.header]), 0)
    with closing(export.chunks(selection)) as chunks:
        for text, rows in chunks:
            yield ledger.add(text, rows)


def package(
    selection: Selection, exports: list[Export], tell: Callable[[int], object] = int
) -> Iterator[bytes]:
    """The ZIP in chunks, from one view of the database. ``tell`` hears how many rows each chunk had."""
    out, found = Out(), []
    try:
        with (
            snapshot(connections[selection.results.db]),
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive,
        ):
            for export in exports:
                ledger = Ledger()
                with archive.open(entry(export.file), "w", force_zip64=True) as member:
                    before = 0
                    for piece in pieces(export, selection, ledger):
                        member.write(piece)
                        tell(ledger.rows - before)
                        before = ledger.rows
                        if taken := out.take():
                            yield taken
                found.append(ledger.written(export))
            for name, text in papers(selection, found).items():
                archive.writestr(entry(name), text)
        yield out.take()
    except Exception:
        logger.exception("%s broke off", PACKAGE)
        raise


def entry(name: str) -> zipfile.ZipInfo:
    """A place in the ZIP that tells nothing of when or where it was made."""
    info = zipfile.ZipInfo(name, NO_DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info


def papers(selection: Selection, found: list[Written]) -> dict[str, str]:
    """README and descriptor of files that are written."""
    descriptor = describe(selection, found)
    return {
        README: readme(selection, descriptor),
        DESCRIPTOR: json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n",
    }


def papers_alone(selection: Selection, exports: list[Export]) -> dict[str, str]:
    """The same texts as in the package, without the package: every file is made, counted and let go."""
    found = []
    with snapshot(connections[selection.results.db]):
        for export in exports:
            ledger = Ledger()
            for _piece in pieces(export, selection, ledger):
                pass
            found.append(ledger.written(export))
        return papers(selection, found)
