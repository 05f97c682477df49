"""The programs of other people that the tests open files with: R and LibreOffice.

``python -m tests.interop.programs`` installs what is missing, where Debian's packages are to be had, and
says so.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import os
import shutil
import subprocess
import sys

PACKAGES = {"Rscript": "r-base-core", "soffice": "libreoffice-calc"}
"""A command, and the Debian package that brings it."""
SECONDS = 1200
"""How long installing may take."""


def missing() -> list[str]:
    """The commands that are not there."""
    return [command for command in PACKAGES if shutil.which(command) is None]


def main() -> int:
    if not missing():
        return 0
    packages = [PACKAGES[command] for command in missing()]
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(
            f"Not here: {', '.join(missing())}. The tests that need them are left out. To run them, install"
        )
        print(f"  {' '.join(packages)}")
        return 0
    print(
        f"Installing {', '.join(packages)}, with which the tests open the files of researchers ...",
        flush=True,
    )
    for command in (
        ["apt-get", "update", "--quiet=2"],
        ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *packages],
    ):
        if not worked(command):
            print(f"That failed: {' '.join(command)}\nThe tests that need them are left out.", flush=True)
            break
    return 0


def worked(command: list[str]) -> bool:
    """Run a command without its chatter, and return whether it came to a good end in time."""
    quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        return not subprocess.run(
            command, stdout=subprocess.DEVNULL, timeout=SECONDS, env=quietly, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    sys.exit(main())
