"""``python -m tests.door.vulnerabilities``: which locked packages have a known vulnerability.

What is known grows while nothing here changes, so a finding is told and fails nothing, unless ``--strict`` is
given. Where the data cannot be reached, one line says so.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import json
import subprocess
import sys

from .wheels import DEV, RUNTIME

COMMAND = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off"]
SECONDS = 120
"""How long the look-up may take."""

NOT_REACHED = "Known vulnerabilities: not looked up, as the data cannot be reached from here."


def findings() -> list[str] | None:
    """Each known vulnerability of a locked package, in a line; None when the data cannot be reached."""
    command = [*COMMAND, "--format", "json", "-r", str(RUNTIME), "-r", str(DEV)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    if not any("vulns" in package for package in packages):  # Each says why it was skipped.
        return None
    return [line(package, found) for package in packages for found in package.get("vulns", [])]


def line(package: dict, found: dict) -> str:
    """What is known about one package, and which release mends it."""
    mended = ", ".join(found["fix_versions"]) or "no release"
    return f"{package['name']} {package['version']}: {found['id']}, mended in {mended}"


def main(strict: bool) -> int:
    found = findings()
    if found is None:
        print(NOT_REACHED)
        return 0
    print(f"Known vulnerabilities of locked packages: {len(found) or 'none'}")
    for line in found:
        print(f"  {line}")
    return 1 if found and strict else 0


if __name__ == "__main__":
    sys.exit(main(strict="--strict" in sys.argv))
