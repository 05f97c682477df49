"""The settings: safe when the environment says nothing, and in words when it says something wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from coproduce.checks import CHECKS
from coproduce.settings import kept_secret_key

PROJECT = Path(__file__).parents[1]
PRODUCTION = {
    "SECRET_KEY": "tAk3-a-l0ng-4nd-r4nd0m-t3xt:fif7y-s1gns-or-m0re;with-many-d1fferent-0nes",
    "ALLOWED_HOSTS": "coproduce.example.org",
    "BEHIND_PROXY": "yes",
    "DATABASE_URL": "postgres://nobody@nowhere.example/none",
    "EMAIL_HOST": "smtp.example.org",
    "DEFAULT_FROM_EMAIL": "coproduce@example.org",
}


def manage(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs ``manage.py`` in an environment that holds nothing else."""
    given = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *command], cwd=PROJECT, env=given, capture_output=True, text=True
    )


def value_of(expression: str, **environment: str) -> str:
    """What an expression over the settings says, in a process that holds ``environment`` alone."""
    code = f"from coproduce import settings; print({expression})"
    given = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=given, capture_output=True, text=True
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


# Production


def test_a_production_site_has_no_issue():
    done = manage("check", "--deploy", "--fail-level", "INFO", **PRODUCTION)

    assert done.stdout == "System check identified no issues (0 silenced).\n"
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        (
            {"ALLOWED_HOSTS": ""},
            "W001",
            "ALLOWED_HOSTS is not set: whoever opens the site gets an error page.",
        ),
        ({"SECRET_KEY": "", "DATABASE_URL": ""}, "W002", "SECRET_KEY is not set: a key that was made"),
        ({"EMAIL_HOST": ""}, "W003", "EMAIL_HOST is not set: no letter is sent."),
        ({"DEFAULT_FROM_EMAIL": ""}, "W004", "DEFAULT_FROM_EMAIL is not set: letters come from"),
        ({"BEHIND_PROXY": "no"}, "W005", "BEHIND_PROXY is not set: gunicorn speaks plain HTTP"),
        ({"DEMO": "yes"}, "W006", "DEMO is on: the demo people may sign in"),
        ({"DEBUG": "yes"}, "W007", "DEBUG is on: an error page shows code"),
        ({"LOCAL": "yes"}, "W008", "LOCAL is on: pages, passwords and cookies go over plain HTTP."),
    ],
)
def test_each_variable_that_a_real_site_lacks_is_named(tmp_path, changed, code, words):
    done = manage("check", "--deploy", **PRODUCTION | {"DATA_DIR": str(tmp_path)} | changed)

    assert f"(coproduce.{code}) {words}" in done.stderr


def test_an_embedded_database_is_told_and_is_no_fault(tmp_path):
    given = PRODUCTION | {"DATABASE_URL": "", "DATA_DIR": str(tmp_path)}

    told = manage("check", "--deploy", "--fail-level", "WARNING", **given)

    assert told.returncode == 0
    assert "(coproduce.I001) DATABASE_URL is not set: everything is kept in coproduce.sqlite3" in told.stderr
    assert "identified 1 issue" in told.stderr


def test_an_empty_environment_is_told_everything_at_once(tmp_path):
    done = manage("check", "--deploy", DATA_DIR=str(tmp_path))

    for check in CHECKS:
        assert (check.id in done.stderr) == (check.variable not in {"DEMO", "DEBUG", "LOCAL"})


def test_a_check_without_deploy_asks_for_none_of_it(tmp_path):
    assert (
        manage("check", DATA_DIR=str(tmp_path)).stdout == "System check identified no issues (0 silenced).\n"
    )


def test_without_a_secret_key_no_site_with_a_database_server_starts_and_the_reason_is_said():
    done = manage("check", DATABASE_URL=PRODUCTION["DATABASE_URL"])

    assert done.returncode != 0
    assert "Set SECRET_KEY to a long random text, the same on every machine of the site." in done.stderr


def test_a_secret_key_is_made_once_and_is_its_owner_s_alone(tmp_path):
    place = tmp_path / "var" / "secret_key"

    first, second = kept_secret_key(place), kept_secret_key(place)

    assert first == second
    assert len(set(first)) > 20
    assert place.stat().st_mode & 0o777 == 0o600


def test_unset_means_a_production_site():
    names = ["DEBUG", "DEMO", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    expression = f"[getattr(settings, name) for name in {names}], settings.ALLOWED_HOSTS"

    assert value_of(expression, SECRET_KEY="x") == "[False, False, True, True, True] []"


def test_a_proxy_is_believed_only_when_there_is_one():
    assert value_of("settings.SECURE_PROXY_SSL_HEADER", **PRODUCTION | {"BEHIND_PROXY": ""}) == "None"
    assert value_of("settings.SECURE_PROXY_SSL_HEADER", **PRODUCTION) == (
        "('HTTP_X_FORWARDED_PROTO', 'https')"
    )


def test_what_is_kept_lies_in_the_data_folder(tmp_path):
    done = manage("migrate", "--verbosity", "0", DATA_DIR=str(tmp_path))

    assert (done.stderr, done.returncode) == ("", 0)
    assert {"coproduce.sqlite3", "var"} <= {path.name for path in tmp_path.iterdir()}
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_the_data_folder_is_beside_manage_py_when_unset():
    assert value_of("settings.DATA_DIR == settings.BASE_DIR", **PRODUCTION) == "True"


# What the environment says


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DEBUG", "perhaps", "DEBUG is 'perhaps'; say yes or no."),
        ("DEMO", "2", "DEMO is '2'; say yes or no."),
        ("BEHIND_PROXY", "ja", "BEHIND_PROXY is 'ja'; say yes or no."),
        ("EMAIL_PORT", "smtp", "EMAIL_PORT is 'smtp'; give a whole number."),
        ("LOCAL", "2", "LOCAL is '2'; say yes or no."),
        ("DATA_DIR", "/no/where", "DATA_DIR is '/no/where'; give the whole path of a folder that is there."),
        ("DATA_DIR", "docs", "DATA_DIR is 'docs'; give the whole path of a folder that is there."),
        ("SESSION_HOURS", "-1", "SESSION_HOURS is '-1'; give a whole number."),
        ("SESSION_HOURS", "1.5", "SESSION_HOURS is '1.5'; give a whole number."),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name, value, words):
    said = value_of("settings.DEBUG", **PRODUCTION | {name: value})

    assert said == f"django.core.exceptions.ImproperlyConfigured: {words}"


@pytest.mark.parametrize(
    ("value", "read"), [("YES", "True"), (" on ", "True"), ("0", "False"), ("", "False")]
)
def test_yes_and_no_are_read_as_people_write_them(value, read):
    assert value_of("settings.DEMO", DEMO=value, **PRODUCTION) == read


def test_hosts_are_split_at_commas():
    given = {**PRODUCTION, "ALLOWED_HOSTS": "one.example.org, two.example.org,"}

    assert value_of("settings.ALLOWED_HOSTS", **given) == "['one.example.org', 'two.example.org']"


def test_the_demo_is_on_this_machine_alone():
    given = value_of("(settings.ALLOWED_HOSTS, settings.DEBUG, settings.SECURE_SSL_REDIRECT)", DEMO="yes")

    assert given == "(['127.0.0.1', 'localhost', '[::1]'], False, False)"


def test_a_local_site_is_on_this_machine_alone_over_plain_http_and_without_demo_accounts():
    names = "settings.DEMO, settings.DEBUG, settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS"
    cookies = "settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE"

    given = value_of(f"(settings.ALLOWED_HOSTS, {names}, {cookies})", SECRET_KEY="x", LOCAL="yes")

    assert given == "(['127.0.0.1', 'localhost', '[::1]'], False, False, False, 0, False, False)"


# The models and their migrations


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_the_tests_run_as_production_does():
    assert (settings.DEBUG, settings.DEMO) == (False, False)
    assert settings.SESSION_COOKIE_SECURE is True


def test_a_data_folder_may_have_any_name(tmp_path):
    place = tmp_path / "a b#c%20é?d"
    place.mkdir()

    name = value_of(
        "settings.DATABASES['default']['NAME']", **PRODUCTION | {"DATA_DIR": str(place), "DATABASE_URL": ""}
    )

    assert name == str(place / "coproduce.sqlite3")
