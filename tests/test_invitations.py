"""The verbs of invitations: make, e-mail, remind, extend, revoke, count; and what they must never tell."""

from datetime import date, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from assessments.models import Box, Invitation
from assessments.workflow import assessment as waves
from assessments.workflow import invitations
from assessments.workflow.assessment import Refused
from assessments.workflow.invitations import Letter, NotSent, Standing, Totals
from tests.factories import (
    DAY,
    NOON,
    make_activity,
    make_assessment,
    make_participant,
    make_participation,
    make_response,
    make_service,
    ratings,
)

LAST_DAY = DAY + timedelta(days=28)
LETTER = Letter("Your view is asked for", "Open this link.")


@pytest.fixture
def wave(people, instrument):
    service = make_service("Elm Road Family Centre", managers=[people["alice"]])
    return make_assessment(make_activity(service, "Parents’ group"), by=people["alice"])


def person(wave, reference: str, **fields):
    """A participant of the wave's activity."""
    participant = make_participant(wave.activity.service, reference, **fields)
    make_participation(participant, wave.activity)
    return participant


def single(wave, reference: str = "P-1", **columns) -> Invitation:
    """A link for one participant, with the columns that a test is about."""
    (link,) = invitations.invite(wave, [person(wave, reference)], ends_on=LAST_DAY)
    Invitation.objects.filter(pk=link.pk).update(**columns)
    link.refresh_from_db()
    return link


def close(wave) -> None:
    waves.close(wave, by=wave.opened_by, at=NOON)


def remind(wave, *, on: date = DAY):
    return invitations.remind(
        Invitation.objects.filter(assessment=wave),
        lambda link: Letter("A reminder", f"{link.get_absolute_url()}"),
        on=on,
    )


class Unreachable(BaseEmailBackend):
    """A mail server that is not there."""

    def open(self):
        raise ConnectionRefusedError

    def send_messages(self, messages):
        self.open()


class Strict(BaseEmailBackend):
    """A mail server that refuses the letters to some people, and takes the others."""

    taken = []

    def send_messages(self, messages):
        for message in messages:
            if message.to[0].startswith("gone"):
                raise SMTPRecipientsRefused({message.to[0]: (550, b"no such person")})
            if message.to[0].startswith("full"):
                raise SMTPDataError(452, b"no room")
            self.taken.append(message.to[0])
        return len(messages)


@pytest.fixture
def unreachable(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"


@pytest.fixture
def strict(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Strict"
    Strict.taken = []
    return Strict


# Making links


def test_everybody_chosen_gets_one_link_of_their_own(wave):
    chosen = [person(wave, "P-1"), person(wave, "P-2")]

    made = invitations.invite(wave, chosen, ends_on=LAST_DAY)

    assert [(link.participant.reference, link.limit, link.ends_on) for link in made] == [
        ("P-1", 1, LAST_DAY),
        ("P-2", 1, LAST_DAY),
    ]
    assert len({link.token for link in made}) == 2


def test_inviting_twice_makes_one_link(wave):
    chosen = [person(wave, "P-1")]

    assert len(invitations.invite(wave, chosen, ends_on=LAST_DAY)) == 1
    assert invitations.invite(wave, chosen, ends_on=LAST_DAY) == []


def test_only_people_of_the_activity_get_a_link(wave):
    elsewhere = make_participant(wave.activity.service, "P-9")
    group = person(wave, "Tuesday", kind="group", size=6)

    assert invitations.invite(wave, [elsewhere, group], ends_on=LAST_DAY) == []


def test_a_revoked_link_leaves_its_participant_without_one(wave):
    link = single(wave)
    assert list(invitations.without_a_link(wave)) == []

    invitations.revoke(link, on=DAY)

    assert list(invitations.without_a_link(wave)) == [link.participant]


def test_a_link_of_another_wave_counts_for_that_wave_alone(wave, people):
    other = make_assessment(make_activity(wave.activity.service), by=people["alice"])
    participant = person(wave, "P-1")
    make_participation(participant, other.activity)

    invitations.invite(other, [participant], ends_on=LAST_DAY)

    assert list(invitations.without_a_link(wave)) == [participant]


def test_a_second_click_makes_no_second_group_link(wave):
    first = invitations.invite_group(wave, limit=20, ends_on=LAST_DAY, after=0)

    assert invitations.invite_group(wave, limit=20, ends_on=LAST_DAY, after=0) == first
    assert invitations.invite_group(wave, limit=30, ends_on=LAST_DAY, after=0) != first
    assert invitations.invite_group(wave, limit=20, ends_on=LAST_DAY, after=first.pk) != first


def test_a_closed_wave_takes_no_links(wave):
    participant, link = person(wave, "P-2"), single(wave)
    close(wave)

    with pytest.raises(Refused):
        invitations.invite(wave, [participant], ends_on=LAST_DAY)
    with pytest.raises(Refused):
        invitations.invite_group(wave, limit=20, ends_on=LAST_DAY)
    with pytest.raises(Refused):
        invitations.extend(link, ends_on=LAST_DAY)
    with pytest.raises(Refused):
        invitations.revoke(link, on=DAY)
    with pytest.raises(Refused):
        invitations.send(link, LETTER, to="ann@example.org", on=DAY)
    assert wave.invitations.count() == 1


# What a link's dates say


@pytest.mark.parametrize(
    ("columns", "on", "standing"),
    [
        ({}, LAST_DAY, Standing.STANDING),
        ({}, LAST_DAY + timedelta(days=1), Standing.ENDED),
        ({"revoked_on": DAY}, DAY, Standing.REVOKED),
        ({"revoked_on": DAY}, LAST_DAY + timedelta(days=1), Standing.REVOKED),
        ({"completed": 1, "completed_on": DAY, "begun": 3}, DAY, Standing.STANDING),
    ],
)
def test_standing_rests_on_the_dates_alone(wave, columns, on, standing):
    assert invitations.standing(single(wave, **columns), on) == standing


def test_an_extended_link_stands_longer(wave):
    link = single(wave, ends_on=DAY)

    invitations.extend(link, ends_on=LAST_DAY)

    link.refresh_from_db()
    assert invitations.standing(link, LAST_DAY) == Standing.STANDING


def test_a_revoked_link_cannot_be_extended_and_keeps_its_first_day(wave):
    link = single(wave, email="ann@example.org")
    invitations.revoke(link, on=DAY)
    invitations.revoke(link, on=LAST_DAY)

    with pytest.raises(Refused):
        invitations.extend(link, ends_on=LAST_DAY + timedelta(days=7))

    link.refresh_from_db()
    assert (link.revoked_on, link.ends_on, link.email) == (DAY, LAST_DAY, "")


# Counting


def test_totals_are_over_all_links(wave):
    single(wave, "P-1", sent_on=DAY, begun=2, completed=1)
    single(wave, "P-2", begun=1)
    single(wave, "P-3", revoked_on=DAY, begun=1, completed=1)
    single(wave, "P-4", revoked_on=DAY)
    invitations.invite_group(wave, limit=20, ends_on=LAST_DAY)

    assert invitations.totals(wave) == Totals(links=3, places=23, sent=1, begun=4, completed=2)


def test_totals_of_no_links_are_nothing(wave):
    assert invitations.totals(wave) == Totals(links=0, places=0, sent=0, begun=0, completed=0)


def test_participants_who_answered_are_counted_whichever_way_they_came(wave, people):
    Box.objects.create(assessment=wave, responses={"a": {}, "b": {}})
    make_response(wave, ratings("participant"))
    make_response(wave, ratings("participant"), submitted_on=None)
    make_response(wave, ratings("staff"), respondent=people["alice"])

    assert invitations.participants_answered(wave) == 3


# Letters


def test_a_letter_goes_to_the_address_and_marks_the_link(wave):
    link = single(wave)

    invitations.send(link, LETTER, to="ann@example.org", on=DAY)

    (letter,) = mail.outbox
    assert (letter.to, letter.subject, letter.body) == (
        ["ann@example.org"],
        LETTER.subject,
        LETTER.body,
    )
    link.refresh_from_db()
    assert (link.sent_on, link.email) == (DAY, "ann@example.org")


def test_a_letter_goes_once_a_day_to_the_same_address(wave):
    link = single(wave)
    for to in ("ann@example.org", "ann@example.org", "ann@example.com"):
        invitations.send(link, LETTER, to=to, on=DAY)
    invitations.send(link, LETTER, to="ann@example.com", on=DAY + timedelta(days=1))

    assert [letter.to for letter in mail.outbox] == [
        ["ann@example.org"],
        ["ann@example.com"],
        ["ann@example.com"],
    ]


def test_an_address_is_not_kept_once_its_person_has_answered(wave):
    link = single(wave, completed=1, completed_on=DAY)

    invitations.send(link, LETTER, to="ann@example.org", on=DAY)

    link.refresh_from_db()
    assert (len(mail.outbox), link.sent_on, link.email) == (1, DAY, "")


@pytest.mark.parametrize("columns", [{"revoked_on": DAY}, {"ends_on": DAY - timedelta(days=1)}])
def test_a_link_that_does_not_stand_is_not_sent(wave, columns):
    with pytest.raises(Refused):
        invitations.send(single(wave, **columns), LETTER, to="ann@example.org", on=DAY)

    assert mail.outbox == []


def test_nothing_is_marked_when_the_mail_server_is_not_there(wave, unreachable):
    link = single(wave, sent_on=DAY - timedelta(days=7), email="old@example.org")

    with pytest.raises(NotSent) as problem:
        invitations.send(link, LETTER, to="ann@example.org", on=DAY)

    link.refresh_from_db()
    assert (link.sent_on, link.email) == (DAY - timedelta(days=7), "old@example.org")
    assert (problem.value.name, problem.value.address_refused) == ("ConnectionRefusedError", False)


@pytest.fixture
def meanwhile(settings, monkeypatch):
    """A mail server that is slow and then not there: what is given to it happens in between."""
    acts = []

    def open_slowly(self):
        acts.pop()()
        raise ConnectionRefusedError

    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"
    monkeypatch.setattr(Unreachable, "open", open_slowly)
    return acts.append


@pytest.mark.parametrize(
    "columns",
    [{"email": ""}, {"email": "", "revoked_on": DAY}, {"email": "", "completed": 1, "completed_on": DAY}],
    ids=["wave closed", "revoked", "answered"],
)
def test_a_letter_that_fails_brings_no_address_back(wave, meanwhile, columns):
    link = single(wave, sent_on=DAY - timedelta(days=7), email="old@example.org", begun=1)
    meanwhile(lambda: Invitation.objects.filter(pk=link.pk).update(**columns))

    with pytest.raises(NotSent):
        invitations.send(link, LETTER, to="ann@example.org", on=DAY)

    link.refresh_from_db()
    assert (link.sent_on, link.email) == (DAY - timedelta(days=7), "")


def test_a_letter_that_fails_leaves_another_that_was_sent(wave, meanwhile):
    link = single(wave)
    meanwhile(lambda: Invitation.objects.filter(pk=link.pk).update(email="right@example.org"))

    with pytest.raises(NotSent):
        invitations.send(link, LETTER, to="typo@example.org", on=DAY)

    link.refresh_from_db()
    assert (link.sent_on, link.email) == (DAY, "right@example.org")


def test_a_letter_that_fails_for_a_link_that_is_gone_is_still_explained(wave, meanwhile):
    link = single(wave)
    meanwhile(lambda: Invitation.objects.filter(pk=link.pk).delete())

    with pytest.raises(NotSent):
        invitations.send(link, LETTER, to="ann@example.org", on=DAY)


def test_a_refused_address_is_told_from_a_broken_server(wave, strict):
    with pytest.raises(NotSent) as problem:
        invitations.send(single(wave, "P-1"), LETTER, to="gone@example.org", on=DAY)
    assert problem.value.address_refused

    with pytest.raises(NotSent) as problem:
        invitations.send(single(wave, "P-2"), LETTER, to="full@example.org", on=DAY)
    assert not problem.value.address_refused
    assert not Invitation.objects.exclude(sent_on=None).exists()


# Reminders


def written_to(wave, reference: str, **columns) -> Invitation:
    address = f"{reference.lower()}@example.org"
    return single(wave, reference, **{"sent_on": DAY - timedelta(days=7), "email": address, **columns})


def test_a_reminder_goes_to_those_who_were_written_to_and_have_not_answered(wave):
    waiting = written_to(wave, "P-1")
    written_to(wave, "P-2", email="", completed=1)
    written_to(wave, "P-3", revoked_on=DAY)
    written_to(wave, "P-4", ends_on=DAY - timedelta(days=1))
    single(wave, "P-5")

    assert remind(wave) == (1, 0)
    (letter,) = mail.outbox
    assert (letter.to, letter.body) == (["p-1@example.org"], waiting.get_absolute_url())


def test_the_mark_of_a_reminder_does_not_tell_who_has_answered(wave):
    waiting, answered = written_to(wave, "P-1"), written_to(wave, "P-2", email="", completed=1)
    never_written_to = single(wave, "P-3")

    remind(wave)

    for link in (waiting, answered, never_written_to):
        link.refresh_from_db()
    assert (waiting.reminded_on, answered.reminded_on) == (DAY, DAY)
    assert never_written_to.reminded_on is None


def test_a_reminder_goes_once_a_day(wave):
    written_to(wave, "P-1")

    assert [remind(wave).taken, remind(wave).taken] == [1, 0]
    assert remind(wave, on=DAY + timedelta(days=1)).taken == 1


def test_a_closed_wave_reminds_nobody(wave):
    written_to(wave, "P-1")
    close(wave)

    assert remind(wave) == (0, 0)
    assert mail.outbox == []


@pytest.mark.parametrize("columns", [{}, {"email": "", "completed": 1}])
def test_a_broken_server_is_told_whether_or_not_somebody_waits(wave, unreachable, columns):
    link = written_to(wave, "P-1", **columns)

    with pytest.raises(NotSent):
        remind(wave)

    link.refresh_from_db()
    assert link.reminded_on is None


def test_one_refused_address_does_not_keep_the_others_from_their_reminder(wave, strict):
    written_to(wave, "P-1", email="gone@example.org")
    written_to(wave, "P-2")

    assert remind(wave) == (1, 1)
    assert strict.taken == ["p-2@example.org"]
    assert not Invitation.objects.filter(reminded_on=None).exists()


def test_when_every_address_is_refused_nothing_is_marked(wave, strict):
    link = written_to(wave, "P-1", email="gone@example.org")

    with pytest.raises(NotSent):
        remind(wave)

    link.refresh_from_db()
    assert link.reminded_on is None
