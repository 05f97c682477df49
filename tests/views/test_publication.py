"""Publishing a result: who may, what everybody then reads, and what nobody may read there."""

import re

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments.models import Assessment, PublicResult
from assessments.workflow import assessment as workflow
from tests.factories import (
    DAY,
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_response,
    make_service,
    ratings,
)

from .pages import errors_of, messages_of, send, text_of

COPRODUCED = {
    "phases_commission": "none",
    "phases_design": "shared",
    "phases_deliver": "shared",
    "phases_assess": "none",
    "agency": "ongoing",
    "public_resources": "yes",
    "basis": "chosen",
    "intentional": "yes",
    "staff_time": "kept",
    "levels_group": True,
    "context_cuts": "yes",
    "context_invested": "no",
}


AGAINST = {"A4", "A5", "V3", "V4", "R5", "R6", "P5"}
"""The items that speak against coproduction."""


def fair(side: str) -> dict[str, int]:
    """A response that speaks mildly for coproduction throughout."""
    return {code: 1 if code in AGAINST else 3 for code in ratings(side)}


@pytest.fixture
def alice(people):
    return people["alice"]


@pytest.fixture
def manager(client, alice):
    """alice's browser."""
    client.force_login(alice)
    return client


@pytest.fixture
def activity(alice, instrument):
    service = make_service("Elm Road Family Centre", managers=[alice], contact="Jo Green, 020 7946 0001")
    return make_activity(service, "Parents’ group", COPRODUCED)


def at(name: str, wave) -> str:
    return reverse(f"assessment-{name}", args=[wave.pk])


def publish(wave, note: str = "") -> str:
    """Publishes a wave, and returns its public address."""
    workflow.publish(wave, note=note, on=DAY)
    wave.refresh_from_db()
    return reverse("public-result", args=[wave.public_slug])


def answered(activity, alice, *, staff, participants) -> Assessment:
    """A closed wave with one staff response and some participants', as given."""
    wave = make_assessment(activity, by=alice)
    make_response(wave, staff, respondent=alice, evidence={"A1": "Minutes of the Friday meeting"})
    for given in participants:
        make_response(wave, given)
    return workflow.close(wave, by=alice, at=NOON)


# The public page


@pytest.mark.parametrize("participants", [0, 8])
def test_public_page_takes_five_queries(client, alice, activity, participants, django_assert_num_queries):
    address = publish(make_closed(activity, by=alice, participants=participants))
    with django_assert_num_queries(5):
        client.get(address)


def test_everybody_reads_both_sides_of_a_published_result(client, alice, activity):
    address = publish(make_closed(activity, by=alice, participants=8), "Thank you. We listen.")

    page = client.get(address)
    text = text_of(page)

    for words in (
        "Parents’ group",
        "Elm Road Family Centre, Elm Borough Council",
        "Thank you. We listen.",
        "8 participants answered.",
        "until March 2026",
        "Judged by Bussu’s Defining Coproduction (2014).",
        "Staff: 58.3; Participants: 55.0 (they agree).",
        "Ask Jo Green, 020 7946 0001",
    ):
        assert words in text
    assertContains(page, reverse("definitions-version", args=["1"]))
    assertContains(page, '<meta name="robots" content="noindex">')
    assert page["X-Robots-Tag"] == "noindex"


def test_public_page_says_flags_with_what_to_do(client, alice, activity):
    text = text_of(client.get(publish(make_closed(activity, by=alice, participants=8))))

    assert "Little was put in at the start" in text
    assert "What to do: Set aside time and a budget for it" in text
    assert "Helps" in text
    assert "Hinders Not so: Money or time was put in to get it going The budget was cut in the last" in text


def test_public_page_without_participants_is_staff_s_own_view(client, alice, activity):
    text = text_of(client.get(publish(make_closed(activity, by=alice))))

    assert "No participants answered. What you read here is staff’s own view of March 2026." in text
    assert "participants took part" not in text
    assert "Participants:" not in text


def test_public_page_has_no_item_no_evidence_and_no_staff_name(client, alice, activity):
    alice.first_name, alice.last_name = "Alicia", "Ashdown"
    alice.save()
    wave = answered(activity, alice, staff=fair("staff"), participants=[fair("participant")] * 8)

    page = client.get(publish(wave))

    for words in ("Minutes of the Friday", "Alicia", "Ashdown", "alice", "<table"):
        assertNotContains(page, words)
    said = text_of(page)
    for item in wave.instrument_version.items.prefetch_related("texts"):
        assert f" {item.code} " not in said
        assert not any(text and text in said for text in (item.words.staff, item.words.participant))


def test_public_page_shows_what_the_public_record_says_and_never_the_inner_one(client, alice, activity):
    """Eight took part and only five rated the relations: inside they show, outside they do not."""
    full, thin = (
        ratings("participant"),
        {code: rating for code, rating in ratings("participant").items() if not code.startswith("R")},
    )
    wave = answered(activity, alice, staff=ratings("staff", 4), participants=[full] * 5 + [thin] * 3)
    inner = wave.results.get(ruleset=wave.ruleset).profile["dimensions"]["relational"]
    assert inner["participants"]["n"] == 5

    page = client.get(publish(wave))

    assert "Fewer than 8 participants answered enough about: Relational." in text_of(page)
    relational = page.context["public"]["process"][3]
    assert relational["code"] == "relational"
    assert (relational["participants"], relational["gap"]) == (None, None)


def test_public_page_reads_no_row_of_the_inner_results(client, alice, activity, django_assert_num_queries):
    address = publish(make_closed(activity, by=alice, participants=8))

    with django_assert_num_queries(5) as asked:
        client.get(address)

    assert not [query for query in asked if '"assessments_result"' in query["sql"]]


def test_a_contested_result_says_what_is_open(client, alice, activity):
    forced = fair("participant") | {"V1": 0}
    wave = answered(activity, alice, staff=fair("staff"), participants=[forced] * 8)

    text = text_of(client.get(publish(wave)))

    assert "Contested" in text
    assert "Participants contest: people take part freely and knowingly" in text


def test_a_result_that_failed_says_which_condition_decided(client, alice, instrument):
    service = make_service(managers=[alice])
    ordered = make_activity(service, "Records", COPRODUCED | {"basis": "required"})

    text = text_of(client.get(publish(make_closed(ordered, by=alice))))

    assert "What decided: the condition “People take part freely and knowingly” is not met." in text


def test_what_is_not_published_is_not_there(client, alice, activity):
    wave = make_closed(activity, by=alice)
    address = publish(wave)
    assert client.get(address).status_code == 200

    workflow.withdraw(wave)

    assert client.get(address).status_code == 404
    assert client.get(reverse("public-result", args=["none"])).status_code == 404
    assert client.post(address).status_code == 405


def test_signs_of_html_in_the_note_stay_signs(client, alice, activity):
    page = client.get(publish(make_closed(activity, by=alice), "<b>Thanks</b>\nto all"))

    assertContains(page, "&lt;b&gt;Thanks&lt;/b&gt;<br>to all")


# Publishing


def test_preview_takes_ten_queries_at_most(manager, alice, activity, django_assert_max_num_queries):
    wave = make_closed(activity, by=alice, participants=8)
    with django_assert_max_num_queries(10):
        manager.get(at("publish", wave))


def test_preview_shows_exactly_the_public_page(manager, alice, activity):
    wave = make_closed(activity, by=alice, participants=8)
    preview = manager.get(at("publish", wave)).content.decode()
    public = manager.get(publish(wave)).content.decode()

    verdict = re.compile(r'<section class="verdict.*?Questions\?', re.DOTALL)
    assert verdict.search(preview).group() == verdict.search(public).group()


def test_publishing_takes_the_note_and_shows_the_page_to_everybody(manager, client, alice, activity):
    wave = make_closed(activity, by=alice, participants=8)

    page = send(manager, at("publish", wave), public_note="  Thank you all.  ")

    assertRedirects(page, at("publish", wave), fetch_redirect_response=False)
    assert messages_of(manager.get(at("publish", wave))) == ["The result is published."]
    wave.refresh_from_db()
    assert (wave.public_note, wave.published_on is None) == ("Thank you all.", False)
    client.logout()
    assertContains(client.get(reverse("public-result", args=[wave.public_slug])), "Thank you all.")


def test_a_note_can_be_seen_first_without_publishing(manager, alice, activity):
    wave = make_closed(activity, by=alice)

    page = send(manager, at("publish", wave), public_note="Thank you all.", preview="1")

    assertContains(page, "<p>Thank you all.</p>")
    wave.refresh_from_db()
    assert (wave.public_note, wave.published_on, wave.public_slug) == ("", None, None)


def test_a_note_is_500_characters_at_most(manager, alice, activity):
    wave = make_closed(activity, by=alice)

    assert list(errors_of(send(manager, at("publish", wave), public_note="a" * 501))) == ["public_note"]
    assert send(manager, at("publish", wave), public_note="a" * 500).status_code == 302


def test_two_people_who_write_the_note_do_not_overwrite_each_other(manager, alice, activity):
    wave = make_closed(activity, by=alice)
    opened = manager.get(at("publish", wave)).context["form"]["seen"].value()
    publish(wave, "From lena")

    page = manager.post(at("publish", wave), {"seen": opened, "public_note": "From alice"})

    assertContains(page, "The two versions")
    wave.refresh_from_db()
    assert wave.public_note == "From lena"


@pytest.mark.parametrize("participants", [1, 4, 5, 7])
def test_one_to_seven_participants_are_never_public(manager, alice, activity, participants):
    wave = make_closed(activity, by=alice, participants=participants)

    page = manager.get(at("publish", wave))
    refused = manager.post(at("publish", wave), {"public_note": "Please"})

    assert "Some participants answered in this wave, but fewer than 8." in text_of(page)
    assert refused.status_code == 409
    wave.refresh_from_db()
    assert wave.published_on is None
    assert not PublicResult.objects.filter(assessment=wave).exists()


def test_an_open_wave_leads_back_to_its_tasks(manager, alice, activity):
    wave = make_assessment(activity, by=alice)

    assertRedirects(manager.get(at("publish", wave)), wave.get_absolute_url(), fetch_redirect_response=False)
    assertRedirects(manager.post(at("publish", wave)), wave.get_absolute_url(), fetch_redirect_response=False)


def test_withdrawing_asks_first_and_publishing_again_brings_the_same_address_back(manager, alice, activity):
    wave = make_closed(activity, by=alice)
    address = publish(wave)

    assertContains(manager.get(at("withdraw", wave)), "Withdraw the public page?")
    assert manager.get(address).status_code == 200
    manager.post(at("withdraw", wave))
    assert manager.get(address).status_code == 404
    send(manager, at("publish", wave), public_note="")
    assert manager.get(address).status_code == 200


def test_there_is_nothing_to_withdraw_before_publishing(manager, alice, activity):
    wave = make_closed(activity, by=alice)

    for page in (manager.get(at("withdraw", wave)), manager.post(at("withdraw", wave))):
        assertRedirects(page, at("publish", wave), fetch_redirect_response=False)


# The result page, for whoever may publish, and with both sides


def test_result_page_leads_editors_to_publishing_and_to_the_public_page(manager, people, alice, activity):
    wave = make_closed(activity, by=alice)
    wave.invited.add(people["stan"])
    assertContains(manager.get(at("result", wave)), "Publish this result")

    address = publish(wave)

    page = manager.get(at("result", wave))
    assertContains(page, "Published: see the public page")
    assertContains(page, address)
    manager.force_login(people["stan"])
    assertNotContains(manager.get(at("result", wave)), at("publish", wave))


@pytest.mark.parametrize("waves", [1, 3])
def test_result_page_takes_ten_queries_at_most(
    manager, alice, activity, waves, django_assert_max_num_queries
):
    for _ in range(waves):
        wave = make_closed(activity, by=alice, participants=5)
    with django_assert_max_num_queries(10):
        manager.get(at("result", wave))


def test_result_page_tells_wide_gaps_of_single_statements_in_words(manager, alice, activity):
    """A1 speaks for coproduction and A4 against it: a gap is told of the statement as it stands."""
    theirs = ratings("participant") | {"A1": 1, "A2": 3, "A4": 4, "L4": 1}
    wave = answered(activity, alice, staff=ratings("staff"), participants=[theirs] * 5)

    page = manager.get(at("result", wave))
    additive, _voluntary, levels, _relational = page.context["process"]
    gaps = {item["code"]: (item["gap"], item["gap_words"]) for item in additive["items"] + levels["items"]}

    assert gaps["A1"] == (-50.0, "Participants rate this 50 points lower than staff. That is a wide gap.")
    assert gaps["A2"] == (0.0, "")
    assert gaps["A4"] == (25.0, "Participants rate this 25 points higher than staff. That is a wide gap.")
    assert gaps["L4"] == (-50.0, "Participants rate this 50 points lower than staff. That is a wide gap.")
    assert gaps["A6"] == (None, "")
    assertContains(page, "Participants rate this 50 points lower than staff. That is a wide gap.")


def test_result_page_says_what_each_side_says_to_a_contested_condition(manager, alice, activity):
    theirs = fair("participant") | {"V1": 0}
    wave = answered(activity, alice, staff=fair("staff"), participants=[theirs] * 5)

    page = manager.get(at("result", wave))

    (contested,) = [gate for gate in page.context["gates"] if gate["says"]]
    said = {(one["staff"]["mean"], one["participants"]["mean"]) for one in contested["says"]}
    assert (contested["code"], said) == ("voluntary", {(3.0, 0.0), (1.0, 1.0)})
    assert "from 0 to 4: staff 3.0, participants 0.0." in text_of(page)


def test_result_page_shows_motives_as_bars_and_figures(manager, alice, activity):
    theirs = ratings("participant") | {"M1": 4, "M4": 0}
    wave = answered(activity, alice, staff=ratings("staff"), participants=[theirs] * 5)

    page = manager.get(at("result", wave))

    bars = {motive["name"]: (motive["bar"], motive["mean"]) for motive in page.context["motives"]}
    assert sorted(bars.values()) == [(0, 0.0), *[(90, 3.0)] * 5, (120, 4.0)]
    assertContains(page, 'class="motive-bar"', count=7)
    assertNotContains(page, "style=")


def test_result_page_with_four_participants_shows_nothing_of_them(manager, alice, activity):
    theirs = ratings("participant") | {"A1": 1, "V1": 0}
    wave = answered(activity, alice, staff=ratings("staff"), participants=[theirs] * 4)

    page = manager.get(at("result", wave))

    assertNotContains(page, "Participants less staff, in points of 100")
    assertNotContains(page, "motive-bar")
    assert not any(gate["says"] for gate in page.context["gates"])
