"""ratings_long.csv: one row for each response and item, as far as participants agreed and are enough.

Staff's ratings are exported whole. Participants' go through four sieves, and the floor of each is the
instrument version's own ``min_participants``:

1. only responses whose sender agreed to research;
2. only from waves in which at least the floor agreed, and the others, if any, are at least the floor too:
   otherwise the stored means of all, less the exported ratings, would give the others away;
3. an item with fewer ratings than the floor, among those who agreed or among the others, is ``SUPP``
   throughout the wave, and so is one that the disclosure rule had taken out of the stored result; so are
   the items of a dimension in which fewer of the others than the floor have a score;
4. mode, wording and language, in this order, are ``SUPP`` throughout the wave when fewer than the floor share
   a value, or share it together with the form and the traits before it.

Evidence never stands here: only whether there was some.

The database joins the answers of a response into one text, and what a line says of its item is written once
for each different answer, so that a line costs a look-up and not a dozen function calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import chain, compress, groupby
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db.models import (
    Aggregate,
    Case,
    CharField,
    Count,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from assessments.disclosure import Heard, Told, items_that_may_be_listed
from assessments.models import Answer, Assessment, InstrumentVersion, Item, Response
from assessments.rules import values
from assessments.rules.sides import reaches

from .export import CHUNK, LINES_AT_ONCE, Export, Kind, Selection, as_csv, column, in_fixed_order, lines

SUPPRESSED = "SUPP"
UNANSWERED = "SKIP"
REASONS = ("DK", "NA", UNANSWERED, SUPPRESSED)
"""Why there is no rating: does not know, does not apply, left unanswered, withheld."""
PARTICIPANT = values.Side.PARTICIPANT.value
TRAITS = ("mode", "wording", "language")
WEIGHT_PLACES = 2
"""How many decimals the weight of an item has."""


class Sent(NamedTuple):
    """One response, as it may be seen."""

    wave: str
    activity: str
    response: str
    side: str
    form: str
    mode: str
    wording: str
    language: str
    submitted_on: date
    consent: str
    version: str


class Rated(NamedTuple):
    """An answer to one item, as it may be seen."""

    item: str
    dimension: str
    code: str
    number: int | None
    missing: str | None
    evidence: bool


class Row(NamedTuple):
    """One response's answer to one item."""

    sent: Sent
    rated: Rated


@dataclass(frozen=True)
class Allowed:
    """What of the participants' side of one wave may be seen: which items, by key, and which traits."""

    items: Set[str]
    traits: Set[str]


CODE = _("16 hexadecimal digits")

RESPONSE_COLUMNS = (
    column(
        "assessment_id",
        Kind.ID,
        _("Code of the wave; the same in every file of the project."),
        "sent.wave",
        values=CODE,
    ),
    column(
        "activity_id",
        Kind.ID,
        _("Code of the activity; the same in all of its waves."),
        "sent.activity",
        values=CODE,
    ),
    column("response_id", Kind.ID, _("Code of the response."), "sent.response", values=CODE),
    column("side", Kind.CODE, _("Who answered."), "sent.side", values=tuple(map(str, values.Side))),
    column(
        "form",
        Kind.CODE,
        _("Which form: all items of that side, or the participants’ short form."),
        "sent.form",
        values=tuple(map(str, values.Form)),
    ),
    column(
        "mode",
        Kind.CODE,
        _("How the form was filled in; SUPP throughout a wave when too few share a value."),
        "sent.mode",
        values=(*Response.Mode.values, SUPPRESSED),
        missing=(SUPPRESSED,),
    ),
    column(
        "wording",
        Kind.CODE,
        _("Which wording was read; SUPP throughout a wave when too few share a value."),
        "sent.wording",
        values=(*Response.Wording.values, SUPPRESSED),
        missing=(SUPPRESSED,),
    ),
    column(
        "language",
        Kind.TEXT,
        _("Which language was read; SUPP throughout a wave when too few share a value."),
        "sent.language",
        values=_("a language code such as en | SUPP"),
        missing=(SUPPRESSED,),
    ),
    column(
        "submitted_on",
        Kind.DATE,
        _("The day the response was sent; for participants the day the wave was closed."),
        "sent.submitted_on",
        values=_("YYYY-MM-DD"),
    ),
    column(
        "consent",
        Kind.CODE,
        _("Who agreed to research: the participant, or the service for its staff."),
        "sent.consent",
        values=("participant", "service"),
    ),
    column(
        "instrument_version",
        Kind.TEXT,
        _("Version of the instrument that was used. Its items stand in items.csv."),
        "sent.version",
        values=_("a published version"),
    ),
)

ITEM_COLUMNS = (
    column(
        "item",
        Kind.TEXT,
        _("The item. A code keeps its meaning in every version."),
        "rated.item",
        values=_("such as A1"),
    ),
    column(
        "dimension",
        Kind.CODE,
        _("The dimension to which the item belongs."),
        "rated.dimension",
        values=tuple(map(str, values.Dimension)),
    ),
    column(
        "response_code",
        Kind.CODE,
        _("The rating as given, not reversed, or why there is none."),
        "rated.code",
        values=("0", "1", "2", "3", "4", *REASONS),
        missing=REASONS,
    ),
    column(
        "response_num",
        Kind.WHOLE,
        _("The rating as a number; empty when there is none."),
        "rated.number",
        values=_("0 to 4"),
    ),
    column(
        "missing",
        Kind.CODE,
        _("Why there is no rating; empty when there is one."),
        "rated.missing",
        values=REASONS,
    ),
    column(
        "evidence_present",
        Kind.YES_NO,
        _("Whether evidence was written beside the rating."),
        "rated.evidence",
    ),
    # Columns are only ever added, and only here.
)

COLUMNS = RESPONSE_COLUMNS + ITEM_COLUMNS


# What may be seen


def open_sides(selection: Selection) -> QuerySet[Assessment]:
    """The waves of ``selection`` whose participants who agreed to research may be exported.

    This is :func:`assessments.disclosure.may_be_listed`, asked by the database of every wave at once.
    """
    sent = Q(responses__side=PARTICIPANT, responses__submitted_on__isnull=False)
    floor = F("instrument_version__min_participants")
    return (
        Assessment.objects.filter(
            pk__in=selection.results.filter(participants_withheld=False).values("assessment")
        )
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
    return Response.objects.filter(shown, submitted_on__isnull=False, assessment__in=selection.waves)


def allowed(floor: int, coverage: Fraction, items: list[Item], told: Told, agreed: list[Given]) -> Allowed:
    """Sieves 3 and 4 for one wave. ``coverage`` is what a score needs, ``agreed`` are the responses of the
    participants who agreed to research."""
    heard = heard_of(coverage, items, told, agreed)

    def common(*traits: str) -> bool:
        shares = Counter(tuple(getattr(given, trait) for trait in traits) for given in agreed)
        return all(share >= floor for share in shares.values())

    traits: list[str] = []
    for trait in TRAITS:
        if common("form", *traits, trait):
            traits.append(trait)
    return Allowed(
        items=set(compress([str(item.pk) for item in items], open_items(floor, items, told, heard))),
        traits=set(traits),
    )


def heard_of(coverage: Fraction, items: list[Item], told: Told, agreed: list[Given]) -> Heard:
    """What the responses of those who agreed say. Who has a score is looked at only where others answered
    too, as nothing rests on it elsewhere."""
    raters: Counter[str] = Counter()
    for (item, answer), number in Counter(chain.from_iterable(given.answers for given in agreed)).items():
        if answer[:1].isdigit():
            raters[item] += number
    scored: Counter[str] = Counter()
    scored_raters: Counter[str] = Counter()
    if len(agreed) < told.everybody:
        weights = scoring_weights(items, told)
        places = {
            form: [
                (dimension, [(str(item.pk), weights[item.pk]) for item in own if item.pk in weights])
                for dimension, own in by_dimension(asked(items, values.Side.PARTICIPANT, form)).items()
            ]
            for form in values.Form
        }
        for given in agreed:
            answers = dict(given.answers)
            for dimension, weighed in places[values.Form(given.form)]:
                rated = [(key, weight) for key, weight in weighed if answers.get(key, "")[:1].isdigit()]
                applies = sum(weight for key, weight in weighed if answers.get(key) != "na")
                if reaches(sum(weight for _key, weight in rated), applies, coverage):
                    scored[dimension] += 1
                    scored_raters.update(key for key, _weight in rated)
    keys = [str(item.pk) for item in items]
    return Heard(len(agreed), [raters[key] for key in keys], [scored_raters[key] for key in keys], scored)


def by_dimension(items: Iterable[Item]) -> dict[str, list[Item]]:
    """The items by the code of their dimension."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.dimension.code, []).append(item)
    return found


def scoring_weights(items: Iterable[Item], told: Told) -> dict[int, int]:
    """The weights, as whole numbers, of the items that enter a score of the stored result, by their keys."""
    kept = [item for item, raters in zip(items, told.raters, strict=True) if item.pole and raters is not None]
    return {item.pk: int(item.weight.scaleb(WEIGHT_PLACES)) for item in kept}


def told_of(items: Iterable[Item], profile: Stored) -> Told:
    """Of whom a stored result tells. Pass what :data:`STORED` takes out of it."""
    figures, dimensions, product, responses = profile
    return Told(
        everybody=responses["participants"],
        raters=[((figures.get(item.code) or {}).get("participants") or {}).get("n") for item in items],
        scored={
            dimension: ((found or {}).get("participants") or {}).get("n") or 0
            for dimension, found in {**dimensions, values.Dimension.PRODUCT.value: product}.items()
        },
    )


Stored = tuple[dict, dict, dict | None, dict]
STORED = tuple(KeyTransform(name, "profile") for name in ("items", "dimensions", "product", "responses"))
"""What :func:`told_of` needs of a stored result."""


def open_items(floor: int, items: Iterable[Item], told: Told, heard: Heard) -> list[bool]:
    """Sieve 3 for one wave: which items may be seen."""
    return items_that_may_be_listed(
        [(item.dimension.code, bool(item.pole)) for item in items], told, heard, floor
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


def joined_answers() -> Subquery:
    """All answers of a response as one text: ``<item>:<rating or reason>``, an ``e`` behind it when there is
    evidence, and commas between them. The database makes it in one go, for one response after the other."""
    answer = Func(
        Cast("item_id", CharField()),
        Value(":"),
        Coalesce(Cast("rating", CharField()), F("missing")),
        Case(When(evidence="", then=Value("")), default=Value("e")),
        template="%(expressions)s",
        arg_joiner=" || ",
        output_field=CharField(),
    )
    mine = Answer.objects.filter(response=OuterRef("pk")).order_by().values("response")
    return Subquery(mine.annotate(joined=Joined(answer, Value(","))).values("joined"))


class Joined(Aggregate):
    """The texts of a group as one, with a text between them."""

    function = "GROUP_CONCAT"
    output_field = CharField()

    def as_postgresql(self, compiler, connection, **extra):
        return super().as_sql(compiler, connection, function="STRING_AGG", **extra)


class Given(NamedTuple):
    """One response as it was given. ``answers``: by item, what :func:`joined_answers` says."""

    key: str
    side: str
    form: str
    mode: str
    wording: str
    language: str
    submitted_on: date
    answers: tuple[tuple[str, str], ...]


class Parts(dict):
    """A part of :func:`joined_answers` split in two; each different one is split, and kept, once."""

    def __missing__(self, part: str) -> tuple[str, str]:
        item, _colon, answer = part.partition(":")
        self[part] = item, answer
        return self[part]


@dataclass(frozen=True)
class Wave:
    """One closed wave: its codes, the items of its version, and what may be seen of its participants."""

    code: str
    activity: str
    version: str
    items: list[Item]
    allowed: Allowed


def waves(selection: Selection) -> Iterator[tuple[Wave, list[tuple[str, Given]]]]:
    """Every wave with its responses that may be exported and their codes; three queries for any number.

    Two streams run side by side in the same order, so that one wave is all that is held. Within a wave,
    responses stand in the order of their codes, which is another one in another project.
    """
    versions = items_by_version()
    of_wave, of_activity, of_response = (
        selection.pseudonyms(what) for what in ("assessment", "activity", "response")
    )
    found = in_fixed_order(selection.results, "assessment_id", selection).values_list(
        "assessment_id",
        "assessment__activity_id",
        "assessment__instrument_version",
        "assessment__instrument_version__version",
        "assessment__instrument_version__min_participants",
        "assessment__instrument_version__min_coverage",
        *STORED,
    )
    # The key as text: the database's own value, with nothing to convert.
    responses = by_wave(
        in_fixed_order(exported(selection), "assessment_id", selection)
        .annotate(key=Cast("id", CharField()), joined=joined_answers())
        .values_list("assessment_id", "key", "side", "form", *TRAITS, "submitted_on", "joined")
    )
    parts = Parts()
    for key, activity, version_key, version, floor, coverage, *profile in found.iterator(chunk_size=CHUNK):
        given = [
            Given(*row[1:8], tuple(map(parts.__getitem__, row[8].split(",") if row[8] else ())))
            for row in responses(key)
        ]
        agreed = [response for response in given if response.side == PARTICIPANT]
        items = versions[version_key]
        seen = allowed(floor, Fraction(coverage), items, told_of(items, profile), agreed)
        coded = [(of_response(response.key.replace("-", "")), response) for response in given]
        yield Wave(of_wave(key), of_activity(activity), version, items, seen), sorted(coded)


def described(wave: Wave, code: str, given: Given) -> Sent:
    """What may be seen of a response itself."""
    theirs = given.side == PARTICIPANT
    traits = (
        getattr(given, trait) if not theirs or trait in wave.allowed.traits else SUPPRESSED
        for trait in TRAITS
    )
    return Sent(
        wave.code,
        wave.activity,
        code,
        given.side,
        given.form,
        *traits,
        given.submitted_on,
        "participant" if theirs else "service",
        wave.version,
    )


def as_seen(item: Item, answer: str | None, shown: bool) -> Rated:
    """An answer, or none, to ``item`` as it may be seen; ``answer`` is a part of :func:`joined_answers`."""
    if not shown:
        return Rated(item.code, item.dimension.code, SUPPRESSED, None, SUPPRESSED, False)
    written = answer is not None and answer.endswith("e")
    code = (answer or "").removesuffix("e").upper() or UNANSWERED
    number = int(code) if code.isdigit() else None
    return Rated(item.code, item.dimension.code, code, number, None if code.isdigit() else code, written)


class Asked:
    """What is asked on each form of each version: the items, and, for each answer that occurs, its half of a
    line. Kept from one wave to the next."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], list[tuple[str, Item]]] = {}
        self.halves: dict[tuple[str, bool], Halves] = {}

    def on_form(self, wave: Wave, given: Given) -> list[tuple[str, Item]]:
        """The items on the form of a response, each after its key as text."""
        place = (wave.version, given.side, given.form)
        if place not in self.items:
            items = asked(wave.items, values.Side(given.side), values.Form(given.form))
            self.items[place] = [(str(item.pk), item) for item in items]
        return self.items[place]

    def to_write(self, wave: Wave, given: Given) -> list[tuple[str, Halves]]:
        """The same, with the halves of lines in place of the items."""
        theirs = given.side == PARTICIPANT
        found = []
        for key, item in self.on_form(wave, given):
            place = (key, not theirs or key in wave.allowed.items)
            if place not in self.halves:
                self.halves[place] = Halves(item, shown=place[1])
            found.append((key, self.halves[place]))
        return found


class Halves(dict):
    """For each answer to one item, or for None, the half of the line that tells it."""

    def __init__(self, item: Item, *, shown: bool) -> None:
        self.item, self.shown = item, shown

    def __missing__(self, answer: str | None) -> str:
        row = Row(NOBODY, as_seen(self.item, answer, self.shown))
        self[answer] = as_csv(lines(ITEM_COLUMNS, [row]))
        return self[answer]


def rows(selection: Selection) -> Iterator[Row]:
    """Every response and item that may be exported; three queries."""
    forms = Asked()
    for wave, responses in waves(selection):
        for code, given in responses:
            sent, answers = described(wave, code, given), dict(given.answers)
            for key, item in forms.on_form(wave, given):
                shown = given.side != PARTICIPANT or key in wave.allowed.items
                yield Row(sent, as_seen(item, answers.get(key), shown))


def texts(selection: Selection) -> Iterator[tuple[str, int]]:
    """The same rows as CSV, in chunks; three queries.

    A line is a half that tells of the response and a half that tells of the answer. Each is written by the
    same columns as any other file: the first once for all responses of a wave that differ in their code
    alone, the second once for all that answer alike.
    """
    forms = Asked()
    for wave, responses in waves(selection):
        alike: dict[tuple, tuple[str, list[tuple[str, Halves]]]] = {}
        parts, count = [], 0
        for code, given in responses:
            kind = given[1:7]
            if kind not in alike:
                row = Row(described(wave, CODE_HERE, given), NOTHING)
                half = as_csv(lines(RESPONSE_COLUMNS, [row])).rstrip("\r\n") + ","
                alike[kind] = half, forms.to_write(wave, given)
            half, form = alike[kind]
            head, answer = half.replace(CODE_HERE, code), dict(given.answers).get
            parts += [head + halves[answer(key)] for key, halves in form]
            count += len(form)
            if count >= LINES_AT_ONCE:
                yield "".join(parts), count
                parts, count = [], 0
        if count:
            yield "".join(parts), count


CODE_HERE = "<response_id>"
NOBODY = Sent("", "", "", "", "", "", "", "", date.min, "", "")
NOTHING = Rated("", "", "", None, None, False)


def by_wave(found: QuerySet) -> Any:
    """A function from a wave to its tuples in ``found``; to be asked wave by wave, in the same order.

    The wave stands first in each tuple. A wave without tuples has an empty list of them.
    """
    groups = groupby(found.iterator(chunk_size=20 * CHUNK), key=itemgetter(0))
    waiting: list = []

    def of(wave: int) -> Iterable[tuple]:
        if not waiting:
            waiting.extend(group for group in [next(groups, None)] if group)
        if waiting and waiting[0][0] == wave:
            return waiting.pop()[1]
        return ()

    return of


RATINGS_LONG = Export(
    name="ratings_long",
    title=_("One row for each response and item, as it was rated."),
    columns=COLUMNS,
    count=count,
    rows=rows,
    texts=texts,
    key=("response_id", "item"),
    refers=((("assessment_id",), "assessments_wide"),),
)
