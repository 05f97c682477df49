"""Puts collected submissions into an open wave: ``manage.py import_submissions ASSESSMENT FILE``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.models import Assessment
from assessments.workflow.exchange import Refused, import_submissions


class Command(BaseCommand):
    """Imports all of a file or nothing. Importing it again adds only what is new."""

    help = (
        "Import participants' answers from the CSV or XLSX export of KoboToolbox or ODK Central into an open "
        "assessment. The form must have been made by export_xlsform."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("assessment", type=int, help="the number in the assessment's address")
        parser.add_argument("file", type=Path, help="a file whose name ends in .csv or .xlsx")

    def handle(self, *, assessment: int, file: Path, verbosity: int, **options) -> None:
        wave = Assessment.objects.filter(pk=assessment).first()
        if wave is None:
            raise CommandError(f"There is no assessment {assessment}.")
        try:
            done = import_submissions(wave, file.read_bytes(), name=file.name)
        except OSError as error:
            raise CommandError(str(error)) from error
        except Refused as error:
            raise CommandError("\n".join(f"{file.name}: {problem}" for problem in error.problems)) from error
        if verbosity:
            self.stdout.write(
                f"{done.new} new, {done.again} imported before, {done.blank} without any answer."
            )
