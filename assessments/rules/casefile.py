"""Case files: a case in TOML, read strictly, with all the problems of a file said at once.

Nothing is guessed. ``4.0``, ``true`` and ``"4"`` are no ratings, a misspelt name is no fact, and a file
with any problem is refused whole. Keys in messages are paths; responses are counted from 1, as a reader
of the file counts them: ``responses[2].answers.A1``.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from assessments.rules.values import (
    MAX_RATING,
    Agency,
    Basis,
    Case,
    Context,
    Facts,
    Form,
    Instrument,
    Item,
    Known,
    Level,
    Missing,
    Part,
    Phase,
    Response,
    Side,
    StaffTime,
    Task,
    Who,
)

MAX_BYTES = 1_000_000
"""Larger files are refused: a case file of a thousand responses has about 300 kB."""

MAX_TITLE = 200

Choice = TypeVar("Choice", bound=StrEnum)
Name = TypeVar("Name", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a key of a case file, and what would be right. ``key`` is empty for the whole file."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}" if self.key else self.message


class CaseFileError(ValueError):
    """A case file that is refused: ``file`` says which, ``problems`` says all that is wrong."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with its title, and where it is described (empty when the file does not say)."""

    title: str
    source: str
    case: Case


def read_case(path: Path, instrument: Instrument) -> CaseFile:
    """The case in a file. Raises ``CaseFileError`` for anything that is wrong with the file."""
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CaseFileError(
            name, [Problem("", "there is no such file; check its name and folder.")]
        ) from None
    except IsADirectoryError:
        raise CaseFileError(name, [Problem("", "this is a folder; name the case files in it.")]) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaseFileError(name, [Problem("", f"the file cannot be read: {reason}.")]) from error
    return parse_case(data, instrument, name=name)


def parse_case(data: bytes, instrument: Instrument, *, name: str = "case") -> CaseFile:
    """The case in the bytes of a file; ``name`` stands before each problem."""
    record, problem = _parse(data)
    if problem is not None:
        raise CaseFileError(name, [problem])
    reader = _Reader(instrument)
    case = reader.read(record)
    if reader.problems:
        raise CaseFileError(name, reader.problems)
    return case


# From bytes to a record


def _parse(data: bytes) -> tuple[dict[str, Any], Problem | None]:
    """The record in a file, or the problem that makes it no TOML at all."""
    if len(data) > MAX_BYTES:
        return {}, Problem("", f"the file is larger than {MAX_BYTES // 1_000_000} MB; split it into cases.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return {}, Problem(f"line {line}", "this is not UTF-8 text; save the file as UTF-8.")
    if not text.strip():
        return {}, Problem("", "the file is empty; begin it with [case] and a title.")
    try:
        return tomllib.loads(text), None
    except tomllib.TOMLDecodeError as error:
        return {}, _syntax_problem(str(error), text)
    except (RecursionError, ValueError):
        # Thousands of brackets within each other, or a number of thousands of digits.
        return {}, Problem("", "this is no case file: a value in it is too long or nested too deeply.")


def _syntax_problem(message: str, text: str) -> Problem:
    lines = text.splitlines()
    at = re.search(r"\(at line (\d+), column (\d+)\)", message)
    number = int(at.group(1)) if at else len(lines)
    said = re.sub(r"\s*\(at .*\)$", "", message)
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    return Problem(f"line {number}", f"this is not TOML ({said}); {_syntax_cure(said, line)}")


def _syntax_cure(said: str, line: str) -> str:
    """What is likely right, judged by the message and the line."""
    name, equals, value = line.partition("=")
    if re.search("[“”„‘’«»]", line):
        return 'use straight quotes, as in basis = "chosen".'
    if said.startswith(("Cannot", "Duplicate")):
        return "this name stands above already; give each key and table once; only [[responses]] repeats."
    if "Unterminated" in said or "Illegal character" in said:
        return "close the quotes on the same line."
    if line.lstrip().startswith("["):
        return "write a table as [facts], and each response as [[responses]]."
    if not equals:
        return 'write name = value on one line, as in basis = "chosen".'
    if not value.strip():
        return f'give a value after the equals sign, as in {name.strip()} = "unknown".'
    if re.fullmatch(r"\s*[A-Za-z_][\w -]*", value):
        return f'put text in straight double quotes, as in {name.strip()} = "{value.strip()}".'
    return "write one name = value a line, text in straight double quotes, lists in [ ] with commas."


# From a record to a case


FACTS: Mapping[str, type[StrEnum]] = {
    "agency": Agency,
    "public_resources": Known,
    "basis": Basis,
    "intentional": Known,
    "staff_time": StaffTime,
    "task": Task,
}
"""The facts that have one value."""


@dataclass
class _Reader:
    """Reads a record and keeps a list of everything that is wrong with it."""

    instrument: Instrument
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.items = {item.code: item for item in self.instrument.items}

    def refuse(self, key: str, message: str) -> None:
        self.problems.append(Problem(key, message))

    def read(self, record: Mapping[str, Any]) -> CaseFile:
        self.known_keys("", record, ("case", "facts", "responses"))
        about = self.table("", record, "case", missing="write [case] with a title.")
        self.known_keys("case", about, ("title", "source"))
        facts = self.facts(self.table("", record, "facts", missing="write [facts], even if it stays empty."))
        return CaseFile(
            title=self.title(about) if "case" in record else "",
            source=self.source(about),
            case=Case(facts=facts, responses=self.responses(record.get("responses", []))),
        )

    def known_keys(self, path: str, record: Mapping[str, Any], known: Collection[str]) -> None:
        for key in record:
            if key not in known:
                self.refuse(_join(path, key), f"there is no such key; {_suggestion(key, known)}")

    def table(
        self, path: str, record: Mapping[str, Any], key: str, *, missing: str = ""
    ) -> Mapping[str, Any]:
        """The table at ``key``, or an empty one. ``missing`` is the cure when there must be one."""
        where = _join(path, key)
        if key not in record:
            if missing:
                self.refuse(where, f"this is missing; {missing}")
            return {}
        value = record[key]
        if not isinstance(value, dict):
            self.refuse(where, f"this is {_kind_of(value)}; write a table, as in [{where}].")
            return {}
        return value

    def title(self, about: Mapping[str, Any]) -> str:
        title = about.get("title")
        if title is None:
            self.refuse("case.title", 'this is missing; write title = "what the case is about".')
            return ""
        if not isinstance(title, str):
            self.refuse("case.title", f"this is {_kind_of(title)}; write text in double quotes.")
            return ""
        stripped = title.strip()
        if not 1 <= len(stripped) <= MAX_TITLE:
            self.refuse("case.title", f"it has {len(stripped)} characters; write 1 to {MAX_TITLE}.")
        elif _breaks(stripped):
            self.refuse("case.title", "it holds a line break or a control character; write one line of text.")
        return stripped

    def source(self, about: Mapping[str, Any]) -> str:
        source = about.get("source", "")
        if not isinstance(source, str):
            self.refuse("case.source", f"this is {_kind_of(source)}; write text in double quotes.")
            return ""
        return source.strip()

    def facts(self, record: Mapping[str, Any]) -> Facts:
        self.known_keys("facts", record, (*FACTS, "levels", "phases", "context"))
        plain = {
            name: self.choice(f"facts.{name}", record[name], kind)
            for name, kind in FACTS.items()
            if name in record
        }
        return Facts(
            **{name: value for name, value in plain.items() if value is not None},  # type: ignore[arg-type]
            levels=self.levels(record.get("levels", [])),
            phases=self.choices("phases", record, Phase, Part),
            context=self.choices("context", record, Context, Known),
        )

    def choices(
        self, key: str, record: Mapping[str, Any], names: type[Name], kind: type[Choice]
    ) -> dict[Name, Choice]:
        """A table of facts that have the same values: the phases, or the circumstances."""
        table = self.table("facts", record, key)
        self.known_keys(f"facts.{key}", table, list(names))
        found = {
            name: self.choice(f"facts.{key}.{name}", table[name], kind) for name in names if name in table
        }
        return {name: value for name, value in found.items() if value is not None}

    def choice(self, key: str, value: Any, kind: type[Choice]) -> Choice | None:
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        cure = f"write one of {', '.join(kind)}, in double quotes"
        nearest = _nearest(value, list(kind)) if isinstance(value, str) else None
        hint = f' (did you mean "{nearest}"?)' if nearest else ""
        self.refuse(key, f"{_shown(value)} is not a value of this key; {cure}{hint}.")
        return None

    def levels(self, value: Any) -> frozenset[Level]:
        if not isinstance(value, list):
            self.refuse(
                "facts.levels",
                f'this is {_kind_of(value)}; write a list, as in ["individual", "group"], empty for unknown.',
            )
            return frozenset()
        found: set[Level] = set()
        for number, name in enumerate(value, start=1):
            level = self.choice(f"facts.levels[{number}]", name, Level)
            if level in found:
                self.refuse(f"facts.levels[{number}]", f'"{level}" is named twice; name it once.')
            if level is not None:
                found.add(level)
        return frozenset(found)

    def responses(self, value: Any) -> tuple[Response, ...]:
        if not isinstance(value, list):
            self.refuse("responses", f"this is {_kind_of(value)}; write each response as [[responses]].")
            return ()
        return tuple(self.response(f"responses[{number}]", one) for number, one in enumerate(value, start=1))

    def response(self, path: str, record: Any) -> Response:
        if not isinstance(record, dict):
            self.refuse(path, f"this is {_kind_of(record)}; write each response as [[responses]].")
            return Response(side=Side.STAFF, answers={})
        self.known_keys(path, record, ("side", "form", "answers"))
        side = self.side(path, record)
        form = self.form(path, record, side)
        if "answers" not in record:
            self.refuse(
                f"{path}.answers", "this is missing; write [responses.answers] below the side, even if empty."
            )
        answers = self.answers(f"{path}.answers", self.table(path, record, "answers"), side, form)
        return Response(side=side or Side.STAFF, answers=answers, form=form or Form.FULL)

    def side(self, path: str, record: Mapping[str, Any]) -> Side | None:
        if "side" not in record:
            self.refuse(f"{path}.side", 'this is missing; write side = "staff" or side = "participant".')
            return None
        return self.choice(f"{path}.side", record["side"], Side)

    def form(self, path: str, record: Mapping[str, Any], side: Side | None) -> Form | None:
        form = self.choice(f"{path}.form", record.get("form", Form.FULL), Form)
        if side is Side.STAFF and form is Form.SHORT:
            self.refuse(f"{path}.form", "the short form is for participants; leave form out for staff.")
            return None
        return form

    def answers(
        self, path: str, record: Mapping[str, Any], side: Side | None, form: Form | None
    ) -> dict[str, int | Missing]:
        found: dict[str, int | Missing] = {}
        for code, value in record.items():
            item = self.items.get(code)
            if item is None:
                self.refuse(f"{path}.{code}", f"there is no such item; {_suggestion(code, self.items)}")
                continue
            if side is not None and form is not None and not item.asked_of(side, form):
                self.refuse(f"{path}.{code}", _not_asked(item, side))
            answer = self.answer(f"{path}.{code}", value)
            if answer is not None:
                found[code] = answer
        return found

    def answer(self, key: str, value: Any) -> int | Missing | None:
        # type() and not isinstance(): True is an int, and not a rating.
        if type(value) is int and 0 <= value <= MAX_RATING:
            return value
        if isinstance(value, str) and value in list(Missing):
            return Missing(value)
        self.refuse(
            key,
            f"{_shown(value)} is not a rating; write a whole number from 0 to {MAX_RATING} "
            'without quotes, "dk" (don\'t know) or "na" (does not apply).',
        )
        return None


def _not_asked(item: Item, side: Side) -> str:
    """Why ``item`` does not belong in a response of ``side``, and what would be right."""
    if item.who is Who.STAFF:
        asked = "staff alone are asked this item"
    elif item.who is Who.PARTICIPANT and side is Side.STAFF:
        asked = "participants alone are asked this item"
    else:
        return 'this item is not on the short form; remove it, or leave out form = "short".'
    return f"{asked}; remove it here."


def _breaks(text: str) -> bool:
    """Whether a text holds line breaks or control characters: it could not be shown in one line."""
    return any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in text)


def _join(path: str, key: str) -> str:
    key = json.dumps(key) if _breaks(key) else key
    return f"{path}.{key}" if path else key


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like ``name``, whatever its case; None when none does."""
    by_lower = {one.lower(): one for one in known}
    close = get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def _suggestion(name: str, known: Collection[str]) -> str:
    nearest = _nearest(name, known)
    return f'did you mean "{nearest}"?' if nearest else f"write one of {', '.join(known)}."


def _kind_of(value: Any) -> str:
    """What a value is, in words."""
    for kind, words in (
        (bool, "true or false"),
        (str, "text"),
        (int | float, "a number"),
        (list, "a list"),
        (dict, "a table"),
    ):
        if isinstance(value, kind):
            return words
    return "a date or time"


def _shown(value: Any) -> str:
    """A value as it stands in the file, shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return _kind_of(value)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:36]}…{text[-1]}"
