"""What a draft would change in 10,000 waves: ``make bench-impact``, or ``python -m benchmarks.impact``.

Fills a database of its own (SQLite in a temporary folder; with ``--postgres`` a server of its own), judges
every wave under a draft with other weights and thresholds, and prints how long it took and how much memory.
The floor is what reading the same answers with a plain cursor takes in the same run: the ratio to it says
more about the code than seconds, which say more about the machine.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.
# ruff: noqa: PLC0415 - models can be imported only once the settings have been read.

from __future__ import annotations

import argparse
import os
import random
import resource
import secrets
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from tests.postgres import installations, server

WAVES = 10_000
ORIGINALS = 100
"""How many waves are answered and closed one by one; the others are copies of them."""
STAFF, PARTICIPANTS = 2, 6
"""How many answer each wave. Every other participant fills in the short form."""
BATCH = 500
"""How many waves are copied at once."""
SEED = 2014
SECONDS, MEGABYTES = 60, 300
"""What it may take at the most."""


# The waves


def fill(waves: int) -> None:
    """A published version, a draft, and as many closed waves."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_instrument", verbosity=0)
    make_draft()
    originals = list(
        tqdm(make_originals(min(waves, ORIGINALS)), total=min(waves, ORIGINALS), unit="wave", desc="closing")
    )
    progress = tqdm(initial=len(originals), total=waves, unit="wave", desc="copying")
    for first in range(len(originals), waves, BATCH):
        numbers = range(first, min(first + BATCH, waves))
        copy_waves([originals[number % len(originals)] for number in numbers])
        progress.update(len(numbers))
    progress.close()


def make_draft() -> None:
    """Version 2: other weights, other bands, one item less and one more."""
    from assessments.models import InstrumentVersion
    from assessments.workflow.instrument import copy_version

    draft = copy_version(InstrumentVersion.objects.get(), number="2")
    draft.items.filter(code__in=["A1", "R2", "P3"]).update(weight=2)
    draft.items.get(code="A5").delete()
    draft.items.create(
        dimension=draft.dimensions.get(code="additive"), code="A7", order=99, pole="+", source="-"
    )
    draft.band_coproduction_from = 65
    draft.save()


def make_originals(number: int) -> Iterator:
    """Waves that people answered at random, closed by the real workflow."""
    from assessments.models import Activity, Facts, Organisation, Service, User
    from assessments.rules import Form, Known, Missing, Response, Side, default_instrument
    from assessments.workflow.assessment import begin, close, record

    chance = random.Random(SEED)
    # One answer in ten is no rating.
    answers = [0, 1, 2, 3, 4] * 3 + [3, 3, 4, Missing.DK, Missing.NA]
    items = default_instrument().items
    now = datetime.now(UTC)
    people = [User.objects.create_user(f"staff-{place}") for place in range(STAFF)]
    service = Service.objects.create(
        name="Service", slug="service", organisation=Organisation.objects.create(name="Council")
    )

    def answered(side: Side, form: Form) -> Response:
        given = {item.code: chance.choice(answers) for item in items if item.asked_of(side, form)}
        return Response(side=side, form=form, answers=given)

    for place in range(number):
        facts = Facts.objects.create(
            phases_deliver=chance.choice(["shared", "consulted"]),
            phases_design=chance.choice(["shared", "none"]),
            agency="ongoing",
            public_resources="yes",
            basis=chance.choice(["chosen", "chosen_with_duties"]),
            intentional="yes",
            staff_time=chance.choice(["kept", "reduced", "unknown"]),
            levels_group=True,
            context_cuts=chance.choice(list(Known)).value,
        )
        activity = Activity.objects.create(service=service, title=f"Activity {place}", facts=facts)
        wave = begin(activity, by=people[0], at=now)
        sent = {"submitted_on": now.date()}
        staff = [(answered(Side.STAFF, Form.FULL), {"respondent": person, **sent}) for person in people]
        forms = [list(Form)[number % 2] for number in range(PARTICIPANTS)]
        theirs = [(answered(Side.PARTICIPANT, form), sent) for form in forms]
        record(wave, [*staff, *theirs])
        yield close(wave, by=people[0], at=now)


def copy_waves(originals: list) -> None:
    """Each of ``originals`` once more, with an activity of its own and all that hangs on it."""
    from django.db import connection, transaction

    from assessments.models import Activity, Answer, Assessment, Facts, PublicResult, Response, Result

    with transaction.atomic():
        current = again(Facts, [original.activity.facts for original in originals])
        titles = [secrets.token_hex(8) for _original in originals]
        activities = again(
            Activity, [original.activity for original in originals], facts=current, title=titles
        )
        frozen = again(Facts, [original.facts for original in originals])
        waves = again(Assessment, originals, activity=activities, facts=frozen)
        for model in (PublicResult, Result, Response):  # Responses last: their answers follow.
            hanging: dict[int, list] = {}
            for row in model.objects.filter(assessment__in=set(originals)):
                hanging.setdefault(row.assessment_id, []).append(row)
            pairs = [
                (row, wave)
                for original, wave in zip(originals, waves, strict=True)
                for row in hanging.get(original.pk, ())
            ]
            rows = [row for row, _wave in pairs]
            copies = again(model, rows, assessment=[wave for _row, wave in pairs])
        kind = "uuid" if connection.vendor == "postgresql" else "char(32)"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE copied (old {kind}, new {kind})")
            cursor.executemany(
                "INSERT INTO copied VALUES (%s, %s)",
                [(old.pk.hex, new.pk.hex) for old, new in zip(rows, copies, strict=True)],
            )
            table = Answer._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} (response_id, item_id, rating, missing, evidence) "
                "SELECT new, item_id, rating, missing, evidence "
                f"FROM copied JOIN {table} ON response_id = old"
            )
            cursor.execute("DROP TABLE copied")


def again(model, rows: list, **columns: list) -> list:
    """A copy of each row, with these columns instead, each a list of one value a row."""
    copies = []
    for place, row in enumerate(rows):
        new = copy(row)
        new.pk = uuid.uuid4() if model.__name__ == "Response" else None
        for name, values in columns.items():
            setattr(new, name, values[place])
        copies.append(new)
    return model.objects.bulk_create(copies, batch_size=200)


# The measure


def measure() -> bool:
    """Judge every wave, print what it took, and return whether that is within bounds."""
    from assessments.models import InstrumentVersion
    from assessments.workflow.impact import Totals, impact

    totals = Totals()
    draft = InstrumentVersion.objects.get(version="2")
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began, worked = time.perf_counter(), time.process_time()
    for _found in tqdm(totals.counting(impact(draft)), unit="wave", desc="judging"):
        pass
    seconds, busy = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    floor, rows = read_plainly()
    print(f"waves            {totals.waves}, of which {totals.changed} would change")
    print(f"answers          {rows}")
    print(f"seconds          {seconds:.1f} ({busy:.1f} of them this process's own; at most {SECONDS})")
    print(f"waves a second   {totals.waves / seconds:.0f}")
    print(f"peak memory      {peak:.0f} MB ({idle:.0f} before; at most {MEGABYTES})")
    print(f"plain reading    {floor:.1f} s of this process's own; ratio {busy / floor:.1f}")
    return seconds <= SECONDS and peak <= MEGABYTES


def read_plainly() -> tuple[float, int]:
    """How many seconds of this process's own it takes to read every answer, and how many there are."""
    from django.db import connection

    began, rows = time.process_time(), 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT assessment_id, response_id, side, form, item_id, rating, missing "
            "FROM assessments_response JOIN assessments_answer ON response_id = id"
        )
        while chunk := cursor.fetchmany(5000):
            rows += len(chunk)
    return time.process_time() - began, rows


# The program


@contextmanager
def database(*, postgres: bool) -> Iterator[str]:
    """The address of a database that goes with the end of the block."""
    if postgres:
        with server(next(installations())) as address:
            yield address
    else:
        with tempfile.TemporaryDirectory(prefix="coproduce-") as folder:
            yield f"sqlite:///{Path(folder) / 'impact.sqlite3'}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--waves", type=int, default=WAVES)
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--step", choices=["fill", "measure"], help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.step:
        import django

        django.setup()
        return fill(given.waves) or 0 if given.step == "fill" else int(not measure())
    with database(postgres=given.postgres) as address:
        settings = {
            "DJANGO_SETTINGS_MODULE": "coproduce.settings",
            "SECRET_KEY": secrets.token_hex(32),
            "DATABASE_URL": address,
        }
        # A process for each step, so that the memory measured is that of judging alone.
        for step in ("fill", "measure"):
            command = [sys.executable, "-m", "benchmarks.impact", "--step", step, "--waves", str(given.waves)]
            status = subprocess.run(command, env=os.environ | settings).returncode
            if status:
                break
    return status


if __name__ == "__main__":
    sys.exit(main())
