"""What goes and what stays: deleting a participant, what is held about one, and ``manage.py forget``."""

import json
from datetime import datetime, timedelta
from io import StringIO

import pytest
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from assessments.models import (
    Answer,
    Assessment,
    Draft,
    Invitation,
    Participant,
    Participation,
    Response,
    Result,
    User,
)
from assessments.workflow import answering
from assessments.workflow.retention import AUDIT_DAYS, DAYS, Forgotten, delete_participant, forget

from .factories import make_closed, make_participant, make_participation

NOW = timezone.now()
TODAY = timezone.localdate(NOW)
DAY = timedelta(days=1)
NOTHING = Forgotten(0, 0, 0, 0, 0, 0, 0)


def make_link(wave: Assessment, **fields) -> Invitation:
    return Invitation.objects.create(assessment=wave, **{"kind": "single", "ends_on": TODAY, **fields})


def outcome(wave: Assessment) -> list:
    """All that a wave keeps of what people answered."""
    responses = Response.objects.filter(assessment=wave)
    return [
        list(responses.order_by("pk").values()),
        list(Answer.objects.filter(response__in=responses).order_by("response", "item").values()),
        list(Result.objects.filter(assessment=wave).order_by("pk").values()),
    ]


# Deleting a participant


@pytest.fixture
def answered(world) -> Assessment:
    """A closed wave of alice's in which five participants answered."""
    world.open.delete()
    return make_closed(world.activity, by=world.people["alice"], participants=5)


def test_deleting_a_participant_leaves_waves_and_results(client, world, answered):
    link = make_link(answered, participant=world.participant, email="pat@example.org")
    before = outcome(answered)
    assert len(before[0]) == 6
    client.force_login(world.people["alice"])

    client.post(reverse("participant-delete", args=[world.participant.pk]))

    link.refresh_from_db()
    assert outcome(answered) == before
    assert Participation.objects.count() == 0
    assert (link.participant, link.email) == (None, "")
    page = client.get(reverse("assessment-result", args=[answered.pk]))
    assert page.status_code == 200


def test_a_deleted_participant_is_nameless_in_the_record(client, world):
    """That somebody was deleted, by whom and when, stays; who it was does not."""
    other = make_participant(world.service, "P-002")
    world.participant.reference = "Rose M"
    world.participant.save()
    key = world.participant.pk
    client.force_login(world.people["alice"])

    client.post(reverse("participant-delete", args=[key]))

    record = str(list(LogEntry.objects.values()))
    assert "P-001" not in record
    assert "Rose M" not in record
    assert "P-002" in record
    line = LogEntry.objects.get(
        content_type__model="participant", object_id=key, action=LogEntry.Action.DELETE
    )
    assert (line.actor, line.object_repr, line.changes) == (world.people["alice"], "", None)
    assert LogEntry.objects.get_for_object(other).get().changes["reference"] == ["None", "P-002"]


# What is held about a participant


def held(client, participant: Participant) -> dict:
    response = client.get(reverse("participant-data", args=[participant.pk]))
    assert response["Content-Disposition"] == f'attachment; filename="participant-{participant.pk}.json"'
    assert "no-store" in response["Cache-Control"]
    return json.loads(response.content)


def test_data_of_a_participant_hold_everything_about_them(client, world):
    make_link(world.open, participant=world.participant, email="pat@example.org", begun=1)
    make_link(world.open, participant=make_participant(world.service, "P-002"), email="sue@example.org")
    client.force_login(world.people["alice"])

    file = held(client, world.participant)

    assert (file["reference"], file["kind"], file["size"]) == ("P-001", "person", None)
    assert file["service"] == "Elm Road Family Centre"
    assert [part["activity"] for part in file["participations"]] == ["Parents’ group"]
    assert [link["ends_on"] for link in file["invitations"]] == [TODAY.isoformat()]
    assert [line["to"] for line in file["record"]] == ["participant", "participation", "participant"]
    assert "Answers are not in this file." in file["note"]
    columns = {field.name for field in Participation._meta.concrete_fields} - {"id", "participant"}
    assert set(file["participations"][0]) == columns


def test_data_of_a_participant_do_not_say_whether_they_answered(client, world):
    """Not even by the address, which goes with the answer."""
    link = make_link(world.open, participant=world.participant, email="pat@example.org")
    client.force_login(world.people["alice"])
    before = held(client, world.participant)["invitations"]

    ticket = answering.make_pass(link.token, answering.begin(link, answering.Choices(), on=TODAY))
    answering.save(link, ticket, {"A1": 4}, on=TODAY)
    assert answering.send(link, ticket, on=TODAY)
    Invitation.objects.filter(pk=link.pk).update(reminded_on=TODAY)

    file = held(client, world.participant)
    assert file["invitations"] == before
    assert link.key not in str(file)
    assert "pat@example.org" not in str(file)


def test_taking_the_data_of_a_participant_is_recorded(client, world):
    client.force_login(world.people["lena"])
    held(client, world.participant)

    line = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert (line.actor, line.object_id) == (world.people["lena"], world.participant.pk)


# manage.py forget


def make_wrong_password(username: str, at: datetime) -> AccessAttempt:
    """A wrong password that still counts, or no longer."""
    attempt = AccessAttempt.objects.create(username=username, failures_since_start=1)
    AccessAttempt.objects.filter(pk=attempt.pk).update(attempt_time=at)
    return AccessAttempt.objects.get(pk=attempt.pk)


@pytest.fixture
def old(world) -> None:
    """One of everything that is kept no longer."""
    long_ago = NOW - (DAYS + 1) * DAY
    Assessment.objects.filter(pk=world.closed.pk).update(closed_at=long_ago)
    make_link(world.closed, participant=make_participant(world.service, "left"))
    make_link(world.open, kind="group", limit=5, ends_on=TODAY + DAY)
    make_link(world.open, ends_on=TODAY - DAY, email="over@example.org")
    make_link(world.open, ends_on=TODAY + DAY, revoked_on=TODAY, email="revoked@example.org")
    Draft.objects.create(lookup="a" * 64, assessment=world.open, sealed=b"", expires_on=TODAY - DAY)
    Session.objects.create(session_key="old", expire_date=NOW - DAY)
    make_wrong_password("alice", NOW - timedelta(minutes=16))
    LogEntry.objects.update(timestamp=long_ago)
    first = LogEntry.objects.earliest("pk").pk
    LogEntry.objects.filter(pk=first).update(timestamp=NOW - (AUDIT_DAYS + 1) * DAY)


@pytest.fixture
def kept(world) -> list:
    """One of everything that is kept for now, of each kind that ``old`` has."""
    return [
        make_link(world.open, ends_on=TODAY, email="soon@example.org"),
        Draft.objects.create(lookup="b" * 64, assessment=world.open, sealed=b"", expires_on=TODAY),
        Session.objects.create(session_key="new", expire_date=NOW + DAY),
        make_wrong_password("olga", NOW - timedelta(minutes=14)),
        make_participant(world.service, "added today"),
        world.participant,
        world.participation,
    ]


def everything() -> list:
    models = (
        *(Participant, Participation, Invitation, Draft, Session, LogEntry, Assessment, Response, User),
        AccessAttempt,
    )
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_forget_deletes_what_is_kept_no_longer(old, kept, world):
    before = [outcome(wave) for wave in (world.open, world.closed)]

    done = forget(now=NOW)

    assert done == Forgotten(
        drafts=1, emails=2, invitations=1, participants=1, audit_lines=1, sessions=1, sign_ins=1
    )
    assert not Participant.objects.filter(reference="left").exists()
    assert not world.closed.invitations.exists()
    assert sorted(Invitation.objects.values_list("email", flat=True)) == ["", "", "", "soon@example.org"]
    for row in kept:
        stays = type(row).objects.get(pk=row.pk)
        assert stays.__dict__ | {"_state": None} == row.__dict__ | {"_state": None}
    assert [outcome(wave) for wave in (world.open, world.closed)] == before


def test_forget_twice_deletes_nothing_more(old, world):
    assert forget(now=NOW) != NOTHING

    assert forget(now=NOW) == NOTHING


def test_forget_dry_run_counts_the_same_and_changes_nothing(old, world):
    before = everything()

    counted = forget(now=NOW, dry_run=True)

    assert everything() == before
    assert forget(now=NOW) == counted


def test_forget_keeps_a_participant_who_left_an_activity_lately(old, world):
    world.participation.delete()

    forget(now=NOW)

    assert Participant.objects.filter(pk=world.participant.pk).exists()
    assert forget(now=NOW + (DAYS + 1) * DAY).participants == 1


def test_forget_keeps_a_participant_who_has_a_link(world):
    participant = make_participant(world.service, "linked")
    make_link(world.open, participant=participant)
    LogEntry.objects.update(timestamp=NOW - 2 * DAYS * DAY)

    assert forget(now=NOW).participants == 0


def test_forget_is_whole_or_not_at_all(old, world):
    """When something late goes wrong, what went first comes back."""
    before = everything()

    with pytest.raises(OverflowError):
        forget(now=NOW, audit_days=10**9)

    assert everything() == before


def test_forget_leaves_a_draft_that_can_still_be_sent(world):
    link = make_link(world.open, ends_on=TODAY)
    ticket = answering.make_pass(link.token, answering.begin(link, answering.Choices(), on=TODAY))

    forget(now=NOW)

    assert answering.send(link, ticket, research_consent=True, on=TODAY)


def test_command_says_what_it_does(old, world):
    before = everything()
    would, did = StringIO(), StringIO()

    call_command("forget", "--dry-run", stdout=would)
    assert everything() == before
    call_command("forget", stdout=did)

    assert "would delete 1 drafts that have expired" in would.getvalue()
    assert did.getvalue() == would.getvalue().replace("would delete", "deleted")
    assert Draft.objects.count() == 0


@pytest.mark.parametrize(
    "options", [["--days", "0"], ["--days", "30", "--audit-days", "29"], ["--days", "-1"]]
)
def test_command_refuses_numbers_that_make_no_sense(db, options):
    with pytest.raises(CommandError, match="--days"):
        call_command("forget", *options)


def test_deleted_participants_leave_no_address(world):
    link = make_link(world.open, participant=world.participant, email="pat@example.org")

    delete_participant(world.participant)

    assert Invitation.objects.get(pk=link.pk).email == ""
    assert "P-001" not in str(list(LogEntry.objects.values()))


def test_participations_of_others_stay(world):
    other = make_participation(make_participant(world.service, "P-002"), world.activity)

    delete_participant(world.participant)

    assert list(Participation.objects.all()) == [other]
