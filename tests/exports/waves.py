"""Waves for the tests of exports: services, people and answers, closed by the real workflow."""

import csv
import io
from datetime import UTC, date, datetime

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.http import QueryDict

from assessments.exports import Export
from assessments.exports.stream import stream
from assessments.forms.research import FilterForm
from assessments.models import (
    Activity,
    Answer,
    Assessment,
    Facts,
    InstrumentVersion,
    Organisation,
    Response,
    Service,
    User,
)
from assessments.workflow.assessment import begin, close

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


def load_instrument() -> None:
    """The default instrument, published."""
    call_command("load_instrument", stdout=io.StringIO())


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
    if not InstrumentVersion.objects.exists():
        load_instrument()
    organisation, _ = Organisation.objects.get_or_create(name="Elm Borough")
    service = Service.objects.create(
        organisation=organisation,
        name=f"SECRET-SERVICE {name}",
        slug=f"service-{name}".lower(),
        shared_for_research=shared,
    )
    people = [User.objects.create_user(f"SECRET-PERSON-{name}-{number}") for number in range(max(staff, 1))]
    activity = Activity.objects.create(
        service=service, title=f"SECRET-ACTIVITY {name}", facts=Facts.objects.create(**KNOWN)
    )
    wave = begin(activity, by=people[0], at=OPENED)
    for person in people[:staff]:
        make_response(wave, "staff", respondent=person, evidence=EVIDENCE)
    for number in range(agreed + others):
        make_response(wave, "participant", number, change=change, research_consent=number < agreed)
    return close(wave, by=people[0], at=closed) if closed else wave


def make_response(
    wave: Assessment,
    side: str,
    number: int = 0,
    *,
    change=lambda number, code, rating: rating,
    evidence: str = "",
    submitted_on: date | None = date(2025, 3, 20),
    **fields,
) -> Response:
    """A response that rates every item of its form: mostly well, but neither item nor response alike."""
    response = Response.objects.create(assessment=wave, side=side, submitted_on=submitted_on, **fields)
    items = wave.instrument_version.items.filter(who__in=["both", side])
    if response.form == "short":
        items = items.filter(short=True)
    answers = []
    for place, item in enumerate(items):
        turn = (place + number) % 3
        answer = change(number, item.code, turn if item.pole == "-" else 4 - turn)
        if answer is not None:
            given = {"missing": answer} if isinstance(answer, str) else {"rating": answer}
            answers.append(Answer(response=response, item=item, evidence=evidence, **given))
    Answer.objects.bulk_create(answers)
    return response


def selection(user: User, query: str = ""):
    """What ``user`` gets with the filters ``query``."""
    form = FilterForm(QueryDict(query))
    assert form.is_valid(), form.errors
    return form.selection(user)


def text_of(export: Export, user: User, query: str = "", *, excel: bool = False) -> str:
    """The whole file as text."""
    chosen = selection(user, query)
    return "".join(stream(export, chosen, export.count(chosen), excel=excel))


def read(text: str) -> list[dict[str, str]]:
    """The rows of a file, as a program of somebody else would read them."""
    return list(csv.DictReader(io.StringIO(text, newline="")))
