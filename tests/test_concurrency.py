"""Two people at once, on PostgreSQL: the locks that keep one wave one wave, and one answer one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from assessments.models import (
    Activity,
    Answer,
    Assessment,
    Facts,
    InstrumentVersion,
    Membership,
    Organisation,
    Participant,
    Participation,
    Response,
    Result,
    Service,
    User,
)
from assessments.workflow import assessment as workflow
from assessments.workflow.instrument import copy_version

from .factories import (
    DAY,
    NOON,
    make_activity,
    make_assessment,
    make_member,
    make_organisation,
    make_participant,
    make_response,
    make_service,
    make_user,
    ratings,
)
from .test_admin import filled

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time, and no rows to lock"
)

ROUNDS = 2
"""How often each race is run: a race that is lost is lost on some run, and seldom on the first."""


@dataclass
class Site:
    """What the racers meet: rows that every connection sees."""

    alice: User
    bob: User
    activity: Activity


@pytest.fixture
def site(django_db_setup, django_db_blocker) -> Iterator[Site]:
    """A service with two managers, written for every connection to see, and taken away again.

    Rows are deleted one table after another, because emptying every table, as tests with transactions of
    their own do, would take the instrument with it.
    """
    with django_db_blocker.unblock():
        try:
            alice, bob = make_user("race-alice"), make_user("race-bob")
            service = make_service("Race", managers=[alice, bob], organisation=make_organisation("Racers"))
            yield Site(alice, bob, make_activity(service, "Race"))
        finally:
            for model in (Result, Answer, Response, Assessment, Participation, Participant, Activity, Facts):
                model.objects.all().delete()
            for model in (Service, Membership, Organisation, User):
                model.objects.all().delete()
            connection.close()


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Starts all ``acts`` at the same moment, each on a connection of its own. Returns what each returned,
    or raises what one raised."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=30) for future in [pool.submit(run, act) for act in acts]]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sender(client: Client, address: str, **fields) -> Callable[[], int]:
    """Opens a form now; what it returns sends it, and gives the status of the answer."""
    seen = client.get(address).context["form"]["seen"].value()
    return lambda: client.post(address, {"seen": seen, **fields}).status_code


def answers_at(wave: Assessment) -> str:
    return reverse("assessment-answers", args=[wave.pk, "additive"])


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_begins_at_once_open_one_wave(site, _round):
    waves = at_once(
        lambda: workflow.begin(site.activity, by=site.alice, at=NOON),
        lambda: workflow.begin(site.activity, by=site.bob, at=NOON),
    )

    assert waves[0] == waves[1]
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_closes_at_once_give_one_set_of_results_and_one_moment(site, _round):
    wave = make_assessment(site.activity, by=site.alice)
    make_response(wave, ratings("staff"), respondent=site.alice)

    moments = [NOON, NOON.replace(hour=13)]
    closed = at_once(
        lambda: workflow.close(wave, by=site.alice, at=moments[0]),
        lambda: workflow.close(wave, by=site.bob, at=moments[1]),
    )

    wave.refresh_from_db()
    assert Result.objects.filter(assessment=wave).count() == 2
    assert {one.closed_at for one in closed} == {wave.closed_at}
    assert {one.closed_by for one in closed} == {wave.closed_by}
    assert Facts.objects.count() == 2


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_save_during_a_close_is_in_the_figures_or_refused(site, _round):
    wave = make_assessment(site.activity, by=site.alice)
    make_response(wave, ratings("staff", 0), respondent=site.bob)
    bob = browser(site.bob)

    status, _closed = at_once(
        sender(bob, answers_at(wave), **dict.fromkeys(["A1", "A2", "A3", "A4", "A5", "A6"], "4")),
        lambda: workflow.close(wave, by=site.alice, at=NOON),
    )

    stored = Answer.objects.get(response__assessment=wave, item__code="A1").rating
    figure = Result.objects.get(assessment=wave, ruleset="bussu-2014").profile["items"]["A1"]["staff"]["mean"]
    assert (status, stored, figure) in {(302, 4, 4.0), (409, 0, 0.0)}


@pytest.fixture
def draft(site) -> Iterator[InstrumentVersion]:
    """A draft that alice and bob may both change."""
    User.objects.update(is_staff=True, is_superuser=True)
    draft = copy_version(InstrumentVersion.objects.current(), number="race")
    yield draft
    draft.delete()


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_two_saves_of_an_item_at_once_overwrite_nothing(site, draft, _round):
    item = draft.items.get(code="A1")
    page = reverse("admin:assessments_item_change", args=[item.pk])

    def saving(user: User, words: str) -> Callable[[], int]:
        client = browser(user)
        sent = filled(client.get(page)) | {"texts-0-staff": words}
        return lambda: client.post(page, sent).status_code

    acts = [saving(site.alice, "Hers."), saving(site.bob, "His.")]
    statuses = at_once(*acts)

    assert sorted(statuses) == [200, 302]
    assert item.texts.get().staff == ["Hers.", "His."][statuses.index(302)]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_send_during_a_close_counts_or_is_refused(site, _round):
    wave = make_assessment(site.activity, by=site.alice)
    make_response(wave, ratings("staff"), respondent=site.bob, submitted_on=None)

    def submit() -> bool:
        try:
            workflow.submit(wave, by=site.bob, on=DAY)
        except workflow.Refused:
            return False
        return True

    sent, _closed = at_once(submit, lambda: workflow.close(wave, by=site.alice, at=NOON))

    record = Result.objects.get(assessment=wave, ruleset="bussu-2014").profile
    assert record["responses"]["staff"] == int(sent)
    assert Response.objects.exclude(submitted_on=None).count() == int(sent)


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_stale_saves_at_once_one_is_refused(site, _round):
    wave = make_assessment(site.activity, by=site.alice)
    one, other = browser(site.alice), browser(site.alice)
    saves = [sender(one, answers_at(wave), A1="0"), sender(other, answers_at(wave), A1="4")]

    statuses = at_once(*saves)

    assert sorted(statuses) == [200, 302]
    assert Answer.objects.get(item__code="A1").rating == (0 if statuses[0] == 302 else 4)
    assert Response.objects.count() == 1


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_changes_of_facts_at_once_one_is_refused(site, _round):
    address = reverse("facts-edit", args=[site.activity.pk, "terms"])
    values = ["chosen", "required"]

    statuses = at_once(
        *(
            sender(browser(who), address, basis=basis)
            for who, basis in zip((site.alice, site.bob), values, strict=True)
        )
    )

    assert sorted(statuses) == [200, 302]
    assert Facts.objects.get(pk=site.activity.facts_id).basis == values[statuses.index(302)]


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_change_of_facts_during_a_close_is_in_the_figures_or_only_in_the_activity(site, _round):
    wave = make_assessment(site.activity, by=site.alice)
    address = reverse("facts-edit", args=[site.activity.pk, "terms"])

    status, _closed = at_once(
        sender(browser(site.bob), address, basis="required"),
        lambda: workflow.close(wave, by=site.alice, at=NOON),
    )

    wave.refresh_from_db()
    used = Result.objects.get(assessment=wave, ruleset="bussu-2014").profile["gates"]["voluntary"]["because"][
        0
    ]
    assert status == 302
    assert Facts.objects.get(pk=site.activity.facts_id).basis == "required"
    assert (wave.facts.basis, used) in {("required", "basis=required"), ("", "basis=unknown")}


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_a_send_during_a_discard_keeps_the_wave_or_finds_it_gone(site, _round):
    wave = make_assessment(site.activity, by=site.alice)

    def submit() -> bool:
        try:
            workflow.submit(wave, by=site.bob, on=DAY)
        except Assessment.DoesNotExist:
            return False
        return True

    sent, discarded = at_once(submit, lambda: workflow.discard(wave))

    assert sent is not discarded
    assert Response.objects.count() == int(sent)


CREATIONS = [
    ("service-create", lambda site: [], {"name": "Twice"}),
    ("activity-create", lambda site: [site.activity.service.slug], {"title": "Twice"}),
    (
        "participant-create",
        lambda site: [site.activity.service.slug],
        {"reference": "P-1", "kind": "person"},
    ),
]


@pytest.mark.parametrize(("name", "arguments", "fields"), CREATIONS, ids=lambda value: str(value)[:20])
def test_two_clicks_at_once_create_one(site, name, arguments, fields):
    address = reverse(name, args=arguments(site))

    statuses = at_once(*(sender(browser(site.alice), address, **fields) for _ in range(2)))

    assert sorted(statuses) == [200, 302]


@pytest.mark.parametrize(("name", "arguments", "fields"), CREATIONS, ids=lambda value: str(value)[:20])
def test_two_people_at_once_create_one(site, name, arguments, fields):
    address = reverse(name, args=arguments(site))

    statuses = at_once(*(sender(browser(who), address, **fields) for who in (site.alice, site.bob)))

    assert sorted(statuses) == [200, 302]


def test_two_names_at_once_become_one_and_the_other_is_refused(site):
    """Two services, two activities and two participants are each given the name of the other's wish."""
    service = site.activity.service
    rows = [
        (
            "service-update",
            {"name": "Same"},
            [service, make_service(managers=[site.alice, site.bob], organisation=service.organisation)],
            lambda row: row.slug,
        ),
        ("activity-update", {"title": "Same"}, [site.activity, make_activity(service)], lambda row: row.pk),
        (
            "participant-update",
            {"reference": "Same", "kind": "person"},
            [make_participant(service), make_participant(service)],
            lambda row: row.pk,
        ),
    ]
    for name, fields, pair, key in rows:
        statuses = at_once(
            *(
                sender(browser(who), reverse(name, args=[key(row)]), **fields)
                for who, row in zip((site.alice, site.bob), pair, strict=True)
            )
        )

        assert sorted(statuses) == [200, 302], name


def test_two_organisations_at_once_get_two_addresses_for_one_name(site):
    oak = make_organisation("Race of Oak")
    carol = make_user("race-carol")
    make_member(carol, oak)
    address = reverse("service-create")

    statuses = at_once(*(sender(browser(who), address, name="Twice") for who in (site.alice, carol)))

    assert statuses == [302, 302]
    assert set(Service.objects.filter(name="Twice").values_list("slug", flat=True)) == {"twice", "twice-2"}


def test_two_clicks_at_once_add_somebody_to_an_activity_once(site):
    row = make_participant(site.activity.service)
    make_participant(site.activity.service)
    address = reverse("participation-create", args=[site.activity.pk])

    statuses = at_once(
        *(sender(browser(site.alice), address, participant=row.pk, asked="offered") for _ in range(2))
    )

    assert sorted(statuses) == [200, 302]
    assert Participation.objects.count() == 1


@pytest.mark.django_db
def test_the_races_leave_the_database_as_other_tests_expect_it(instrument):
    """This one has the usual transaction, for which the test database is made when this file runs alone."""
    assert instrument.is_published
    assert not User.objects.exists()
    assert not Facts.objects.exists()
