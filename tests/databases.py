"""Databases of their own for tests that migrate, fill and empty one, in the process of the test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.db.utils import load_backend

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    },
}
"""As the settings of a site have it."""

numbers = count(1)


@contextmanager
def sqlite(folder: Path) -> Iterator[None]:
    """Inside, the site's database is a new SQLite file in ``folder``."""
    with instead(SQLITE | {"NAME": str(folder / f"{next(numbers)}.sqlite3")}):
        yield


@contextmanager
def postgresql() -> Iterator[None]:
    """Inside, the site's database is a new one on the PostgreSQL of the tests; it goes afterwards."""
    name = f"coproduce_{os.getpid()}_{next(numbers)}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        with instead(connection.settings_dict | {"NAME": name}):
            yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Inside, the site's database is a new one of the kind that the tests run on."""
    with postgresql() if connection.vendor == "postgresql" else sqlite(folder):
        yield


@contextmanager
def instead(settings: dict) -> Iterator[None]:
    """Inside, the site's database is the one that ``settings`` name."""
    usual = connections["default"]
    connections["default"] = another(settings)
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = usual
        ContentType.objects.clear_cache()


def another(settings: dict):
    """A connection of its own to a database."""
    whole = connections.configure_settings({"default": dict(settings)})["default"]
    return load_backend(whole["ENGINE"]).DatabaseWrapper(whole, "default")
