"""A file that is no backup, is damaged or was made up is refused by name, and changes nothing."""

import hashlib
import io
import json
import random
import re
from collections.abc import Callable
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from django.db import DatabaseError, connection, transaction

from assessments.models import Item
from assessments.workflow.backup import Refused, restore
from assessments.workflow.backup.archive import DIGEST_SIZE, KIND, KIND_MEMBER, MANIFEST, Archive, seal
from tests import databases

from .original import Original, state, sums

pytestmark = pytest.mark.usefixtures("elsewhere")


# Damage


def read(content: bytes) -> None:
    archive = Archive(io.BytesIO(content), "file.zip")
    archive.verify()


def test_a_change_of_any_byte_is_seen(original):
    content = original.path.read_bytes()
    beginning = 30 + len(KIND_MEMBER) + len(KIND)
    places = {*range(150), *range(len(content) - 3000, len(content)), *range(150, len(content), 53)}
    read(content)

    for place in sorted(places):
        changed = bytearray(content)
        changed[place] ^= 1 << random.Random(place).randrange(8)
        what = "is not a backup|is damaged" if place < beginning else "is damaged"
        with pytest.raises(Refused, match=what):
            read(bytes(changed))


def test_a_file_that_was_cut_or_grew_is_damaged(original):
    content = original.path.read_bytes()

    for length in (100, 1000, len(content) // 2, len(content) - DIGEST_SIZE, len(content) - 1):
        with pytest.raises(Refused, match="is damaged: a part of it is missing"):
            read(content[:length])
    with pytest.raises(Refused, match="is damaged"):
        read(content + b"\n")


@pytest.mark.parametrize("content", [b"", b"PK", b"id,name\n1,Elm\n", bytes(10_000), b"SQLite format 3\0"])
def test_another_file_is_no_backup(content):
    with pytest.raises(Refused, match="is not a backup of Coproduce"):
        read(content)


def test_another_zip_is_no_backup():
    target = io.BytesIO()
    with ZipFile(target, "w") as file:
        file.writestr(MANIFEST, "{}")

    with pytest.raises(Refused, match="is not a backup of Coproduce"):
        read(target.getvalue())


# Files whose sum of the whole is right, and something else is not


Members = dict[str, bytes]


def forged(original: Original, change: Callable[[dict, Members], None]) -> bytes:
    """The backup with its manifest and its members changed, and then with a right sum."""
    with ZipFile(original.path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    del members[KIND_MEMBER]
    change(manifest, members)
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as file:
        file.writestr(KIND_MEMBER, KIND, ZIP_STORED)
        for name, content in {MANIFEST: json.dumps(manifest).encode(), **members}.items():
            file.writestr(name, content)
        file.comment = b"0" * DIGEST_SIZE
    seal(target)
    return target.getvalue()


def table(manifest: dict, name: str) -> dict:
    return next(one for one in manifest["tables"] if one["name"] == name)


def put(manifest: dict, members: Members, name: str, lines: list[bytes]) -> None:
    """Put other rows into a table, with right counts and sums."""
    content = b"".join(lines)
    members[f"tables/{name}.jsonl"] = content
    table(manifest, name).update(
        rows=len(lines), bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
    )


def lines(members: Members, name: str) -> list[bytes]:
    return members[f"tables/{name}.jsonl"].splitlines(keepends=True)


def count_changed(manifest, members):
    table(manifest, "assessments_answer")["rows"] += 1


def sum_changed(manifest, members):
    table(manifest, "assessments_answer")["sha256"] = "0" * 64


def rows_changed(manifest, members):
    name = "tables/assessments_organisation.jsonl"
    members[name] = members[name].replace(b"Elm", b"Oak")


def member_missing(manifest, members):
    del members["tables/assessments_box.jsonl"]


def member_added(manifest, members):
    members["../../evil"] = b"x"


def table_missing(manifest, members):
    member_missing(manifest, members)
    manifest["tables"].remove(table(manifest, "assessments_box"))


def column_renamed(manifest, members):
    table(manifest, "assessments_organisation")["columns"][1] = "title"


def number_negative(manifest, members):
    table(manifest, "assessments_user")["last_key"] = -1


def migrations_gap(manifest, members):
    manifest["migrations"].remove(["assessments", "0003_closed_versions"])


def manifest_of_another_kind(manifest, members):
    manifest["tables"] = "none"


def format_newer(manifest, members):
    manifest.update(format=2, version="9.0")


def migration_newer(manifest, members):
    manifest.update(version="9.0", migrations=[*manifest["migrations"], ["assessments", "0999_later"]])


def relation_broken(manifest, members):
    put(manifest, members, "assessments_organisation", [])


def value_wrong(manifest, members):
    changed = [
        re.sub(rb"^\[\"[^\"]+\"", b'["never"', line) for line in lines(members, "assessments_response")
    ]
    assert changed != lines(members, "assessments_response")
    put(manifest, members, "assessments_response", changed)


def row_short(manifest, members):
    put(manifest, members, "assessments_organisation", [b"[1]\n"])


def row_twice(manifest, members):
    put(manifest, members, "assessments_organisation", lines(members, "assessments_organisation") * 2)


def order_changed(manifest, members):
    put(manifest, members, "assessments_answer", lines(members, "assessments_answer")[::-1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (count_changed, "damaged: the rows of the table assessments_answer"),
        (sum_changed, "damaged: the rows of the table assessments_answer"),
        (rows_changed, "damaged: the rows of the table assessments_organisation"),
        (member_missing, "damaged: it does not hold the tables"),
        (member_added, "damaged: it does not hold the tables"),
        (table_missing, "damaged: its tables are not those"),
        (column_renamed, "damaged: its tables are not those"),
        (number_negative, "damaged: it cannot be read"),
        (migrations_gap, "damaged: it leaves out migrations"),
        (manifest_of_another_kind, "damaged: it cannot be read"),
        (format_newer, "from Coproduce 9.0, which is newer than this one: its format is 2"),
        (migration_newer, "from Coproduce 9.0, which is newer than this one: it has assessments.0999_later"),
    ],
)
def test_a_file_that_contradicts_itself_does_not_come_near_the_database(original, tmp_path, change, said):
    path = tmp_path / "forged.zip"
    path.write_bytes(forged(original, change))
    with databases.own(tmp_path):
        with pytest.raises(Refused, match=re.escape(said)):
            restore(path)

        assert connection.introspection.table_names() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (relation_broken, "does not take the rows"),
        (value_wrong, "does not take the rows"),
        (row_short, "damaged: it cannot be read"),
        (row_twice, "does not take the rows"),
        (order_changed, "gives back other rows of assessments_answer"),
    ],
)
def test_rows_that_do_not_fit_leave_the_database_as_it_was(original, fresh, tmp_path, change, said):
    before = state(tmp_path)
    path = tmp_path / "forged.zip"
    path.write_bytes(forged(original, change))

    with pytest.raises(Refused, match=re.escape(said)):
        restore(path)

    assert state(tmp_path) == before
    with pytest.raises(DatabaseError, match="closed to change"), transaction.atomic():
        Item.objects.update(order=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Item.objects.create(version_id=999, dimension_id=999)


def test_the_forger_of_these_tests_makes_good_files_too(original, tmp_path):
    path = tmp_path / "forged.zip"
    path.write_bytes(forged(original, lambda manifest, members: None))
    with databases.own(tmp_path):
        restore(path)

        assert state(tmp_path) == sums(original.path)
