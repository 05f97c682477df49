"""The record: what is written down of changes, what never is, and who may read it."""

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.admin.models import LogEntry as AdminLine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.audit import LEFT_OUT, RECORDED
from assessments.models import Answer, Box, Draft, Invitation, PublicResult, Response, Result, Service, User
from assessments.workflow import answering
from assessments.workflow import assessment as workflow
from assessments.workflow.instrument import copy_version

from .exports.waves import make_project
from .factories import DAY, NOON, make_response, make_service, make_user, ratings

Action = LogEntry.Action
LINES = reverse("admin:auditlog_logentry_changelist")


@pytest.fixture
def sign_in(people):
    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(people[name])
        return client

    return sign_in


def rename(client: Client, service: Service, name: str) -> None:
    """Send the form of a service as it stands, with another name."""
    address = reverse("service-update", args=[service.slug])
    form = client.get(address).context["form"]
    response = client.post(address, {"name": name, "shared_for_research": "on", "seen": form.initial["seen"]})
    assert response.status_code == 302


def last(row) -> LogEntry:
    return LogEntry.objects.get_for_object(row).latest("pk")


def test_no_table_of_answers_is_recorded():
    never = {Response, Answer, Draft, Box, Result, PublicResult}
    there = set(apps.get_app_config("assessments").get_models())

    assert set(auditlog.get_models()) == set(RECORDED)
    assert there == set(RECORDED) | never


def test_a_change_says_who_what_and_from_what_to_what(sign_in, world):
    service = world.service
    rename(sign_in("alice"), service, "Elm Road")

    line = last(service)
    assert (line.action, line.actor) == (Action.UPDATE, world.people["alice"])
    assert line.changes["name"] == ["Elm Road Family Centre", "Elm Road"]
    assert timezone.now() - line.timestamp < timedelta(minutes=5)


def test_closing_and_publishing_a_wave_is_recorded(world):
    make_response(world.open, ratings("staff"), respondent=world.people["alice"])
    workflow.close(world.open, by=world.people["alice"], at=NOON)
    assert last(world.open).changes["status"] == ["open", "closed"]

    workflow.publish(world.open, note="", on=DAY)
    assert last(world.open).changes["published_on"] == ["None", "2026-03-02"]


def test_inviting_is_recorded(world):
    world.open.invited.add(world.people["olga"])
    assert last(world.open).changes["invited"] == {"type": "m2m", "operation": "add", "objects": ["olga"]}

    link = Invitation.objects.create(
        assessment=world.open,
        kind="single",
        participant=world.participant,
        ends_on=DAY,
        email="pat@example.org",
    )
    assert last(link).action == Action.CREATE
    assert last(link).changes["participant"] == ["None", str(world.participant.pk)]


def test_deleting_is_recorded(sign_in, world):
    key = world.participation.pk
    sign_in("lena").post(reverse("participation-delete", args=[key]))

    line = LogEntry.objects.get(content_type__model="participation", object_id=key, action=Action.DELETE)
    assert line.actor == world.people["lena"]


def file_of(project, name: str) -> str:
    return reverse("project-file", args=[project.slug, name])


def test_taking_a_research_file_is_recorded(sign_in, world):
    project = make_project(world.people["rosa"])
    sign_in("rosa").get(file_of(project, "ratings_long.csv"), {"excel": "1"})

    line = LogEntry.objects.get(action=Action.ACCESS)
    assert (line.actor, line.object_repr) == (world.people["rosa"], "ratings_long.csv")
    assert set(line.additional_data) == {"filter", "rows", "project"}


def test_the_file_of_what_would_change_is_recorded(sign_in, world):
    draft = copy_version(world.open.instrument_version, number="2")
    page = reverse("admin:assessments_instrumentversion_impact", args=[draft.pk])
    ada = sign_in("ada")

    ada.post(page)
    assert not LogEntry.objects.filter(action=Action.ACCESS).exists()
    ada.post(page, {"csv": "1"})

    line = LogEntry.objects.get(action=Action.ACCESS)
    assert (line.actor, line.object_repr) == (world.people["ada"], "impact-2.csv")
    assert line.additional_data == {"filter": "version=2", "waves": 1}


def test_a_refused_research_file_is_not_recorded(sign_in, world):
    project = make_project(world.people["rosa"])
    assert sign_in("alice").get(file_of(project, "ratings_long.csv")).status_code == 403

    assert not LogEntry.objects.filter(action=Action.ACCESS).exists()


def test_what_a_participant_does_leaves_no_line(world):
    """A line has a time; with one beside each answer, the order of the answers could be told."""
    links = [
        Invitation.objects.create(assessment=world.open, kind="group", limit=2, ends_on=DAY),
        Invitation.objects.create(
            assessment=world.open, kind="single", participant=world.participant, ends_on=DAY, email="p@x.org"
        ),
    ]
    before = LogEntry.objects.count()

    for link in links:
        code = answering.begin(link, answering.Choices(), on=DAY)
        ticket = answering.make_pass(link.token, code)
        answering.save(link, ticket, {"A1": 4}, on=DAY)
        assert answering.send(link, ticket, research_consent=True, on=DAY)

    assert LogEntry.objects.count() == before
    assert Invitation.objects.filter(completed=1).count() == 2


def test_the_record_never_holds_what_is_left_out(world):
    """Half a link, an address and a password are secrets, and dates of completion are traces."""
    link = Invitation.objects.create(
        assessment=world.open, kind="group", limit=2, ends_on=DAY, completed=1, completed_on=DAY
    )
    user = make_user("uma", first_name="Uma")
    user.email = "uma@example.net"
    user.set_password("another-word-1")
    user.save()

    for row in (link, user):
        lines = LogEntry.objects.get_for_object(row)
        assert lines
        assert not any(set(line.changes) & LEFT_OUT[type(row)] for line in lines)
    assert last(user).changes["email"] == ["***", "***"]
    everything = str(list(LogEntry.objects.values()))
    for secret in (link.key, "example.net", user.password):
        assert secret not in everything


def test_no_address_of_a_machine_is_kept(world):
    client = Client(
        REMOTE_ADDR="192.0.2.7",
        headers={"X-Forwarded-For": "192.0.2.8", "X-Forwarded-Port": "99999", "X-Correlation-Id": "visitor"},
    )
    client.force_login(world.people["alice"])
    client.post(reverse("participation-delete", args=[world.participation.pk]))

    line = LogEntry.objects.filter(action=Action.DELETE).latest("pk")
    assert (line.remote_addr, line.remote_port, line.cid, line.actor_email) == (None, None, None, None)
    assert line.actor == world.people["alice"]


def test_a_change_that_is_taken_back_leaves_no_line(world):
    before = LogEntry.objects.count()

    with transaction.atomic():
        world.service.name = "Gone"
        world.service.save()
        assert LogEntry.objects.count() == before + 1
        transaction.set_rollback(True)

    assert LogEntry.objects.count() == before


def test_pages_for_everybody_do_not_look_the_account_up(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get(reverse("accessibility"))

    assert response.status_code == 200


def test_superusers_read_the_record(sign_in, world):
    rename(sign_in("alice"), world.service, "Elm Road")
    sign_in("rosa").get(file_of(make_project(world.people["rosa"]), "ratings_long.csv"))
    root = sign_in("root")

    page = root.get(LINES).content.decode()
    for words in (
        "alice",
        "Elm Road Family Centre → Elm Road",
        "ratings_long.csv",
        "rows: ",
        "invited: + stan",
    ):
        assert words in page
    detail = root.get(reverse("admin:auditlog_logentry_change", args=[last(world.service).pk]))
    assert "Elm Road Family Centre → Elm Road" in detail.content.decode()


@pytest.mark.parametrize("name", ["alice", "lena", "rosa", "ada"])
def test_nobody_else_reads_the_record(sign_in, world, name):
    assert sign_in(name).get(LINES).status_code in (302, 403)


@pytest.mark.parametrize("page", ["add", "change", "delete", "action"])
def test_nobody_writes_the_record(sign_in, world, page):
    line, root = last(world.service), sign_in("root")
    before = list(LogEntry.objects.order_by("pk").values())
    key = [] if page in ("add", "action") else [line.pk]
    address = LINES if page == "action" else reverse(f"admin:auditlog_logentry_{page}", args=key)

    response = root.post(address, {"action": "delete_selected", "_selected_action": line.pk, "post": "yes"})

    assert response.status_code in (200, 302, 403)
    assert list(LogEntry.objects.order_by("pk").values()) == before
    assert not AdminLine.objects.exists()


def test_the_record_survives_the_account(world):
    service = make_service(managers=[make_user("zoe")])
    before = LogEntry.objects.count()
    User.objects.get(username="zoe").delete()

    assert LogEntry.objects.count() > before
    assert LogEntry.objects.get_for_object(service).exists()
