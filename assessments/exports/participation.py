"""participation.csv: one row for each participant's part in an activity, without names.

Only participants of whom the service recorded that they agree to research, and only in activities in which
at least the floor agreed and the others, if any, are at least the floor too. How they came, their kind, their
phases, and bands of size, hours and years are ``SUPP`` throughout an activity when fewer than the floor
share a value, alone or together with the traits before it. The floor is the highest ``min_participants``
under which a wave of the activity was closed, whichever waves are chosen: a filter must not lower it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from assessments.models import Activity, Assessment, Participant, Participation

from .export import CHUNK, Export, Kind, Selection, column

SUPPRESSED = "SUPP"
UNKNOWN = "SKIP"
PHASES = ("commission", "design", "deliver", "assess")
HOURS = ((1, "under_1"), (5, "1_to_4"), (10, "5_to_9"), (20, "10_to_19"), (40, "20_to_39"))
MANY_HOURS = "40_or_more"
SIZES = ((6, "2_to_5"), (11, "6_to_10"), (26, "11_to_25"), (51, "26_to_50"))
MANY_PEOPLE = "51_or_more"


class Row(NamedTuple):
    """One participant's part in one activity, as it may be seen."""

    activity: str
    participant: str
    kind: str
    size: str | None
    asked: str
    commission: str
    design: str
    deliver: str
    assess: str
    since: str
    hours: str


TRAITS = Row._fields[2:]


COLUMNS = (
    column(
        "activity_id",
        Kind.ID,
        _("Code of the activity; the same in every file of the project."),
        "activity",
        values=_("16 hexadecimal digits"),
    ),
    column(
        "participant_id",
        Kind.ID,
        _("Code of the participant; the same in all of their activities. No response has it."),
        "participant",
        values=_("16 hexadecimal digits"),
    ),
    column(
        "participant_kind",
        Kind.CODE,
        _("Whether this is one person or a group."),
        "kind",
        (*Participant.Kind.values, SUPPRESSED),
        (SUPPRESSED,),
    ),
    column(
        "size",
        Kind.CODE,
        _("How many people are in the group, in bands; empty for one person."),
        values=(*(words for _end, words in SIZES), MANY_PEOPLE, UNKNOWN, SUPPRESSED),
        missing=(UNKNOWN, SUPPRESSED),
    ),
    column(
        "asked",
        Kind.CODE,
        _("How they came to take part."),
        values=(*Participation.Asked.values, SUPPRESSED),
        missing=(SUPPRESSED,),
    ),
    *(
        column(
            f"phase_{phase}",
            Kind.CODE,
            format_lazy(_("Whether they take part in the phase {phase}."), phase=phase),
            phase,
            ("yes", "no", SUPPRESSED),
            (SUPPRESSED,),
        )
        for phase in PHASES
    ),
    column(
        "since",
        Kind.TEXT,
        _("The year in which they began; SKIP when it was not recorded."),
        values=_("a year | SKIP | SUPP"),
        missing=(UNKNOWN, SUPPRESSED),
    ),
    column(
        "hours_a_month",
        Kind.CODE,
        _("Hours a month, in bands; SKIP when they were not recorded."),
        "hours",
        (*(words for _end, words in HOURS), MANY_HOURS, UNKNOWN, SUPPRESSED),
        (UNKNOWN, SUPPRESSED),
    ),
    # Columns are only ever added, and only here.
)


def banded(number, bands, beyond: str) -> str:
    """The band in which a number lies, or SKIP for none."""
    if number is None:
        return UNKNOWN
    return next((words for end, words in bands if number < end), beyond)


def open_activities(selection: Selection) -> QuerySet[Activity]:
    """The activities of the selection whose participations may be exported, each with its ``floor``."""
    floors = (
        Assessment.objects.closed()
        .order_by()
        .filter(activity=OuterRef("pk"))
        .values("activity")
        .annotate(floor=Max("instrument_version__min_participants"))
        .values("floor")
    )
    agreed = Q(participations__participant__research_consent=True)
    return (
        Activity.objects.filter(pk__in=selection.results.order_by().values("assessment__activity"))
        .annotate(
            floor=Subquery(floors),
            agreed=Count("participations", filter=agreed),
            others=Count("participations", filter=~agreed),
        )
        .filter(Q(others=0) | Q(others__gte=F("floor")), agreed__gte=F("floor"))
    )


def exported(selection: Selection) -> QuerySet[Participation]:
    """The participations that have rows in the file."""
    return Participation.objects.filter(
        participant__research_consent=True, activity__in=open_activities(selection).values("pk")
    )


def count(selection: Selection) -> int:
    """How many rows the file will have; one query."""
    return exported(selection).count()


def rows(selection: Selection) -> Iterator[Row]:
    """The participations, activity by activity in the order of their codes; two queries."""
    of_activity, of_participant = selection.pseudonyms("activity"), selection.pseudonyms("participant")
    floors = dict(open_activities(selection).order_by().values_list("pk", "floor"))
    found = (
        exported(selection)
        .order_by("activity_id")
        .select_related("participant")
        .iterator(chunk_size=20 * CHUNK)
    )
    coded = sorted(
        (of_activity(key), floors.get(key), list(parts))
        for key, parts in groupby(found, attrgetter("activity_id"))
    )
    for activity, floor, parts in coded:
        plain = [as_recorded(activity, of_participant(part.participant_id), part) for part in parts]
        yield from sorted(as_seen(plain, floor), key=itemgetter(1))


def as_recorded(activity: str, participant: str, part: Participation) -> Row:
    """A participation in codes, before anything is withheld."""
    group = part.participant.kind == Participant.Kind.GROUP
    return Row(
        activity,
        participant,
        part.participant.kind,
        banded(part.participant.size, SIZES, MANY_PEOPLE) if group else None,
        part.asked,
        *("yes" if getattr(part, phase) else "no" for phase in PHASES),
        str(part.since.year) if part.since else UNKNOWN,
        banded(part.hours_a_month, HOURS, MANY_HOURS),
    )


def as_seen(parts: list[Row], floor: int) -> list[Row]:
    """The participations of one activity with their rare traits withheld."""
    shown: list[str] = []
    for trait in TRAITS:
        shares = Counter(tuple(getattr(part, name) for name in (*shown, trait)) for part in parts)
        if all(share >= floor for share in shares.values()):
            shown.append(trait)
    rare = [trait for trait in TRAITS if trait not in shown]
    if "kind" in rare and "size" not in rare:  # An empty size would say "one person".
        rare.append("size")
    return [part._replace(**dict.fromkeys(rare, SUPPRESSED)) for part in parts]


PARTICIPATION = Export(
    name="participation",
    title=_("One row for each participant’s part in an activity: how they came, phases and hours. No names."),
    columns=COLUMNS,
    count=count,
    rows=rows,
    key=("activity_id", "participant_id"),
)
