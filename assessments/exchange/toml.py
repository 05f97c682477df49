"""A version of the instrument as one TOML file: written for people to read, and read with every fault named.

``data`` is a version as nested tables, in the shape that ``docs/exchange.md`` describes key by key.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from assessments.rules import InstrumentError
from assessments.rules.instrument import instrument_of

SIZE_MAX = 1_000_000
"""The largest file that is read, in bytes: some twenty times the shipped one."""

LINE = 100
"""Texts up to so many characters stand on one line."""

HEAD = """\
# One version of Coproduce's instrument: what is asked, in which words, and the numbers that decide.
#
# Items are statements, rated: 0 not at all, 1 a little, 2 partly, 3 mostly, 4 fully,
# dk (don't know), na (does not apply).
#   pole = "+"    agreement speaks for coproduction;  pole = "-"  it speaks against (reverse scored)
#   level = "…"   the rating is the strength of that level
#   note = "…"    reported, never scored
#
# Codes are permanent: a question with a new meaning gets a new code. Words stand under `texts`, a table for
# each language. Whoever reads this file into a site gets a draft, which a curator checks and publishes.
# docs/exchange.md describes every key.
"""

MEANINGS = {
    "min_coverage": "share answered below which there is no score",
    "band_mixed_from": "scores and gaps: 0 to 100",
    "low_mean_to": "means of ratings: 0 to 4",
    "weak_level_to": "strengths of levels: 0 to 100",
    "agree_from": "agreement: 0 to 1",
    "min_raters_for_agreement": "people",
}
"""What stands beside a threshold, once for all that follow on the same scale."""


class Damaged(Exception):
    """A file that cannot be used; ``problems`` says all that is wrong with it, a sentence for people each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


# Writing


def write(data: Mapping[str, Any]) -> str:
    """The file of a version: the same text, to the letter, for the same ``data``."""
    return "\n".join(
        [
            HEAD,
            *_pairs(data, ("version", "title")),
            *_thresholds(data["thresholds"]),
            *_rulesets(data["rulesets"]),
            *_section("Dimensions"),
            *_parts("dimensions", data["dimensions"]),
            *_section("Items"),
            *_parts("items", data["items"]),
        ]
    ).replace("\n\n\n\n", "\n\n\n")


def _section(title: str) -> list[str]:
    line = "# " + "-" * LINE
    return ["", line, f"# {title}", line, ""]


def _thresholds(thresholds: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", "[thresholds]")
    for name, number in thresholds.items():
        line = f"{name} = {_value(number)}"
        yield f"{line:<38}# {MEANINGS[name]}" if name in MEANINGS else line
    yield ""


def _rulesets(rulesets: Mapping[str, Any]) -> Iterator[str]:
    for code, given in rulesets.items():
        yield f"[rulesets.{_key(code)}]"
        yield from _pairs(given, ("gates",))
        yield from _texts(f"rulesets.{_key(code)}", given["texts"])


def _parts(name: str, parts: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for given in parts:
        yield f"[[{name}]]"
        yield from _pairs(given, [key for key in given if key != "texts"])
        yield from _texts(name, given["texts"])


def _texts(name: str, texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """The words, English first, then by language."""
    yield ""
    for language in sorted(texts, key=lambda code: (code != "en", code)):
        yield f"[{name}.texts.{_key(language)}]"
        yield from _pairs(texts[language], texts[language])
        yield ""


def _pairs(given: Mapping[str, Any], keys: Iterable[str]) -> list[str]:
    return [f"{_key(key)} = {_value(given[key])}" for key in keys]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_quoted(text) for text in value)}]"
    if "\n" in value or len(value) > LINE:
        return _block(value)
    plain = '"' in value and "'" not in value and "\\" not in value and not CONTROL.search(value)
    return f"'{value}'" if plain else _quoted(value)


CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SENTENCE = re.compile(r"(?<=[.!?] )(?=[^\s])")
SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(sign: re.Match) -> str:
    return SHORT.get(sign[0], f"\\u{ord(sign[0]):04X}")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{CONTROL.sub(_escaped, escaped)}"'


def _block(text: str) -> str:
    """A long text over several lines. A backslash at the end of a line joins it to the next."""
    escaped = text.replace("\\", "\\\\").replace('"""', '""\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    lines = UNREADABLE.sub(_escaped, escaped).split("\n")
    lines = [SENTENCE.sub("\\\\\n", line) if len(line) > LINE else line for line in lines]
    return '"""\n' + "\n".join(lines) + '"""'


# Reading


@dataclass(frozen=True)
class InstrumentFile:
    """A file that is TOML: its ``data``, what the rules find wrong in it, and where its names stand."""

    data: dict[str, Any]
    problems: list[str]
    lines: dict[str, int] = field(repr=False)

    @property
    def has_shape(self) -> bool:
        """Whether its rule-sets and items are tables with codes, so that the rest can be looked at too."""
        rulesets, items = self.data.get("rulesets"), self.data.get("items")
        return (
            isinstance(rulesets, dict)
            and all(isinstance(given, dict) for given in rulesets.values())
            and isinstance(items, list)
            and all(
                isinstance(given, dict)
                and all(isinstance(given.get(key), str) for key in ("code", "dimension"))
                for given in items
            )
        )

    def placed(self, problems: Iterable[str]) -> list[str]:
        """``problems``, each with the line on which the name that it begins with stands in the file."""
        return [
            _("line %(line)s: %(problem)s") % {"line": line, "problem": problem}
            if (line := self._line_of(problem))
            else problem
            for problem in problems
        ]

    def _line_of(self, problem: str) -> int | None:
        name, *words = [word.rstrip(".") for word in WORD.findall(problem)[:8]] or [""]
        while name:
            for guess in _spellings(name):
                if guess in self.lines:
                    keys = [f"{guess}.{word}" for word in words if f"{guess}.{word}" in self.lines]
                    return self.lines[keys[0] if keys else guess]
            name = name.rpartition(".")[0]
        return None


WORD = re.compile(r"[\w\[\]-]+(?:\.[\w\[\]-]+)*")
HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
KEY = re.compile(r"\s*([\w-]+)\s*=")
HUGE = re.compile(r"[eE][+-]?\d{3}")


def _spellings(name: str) -> Iterator[str]:
    """The names in the file that a problem may mean, which names rows and columns as well as keys."""
    yield name
    yield f"items.{name}"
    if name.startswith("version."):
        yield name.removeprefix("version.")
        yield name.replace("version.", "thresholds.", 1)
    parts = name.split(".")
    yield ".".join([*parts[:2], "texts", *parts[2:]])


def read(content: bytes) -> InstrumentFile:
    """The TOML file in ``content``. Raises :class:`Damaged` when it is too large or no TOML."""
    if len(content) > SIZE_MAX:
        raise Damaged([_("The file is larger than %s bytes, which no instrument needs.") % SIZE_MAX])
    try:
        return _read(_decoded(content))
    except RecursionError as error:
        raise Damaged([_("The file holds tables within tables that no instrument has.")]) from error


def _read(text: str) -> InstrumentFile:
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        raise Damaged(
            [_("The file is no TOML: %s. Correct it there, or export the version again.") % error]
        ) from error
    file = InstrumentFile(data, [], _lines(text, data))
    if found := [*_unwritable(data)]:
        raise Damaged(file.placed(found))
    try:
        instrument_of(data)
    except InstrumentError as error:
        return replace(file, problems=list(error.problems))
    return file


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Damaged(
            [_("line %s: this is no UTF-8 text. Save the file as UTF-8, or export the version again.") % line]
        ) from error


def _unwritable(value: Any, name: str = "") -> Iterator[str]:
    """A problem for each text with a zero character, which no database keeps, and for each number written
    with such an exponent that working it out would never end."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _unwritable(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            code = inner.get("code", position + 1) if isinstance(inner, dict) else position + 1
            yield from _unwritable(inner, f"{name}.{code}")
    elif isinstance(value, str):
        if "\0" in value:
            yield _("%s: take out the character \\u0000.") % name
        numeric = name.endswith(".weight") or name.startswith("thresholds.")
        if numeric and HUGE.search(value.replace("_", "")):
            yield _("%s: write the number without an exponent.") % name


def _lines(text: str, data: Mapping[str, Any]) -> dict[str, int]:
    """The number of the line on which each dotted name, such as ``items.A1.weight``, begins."""
    found: dict[str, int] = {}
    seen: Counter[str] = Counter()
    current: dict[str, str] = {}
    table, inside = "", False
    for number, line in enumerate(text.split("\n"), start=1):
        if not inside and (header := HEADER.match(line)):
            name = header[2].replace('"', "")
            if header[1] == "[[":
                found[f"{name}[{seen[name] + 1}]"] = number
                current[name] = f"{name}.{_code(data.get(name), seen[name])}"
                seen[name] += 1
            root, dot, rest = name.partition(".")
            table = current.get(root, root) + dot + rest
            found.setdefault(table, number)
        elif not inside and (key := KEY.match(line)):
            found.setdefault(f"{table}.{key[1]}".lstrip("."), number)
        if line.count('"""') % 2:
            inside = not inside
    return found


def _code(parts: Any, position: int) -> str:
    """The code of a part of the file, or its number where it has none."""
    given = parts[position] if isinstance(parts, list) and position < len(parts) else None
    return str(given.get("code", position + 1)) if isinstance(given, dict) else str(position + 1)
