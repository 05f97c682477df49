"""What goes, and when: a participant on request, and by ``manage.py forget`` whatever is kept long enough.

Waves, answers and results stay: they name nobody. ``docs/privacy.md`` says what is kept for how long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auditlog.models import LogEntry
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from assessments import audit
from assessments.models import Draft, Invitation, Participant

DAYS = 365
"""How long invitations of closed waves, and participants who take part in nothing, are kept."""

AUDIT_DAYS = 3 * 365
"""How long the record of changes is kept."""

PARTICIPATION = ("asked", "commission", "design", "deliver", "assess", "since", "hours_a_month")
INVITATION = ("sent_on", "ends_on", "revoked_on")
"""The columns of a participation and of an invitation that a participant is given."""


@dataclass(frozen=True)
class Forgotten:
    """How many rows went, or would go."""

    drafts: int
    emails: int
    invitations: int
    participants: int
    audit_lines: int
    sessions: int
    sign_ins: int


def held_about(participant: Participant) -> dict[str, object]:
    """Everything that is held about a participant, as plain values that JSON can write.

    ``participations`` and ``invitations`` are lists, and ``record`` says what was done when. Whether a link
    was used is left out, and so is the address it went to, which goes when it is used: this file goes through
    the hands of the service.
    """
    parts = participant.participations.select_related("activity")
    links = participant.invitations.select_related("assessment__activity")
    return {
        "note": gettext(
            "Answers are not in this file. They are kept without any sign of whose they are, so nobody can "
            "tell which are yours. Whether your links were used is left out, so that your service does not "
            "learn it from this file. An e-mail address to which a link was sent is left out for the same "
            "reason: it is deleted when you have answered, or when the link ends."
        ),
        "service": participant.service.name,
        **_columns(participant, "reference", "kind", "size", "research_consent"),
        "participations": [
            {"activity": part.activity.title, **_columns(part, *PARTICIPATION)} for part in parts
        ],
        "invitations": [
            {"assessment": str(link.assessment), **_columns(link, *INVITATION)} for link in links
        ],
        "record": [
            {"at": line.timestamp, "done": line.get_action_display(), "to": line.content_type.name}
            for line in audit.lines_about(participant)
        ],
    }


def _columns(row: Model, *names: str) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}


@transaction.atomic
def delete_participant(participant: Participant) -> None:
    """Delete a participant and their participations, and take their reference out of the record.

    Their invitations stay with their waves, without an address and without saying whose they were. Answers
    stay: nobody can tell which are theirs.
    """
    key = participant.pk
    participant.invitations.update(email="")
    participant.delete()
    audit.make_nameless(key)


@transaction.atomic
def forget(
    *, now: datetime, days: int = DAYS, audit_days: int = AUDIT_DAYS, dry_run: bool = False
) -> Forgotten:
    """Delete all that is kept no longer at ``now``, and return how much of each; all of it or nothing.

    ``days`` counts from a wave's close, and for participants from when they were last named in the record;
    ``audit_days``, which is not the smaller, from when a line was written. With ``dry_run`` everything is
    counted in the same way, and nothing changes.
    """
    since, today = now - timedelta(days=days), timezone.localdate(now)
    drafts, _ = Draft.objects.filter(expires_on__lt=today).delete()
    emails = _idle_addresses(today).update(email="")
    old = Invitation.objects.filter(assessment__closed_at__lt=since)
    invitations = len(old)
    old.delete()
    idle = _idle_participants(since)
    for participant in idle:
        delete_participant(participant)
    audit_lines, _ = LogEntry.objects.filter(timestamp__lt=now - timedelta(days=audit_days)).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    sign_ins, _ = AccessAttempt.objects.filter(attempt_time__lt=now - settings.AXES_COOLOFF_TIME).delete()
    transaction.set_rollback(dry_run)
    return Forgotten(drafts, emails, invitations, len(idle), audit_lines, sessions, sign_ins)


def _idle_addresses(today: date) -> QuerySet[Invitation]:
    """The invitations with an e-mail address to which no more letters will go."""
    over = Q(assessment__status="closed") | Q(ends_on__lt=today) | Q(revoked_on__isnull=False)
    return Invitation.objects.exclude(email="").filter(over)


def _idle_participants(since: datetime) -> list[Participant]:
    """The participants in no activity, with no invitation left, whom the record has not named lately; locked.

    The record tells somebody who was added last week, and has no activity yet, from somebody who left.
    """
    alone = Participant.objects.filter(participations=None, invitations=None)
    named = audit.named_since(since)
    keys = [key for key in alone.values_list("pk", flat=True) if key not in named]
    locked = Participant.objects.select_for_update(of=("self",)).filter(pk__in=keys).in_bulk()
    # Whoever was put into an activity before the lock, and after the first look, stays.
    return list(alone.filter(pk__in=locked))
