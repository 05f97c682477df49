"""The Chromium that the browser tests drive: Playwright's own, else the system's.

``python -m tests.browser.chromium`` installs one where there is none.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import contextlib
import os
import shutil
import signal
import subprocess
import sys

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
DOWNLOAD_SECONDS = 120
"""How long Playwright may try to fetch its own Chromium."""


def launch(playwright: Playwright, **options) -> Browser:
    """Starts a Chromium without a window, with Playwright's further ``options``.

    Raises playwright's Error when none can be started.
    """
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS  # Chromium has no sandbox for root.
    with contextlib.suppress(Error):
        return playwright.chromium.launch(args=flags, **options)
    for path in filter(None, map(shutil.which, SYSTEM_NAMES)):
        with contextlib.suppress(Error):
            return playwright.chromium.launch(args=flags, executable_path=path, **options)
    raise Error("No Chromium starts here. Run `make browser`, or install Chromium.")


def version() -> str | None:
    """The version of the Chromium that ``launch`` starts, or None where none starts."""
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except Error:
            return None
        with browser:
            return browser.version


def attempt(command: list[str], seconds: int) -> None:
    """Runs ``command`` and says so. Ends it, and what it started, after ``seconds``."""
    print(f"No Chromium starts here. Trying: {' '.join(command)}", flush=True)
    try:
        process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError as error:
        print(error)
        return
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def main() -> int:
    """Makes sure that a Chromium starts, and says which. Returns 1 when none does."""
    as_root = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    attempts = [
        ([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_SECONDS),
        ([*as_root, "apt-get", "update", "--quiet=2"], 300),
        ([*as_root, "apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", "chromium"], 900),
    ]
    found = version()
    while found is None and attempts:
        attempt(*attempts.pop(0))
        found = version()
    print(f"Chromium {found} is ready." if found else "No Chromium could be installed. Please install one.")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
