"""Loads an instrument from a file, and publishes it: ``manage.py load_instrument [FILE]``."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from assessments.exchange.toml import InstrumentFile
from assessments.models import InstrumentVersion
from assessments.rules.instrument import DEFAULT_PATH
from assessments.workflow.exchange import Refused, read_version
from assessments.workflow.instrument import NotReady, load_version, publish
from assessments.workflow.instrument_file import differences


class Command(BaseCommand):
    """Reads one file, writes one version. Running it again changes nothing."""

    help = "Load an instrument version from a TOML file and publish it. Loading the same file twice is safe."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=DEFAULT_PATH, help="the shipped one if none"
        )

    def handle(self, *, file: Path, verbosity: int, **options) -> None:
        try:
            read = read_version(file.read_bytes())
        except OSError as error:
            raise CommandError(str(error)) from error
        except Refused as error:
            raise CommandError(named(file.name, error.problems)) from error
        present = InstrumentVersion.objects.filter(version=read.data["version"]).first()
        done = self.compare(read.data, file.name, present) if present else self.load(read, file.name)
        if verbosity:
            self.stdout.write(done)

    def load(self, file: InstrumentFile, name: str) -> str:
        """Write and publish the version, both or neither, and say what there is now."""
        try:
            with transaction.atomic():
                version = load_version(file.data)
                publish(version, by=None, reason=f"Loaded from {name}", at=timezone.now())
        except NotReady as error:
            raise CommandError(named(name, file.placed(error.problems))) from error
        items, dimensions = version.items.count(), version.dimensions.count()
        return f"Version {version.version} is published: {items} items in {dimensions} dimensions."

    def compare(self, data: dict, name: str, present: InstrumentVersion) -> str:
        """Say that the version is there already, or refuse when it is another one under the same number."""
        if different := differences(data, present):
            raise CommandError(
                f"{name}: version {present.version} is already there and differs in {', '.join(different)}. "
                "Give the file a new version number."
            )
        if not present.is_published:
            raise CommandError(f"{name}: version {present.version} is already there, as a draft.")
        return f"Version {present.version} is already there and says the same."


def named(file: str, problems: list[str]) -> str:
    """The problems of a file, a line each."""
    return "\n".join(f"{file}: {problem}" for problem in problems)
