"""What a manager does with links: make them, e-mail them, remind, extend, revoke, and count them in total.

A manager must not learn from a single link whether its participant answered. So a link's standing here
rests on its dates alone, an address is never given back, and a reminder marks everybody who was written to,
whether or not a letter went out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import NamedTuple

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from assessments.models import Assessment, Box, Invitation, Participant
from assessments.rules.values import Side

from .assessment import Refused


class Standing(StrEnum):
    """What a link's dates say of it."""

    STANDING = "standing"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Letter:
    """The words of a letter: one line, and plain text."""

    subject: str
    body: str


@dataclass(frozen=True)
class Totals:
    """All links of a wave together."""

    links: int
    """How many were made and not revoked."""
    places: int
    """How many answers they may bring; a revoked link counts what it has brought."""
    sent: int
    """How many went out by e-mail."""
    begun: int
    """How often somebody chose a form and began."""
    completed: int
    """How many answers came in through them."""


class Posted(NamedTuple):
    """How many letters the mail server took, and how many it refused."""

    taken: int
    refused: int


class NotSent(Exception):
    """The mail server took no letter. ``address_refused`` says that it was the address that it refused."""

    def __init__(self, error: Exception) -> None:
        self.address_refused = isinstance(error, SMTPRecipientsRefused)
        self.name = type(error).__name__
        super().__init__(self.name)


def standing(invitation: Invitation, on: date) -> Standing:
    """What the dates of a link say on a day, and nothing about who answered."""
    if invitation.revoked_on is not None:
        return Standing.REVOKED
    return Standing.ENDED if on > invitation.ends_on else Standing.STANDING


def still_standing(assessment: Assessment, on: date) -> QuerySet[Invitation]:
    """The links of a wave that stand on a day."""
    return assessment.invitations.filter(revoked_on=None, ends_on__gte=on)


def without_a_link(assessment: Assessment) -> QuerySet[Participant]:
    """The people of the wave's activity whom no link was made for, or whose link was revoked.

    A participant that is a group answers through a group link.
    """
    linked = assessment.invitations.filter(revoked_on=None).exclude(participant=None)
    return Participant.objects.filter(
        participations__activity=assessment.activity_id, kind=Participant.Kind.PERSON
    ).exclude(pk__in=linked.values("participant"))


def totals(assessment: Assessment) -> Totals:
    """The links of a wave, counted together."""
    kept = Q(revoked_on=None)
    return Totals(
        **assessment.invitations.aggregate(
            links=Count("pk", filter=kept),
            places=Sum(Case(When(kept, then=F("limit")), default=F("completed")), default=0),
            sent=Count("sent_on"),
            begun=Sum("begun", default=0),
            completed=Sum("completed", default=0),
        )
    )


def participants_answered(assessment: Assessment) -> int:
    """How many participants' responses an open wave holds, whichever way they came, paper included."""
    box = Box.objects.filter(assessment=assessment).first()
    rows = assessment.responses.filter(side=Side.PARTICIPANT).exclude(submitted_on=None).count()
    return rows + (len(box.responses) if box else 0)


# Verbs


@transaction.atomic
def invite(
    assessment: Assessment, participants: Collection[Participant], *, ends_on: date
) -> list[Invitation]:
    """Make a single link for each of ``participants`` who has none. Asking twice makes them once.

    Raises :class:`Refused` when the wave is closed.
    """
    locked = _open(assessment)
    chosen = without_a_link(locked).filter(pk__in=[participant.pk for participant in participants])
    return [
        Invitation.objects.create(
            assessment=locked, kind=Invitation.Kind.SINGLE, participant=participant, ends_on=ends_on
        )
        for participant in chosen
    ]


@transaction.atomic
def invite_group(
    assessment: Assessment, *, limit: int, ends_on: date, after: int | None = None
) -> Invitation:
    """Make a link for a group, for as many answers as ``limit`` (2 to 1,000).

    ``after`` is the key of the last link that was there when somebody asked (0 for none): a second click
    finds the link that the first one made since, and makes no other. Raises :class:`Refused` when the wave
    is closed.
    """
    wanted = {
        "assessment": _open(assessment),
        "kind": Invitation.Kind.GROUP,
        "limit": limit,
        "ends_on": ends_on,
    }
    made = None if after is None else Invitation.objects.filter(pk__gt=after, **wanted).first()
    return made or Invitation.objects.create(**wanted)


@transaction.atomic
def extend(invitation: Invitation, *, ends_on: date) -> None:
    """Give a link a new last day. Raises :class:`Refused` when it was revoked or the wave is closed."""
    locked = _locked(invitation)
    if locked.revoked_on is not None:
        raise Refused("the link was revoked")
    locked.ends_on = ends_on
    locked.save(update_fields=["ends_on"])


@transaction.atomic
def revoke(invitation: Invitation, *, on: date) -> None:
    """End a link for good; its address is forgotten. Revoking twice revokes once.

    Raises :class:`Refused` when the wave is closed.
    """
    locked = _locked(invitation)
    if locked.revoked_on is None:
        locked.revoked_on, locked.email = on, ""
        locked.save(update_fields=["revoked_on", "email"])


def send(invitation: Invitation, letter: Letter, *, to: str, on: date) -> None:
    """E-mail a single link, and keep the address for a reminder, until its participant has answered.

    The same letter to the same address goes out once a day, so that a double click sends it once. Raises
    :class:`Refused` when the link takes no answers any more, and :class:`NotSent`, with nothing marked,
    when the mail server takes no letter.
    """
    with transaction.atomic():
        row = _locked(invitation)
        if standing(row, on) is not Standing.STANDING:
            raise Refused("the link has ended")
        if row.sent_on == on and row.email == to:
            return
        sent_before, email_before = row.sent_on, row.email
        row.sent_on, row.email = on, "" if row.completed else to
        row.save(update_fields=["sent_on", "email"])
    # Outside the transaction: a slow mail server must not hold up those who are answering.
    try:
        EmailMessage(letter.subject, letter.body, to=[to]).send()
    except (SMTPException, OSError) as error:
        # As it was, unless somebody changed it while the mail server was busy: sent it elsewhere, revoked the
        # link, answered, closed the wave, or deleted the participant.
        mine = Invitation.objects.filter(pk=row.pk, sent_on=on)
        if not mine.filter(email=row.email, revoked_on=None, completed=row.completed).update(
            sent_on=sent_before, email=email_before
        ):
            mine.filter(email="").update(sent_on=sent_before)
        raise NotSent(error) from error


def remind(
    invitations: QuerySet[Invitation], letter_for: Callable[[Invitation], Letter], *, on: date
) -> Posted:
    """Remind, at most once a day, whoever of ``invitations`` was written to and has not answered.

    ``invitations`` are links of one open wave. Everybody who was written to is marked as reminded, so that
    the mark tells nobody who answered. Raises :class:`NotSent`, with nothing marked, when the mail server
    takes no letter at all.
    """
    due = invitations.filter(
        kind=Invitation.Kind.SINGLE,
        revoked_on=None,
        ends_on__gte=on,
        sent_on__isnull=False,
        assessment__status=Assessment.Status.OPEN,
    ).exclude(reminded_on=on)
    with transaction.atomic():
        rows = list(due.select_for_update(of=("self",)).select_related("assessment__activity__service"))
        Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(reminded_on=on)
    waiting = [row for row in rows if row.email and not row.completed]
    try:
        return _post(waiting, letter_for)
    except (SMTPException, OSError) as error:
        for row in rows:
            Invitation.objects.filter(pk=row.pk).update(reminded_on=row.reminded_on)
        raise NotSent(error) from error


def _post(waiting: Iterable[Invitation], letter_for: Callable[[Invitation], Letter]) -> Posted:
    """Send a letter for each link over one connection.

    The connection is tried even when nobody is waiting: its failing must not tell that somebody is. The
    first failure is raised when no letter was taken at all.
    """
    taken, failures = 0, []
    with get_connection() as connection:
        for row in waiting:
            letter = letter_for(row)
            message = EmailMessage(letter.subject, letter.body, to=[row.email], connection=connection)
            try:
                taken += message.send()
            except SMTPException as error:
                failures.append(error)
    if failures and not taken:
        raise failures[0]
    return Posted(taken, len(failures))


def _locked(invitation: Invitation) -> Invitation:
    """The invitation as it is now, locked after its wave; raises :class:`Refused` when that is closed."""
    _open(invitation.assessment)
    return Invitation.objects.select_for_update().get(pk=invitation.pk)


def _open(assessment: Assessment) -> Assessment:
    """The wave, locked; raises :class:`Refused` when it is closed. Call it inside a transaction."""
    locked = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not locked.is_open:
        raise Refused("the wave is closed")
    return locked
