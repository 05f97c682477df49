"""The shape of an instrument file: versions of the instrument written in it, and rows made from it.

A file is the TOML that ``assessments/data/instrument_1.toml`` shows. ``data`` is such a file as ``tomllib``
reads it, after the rules have accepted its items, thresholds and rule-sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from assessments.models import (
    Dimension,
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSet,
    RuleSetText,
)
from assessments.rules import values

RULESET_WORDS = ("name", "description")
DIMENSION_WORDS = ("name", "coproduction_pole", "opposite_pole", "definition", "guidance")
ITEM_WORDS = ("staff", "participant", "easy_read", "guidance", "example", "evidence_hint")

FILE_KEYS = ("version", "title", "thresholds", "rulesets", "dimensions", "items")
RULESET_KEYS = ("gates", "texts")
DIMENSION_KEYS = ("code", "source", "texts")
ITEM_KEYS = ("code", "dimension", "who", "pole", "level", "note", "short", "weight", "source", "texts")


# Versions written as files


def as_data(version: InstrumentVersion) -> dict[str, Any]:
    """All of ``version`` in the shape of an instrument file, in six queries."""
    return {
        "version": version.version,
        "title": version.title,
        "thresholds": {
            **{name: _written(getattr(version, name)) for name in values.THRESHOLDS},
            "min_coverage": version.min_coverage,  # As typed: as a fraction it may outgrow its column.
        },
        "rulesets": {
            ruleset.code: {
                "gates": [gate.value for gate in values.GateName if gate in ruleset.gates],
                "texts": _words(ruleset, RULESET_WORDS),
            }
            for ruleset in version.rulesets.prefetch_related("texts")
        },
        "dimensions": [
            {
                "code": dimension.code,
                "source": dimension.source,
                "texts": _words(dimension, DIMENSION_WORDS),
            }
            for dimension in version.dimensions.prefetch_related("texts")
        ],
        "items": [
            {
                "code": item.code,
                "dimension": item.dimension.code,
                **{name: value for name in ("pole", "level", "note") if (value := getattr(item, name))},
                "who": item.who,
                "short": item.short,
                "weight": _written(item.weight),
                "source": item.source,
                "texts": _words(item, ITEM_WORDS),
            }
            for item in version.items.select_related("dimension").prefetch_related("texts")
        ],
    }


def _words(part: RuleSet | Dimension | Item, names: Iterable[str]) -> dict[str, dict[str, str]]:
    return {text.language: {name: getattr(text, name) for name in names} for text in part.texts.all()}


def _written(number: int | Decimal | str) -> int | str:
    """A number as an instrument file writes it: whole, or a fraction such as ``7/10``."""
    exact = Fraction(number)
    return exact.numerator if exact.denominator == 1 else str(exact)


def differences(data: Mapping[str, Any], version: InstrumentVersion) -> list[str]:
    """The dotted names, such as ``items.A1.weight``, of all that an instrument file and ``version`` say
    differently; the number of the version apart. The order of items and of dimensions counts."""
    there, here = flattened(as_data(version)), flattened(data)
    return [name for name in there | here if there.get(name) != here.get(name)]


def flattened(data: Mapping[str, Any]) -> dict[str, Any]:
    """All that an instrument file says, by dotted name, with numbers that compare; its version apart."""
    return _flat(_completed(data))


def _completed(data: Mapping[str, Any]) -> dict[str, Any]:
    """An instrument file's data with what it may leave out, and with numbers that compare."""
    thresholds = asdict(values.Thresholds()) | dict(data.get("thresholds", {}))
    return {
        "title": data["title"],
        "thresholds": {name: Fraction(str(number)) for name, number in thresholds.items()},
        "rulesets": {
            code: {**given, "gates": frozenset(given["gates"])} for code, given in data["rulesets"].items()
        },
        "dimensions": data["dimensions"],
        "items": [
            {"who": "both", **given, "weight": Fraction(str(given.get("weight", 1)))}
            for given in data["items"]
        ],
    }


def _flat(given: Any, name: str = "") -> dict[str, Any]:
    """Nested tables as one table with dotted names. An empty text and a no say as much as nothing."""
    if isinstance(given, list):
        tables = {table["code"]: table for table in given}
        return {name: tuple(tables), **_flat(tables, name)}
    if isinstance(given, Mapping):
        return {
            inner: value
            for key, child in given.items()
            for inner, value in _flat(child, f"{name}.{key}" if name else key).items()
        }
    return {name: given} if given not in ("", False) else {}


# What is wrong with a file


def misshapen(data: Mapping[str, Any]) -> list[str]:
    """What is wrong with the parts of a file that the rules do not read: the title, the dimensions, the
    sources and the words. A sentence for each mistake; empty when :func:`rows_of` can take it."""
    found = [*_unknown("", data, FILE_KEYS)]
    if not isinstance(data.get("title"), str):
        found.append(_("title: give a text in quotes."))
    dimensions = data.get("dimensions")
    if not isinstance(dimensions, list) or not all(
        isinstance(given, Mapping) and isinstance(given.get("code"), str) for given in dimensions
    ):
        return [*found, _("dimensions: write each as a table with a code, [[dimensions]].")]
    for code, given in data["rulesets"].items():
        found += _unknown(f"rulesets.{code}.", given, RULESET_KEYS)
        found += _wrong_words(f"rulesets.{code}.texts", given, RULESET_WORDS)
    for given in dimensions:
        found += _wrong_part(f"dimensions.{given['code']}", given, DIMENSION_KEYS, DIMENSION_WORDS)
    for given in data["items"]:
        found += _wrong_part(f"items.{given['code']}", given, ITEM_KEYS, ITEM_WORDS)
        if given.get("note") == "":
            found.append(_("items.%s.note: write a word.") % given["code"])
    return [*found, *_unmatched([given["code"] for given in dimensions], data["items"])]


def _wrong_part(
    name: str, given: Mapping[str, Any], keys: Iterable[str], words: Iterable[str]
) -> Iterator[str]:
    yield from _unknown(f"{name}.", given, keys)
    if not isinstance(given.get("source"), str):
        yield _("%s.source: give a text in quotes.") % name
    yield from _wrong_words(f"{name}.texts", given, words)


def _wrong_words(name: str, given: Mapping[str, Any], known: Iterable[str]) -> Iterator[str]:
    texts = given.get("texts", {})
    if not isinstance(texts, Mapping) or not all(isinstance(words, Mapping) for words in texts.values()):
        yield _("%s: write a table for each language.") % name
        return
    for language, words in texts.items():
        yield from _unknown(f"{name}.{language}.", words, known)
        for word, text in words.items():
            if not isinstance(text, str):
                yield _("%s: give a text in quotes.") % f"{name}.{language}.{word}"


def _unknown(prefix: str, given: Mapping[str, Any], known: Iterable[str]) -> Iterator[str]:
    for key in given:
        if key not in known:
            yield _("%(name)s: there is no such key; the keys are %(known)s.") % {
                "name": f"{prefix}{key}",
                "known": ", ".join(known),
            }


def _unmatched(codes: list[str], items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for code in dict.fromkeys(code for code in codes if codes.count(code) > 1):
        yield _("dimensions.%s: it is given twice.") % code
    for item in items:
        if item["dimension"] not in codes:
            yield _("items.%(item)s.dimension: write [[dimensions]] for %(dimension)s.") % {
                "item": item["code"],
                "dimension": item["dimension"],
            }


# Rows made from a file


def rows_of(data: Mapping[str, Any]) -> Iterator[tuple[str, models.Model]]:
    """The rows of an instrument file, each with its dotted name; none of them saved."""
    thresholds = {
        name: _stored(InstrumentVersion, name, number) for name, number in data.get("thresholds", {}).items()
    }
    version = InstrumentVersion(version=data["version"], title=data["title"], **thresholds)
    yield "version", version
    for code, given in data["rulesets"].items():
        gates = {gate.value: gate in given["gates"] for gate in values.GateName}
        ruleset = RuleSet(version=version, code=code, **gates)
        yield f"rulesets.{code}", ruleset
        for language, words in given.get("texts", {}).items():
            yield f"rulesets.{code}.{language}", RuleSetText(ruleset=ruleset, language=language, **words)
    dimensions = {}
    for order, given in enumerate(data["dimensions"], start=1):
        code = given["code"]
        dimensions[code] = Dimension(version=version, code=code, order=order, source=given["source"])
        yield f"dimensions.{code}", dimensions[code]
        for language, words in given.get("texts", {}).items():
            text = DimensionText(dimension=dimensions[code], language=language, **words)
            yield f"dimensions.{code}.{language}", text
    for order, given in enumerate(data["items"], start=1):
        code = given["code"]
        columns = {
            name: value for name, value in given.items() if name not in ("dimension", "weight", "texts")
        }
        weight = _stored(Item, "weight", given.get("weight", 1))
        item = Item(
            version=version, dimension=dimensions[given["dimension"]], order=order, weight=weight, **columns
        )
        yield f"items.{code}", item
        for language, words in given.get("texts", {}).items():
            yield f"items.{code}.{language}", ItemText(item=item, language=language, **words)


def _stored(model: type[models.Model], name: str, number: int | float | str) -> int | Decimal | str:
    """A number of an instrument file as the column ``name`` takes it."""
    exact = Fraction(str(number))
    column = model._meta.get_field(name)
    if isinstance(column, models.CharField):
        return str(number)
    if isinstance(column, models.DecimalField):
        return Decimal(exact.numerator) / exact.denominator
    return int(exact)
