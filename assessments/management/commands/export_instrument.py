"""Writes an instrument version as a TOML file: ``manage.py export_instrument VERSION [--output FILE]``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.models import InstrumentVersion
from assessments.workflow.exchange import export_version


class Command(BaseCommand):
    """Reads one version, published or not, and changes nothing."""

    help = "Write an instrument version as one TOML file, which another site can import."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="the number of the version, such as 1")
        parser.add_argument("--output", type=Path, metavar="FILE", help="print the file if none is named")

    def handle(self, *, version: str, output: Path | None, **options) -> None:
        content = export_version(found(version))
        if output is None:
            self.stdout.write(content.decode(), ending="")
            return
        try:
            output.write_bytes(content)
        except OSError as error:
            raise CommandError(str(error)) from error


def found(number: str) -> InstrumentVersion:
    """The version with a number. Raises CommandError, naming those there are."""
    versions = {version.version: version for version in InstrumentVersion.objects.order_by("pk")}
    if number not in versions:
        raise CommandError(f"There is no version {number}; there is {', '.join(versions) or 'none'}.")
    return versions[number]
