"""What ``manage.py check --deploy`` says of a real site beyond Django's own checks: a variable at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.checks import INFO, WARNING, CheckMessage, register

from .settings import several, text, yes


@dataclass(frozen=True)
class Check:
    """One variable of the environment: when it is wrong, what happens then, and what would be right."""

    id: str
    variable: str
    wrong: Callable[[], bool]
    happens: str
    hint: str
    level: int = WARNING

    def message(self) -> CheckMessage:
        """What is said when it is wrong."""
        return CheckMessage(self.level, f"{self.variable} {self.happens}", self.hint, id=self.id)


CHECKS = [
    Check(
        "coproduce.W001",
        "ALLOWED_HOSTS",
        lambda: not several("ALLOWED_HOSTS"),
        "is not set: whoever opens the site gets an error page.",
        "Name the hosts of the site, split at commas: ALLOWED_HOSTS=coproduce.example.org",
    ),
    Check(
        "coproduce.W002",
        "SECRET_KEY",
        lambda: not text("SECRET_KEY"),
        "is not set: a key that was made on the first run is used. It is kept in var/secret_key in the data "
        "folder, and the site loses every link and code when that file is lost.",
        "Make a long random text once, keep it apart from the backups, and give it as SECRET_KEY.",
    ),
    Check(
        "coproduce.W003",
        "EMAIL_HOST",
        lambda: not text("EMAIL_HOST"),
        "is not set: no letter is sent. Letters are printed to the log instead, and with them the links "
        "that set a new password.",
        "Name the server that takes letters: EMAIL_HOST=smtp.example.org, with EMAIL_HOST_USER and "
        "EMAIL_HOST_PASSWORD if it asks for them.",
    ),
    Check(
        "coproduce.W004",
        "DEFAULT_FROM_EMAIL",
        lambda: not text("DEFAULT_FROM_EMAIL"),
        "is not set: letters come from coproduce@localhost, which other servers refuse.",
        "Give an address that may send from your server: DEFAULT_FROM_EMAIL=coproduce@example.org",
    ),
    Check(
        "coproduce.W005",
        "BEHIND_PROXY",
        lambda: not yes("BEHIND_PROXY"),
        "is not set: gunicorn speaks plain HTTP, so every page sends its visitor to HTTPS, without end.",
        "Put a proxy in front that ends HTTPS and sets X-Forwarded-Proto and X-Forwarded-For, and say "
        "BEHIND_PROXY=yes. docs/deployment.md shows one.",
    ),
    Check(
        "coproduce.W006",
        "DEMO",
        lambda: yes("DEMO"),
        "is on: the demo people may sign in with passwords that everybody knows, and over plain HTTP.",
        "Leave DEMO unset on a real site.",
    ),
    Check(
        "coproduce.W007",
        "DEBUG",
        lambda: yes("DEBUG"),
        "is on: an error page shows code, settings and data to whoever meets it.",
        "Leave DEBUG unset on a real site.",
    ),
    Check(
        "coproduce.W008",
        "LOCAL",
        lambda: yes("LOCAL"),
        "is on: pages, passwords and cookies go over plain HTTP.",
        "Leave LOCAL unset on a site that other machines reach.",
    ),
    Check(
        "coproduce.I001",
        "DATABASE_URL",
        lambda: not text("DATABASE_URL"),
        "is not set: everything is kept in coproduce.sqlite3 in the data folder. That serves one machine "
        "and a small office.",
        "For more, give a PostgreSQL: DATABASE_URL=postgres://user:password@host:5432/name",
        INFO,
    ),
]


def real_site(app_configs=None, **options) -> list[CheckMessage]:
    """What is missing in the environment for a real site, in the order of ``CHECKS``."""
    return [check.message() for check in CHECKS if check.wrong()]


def start() -> None:
    """Have ``manage.py check --deploy`` ask for ``real_site``."""
    register(real_site, "coproduce", deploy=True)
