"""What two versions of the instrument say differently: added, removed, reworded, reweighted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.models import InstrumentVersion

from .instrument_file import as_data, flattened

NAMES = {
    "title": gettext_lazy("title"),
    "min_coverage": gettext_lazy("share that must be answered for a score"),
    "band_mixed_from": gettext_lazy("mixed from"),
    "band_coproduction_from": gettext_lazy("towards coproduction from"),
    "additive_gate_from": gettext_lazy("the additive condition holds from"),
    "individualised_additive_below": gettext_lazy("individualised and substitutive below (additive)"),
    "gap_noted_from": gettext_lazy("a gap is noted from"),
    "low_mean_to": gettext_lazy("a mean rating is low up to"),
    "high_mean_from": gettext_lazy("a mean rating is high from"),
    "weak_level_to": gettext_lazy("a level is weak up to"),
    "strong_level_from": gettext_lazy("a level is strong from"),
    "agree_from": gettext_lazy("a side agrees from"),
    "differ_from": gettext_lazy("a side differs from"),
    "min_raters_for_agreement": gettext_lazy("raters needed to speak of agreement"),
    "min_participants": gettext_lazy("participants needed before staff see their side"),
    "min_participants_public": gettext_lazy("participants needed before a result is public"),
    "gates": gettext_lazy("required conditions"),
    "source": gettext_lazy("the phrase it rests on"),
    "dimension": gettext_lazy("dimension"),
    "pole": gettext_lazy("pole"),
    "level": gettext_lazy("level"),
    "note": gettext_lazy("note"),
    "who": gettext_lazy("asked of"),
    "short": gettext_lazy("in the short form"),
    "weight": gettext_lazy("weight"),
    "name": gettext_lazy("name"),
    "description": gettext_lazy("description"),
    "definition": gettext_lazy("definition"),
    "guidance": gettext_lazy("guidance"),
    "coproduction_pole": gettext_lazy("coproduction pole"),
    "opposite_pole": gettext_lazy("opposite pole"),
    "staff": gettext_lazy("statement for staff"),
    "participant": gettext_lazy("statement for participants"),
    "easy_read": gettext_lazy("easy read"),
    "example": gettext_lazy("example"),
    "evidence_hint": gettext_lazy("hint about evidence"),
}
"""What each key of an instrument file is called on the page."""

PARTS = {
    "thresholds": gettext_lazy("Numbers"),
    "rulesets": gettext_lazy("Rule-set"),
    "dimensions": gettext_lazy("Dimension"),
    "items": gettext_lazy("Item"),
}


@dataclass(frozen=True)
class Span:
    """A run of words: ``same``, ``removed`` or ``added``."""

    kind: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One thing that a part says differently, with the words in between for a text."""

    what: str | Promise
    language: str
    before: str
    after: str
    spans: list[Span]


@dataclass
class Part:
    """A rule-set, a dimension, an item, or the numbers: whether it came, went or changed, and how."""

    title: str
    state: str = "changed"
    entries: list[Entry] = field(default_factory=list)


def compare(before: InstrumentVersion, after: InstrumentVersion) -> list[Part]:
    """What ``after`` says differently from ``before``, part by part, in the order of an instrument file."""
    old, new = as_data(before), as_data(after)
    there, here = flattened(old), flattened(new)
    parts: dict[str, Part] = {}
    came_or_went = {**_state(old, new, "added"), **_state(new, old, "removed")}
    for name in dict.fromkeys([*there, *here]):
        if there.get(name) == here.get(name) or ("." not in name and name != "title"):
            continue
        key, rest = _split(name)
        part = parts.setdefault(key, Part(title=_title(key), state=came_or_went.get(key, "changed")))
        if part.state != "removed":
            part.entries.append(_entry(rest, there.get(name), here.get(name)))
    return sorted(parts.values(), key=lambda part: ["added", "removed", "changed"].index(part.state))


def _state(first: Mapping[str, Any], second: Mapping[str, Any], state: str) -> dict[str, str]:
    """The parts of ``second`` that ``first`` has not."""
    found = {f"rulesets.{code}": state for code in second["rulesets"] if code not in first["rulesets"]}
    for kind in ("dimensions", "items"):
        known = {given["code"] for given in first[kind]}
        found |= {f"{kind}.{given['code']}": state for given in second[kind] if given["code"] not in known}
    return found


def _split(name: str) -> tuple[str, str]:
    """``items.A1.texts.en.staff`` as the part ``items.A1`` and the rest ``texts.en.staff``."""
    first, _dot, rest = name.partition(".")
    if first in ("title", "thresholds"):
        return "thresholds", rest or first
    code, _dot, inner = rest.partition(".")
    return f"{first}.{code}", inner


def _title(key: str) -> str:
    kind, _dot, code = key.partition(".")
    return f"{PARTS[kind]} {code}".strip()


def _entry(name: str, before: object, after: object) -> Entry:
    keys = name.split(".")
    language = keys[1] if keys[0] == "texts" else ""
    if isinstance(before or after, bool):  # A no may be left out of a file.
        before, after = bool(before), bool(after)
    old, new = _plain(before), _plain(after)
    return Entry(
        what=NAMES.get(keys[-1], keys[-1]),
        language=language,
        before=old,
        after=new,
        spans=word_spans(old, new) if isinstance(before or after, str) else [],
    )


def _plain(value: object) -> str:
    """A value of an instrument file as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(sorted(str(one) for one in value))
    return str(value)


def word_spans(before: str, after: str) -> list[Span]:
    """Two texts as one, word by word: what stayed, what went and what came."""
    old, new = (re.findall(r"\S+|\s+", text) for text in (before, after))
    spans = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            spans.append(Span("same", "".join(old[i1:i2])))
            continue
        if i1 < i2:
            spans.append(Span("removed", "".join(old[i1:i2])))
        if j1 < j2:
            spans.append(Span("added", "".join(new[j1:j2])))
    return spans
