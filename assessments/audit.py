"""The record of who changed, closed, published, invited, exported and deleted what, and when.

django-auditlog writes a line for every row that is saved or deleted one by one, in the transaction of the
change itself. This module says which rows and columns that is, who acted, and what else is recorded. Answers,
drafts, boxes and results never are: a line with a time beside an answer would tell whose it is.
"""

from __future__ import annotations

from datetime import datetime

from auditlog.middleware import AuditlogMiddleware
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from assessments.models import (
    Activity,
    Assessment,
    Dimension,
    DimensionText,
    Facts,
    InstrumentVersion,
    Invitation,
    Item,
    ItemText,
    Membership,
    Organisation,
    Participant,
    Participation,
    Project,
    RuleSet,
    RuleSetText,
    Service,
    Token,
    User,
)

RECORDED = (
    Activity,
    Assessment,
    Dimension,
    DimensionText,
    Facts,
    InstrumentVersion,
    Invitation,
    Item,
    ItemText,
    Membership,
    Organisation,
    Participant,
    Participation,
    Project,
    RuleSet,
    RuleSetText,
    Service,
    Token,
    User,
)
"""The tables whose changes are recorded."""

LEFT_OUT = {
    # The key is half of a link, and the others would tell on which day and in which order people answered.
    Invitation: {"key", "email", "reminded_on", "begun", "completed", "completed_on"},
    Project: {"secret"},
    Token: {"hash", "used_on", "hour", "uses_this_hour"},
    User: {"password", "last_login"},
}
"""Columns that are never recorded."""

RELATIONS = {Assessment: {"invited"}, Service: {"managers"}, User: {"groups"}}
"""Relations to many that are recorded."""


def start() -> None:
    """Have the changes of :data:`RECORDED` written down from now on. Called once, when models are there."""
    for model in RECORDED:
        columns = {column.name for column in model._meta.concrete_fields} - LEFT_OUT.get(model, set())
        auditlog.register(
            model,
            include_fields=sorted(columns),
            m2m_fields=RELATIONS.get(model, set()),
            mask_fields=["email"],
            mask_callable="assessments.audit.hidden",
        )


def hidden(text: str) -> str:
    """What stands in the record for an e-mail address: that there is one, not which."""
    return "***" if text else ""


class ActorMiddleware(AuditlogMiddleware):
    """Names the account behind a request in the record, and keeps no address of any machine.

    The account is looked up only when something is written, so pages for everybody stay without a session.
    """

    def get_extra_data(self, request: HttpRequest) -> dict[str, object]:
        return {"actor": request.user, "actor_email": None}


def record_export(
    *,
    by: User | None,
    file: str,
    query: str,
    project: Project | None = None,
    token: Token | None = None,
    **counts: int | None,
) -> None:
    """Record that somebody took a file about many waves: which, with which filter, how much is in it as far
    as that is known before it is written, for which research project, and through which token."""
    LogEntry.objects.create(
        content_type=_table(Assessment),
        object_repr=file,
        action=LogEntry.Action.ACCESS,
        actor=by,
        additional_data={"filter": query, **counts}
        | ({"project": project.slug} if project else {})
        | ({"token": token.ending} if token else {}),
    )


def record_access(row: Participant, *, by: User) -> None:
    """Record that somebody took the file of what is held about a participant."""
    LogEntry.objects.log_create(row, force_log=True, action=LogEntry.Action.ACCESS, actor=by)


def lines_about(participant: Participant) -> QuerySet[LogEntry]:
    """The record's lines about a participant and their participations, the oldest first."""
    return _about(participant.pk).select_related("content_type").order_by("timestamp", "pk")


def named_since(moment: datetime) -> set[int]:
    """The keys of the participants that the record names since ``moment``: those who were added, changed,
    asked for, or taken into or out of an activity."""
    lines = LogEntry.objects.filter(timestamp__gte=moment)
    named = set(lines.filter(content_type=_table(Participant)).values_list("object_id", flat=True))
    for changes in lines.filter(content_type=_table(Participation)).values_list("changes", flat=True):
        named |= {int(key) for key in (changes or {}).get("participant", ()) if key.isdecimal()}
    return named


def make_nameless(participant: int) -> None:
    """Take the reference of a deleted participant, and all that was said of them, out of the record.

    ``participant`` is the key they had. That one was added, changed and deleted, by whom and when, stays.
    """
    _about(participant).update(object_repr="", changes=None)


def _about(participant: int) -> QuerySet[LogEntry]:
    came, went = (Q(**{f"changes__participant__{place}": str(participant)}) for place in (1, 0))
    parts = LogEntry.objects.filter(came | went, content_type=_table(Participation))
    return LogEntry.objects.filter(
        Q(content_type=_table(Participant), object_id=participant)
        | Q(content_type=_table(Participation), object_id__in=list(parts.values_list("object_id", flat=True)))
    )


def _table(model: type[Model]) -> ContentType:
    return ContentType.objects.get_for_model(model)
