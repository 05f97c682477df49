"""Score case files: one JSON object a line, or a text for people. The database is not touched."""

import argparse
import io
import json
import multiprocessing
import os
import signal
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
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
"""From so many files a progress bar is worth its line, and other processors are worth starting."""

FILES_AT_ONCE = 4
"""How many files one processor takes at a time."""


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
        given = {name: options[name] for name in ("ruleset", "min_participants", "format")}
        refused = 0
        for text, problems in progress(options["files"], scored(options["files"], given)):
            if problems:
                self.stderr.write(problems)
                refused += 1
                continue
            self.stdout.write(text)
            self.stdout.flush()
        return refused


def scored(files: list[str], options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What each file comes to, in the order of the files: its text, or what is wrong with it.

    Many files are shared out among the machine's processors. A case is assessed by itself, so nothing
    depends on who does it.
    """
    one = partial(score_file, **options)
    if len(files) < MANY_FILES or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(one, files)
        return
    default_instrument()  # Read once, before the processes part.
    with multiprocessing.get_context("fork").Pool(initializer=leave_interrupts_to_the_parent) as pool:
        yield from pool.imap(one, files, chunksize=FILES_AT_ONCE)


def leave_interrupts_to_the_parent() -> None:
    """Ctrl-C reaches every process of a terminal; one of them is enough to stop and to say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def score_file(name: str, *, ruleset: str, min_participants: int | None, format: str) -> tuple[str, str]:
    """One file: its JSON line or its text for people and no problems, or no text and its problems."""
    instrument = default_instrument()
    try:
        found = read_case(Path(name), instrument)
    except CaseFileError as error:
        return "", str(error)
    profile = assess(found.case, instrument, ruleset=ruleset, min_participants=min_participants)
    record = {"file": printable(name), "title": found.title, **profile.as_dict()}
    if format == "text":
        return report(record, instrument.thresholds, item_statements()), ""
    return json.dumps(record, ensure_ascii=False, allow_nan=False), ""


def progress(files: list[str], results: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """The results, with a progress bar when there are many and somebody is watching standard error alone."""
    watched = sys.stderr.isatty() and not sys.stdout.isatty()
    return tqdm(results, total=len(files), unit="file", disable=not watched or len(files) < MANY_FILES)


def printable(name: str) -> str:
    """A file's name as text that can be written as UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


@cache
def item_statements() -> dict[str, str]:
    """The words of every item of the default instrument, as put to staff where staff are asked."""
    record = tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8"))
    return {
        item["code"]: item["texts"]["en"]["staff"] or item["texts"]["en"]["participant"]
        for item in record["items"]
    }
