"""A version's forms as XLSForm workbooks, for collecting answers with KoboToolbox or ODK.

The names of questions and choices are the codes that :mod:`assessments.exchange.submissions` reads back.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from assessments.rules.values import Dimension, Form, Side

PLAIN, EASY_READ = "plain", "easy_read"
ENGLISH = "en"

YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
MODES = [
    ("online", gettext_lazy("No, I answer by myself")),
    ("assisted", gettext_lazy("Yes, someone helps me to answer")),
]

Row = dict[str, str]
Words = Iterable[tuple[str, Any]]
"""Choices: each a code and its label, which may be lazy."""


class Unfit(Exception):
    """A form that cannot be made; ``problems`` says why, a sentence for people each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Kind:
    """Which form: of which side, how long, and in which words. Staff have the full form in plain words."""

    side: str
    form: str = Form.FULL.value
    wording: str = PLAIN

    @property
    def name(self) -> str:
        """The kind in a word, as file names and addresses have it: ``participant-short-easy_read``."""
        return f"{self.side}-{self.form}-{self.wording}"


KINDS = {
    kind.name: kind
    for kind in [
        Kind(Side.STAFF.value),
        *(Kind(Side.PARTICIPANT.value, form.value, words) for form in Form for words in (PLAIN, EASY_READ)),
    ]
}
"""Every form that there is, by name."""


def workbook(data: Mapping[str, Any], kind: Kind, *, ratings: Words, language: str | None = None) -> bytes:
    """The XLSX file of a form of the version ``data``, in one language or in all that its items have.

    ``ratings`` are what may be answered to an item, codes and labels. Raises :class:`Unfit`.
    """
    book = Workbook(write_only=True)
    for name, rows in sheets(data, kind, ratings=ratings, language=language).items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, column, bold=True) for column in columns])
        for row in rows:
            sheet.append([_cell(sheet, row.get(column, "")) for column in columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, text: str, *, bold: bool = False) -> WriteOnlyCell:
    """A cell of text, also where the text looks like a formula or a number."""
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.number_format = "@"
    cell.font = Font(bold=bold)
    return cell


def sheets(
    data: Mapping[str, Any], kind: Kind, *, ratings: Words, language: str | None = None
) -> dict[str, list[Row]]:
    """The rows of the sheets ``survey``, ``choices`` and ``settings``, each with its cells by column."""
    items = [item for item in data["items"] if _asked(item, kind)]
    languages = _languages(items, language)
    if found := [*_unfit(data, items, kind, languages, language)]:
        raise Unfit(found)
    form = _Form(kind, languages)
    return {
        "survey": [*form.start(data["version"]), *form.groups(data["dimensions"], items)],
        "choices": [*form.choices(ratings)],
        "settings": [
            {
                "form_title": plain(f"{data['title']} ({kind.name}, {data['version']})"),
                "form_id": form_id(data["version"], kind),
                "version": data["version"],
                "default_language": display(languages[0]),
                "clean_text_values": "no",
            }
        ],
    }


def form_id(version: str, kind: Kind) -> str:
    """What KoboToolbox and ODK call a form: ``coproduce-1-participant-short``, with the wording if it is
    easy read, so that both wordings may stand in one project."""
    easy = f"-{kind.wording}" if kind.wording != PLAIN else ""
    return f"coproduce-{version}-{kind.side}-{kind.form}{easy}"


def _asked(item: Mapping[str, Any], kind: Kind) -> bool:
    on_form = kind.form == Form.FULL or item.get("short", False)
    return item["who"] in ("both", kind.side) and on_form


def _languages(items: Iterable[Mapping[str, Any]], language: str | None) -> list[str]:
    if language:
        return [language]
    found = {code for item in items for code in item["texts"]}
    return sorted(found, key=lambda code: (code != ENGLISH, code)) or [ENGLISH]


def _unfit(
    data: Mapping[str, Any], items: list, kind: Kind, languages: list[str], wanted: str | None
) -> Iterator[str]:
    if kind not in KINDS.values():
        yield _("Staff have one form, the full one in plain words.")
    if not items:
        yield _("This form has no items.")
    if wanted and not any(wanted in item["texts"] for item in data["items"]):
        yield _("Version %(version)s has no words in %(language)s.") % {
            "version": data["version"],
            "language": wanted,
        }
    for item in items:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", item["code"]):
            yield _("Item %s: a form needs a code of a letter, then letters and digits.") % item["code"]
        if not all(_statement(item, kind, language) for language in languages):
            yield _("Item %s: write its words in English first.") % item["code"]


def _statement(item: Mapping[str, Any], kind: Kind, language: str) -> str:
    names = ("staff",) if kind.side == Side.STAFF else ("easy_read", "participant")
    return _words(item, language, *(names[1:] if kind.wording == PLAIN and len(names) > 1 else names))


def _words(part: Mapping[str, Any], language: str, *names: str) -> str:
    """The first of ``names`` that there are words for: in the language, else in English; else nothing."""
    for code in (language, ENGLISH):
        for name in names:
            if text := part["texts"].get(code, {}).get(name, "").strip():
                return text
    return ""


@dataclass(frozen=True)
class _Form:
    """Writes the rows of one form."""

    kind: Kind
    languages: list[str]

    @property
    def of_staff(self) -> bool:
        return self.kind.side == Side.STAFF

    def said(self, column: str, texts: Iterable[str]) -> Row:
        """The cells of one column, a language each; what is empty is left out."""
        return {
            f"{column}::{display(code)}": marked(text)
            for code, text in zip(self.languages, texts, strict=True)
            if text
        }

    def translated(self, column: str, text: Any, **values: object) -> Row:
        """The cells of a sentence of our own."""
        return self.said(column, [_in(code, text, **values) for code in self.languages])

    def start(self, version: str) -> Iterator[Row]:
        """What the form says of itself, for the import; then what whoever fills it in reads first."""
        kept = {
            "instrument_version": version,
            "instrument_side": self.kind.side,
            "instrument_form": self.kind.form,
            "instrument_wording": self.kind.wording,
        }
        if len(self.languages) == 1:
            kept["instrument_language"] = self.languages[0]
        for name, value in kept.items():
            yield {"type": "calculate", "name": name, "calculation": f"string('{value}')"}
        about = (
            gettext_lazy(
                "This form is for staff. Rate how things are today. You may leave any statement out. "
                "Write no names of participants."
            )
            if self.of_staff
            else gettext_lazy(
                "You may leave out any question, and you may stop at any time. Nothing happens to you if you "
                "do. Write no names."
            )
        )
        yield {"type": "note", "name": "about", **self.translated("label", about)}
        if len(self.languages) > 1:
            question = gettext_lazy("Which language do you read this in?")
            yield {
                "type": "select_one language",
                "name": "instrument_language",
                **self.translated("label", question),
            }
        if not self.of_staff:
            yield {
                "type": "select_one mode",
                "name": "answered_by",
                **self.translated("label", gettext_lazy("Is someone helping you?")),
            }
            yield {
                "type": "select_one yes_no",
                "name": "research_consent",
                **self.translated("label", gettext_lazy("May researchers have your answers?")),
            }

    def groups(self, dimensions: Iterable[Mapping[str, Any]], items: list) -> Iterator[Row]:
        """A group for each dimension, on one screen; the motives come last, as in the browser."""
        ordered = sorted(dimensions, key=lambda given: given["code"] == Dimension.MOTIVES)
        asked = [
            (given, own)
            for given in ordered
            if (own := [i for i in items if i["dimension"] == given["code"]])
        ]
        for number, (given, own) in enumerate(asked, start=1):
            name = (
                self.said("label", [_words(given, code, "name") or given["code"] for code in self.languages])
                if self.of_staff
                else self.translated(
                    "label", gettext_lazy("Part %(number)s of %(all)s"), number=number, all=len(asked)
                )
            )
            yield {"type": "begin_group", "name": given["code"], **name, "appearance": "field-list"}
            for item in own:
                yield from self.item(item)
            yield {"type": "end_group"}

    def item(self, item: Mapping[str, Any]) -> Iterator[Row]:
        """A rating; for staff, also what it is based on. Easy read goes without a hint."""
        hints = [
            "" if self.kind.wording == EASY_READ else _words(item, code, "guidance")
            for code in self.languages
        ]
        statements = [_statement(item, self.kind, code) for code in self.languages]
        yield {
            "type": "select_one rating",
            "name": item["code"],
            **self.said("label", statements),
            **self.said("hint", hints),
        }
        if self.of_staff:
            hint = [_words(item, code, "evidence_hint") for code in self.languages]
            yield {
                "type": "text",
                "name": f"{item['code']}_evidence",
                **self.translated("label", gettext_lazy("What do you base this on?")),
                **self.said("hint", hint),
                "appearance": "multiline",
            }

    def choices(self, ratings: Words) -> Iterator[Row]:
        lists = {"rating": ratings, "yes_no": YES_NO, "mode": MODES}
        for name, choices in lists.items():
            if name == "rating" or not self.of_staff:
                for code, label in choices:
                    yield {"list_name": name, "name": code, **self.translated("label", label)}
        if len(self.languages) > 1:
            for code in self.languages:
                yield {
                    "list_name": "language",
                    "name": code,
                    **self.said("label", [local(code)] * len(self.languages)),
                }


def _in(language: str, text: Any, **values: object) -> str:
    with translation.override(language):
        return str(text) % values if values else str(text)


def local(language: str) -> str:
    """What a language is called in itself, or its code when nobody told."""
    try:
        return translation.get_language_info(language)["name_local"]
    except KeyError:
        return language


def display(language: str) -> str:
    """A language as XLSForm columns name it: ``English (en)``."""
    return f"{local(language)} ({language})"


def plain(text: str) -> str:
    """A text without the control characters that a workbook refuses, and without references to questions."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]", " ", text).replace("${", "$ {")


def marked(text: str) -> str:
    """A text in which the signs of Markdown stand for themselves, since forms read labels as Markdown."""
    return re.sub(r"([\\*_#])", r"\\\1", plain(text))
