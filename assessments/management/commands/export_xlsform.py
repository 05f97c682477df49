"""Writes a form for KoboToolbox or ODK: ``manage.py export_xlsform VERSION --side participant …``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.exchange.xlsform import EASY_READ, PLAIN, Kind, Unfit, form_id, workbook
from assessments.rules.values import Form, Side
from assessments.words.labels import RATINGS
from assessments.workflow.instrument_file import as_data

from .export_instrument import found


class Command(BaseCommand):
    """Reads one version, writes one XLSX file, and changes nothing."""

    help = (
        "Write a form of an instrument version as an XLSForm, for collecting answers in KoboToolbox or ODK."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="the number of the version, such as 1")
        parser.add_argument("--side", choices=[side.value for side in Side], default=Side.PARTICIPANT.value)
        parser.add_argument("--form", choices=[form.value for form in Form], default=Form.FULL.value)
        parser.add_argument("--wording", choices=[PLAIN, EASY_READ], default=PLAIN)
        parser.add_argument(
            "--language", metavar="CODE", help="one language; all of the version if none is given"
        )
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="named after the form if none is given"
        )

    def handle(
        self,
        *,
        version: str,
        side: str,
        form: str,
        wording: str,
        language: str | None,
        output: Path | None,
        verbosity: int,
        **options,
    ) -> None:
        kind = Kind(side, form, wording)
        try:
            content = workbook(as_data(found(version)), kind, ratings=RATINGS, language=language)
            output = output or Path(f"{form_id(version, kind)}.xlsx")
            output.write_bytes(content)
        except Unfit as error:
            raise CommandError("\n".join(error.problems)) from error
        except OSError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"Wrote {output}.")
