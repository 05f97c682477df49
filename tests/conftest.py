"""What every test may ask for."""

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test import Client

from assessments.models import (
    Activity,
    Assessment,
    InstrumentVersion,
    Participant,
    Participation,
    Service,
    User,
)
from assessments.workflow.instrument import copy_version

from .factories import (
    make_activity,
    make_assessment,
    make_closed,
    make_member,
    make_organisation,
    make_participant,
    make_participation,
    make_service,
    make_user,
)


def pytest_report_header(config: pytest.Config) -> str:
    """Says on which database the tests run."""
    return f"database: {connection.display_name}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """The test database, with version 1 of the instrument in it for every test: it is closed to change."""
    with django_db_blocker.unblock():
        call_command("load_instrument", verbosity=0)


@pytest.fixture
def instrument(db) -> InstrumentVersion:
    """Version 1 of the instrument, published."""
    return InstrumentVersion.objects.get(version="1")


@dataclass
class World:
    """The people of the tests by name, and what alice manages: one service with everything in it."""

    people: dict[str, User]
    service: Service
    activity: Activity
    participant: Participant
    participation: Participation
    closed: Assessment
    open: Assessment


@pytest.fixture
def people(db) -> dict[str, User]:
    """alice manages, lena leads and stan and olga are staff of one organisation; bob manages elsewhere; rosa
    is a researcher, ada a curator, root a superuser."""
    names = ["alice", "lena", "bob", "stan", "olga", "rosa", "ada"]
    users = {name: make_user(name) for name in names}
    users["root"] = User.objects.create_superuser("root", password="pass-word-1")
    elm, oak = make_organisation("Elm Borough Council"), make_organisation("Oak County Council")
    make_member(users["alice"], elm, "manager")
    make_member(users["lena"], elm, "lead")
    make_member(users["stan"], elm, "staff")
    make_member(users["olga"], elm, "staff")
    make_member(users["bob"], oak, "manager")
    users["rosa"].groups.add(Group.objects.get(name="researchers"))
    users["ada"].groups.add(Group.objects.get(name="curators"))
    users["ada"].is_staff = True
    users["ada"].save(update_fields=["is_staff"])
    return users


@pytest.fixture
def ada(people) -> Client:
    """The browser of ada, a curator."""
    client = Client()
    client.force_login(people["ada"])
    return client


@pytest.fixture
def draft(instrument) -> InstrumentVersion:
    """Version 2, a copy of version 1 that is not published."""
    return copy_version(instrument, number="2")


@pytest.fixture
def world(people, instrument) -> World:
    """A service of alice's that is shared for research, with a closed wave and an open one."""
    alice = people["alice"]
    service = make_service("Elm Road Family Centre", managers=[alice], shared_for_research=True)
    activity = make_activity(service, "Parents’ group")
    participant = make_participant(service, "P-001")
    closed = make_closed(activity, by=alice)
    opened = make_assessment(activity, by=alice)
    for wave in (closed, opened):
        wave.invited.add(people["stan"])
    return World(
        people=people,
        service=service,
        activity=activity,
        participant=participant,
        participation=make_participation(participant, activity),
        closed=closed,
        open=opened,
    )


@pytest.fixture
def elsewhere(django_db_blocker):
    """Lets a test use databases of its own (``tests/databases.py``); it must leave the tests' one alone."""
    with django_db_blocker.unblock():
        yield
