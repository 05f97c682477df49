"""A backup holds everything, and restores on either database, if nothing is there that it would replace."""

import json
import re
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from assessments import __version__
from assessments.models import (
    Draft,
    InstrumentVersion,
    Item,
    ItemText,
    Organisation,
    Participant,
    Service,
    User,
)
from assessments.workflow.backup import Refused, backup, restore
from assessments.workflow.backup.archive import MANIFEST
from assessments.workflow.backup.save import snapshot
from assessments.workflow.instrument import copy_version
from tests import databases
from tests.factories import make_organisation, make_participant, make_user
from tests.releases import site

from .original import Original, make_original, state, sums

pytestmark = pytest.mark.usefixtures("elsewhere")


# There and back


def must_be_whole(original: Original, folder: Path) -> None:
    """The database holds everything of the original, and the site shows it as before."""
    assert state(folder) == sums(original.path)
    assert site.held() == {name: original.expected[name] for name in ("rows", "results")}
    assert site.opened(original.expected["draft"]) == site.ANSWERS
    pages = site.shown(original.expected)
    assert pages == original.pages
    assert len(pages["export"].splitlines()) == original.expected["rows"]["assessments.answer"]


def test_a_restored_site_is_the_same(original, tmp_path):
    with databases.own(tmp_path):
        restore(original.path)

        must_be_whole(original, tmp_path)


def test_what_a_fresh_database_holds_is_replaced(original, fresh, tmp_path):
    restore(original.path)

    must_be_whole(original, tmp_path)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_site_moves_from_sqlite_to_postgresql_and_back(original, tmp_path):
    with databases.sqlite(tmp_path):
        first = make_original(tmp_path)
    with databases.postgresql():
        restore(first.path)
        must_be_whole(first, tmp_path)
    with databases.sqlite(tmp_path):
        restore(original.path)
        must_be_whole(original, tmp_path)


def test_a_restored_site_goes_on(original, tmp_path):
    with databases.own(tmp_path):
        restore(original.path)
        gone = Participant.objects.latest("pk").pk + 1  # Its number stands in the record of changes.

        assert make_participant(Service.objects.get(), "P-4").pk == gone + 1
        assert make_user("nora").pk == original.expected["rows"]["assessments.user"] + 1


def test_a_published_version_is_closed_after_a_restore(original, tmp_path):
    with databases.own(tmp_path):
        restore(original.path)

        for change in (
            partial(Item.objects.filter(version__status="published").update, order=1),
            ItemText.objects.filter(item__version__status="published").delete,
        ):
            with pytest.raises(DatabaseError, match="closed to change"), transaction.atomic():
                change()
        assert ItemText.objects.filter(item__version__status="draft").update(staff="x") == 38
        with pytest.raises(DatabaseError), transaction.atomic():
            Draft.objects.create(lookup="x", assessment_id=999, sealed=b"", expires_on="2026-01-01")


def test_numbers_in_documents_are_the_same_on_both(tmp_path):
    odd = {"b": [-0.0, 1e22, 1.5e300, 1e-7, 0.1 + 0.2, 10**30, "ü"], "a": None, "": {"z": 1.0}}
    with databases.own(tmp_path):
        call_command("migrate", verbosity=0)
        expected = site.fill()
        wave = expected["result"].split("/")[2]
        from_table = "UPDATE assessments_result SET profile = %s WHERE assessment_id = %s"
        with connection.cursor() as cursor:
            cursor.execute(from_table, [json.dumps(odd), wave])
        backup(tmp_path / "odd.zip")
    with databases.own(tmp_path):
        restore(tmp_path / "odd.zip")

        found = site.held()["results"]
        odd["b"][2] = 15 * 10**299  # The same number, without an exponent.
        assert [one["profile"] for one in found] == [odd] * len(found)
    if connection.vendor == "postgresql":
        with databases.sqlite(tmp_path):
            restore(tmp_path / "odd.zip")
            assert state(tmp_path) == sums(tmp_path / "odd.zip")


def test_a_backup_of_an_older_state_is_migrated(tmp_path):
    with databases.own(tmp_path):
        call_command("migrate", "assessments", "0004", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO assessments_organisation (name) VALUES ('Elm')")
        backup(tmp_path / "older.zip")
    assert "assessments_project" not in sums(tmp_path / "older.zip")

    with databases.own(tmp_path):
        call_command("migrate", verbosity=0)
        restore(tmp_path / "older.zip")

        assert Organisation.objects.get().name == "Elm"
        assert User.objects.count() == 0
        call_command("migrate", check_unapplied=True, verbosity=0)


# What is in it


def test_sessions_and_tries_are_left_out(original):
    with ZipFile(original.path) as file:
        names = {name for name in file.namelist() if re.search("session|axes", name)}

    assert not names
    assert "django_session" not in sums(original.path)


def test_a_file_says_what_it_is(original):
    with ZipFile(original.path) as file:
        manifest = json.loads(file.read(MANIFEST))

    assert (manifest["format"], manifest["version"]) == (1, __version__)
    assert manifest["vendor"] == connection.vendor
    assert ["assessments", "0005_research_projects"] in manifest["migrations"]
    assert {table["name"] for table in manifest["tables"]} >= {
        "assessments_answer",
        "assessments_user_groups",
    }


def test_a_file_is_for_its_owner_alone_and_is_not_overwritten(fresh, tmp_path):
    path = tmp_path / "site.zip"
    backup(path)
    before = path.read_bytes()

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="is there already"):
        backup(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.glob("*site.zip*")] == ["site.zip"]


def test_a_backup_that_cannot_be_written_leaves_nothing(fresh, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        backup(tmp_path / "nowhere" / "site.zip")
    with databases.own(tmp_path), pytest.raises(Refused, match="the database is empty"):
        backup(tmp_path / "site.zip")
    assert not list(tmp_path.glob("*site.zip*"))


def test_a_backup_is_of_one_moment_and_nobody_waits_for_it(fresh, tmp_path):
    make_organisation("Elm")
    other = databases.another(connections["default"].settings_dict)
    other.ensure_connection()
    with snapshot():
        assert Organisation.objects.count() == 1
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO assessments_organisation (name) VALUES ('Oak')")
        assert Organisation.objects.count() == 1
    other.close()

    assert Organisation.objects.count() == 2


def test_commands_say_what_was_done_and_what_is_missing(fresh, tmp_path, capsys):
    path = tmp_path / "site.zip"
    make_organisation("Elm")
    call_command("backup", path)
    written = capsys.readouterr().out
    with databases.own(tmp_path):
        call_command("restore", path)
        restored = capsys.readouterr().out
        with pytest.raises(CommandError, match=r"holds data already \(among them organisations"):
            call_command("restore", path)

    assert "read back and found whole" in written
    assert "SECRET_KEY" in written.splitlines()[1]
    assert f"by Coproduce {__version__}" in restored
    assert "SECRET_KEY" in restored.splitlines()[1]
    with pytest.raises(CommandError, match="No such file"):
        call_command("restore", tmp_path / "none.zip")


# Databases that are not empty


def add_organisation():
    make_organisation("Elm")


def add_account():
    User.objects.create_superuser("root", password="pass-word-1")


def add_draft_version():
    copy_version(InstrumentVersion.objects.get(), number="2")


@pytest.mark.parametrize(
    ("add", "named"),
    [
        (add_organisation, "organisations"),
        (add_account, "accounts"),
        (add_draft_version, "instrument versions"),
    ],
)
def test_a_database_that_holds_data_is_left_alone(original, fresh, tmp_path, add, named):
    add()
    before = state(tmp_path)

    with pytest.raises(Refused, match=rf"holds data already \(among them {named}.*DATABASE_URL"):
        restore(original.path)

    assert state(tmp_path) == before


def test_a_database_of_a_newer_release_is_left_alone(original, fresh, tmp_path):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('assessments', '0999_later', '2026-01-01')"
        )

    with pytest.raises(Refused, match=r"belongs to a newer release: it has assessments\.0999_later"):
        restore(original.path)
    with pytest.raises(Refused, match=r"belongs to a newer release: it has assessments\.0999_later"):
        backup(tmp_path / "site.zip")


def test_sessions_alone_do_not_keep_a_restore_away(original, fresh, tmp_path):
    Session.objects.create(session_key="x", session_data="", expire_date="2026-01-01T00:00Z")

    restore(original.path)

    assert state(tmp_path) == sums(original.path)
    assert not Session.objects.exists()
