"""What hurts the users of neighbouring systems, one test for each pain that the manager's pages touch.

The pains of exports are tested in ``tests/exports``, those of the browser in ``tests/browser``.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.models import Answer, Facts, InstrumentVersion, Item, Response, Result
from assessments.rules import assess, values
from assessments.workflow import assessment as workflow
from assessments.workflow.instrument import as_instrument, copy_version, publish

from .factories import (
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_participant,
    make_participation,
    make_response,
    make_service,
    make_user,
    ratings,
)
from .views.pages import seen, send

LATER = NOON.replace(year=2100)


@pytest.fixture
def alice(instrument, client):
    """A manager who is signed in."""
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.fixture
def activity(alice):
    return make_activity(make_service(managers=[alice]))


def answers_at(wave, dimension: str = "additive") -> str:
    return reverse("assessment-answers", args=[wave.pk, dimension])


def result_at(wave) -> str:
    return reverse("assessment-result", args=[wave.pk])


def newer_version(instrument, **thresholds) -> InstrumentVersion:
    """Version 2, published, with every item heavier or lighter and with other thresholds."""
    draft = copy_version(instrument, number="2")
    Item.objects.filter(version=draft, code__endswith="1").update(weight=4)
    InstrumentVersion.objects.filter(pk=draft.pk).update(**thresholds)
    draft.refresh_from_db()
    return publish(draft, by=None, reason="Other weights.", at=LATER)


def case_of(wave) -> values.Case:
    return values.Case(
        facts=workflow.as_facts(wave.facts),
        responses=workflow.as_responses(wave.responses.prefetch_related("answers__item")),
    )


def test_pain_01_an_edited_definition_changes_no_old_result(client, alice, activity, instrument):
    wave = make_closed(activity, by=alice, staff=2, participants=6)
    before, page = (
        Result.objects.get(assessment=wave, ruleset="bussu-2014").profile,
        client.get(result_at(wave)),
    )

    newer_version(instrument, additive_gate_from=90)

    after = client.get(result_at(wave))
    assert Result.objects.get(assessment=wave, ruleset="bussu-2014").profile == before
    assert after.context["process"] == page.context["process"]
    assert after.context["verdict"] == page.context["verdict"]
    assert assess(case_of(wave), as_instrument(wave.instrument_version)).as_dict() == before
    with pytest.raises(DatabaseError), transaction.atomic():
        instrument.items.filter(code="A1").update(weight=9)


def test_pain_02_nothing_typed_is_lost_on_an_error_or_after_the_session_ended(client, alice, activity):
    wave = make_assessment(activity, by=alice)
    typed = {"A1": "3", "A1_evidence": "x" * 10_001, "A2": "dk", "A2_evidence": " kept "}

    refused = send(client, answers_at(wave), **typed)
    assert {name: refused.context["form"][name].value() for name in typed} == typed

    client.logout()
    waiting = client.post(answers_at(wave), typed)
    back = client.post(
        reverse("login"),
        {"username": "alice", "password": "pass-word-1", "typed": waiting.context["typed"]},
    )
    assert dict(back.context["fields"]) == typed


def test_pain_05_no_answer_of_a_participant_leads_to_a_person(activity, alice):
    wave = make_assessment(activity, by=alice)
    make_participation(make_participant(activity.service), activity)
    made = [make_response(wave, {"A1": 3}) for _ in range(20)]

    assert {response.id.version for response in made} == {4}
    assert [response.id for response in made] != sorted(response.id for response in made)
    day = Response._meta.get_field("submitted_on")
    assert type(day) is models.DateField
    linked = {field.related_model.__name__ for field in Response._meta.concrete_fields if field.related_model}
    assert linked == {"Assessment", "User"}
    assert isinstance(Response._meta.pk, models.UUIDField)
    assert Answer._meta.pk.field_names == ("response_id", "item_id")
    assert not [field for field in Answer._meta.concrete_fields if isinstance(field, models.DateField)]


def test_pain_06_page_stored_result_and_rules_show_the_same_figures(client, alice, activity, instrument):
    Facts.objects.filter(pk=activity.facts_id).update(agency="ongoing", staff_time="reduced", basis="chosen")
    wave = make_closed(activity, by=alice, staff=1, participants=7)

    record = assess(case_of(wave), as_instrument(instrument)).as_dict()
    stored = Result.objects.get(assessment=wave, ruleset="bussu-2014").profile
    page = client.get(result_at(wave)).context
    shown = {one["code"]: one for one in [*page["process"], page["product"]]}

    assert stored == record
    for code, one in {**record["dimensions"], "product": record["product"]}.items():
        for figure in ("score", "gap", "staff", "participants"):
            assert shown[code][figure] == one[figure]
        for item in shown[code]["items"]:
            assert item["staff"] == record["items"][item["code"]]["staff"]
            assert item["participants"] == record["items"][item["code"]]["participants"]


@pytest.mark.parametrize("rating", [-1, 5, 400])
def test_pain_06_a_rating_out_of_range_is_refused_and_not_clamped(client, alice, activity, rating):
    wave = make_assessment(activity, by=alice)

    page = send(client, answers_at(wave), A1=str(rating))

    assert list(page.context["form"].errors) == ["A1"]
    with pytest.raises(DatabaseError), transaction.atomic():
        make_response(wave, {"A1": rating}, respondent=alice)
    assert not Answer.objects.exists()


def test_pain_07_other_weights_and_thresholds_wait_for_the_next_wave(alice, activity, instrument):
    open_before = make_assessment(activity, by=alice)
    make_response(open_before, ratings("staff", 2) | {"A1": 4}, respondent=alice)

    newer = newer_version(instrument, band_mixed_from=10, band_coproduction_from=20)
    workflow.close(open_before, by=alice, at=NOON)
    after = make_assessment(activity, by=alice)
    make_response(after, ratings("staff", 2) | {"A1": 4}, respondent=alice)
    workflow.close(after, by=alice, at=NOON)

    old, new = (
        Result.objects.get(assessment=wave, ruleset="bussu-2014").profile for wave in (open_before, after)
    )
    assert (old["instrument"], new["instrument"]) == ("1", newer.version)
    assert old["dimensions"]["additive"]["band"] == "mixed"
    assert new["dimensions"]["additive"]["band"] == "coproduction"
    assert old["dimensions"]["additive"]["score"] != new["dimensions"]["additive"]["score"]


def test_pain_08_page_form_and_result_follow_one_rule_of_who_may_see(client, world):
    """The whole table of addresses and roles is in ``tests/test_access.py``."""
    addresses = [
        world.service.get_absolute_url(),
        world.activity.get_absolute_url(),
        reverse("participant-list", args=[world.service.slug]),
        answers_at(world.open),
        reverse("assessment-close", args=[world.open.pk]),
        result_at(world.closed),
    ]

    for name, status in (("alice", 200), ("bob", 404), ("olga", 404), ("rosa", 404)):
        client.force_login(world.people[name])
        assert {client.get(address).status_code for address in addresses} == {status}, name


def test_pain_09_two_editors_never_overwrite_each_other_silently(client, alice, activity):
    wave = make_assessment(activity, by=alice)
    service, title = activity.service, activity.title
    pages = {
        answers_at(wave): ({"A1": "4"}, {"A1": "1"}),
        reverse("facts-edit", args=[activity.pk, "terms"]): ({"basis": "chosen"}, {"basis": "required"}),
        reverse("activity-update", args=[activity.pk]): (
            {"title": title, "description": "first"},
            {"title": title, "description": "second"},
        ),
        reverse("service-update", args=[service.slug]): (
            {"name": service.name, "description": "first"},
            {"name": service.name, "description": "second"},
        ),
    }

    for address, (first, second) in pages.items():
        opened = seen(client, address)
        assert client.post(address, {"seen": opened, **first}).status_code == 302
        refused = client.post(address, {"seen": opened, **second})
        assert refused.status_code == 200
        assert len(refused.context["form"].differences) == 1
    activity.refresh_from_db()
    assert activity.description == "first"


def test_pain_12_no_page_asks_the_database_more_for_more_rows(client, alice):
    service = make_service(managers=[alice])

    def grow() -> None:
        activity = make_activity(service)
        wave = make_closed(activity, by=alice, participants=5)
        make_assessment(activity, by=alice)
        make_participation(make_participant(service), activity)
        addresses.update(
            home=reverse("home"),
            services=reverse("service-list"),
            service=service.get_absolute_url(),
            participants=reverse("participant-list", args=[service.slug]),
            activity=activity.get_absolute_url(),
            result=result_at(wave),
            definitions=reverse("definitions"),
        )

    def queries() -> dict[str, int]:
        counts = {}
        for name, address in addresses.items():
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts[name] = len(asked)
        return counts

    addresses: dict[str, str] = {}
    grow()
    one = queries()
    grow()
    grow()

    assert queries() == one
    assert max(one.values()) <= 10


def test_pain_13_every_figure_stands_with_what_it_rests_on(client, alice, activity):
    wave = make_closed(activity, by=alice, staff=2, participants=5)

    page = client.get(result_at(wave)).context

    for dimension in [*page["process"], page["product"]]:
        assert dimension["definition"]
        assert dimension["source"]
        assert dimension["coverage"] == 100
        assert dimension["low"] <= dimension["score"] <= dimension["high"]
        assert {item["staff"]["n"] for item in dimension["items"] if item["staff"]} == {1}
    assert all(gate["used"] and gate["phrase"] for gate in page["gates"])
    assert page["would_change"]


class Groups(HTMLParser):
    """Which controls and ids a page has, and whether each radio, and each of several boxes, stands in a
    fieldset with a legend. One box alone needs a label of its own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids, self.links, self.labels = set(), [], set()
        self.fieldsets: list[dict] = []
        self.open: list[dict] = []
        self.alone: list[str] = []
        self.boxes: dict[str, list[str]] = {}
        self.feed(html)
        for name, ids in self.boxes.items():
            if len(ids) > 1 or not set(ids) <= self.labels:
                self.alone.append(name)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids.add(given.get("id"))
        if tag == "fieldset":
            self.open.append({"legend": False, "names": set()})
        elif tag == "legend":
            self.open[-1]["legend"] = True
        elif tag == "label":
            self.labels.add(given.get("for"))
        elif tag == "input" and given.get("type") in {"radio", "checkbox"}:
            if self.open:
                self.open[-1]["names"].add(given["name"])
            elif given["type"] == "radio":
                self.alone.append(given["name"])
            else:
                self.boxes.setdefault(given["name"], []).append(given["id"])
        elif tag == "a" and given.get("href", "").startswith("#id_"):
            self.links.append(given["href"][1:])

    def handle_endtag(self, tag):
        if tag == "fieldset":
            self.fieldsets.append(self.open.pop())


def test_pain_14_every_group_has_its_question_and_every_error_leads_to_its_field(client, alice, activity):
    wave = make_assessment(activity, by=alice)
    pages = [
        send(client, answers_at(wave), A1="9", A2="9", A2_evidence="x" * 10_001),
        send(
            client, reverse("facts-edit", args=[activity.pk, "levels"]), levels=["unknown", "group"], task="x"
        ),
        send(client, reverse("participant-create", args=[activity.service.slug]), reference="", kind="x"),
    ]

    for page in pages:
        found = Groups(page.content.decode())
        wrong = page.context["form"].errors
        assert found.alone == []
        assert all(
            group["legend"] and len(group["names"]) == 1 for group in found.fieldsets if group["names"]
        )
        assert found.fieldsets
        assert len(found.links) == len(wrong) >= 2
        assert set(found.links) <= found.ids
        assert "There is a problem" in page.content.decode()


def test_pain_15_one_process_and_one_database_are_enough():
    needed = (Path(settings.BASE_DIR) / "requirements.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9-]+)==", needed, re.MULTILINE))
    servants = {"celery", "redis", "django-redis", "rq", "django-rq", "kombu", "channels", "pika", "huey"}

    assert pinned
    assert pinned & servants == set()
    assert list(settings.DATABASES) == ["default"]
    assert settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.locmem.LocMemCache"
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
