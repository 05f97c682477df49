"""Activities: one activity with its facts and waves, add, change, delete, and the pages of facts."""

import itertools

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments.forms.facts import PAGES
from assessments.models import Activity, Facts, Participation
from tests.factories import (
    make_activity,
    make_assessment,
    make_closed,
    make_participant,
    make_participation,
    make_service,
    make_user,
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


def at(name: str, activity: Activity) -> str:
    return reverse(f"activity-{name}", args=[activity.pk])


def facts_at(activity: Activity, page: str) -> str:
    return reverse("facts-edit", args=[activity.pk, page])


@pytest.mark.parametrize("number", [1, 3])
def test_one_activity_takes_five_queries(client, alice, activity, number, django_assert_num_queries):
    for _ in range(number):
        make_closed(activity, by=alice)
        make_participation(make_participant(activity.service), activity)
    make_assessment(activity, by=alice)

    with django_assert_num_queries(5):
        client.get(at("detail", activity))


def test_page_of_facts_takes_three_queries(client, activity, django_assert_num_queries):
    with django_assert_num_queries(3):
        client.get(facts_at(activity, "helps"))


# One activity


def test_activity_shows_its_waves_newest_first_and_what_each_said(client, alice, activity):
    first = make_closed(activity, by=alice)
    Facts.objects.filter(pk=activity.facts_id).update(basis="required")
    second = make_closed(activity, by=alice)
    third = make_assessment(activity, by=alice)

    page = client.get(at("detail", activity))

    assert [wave.wave for wave in page.context["waves"]] == [3, 2, 1]
    assert [str(wave.counts_words) for wave in page.context["waves"][1:]] == [
        "Not coproduction",
        "Not yet clear",
    ]
    assertContains(page, "Continue the assessment")
    assertContains(page, third.get_absolute_url())
    for wave in (first, second):
        assertContains(page, reverse("assessment-result", args=[wave.pk]))


@pytest.mark.parametrize(("closed", "words"), [(0, "Start an assessment"), (1, "Start the next wave")])
def test_activity_without_an_open_wave_offers_the_next(client, alice, activity, closed, words):
    for _ in range(closed):
        make_closed(activity, by=alice)

    assertContains(client.get(at("detail", activity)), words)


def test_activity_lists_who_takes_part_by_reference(client, activity):
    for reference in ("P-2", "P-1"):
        make_participation(make_participant(activity.service, reference), activity, asked="personally")

    text = text_of(client.get(at("detail", activity)))

    assert text.index("P-1 Asked by someone they know Not known") < text.index("P-2")


def test_activity_says_how_far_each_page_of_facts_is(client, activity):
    Facts.objects.filter(pk=activity.facts_id).update(
        basis="chosen", intentional="unknown", agency="none", levels_individual=False
    )

    (section,) = client.get(at("detail", activity)).context["fact_sections"]

    assert [(task["answered"], task["asked"], str(task["status"])) for task in section["tasks"]] == [
        (0, 4, "Not started"),
        (2, 2, "Done"),
        (1, 3, "1 of 3 answered"),
        (1, 2, "1 of 2 answered"),
        (0, 8, "Not started"),
        (0, 7, "Not started"),
    ]


# Add and change


def test_adding_leads_to_the_first_page_of_facts(client, service):
    address = reverse("activity-create", args=[service.slug])
    page = client.post(address, {"seen": seen(client, address), "title": "Reading hour"}, follow=True)

    activity = Activity.objects.get()
    assertRedirects(page, facts_at(activity, "part"))
    assert messages_of(page) == ["The activity is added. Now describe its facts."]
    assert activity.service == service


def test_adding_twice_adds_one_and_the_second_time_names_it(client, service):
    address = reverse("activity-create", args=[service.slug])
    form = {"seen": seen(client, address), "title": "Reading hour"}

    first, second = client.post(address, form), client.post(address, form)

    assert first.status_code == 302
    assert errors_of(second) == {
        "title": ["This service already has an activity called “Reading hour”. Choose another title."]
    }
    assert (Activity.objects.count(), Facts.objects.count()) == (1, 1)


def test_changing_saves_and_says_so(client, activity):
    address = at("update", activity)
    form = {"seen": seen(client, address), "title": "Fathers’ group", "description": "<b>Weekly</b>"}

    page = client.post(address, form, follow=True)

    assertRedirects(page, at("detail", activity))
    assert messages_of(page) == ["The activity is saved."]
    assertContains(page, "&lt;b&gt;Weekly&lt;/b&gt;")


def test_a_stale_change_is_refused_with_both_texts_and_writes_nothing(client, activity):
    old = seen(client, at("update", activity))
    Activity.objects.filter(pk=activity.pk).update(description="Theirs")

    page = client.post(at("update", activity), {"seen": old, "title": activity.title, "description": "Mine"})

    assert [(one.saved, one.typed) for one in page.context["form"].differences] == [("Theirs", "Mine")]
    assertContains(page, "Theirs")
    assert Activity.objects.get().description == "Theirs"


# Delete


@pytest.mark.parametrize("make", [make_closed, make_assessment])
def test_an_assessed_activity_is_kept_and_says_why(client, alice, activity, make):
    make(activity, by=alice)

    assertContains(client.get(at("delete", activity)), "This activity was assessed, so it is kept.")
    assertContains(client.post(at("delete", activity)), "so it is kept", status_code=409)
    assert Activity.objects.exists()


def test_an_activity_never_assessed_is_deleted_with_its_facts_and_who_takes_part(client, activity):
    make_participation(make_participant(activity.service), activity)

    page = client.post(at("delete", activity), follow=True)

    assertRedirects(page, activity.service.get_absolute_url())
    assert messages_of(page) == ["The activity is deleted."]
    assert not Activity.objects.exists()
    assert not Facts.objects.exists()
    assert not Participation.objects.exists()
    assertContains(page, "1 participant is listed.")


# Facts, page by page


def test_facts_lead_from_page_to_page_and_back_to_the_activity(client, activity):
    slugs = [page.slug for page in PAGES]
    for here, following in itertools.pairwise(slugs):
        assertRedirects(send(client, facts_at(activity, here)), facts_at(activity, following))

    assertRedirects(send(client, facts_at(activity, slugs[-1])), at("detail", activity))


def test_facts_may_return_to_the_activity_from_any_page_and_say_so(client, activity):
    address = facts_at(activity, "terms")
    form = {"seen": seen(client, address), "basis": "chosen", "save-and-return": "1"}

    page = client.post(address, form, follow=True)

    assertRedirects(page, at("detail", activity))
    assert messages_of(page) == ["Your facts are saved."]
    assert Facts.objects.get().basis == "chosen"


def test_an_unknown_page_of_facts_is_not_found(client, activity):
    assert client.get(facts_at(activity, "secrets")).status_code == 404
    assert client.post(facts_at(activity, "secrets"), {"basis": "chosen"}).status_code == 404


def test_facts_open_with_what_is_saved(client, activity):
    Facts.objects.filter(pk=activity.facts_id).update(
        task="core", levels_individual=True, levels_group=False, levels_collective=True
    )

    form = client.get(facts_at(activity, "levels")).context["form"]

    assert form["levels"].value() == ["individual", "collective"]
    assert form["task"].value() == "core"


def test_stale_facts_are_refused_in_words_and_write_nothing(client, activity):
    old = seen(client, facts_at(activity, "levels"))
    send(client, facts_at(activity, "levels"), levels=["individual"], task="core")

    page = client.post(
        facts_at(activity, "levels"), {"seen": old, "levels": ["group", "collective"], "task": "core"}
    )

    (difference,) = page.context["form"].differences
    assert difference.saved == "One person at a time: each has their own plan or goals"
    assert difference.typed == (
        "The whole community gains, also those who never take part, People in a similar position, together"
    )
    facts = Facts.objects.get()
    assert (facts.levels_individual, facts.levels_group) == (True, False)


def test_two_pages_of_facts_at_once_are_no_conflict(client, activity):
    first, second = seen(client, facts_at(activity, "terms")), seen(client, facts_at(activity, "support"))

    client.post(facts_at(activity, "terms"), {"seen": first, "basis": "chosen"})
    client.post(facts_at(activity, "support"), {"seen": second, "agency": "ongoing"})

    facts = Facts.objects.get()
    assert (facts.basis, facts.agency) == ("chosen", "ongoing")


def test_refused_facts_keep_what_was_ticked(client, activity):
    page = send(client, facts_at(activity, "levels"), levels=["unknown", "group"], task="core")

    assert errors_of(page) == {"levels": ["Choose “Not known” alone, or the levels that you know of."]}
    assert page.context["form"]["levels"].value() == ["unknown", "group"]
    assert page.context["form"]["task"].value() == "core"
    assertContains(page, 'href="#id_levels_0"')
    assertNotContains(client.get(facts_at(activity, "levels")), "checked")
