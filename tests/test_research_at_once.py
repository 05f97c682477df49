"""Researchers and scripts that come at once. SQLite has one writer, and its test database one connection."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Project, User
from assessments.workflow import tokens

from .exports.waves import make_project, make_researcher

FILE = "ratings_long.csv"


@pytest.fixture
def researcher(django_db_setup, django_db_blocker) -> Iterator[User]:
    """A researcher whom all connections see, and who is taken away at the end with all that is theirs."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has several writers")
    with django_db_blocker.unblock():
        lines, sessions = (set(model.objects.values_list("pk", flat=True)) for model in (LogEntry, Session))
        user = make_researcher("many-at-once")
        try:
            yield user
        finally:
            Project.objects.filter(researcher=user).delete()
            user.delete()
            LogEntry.objects.exclude(pk__in=lines).delete()
            Session.objects.exclude(pk__in=sessions).delete()


def at_once(call: Callable[[], int], *, times: int, workers: int) -> list[int]:
    """What ``call`` returns each time, some of them side by side."""

    def one(_number: int) -> int:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(times)))


def test_clicks_that_come_at_once_begin_one_project(researcher):
    address = reverse("project-create")

    def click() -> int:
        client = Client()
        client.force_login(researcher)
        seen = client.get(address).context["form"].initial["seen"]
        return client.post(address, {"seen": seen, "name": "Study", "purpose": "To learn."}).status_code

    statuses = at_once(click, times=12, workers=6)

    assert sorted(statuses) == [200] * 11 + [302]
    assert Project.objects.filter(researcher=researcher).count() == 1


def test_uses_of_a_token_that_come_at_once_are_all_counted(researcher):
    project, text, today = make_project(researcher), tokens.new_text(), timezone.localdate()
    last = today + timedelta(days=1)
    tokens.issue(project, text, name="notebook", files=[FILE], expires_on=last, on=today)

    def use() -> int:
        try:
            tokens.admit(text, slug=project.slug, file=FILE, now=timezone.now(), on=today)
        except tokens.Refused as refused:
            return refused.status
        return 200

    statuses = at_once(use, times=tokens.LIMIT + 20, workers=8)

    assert statuses.count(200) == tokens.LIMIT
    assert statuses.count(429) == 20
