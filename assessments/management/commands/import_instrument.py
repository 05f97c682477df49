"""Reads an instrument version from a file as a draft: ``manage.py import_instrument FILE [--number N]``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.workflow.exchange import Refused, import_version


class Command(BaseCommand):
    """Writes one draft or nothing. Publishing it is left to a curator."""

    help = (
        "Import an instrument version from a TOML file as a draft, to be checked and published by a curator."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--number", default="", help="the draft's number; as in the file if none is given"
        )

    def handle(self, *, file: Path, number: str, verbosity: int, **options) -> None:
        try:
            draft = import_version(file.read_bytes(), number=number)
        except OSError as error:
            raise CommandError(str(error)) from error
        except Refused as error:
            raise CommandError("\n".join(f"{file.name}: {problem}" for problem in error.problems)) from error
        if verbosity:
            self.stdout.write(f"Version {draft.version} is a draft: {draft.items.count()} items.")
