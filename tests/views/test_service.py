"""Services: the list, one service, add, change, delete."""

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments.models import Activity, Participant, Service
from tests.factories import (
    make_activity,
    make_assessment,
    make_closed,
    make_member,
    make_organisation,
    make_participant,
    make_service,
    make_user,
)

from .pages import errors_of, messages_of, seen, send, text_of

LIST, NEW = reverse("service-list"), reverse("service-create")


@pytest.fixture
def alice(instrument, client):
    """A manager who is signed in."""
    user = make_user("alice")
    make_member(user, make_organisation())
    client.force_login(user)
    return user


def at(name: str, service: Service) -> str:
    return reverse(f"service-{name}", args=[service.slug])


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_five_queries(client, alice, number, django_assert_num_queries):
    for _ in range(number):
        service = make_service(managers=[alice])
        for _ in range(number):
            make_assessment(make_activity(service), by=alice)

    with django_assert_num_queries(5):
        client.get(LIST)


@pytest.mark.parametrize("number", [1, 3])
def test_one_service_takes_four_queries(client, alice, number, django_assert_num_queries):
    service = make_service(managers=[alice])
    for _ in range(number):
        activity = make_activity(service)
        make_closed(activity, by=alice)
        make_assessment(activity, by=alice)
        make_participant(service)

    with django_assert_num_queries(4):
        client.get(at("detail", service))


# The list


def test_list_is_in_order_of_names_and_counts_what_each_holds(client, alice):
    zoo, arc = make_service("Zoo", managers=[alice]), make_service("Arc", managers=[alice])
    make_service("Somebody else’s", organisation=make_organisation("Oak County Council"))
    for title in ("One", "Two"):
        activity = make_activity(zoo, title)
        make_closed(activity, by=alice)
        make_assessment(activity, by=alice)
        make_participant(zoo)

    page = client.get(LIST)

    assert list(page.context["service_list"]) == [arc, zoo]
    found = {row.name: (row.activity_count, row.open_count) for row in page.context["service_list"]}
    assert found == {"Arc": (0, 0), "Zoo": (2, 2)}
    assert "2 activities, 2 being assessed now" in text_of(page)


def test_list_is_cut_into_pages_of_fifty(client, alice):
    for number in range(51):
        make_service(f"Service {number:02}", managers=[alice])

    first, second = client.get(LIST), client.get(LIST, {"page": 2})

    assert [len(page.context["service_list"]) for page in (first, second)] == [50, 1]
    assertContains(first, "Page 1 of 2")
    assertContains(first, 'rel="next" href="?page=2"')
    assertContains(second, 'rel="prev" href="?page=1"')


@pytest.mark.parametrize("page", ["0", "3", "two", "\x00"])
def test_a_page_that_is_not_there_is_not_found(client, alice, page):
    assert client.get(LIST, {"page": page}).status_code == 404


def test_empty_list_leads_to_the_first_step_or_says_whom_to_ask(client, alice, people_of_staff):
    assertContains(client.get(LIST), "You have no services yet")
    assertContains(client.get(LIST), NEW)

    client.force_login(people_of_staff)
    assertContains(client.get(LIST), "You manage no services")
    assertNotContains(client.get(LIST), NEW)


@pytest.fixture
def people_of_staff(db):
    user = make_user("stan")
    make_member(user, make_organisation(), "staff")
    return user


# One service


def test_service_shows_the_last_result_and_the_open_wave_of_each_activity(client, alice):
    service = make_service(managers=[alice])
    make_activity(service, "Never assessed")
    assessed = make_activity(service, "Assessed")
    make_closed(assessed, by=alice)
    last, opened = make_closed(assessed, by=alice), make_assessment(assessed, by=alice)

    page = client.get(at("detail", service))

    assert [row.title for row in page.context["activities"]] == ["Assessed", "Never assessed"]
    first = page.context["activities"][0]
    assert (first.last_closed, first.open_wave) == (last.pk, opened.pk)
    text = text_of(page)
    assert "Last result: Not yet clear : Assessed , 2 March 2026." in text
    assert "Being assessed now" in text
    assert "Not assessed yet." in text


def test_service_without_activities_leads_to_the_first(client, alice):
    page = client.get(at("detail", make_service(managers=[alice])))

    assertContains(page, "No activities yet")
    assertContains(page, "0 participants are listed.")


# Add


def test_adding_leads_to_the_service_and_says_what_comes_next(client, alice):
    address = NEW
    page = client.post(
        address,
        {"seen": seen(client, address), "name": "Elm Road Family Centre", "shared_for_research": "on"},
        follow=True,
    )

    service = Service.objects.get()
    assertRedirects(page, at("detail", service))
    assert messages_of(page) == ["The service is added. Now add an activity."]
    assert (service.slug, service.shared_for_research) == ("elm-road-family-centre", True)
    assert list(service.managers.all()) == [alice]


def test_adding_twice_adds_one_and_the_second_time_names_it(client, alice):
    form = {"seen": seen(client, NEW), "name": "Library"}

    first, second = client.post(NEW, form), client.post(NEW, form)

    assert first.status_code == 302
    assert errors_of(second) == {
        "name": ["Your organisation already has a service called “Library”. Choose another name."]
    }
    assert Service.objects.count() == 1


def test_a_refused_form_comes_back_with_everything_in_it(client, alice):
    page = send(client, NEW, name=" ", description="<i>Ours</i>", shared_for_research="on")

    assert page.context["form"]["description"].value() == "<i>Ours</i>"
    assert page.context["form"]["shared_for_research"].value() is True
    assertContains(page, "<title>Error: Add a service – Coproduce</title>", html=True)
    assertContains(page, "&lt;i&gt;Ours&lt;/i&gt;")
    assertContains(page, 'href="#id_name"')


# Change


def test_changing_saves_and_says_so(client, alice):
    service = make_service("Library", managers=[alice])
    address = at("update", service)
    form = {"seen": seen(client, address), "name": "Reading rooms", "description": "Two lines,\r\nhere."}

    page = client.post(address, form, follow=True)

    service.refresh_from_db()
    assert messages_of(page) == ["The service is saved."]
    assert (service.name, service.description) == ("Reading rooms", "Two lines,\nhere.")
    assertContains(page, "Two lines,<br>here.")


def test_a_stale_change_is_refused_with_both_texts_and_writes_nothing(client, alice):
    service = make_service("Library", managers=[alice], shared_for_research=True)
    old = seen(client, at("update", service))
    Service.objects.filter(pk=service.pk).update(name="Theirs")

    page = client.post(at("update", service), {"seen": old, "name": "Mine"})

    assert "changed after you opened this page" in errors_of(page)["__all__"][0]
    assert [(one.saved, one.typed) for one in page.context["form"].differences] == [
        ("Theirs", "Mine"),
        ("Yes", "No"),
    ]
    service.refresh_from_db()
    assert (service.name, service.shared_for_research) == ("Theirs", True)


# Delete


def test_a_service_in_use_is_kept_and_says_why(client, alice):
    service = make_service(managers=[alice])
    make_activity(service)

    assertContains(client.get(at("delete", service)), "This service has activities, so it cannot be deleted.")
    assertContains(client.post(at("delete", service)), "so it cannot be deleted", status_code=409)
    assert Service.objects.filter(pk=service.pk).exists()


def test_a_service_without_activities_is_deleted_with_its_list_of_participants(client, alice):
    service, other = make_service(managers=[alice]), make_service(managers=[alice])
    make_participant(service)
    kept = make_participant(other)

    page = client.post(at("delete", service), follow=True)

    assertRedirects(page, LIST)
    assert messages_of(page) == ["The service is deleted."]
    assert list(Service.objects.all()) == [other]
    assert list(Participant.objects.all()) == [kept]
    assert client.post(at("delete", service)).status_code == 404


def test_a_deleted_service_leaves_no_reference_in_the_record(client, alice):
    service = make_service(managers=[alice])
    make_participant(service, "Mrs Jones, 12 Elm Road")
    assert LogEntry.objects.filter(object_repr__contains="Jones").exists()

    client.post(at("delete", service))

    assert not any("Jones" in str(line) for line in LogEntry.objects.values())


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_deleting_takes_a_form_and_no_other_method(client, alice, method):
    service = make_service(managers=[alice])

    assert getattr(client, method)(at("delete", service)).status_code == 405


def test_a_lead_changes_every_service_of_the_organisation(client, alice):
    lena = make_user("lena")
    make_member(lena, make_organisation(), "lead")
    service = make_service("Library", managers=[alice])
    make_service("Elsewhere", organisation=make_organisation("Oak County Council"))
    client.force_login(lena)

    assert [row.name for row in client.get(LIST).context["service_list"]] == ["Library"]
    send(client, at("update", service), name="Reading rooms")
    assert Service.objects.get(pk=service.pk).name == "Reading rooms"
    assert not Activity.objects.exists()
