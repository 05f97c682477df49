"""The file of a backup: written once, and read with suspicion. Nothing here knows the database.

It is a zip that any program opens. Its first member says what it is; ``manifest.json`` says when and by which
release it was made, under which migrations, and of every table how many rows and bytes it has and their
SHA-256; ``tables/`` holds one file a table with a JSON array for every row. The zip's comment, the last 64
bytes of the file, is the SHA-256 of all bytes before it, so that a change of any byte is seen. Sums find
damage and no forgery: whoever may write the file may write its sums too.

The first member, the comment, and the names ``format`` and ``version`` in the manifest stay as they are in
every later format, so that each release can tell a newer file from a damaged one.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

FORMAT = 1
"""What this release writes, and the newest that it reads."""

KIND_MEMBER, KIND = "mimetype", b"application/vnd.coproduce.backup+zip"
MANIFEST = "manifest.json"
DIGEST_SIZE = 64
HEADER_SIZE = 30
"""How many bytes a zip has before its first member's name."""

CHUNK = 2**20
MANIFEST_MAX = 2**22
LINE_MAX = 2**26
"""The most bytes that are taken into memory at once: of the manifest, and of one row."""

UNREADABLE = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What reading a damaged or made-up zip, or what stands in it, may raise."""


class Refused(Exception):
    """Nothing was changed. The text says why, and what would be right."""


@dataclass(frozen=True)
class Table:
    """What the manifest says of one table. ``last_key`` is the last number that the database gave to a row,
    which may be gone; None where it gives none."""

    name: str
    columns: tuple[str, ...]
    last_key: int | None
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. ``migrations`` are pairs of app and name, sorted."""

    format: int
    version: str
    made_at: str
    vendor: str
    migrations: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(table.rows for table in self.tables)


# Write


class Writer:
    """Writes a backup into an empty file that can be read and written: tables, and at last the manifest."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.zip = ZipFile(file, "w")
        self.tables: list[Table] = []
        self.zip.writestr(_member(KIND_MEMBER, ZIP_STORED), KIND)

    def add(self, name: str, columns: Iterable[str], *, last_key: int | None, lines: Iterable[bytes]) -> None:
        """Write one table, a line for each row."""
        rows = size = 0
        digest = hashlib.sha256()
        with self.zip.open(_member(member_of(name)), "w", force_zip64=True) as member:
            for line in lines:
                member.write(line)
                digest.update(line)
                rows += 1
                size += len(line)
        self.tables.append(Table(name, tuple(columns), last_key, rows, size, digest.hexdigest()))

    def finish(
        self, *, version: str, made_at: str, vendor: str, migrations: Iterable[tuple[str, str]]
    ) -> Manifest:
        """Write the manifest and the sum of the whole."""
        manifest = Manifest(FORMAT, version, made_at, vendor, tuple(migrations), tuple(self.tables))
        self.zip.writestr(_member(MANIFEST), json.dumps(asdict(manifest), indent=1))
        self.zip.comment = b"0" * DIGEST_SIZE
        self.zip.close()
        seal(self.file)
        return manifest


def seal(file: BinaryIO) -> None:
    """Write the sum of all bytes but the last ones into the last ones."""
    digest = _digest_of_all_but_the_last(file)
    file.seek(-DIGEST_SIZE, 2)
    file.write(digest)
    file.flush()


def member_of(table: str) -> str:
    """The name of a table's file in the zip."""
    return f"tables/{table}.jsonl"


def _member(name: str, compression: int = ZIP_DEFLATED) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = compression
    info.external_attr = 0o600 << 16  # Whoever unpacks it keeps it to themselves.
    return info


# Read


class Archive:
    """A backup that is open for reading. ``manifest`` is there as soon as it is made.

    Making it raises :class:`Refused` for a file that is no backup, is damaged as a whole, or has a newer
    format. :meth:`verify` then reads every table.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name = file, name
        self._must_be_a_backup()
        with self._readable():
            self.zip = ZipFile(file)
            self.manifest = self._read_manifest()
            self._must_have_its_members_alone()

    def verify(self) -> None:
        """Read every table and hold it against the manifest. Raises :class:`Refused` when any differs."""
        for table in self.manifest.tables:
            rows, digest = 0, hashlib.sha256()
            with self._readable(), self.zip.open(member_of(table.name)) as member:
                while chunk := member.read(CHUNK):
                    digest.update(chunk)
                    rows += chunk.count(b"\n")
            if (rows, digest.hexdigest()) != (table.rows, table.sha256):
                raise self.damaged(
                    _("the rows of the table %(table)s are not those that it says") % {"table": table.name}
                )

    def rows(self, table: Table) -> Iterator[list[Any]]:
        """The rows of a table, one by one. Raises :class:`Refused` for what is no row."""
        with self._readable(), self.zip.open(member_of(table.name)) as member:
            while line := member.readline(LINE_MAX):
                row = json.loads(line)
                if not isinstance(row, list) or len(row) != len(table.columns):
                    raise ValueError(f"a row of {table.name} has other columns")
                yield row

    def damaged(self, how: str) -> Refused:
        """The refusal of this file, with what is wrong with it."""
        return Refused(
            _("%(file)s is damaged: %(how)s. Use another copy of it, or another backup.")
            % {"file": self.name, "how": how}
        )

    def newer(self, how: str, version: str = "") -> Refused:
        """The refusal of a file that a later release wrote."""
        return Refused(
            _(
                "%(file)s is from Coproduce %(version)s, which is newer than this one: %(how)s. Install that "
                "release or a later one, and restore with it."
            )
            % {"file": self.name, "version": version or self.manifest.version, "how": how}
        )

    def _must_be_a_backup(self) -> None:
        begin = len(KIND_MEMBER) + HEADER_SIZE
        self.file.seek(0)
        head = self.file.read(begin + len(KIND))
        if head[HEADER_SIZE:] != KIND_MEMBER.encode() + KIND:
            raise Refused(
                _(
                    "%(file)s is not a backup of Coproduce, or its beginning is damaged. Give a file that "
                    "manage.py backup has written."
                )
                % {"file": self.name}
            )
        if _digest_of_all_but_the_last(self.file) != self.file.read():
            raise self.damaged(_("a part of it is missing or was changed"))

    def _read_manifest(self) -> Manifest:
        if self.zip.getinfo(MANIFEST).file_size > MANIFEST_MAX:
            raise ValueError("the manifest is too long")
        record = json.loads(self.zip.read(MANIFEST))
        if record["format"] > FORMAT:
            raise self.newer(_("its format is %(format)s") % {"format": record["format"]}, record["version"])
        tables = tuple(Table(**{**table, "columns": tuple(table["columns"])}) for table in record["tables"])
        migrations = tuple((app, name) for app, name in record["migrations"])
        manifest = Manifest(**{**record, "migrations": migrations, "tables": tables})
        _must_have_types(manifest)
        return manifest

    def _must_have_its_members_alone(self) -> None:
        expected = {member_of(table.name): table.bytes for table in self.manifest.tables}
        present = [info for info in self.zip.infolist() if info.filename not in (KIND_MEMBER, MANIFEST)]
        sizes = {info.filename: info.file_size for info in present}
        if len(present) + 2 != len(self.zip.infolist()) or len(sizes) != len(present) or sizes != expected:
            raise self.damaged(_("it does not hold the tables that it says"))

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except UNREADABLE as error:
            raise self.damaged(_("it cannot be read (%(error)s)") % {"error": error}) from error


def _must_have_types(manifest: Manifest) -> None:
    """Raise TypeError or ValueError unless the manifest's values are of their kinds."""
    words = [manifest.version, manifest.made_at, manifest.vendor]
    words += [word for migration in manifest.migrations for word in migration]
    numbers = [manifest.format]
    for table in manifest.tables:
        words += [table.name, table.sha256, *table.columns]
        numbers += [table.rows, table.bytes, table.last_key or 0]
    if not all(isinstance(word, str) for word in words):
        raise TypeError("a word in the manifest is none")
    if not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
        raise ValueError("a number in the manifest is none")


def _digest_of_all_but_the_last(file: BinaryIO) -> bytes:
    """The sum of the file without its last bytes, as they should hold it. The file is left at them."""
    left = file.seek(0, 2) - DIGEST_SIZE
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0:
        chunk = file.read(min(CHUNK, left))
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest().encode()
