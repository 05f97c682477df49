"""What deploy/ and the Containerfile say: names that the code has, closed installs, no secret, no link."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands
from django.urls import reverse

from assessments import __version__
from assessments.views.guide import GUIDES

from .browser.site import served

PROJECT = Path(__file__).parents[1]
DEPLOY = PROJECT / "deploy"
READERS = ["coproduce/settings.py", "coproduce/health.py", "gunicorn.conf.py"]
FOREIGN = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
"""Variables of the shell and of Python itself."""


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


CONTAINERFILE = re.sub(r"\\\n\s*", "", read("Containerfile"))
"""One instruction a line."""
COMPOSE = yaml.safe_load(read("deploy/compose.yaml"))
UNITS = sorted((DEPLOY / "systemd").iterdir())


def variables_read(source: str) -> set[str]:
    """The names that ``source`` asks the environment for: ``text("NAME")`` and its like, ``os.environ``."""
    names = set()
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
            continue
        if re.fullmatch(r"text|yes|whole|several|folder|os\.environ\.get", ast.unparse(call.func)):
            names.add(call.args[0].value)
    return names


READ = set().union(*(variables_read(read(name)) for name in READERS))
OF_COMPOSE = set(re.findall(r"\$\{(\w+)", read("deploy/compose.yaml")))
"""What compose.yaml itself asks for."""


# The same variables everywhere


def test_the_code_asks_for_the_variables_that_these_tests_know_of():
    assert {
        "SECRET_KEY",
        "DEBUG",
        "EMAIL_PORT",
        "ALLOWED_HOSTS",
        "DATA_DIR",
        "BIND",
        "WEB_CONCURRENCY",
    } < READ


def test_the_example_holds_every_setting_and_no_other():
    named = re.findall(r"^(?:# )?([A-Z_]+)=", read("deploy/example.env"), re.MULTILINE)

    assert sorted(named) == sorted(READ | OF_COMPOSE)


def test_the_documentation_has_a_row_for_every_setting_and_for_no_other():
    table = re.findall(r"^\| (`[A-Z_`, ]+) \|", read("docs/deployment.md"), re.MULTILINE)
    named = [name for cell in table for name in re.findall(r"`(\w+)`", cell)]

    assert sorted(named) == sorted(READ)


def test_image_units_and_compose_set_nothing_that_is_not_read():
    image = re.findall(
        r"(?:^ENV |\s)([A-Z_]+)=", " ".join(re.findall(r"^ENV .*", CONTAINERFILE, re.MULTILINE))
    )
    units = [
        pair.split("=")[0]
        for unit in UNITS
        for line in re.findall(r"^Environment=(.*)", unit.read_text(), re.MULTILINE)
        for pair in line.split()
    ]
    site = COMPOSE["services"]["web"]["environment"]

    assert "BIND" in image
    assert "DATA_DIR" in units
    assert "DATABASE_URL" in site
    assert {*image, *units, *site} <= READ | FOREIGN


def test_no_secret_has_a_value():
    given = re.findall(r"^(\w*(?:SECRET|PASSWORD)\w*)=(.*)$", read("deploy/example.env"), re.MULTILINE)

    assert dict(given) == {"SECRET_KEY": "", "DATABASE_PASSWORD": "", "EMAIL_HOST_PASSWORD": ""}
    assert not re.findall(r"^(?:ENV|ARG) .*(?:SECRET|PASSWORD)", CONTAINERFILE, re.MULTILINE)
    assert COMPOSE["services"]["database"]["environment"]["POSTGRES_PASSWORD"].startswith("${")


# The image


def test_the_image_installs_what_is_locked_and_nothing_else():
    (install,) = [line for line in CONTAINERFILE.splitlines() if "pip install" in line]

    for option in ("--no-deps", "--require-hashes", "--only-binary :all:", "-r requirements.txt"):
        assert f" {option} " in install
    assert install.endswith("&& python -m pip check")


def test_the_image_runs_as_nobody_in_particular_with_nothing_but_the_named_files():
    assert re.findall(r"^USER (.*)", CONTAINERFILE, re.MULTILINE) == ["10001:10001"]
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    let_in = set(re.findall(r"^!(.*)", read(".containerignore"), re.MULTILINE))

    assert all((PROJECT / name).exists() for name in names)
    assert "." not in names
    assert names == let_in


def test_the_image_holds_every_document_that_has_a_page():
    copied = re.findall(r"^COPY (\S+) ", CONTAINERFILE, re.MULTILINE)

    assert GUIDES
    for name in GUIDES:
        assert (PROJECT / "docs" / f"{name}.md").is_file()
    assert "docs" in copied


def test_image_and_compose_carry_the_version():
    assert re.findall(r"^ARG VERSION=(.*)", CONTAINERFILE, re.MULTILINE) == [__version__]
    assert COMPOSE["services"]["web"]["image"] == f"coproduce:{__version__}"


def test_every_container_of_the_site_may_write_to_no_more_than_a_temporary_folder():
    for name in ("web", "migrate"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["tmpfs"], service["cap_drop"]) == (True, ["/tmp"], ["ALL"])
        assert "privileged" not in service


def test_the_site_waits_for_its_database_and_its_migrations():
    waits = COMPOSE["services"]["web"]["depends_on"]

    assert waits["database"] == {"condition": "service_healthy"}
    assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert "manage.py migrate" in COMPOSE["services"]["migrate"]["command"][-1]


# The question about health


def asked(**environment: str) -> subprocess.CompletedProcess[str]:
    """Runs what the container runs to ask about the site's health."""
    program, *command = COMPOSE["services"]["web"]["healthcheck"]["test"][1:]
    assert program == "python"
    return subprocess.run(
        [sys.executable, *command], cwd=PROJECT, env=environment, capture_output=True, text=True
    )


def test_image_and_compose_ask_the_same():
    (command,) = re.findall(r"^HEALTHCHECK .* CMD (\[.*\])$", CONTAINERFILE, re.MULTILINE)

    assert ["CMD", *ast.literal_eval(command)] == COMPOSE["services"]["web"]["healthcheck"]["test"]


def test_a_site_is_asked_under_its_first_name_and_told_by_its_status(tmp_path):
    hosts = "coproduce.example.org,127.0.0.1"
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "only for the tests",
        "ALLOWED_HOSTS": hosts,
        "DATA_DIR": str(tmp_path),
    }
    with served(environment, tmp_path / "log") as address:
        port = address.rpartition(":")[2]
        well = asked(BIND=f"0.0.0.0:{port}", ALLOWED_HOSTS=hosts)
        refused = asked(PORT=port, ALLOWED_HOSTS="unknown.example.org")

    assert (well.returncode, well.stdout, well.stderr) == (0, "", "")
    assert refused.returncode == 1  # Its page says 400, or 500 where no styles were collected for it.
    assert re.fullmatch(r"The site is not well: status [45]00\.\n", refused.stderr)


@pytest.mark.parametrize(
    ("bind", "words"),
    [
        ("127.0.0.1:1", "The site does not answer: [Errno 111] Connection refused"),
        ("unix:/run/site", "The site does not answer: BIND is 'unix:/run/site'; only an address such as"),
    ],
)
def test_a_site_that_is_not_there_is_told(bind, words):
    done = asked(BIND=bind)

    assert done.returncode == 1
    assert done.stderr.startswith(words)


# The proxy


def logged(path: str) -> bool:
    """Whether nginx.conf writes a line for ``path`` into the access log."""
    table = re.search(r"map \$uri \$coproduce_logged \{(.*?)\}", read("deploy/nginx.conf"), re.DOTALL)
    assert table
    rules = re.findall(r"~\*(\S+) 0;", table[1])
    return not any(re.search(rule, path, re.IGNORECASE) for rule in rules)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("answer-welcome", ["2345abcd"]),
        ("answer-question", ["2345abcd", 3]),
        ("answer-thanks", ["2345abcd"]),
        ("withdraw", []),
        ("password_reset_confirm", ["MQ", "set-password"]),
    ],
)
def test_the_proxy_logs_no_page_that_a_link_opens(name, args):
    assert not logged(reverse(name, args=args))
    assert not logged(reverse(name, args=args).upper())


@pytest.mark.parametrize("name", ["home", "login", "healthz", "privacy", "password_reset"])
def test_the_proxy_logs_other_pages(name):
    assert logged(reverse(name))


def test_the_proxy_logs_neither_what_led_to_a_page_nor_a_query():
    (line,) = re.findall(r"^log_format coproduce '(.*)';$", read("deploy/nginx.conf"), re.MULTILINE)

    assert set(re.findall(r"\$(\w+)", line)) & {"http_referer", "request", "request_uri", "args"} == set()
    assert "access_log /var/log/nginx/access.log coproduce if=$coproduce_logged;" in read("deploy/nginx.conf")


def test_the_proxy_takes_as_much_as_the_site_and_finds_it():
    (size,) = re.findall(r"client_max_body_size (\d+)m;", read("deploy/nginx.conf"))

    assert int(size) * 1024 * 1024 == settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert read("deploy/nginx.conf").count("http://127.0.0.1:8000;") == 1
    assert r"s/127\.0\.0\.1:8000/web:8000/" in COMPOSE["services"]["proxy"]["command"][-1]


# Units and commands


def test_every_command_that_is_told_exists():
    told = [
        CONTAINERFILE,
        read("docs/deployment.md"),
        *map(read, ["deploy/compose.yaml", "deploy/backup.sh"]),
    ]
    told += [unit.read_text() for unit in UNITS]
    commands = set(re.findall(r"python\}?\"? manage\.py ([a-z_]+)", "\n".join(told)))

    assert {"migrate", "forget", "backup"} < commands
    assert commands <= set(get_commands())


def test_every_unit_runs_hardened_what_the_project_has():
    for unit in [unit for unit in UNITS if unit.suffix == ".service"]:
        text = unit.read_text()
        (program,) = re.findall(r"^ExecStart=/opt/coproduce/(\S+)", text, re.MULTILINE)
        assert program.startswith(".venv/bin/") or os.access(PROJECT / program, os.X_OK)
        assert "\nUser=coproduce\n" in text
        assert "\nEnvironmentFile=/etc/coproduce/coproduce.env\n" in text
        assert {"NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} <= set(
            text.split("\n")
        )


def test_every_timer_has_its_service():
    timers = [unit for unit in UNITS if unit.suffix == ".timer"]

    assert [timer.stem for timer in timers] == ["coproduce-backup", "coproduce-forget"]
    assert all(timer.with_suffix(".service") in UNITS for timer in timers)


# The script of the nightly backup, with a stand-in for Python: the command itself has tests of its own


@pytest.fixture
def nightly(tmp_path):
    """Runs the script in a folder with three old backups and a file of somebody else's."""
    folder = tmp_path / "backups here"
    folder.mkdir()
    for name in ("2024-01-01T020000", "2025-01-01T020000", "2025-01-02T020000"):
        (folder / f"coproduce-{name}Z.zip").touch()
    (folder / "notes.txt").touch()

    def run(*arguments: str, python: str) -> tuple[int, str, list[str]]:
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{python}\n")
        program.chmod(0o755)
        done = subprocess.run(
            [DEPLOY / "backup.sh", folder, *arguments],
            env={"PATH": os.environ["PATH"], "PYTHON": str(program)},
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stderr, sorted(path.name for path in folder.iterdir())

    return run


def test_the_newest_backups_are_kept_and_nothing_else_is_touched(nightly):
    code, said, left = nightly("2", python='test "$1 $2" = "manage.py backup" && echo all > "$3"')

    assert (code, said) == (0, "")
    assert left[0] == "coproduce-2025-01-02T020000Z.zip"
    assert re.fullmatch(r"coproduce-20\d\d-\d\d-\d\dT\d{6}Z\.zip", left[1])
    assert left[2:] == ["notes.txt"]


def test_a_backup_that_fails_removes_nothing(nightly):
    code, _, left = nightly("1", python="exit 3")

    assert (code, len(left)) == (3, 4)


@pytest.mark.parametrize("keep", ["0", "two", "-1"])
def test_a_number_that_makes_no_sense_is_refused_before_anything_is_done(nightly, keep):
    code, said, left = nightly(keep, python='echo all > "$3"')

    assert (code, said, len(left)) == (2, f"KEEP is '{keep}'; give a whole number from 1.\n", 4)
