"""The front page of somebody who is signed in: what waits for them, and the latest results."""

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from assessments.workflow import assessment as workflow
from tests.factories import (
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_response,
    make_service,
    make_user,
)

HOME = reverse("home")


@pytest.fixture
def alice(instrument, client):
    """A manager who is signed in."""
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.mark.parametrize("number", [1, 3])
def test_home_takes_five_queries(client, alice, number, django_assert_num_queries):
    for _ in range(number):
        service = make_service(managers=[alice])
        make_closed(make_activity(service), by=alice)
        make_assessment(make_activity(service), by=alice)

    with django_assert_num_queries(5):
        client.get(HOME)


def test_home_without_signing_in_holds_no_work(client, db):
    page = client.get(HOME)

    assertNotContains(page, "Your work")
    assertContains(page, reverse("login"))


def test_open_waves_put_those_still_to_answer_first_and_the_oldest_before(client, alice):
    service = make_service(managers=[alice])
    sent, late, early = (
        make_assessment(make_activity(service), by=alice, at=NOON + timedelta(days=day)) for day in (0, 2, 1)
    )
    make_response(sent, {"A1": 3}, respondent=alice)

    page = client.get(HOME)

    assert list(page.context["open_waves"]) == [early, late, sent]
    assertContains(page, "Your answers are not sent", count=2)
    assertContains(page, "Your answers are sent", count=1)


def test_a_draft_counts_as_not_sent(client, alice):
    wave = make_assessment(make_activity(make_service(managers=[alice])), by=alice)
    make_response(wave, {"A1": 3}, respondent=alice, submitted_on=None)

    assertContains(client.get(HOME), "Your answers are not sent")


def test_latest_results_come_newest_first_and_six_at_the_most(client, alice):
    service = make_service(managers=[alice])
    waves = [make_assessment(make_activity(service), by=alice) for _ in range(7)]
    for days, wave in enumerate(waves):
        workflow.close(wave, by=alice, at=NOON + timedelta(days=days))

    results = client.get(HOME).context["results"]

    assert [result["wave"] for result in results] == waves[:0:-1]
    assert {str(result["counts"]) for result in results} == {"Not yet clear"}


def test_home_of_an_invited_colleague_shows_what_they_may_answer_and_read(client, people, instrument):
    service = make_service(managers=[people["alice"]])
    closed = make_closed(make_activity(service, "Closed one"), by=people["alice"])
    opened = make_assessment(make_activity(service, "Open one"), by=people["alice"])
    make_assessment(make_activity(service, "Somebody else’s"), by=people["alice"])
    for wave in (closed, opened):
        wave.invited.add(people["stan"])
    client.force_login(people["stan"])

    page = client.get(HOME)

    assert list(page.context["open_waves"]) == [opened]
    assert [result["wave"] for result in page.context["results"]] == [closed]
    assertNotContains(page, "Somebody else’s")
    assertNotContains(page, "Go to your services")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lena", "Go to your services"),
        ("rosa", "Go to the research data"),
        ("ada", "Go to the admin"),
        ("olga", "Nothing waits for you."),
    ],
)
def test_home_leads_each_role_to_its_own_work(client, people, name, words):
    client.force_login(people[name])

    assertContains(client.get(HOME), words)


def test_home_shows_nothing_of_another_organisation(client, people, instrument):
    make_closed(make_activity(make_service(managers=[people["alice"]]), "Parents’ group"), by=people["alice"])
    client.force_login(people["bob"])

    assertNotContains(client.get(HOME), "Parents’ group")
