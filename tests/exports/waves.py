"""Waves for the tests of exports: services, people and answers, closed by the real workflow."""

import csv
import io
from datetime import UTC, datetime

from django.contrib.auth.models import Group
from django.http import QueryDict

from assessments.exports import Export, Selection
from assessments.exports.stream import stream
from assessments.forms.research import FilterForm
from assessments.models import Assessment, Participant, Participation, Project, Response, User
from assessments.workflow.assessment import close
from tests import factories

OPENED = datetime(2025, 3, 3, 9, tzinfo=UTC)
CLOSED = datetime(2025, 4, 4, 17, tzinfo=UTC)
EVIDENCE = "SECRET-EVIDENCE"
SECRETS = ("SECRET-SERVICE", "SECRET-ACTIVITY", "SECRET-PERSON", EVIDENCE)
"""Words of people and services that must never leave."""

KNOWN = {
    "phases_commission": "none",
    "phases_design": "consulted",
    "phases_deliver": "shared",
    "phases_assess": "unknown",
    "agency": "ongoing",
    "public_resources": "yes",
    "basis": "chosen",
    "intentional": "yes",
    "staff_time": "kept",
    "levels_group": True,
    "levels_individual": False,
    "context_cuts": "yes",
}


def make_researcher(username: str = "rosa") -> User:
    """Somebody who may export."""
    user = User.objects.create_user(username)
    user.groups.add(Group.objects.get(name="researchers"))
    return user


def make_wave(
    name: str = "A",
    *,
    shared: bool = True,
    closed: datetime | None = CLOSED,
    staff: int = 2,
    agreed: int = 0,
    others: int = 0,
    change=lambda number, code, rating: rating,
) -> Assessment:
    """A wave of an activity of its own: ``staff`` and participants, of whom ``agreed`` agreed to research.

    ``change(number, code, rating)`` may give another answer of the participant with that number (those who
    agreed come first): a rating, "dk", "na", or None for none.
    """
    service = factories.make_service(f"SECRET-SERVICE {name}", shared_for_research=shared)
    activity = factories.make_activity(service, f"SECRET-ACTIVITY {name}", KNOWN)
    people = [factories.make_user(f"SECRET-PERSON-{name}-{number}") for number in range(staff)]
    wave = factories.make_assessment(activity, by=people[0], at=OPENED)
    for person in people:
        make_response(wave, respondent=person)
    for number in range(agreed + others):
        make_response(wave, number, change=change, research_consent=number < agreed)
    return close(wave, by=people[0], at=closed) if closed else wave


def make_response(
    wave: Assessment,
    number: int = 0,
    *,
    change=lambda number, code, rating: rating,
    respondent: User | None = None,
    form: str = "full",
    **fields,
) -> Response:
    """A response that rates every item of its form: mostly well, but neither item nor response alike."""
    items = wave.instrument_version.items.filter(who__in=["both", "staff" if respondent else "participant"])
    if form == "short":
        items = items.filter(short=True)
    answers = {}
    for place, item in enumerate(items):
        turn = (place + number) % 3
        answer = change(number, item.code, turn if item.pole == "-" else 4 - turn)
        if answer is not None:
            answers[item.code] = answer
    evidence = dict.fromkeys(answers, EVIDENCE) if respondent else None
    return factories.make_response(
        wave, answers, respondent=respondent, form=form, evidence=evidence, **fields
    )


def make_participations(wave: Assessment, agreed: int, others: int = 0, **fields) -> list[Participation]:
    """Participants of a wave's activity, of whom ``agreed`` agreed to research."""
    activity = wave.activity
    people = [
        Participant.objects.create(
            service=activity.service,
            reference=f"SECRET-PERSON {activity.pk}-{number}",
            research_consent=number < agreed,
        )
        for number in range(agreed + others)
    ]
    return [
        Participation.objects.create(participant=person, activity=activity, **fields) for person in people
    ]


def make_project(user: User, name: str = "Study", **fields) -> Project:
    """A research project of ``user``: the one with this name, if there is one."""
    return Project.objects.get_or_create(
        researcher=user, name=name, defaults={"purpose": "To learn.", **fields}
    )[0]


def selection(user: User, query: str = "", *, project: Project | None = None) -> Selection:
    """What ``user`` gets with the filters ``query``, for a project."""
    form = FilterForm(QueryDict(query))
    assert form.is_valid(), form.errors
    return Selection(form.selection(user), project or make_project(user), form.query())


def text_of(
    export: Export, user: User, query: str = "", *, excel: bool = False, project: Project | None = None
) -> str:
    """The whole file as text."""
    chosen = selection(user, query, project=project)
    return "".join(stream(export, chosen, export.count(chosen), excel=excel))


def read(text: str) -> list[dict[str, str]]:
    """The rows of a file, as a program of somebody else would read them."""
    return list(csv.DictReader(io.StringIO(text, newline="")))
