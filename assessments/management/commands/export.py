"""Writes a research file for a project: ``manage.py export PROJECT [FILE] [--output PATH] [filters]``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from tqdm import tqdm

from assessments.audit import record_export
from assessments.exports import Export, Selection, files_for
from assessments.exports.package import DESCRIPTOR, PACKAGE, README, package, papers_alone
from assessments.exports.reliability import RELIABILITY
from assessments.exports.stream import stream
from assessments.forms.research import DownloadForm, FilterForm
from assessments.models import Project


class Command(BaseCommand):
    """The same files, byte for byte, as on the project's page, for whoever runs the site."""

    help = "Write a file of a research project, or its whole package. The download is recorded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the address of the project: what follows /research/")
        parser.add_argument(
            "file", nargs="?", default=PACKAGE, help="a file such as ratings_long.csv (default: %(default)s)"
        )
        parser.add_argument(
            "--output", type=Path, metavar="PATH", help="where to write it (default: standard output)"
        )
        parser.add_argument("--excel", action="store_true", help="put a byte-order mark first (CSV only)")
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            dest="filters",
            help=f"as on the page; may be given for each of {', '.join(FilterForm.base_fields)}",
        )

    def handle(
        self, *, project: str, file: str, output: Path | None, excel: bool, filters: list[str], **options
    ) -> None:
        found = Project.objects.filter(slug=project).select_related("researcher").first()
        if found is None:
            raise CommandError(f"There is no research project at “{project}”.")
        query = QueryDict(mutable=True)
        for given in filters:
            name, _sign, value = given.partition("=")
            query.appendlist(name, value)
        if excel:
            query["excel"] = "1"
        form = DownloadForm(query)
        if not form.is_valid():
            raise CommandError("\n".join(str(line) for lines in form.errors.values() for line in lines))
        if not found.researcher.has_perm("assessments.export_assessment"):
            raise CommandError(f"{found.researcher.get_username()} may no longer take data.")
        selection = Selection(form.selection(found.researcher), found, form.query())
        known = [*(one.file for one in self.files(selection)), PACKAGE, DESCRIPTOR, README]
        if file not in known:
            raise CommandError(f"There is no file {file}. There are: {', '.join(known)}.")
        if output is not None and output.exists():
            raise CommandError(f"{output} is there already. Choose another path, or move it away.")
        with ExitStack() as stack:
            progress = stack.enter_context(tqdm(unit="row", unit_scale=True, file=sys.stderr, disable=None))
            chunks = self.chunks(file, selection, progress, excel=excel)
            if output is None:
                for chunk in chunks:
                    sys.stdout.buffer.write(chunk)
            else:
                unfinished = output.with_name(f"{output.name}.part")
                with unfinished.open("wb") as target:
                    for chunk in chunks:
                        target.write(chunk)
                unfinished.rename(output)
        record_export(by=None, file=file, query=form.query(), rows=None, project=found)

    def files(self, selection: Selection) -> list[Export]:
        """The CSV files of the project, as its pages offer them."""
        return [*files_for(selection), RELIABILITY]

    def chunks(self, file: str, selection: Selection, progress: tqdm, *, excel: bool) -> Iterator[bytes]:
        """The file's bytes; ``progress`` hears of the rows."""
        files = files_for(selection)
        if file == PACKAGE:
            yield from package(selection, files, tell=progress.update)
            return
        if file in (README, DESCRIPTOR):
            yield papers_alone(selection, files)[file].encode()
            return
        export = next(one for one in self.files(selection) if one.file == file)
        progress.total = export.count(selection)
        for text in stream(export, selection, progress.total, excel=excel):
            progress.update(text.count("\n"))
            yield text.encode()
