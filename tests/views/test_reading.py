"""A closed wave read under another version or rule-set: shown as such, giving nobody away, never stored."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import InstrumentVersion, PublicResult, Result
from assessments.rules import assess
from assessments.workflow import assessment as workflow
from assessments.workflow.instrument import as_instrument, copy_version, publish
from assessments.workflow.reading import read_under
from tests.factories import (
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_response,
    make_service,
    make_user,
    ratings,
)

from .pages import text_of

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
"""The one thing on a page that changes each time it is asked for."""


@pytest.fixture
def alice(instrument, client):
    """A manager who is signed in."""
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.fixture
def activity(alice):
    facts = {"staff_time": "kept", "agency": "ongoing", "basis": "chosen"}
    return make_activity(make_service(managers=[alice]), "Parents’ group", facts)


def copied(change=lambda draft: None, **columns) -> InstrumentVersion:
    """Version 2, published: version 1 with ``columns`` and whatever ``change`` does to the draft."""
    draft = copy_version(InstrumentVersion.objects.get(version="1"), number="2")
    for name, value in columns.items():
        setattr(draft, name, value)
    draft.save()
    change(draft)
    return publish(draft, by=None, reason="To see", at=timezone.now())


def reworked(draft: InstrumentVersion) -> None:
    """Other weights, other words, an item more, an item less."""
    draft.items.filter(code="A1").update(weight=9)
    draft.items.get(code="R1").texts.update(staff="They have known one another for years.")
    draft.items.get(code="A5").delete()
    dimension = draft.dimensions.get(code="additive")
    item = draft.items.create(dimension=dimension, code="A7", order=99, pole="+", source="added value")
    item.texts.create(staff="It is new.", participant="It is new.", easy_read="It is new.")


def reading(wave, version="2", ruleset="bussu-2014") -> str:
    return reverse("assessment-reading", args=[wave.pk, version, ruleset])


def without_token(response) -> bytes:
    assert response.status_code == 200
    return TOKEN.sub(b"", response.content)


def test_publishing_a_version_leaves_results_and_their_pages_as_they_were(client, alice, activity):
    wave = make_closed(activity, by=alice, participants=8)
    page = reverse("assessment-result", args=[wave.pk])
    rows = [list(model.objects.order_by("pk").values()) for model in (Result, PublicResult)]
    before = without_token(client.get(page))

    copied(reworked, band_coproduction_from=90, gap_noted_from=5)

    assert without_token(client.get(page)) == before
    assert [list(model.objects.order_by("pk").values()) for model in (Result, PublicResult)] == rows


def test_reading_says_under_what_and_that_it_replaces_nothing(client, alice, activity):
    wave = make_closed(activity, by=alice)
    copied(reworked)

    page = text_of(client.get(reading(wave)))

    assert "Also read under version 2, rule-set bussu-2014" in page
    assert "This does not replace the result of the wave." in page
    assert "This version does not ask A5." in page
    assert "This wave was not asked A7." in page
    assert "They have known one another for years." in page
    assert "never recomputed" not in page
    assert "Publish this result" not in page


def test_reading_gives_what_the_rules_give_under_that_version(alice, activity):
    wave = make_closed(activity, by=alice, staff=2)
    version = copied(lambda draft: draft.items.filter(code="A4").update(weight=9))
    sent = wave.responses.prefetch_related("answers__item")
    case = workflow.values.Case(facts=workflow.as_facts(wave.facts), responses=workflow.as_responses(sent))

    found = read_under(wave, version, "four-cos")

    assert found.profile == assess(case, as_instrument(version), ruleset="four-cos").as_dict()
    assert (found.profile["instrument"], found.profile["ruleset"]) == ("2", "four-cos")


def test_reading_stores_nothing(client, alice, activity):
    wave = make_closed(activity, by=alice, participants=8)
    copied(reworked)
    rows = [list(model.objects.order_by("pk").values()) for model in (Result, PublicResult)]

    client.get(reading(wave))
    client.get(reading(wave, ruleset="four-cos"))

    assert [list(model.objects.order_by("pk").values()) for model in (Result, PublicResult)] == rows


def test_reading_under_the_wave_s_own_version_is_what_was_stored(client, alice, activity):
    wave = make_closed(activity, by=alice)
    Result.objects.filter(assessment=wave, ruleset="four-cos").update(rules_version=7)

    found = read_under(wave, wave.instrument_version, "four-cos")

    assert found.rules_version == 7
    assert "rules version 7" in text_of(client.get(reading(wave, "1", "four-cos")))


def test_the_wave_s_own_version_and_rule_set_lead_to_its_result(client, alice, activity):
    wave = make_closed(activity, by=alice)

    assert client.get(reading(wave, "1")).url == reverse("assessment-result", args=[wave.pk])


def test_list_links_every_published_version_and_rule_set(client, alice, activity):
    wave = make_closed(activity, by=alice)
    copied()
    copy_version(InstrumentVersion.objects.get(version="2"), number="3")
    result = client.get(reverse("assessment-result", args=[wave.pk])).content.decode()
    readings = reverse("assessment-readings", args=[wave.pk])

    page = client.get(readings).content.decode()

    assert readings in result
    assert [reading(wave, *under) in page for under in (("2",), ("2", "four-cos"), ("1", "four-cos"))] == [
        True
    ] * 3
    assert reading(wave, "1") not in page
    assert reading(wave, "3") not in page


def test_a_draft_an_unknown_version_and_an_unknown_rule_set_are_not_there(client, alice, activity):
    wave = make_closed(activity, by=alice)
    copy_version(InstrumentVersion.objects.get(version="1"), number="2")

    assert [
        client.get(address).status_code
        for address in (reading(wave, "2"), reading(wave, "9"), reading(wave, "1", "mine"))
    ] == [404] * 3


def test_an_open_wave_has_no_reading(client, alice, activity):
    wave = make_assessment(activity, by=alice)

    assert client.get(reading(wave, "1", "four-cos")).url == wave.get_absolute_url()
    assert client.get(reverse("assessment-readings", args=[wave.pk])).url == wave.get_absolute_url()


# Nobody is given away by the difference between a reading and the result


def closed_with(activity, by, *answers: dict, form: str = "full"):
    """A closed wave with one staff response and a participant's response for each of ``answers``."""
    wave = make_assessment(activity, by=by)
    make_response(wave, ratings("staff"), respondent=by)
    for given in answers:
        make_response(wave, given, form=form)
    return workflow.close(wave, by=by, at=NOON)


def test_reading_keeps_the_higher_floor_of_the_two_versions(client, alice, activity):
    copied(min_participants=7)
    wave = closed_with(activity, alice, *[ratings("participant")] * 6)
    one = InstrumentVersion.objects.get(version="1")

    found = read_under(wave, one, "bussu-2014")

    assert (found.participants_withheld, found.floor) == (True, 7)
    assert found.profile["responses"]["participants"] == 0
    assert "Fewer than 7 participants answered" in text_of(client.get(reading(wave, "1")))


def test_reading_hears_nobody_on_a_dimension_that_others_have_a_score_on(alice, activity):
    whole = ratings("participant", 3)
    # Of the five poled items of the dimension, three answered are enough for 1/2 and too few for 2/3.
    part = {**whole, "A1": "dk", "A2": "dk"}
    wave = closed_with(activity, alice, *[whole] * 6, *[part] * 5)
    version = copied(min_coverage="1/2")

    stored = wave.results.get(ruleset="bussu-2014").profile["dimensions"]
    found = read_under(wave, version, "bussu-2014").profile["dimensions"]

    assert stored["additive"]["participants"]["n"] == 6
    assert found["additive"]["participants"] is None
    assert found["relational"]["participants"] == stored["relational"]["participants"]


def test_reading_hears_nobody_on_a_dimension_of_which_fewer_were_asked_an_item(alice, activity):
    wave = make_assessment(activity, by=alice)
    make_response(wave, ratings("staff"), respondent=alice)
    for _ in range(6):
        make_response(wave, ratings("participant"))
    make_response(wave, ratings("participant", 0, form="short"), form="short")
    workflow.close(wave, by=alice, at=NOON)
    version = copied(lambda draft: draft.items.filter(code="A1").update(short=False))

    stored = wave.results.get(ruleset="bussu-2014").profile
    found = read_under(wave, version, "bussu-2014").profile

    assert stored["items"]["A1"]["participants"]["n"] == 7
    assert found["items"]["A1"]["participants"]["n"] == 0
    assert found["dimensions"]["additive"]["participants"] is None
    assert found["dimensions"]["voluntary"]["participants"]["n"] == 7
