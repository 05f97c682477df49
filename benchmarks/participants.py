"""500 participants answer one wave at once: ``make bench-participants``.

Starts a PostgreSQL and a site of its own (gunicorn, two workers, on this machine alone), opens one group link
for 500, and has them all go through it: welcome, begin, some questions, check, send, thanks. Then closes the
wave, and holds every answer in the database against what was sent. Prints how long each kind of page took,
and that as a ratio to a page of words of the same run, as seconds say more about the machine than the code.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.

from __future__ import annotations

import argparse
import os
import random
import re
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from tests.postgres import installations, server

PROJECT = Path(__file__).resolve().parents[1]
PLAIN = "/accessibility/"
"""The page of words, which asks the database nothing."""

QUESTIONS = 3
"""How many questions each participant answers; the others are left out."""


# What a participant does


@dataclass
class Clock:
    """How long each kind of page took in seconds, and every status that was not expected."""

    until: float
    """When, by ``time.perf_counter``, nobody asks for another page."""
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, int] = field(default_factory=dict)
    wrong: Counter = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def note(self, kind: str, seconds: float, size: int, status: int, expected: int) -> None:
        with self.lock:
            self.seconds[kind].append(seconds)
            self.sizes[kind] = size
            if status != expected:
                self.wrong[kind, status] += 1


class Browser:
    """One participant's browser: a connection that stays open, cookies, and forms that are sent back."""

    def __init__(self, port: int, clock: Clock) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.clock = clock
        self.cookies: dict[str, str] = {}
        self.token = ""

    def get(self, kind: str, path: str) -> None:
        body = self._ask(kind, "GET", path, None, 200)
        if found := re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', body):
            self.token = found[1].decode()

    def post(self, kind: str, path: str, **data: str) -> None:
        self._ask(kind, "POST", path, urlencode({"csrfmiddlewaretoken": self.token} | data), 302)

    def _ask(self, kind: str, method: str, path: str, data: str | None, expected: int) -> bytes:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        if begun > self.clock.until:
            raise TimeoutError
        self.connection.request(method, path, body=data, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        self.clock.note(kind, time.perf_counter() - begun, len(body), response.status, expected)
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return body


def take_part(port: int, clock: Clock, address: str, number: int) -> dict[int, int]:
    """One participant, from the link to the thanks. Returns the answers given, by number of question."""
    chance, browser = random.Random(number), Browser(port, clock)
    answers = {question: chance.randrange(5) for question in range(1, QUESTIONS + 1)}
    browser.get("plain page", PLAIN)
    browser.get("welcome", address)
    browser.post("begin", address, form="short", wording="plain", mode="online")
    for question, rating in answers.items():
        page = f"{address}{question}/"
        browser.get("question", page)
        browser.post("answer", page, **{ORDER[question - 1]: str(rating)})
    browser.get("check", f"{address}check/")
    browser.post("send", f"{address}check/")
    browser.get("thanks", f"{address}thanks/")
    browser.connection.close()
    return answers


ORDER: list[str] = []
"""The codes of the questions of the short form, in their order; filled in before anybody answers."""


# The site


@contextmanager
def database() -> Iterator[str]:
    """The address of a PostgreSQL of its own, which does not wait for the disk, as a real one does."""
    for programs in installations():
        with server(programs) as address:
            yield address
            return
    raise SystemExit("No PostgreSQL was found. Run `make install`, or install PostgreSQL.")


@contextmanager
def site(workers: int) -> Iterator[int]:
    """Serves the site on a free port of this machine, and yields the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"BIND": "", "PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    with tempfile.TemporaryFile("w+") as log:
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"], cwd=PROJECT, env=environment, stderr=log
        )
        try:
            await_answer(port, gunicorn)
            yield port
        finally:
            gunicorn.terminate()
            gunicorn.wait(timeout=30)
            log.seek(0)
            print("".join(line for line in log if " ERROR " in line or "Error" in line)[-4000:], end="")


def await_answer(port: int, process: subprocess.Popen) -> None:
    """Waits until the site answers. Leaves the program when it does not in a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site did not start. Run `make static`, and see above.")


# The measurement


def measure(people: int, at_once: int, workers: int, at_most: int) -> int:
    """Run all of it on the database that the settings name, in so many seconds. Returns 0, or 1 when
    something was lost or broke."""
    import django  # noqa: PLC0415 - the settings are known only now.

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("load_instrument", verbosity=0)
    wave, link = open_wave(people)
    with site(workers) as port:
        begun = time.perf_counter()
        clock = Clock(until=begun + at_most)
        with ThreadPoolExecutor(at_once) as pool:
            tasks = [pool.submit(take_part, port, clock, link, number) for number in range(people)]
            given, failures = [], Counter()
            for task in tasks:
                try:
                    given.append(task.result())
                except Exception as error:
                    failures[type(error).__name__] += 1
        seconds = time.perf_counter() - begun
    stored = close(wave)
    lost = Counter(as_codes(answers) for answers in given) - stored
    report(clock, seconds, people, at_once, workers)
    print(
        f"\nParticipants who came to the end: {len(given)} of {people}. Failures: {dict(failures) or 'none'}."
    )
    print(f"Responses in the database after the close: {stored.total()}. Lost: {lost.total()}.")
    print(f"Unexpected answers of the site: {dict(clock.wrong) or 'none'}.")
    whole = len(given) == stored.total() == people and not lost and not clock.wrong
    return 0 if whole else 1


def as_codes(answers: dict[int, int]) -> tuple[tuple[str, int], ...]:
    """Answers by number of question as they are stored: by code, in a fixed order."""
    return tuple(sorted((ORDER[question - 1], rating) for question, rating in answers.items()))


def open_wave(people: int):
    """An open wave with one group link for ``people``. Returns the wave, and the path of the link."""
    from datetime import timedelta  # noqa: PLC0415

    from django.utils import timezone  # noqa: PLC0415

    from assessments.models import (  # noqa: PLC0415
        Activity,
        Facts,
        Invitation,
        Organisation,
        Service,
        User,
    )
    from assessments.workflow import answering  # noqa: PLC0415
    from assessments.workflow.assessment import begin  # noqa: PLC0415

    manager = User.objects.create_user("manager")
    service = Service.objects.create(
        name="Service", slug="service", organisation=Organisation.objects.create(name="Organisation")
    )
    activity = Activity.objects.create(service=service, title="Activity", facts=Facts.objects.create())
    wave = begin(activity, by=manager, at=timezone.now())
    link = Invitation.objects.create(
        assessment=wave, kind="group", limit=people, ends_on=timezone.localdate() + timedelta(days=7)
    )
    ORDER[:] = [item.code for item in answering.items_for(wave, answering.Choices(form="short"))]
    return wave, link.get_absolute_url()


def close(wave) -> Counter:
    """Close the wave. Returns how often each set of answers stands in the database."""
    from django.utils import timezone  # noqa: PLC0415

    from assessments.models import Response  # noqa: PLC0415
    from assessments.workflow import assessment  # noqa: PLC0415

    begun = time.perf_counter()
    assessment.close(wave, by=wave.opened_by, at=timezone.now())
    print(f"Closing the wave took {time.perf_counter() - begun:.1f} s.")
    responses = Response.objects.filter(assessment=wave).prefetch_related("answers__item")
    return Counter(
        tuple(sorted((answer.item.code, answer.rating) for answer in response.answers.all()))
        for response in responses
    )


def report(clock: Clock, seconds: float, people: int, at_once: int, workers: int) -> None:
    pages = sum(len(times) for times in clock.seconds.values())
    print(
        f"\n{people} participants, {at_once} at once, {workers} workers: {pages} pages in {seconds:.0f} s, "
        f"{pages / seconds:.0f} a second."
    )
    plain = quantiles(clock.seconds["plain page"])
    print(f"\n{'page':<12}{'kB':>5}{'asked':>7}{'p50 ms':>9}{'p95 ms':>9}{'p50 ratio':>11}{'p95 ratio':>11}")
    for kind, times in clock.seconds.items():
        half, most = quantiles(times)
        print(
            f"{kind:<12}{clock.sizes[kind] / 1000:>5.0f}{len(times):>7}{1000 * half:>9.0f}{1000 * most:>9.0f}"
            f"{half / plain[0]:>11.1f}{most / plain[1]:>11.1f}"
        )


def quantiles(times: list[float]) -> tuple[float, float]:
    """The median and the 95th percentile."""
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    return cuts[9], cuts[18]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, default=500, help="how many participants (500)")
    parser.add_argument("--at-once", type=int, default=50, help="how many at the same time (50)")
    parser.add_argument("--workers", type=int, default=2, help="how many processes serve the site (2)")
    parser.add_argument("--seconds", type=int, default=120, help="how long they may take together (120)")
    options = parser.parse_args()
    with database() as address:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "coproduce.settings",
            "DATABASE_URL": address,
            "SECRET_KEY": secrets.token_hex(32),
            "DEMO": "yes",  # Plain HTTP on this machine.
            "DEBUG": "no",
        }
        return measure(options.people, options.at_once, options.workers, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
