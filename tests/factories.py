"""Rows for tests: plain functions with fixed values; a test overrides what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.utils import timezone

from assessments.models import (
    Activity,
    Answer,
    Assessment,
    Facts,
    InstrumentVersion,
    Invitation,
    Item,
    Membership,
    Organisation,
    Participant,
    Participation,
    Response,
    Service,
    User,
)
from assessments.rules import Side
from assessments.workflow import assessment as workflow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = date(2026, 3, 2)
numbers = count(1)


def make_user(username: str, **fields) -> User:
    return User.objects.create_user(username, f"{username}@example.org", "pass-word-1", **fields)


def make_organisation(name: str = "Elm Borough Council") -> Organisation:
    return Organisation.objects.get_or_create(name=name)[0]


def make_member(user: User, organisation: Organisation, role: str = "manager") -> Membership:
    return Membership.objects.create(user=user, organisation=organisation, role=role)


def make_service(
    name: str | None = None,
    *,
    organisation: Organisation | None = None,
    managers: Iterable[User] = (),
    **fields,
) -> Service:
    """A service; each of ``managers`` becomes a managing member of its organisation."""
    number = next(numbers)
    service = Service.objects.create(
        name=name or f"Service {number}",
        slug=f"service-{number}",
        organisation=organisation or make_organisation(),
        **fields,
    )
    for manager in managers:
        Membership.objects.get_or_create(
            user=manager, organisation=service.organisation, defaults={"role": "manager"}
        )
        service.managers.add(manager)
    return service


def make_activity(service: Service, title: str | None = None, facts: Mapping | None = None) -> Activity:
    return Activity.objects.create(
        service=service,
        title=title or f"Activity {next(numbers)}",
        facts=Facts.objects.create(**(facts or {})),
    )


def make_participant(service: Service, reference: str | None = None, **fields) -> Participant:
    return Participant.objects.create(service=service, reference=reference or f"P-{next(numbers)}", **fields)


def make_participation(participant: Participant, activity: Activity, **fields) -> Participation:
    return Participation.objects.create(participant=participant, activity=activity, **fields)


def make_assessment(activity: Activity, *, by: User, at: datetime = NOON) -> Assessment:
    """The next wave of an activity, open, under the published instrument."""
    return workflow.begin(activity, by=by, at=at)


def make_response(
    assessment: Assessment,
    answers: Mapping[str, int | str],
    *,
    respondent: User | None = None,
    form: str = "full",
    submitted_on: date | None = DAY,
    research_consent: bool = False,
    evidence: Mapping[str, str] | None = None,
) -> Response:
    """A response with ``answers`` by item code: staff's with a ``respondent``, else a participant's."""
    response = Response.objects.create(
        assessment=assessment,
        side="staff" if respondent else "participant",
        respondent=respondent,
        form=form,
        submitted_on=submitted_on,
        research_consent=research_consent,
    )
    items = {item.code: item for item in Item.objects.filter(version=assessment.instrument_version)}
    Answer.objects.bulk_create(
        Answer(
            response=response,
            item=items[code],
            rating=answer if isinstance(answer, int) else None,
            missing="" if isinstance(answer, int) else answer,
            evidence=(evidence or {}).get(code, ""),
        )
        for code, answer in answers.items()
    )
    return response


def ratings(side: str, value: int = 3, *, form: str = "full") -> dict[str, int]:
    """The same rating for every item that ``side`` is asked on ``form``."""
    items = InstrumentVersion.objects.current().items.exclude(
        who=Side.PARTICIPANT if side == "staff" else Side.STAFF
    )
    if form == "short":
        items = items.filter(short=True)
    return {item.code: value for item in items}


def in_a_month() -> date:
    """A last day for links that stand today, whenever the tests run."""
    return timezone.localdate() + timedelta(days=28)


def make_link(assessment: Assessment, *, limit: int = 1, **fields) -> Invitation:
    """A link to answer that stands today: for one person, or with a higher ``limit`` for a group."""
    fields = {"kind": "single" if limit == 1 else "group", "ends_on": in_a_month(), **fields}
    return Invitation.objects.create(assessment=assessment, limit=limit, **fields)


def make_closed(activity: Activity, *, by: User, staff: int = 3, participants: int = 0) -> Assessment:
    """A closed wave with one staff response and as many participants, all rating ``staff`` and 3."""
    assessment = make_assessment(activity, by=by)
    make_response(assessment, ratings("staff", staff), respondent=by)
    for _ in range(participants):
        make_response(assessment, ratings("participant"), research_consent=True)
    return workflow.close(assessment, by=by, at=NOON)
