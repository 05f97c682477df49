"""Loads an instrument from a file, and publishes it: ``manage.py load_instrument [FILE]``."""

import tomllib
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from assessments.models import InstrumentVersion
from assessments.rules import InstrumentError, parse_instrument
from assessments.rules.instrument import DEFAULT_PATH
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
            content = file.read_bytes()
            parse_instrument(content, name=file.name)
        except (OSError, InstrumentError) as error:
            raise CommandError(str(error)) from error
        data = tomllib.loads(content.decode("utf-8-sig"))
        present = InstrumentVersion.objects.filter(version=data["version"]).first()
        done = self.compare(data, file.name, present) if present else self.load(data, file.name)
        if verbosity:
            self.stdout.write(done)

    def load(self, data: dict, name: str) -> str:
        """Write and publish the version, both or neither, and say what there is now."""
        try:
            with transaction.atomic():
                version = load_version(data)
                publish(version, by=None, reason=f"Loaded from {name}", at=timezone.now())
        except NotReady as error:
            raise CommandError("\n".join(f"{name}: {problem}" for problem in error.problems)) from error
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
