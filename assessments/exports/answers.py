"""answers.csv: one row for each response and item, as far as participants agreed and are enough.

Staff's ratings are exported whole. Participants' go through four sieves, and the floor of each is the
instrument version's own ``min_participants``:

1. only responses whose sender agreed to research;
2. only from waves in which at least the floor agreed, and the others, if any, are at least the floor too:
   otherwise the stored means of all, less the exported ratings, would give the others away;
3. an item with fewer ratings than the floor, among those who agreed or among the others, is ``SUPP``
   throughout the wave, and so is one that the disclosure rule had taken out of the stored result;
4. mode, wording and language are each ``SUPP`` throughout the wave when fewer than the floor share a value.

Evidence never leaves: only whether there was some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from assessments.disclosure import may_be_listed
from assessments.models import Answer, Assessment, InstrumentVersion, Item, Response
from assessments.rules import values

from .export import CHUNK, Column, Export, Kind, Selection, in_fixed_order, pseudonym

SUPPRESSED = "SUPP"
UNANSWERED = "SKIP"
PARTICIPANT = values.Side.PARTICIPANT.value
TRAITS = ("mode", "wording", "language")


class Row(NamedTuple):
    """One response's answer to one item, as it may be seen."""

    wave: str
    response: str
    side: str
    form: str
    mode: str
    wording: str
    language: str
    version: str
    item: str
    dimension: str
    code: str
    number: int | None
    evidence: bool


@dataclass(frozen=True)
class Allowed:
    """What of the participants' side of one wave may be seen: which items, and which traits."""

    items: Set[int]
    traits: Set[str]


COLUMNS = (
    Column(
        name="assessment_id",
        kind=Kind.ID,
        values=_("16 hexadecimal digits"),
        meaning=_("Pseudonym of the wave; the same in assessments.csv."),
        value=attrgetter("wave"),
    ),
    Column(
        name="response_id",
        kind=Kind.ID,
        values=_("16 hexadecimal digits"),
        meaning=_("Pseudonym of the response."),
        value=attrgetter("response"),
    ),
    Column(
        name="side",
        kind=Kind.CODE,
        values=" | ".join(values.Side),
        meaning=_("Who answered."),
        value=attrgetter("side"),
    ),
    Column(
        name="form",
        kind=Kind.CODE,
        values=" | ".join(values.Form),
        meaning=_("Which form: all items of that side, or the participants' short form."),
        value=attrgetter("form"),
    ),
    Column(
        name="mode",
        kind=Kind.CODE,
        values=" | ".join([*Response.Mode.values, SUPPRESSED]),
        meaning=_("How the form was filled in; SUPP throughout a wave when too few share a value."),
        value=attrgetter("mode"),
    ),
    Column(
        name="wording",
        kind=Kind.CODE,
        values=" | ".join([*Response.Wording.values, SUPPRESSED]),
        meaning=_("Which wording was read; SUPP throughout a wave when too few share a value."),
        value=attrgetter("wording"),
    ),
    Column(
        name="language",
        kind=Kind.TEXT,
        values=_("a language code such as en | SUPP"),
        meaning=_("Which language was read; SUPP throughout a wave when too few share a value."),
        value=attrgetter("language"),
    ),
    Column(
        name="instrument_version",
        kind=Kind.TEXT,
        values=_("a published version"),
        meaning=_("Version of the instrument that was used. Its items stand in codebook.csv."),
        value=attrgetter("version"),
    ),
    Column(
        name="item",
        kind=Kind.TEXT,
        values=_("an item code such as A1"),
        meaning=_("The item. A code keeps its meaning in every version."),
        value=attrgetter("item"),
    ),
    Column(
        name="dimension",
        kind=Kind.CODE,
        values=" | ".join(values.Dimension),
        meaning=_("The dimension to which the item belongs."),
        value=attrgetter("dimension"),
    ),
    Column(
        name="response_code",
        kind=Kind.CODE,
        values=" | ".join(["0", "1", "2", "3", "4", "DK", "NA", UNANSWERED, SUPPRESSED]),
        meaning=_(
            "The rating as given, not reversed, or why there is none: does not know, does not apply, "
            "left unanswered, withheld because too few participants rated the item."
        ),
        value=attrgetter("code"),
    ),
    Column(
        name="response_num",
        kind=Kind.WHOLE,
        values=_("0 to 4"),
        meaning=_("The rating as a number; empty when there is none."),
        value=attrgetter("number"),
    ),
    Column(
        name="evidence_present",
        kind=Kind.YES_NO,
        values="yes | no",
        meaning=_("Whether evidence was written beside the rating. The evidence itself is never exported."),
        value=attrgetter("evidence"),
    ),
    # Columns are only ever added, and only here.
)


# What may be seen


def open_sides(selection: Selection) -> QuerySet[Assessment]:
    """The waves of ``selection`` whose participants who agreed to research may be exported.

    This is :func:`assessments.disclosure.may_be_listed`, asked by the database of every wave at once.
    """
    sent = Q(responses__side=PARTICIPANT, responses__submitted_on__isnull=False)
    floor = F("instrument_version__min_participants")
    return (
        Assessment.objects.filter(pk__in=selection.filter(participants_withheld=False).values("assessment"))
        .annotate(
            agreed=Count("responses", filter=sent & Q(responses__research_consent=True)),
            others=Count("responses", filter=sent & Q(responses__research_consent=False)),
        )
        .filter(Q(others=0) | Q(others__gte=floor), agreed__gte=floor)
    )


def exported(selection: Selection) -> QuerySet[Response]:
    """The responses that have rows in the file: sent, and a participant's only under sieves 1 and 2."""
    shown = Q(side=values.Side.STAFF.value) | Q(
        side=PARTICIPANT, research_consent=True, assessment__in=open_sides(selection).values("pk")
    )
    return Response.objects.filter(
        shown, submitted_on__isnull=False, assessment__in=selection.values("assessment")
    )


def allowed(
    floor: int, items: Iterable[Item], profile: dict, raters: dict[int, int], traits: list[tuple]
) -> Allowed:
    """Sieves 3 and 4 for one wave.

    ``profile`` is its stored result, made after disclosure; ``raters`` says by item how many of those who
    agreed rated it; ``traits`` has a tuple of mode, wording, language and number of responses for each
    combination among those who agreed.
    """

    def enough(item: Item) -> bool:
        figures = profile["items"].get(item.code, {}).get("participants")
        return figures is not None and may_be_listed(raters.get(item.pk, 0), figures["n"], floor)

    def common(place: int) -> bool:
        shares: dict[str, int] = {}
        for combination in traits:
            shares[combination[place]] = shares.get(combination[place], 0) + combination[-1]
        return all(share >= floor for share in shares.values())

    return Allowed(
        items={item.pk for item in items if enough(item)},
        traits={name for place, name in enumerate(TRAITS) if common(place)},
    )


# The rows


def items_by_version() -> dict[int, list[Item]]:
    """The items of every published version, in the order of its form, by the version's key; one query."""
    items = (
        Item.objects.filter(version__status=InstrumentVersion.Status.PUBLISHED)
        .select_related("dimension")
        .order_by("version_id", "order", "pk")
    )
    return {version: list(group) for version, group in groupby(items, key=attrgetter("version_id"))}


def asked(items: Iterable[Item], side: values.Side, form: values.Form) -> list[Item]:
    """The items that stand on one form of one side."""
    return [
        item
        for item in items
        if values.Item(
            code=item.code,
            dimension=values.Dimension(item.dimension.code),
            who=values.Who(item.who),
            short=item.short,
        ).asked_of(side, form)
    ]


def count(selection: Selection) -> int:
    """How many rows the file will have: for each response, the items of its form. Two queries."""
    items = items_by_version()
    forms = (
        exported(selection)
        .order_by()
        .values_list("assessment__instrument_version", "side", "form")
        .annotate(responses=Count("pk"))
    )
    return sum(
        responses * len(asked(items[version], values.Side(side), values.Form(form)))
        for version, side, form, responses in forms
    )


def rows(selection: Selection) -> Iterator[Row]:
    """Every response and item, wave by wave, in five queries whatever their number.

    Four streams run side by side in the same order, so that one wave's sieves and one response's answers
    are all that is held.
    """
    items = items_by_version()
    responses = exported(selection)
    agreed = responses.filter(side=PARTICIPANT)
    results = in_fixed_order(selection, "assessment_id").values_list(
        "assessment_id",
        "profile",
        "assessment__instrument_version",
        "assessment__instrument_version__version",
        "assessment__instrument_version__min_participants",
    )
    raters = by_wave(
        in_fixed_order(
            Answer.objects.filter(response__in=agreed.values("pk"), rating__isnull=False).values(
                "response__assessment_id", "item_id"
            ),
            "response__assessment_id",
        )
        .annotate(raters=Count("rating"))
        .values_list("response__assessment_id", "item_id", "raters")
    )
    traits = by_wave(
        in_fixed_order(agreed.values("assessment_id", *TRAITS), "assessment_id")
        .annotate(responses=Count("pk"))
        .values_list("assessment_id", *TRAITS, "responses")
    )
    # The key as text and the evidence as a number: the database's own values, with nothing to convert.
    written = Case(When(answers__evidence__gt="", then=1), default=0, output_field=IntegerField())
    answers = by_wave(
        in_fixed_order(responses, "assessment_id", "id")
        .annotate(key=Cast("id", CharField()), written=written)
        .values_list(
            "assessment_id",
            "key",
            "side",
            "form",
            *TRAITS,
            "answers__item_id",
            "answers__rating",
            "answers__missing",
            "written",
        )
    )
    for wave, profile, version, version_name, floor in results.iterator(chunk_size=CHUNK):
        seen = allowed(
            floor,
            items[version],
            profile,
            {item: number for _, item, number in raters(wave)},
            [found[1:] for found in traits(wave)],
        )
        forms = {
            (side.value, form.value): asked(items[version], side, form)
            for side in values.Side
            for form in values.Form
        }
        wave_id = pseudonym("assessment", wave)
        for response, group in groupby(answers(wave), key=itemgetter(slice(1, 7))):
            same = (wave_id, *described(response, seen), version_name)
            rated = {answer[7]: answer[8:] for answer in group}
            for item in forms[response[1:3]]:
                shown = item.pk in seen.items or response[1] != PARTICIPANT
                yield Row(*same, item.code, item.dimension.code, *as_seen(rated.get(item.pk), shown))


def described(response: tuple, seen: Allowed) -> tuple[str, ...]:
    """The pseudonym, side, form, mode, wording and language of a response, as they may be seen."""
    key, side, form, *traits = response
    if side == PARTICIPANT:
        traits = [
            value if name in seen.traits else SUPPRESSED for name, value in zip(TRAITS, traits, strict=True)
        ]
    return (pseudonym("response", key.replace("-", "")), side, form, *traits)


def as_seen(answer: tuple | None, shown: bool) -> tuple[str, int | None, bool]:
    """The code, the number and whether there is evidence, of one answer or of none."""
    if not shown:
        return SUPPRESSED, None, False
    rating, missing, written = answer or (None, "", 0)
    if rating is not None:
        return str(rating), rating, bool(written)
    return (missing or UNANSWERED).upper(), None, bool(written)


def by_wave(found: QuerySet) -> Any:
    """A function from a wave to its tuples in ``found``; to be asked wave by wave, in the same order.

    The wave stands first in each tuple. A wave without tuples has an empty list of them.
    """
    groups = groupby(found.iterator(chunk_size=10 * CHUNK), key=itemgetter(0))
    waiting: list = []

    def of(wave: int) -> Iterable[tuple]:
        if not waiting:
            waiting.extend(group for group in [next(groups, None)] if group)
        if waiting and waiting[0][0] == wave:
            return waiting.pop()[1]
        return ()

    return of


ANSWERS = Export(name="answers", columns=COLUMNS, count=count, rows=rows)
