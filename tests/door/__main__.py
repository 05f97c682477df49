"""``python -m tests.door``: clones what is committed into an empty folder and goes through the door there.

With an empty pip cache, the oldest pip that runs on this Python, and an index on which newer, broken releases
of everything exist, it runs ``make run``, waits for the page, signs in as the manager of the demo, reads one
result, and stops. It prints the seconds and the megabytes.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .pips import oldest_for, with_pip
from .wheels import PROJECT, newer

SECONDS = 600
"""How long the page may take to come, on a slow line."""

PASSED_ON = re.compile(r"^(HOME|LANG|LC_\w+|TMPDIR|PIP_\w+|SSL_\w+|(https?|no)_proxy)$", re.IGNORECASE)
"""What a stranger's shell may hold: where the machine fetches packages from, and no virtual environment."""


def environment(cache: Path, wheels: Path, port: int) -> dict[str, str]:
    """A stranger's shell, with an empty cache and newer releases of everything."""
    venvs = {str(PROJECT / ".venv"), os.environ.get("VIRTUAL_ENV", "")}
    folders = os.environ["PATH"].split(os.pathsep)
    kept = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
    return {
        **kept,
        "PATH": os.pathsep.join(folder for folder in folders if str(Path(folder).parent) not in venvs),
        "PIP_CACHE_DIR": str(cache),
        "PIP_FIND_LINKS": f"{kept.get('PIP_FIND_LINKS', '')} {wheels}".strip(),
        "PORT": str(port),
    }


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return tried.getsockname()[1]


@contextmanager
def running(folder: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """``make run`` in ``folder``, ended with everything that it started."""
    process = subprocess.Popen(["make", "run"], cwd=folder, env=env, start_new_session=True, text=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for(address: str, process: subprocess.Popen[str]) -> None:
    """Returns when the page at ``address`` answers. Raises SystemExit when it does not come in time."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"make run ended with {process.returncode}.")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"{address} did not answer within {SECONDS} seconds.")


class Visitor:
    """Somebody with a browser: keeps cookies and follows links."""

    def __init__(self, site: str) -> None:
        self.site = site
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, path: str, data: dict[str, str] | None = None) -> str:
        """The page at ``path``, to which ``data`` is sent when given."""
        sent = urllib.parse.urlencode(data).encode() if data else None
        request = urllib.request.Request(self.site + path, sent, {"Referer": self.site + path})
        with self.opener.open(request, timeout=60) as answer:
            return answer.read().decode()

    def sign_in(self, username: str) -> str:
        """The page after signing in with the demo's button for ``username``."""
        forms = re.findall(r"<form.*?</form>", self.get("/accounts/login/"), re.DOTALL)
        form = next(form for form in forms if f'value="{username}"' in form)
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        return self.get("/accounts/login/", fields)

    def first(self, pattern: str, page: str) -> str:
        """The page behind the first link of ``page`` whose address is ``pattern``."""
        found = re.search(rf'href="({pattern})"', page)
        if found is None:
            sys.exit(f"No link to {pattern} where one was expected.")
        return self.get(found[1])


def read_a_result(site: str) -> str:
    """The title of the first result that the demo's manager comes to, by links alone."""
    visitor = Visitor(site)
    visitor.sign_in("manager")
    service = visitor.first(r"/services/[\w-]+/", visitor.get("/services/").replace("/services/new/", ""))
    result = visitor.first(r"/assessments/\d+/result/", visitor.first(r"/activities/\d+/", service))
    for words in ("What would change", "Participants", "Staff"):
        if words not in result:
            sys.exit(f"The result does not say {words!r}.")
    return re.search(r"<title>(.*?)</title>", result, re.DOTALL)[1].strip()


def megabytes(folder: Path) -> float:
    """What the files in ``folder`` take."""
    return sum(place.lstat().st_size for place in folder.rglob("*") if not place.is_symlink()) / 1e6


def main() -> None:
    version = sys.version_info[:2]
    python = Path(sys.base_prefix) / "bin" / f"python{version[0]}.{version[1]}"
    with tempfile.TemporaryDirectory(prefix="coproduce-door-", ignore_cleanup_errors=True) as name:
        clone, wheels, port = Path(name) / "coproduce", Path(name) / "newer", free_port()
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", PROJECT, clone], check=True)
        env = environment(Path(name) / "cache", wheels, port) | {"PYTHON": str(python)}
        count = newer(wheels)
        pip = oldest_for(version)
        with_pip(python, clone / ".venv", pip)
        print(
            f"The door: Python {version[0]}.{version[1]}, pip {pip}, {count} newer releases to walk past",
            flush=True,
        )
        began = time.monotonic()
        with running(clone, env) as process:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            seconds = time.monotonic() - began
            title = read_a_result(f"http://127.0.0.1:{port}")
        print(f"From make run, with .venv made but empty, to a page that answers: {seconds:.0f} s")
        print(f".venv: {megabytes(clone / '.venv'):.0f} MB; the whole folder: {megabytes(clone):.0f} MB")
        print(f"Read: {title}")


if __name__ == "__main__":
    main()
