#!/usr/bin/env python3
"""The door: puts what Coproduce needs into .venv and serves it. Asks for nothing but Python.

python3 start.py                      serves the demo, with people in it
python3 start.py own                  serves an empty site of your own
python3 start.py install              makes .venv, and stops
python3 start.py install --tests      the same with the tests and the tools
python3 start.py static               gathers pictures, styles and scripts
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "Coproduce needs Python %d.%d or newer; this is Python %d.%d (%s).\n"  # noqa: UP031
        "Install a newer one and name it: PYTHON=python3.12 make run, or python3.12 start.py"
        % (*OLDEST, *sys.version_info[:2], sys.executable)
    )

import os

if os.name == "nt":
    sys.exit("Coproduce runs on Linux and macOS. On Windows, run it in WSL, the Linux inside Windows.")

import argparse
import hashlib
import importlib.util
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.txt"
"""Which locks ``.venv`` was made from: a digest of each, one a line."""

LOCKS = [HERE / "requirements.txt", HERE / "requirements-dev.txt"]
"""What running needs, and what tests and tools need on top."""

CLOSED = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
"""Installs exactly what a lock says: nothing is looked for outside it, and nothing is built here."""

KEPT_OUT = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_CONSTRAINT", "PIP_USER", "PIP_NO_BINARY"}
"""What a shell may hold that would lead packages astray."""

STATIC = HERE / "staticfiles" / "staticfiles.json"


def environment(**more: str) -> dict[str, str]:
    """The shell's environment without what leads packages astray, and ``more`` on top."""
    kept = {name: value for name, value in os.environ.items() if name not in KEPT_OUT}
    # Empty, they also overrule what the machine's own configuration of pip says.
    ours = {"PIP_CONSTRAINT": "", "PIP_USER": "0", "PYTHONUTF8": "1"}
    return {**kept, **ours, "DJANGO_SETTINGS_MODULE": "coproduce.settings", **more}


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says what is being done, and when it is done in how many seconds."""
    began = time.monotonic()
    print(f"{what} ...", flush=True)
    yield
    print(f"    done in {time.monotonic() - began:.1f} s", flush=True)


def run(*command: str | Path, why: str, env: dict[str, str] | None = None) -> None:
    """Runs a command without its chatter. Ends the program with ``why``, and what it said, when it fails."""
    done = subprocess.run(
        command, cwd=HERE, env=env or environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        sys.exit("\n".join([why, "It said:", *(f"    {line}" for line in said[-12:])]))


# Before anything is done: each thing that may be missing, in one line


def refuse_without_venv() -> None:
    """Ends the program where Python comes without the means to make ``.venv``."""
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        sys.exit(
            "This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt install python3-venv"
        )


def refuse_without_write_access(*places: Path) -> None:
    """Ends the program where this folder, one made in it, or one of ``places`` cannot be written."""
    for place in (HERE, VENV, HERE / "var", STATIC.parent, *places):
        if place.exists() and not os.access(place, os.W_OK):
            sys.exit(
                f"{place} cannot be written. Copy the folder to a place of your own, or change who owns it."
            )


def port() -> int:
    """The port to serve on: ``PORT``, or 8000. Ends the program where it is no port, or taken."""
    given = os.environ.get("PORT") or "8000"
    if not (given.isdecimal() and 0 < int(given) < 65536):
        sys.exit(f"PORT is {given!r}. Give a number from 1 to 65535, such as: PORT=8080 make run")
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", int(given)))
        except PermissionError:
            sys.exit(f"Port {given} is kept for administrators. Choose one from 1024: PORT=8080 make run")
        except OSError:
            other = "8001" if given != "8001" else "8002"
            sys.exit(f"Port {given} is taken by another program. Choose another one: PORT={other} make run")
    return int(given)


def address() -> str:
    """Where the site is, in a browser on this machine."""
    return f"http://127.0.0.1:{port()}"


# What is installed


def digests(locks: list[Path]) -> str:
    """What ``STAMP`` holds when exactly ``locks`` are installed under this Python."""
    version = ".".join(map(str, sys.version_info[:2]))
    lines = [f"{lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()} {version}\n" for lock in locks]
    return "".join(lines)


def install(tests: bool) -> None:
    """Makes ``.venv`` from the locks, unless it is there already. It is made anew when a lock has changed,
    so that nothing stays behind which no lock names."""
    locks = LOCKS if tests else LOCKS[:1]
    wanted = digests(locks)
    present = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
    if present.startswith(wanted):
        return
    refuse_without_venv()
    refuse_without_write_access()
    if not wanted.startswith(present):
        shutil.rmtree(VENV, ignore_errors=True)
        present = ""
    if not PYTHON.exists():
        with step(f"Making .venv with Python {sys.version.split()[0]}"):
            run(sys.executable, "-m", "venv", VENV, why="No virtual environment could be made.")
    for lock in locks[present.count("\n") :]:
        install_lock(lock)
    run(PYTHON, "-m", "pip", "check", why="The packages do not fit together.")
    STAMP.write_text(wanted, encoding="utf-8")


def install_lock(lock: Path) -> None:
    """Puts into ``.venv`` exactly what ``lock`` names."""
    pins = sum(line[:1].isalnum() for line in lock.read_text(encoding="utf-8").splitlines())
    with step(f"Installing the {pins} packages of {lock.name}"):
        run(
            # What is used is compiled when it is first used: that halves the wait.
            *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"),
            *(*CLOSED, "-r", lock),
            why=f"The packages of {lock.name} could not be installed. Is there a network?",
        )


def collect_static() -> None:
    """Gathers pictures, styles and scripts into ``staticfiles``, unless the newest are there."""
    sources = [STAMP, HERE / "coproduce" / "settings.py", *(HERE / "static").rglob("*")]
    if STATIC.exists() and STATIC.stat().st_mtime >= max(place.stat().st_mtime for place in sources):
        return
    with step("Gathering pictures, styles and scripts"):
        manage(
            "collectstatic",
            "--no-input",
            "--clear",
            "--verbosity",
            "0",
            env=environment(DEMO="yes", DEBUG="no"),
        )
        os.utime(STATIC)


def manage(*command: str, env: dict[str, str]) -> None:
    """Runs ``manage.py`` quietly."""
    run(PYTHON, "manage.py", *command, why=f"manage.py {command[0]} failed.", env=env)


# What is served


def serve(env: dict[str, str], data: Path, *talk: list[str]) -> NoReturn:
    """Brings the database in the folder ``data`` up to date, lets each command of ``talk`` speak to the
    person, and serves. It is always that database, whatever the shell says."""
    number = str(port())
    refuse_without_write_access(data, data / "coproduce.sqlite3")
    install(tests=False)
    collect_static()
    data.mkdir(mode=0o700, exist_ok=True)
    env = environment(PORT=number, DEBUG="no", DATABASE_URL="", SECRET_KEY="", DATA_DIR=str(data), **env)
    with step("Preparing the database"):
        manage("migrate", "--verbosity", "0", env=env)
        manage("load_instrument", "--verbosity", "0", env=env)
    print(flush=True)
    for command in talk:
        done = subprocess.run([PYTHON, "manage.py", *command], cwd=HERE, env=env)
        if done.returncode:
            sys.exit(done.returncode)
    print(f"\nCoproduce is at {address()} until you press Ctrl+C.", flush=True)
    os.chdir(HERE)
    os.execve(VENV / "bin" / "gunicorn", ["gunicorn"], env)


def demo() -> NoReturn:
    """The demo, whose people must never reach a real site's data."""
    print("The demo of Coproduce. For an empty site of your own: make own (or python3 start.py own)\n")
    serve({"DEMO": "yes", "LOCAL": "no"}, HERE, ["seed_demo", "--site", address()])


def own() -> NoReturn:
    """An empty site on this machine, for one's own services."""
    print("A site of your own, on this machine alone. Its data and its key stay in the folder own.\n")
    serve({"DEMO": "no", "LOCAL": "yes"}, HERE / "own", ["first_administrator", "--site", address()])


def main() -> None:
    """Reads the command line and does what it says."""
    parser = argparse.ArgumentParser(description="Serves Coproduce on this machine.")
    verbs = parser.add_subparsers(dest="verb")
    verbs.add_parser("demo", help="serve the demo, with people in it (this is what happens without a word)")
    verbs.add_parser("own", help="serve an empty site of your own")
    verbs.add_parser("static", help="gather pictures, styles and scripts")
    packages = verbs.add_parser("install", help="make .venv from the locks")
    packages.add_argument("--tests", action="store_true", help="with the tests and the tools")
    asked = parser.parse_args()
    if asked.verb == "install":
        install(asked.tests)
    elif asked.verb == "static":
        install(tests=False)
        collect_static()
    elif asked.verb == "own":
        own()
    else:
        demo()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
