"""Puts a backup into an empty database: ``manage.py restore FILE``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.workflow.backup import Refused, restore


class Command(BaseCommand):
    """All of it or nothing; then the migrations that this release has more than the backup."""

    help = "Put a backup into an empty database, PostgreSQL or SQLite, and migrate it to this release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that manage.py backup has written")

    def handle(self, *, file: Path, **options) -> None:
        try:
            done = restore(file)
        except (Refused, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored {file}, made on {done.made_at} by Coproduce {done.version} on {done.vendor}: "
            f"{done.rows} rows of {len(done.tables)} tables, each held against the backup."
        )
        self.stdout.write(
            "The site's key is not in a backup: set the SECRET_KEY of the site that was backed up, or put "
            "its var/secret_key in place. Research codes and participants' links depend on it."
        )
