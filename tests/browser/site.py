"""A real site to walk: gunicorn on a free port of this machine, with a database of its own."""

import fcntl
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psycopg2

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60

# What `make run` serves, whatever the tests' own settings and the shell say.
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "coproduce.settings",
    "DEMO": "yes",
    "DEBUG": "no",
    "SECRET_KEY": "only for the tests",
    "ALLOWED_HOSTS": "",
    "CSRF_TRUSTED_ORIGINS": "",
}


@dataclass(frozen=True)
class Site:
    """A site that is being served at ``address``, and the ``log`` that its server writes."""

    address: str
    log: Path
    environment: dict[str, str]

    def manage(self, *command: str) -> str:
        """Runs ``manage.py`` with ``command`` on this site. Returns what it printed."""
        return manage(self.environment, *command)


def manage(environment: dict[str, str], *command: str) -> str:
    """Runs ``manage.py`` with ``command``. Returns what it printed, or raises RuntimeError with it."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=PROJECT, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def collect_static() -> None:
    """Collects the static files when they have changed; tests side by side wait for each other."""
    with (PROJECT / "Makefile").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "--silent", "static"], cwd=PROJECT, check=True)


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """Yields the address of an empty database: SQLite in ``folder``, or one in the server of DATABASE_URL."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{folder / 'site.sqlite3'}"
        return
    name = f"browser_{secrets.token_hex(4)}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            yield f"{server.rpartition('/')[0]}/{name}"
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        connection.close()


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Serves the project and yields its address. The server stops at the end, by its process id."""
    with socket.socket() as listener, log.open("w") as output:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # A caller waits here until gunicorn answers.
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--workers=1", f"--bind=fd://{listener.fileno()}"],
            cwd=PROJECT,
            env=environment,
            pass_fds=[listener.fileno()],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        try:
            urlopen(f"{address}/healthz", timeout=START_SECONDS).close()
        except OSError as error:
            raise RuntimeError(f"The site did not start: {error}\n{log.read_text()}") from error
        yield address
    finally:
        server.terminate()
        server.wait()


@contextmanager
def demo_site(folder: Path) -> Iterator[Site]:
    """The demo, migrated and seeded, served from a database that lasts as long as the site."""
    collect_static()
    with fresh_database(folder) as database:
        environment = os.environ | SETTINGS | {"DATABASE_URL": database}
        for command in ("migrate", "load_instrument", "seed_demo"):
            manage(environment, command)
        log = folder / "gunicorn.log"
        with served(environment, log) as address:
            yield Site(address, log, environment)
