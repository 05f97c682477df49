"""What comes from elsewhere: instrument versions in files, and submissions collected with an XLSForm."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from assessments.exchange import submissions, toml
from assessments.models import Assessment, InstrumentVersion, ItemText

from .answering import Choices, Sheet, drop_all
from .instrument import NotReady, as_instrument, load_version, next_number
from .instrument_file import as_data, misshapen


class Refused(Exception):
    """Nothing was written. ``problems`` says why, a sentence for people each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


# Instrument versions


def export_version(version: InstrumentVersion) -> bytes:
    """The TOML file of a version, in UTF-8."""
    return toml.write(as_data(version)).encode()


def read_version(content: bytes) -> toml.InstrumentFile:
    """An instrument file that the tables can take, as far as can be told without writing it.

    Raises :class:`Refused` with everything that is wrong with it, each with its line where that is known.
    """
    try:
        file = toml.read(content)
    except toml.Damaged as error:
        raise Refused(error.problems) from error
    found = [*file.problems, *(misshapen(file.data) if file.has_shape else [])]
    if found:
        raise Refused(file.placed(found))
    return file


@transaction.atomic
def import_version(content: bytes, *, number: str = "") -> InstrumentVersion:
    """Write an instrument file as a new draft, called ``number`` if one is given, else as the file says.

    Raises :class:`Refused` as :func:`read_version` does, and when the number is taken.
    """
    file = read_version(content)
    data = file.data | ({"version": number} if number else {})
    if InstrumentVersion.objects.filter(version=data["version"]).exists():
        raise Refused(
            [
                _("Version %(taken)s is already here. Give the draft another number, such as %(next)s.")
                % {"taken": data["version"], "next": next_number()}
            ]
        )
    try:
        return load_version(data)
    except NotReady as error:
        raise Refused(file.placed(error.problems)) from error


# Submissions


@dataclass(frozen=True)
class Imported:
    """How many submissions of a file were new, how many had been imported before, how many said nothing."""

    new: int
    again: int
    blank: int


@transaction.atomic
def import_submissions(assessment: Assessment, content: bytes, *, name: str) -> Imported:
    """Put the participants' forms of a collected file into the box of an open wave: all of them or none.

    ``name`` is the file's, whose ending says whether it is a CSV or an XLSX file. A submission that was
    imported before takes the place of its earlier self, so that a file may be imported again after more
    people have answered. Raises :class:`Refused` with all that is wrong.
    """
    wave = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not wave.is_open:
        raise Refused(
            [_("The assessment is closed. Answers that were collected can enter an open one alone.")]
        )
    version = wave.instrument_version
    languages = set(ItemText.objects.filter(item__version=version).values_list("language", flat=True))
    try:
        found = submissions.read(content, name=name, instrument=as_instrument(version), languages=languages)
    except submissions.Unreadable as error:
        raise Refused(error.problems) from error
    sheets = {_key(wave, one.identity): _sheet(one) for one in found if one.answers}
    new = drop_all(wave, sheets)
    return Imported(new=new, again=len(sheets) - new, blank=len(found) - len(sheets))


def _sheet(one: submissions.Submission) -> Sheet:
    choices = Choices(one.form, one.wording, one.mode, one.language, one.research_consent)
    return Sheet(choices, dict(one.answers))


def _key(assessment: Assessment, identity: str) -> uuid.UUID:
    """The key in the box of a submission: the same at every import, and nothing that its own identity
    could be read from. The close throws it away with the box, and with it the last trace."""
    digest = salted_hmac("assessments.submission", f"{assessment.pk} {identity}", algorithm="sha256").digest()
    return uuid.UUID(bytes=digest[:16])
