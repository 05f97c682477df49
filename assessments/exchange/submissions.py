"""Reads what was collected with a participants' XLSForm: an export of KoboToolbox or ODK Central."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from assessments.rules.values import MAX_RATING, Form, Instrument, Missing, Side

SIZE_MAX = 10_000_000
"""The largest file that is read, in bytes; an XLSX file may be so large when unpacked, five times over."""

ROWS_MAX = 2000
"""The most submissions of one file."""

ABOUT_FORM = (
    "instrument_version",
    "instrument_side",
    "instrument_form",
    "instrument_wording",
    "instrument_language",
)
CHOSEN = {"answered_by": ("", "online", "assisted"), "research_consent": ("", "yes", "no")}
IDENTITIES = (
    "meta/rootUuid",
    "meta-rootUuid",
    "_uuid",
    "KEY",
    "meta/instanceID",
    "meta-instanceID",
    "instanceID",
)
"""Where a submission's own number may stand; the first that is filled in counts, an edited one keeps it."""

DROPPED = frozenset(
    [
        *("about", "audit", "deviceid", "end", "instanceID", "instanceName", "phonenumber"),
        *("simserial", "start", "subscriberid", "today", "username"),
        *("AttachmentsExpected", "AttachmentsPresent", "DeviceID", "Edits", "FormVersion", "KEY"),
        *("ReviewState", "Status", "SubmissionDate", "SubmitterID", "SubmitterName"),
    ]
)
DROPPED_BEGINNINGS = ("_", "meta/", "meta-", "formhub/", "formhub-")
RATINGS = {str(rating): rating for rating in range(MAX_RATING + 1)} | {
    code.value: code.value for code in Missing
}


class Unreadable(Exception):
    """A file that cannot be imported; ``problems`` says all that is wrong, a sentence for people each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Submission:
    """One participant's form. ``answers`` by item code: 0 to 4, ``dk`` or ``na``."""

    identity: str = field(repr=False)
    form: str
    wording: str
    mode: str
    language: str
    research_consent: bool
    answers: Mapping[str, int | str]


def read(content: bytes, *, name: str, instrument: Instrument, languages: Set[str]) -> list[Submission]:
    """The participants' forms in a file. Its name ends in ``.csv`` or ``.xlsx``.

    Raises :class:`Unreadable` with all problems at once when the file, one column or one cell is not what a
    form of this version of the instrument, in one of ``languages``, would have brought.
    """
    if len(content) > SIZE_MAX:
        raise Unreadable([_("The file is larger than %s bytes.") % SIZE_MAX])
    rows = _from_xlsx(content) if name.lower().endswith(".xlsx") else _from_csv(content)
    head = [cell.strip() for cell in rows[0]] if rows else []
    if len(rows) > ROWS_MAX + 1:
        raise Unreadable([_("The file has more than %s rows. Import it in parts.") % ROWS_MAX])
    table = _Table(head, instrument, languages)
    filled = [(number, table.by_name(row)) for number, row in enumerate(rows[1:], start=2) if any(row)]
    if any(cells.get("instrument_side") == Side.STAFF for _number, cells in filled):
        raise Unreadable([_("These are staff’s forms. Staff type them in under their own accounts.")])
    if found := [*table.wrong_head(), *table.wrong_rows(filled)]:
        raise Unreadable(found)
    return [table.submission(cells) for _number, cells in filled]


def _from_csv(content: bytes) -> list[list[str]]:
    """The rows of a CSV file, whichever of comma, semicolon and tab parts its cells."""
    try:
        text = content.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except UnicodeDecodeError as error:
        raise Unreadable(
            [_("The file is no UTF-8 text. Export it again, and open it in no other program.")]
        ) from error
    except csv.Error as error:
        raise Unreadable([_("The file is no CSV file: %s.") % error]) from error


def _from_xlsx(content: bytes) -> list[list[str]]:
    """The rows of the first sheet of an XLSX file; a whole number is written without its point."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > 5 * SIZE_MAX:
                raise Unreadable([_("The file is too large once it is unpacked.")])
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=ROWS_MAX + 2, values_only=True)
        return [[_text(cell) for cell in row] for row in rows]
    except Unreadable:
        raise
    except Exception as error:  # A damaged workbook makes its reader raise almost anything.
        raise Unreadable([_("The file is no XLSX file that can be read. Export it again.")]) from error


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


class _Table:
    """The columns of a file, and what each of its cells may hold."""

    def __init__(self, head: list[str], instrument: Instrument, languages: Set[str]) -> None:
        self.head = head
        self.version = instrument.version
        self.languages = languages
        self.items = {
            form.value: {item.code for item in instrument.items if item.asked_of(Side.PARTICIPANT, form)}
            for form in Form
        }
        self.known = {name: name for name in (*ABOUT_FORM, *CHOSEN)}
        for item in instrument.items:
            if item.asked_of(Side.PARTICIPANT):
                for beginning in ("", f"{item.dimension}/", f"{item.dimension}-"):
                    self.known[beginning + item.code] = item.code

    def names(self) -> list[str]:
        """What the columns that matter are called here."""
        return [self.known[column] for column in self.head if column in self.known]

    def wrong_head(self) -> Iterator[str]:
        """A problem for each column that is missing, twice, or not of this version's form."""
        names = self.names()
        for needed in ABOUT_FORM[:4]:
            if needed not in names:
                yield (
                    _(
                        "The column %s is missing. Export with “XML values and headers”, from a form made by "
                        "export_xlsform."
                    )
                    % needed
                )
        if not any(column in IDENTITIES for column in self.head):
            yield _("There is no column _uuid or KEY, which tells one submission from another.")
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield _("The column %s is there twice.") % name
        if not names:  # Columns with labels for names: all of them are unknown.
            return
        for column in self.head:
            if column and column not in self.known and not _dropped(column):
                yield _("The column %s is none of this version’s form for participants.") % column

    def by_name(self, row: list[str]) -> dict[str, str]:
        """The cells of a row, by the name that their column has here, or by its own."""
        cells = zip(self.head, row, strict=False)  # Rows of an XLSX file end with their last cell.
        return {self.known.get(column, column): cell.strip() for column, cell in cells}

    def wrong_rows(self, rows: list[tuple[int, dict[str, str]]]) -> Iterator[str]:
        """A problem for each cell that is wrong, and for each submission that is there twice."""
        if not all(needed in self.names() for needed in ABOUT_FORM[:4]):
            return
        first: dict[str, int] = {}
        for number, cells in rows:
            for problem in self.wrong_row(cells):
                yield _("row %(row)s: %(problem)s") % {"row": number, "problem": problem}
            identity = _identity(cells)
            if identity and identity in first:
                yield _("row %(row)s: the same submission as in row %(first)s.") % {
                    "row": number,
                    "first": first[identity],
                }
            first.setdefault(identity, number)

    def wrong_row(self, cells: Mapping[str, str]) -> Iterator[str]:
        """A problem for each cell that does not hold what its column may."""
        if not _identity(cells) and any(column in IDENTITIES for column in self.head):
            yield _("the submission has no number of its own (_uuid or KEY).")
        form = cells["instrument_form"]
        may_be: dict[str, Iterable[str]] = {
            "instrument_version": [self.version],
            "instrument_side": [Side.PARTICIPANT.value],
            "instrument_form": self.items,
            "instrument_wording": ["plain", "easy_read"],
            "instrument_language": ["", *sorted(self.languages)],
            **CHOSEN,
        }
        for name, allowed in may_be.items():
            if (given := cells.get(name, "")) not in allowed:
                yield _("%(column)s is “%(given)s”; it must be %(allowed)s.") % {
                    "column": name,
                    "given": given,
                    "allowed": _(" or ").join(one or _("empty") for one in allowed),
                }
        for code in sorted(self.items[Form.FULL.value] & cells.keys()):
            if not (given := cells[code]):
                continue
            if given not in RATINGS:
                yield _("%(column)s is “%(given)s”; it must be 0 to 4, dk or na.") % {
                    "column": code,
                    "given": given,
                }
            elif code not in self.items.get(form, {code}):
                yield _("%s is answered, and is no question of the short form.") % code

    def submission(self, cells: Mapping[str, str]) -> Submission:
        """A row without fault as a value. Of what the server added nothing is kept but the identity."""
        return Submission(
            identity=_identity(cells),
            form=cells["instrument_form"],
            wording=cells["instrument_wording"],
            mode=cells.get("answered_by") or "online",
            language=cells.get("instrument_language") or "en",
            research_consent=cells.get("research_consent") == "yes",
            answers={
                code: RATINGS[given]
                for code in sorted(self.items[Form.FULL.value])
                if (given := cells.get(code, ""))
            },
        )


def _dropped(column: str) -> bool:
    """Whether a column is what the server or the device added: when, where, on which device, by whom."""
    return column in DROPPED or column.startswith(DROPPED_BEGINNINGS)


def _identity(cells: Mapping[str, str]) -> str:
    return next((given.removeprefix("uuid:") for name in IDENTITIES if (given := cells.get(name, ""))), "")
