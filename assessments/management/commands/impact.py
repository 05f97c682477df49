"""Says what a version would change: ``manage.py impact VERSION [--csv FILE]``. Nothing stored changes."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from assessments.exports.export import guarded
from assessments.models import Assessment, InstrumentVersion
from assessments.words.impact import TOPICS, UNREAD, changed, value
from assessments.workflow.impact import HEADER, Recomputed, Totals, impact


class Command(BaseCommand):
    """Judges every closed wave under a draft or a published version, and counts what comes out otherwise."""

    help = "Judge every closed wave under a version, and say what would change and why. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="the number of a draft or of a published version")
        parser.add_argument(
            "--csv", type=Path, metavar="FILE", dest="file", help="write every change into this file"
        )

    def handle(self, *, version: str, file: Path | None, **options) -> None:
        under = InstrumentVersion.objects.filter(version=version).first()
        if under is None:
            raise CommandError(f"There is no version {version}.")
        waves = tqdm(
            impact(under),
            total=Assessment.objects.closed().count(),
            unit="wave",
            disable=None,
        )
        totals = Totals()
        counted = totals.counting(waves)
        if file is None:
            for _wave in counted:
                pass
        else:
            try:
                self.write(counted, file)
            except OSError as error:
                raise CommandError(str(error)) from error
        self.stdout.write("\n".join(report(under, totals)))

    def write(self, waves: Iterable[Recomputed], file: Path) -> None:
        """Write the list of changes as CSV."""
        with file.open("w", encoding="utf-8", newline="") as opened:
            lines = csv.writer(opened)
            lines.writerow(HEADER)
            for found in waves:
                wave = found.assessment
                lines.writerows(
                    found.lines(assessment=str(wave.pk), activity=guarded(wave.activity.title), figures=True)
                )


def report(version: InstrumentVersion, totals: Totals) -> Iterator[str]:
    """The totals, a line each."""
    yield f"Under version {version.version}, {totals.changed} of {totals.waves} closed waves change."
    for topic, name in TOPICS.items():
        yield f"{totals.topics[topic]:>8}  {name}"
    for (what, before, after), number in totals.moves.most_common():
        yield f"{number:>8}  {changed(what)}: {value(what, before)} → {value(what, after)}"
    for unread, number in totals.unread.most_common():
        yield f"{number:>8}  could not be judged. {UNREAD[unread]}"
