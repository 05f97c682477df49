"""``start.py``: each thing that may be missing on a machine gets one clear line, before anything is done."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import start

from .wheels import PROJECT

OLDER = ("python3.10", "python3.9", "python3.8")


def older_python() -> Path | None:
    """A Python that Coproduce does not run on, from the path or from pyenv; None where there is none."""
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    folders += sorted(Path.home().glob(".pyenv/versions/*/bin"))
    found = (folder / name for name in OLDER for folder in folders)
    works = (place for place in found if place.exists() and not place.is_relative_to(SHIMS))
    return next(works, None)


SHIMS = Path.home() / ".pyenv" / "shims"
"""Where pyenv keeps names of Pythons that may not be there."""

OLD_PYTHON = older_python()


@pytest.fixture
def site(tmp_path) -> Path:
    """A folder with the program alone in it, as a stranger's machine would have it."""
    for name in ("start.py", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    return tmp_path


def started(site: Path, *words: str, python: str | Path = sys.executable, **environment: str):
    """What the program says in ``site``; it must end by itself."""
    given = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(
        [python, "start.py", *words], cwd=site, env=given, capture_output=True, text=True, timeout=60
    )


def said(done) -> str:
    """The one line of a refusal. Nothing else is said on standard error."""
    assert done.returncode == 1
    return done.stderr.strip()


@pytest.mark.skipif(OLD_PYTHON is None, reason="no Python older than 3.11 is here")
def test_an_older_python_is_told_which_one_is_needed(site):
    line = said(started(site, python=OLD_PYTHON))

    assert line.startswith("Coproduce needs Python 3.11 or newer; this is Python 3.")
    assert "PYTHON=python3.12 make run" in line
    assert not (site / ".venv").exists()


def test_a_port_that_is_taken_is_named_with_another_one(site):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = str(other.getsockname()[1])
        line = said(started(site, PORT=number))

    assert line == f"Port {number} is taken by another program. Choose another one: PORT=8001 make run"
    assert not (site / ".venv").exists()


@pytest.mark.parametrize("port", ["no", "0", "65536", "-1", "80a"])
def test_a_port_that_is_none_is_refused(site, port):
    line = said(started(site, PORT=port))

    assert line == f"PORT is '{port}'. Give a number from 1 to 65535, such as: PORT=8080 make run"


def test_a_folder_that_cannot_be_written_is_named(site):
    place = site / "staticfiles"
    place.mkdir()
    place.chmod(0o500)
    code = "import os, start; os.access = lambda place, mode: 'staticfiles' not in str(place); start.demo()"

    if os.geteuid():
        line = said(started(site, PORT=free_port()))
    else:  # Whoever is root may write anywhere, so the system's answer is given here.
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=site,
            capture_output=True,
            text=True,
            env={**os.environ, "PORT": free_port()},
        )
        line = said(done)

    assert line == (
        f"{place} cannot be written. Copy the folder to a place of your own, or change who owns it."
    )


def test_a_python_without_venv_is_told_what_to_install(site):
    code = "import sys; sys.modules['ensurepip'] = None; import start; start.install(tests=False)"

    done = subprocess.run([sys.executable, "-c", code], cwd=site, capture_output=True, text=True)

    assert said(done) == (
        "This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv"
    )
    assert not (site / ".venv").exists()


def test_without_a_network_what_pip_said_is_shown(site):
    done = started(site, "install", PIP_NO_INDEX="1")

    assert "The packages of requirements.txt could not be installed. Is there a network?" in done.stderr
    assert "No matching distribution found" in done.stderr
    assert not (site / ".venv" / "installed.txt").exists()


def test_what_is_installed_is_not_installed_again(site):
    (site / ".venv").mkdir()
    (site / ".venv" / "installed.txt").write_text(start.digests(start.LOCKS), encoding="utf-8")

    done = started(site, "install", PIP_NO_INDEX="1")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_leads_packages_astray_in_a_shell_is_kept_out(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_CONSTRAINT", "PIP_NO_BINARY"):
        monkeypatch.setenv(name, "something")

    kept = start.environment()

    assert not {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_NO_BINARY"} & set(kept)
    assert kept["PIP_CONSTRAINT"] == ""


def free_port() -> str:
    """A port on which nobody listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return str(tried.getsockname()[1])
