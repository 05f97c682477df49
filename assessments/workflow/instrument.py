"""What happens to an instrument: load, copy, publish. Its rows become values here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from assessments.models import (
    Dimension,
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSet,
    RuleSetText,
    User,
)
from assessments.rules import DEFAULT_RULESET, values

from .comparison import NAMES
from .instrument_file import RULESET_WORDS, as_data, misshapen, rows_of

COMPLETE_IN = "en"
"""The language in which a published version has all its words."""

NEEDED_WORDS = {
    values.Who.STAFF: ("staff",),
    values.Who.PARTICIPANT: ("participant", "easy_read"),
    values.Who.BOTH: ("staff", "participant", "easy_read"),
}
"""The words that an item needs, by who is asked."""


class NotReady(Exception):
    """A version cannot be loaded or published. ``problems`` says why, a sentence for people each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


# Rows to values


def as_instrument(version: InstrumentVersion) -> values.Instrument:
    """The items, rule-sets and thresholds of ``version`` as the rules read them, in two queries."""
    return values.Instrument(
        version=version.version,
        items=tuple(_as_item(item) for item in version.items.select_related("dimension")),
        rulesets={ruleset.code: ruleset.gates for ruleset in version.rulesets.all()},
        thresholds=values.Thresholds(**{name: _exact(getattr(version, name)) for name in values.THRESHOLDS}),
    )


def _as_item(item: Item) -> values.Item:
    return values.Item(
        code=item.code,
        dimension=values.Dimension(item.dimension.code),
        who=values.Who(item.who),
        pole=values.Pole(item.pole) if item.pole else None,
        level=values.Level(item.level) if item.level else None,
        note=item.note or None,
        weight=Fraction(item.weight),
        short=item.short,
    )


def _exact(number: int | Decimal | str) -> int | Fraction:
    """Counts of people stay whole numbers; everything else becomes an exact fraction."""
    return number if isinstance(number, int) else Fraction(number)


def languages(version: InstrumentVersion) -> list[str]:
    """The languages in which ``version`` has any words, English first, in one query."""
    written = [
        texts.order_by().values_list("language", flat=True)
        for texts in (
            RuleSetText.objects.filter(ruleset__version=version),
            DimensionText.objects.filter(dimension__version=version),
            ItemText.objects.filter(item__version=version),
        )
    ]
    return [COMPLETE_IN, *sorted(set(written[0].union(*written[1:])) - {COMPLETE_IN})]


# Verbs


@transaction.atomic
def load_version(data: Mapping[str, Any]) -> InstrumentVersion:
    """Write the data of an instrument file, which the rules have accepted, as a new draft.

    Takes as many queries for forty items as for one. Raises :class:`NotReady`, naming everything that the
    tables cannot hold, be it a word, a number, or a version number that is taken.
    """
    if found := misshapen(data):
        raise NotReady(found)
    rows = dict(rows_of(data))
    if found := [problem for name, row in rows.items() for problem in _refused(name, row)]:
        raise NotReady(found)
    version = rows["version"]
    try:
        version.full_clean(exclude=["published_by"])
    except ValidationError as error:
        raise NotReady(error.messages) from error
    version.save(force_insert=True)
    for model in (RuleSet, Dimension, Item, RuleSetText, DimensionText, ItemText):
        model.objects.bulk_create([row for row in rows.values() if isinstance(row, model)])
    return version


def _refused(name: str, row: models.Model) -> Iterator[str]:
    """A problem for each column of ``row`` whose value is out of its range; relations are taken as given."""
    relations = [column.name for column in row._meta.fields if column.is_relation]
    try:
        row.clean_fields(exclude=relations)
    except ValidationError as error:
        for column, messages in error.message_dict.items():
            yield f"{name}.{column}: {' '.join(messages)}"


@transaction.atomic
def copy_version(version: InstrumentVersion, *, number: str) -> InstrumentVersion:
    """A draft called ``number`` that says all that ``version`` says, and remembers what it is based on.

    Raises :class:`NotReady` when the number is taken.
    """
    draft = load_version(as_data(version) | {"version": number})
    draft.based_on = version
    draft.save(update_fields=["based_on"])
    return draft


def next_number() -> str:
    """The whole number after the highest version number so far."""
    numbers = InstrumentVersion.objects.values_list("version", flat=True)
    return str(max((int(number) for number in numbers if number.isdecimal()), default=0) + 1)


@transaction.atomic
def publish(version: InstrumentVersion, *, by: User | None, reason: str, at: datetime) -> InstrumentVersion:
    """Close a draft to change, so that new waves use it. ``by`` is None when no account does it.

    Raises :class:`NotReady` when the version is published already, when it is incomplete (see
    :func:`problems`), or when no reason is given.
    """
    locked = InstrumentVersion.objects.select_for_update().get(pk=version.pk)
    if locked.is_published:
        raise NotReady([_("Version %s is published already.") % locked.version])
    if not reason.strip():
        raise NotReady([_("Say why this version is published.")])
    if found := problems(locked):
        raise NotReady(found)
    locked.status = InstrumentVersion.Status.PUBLISHED
    locked.reason, locked.published_by, locked.published_at = reason.strip(), by, at
    locked.save(update_fields=["status", "reason", "published_by", "published_at"])
    return locked


@transaction.atomic
def write_words(
    version: InstrumentVersion,
    language: str,
    words: Iterable[tuple[RuleSet | Dimension | Item, Mapping[str, str]]],
) -> None:
    """Write words of parts of a draft in one language; a part that is left with none has none any more.

    Raises :class:`NotReady` when the version is published.
    """
    _must_be_draft(version)
    for part, given in words:
        text = part.texts.filter(language=language).first() or part.texts.model(
            language=language, **{part.texts.field.name: part}
        )
        for word, written in given.items():
            setattr(text, word, written)
        if any(getattr(text, word).strip() for word in given):
            text.save()
        elif text.pk:
            text.delete()


@transaction.atomic
def remove_language(version: InstrumentVersion, language: str) -> None:
    """Take every word of a language out of a draft, so that the version does not offer it.

    Raises :class:`NotReady` when the version is published, or when the language is the one it needs.
    """
    _must_be_draft(version)
    if language == COMPLETE_IN:
        raise NotReady([_("English is what every version needs.")])
    for texts in (
        RuleSetText.objects.filter(ruleset__version=version, language=language),
        DimensionText.objects.filter(dimension__version=version, language=language),
        ItemText.objects.filter(item__version=version, language=language),
    ):
        for text in texts:  # One by one, so that the record has them.
            text.delete()


def _must_be_draft(version: InstrumentVersion) -> None:
    """Lock the version. Raises :class:`NotReady` when it is published."""
    if InstrumentVersion.objects.select_for_update().get(pk=version.pk).is_published:
        raise NotReady([_("Version %s is published. It is closed to change.") % version.version])


class Problem(str):
    """A sentence for people that says what is wrong with a draft.

    ``at`` is where it is mended, as an instrument file names it: ``items.A1``, ``items.A1.texts``,
    ``dimensions.additive``, ``rulesets.four-cos``, ``texts.cy`` for a whole language; ``items``,
    ``dimensions`` and ``rulesets`` when something is missing among them.
    """

    at: str

    def __new__(cls, text: str, at: str) -> Problem:
        problem = super().__new__(cls, text)
        problem.at = at
        return problem


def problems(version: InstrumentVersion) -> list[Problem]:
    """What keeps ``version`` from being published; empty when it is ready."""
    data = as_data(version)
    return [
        *_missing_parts(data),
        *_strayed(version),
        *_missing_words(data),
        *_thin_forms(data),
        *_half_languages(data),
        *_reused_codes(version),
    ]


def _missing_parts(data: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each part without which a wave could not be filled in or judged."""
    if DEFAULT_RULESET not in data["rulesets"]:
        text = _("Rule-set %s is missing; it is the one that waves use.") % DEFAULT_RULESET
        yield Problem(text, "rulesets")
    defined = {given["code"] for given in data["dimensions"]}
    asked = {given["dimension"] for given in data["items"]}
    for dimension in values.Dimension:
        if dimension not in defined:
            yield Problem(_("Dimension %s is missing.") % dimension.value, "dimensions")
        elif dimension not in asked:
            yield Problem(_("Dimension %s has no items.") % dimension.value, "items")


def _strayed(version: InstrumentVersion) -> Iterator[Problem]:
    """A problem for each item that points at another version's dimension."""
    for item in version.items.exclude(dimension__version=version):
        text = _("Item %s belongs to a dimension of another version.") % item.code
        yield Problem(text, f"items.{item.code}")


def unwritten(data: Mapping[str, Any], language: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each part that lacks words in ``language`` which people would miss on a page or a form: what it is
    called, where it stands in a file, and which words."""
    parts = [
        *((_("rule-set %s") % code, f"rulesets.{code}", given) for code, given in data["rulesets"].items()),
        *((_("dimension %s") % row["code"], f"dimensions.{row['code']}", row) for row in data["dimensions"]),
        *((_("item %s") % given["code"], f"items.{given['code']}", given) for given in data["items"]),
    ]
    for name, at, given in parts:
        words = given["texts"].get(language, {})
        needed = needed_words(at.partition(".")[0], given.get("who", ""))
        if missing := [word for word in needed if not words.get(word, "").strip()]:
            yield name, at, missing


def needed_words(kind: str, who: str = "") -> tuple[str, ...]:
    """The words that a part needs in each language; ``kind`` as in a file, ``who`` an item is asked of."""
    return {"rulesets": RULESET_WORDS, "dimensions": ("name", "definition")}.get(kind) or NEEDED_WORDS[who]


def _missing_words(data: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each part that is not complete in English."""
    for name, at, missing in unwritten(data, COMPLETE_IN):
        text = _("%(name)s: write these words in English: %(missing)s.") % {
            "name": capfirst(name),
            "missing": ", ".join(str(NAMES[word]) for word in missing),
        }
        yield Problem(text, f"{at}.texts")


NAMED = 3
"""How many parts that lack words in a language are named; there may be all of them."""


def _half_languages(data: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each further language that is begun and not complete: it must be finished or removed."""
    parts = [*data["rulesets"].values(), *data["dimensions"], *data["items"]]
    begun = {language for given in parts for language in given["texts"]} - {COMPLETE_IN}
    for language in sorted(begun):
        if missing := [name for name, _at, _words in unwritten(data, language)]:
            named = ", ".join(missing[:NAMED])
            if (rest := len(missing) - NAMED) > 0:
                named = _("%(some)s and %(number)s more") % {"some": named, "number": rest}
            text = _(
                "Language %(language)s is not complete: %(missing)s. Write the words, or remove the language."
            ) % {"language": language, "missing": named}
            yield Problem(text, f"texts.{language}")


ENOUGH_ITEMS = 2
"""How many scoring items of a dimension a form must ask: with one, a single answer would be the score."""


def _thin_forms(data: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each dimension that a form asks too little about, and for each level nobody is asked."""
    forms = [
        (_("the staff form"), values.Side.STAFF, values.Form.FULL),
        (_("the participants’ full form"), values.Side.PARTICIPANT, values.Form.FULL),
        (_("the participants’ short form"), values.Side.PARTICIPANT, values.Form.SHORT),
    ]
    for form_name, side, form in forms:
        asked = [
            given
            for given in data["items"]
            if given["who"] in (values.Who.BOTH, side) and (form is values.Form.FULL or given["short"])
        ]
        for dimension in values.SCORED:
            own = [given for given in asked if given["dimension"] == dimension]
            if dimension is values.Dimension.INDIVIDUAL_COLLECTIVE:
                levels = {given.get("level") for given in own}
                for level in values.Level:
                    if level not in levels:
                        text = _("Level %(level)s: put an item about it on %(form)s.")
                        yield Problem(text % {"level": level.value, "form": form_name}, "items")
            elif sum("pole" in given for given in own) < ENOUGH_ITEMS:
                text = _("Dimension %(dimension)s: put at least %(number)s items with a pole on %(form)s.")
                given = {"dimension": dimension.value, "number": ENOUGH_ITEMS, "form": form_name}
                yield Problem(text % given, "items")


def _reused_codes(version: InstrumentVersion) -> Iterator[Problem]:
    """A problem for each item whose code meant something else in a published version."""
    earlier = (
        Item.objects.filter(version__status=InstrumentVersion.Status.PUBLISHED)
        .exclude(version=version)
        .select_related("dimension", "version")
        .order_by("version_id")
    )
    meanings = {item.code: (_meaning(item), item.version.version) for item in earlier}
    for item in version.items.select_related("dimension"):
        meaning, number = meanings.get(item.code, (_meaning(item), ""))
        if meaning != _meaning(item):
            text = _(
                "Item %(code)s meant something else in version %(version)s: its dimension, pole, level or "
                "note was another. Give the new item a code of its own."
            ) % {"code": item.code, "version": number}
            yield Problem(text, f"items.{item.code}")


def _meaning(item: Item) -> tuple[str, ...]:
    """What a code stands for; the words may improve, this may not change."""
    return (item.dimension.code, item.pole, item.level, item.note)
