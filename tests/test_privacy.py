"""An attacker who reads every table cannot tell whose answers are whose better than by guessing.

Waves of ten are answered through the real workflow, by single links, in random orders over several days. Then
every table is read, with the columns that the database itself keeps (``ctid``, ``xmin``, ``xmax``, ``cmin``
or ``rowid``), and every column on the side of the responses is held against every column on the side of the
links: by rank, by rank turned round, and by equal values. The side of the links includes what no table holds:
the order in which people were seen to answer. ``pytest -s`` prints the best attack.
"""

from __future__ import annotations

import base64
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Box, Draft, Invitation, Response
from assessments.rules import values
from assessments.workflow import answering
from assessments.workflow import assessment as workflow

from .factories import (
    NOON,
    make_activity,
    make_participant,
    make_participation,
    make_service,
    make_user,
    ratings,
)

PEOPLE = 10
WAVES = 20
FALSE_ALARMS = 1e-6
"""How often a run of these tests may fail although nobody is found."""

TODAY = timezone.localdate()
SEEN = "seen at the door"
Column = list
"""One value for each person, or for each response."""


# A wave of ten


@dataclass
class Wave:
    """A wave, its links, whose answers are whose (by the key of the link), and the order of sending."""

    assessment: Assessment
    links: list[Invitation]
    marks: dict[int, int]
    order: list[int]


def answers_of(mark: int) -> dict[str, int]:
    """Answers that only the person with this mark (0 to 9) gives."""
    return {"A1": mark % 5, "A2": mark // 5, "V1": 3, "V3": 1, "L1": 3, "L2": 2, "R1": 4, "R2": 3, "P1": 2}


def read_mark(answers: dict[str, int]) -> int:
    return answers["A1"] + 5 * answers["A2"]


@pytest.fixture
def activity(instrument):
    activity = make_activity(make_service(managers=[make_user("alice")]))
    for number in range(PEOPLE):
        make_participation(make_participant(activity.service, f"P-{number:03}"), activity)
    return activity


def make_wave(activity, chance: random.Random) -> Wave:
    """An open wave in which ten people have a link each, made in a random order."""
    assessment = workflow.begin(activity, by=activity.service.managers.get(), at=NOON)
    people = [part.participant for part in activity.participations.select_related("participant")]
    links = [
        Invitation.objects.create(
            assessment=assessment, kind="single", participant=person, ends_on=TODAY + timedelta(days=20)
        )
        for person in chance.sample(people, PEOPLE)
    ]
    keys = [link.pk for link in links]
    marks = dict(zip(keys, chance.sample(range(PEOPLE), PEOPLE), strict=True))
    return Wave(assessment, links, marks, chance.sample(keys, PEOPLE))


def begin_all(wave: Wave, chance: random.Random, form: str = "short") -> dict[int, bytes]:
    """Everybody begins, one after the other; the pass of each, by link. A transaction each, as on a site."""
    passes = {}
    for link in chance.sample(wave.links, PEOPLE):
        with transaction.atomic():
            code = answering.begin(link, answering.Choices(form=form), on=TODAY)
        passes[link.pk] = answering.make_pass(link.token, code)
    return passes


def sendings(wave: Wave, chance: random.Random) -> Iterator[tuple[Invitation, timezone.datetime]]:
    """Who sends, on which of six days, in the order of sending."""
    links = {link.pk: link for link in wave.links}
    days = sorted(chance.choices(range(6), k=PEOPLE))
    for key, day in zip(wave.order, days, strict=True):
        yield links[key], TODAY + timedelta(days=day)


def answer_all(wave: Wave, chance: random.Random) -> None:
    """Everybody begins, saves and sends, each in another random order."""
    passes = begin_all(wave, chance)
    for link in chance.sample(wave.links, PEOPLE):
        answering.save(link, passes[link.pk], {"A1": wave.marks[link.pk] % 5}, on=TODAY)
    for link, day in sendings(wave, chance):
        answering.save(link, passes[link.pk], answers_of(wave.marks[link.pk]), on=day)
        assert answering.send(link, passes[link.pk], research_consent=True, on=day)


def answer_naively(wave: Wave, chance: random.Random) -> None:
    """What the workflow must never do: write each response when it is sent."""
    for link, day in sendings(wave, chance):
        given = values.Response(
            side=values.Side.PARTICIPANT, form=values.Form.SHORT, answers=answers_of(wave.marks[link.pk])
        )
        with transaction.atomic():
            workflow.record(wave.assessment, [(given, {"submitted_on": day})])
            link.completed, link.completed_on = 1, day
            link.save(update_fields=["completed", "completed_on"])


def close(wave: Wave) -> None:
    workflow.close(wave.assessment, by=wave.assessment.opened_by, at=timezone.now() + timedelta(days=7))


# What an attacker reads

SYSTEM_COLUMNS = {
    "postgresql": "ctid::text AS ctid, xmin::text::bigint AS xmin, xmax::text::bigint AS xmax, "
    "cmin::text::bigint AS cmin",
    "sqlite": "rowid AS hidden_rowid",
}


def read_everything() -> dict[str, list[dict]]:
    """Every row of every table, with the columns that the database keeps for itself."""
    tables = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT {SYSTEM_COLUMNS[connection.vendor]}, t.* FROM "{table}" t')
            names = [column[0] for column in cursor.description]
            tables[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return tables


def in_rows(tables: dict[str, list[dict]], wave: Wave) -> tuple[list[int], dict[str, Column]]:
    """After the close: the marks of the participants' responses, and all columns about them."""
    responses = [
        row
        for row in tables["assessments_response"]
        if row["assessment_id"] == wave.assessment.pk and row["side"] == "participant"
    ]
    codes = {row["id"]: row["code"] for row in tables["assessments_item"]}
    answers: dict[object, list[dict]] = {row["id"]: [] for row in responses}
    for row in tables["assessments_answer"]:
        if row["response_id"] in answers:
            answers[row["response_id"]].append(row)
    marks = [
        read_mark({codes[row["item_id"]]: row["rating"] for row in answers[response["id"]]})
        for response in responses
    ]
    columns = columns_of("response", responses)
    for place, which in enumerate((min, max)):
        rows = [which(answers[response["id"]], key=lambda row: orderly(first(row))) for response in responses]
        columns |= columns_of(f"answer {place}", rows)
    return marks, columns


def in_the_box(tables: dict[str, list[dict]], wave: Wave) -> tuple[list[int], dict[str, Column]]:
    """Before the close: the marks of the responses in the box, and all that the box says about them."""
    (box,) = [row for row in tables["assessments_box"] if row["assessment_id"] == wave.assessment.pk]
    kept = box["responses"]
    entries = (json.loads(kept) if isinstance(kept, str) else kept).items()
    rows = [
        {
            "place": place,
            "key": key,
            "size": len(json.dumps(entry)),
            **entry,
            "answers": "".join(entry["answers"]),
        }
        for place, (key, entry) in enumerate(entries)
    ]
    return [read_mark(entry["answers"]) for _, entry in entries], columns_of("box", rows)


def of_links(tables: dict[str, list[dict]], wave: Wave) -> tuple[list[int], dict[str, Column]]:
    """The keys of the wave's links, and all columns about them, their participants and the record of both."""
    links = [row for row in tables["assessments_invitation"] if row["assessment_id"] == wave.assessment.pk]
    columns = columns_of("link", links)
    people = {row["id"]: row for row in tables["assessments_participant"]}
    columns |= columns_of("participant", [people[link["participant_id"]] for link in links])
    parts = {row["participant_id"]: row for row in tables["assessments_participation"]}
    columns |= columns_of("participation", [parts[link["participant_id"]] for link in links])
    models = {row["id"]: row["model"] for row in tables["django_content_type"]}
    for model, key in (("invitation", "id"), ("participant", "participant_id")):
        lines = {
            row["object_id"]: row
            for row in tables["auditlog_logentry"]
            if models[row["content_type_id"]] == model
        }
        columns |= columns_of(f"record of {model}", [lines[link[key]] for link in links])
    keys = [link["id"] for link in links]
    columns[SEEN] = [wave.order.index(key) for key in keys]
    return keys, columns


def first(row: dict) -> object:
    return row.get("ctid", row.get("hidden_rowid"))


def columns_of(name: str, rows: list[dict]) -> dict[str, Column]:
    return {f"{name}.{column}": [row[column] for row in rows] for column in rows[0]}


def orderly(value: object) -> tuple:
    """A key by which any values can be sorted: nothing first, then numbers, then places, then texts."""
    if value is None:
        return (0,)
    if isinstance(value, bool | int | float):
        return (1, value)
    text = str(value)
    if text.startswith("(") and text.endswith(")"):  # A ctid: block and place.
        return (2, *(int(part) for part in text[1:-1].split(",")))
    return (3, text)


# The attack


def ranked(column: Column, chance: random.Random) -> list[int]:
    """The places of a column's values in their order; equal ones in a random order."""
    places = chance.sample(range(len(column)), len(column))
    return sorted(places, key=lambda place: orderly(column[place]))


def by_value(left: Column, right: Column, chance: random.Random) -> list[int]:
    """For each value on the left the place of an equal one on the right, or of any when there is none."""
    places: dict[str, list[int]] = {}
    for place, value in enumerate(right):
        if value not in (None, ""):
            places.setdefault(str(value).replace("-", ""), []).append(place)
    anywhere = range(len(right))
    return [chance.choice(places.get(str(value).replace("-", ""), anywhere)) for value in left]


def attack(
    wave: Wave,
    responses: tuple[list[int], dict[str, Column]],
    links: tuple[list[int], dict[str, Column]],
    chance: random.Random,
) -> Counter:
    """How many of ten each way of matching finds, by way and by the two columns it uses."""
    marks, lefts = responses
    keys, rights = links
    assert sorted(marks) == sorted(wave.marks[key] for key in keys) == list(range(PEOPLE))
    order = {name: ranked(column, chance) for name, column in (lefts | rights).items()}

    def hits(pairs) -> int:
        return sum(marks[response] == wave.marks[keys[link]] for response, link in pairs)

    found: Counter = Counter()
    for left in lefts:
        for right in rights:
            found["rank", left, right] = hits(zip(order[left], order[right], strict=True))
            found["turned", left, right] = hits(zip(order[left], order[right][::-1], strict=True))
            equal = by_value(lefts[left], rights[right], chance)
            found["equal", left, right] = hits(enumerate(equal))
    return found


def bound(waves: int, attacks: int) -> int:
    """More hits than the best of so many attacks has by chance, but for one run in a million.

    Guessing finds one in a wave of ten on average. The number of people whom a random order puts in their
    own place is Poisson's, with mean and variance one, and so is its sum over waves.
    """
    hits, tail, term = 0, 1.0, math.exp(-waves)
    while tail * attacks > FALSE_ALARMS:
        tail -= term
        hits += 1
        term *= waves / hits
    return hits


def report(title: str, found: Counter, waves: int) -> int:
    """Print the best attack and its rate, and return its hits."""
    (best, hits), people = found.most_common(1)[0], waves * PEOPLE
    print(  # noqa: T201 - the rate is to be read.
        f"\n{connection.vendor}, {title}: the best of {len(found)} attacks, {' / '.join(best)}, finds {hits} "
        f"of {people} ({hits / people:.0%}). Guessing finds 10%, "
        f"and the bound is {bound(waves, len(found)) / people:.0%}."
    )
    return hits


def test_every_table_together_tells_nobody_s_answers(activity):
    """Neither just before a wave closes nor after."""
    chance = random.Random(2026)
    open_waves, closed_waves = Counter(), Counter()
    for _ in range(WAVES):
        wave = make_wave(activity, chance)
        answer_all(wave, chance)
        tables = read_everything()
        open_waves.update(attack_of(wave, in_the_box(tables, wave), tables, chance))
        close(wave)
        tables = read_everything()
        closed_waves.update(attack_of(wave, in_rows(tables, wave), tables, chance))

    assert report("open waves", open_waves, WAVES) < bound(WAVES, len(open_waves))
    assert report("closed waves", closed_waves, WAVES) < bound(WAVES, len(closed_waves))


def attack_of(wave: Wave, responses, tables, chance: random.Random) -> Counter:
    return attack(wave, responses, of_links(tables, wave), chance)


def test_the_same_attack_finds_everybody_when_responses_are_written_as_they_come(activity):
    """The control: were the workflow naive, the attack above would find everybody, or most."""
    chance, waves = random.Random(2026), 8
    found: Counter = Counter()
    for _ in range(waves):
        wave = make_wave(activity, chance)
        answer_naively(wave, chance)
        close(wave)
        tables = read_everything()
        found.update(attack_of(wave, in_rows(tables, wave), tables, chance))
    tables_alone = Counter({way: hits for way, hits in found.items() if SEEN not in way})

    assert report("written naively", found, waves) == waves * PEOPLE
    assert report("written naively, tables alone", tables_alone, waves) > bound(waves, len(found))


# What lies about


def test_a_draft_tells_neither_answers_nor_progress_nor_time(activity):
    """Sealed drafts have one length, and no time: Fernet writes it in clear unless it is told another."""
    chance = random.Random(1)
    wave = make_wave(activity, chance)
    passes = begin_all(wave, chance, form="full")
    for link, rating in zip(wave.links[:5], [0, 1, 4, "dk", "na"], strict=True):
        answering.save(link, passes[link.pk], ratings("participant", rating), on=TODAY)

    drafts = [bytes(draft.sealed) for draft in Draft.objects.all()]
    assert len(drafts) == PEOPLE
    assert len({len(sealed) for sealed in drafts}) == 1
    assert {base64.urlsafe_b64decode(sealed)[1:9] for sealed in drafts} == {bytes(8)}
    assert not any(
        b'"answers"' in base64.urlsafe_b64decode(sealed) for sealed in drafts
    )  # Too long for chance.


def test_nothing_in_the_database_opens_a_draft(activity):
    chance = random.Random(1)
    wave = make_wave(activity, chance)
    passes = begin_all(wave, chance)
    ticket = passes[wave.links[0].pk]
    assert answering.open_draft(ticket) is not None

    texts = {str(value) for rows in read_everything().values() for row in rows for value in row.values()}
    tried = [*texts, *(link.token for link in wave.links)]
    opened = [text for text in tried if answering.open_draft(text.encode()) is not None]

    assert len(tried) > 100
    assert opened == []


def test_a_closed_wave_leaves_no_box_and_no_draft(activity):
    wave = make_wave(activity, random.Random(1))
    answer_all(wave, random.Random(1))
    close(wave)

    assert not Box.objects.exists()
    assert not Draft.objects.exists()
    assert set(Response.objects.values_list("submitted_on", flat=True)) == {TODAY + timedelta(days=7)}


def test_answering_leaves_no_session_and_no_line_in_the_record(client, activity):
    """From the first page to the last, in a browser, nothing with a time is written down."""
    wave = make_wave(activity, random.Random(1))
    link, before = wave.links[0], LogEntry.objects.count()
    steps = [
        ("answer-welcome", [], {"form": "short", "wording": "plain", "mode": "online"}),
        ("answer-question", [1], {"A1": "4"}),
        ("answer-check", [], {}),
    ]

    for name, place, data in steps:
        assert client.post(reverse(name, args=[link.token, *place]), data).status_code == 302
    assert client.get(reverse("answer-thanks", args=[link.token])).status_code == 200

    assert len(Box.objects.get().responses) == 1
    assert Session.objects.count() == 0
    assert LogEntry.objects.count() == before
    assert "sessionid" not in client.cookies


def test_fernet_takes_the_time_it_is_told():
    """The drafts' seal rests on this."""
    sealed = Fernet(Fernet.generate_key()).encrypt_at_time(b"text", 0)

    assert base64.urlsafe_b64decode(sealed)[1:9] == bytes(8)
