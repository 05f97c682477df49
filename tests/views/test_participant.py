"""Participants of a service, and who takes part in which activity."""

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from assessments.models import Answer, Participant, Participation
from tests.factories import (
    make_activity,
    make_assessment,
    make_participant,
    make_participation,
    make_response,
    make_service,
    make_user,
    ratings,
)

from .pages import errors_of, messages_of, seen, send, text_of


@pytest.fixture
def alice(instrument, client):
    """A manager who is signed in."""
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.fixture
def service(alice):
    return make_service("Elm Road Family Centre", managers=[alice])


@pytest.fixture
def activity(service):
    return make_activity(service, "Parents’ group")


def list_of(service) -> str:
    return reverse("participant-list", args=[service.slug])


def new(service) -> str:
    return reverse("participant-create", args=[service.slug])


def at(name: str, row) -> str:
    return reverse(name, args=[row.pk])


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_five_queries(client, service, number, django_assert_num_queries):
    for _ in range(number):
        participant = make_participant(service)
        for _ in range(number):
            make_participation(participant, make_activity(service))

    with django_assert_num_queries(5):
        client.get(list_of(service))


def test_list_is_in_order_of_references_and_counts_activities(client, service, activity):
    group = make_participant(service, "Tuesday group", kind="group", size=12)
    make_participant(service, "P-1")
    make_participant(make_service(), "P-0")
    make_participation(group, activity)

    text = text_of(client.get(list_of(service)))

    assert "P-1 one person 0 Tuesday group a group, 12 people 1" in text
    assert "P-0" not in text


def test_list_is_cut_into_pages_of_a_hundred(client, service):
    Participant.objects.bulk_create(
        Participant(service=service, reference=f"P-{number:03}") for number in range(101)
    )

    first, second = client.get(list_of(service)), client.get(list_of(service), {"page": 2})

    assert [len(page.context["participant_list"]) for page in (first, second)] == [100, 1]
    assert client.get(list_of(service), {"page": 3}).status_code == 404


def test_empty_list_says_what_would_stand_here(client, service):
    assertContains(client.get(list_of(service)), "You need no names.")


def test_adding_says_so_and_leads_to_the_list(client, service):
    address = new(service)
    form = {"seen": seen(client, address), "reference": "P-014", "kind": "person"}

    page = client.post(address, form, follow=True)

    assertRedirects(page, list_of(service))
    assert messages_of(page) == ["The participant is added."]


def test_adding_twice_adds_one_and_the_second_time_names_it(client, service):
    form = {"seen": seen(client, new(service)), "reference": "P-014", "kind": "person"}

    first, second = client.post(new(service), form), client.post(new(service), form)

    assert first.status_code == 302
    assert errors_of(second) == {
        "reference": ["This service already has a participant called “P-014”. Choose another reference."]
    }
    assert Participant.objects.count() == 1


def test_a_stale_change_is_refused_with_both_texts_and_writes_nothing(client, service):
    row = make_participant(service, "P-1")
    old = seen(client, at("participant-update", row))
    Participant.objects.filter(pk=row.pk).update(kind="group", size=9)

    page = client.post(
        at("participant-update", row), {"seen": old, "reference": "P-2", "kind": "person", "size": ""}
    )

    assert [(one.saved, one.typed) for one in page.context["form"].differences] == [
        ("P-1", "P-2"),
        ("a group", "one person"),
        ("9", ""),
    ]
    row.refresh_from_db()
    assert (row.reference, row.size) == ("P-1", 9)


def test_deleting_a_participant_takes_their_parts_and_no_answers(client, alice, service, activity):
    row = make_participant(service)
    make_participation(row, activity)
    make_response(make_assessment(activity, by=alice), ratings("participant"))
    answers = Answer.objects.count()

    assertContains(client.get(at("participant-delete", row)), "This cannot be undone.")
    page = client.post(at("participant-delete", row), follow=True)

    assertRedirects(page, list_of(service))
    assert messages_of(page) == ["The participant is deleted."]
    assert not Participation.objects.exists()
    assert Answer.objects.count() == answers
    assert client.post(at("participant-delete", row)).status_code == 404


# Who takes part in an activity


def test_adding_to_an_activity_twice_adds_one_and_the_second_time_says_so(client, service, activity):
    row = make_participant(service)
    make_participant(service)
    address = at("participation-create", activity)
    form = {"seen": seen(client, address), "participant": row.pk, "asked": "offered", "phases": ["design"]}

    first, second = client.post(address, form), client.post(address, form)

    assertRedirects(first, activity.get_absolute_url())
    assert "is in this activity already" in errors_of(second)["participant"][0]
    assert Participation.objects.get().design is True


def test_the_second_click_says_so_when_nobody_else_is_left(client, service, activity):
    row = make_participant(service)
    address = at("participation-create", activity)
    form = {"seen": seen(client, address), "participant": row.pk, "asked": "offered"}
    client.post(address, form)

    assertContains(client.post(address, form), "is in this activity already")


def test_an_activity_of_everybody_says_that_nobody_is_left(client, service, activity):
    assertContains(client.get(at("participation-create", activity)), "There is nobody left to add")


def test_a_participant_of_another_service_cannot_be_added(client, service, activity):
    make_participant(service)
    other = make_participant(make_service())

    page = send(client, at("participation-create", activity), participant=other.pk, asked="unknown")

    assert list(errors_of(page)) == ["participant"]
    assert not Participation.objects.exists()


def test_a_stale_part_is_refused_with_both_texts_and_writes_nothing(client, service, activity):
    row = make_participation(make_participant(service), activity, design=True)
    old = seen(client, at("participation-update", row))
    Participation.objects.filter(pk=row.pk).update(asked="referred", design=False, deliver=True)

    page = client.post(
        at("participation-update", row), {"seen": old, "asked": "required", "phases": ["design", "assess"]}
    )

    assert [(one.saved, one.typed) for one in page.context["form"].differences] == [
        ("sent by another service", "had to take part"),
        ("Delivering it", "Judging how it went, Designing it"),
    ]
    row.refresh_from_db()
    assert (row.asked, row.deliver) == ("referred", True)


def test_leaving_an_activity_keeps_the_participant(client, service, activity):
    row = make_participation(make_participant(service), activity)

    page = client.post(at("participation-delete", row), follow=True)

    assertRedirects(page, activity.get_absolute_url())
    assert messages_of(page) == ["The participant no longer belongs to this activity."]
    assert Participant.objects.count() == 1
