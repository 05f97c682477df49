"""Writes the whole site into one file: ``manage.py backup FILE``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.workflow.backup import Refused, backup


class Command(BaseCommand):
    """May run while the site does. The file is there only once it has been read back."""

    help = "Write everything that makes the site into one new file, whichever the database, and read it back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file to write, such as coproduce-2026-11-27.zip")

    def handle(self, *, file: Path, **options) -> None:
        try:
            done = backup(file)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Wrote {file}: {done.rows} rows of {len(done.tables)} tables, read back and found whole. "
            "It holds what people said; keep it where nobody else can read it."
        )
        self.stdout.write(
            "The site's key is not in it: keep SECRET_KEY, or the file var/secret_key, in another place."
        )
