"""The locks are closed: an install asks nothing of the day it runs on, nor of the pip it runs with."""

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import start

from .locks import asked, holes, stand_ins, texts
from .wheels import DEV, NEWER, RUNTIME, names

EVERYTHING = ("test", "tools")


@pytest.fixture(scope="module")
def locks() -> tuple[str, str]:
    return texts()


def resolve(folder: Path, *locks: str) -> subprocess.CompletedProcess[str]:
    """What pip would install from ``locks``, where newer releases of everything exist: with its own resolver,
    which looks for whatever a lock leaves out. Its report lies in ``folder``."""
    wheels = folder / "wheels"
    wheels.mkdir()
    files = []
    for number, lock in enumerate(locks):
        files.append(folder / f"lock-{number}.txt")
        files[-1].write_text(stand_ins(wheels, lock), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--isolated", "--no-index", "--find-links", wheels]
    command += ["--disable-pip-version-check", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--require-hashes", "--report", folder / "report.json"]
    for place in files:
        command += ["-r", place]
    return subprocess.run(command, capture_output=True, text=True)


def chosen(folder: Path) -> dict[str, str]:
    """The version of each package that ``resolve`` found, by name."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {one["metadata"]["name"]: one["metadata"]["version"] for one in report["install"]}


# Closed, by what every locked package asks for


def test_what_running_needs_is_locked_by_itself(locks):
    assert holes(locks[0], asked()) == []


def test_what_tests_and_tools_need_is_locked_on_top(locks):
    assert holes("".join(locks), asked(*EVERYTHING)) == []


def test_no_package_is_in_both_locks(locks):
    assert names(locks[0]) & names(locks[1]) == set()


def test_a_pin_that_loses_its_extra_is_seen(locks):
    text = "".join(locks)
    with_extras = re.findall(r"^([\w.-]+)\[[\w,-]+\]==", text, re.MULTILINE)

    assert "coverage" in with_extras
    for name in with_extras:
        damaged = re.sub(rf"^{re.escape(name)}\[[\w,-]+\]==", f"{name}==", text, flags=re.MULTILINE)
        assert any(f"{name}==" in hole and "without that extra" in hole for hole in holes(damaged, [])), name


def test_a_dependency_that_nobody_locked_is_seen(locks):
    assert holes(locks[0], [*asked(), "celery>=5"]) == [
        "pyproject.toml asks for celery>=5, which is not locked"
    ]


@pytest.mark.parametrize("name", ["asgiref", "sqlparse", "packaging"])
def test_a_package_that_only_others_need_is_seen_when_it_is_missing(locks, name):
    damaged = re.sub(rf"^{name}==.*\\\n(    --hash.*\n)+", "", locks[0], flags=re.MULTILINE)

    assert damaged != locks[0]
    assert any(f"asks for {name}" in hole and "is not locked" in hole for hole in holes(damaged, asked()))


def test_every_pin_has_a_hash_and_no_index_is_named(locks):
    for text in locks:
        blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
        assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
        assert not re.search(r"https?:|--(extra-)?index-url|--find-links", text)


# Closed, by what pip makes of it


def test_pip_takes_what_is_locked_where_newer_releases_of_everything_exist(locks, tmp_path):
    own = f"pip=={version('pip')} \\\n"  # Every .venv has one, which no lock replaces.

    done = resolve(tmp_path, *locks, own)

    assert done.returncode == 0, done.stderr
    found = chosen(tmp_path)
    assert NEWER not in found.values()
    assert {"django", "gunicorn", "pytest", "ruff"} <= set(found)
    assert set(found) - {"pip"} <= names(*locks)


def test_pip_refuses_a_lock_in_which_a_package_is_missing(locks, tmp_path):
    damaged = re.sub(r"^asgiref==.*\\\n(    --hash.*\n)+", "", locks[0], flags=re.MULTILINE)

    done = resolve(tmp_path, damaged)

    assert done.returncode != 0
    assert "asgiref" in done.stderr


# What is installed from them


def test_the_program_that_installs_reads_the_same_locks_and_looks_for_nothing_else():
    assert start.LOCKS == [RUNTIME, DEV]
    assert {"--no-deps", "--require-hashes"} <= set(start.CLOSED)
    assert start.CLOSED[-2:] == ["--only-binary", ":all:"]


def test_the_packages_here_fit_together():
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)

    assert done.stdout.strip() == "No broken requirements found."
