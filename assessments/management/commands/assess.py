"""Score case files: one JSON object a line, or a text for people. The database is not touched."""

import argparse
import io
import json
import os
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from assessments.rules import DEFAULT_RULESET, CaseFileError, assess, default_instrument, read_case
from assessments.rules.instrument import DEFAULT_PATH
from assessments.words.report import report

REFUSED = 2
"""Exit status when a file or an option was refused."""

INTERRUPTED = 130
PIPE_CLOSED = 141
MANY_FILES = 20
"""From so many files a progress bar is worth its line."""


def whole_from_one(text: str) -> int:
    """A whole number from 1, for ``--min-participants``."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


class Command(BaseCommand):
    help = (
        "Assess case files (TOML) without touching the database. Prints one JSON object a line, in the order "
        "of the files. Problems go to standard error; the exit status is 2 when any file was refused."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="A case file.")
        parser.add_argument(
            "--ruleset",
            default=DEFAULT_RULESET,
            help=f"Whose rule decides: bussu-2014 or four-cos. Default: {DEFAULT_RULESET}.",
        )
        parser.add_argument(
            "--min-participants",
            type=whole_from_one,
            metavar="N",
            help="How many participants must have rated an item before it decides by itself. Default: 5.",
        )
        parser.add_argument(
            "--format",
            choices=["json", "text"],
            default="json",
            help="json for machines (the default), text for people.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rulesets = default_instrument().rulesets
        if options["ruleset"] not in rulesets:
            known = " or ".join(rulesets)
            raise CommandError(
                f"There is no rule-set {options['ruleset']!r}; use {known}.", returncode=REFUSED
            )
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the terminal's language.
        try:
            refused = self.score(options)
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader has gone, as `head` does. Python must not complain when it closes the pipe.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)
        if refused:
            sys.exit(REFUSED)

    def score(self, options: Mapping[str, Any]) -> int:
        """Print what each file comes to; returns how many were refused."""
        instrument = default_instrument()
        statements = item_statements() if options["format"] == "text" else {}
        refused = 0
        for name in progress(options["files"]):
            try:
                found = read_case(Path(name), instrument)
            except CaseFileError as error:
                self.stderr.write(str(error))
                refused += 1
                continue
            profile = assess(
                found.case,
                instrument,
                ruleset=options["ruleset"],
                min_participants=options["min_participants"],
            )
            record = {"file": printable(name), "title": found.title, **profile.as_dict()}
            if options["format"] == "text":
                self.stdout.write(report(record, statements))
            else:
                self.stdout.write(json.dumps(record, ensure_ascii=False, allow_nan=False))
            self.stdout.flush()
        return refused


def progress(files: list[str]) -> Iterable[str]:
    """The files, with a progress bar when there are many and somebody is watching standard error alone."""
    watched = sys.stderr.isatty() and not sys.stdout.isatty()
    return tqdm(files, unit="file", disable=not watched or len(files) < MANY_FILES)


def printable(name: str) -> str:
    """A file's name as text that can be written as UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def item_statements() -> dict[str, str]:
    """The words of every item of the default instrument, as put to staff where staff are asked."""
    record = tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8"))
    return {
        item["code"]: item["texts"]["en"]["staff"] or item["texts"]["en"]["participant"]
        for item in record["items"]
    }
