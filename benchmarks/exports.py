"""How fast data leave, and how pages grow: ``make bench-exports``, or ``python -m benchmarks.exports``.

Fills a database of its own with 1,000, 10,000 and 100,000 responses, on PostgreSQL and on SQLite. At each
size it times the exports against the database's own way to write the same joined rows as CSV (``COPY``, or
the ``sqlite3`` shell), and pages against a bare Django page of the same length. Seconds say more about the
machine than about the code, so what counts are ratios to the floor of the same run, and growth.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.
# ruff: noqa: PLC0415 - models can be imported only once the settings have been read.

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from benchmarks import impact
from tests.postgres import installations, server

SIZES = (1_000, 10_000, 100_000)
"""How many responses."""
STAFF, PARTICIPANTS = 2, 18
"""How many answer each wave. Every other participant fills in the short form: 25 items a response."""
ROUNDS = 5
"""How often each thing is timed; the median counts."""
ORIGINALS, BATCH = 50, 100
BOUNDS = {
    ("postgresql", "ratings_long"): 2,
    ("postgresql", "assessments_wide"): 3,
    ("sqlite", "ratings_long"): 3,
    ("sqlite", "assessments_wide"): 3,
}
"""How many times the floor an export may take at the largest size."""
MEGABYTES, FIRST_ROWS, GROWTH = 120, {"postgresql": 1.0, "sqlite": 10.0}, 1.3
"""SQLite sorts whole rows before it gives the first; the header leaves at once on both."""

LONG = """
SELECT w.id, w.activity_id, r.id, r.side, r.form, r.mode, r.wording, r.language, r.submitted_on,
    r.research_consent, v.version, i.code, d.code, a.rating, a.missing, a.evidence <> ''
FROM assessments_answer a
JOIN assessments_response r ON r.id = a.response_id
JOIN assessments_assessment w ON w.id = r.assessment_id
JOIN assessments_instrumentversion v ON v.id = w.instrument_version_id
JOIN assessments_item i ON i.id = a.item_id
JOIN assessments_dimension d ON d.id = i.dimension_id
WHERE r.submitted_on IS NOT NULL
"""
WIDE = """
SELECT w.id, w.activity_id, w.wave, w.opened_at, w.closed_at, v.version, s.ruleset, s.rules_version, s.counts,
    s.kind, s.participants_withheld, {cells}
FROM assessments_result s
JOIN assessments_assessment w ON w.id = s.assessment_id AND w.ruleset = s.ruleset
JOIN assessments_facts f ON f.id = w.facts_id
JOIN assessments_instrumentversion v ON v.id = w.instrument_version_id
"""
NAMES = ("ratings_long", "assessments_wide")


# The rows


def fill(responses: int) -> None:
    """Closed waves of a service that shares them, as many as ``responses`` need; more than before."""
    from django.contrib.auth.models import Group
    from django.core.management import call_command

    from assessments.models import Assessment, Membership, Project, Response, Service, User

    call_command("migrate", verbosity=0)
    call_command("load_instrument", verbosity=0)
    impact.STAFF, impact.PARTICIPANTS = STAFF, PARTICIPANTS
    wanted = responses // (STAFF + PARTICIPANTS)
    if not Assessment.objects.exists():
        list(
            tqdm(impact.make_originals(ORIGINALS), total=ORIGINALS, unit="wave", desc="closing", disable=None)
        )
        service = Service.objects.get()
        service.shared_for_research = True
        service.save()
        manager = User.objects.create_user("manager")
        Membership.objects.create(user=manager, organisation=service.organisation, role="manager")
        service.managers.add(manager)
        researcher = User.objects.create_user("researcher")
        researcher.groups.add(Group.objects.get(name="researchers"))
        Project.objects.create(researcher=researcher, name="Study", purpose="To measure.")
        Response.objects.update(research_consent=True)
    have = Assessment.objects.count()
    originals = list(Assessment.objects.select_related("activity__facts", "facts").order_by("pk")[:ORIGINALS])
    with tqdm(initial=have, total=wanted, unit="wave", desc="copying", disable=None) as progress:
        for first in range(have, wanted, BATCH):
            numbers = range(first, min(first + BATCH, wanted))
            impact.copy_waves([originals[number % len(originals)] for number in numbers])
            progress.update(len(numbers))
    spread()
    refresh()


def spread() -> None:
    """Ten activities to a service, as there are more services on a large site and not longer lists."""
    from assessments.models import Activity, Service

    first = Service.objects.order_by("pk").first()
    crowded = list(Activity.objects.filter(service=first).order_by("pk").values_list("pk", flat=True))[10:]
    for place in range(0, len(crowded), 10):
        slug = f"service-{crowded[place]}"
        service = Service.objects.create(
            name=slug, slug=slug, organisation=first.organisation, shared_for_research=True
        )
        Activity.objects.filter(pk__in=crowded[place : place + 10]).update(service=service)


def refresh() -> None:
    """Let the database count its rows, as it does by itself on a site that has run for a while."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


# The exports


def selection():
    """Everything, for the one project."""
    from django.http import QueryDict

    from assessments.exports import Selection
    from assessments.forms.research import FilterForm
    from assessments.models import Project

    project = Project.objects.get()
    form = FilterForm(QueryDict(""))
    assert form.is_valid()
    return Selection(form.selection(project.researcher), project)


def export(name: str) -> None:
    """Write one file as the site does, and print what it took as JSON. In a process of its own."""
    from django.db import connection

    from assessments.exports import EXPORTS
    from assessments.exports.stream import stream

    chosen = selection()
    connection.ensure_connection()
    began = time.perf_counter()
    announced = EXPORTS[name].count(chosen)
    chunks = stream(EXPORTS[name], chosen, announced)
    first, size = 0.0, 0
    with open(os.devnull, "wb") as nowhere:
        for number, chunk in enumerate(chunks):
            size += nowhere.write(chunk.encode())
            if number == 1:
                first = time.perf_counter() - began
    taken = time.perf_counter() - began
    # Not ru_maxrss, which remembers the parent's memory across fork and exec.
    peak = int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    print(
        json.dumps(
            {"seconds": taken, "first": first or taken, "rows": announced, "bytes": size, "peak": peak}
        )
    )


def wide_query() -> str:
    """The cells of the wide file, taken out of the stored results by the database."""
    from django.db import connection

    from assessments.exports import ASSESSMENTS_WIDE
    from assessments.exports.assessments_wide import FLAGS
    from assessments.models import FACT_COLUMNS, LEVEL_COLUMNS

    paths = [column.value.path for column in ASSESSMENTS_WIDE.columns if hasattr(column.value, "path")]
    lists = [("open_gates",), ("contradictions",)]
    if connection.vendor == "postgresql":
        cells = ["s.profile #>> '{{{}}}'".format(",".join(path)) for path in [*paths, *lists]]
        cells += [f"s.profile->'flags' @> '[{{\"code\": \"{code}\"}}]'" for code in FLAGS]
    else:
        cells = ["json_extract(s.profile, '$.{}')".format(".".join(path)) for path in [*paths, *lists]]
        cells += [f"instr(json_extract(s.profile, '$.flags'), '\"{code}\"') > 0" for code in FLAGS]
    cells += [f"f.{name}" for name in (*FACT_COLUMNS, *LEVEL_COLUMNS)]
    return WIDE.replace("{cells}", ", ".join(cells))


def floor(name: str) -> float:
    """How many seconds the database's own way takes to write the same joined rows as CSV."""
    from django.db import connection

    query = LONG if name == "ratings_long" else wide_query()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor, open(os.devnull, "w") as nowhere:
            began = time.perf_counter()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", nowhere)
            return time.perf_counter() - began
    shell = shutil.which("sqlite3")
    if shell is None:
        sys.exit("The floor on SQLite is its own shell, sqlite3, which is not installed here.")
    command = [shell, "-csv", "-header", connection.settings_dict["NAME"], query]
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def measure_exports() -> dict[str, float]:
    """Time floor and export in turn. Returns what is to be held against the bounds, by name."""
    from django.db import connection

    found = {}
    for name in NAMES:
        floors, ours = [], []
        for _round in range(ROUNDS):
            floors.append(floor(name))
            ours.append(json.loads(step("export", name)))
        base = statistics.median(floors)
        middle = statistics.median(one["seconds"] for one in ours)
        last = ours[-1]
        print(
            f"{connection.vendor:>10} {name:<17} {last['rows']:>9} rows {last['bytes'] / 1e6:>6.1f} MB  "
            f"{middle:>6.2f} s, floor {base:>6.2f} s, ratio {middle / base:>5.2f}  "
            f"first rows after {statistics.median(one['first'] for one in ours):.2f} s  "
            f"peak {max(one['peak'] for one in ours):.0f} MB"
        )
        found[f"{name} ratio"] = middle / base
        found[f"{name} first"] = statistics.median(one["first"] for one in ours)
        found[f"{name} peak"] = max(one["peak"] for one in ours)
    return found


# The pages


def measure_pages() -> dict[str, float]:
    """The median seconds of each page, of saving a page and of closing a wave, and its bare floor."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from assessments.models import Activity, Assessment, Facts, Project, Service, User
    from assessments.workflow import invitations
    from assessments.workflow.assessment import begin

    manager, researcher = User.objects.get(username="manager"), User.objects.get(username="researcher")
    clients = {name: Client() for name in ("manager", "researcher", "nobody")}
    clients["manager"].force_login(manager)
    clients["researcher"].force_login(researcher)
    service = Service.objects.order_by("pk").first()
    closed = Assessment.objects.closed().filter(activity__service=service).latest("pk")
    activity = Activity.objects.create(
        service=service, title=f"Bench {secrets.token_hex(4)}", facts=Facts.objects.create()
    )
    wave = begin(activity, by=manager, at=timezone.now())
    link = invitations.invite_group(wave, limit=20, ends_on=timezone.localdate())
    pages = {
        "service list": ("manager", "/services/"),
        "task list": ("manager", wave.get_absolute_url()),
        "answers": ("manager", f"{wave.get_absolute_url()}additive/"),
        "result": ("manager", f"{closed.get_absolute_url()}result/"),
        "participant's page": ("nobody", link.get_absolute_url()),
        "research project": ("researcher", Project.objects.get().get_absolute_url()),
        "reliability": ("researcher", f"{Project.objects.get().get_absolute_url()}reliability/"),
    }
    settings.ROOT_URLCONF = "benchmarks.bare"
    found = {}
    for name, (who, address) in pages.items():
        response = clients[who].get(address, secure=True)
        if response.status_code != 200:
            print(f"{name}: {response.status_code}")
            continue
        size = len(response.content)
        rounds = 3 if name == "reliability" else 4 * ROUNDS
        found[name] = timed(lambda who=who, address=address: clients[who].get(address, secure=True), rounds)
        bare = timed(lambda who=who, size=size: clients[who].get(f"/bare/{size}/", secure=True), 4 * ROUNDS)
        print(
            f"{connection.vendor:>10} {name:<19} {1000 * found[name]:>7.1f} ms, "
            f"bare page of {size / 1000:.0f} kB {1000 * bare:.1f} ms, ratio {found[name] / bare:.1f}"
        )
    save = timed(lambda: save_page(clients["manager"], wave), ROUNDS)
    close = timed(lambda: close_large(activity, manager), 2)
    print(
        f"{connection.vendor:>10} saving a page of answers {1000 * save:.1f} ms; "
        f"closing a wave of 200 responses {close:.2f} s"
    )
    return found | {"saving a page": save}


def timed(work: Callable[[], object], rounds: int) -> float:
    """The median seconds of some rounds, after one that does not count."""
    work()
    seconds = []
    for _round in range(rounds):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def save_page(client, wave) -> None:
    """Send one dimension's answers, as a colleague does."""
    address = f"{wave.get_absolute_url()}additive/"
    page = client.get(address, secure=True).content.decode()
    rating = str(secrets.randbelow(5))
    inputs = re.findall(r"<input[^>]*>", page)
    named = {re.search(r'name="(\w+)"', field)[1]: field for field in inputs if "name=" in field}
    data = {name: rating for name, field in named.items() if 'type="radio"' in field}
    seen = re.search(r'value="(\w+)"', named["seen"])[1]
    response = client.post(address, data | {"seen": seen}, secure=True)
    assert response.status_code == 302, response.status_code


def close_large(activity, manager) -> None:
    """Begin a wave of 200 responses, and close it."""
    from django.utils import timezone

    from assessments.models import Activity, Facts
    from assessments.rules import Form, Response, Side, default_instrument
    from assessments.workflow.assessment import begin, close, record

    items = default_instrument().items
    fresh = Activity.objects.create(
        service=activity.service, title=secrets.token_hex(8), facts=Facts.objects.create()
    )
    wave = begin(fresh, by=manager, at=timezone.now())
    given = {item.code: 3 for item in items if item.asked_of(Side.PARTICIPANT, Form.FULL)}
    response = Response(side=Side.PARTICIPANT, form=Form.FULL, answers=given)
    record(wave, [(response, {"submitted_on": timezone.localdate(), "research_consent": True})] * 200)
    close(wave, by=manager, at=timezone.now())


# The program


def step(*arguments: str) -> str:
    """What a step of this program prints, run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.exports", "--step", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def run(sizes: list[int], *, pages: bool) -> bool:
    """Fill, measure and compare at each size, on the database of the environment."""
    import django

    django.setup()
    from django.db import connection

    exports, seen = {}, {}
    for size in sizes:
        print(f"\n{connection.vendor}, {size:,} responses", flush=True)
        fill(size)
        exports[size] = measure_exports()
        if pages:
            seen[size] = measure_pages()
    sound = True
    smallest, largest = sizes[0], sizes[-1]
    print(
        f"\n{connection.vendor}, growth of pages from {smallest:,} to {largest:,} responses, at most {GROWTH}"
    )
    for name in seen.get(largest, {}):
        growth = seen[largest][name] / seen[smallest][name]
        print(f"{name:<20} {growth:.2f}")
        sound &= growth <= GROWTH or name in {"reliability", "research project"}
    for name, value in exports[largest].items():
        file, kind = name.rsplit(" ", 1)
        bound = {
            "ratio": BOUNDS[connection.vendor, file],
            "first": FIRST_ROWS[connection.vendor],
            "peak": MEGABYTES,
        }[kind]
        sound &= value <= bound
        print(f"{name:<24} {value:>8.2f} (at most {bound}){'' if value <= bound else '  TOO MUCH'}")
    return sound


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of a database that goes with the end of the block."""
    if kind == "postgresql":
        with server(next(installations())) as address:
            yield address
    else:
        with tempfile.TemporaryDirectory(prefix="coproduce-") as folder:
            yield f"sqlite:///{Path(folder) / 'exports.sqlite3'}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options.add_argument("--databases", nargs="+", default=["postgresql", "sqlite"])
    options.add_argument("--no-pages", action="store_true")
    options.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.step:
        import django

        django.setup()
        if given.step[0] == "export":
            return export(given.step[1]) or 0
        return int(not run(given.sizes, pages=not given.no_pages))
    status = 0
    for kind in given.databases:
        with database(kind) as address:
            settings = {
                "DJANGO_SETTINGS_MODULE": "coproduce.settings",
                "SECRET_KEY": secrets.token_hex(32),
                "DATABASE_URL": address,
                "ALLOWED_HOSTS": "testserver",
            }
            command = [sys.executable, "-m", "benchmarks.exports", *sys.argv[1:], "--step", "run"]
            status |= subprocess.run(command, env=os.environ | settings).returncode
    return status


if __name__ == "__main__":
    sys.exit(main())
