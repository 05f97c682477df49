"""Wheels with nothing in them: an index on which newer releases of everything exist, and stand-ins for what
is locked, so that a lock can be resolved without a network and without waiting for the world to move.

``python -m tests.door.wheels FOLDER`` fills a folder with a newer release of everything that is locked. It
needs nothing but Python: pip takes the folder from ``PIP_FIND_LINKS``.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import hashlib
import re
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
RUNTIME, DEV = PROJECT / "requirements.txt", PROJECT / "requirements-dev.txt"
BUILDERS = ["pip", "setuptools", "wheel"]
"""What an installer may fetch of its own accord."""

NEWER = "9999.0"
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?==(\S+)(?: ; ([^\\]+?))? *\\?$", re.MULTILINE)
"""A pin of a lock: the name, its extras, its version, and when it applies."""


def wheel(folder: Path, name: str, version: str, metadata: Iterable[str] = (), broken: bool = False) -> Path:
    """A wheel of ``name`` at ``version`` in ``folder``, with further lines of ``metadata``. A broken one asks
    for a package that does not exist, so that nobody installs it unseen."""
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata]
    if broken:
        lines.append("Requires-Dist: this-package-does-not-exist")
    files = {
        "METADATA": "\n".join(lines) + "\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    names = [f"{stem}.dist-info/{part}" for part in (*files, "RECORD")]
    files["RECORD"] = "".join(f"{part},,\n" for part in names)
    place = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for part, content in files.items():
            archive.writestr(zipfile.ZipInfo(f"{stem}.dist-info/{part}"), content)
    return place


def digest(place: Path) -> str:
    """The SHA-256 of a file, as locks write it."""
    return f"sha256:{hashlib.sha256(place.read_bytes()).hexdigest()}"


def names(*locks: str) -> set[str]:
    """The names of what ``locks``, the texts of lock files, pin."""
    return {match[1] for lock in locks for match in PIN.finditer(lock)}


def newer(folder: Path) -> int:
    """Puts into ``folder`` a newer, broken release of everything that is locked. Returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = names(*(lock.read_text(encoding="utf-8") for lock in (RUNTIME, DEV))) | set(BUILDERS)
    for name in wanted:
        wheel(folder, name, NEWER, broken=True)
    return len(wanted)


if __name__ == "__main__":
    print(f"{newer(Path(sys.argv[1]))} newer releases that nobody must install lie in {sys.argv[1]}.")
