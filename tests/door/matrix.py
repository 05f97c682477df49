"""``python -m tests.door.matrix``: installs both locks with every pip on every Python that this machine has.

The wheels are stand-ins that ask for what the real ones ask for, and newer releases of all of them lie beside
them; so this takes a minute and fetches the pips alone. Ends with 1 when one of them installs anything else
than what is locked.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import start

from .locks import stand_ins, texts
from .pips import PIPS, WORKS, with_pip

SUPPORTED = [(3, minor) for minor in range(11, 15)]


def pythons() -> Iterator[tuple[tuple[int, int], Path]]:
    """Each supported version and a Python of it, from the path or from pyenv, where there is one."""
    for version in SUPPORTED:
        name = f"python{version[0]}.{version[1]}"
        places = sorted(Path.home().glob(f".pyenv/versions/*/bin/{name}"))
        places += [Path(found)] if (found := shutil.which(name)) else []
        for place in places:
            if not subprocess.run([place, "-c", "import venv, ensurepip"], capture_output=True).returncode:
                yield version, place
                break
        else:
            print(f"Python {version[0]}.{version[1]}: not on this machine, not tried")


def installs(python: Path, pip: str, wheels: Path, locks: list[Path]) -> str:
    """What went wrong when ``locks`` were installed from ``wheels`` by that pip; empty when nothing did."""
    with tempfile.TemporaryDirectory() as folder:
        own = with_pip(python, Path(folder) / "venv", pip)
        command = [own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
        for lock in locks:
            done = subprocess.run(
                [*command, "--find-links", wheels, *start.CLOSED, "-r", lock],
                capture_output=True,
                text=True,
                env=start.environment(PIP_FIND_LINKS=""),
            )
            if done.returncode:
                return done.stderr
        check = subprocess.run([own, "-m", "pip", "check"], capture_output=True, text=True)
        listed = subprocess.run([own, "-m", "pip", "list"], capture_output=True, text=True).stdout
        return check.stdout if check.returncode or "9999" in listed else ""


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        wheels = Path(folder) / "wheels"
        wheels.mkdir()
        files = []
        for name, text in zip(("runtime", "dev"), texts(), strict=True):
            files.append(Path(folder) / f"{name}.txt")
            files[-1].write_text(stand_ins(wheels, text), encoding="utf-8")
        for version, python in pythons():
            for pip in PIPS:
                tried = f"Python {version[0]}.{version[1]}, pip {pip}"
                if WORKS[pip] < version:
                    print(f"{tried}: that pip does not run on it, not tried")
                    continue
                wrong = installs(python, pip, wheels, files)
                failed += bool(wrong)
                print(f"{tried}: {wrong or 'exactly what is locked'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.pop("VIRTUAL_ENV", None)
    sys.exit(main())
