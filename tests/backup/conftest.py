"""What the tests of backups share."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from tests import databases

from .original import Original, make_original


@pytest.fixture(scope="package")
def original(tmp_path_factory, django_db_blocker) -> Original:
    """A backup that was made on the kind of database that the tests run on."""
    folder = tmp_path_factory.mktemp("original")
    with django_db_blocker.unblock(), databases.own(folder):
        return make_original(folder)


@pytest.fixture
def fresh(tmp_path, elsewhere) -> Iterator[None]:
    """A database on which only ``migrate`` and ``load_instrument`` ran."""
    with databases.own(tmp_path):
        call_command("migrate", verbosity=0)
        call_command("load_instrument", verbosity=0)
        yield
