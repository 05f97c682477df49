"""Nobody can compute a withheld figure from those that are shown: not by one subtraction, nor by many.

Two kinds of proof. *By trying*: every formula of two figures of a record (``a − b``, ``2a − b``, and
``(n·a − m·b) ÷ k`` with the numbers of people) is held against every withheld figure, in several waves at
once, so that no formula is right by accident; the same search finds the figures of a record that hides them
badly. *By changing*: whatever the people behind a withheld figure answer, everything that anybody is shown
stays the same to the last sign. Then no formula whatever can give the figure away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product, zip_longest
from typing import NamedTuple

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from assessments.disclosure import disclose, may_be_listed
from assessments.exports import ASSESSMENTS_WIDE, RATINGS_LONG
from assessments.exports.ratings_long import open_sides
from assessments.models import Assessment, PublicResult, Result
from assessments.models import Response as Row
from assessments.rules import assess, default_instrument
from assessments.rules.sides import collect, score_responses
from assessments.rules.values import SCORED, Case, Facts, Missing, Response, Side
from assessments.workflow import assessment as workflow

from .exports.waves import make_project, read, selection, text_of
from .factories import NOON, make_activity, make_assessment, make_response, make_service, ratings

INSTRUMENT = default_instrument()
ITEMS = {item.code: item for item in INSTRUMENT.items}
CODES = [code for code, item in ITEMS.items() if item.asked_of(Side.PARTICIPANT)]
WAVES = 12
"""In so many waves must a formula be right. Answers have five values, so a few times may be an accident."""

People = list[dict[str, int | Missing]]


def of_dimension(name: str) -> list[str]:
    return [code for code in CODES if ITEMS[code].dimension == name]


def crowd_of(number: int, chance: random.Random) -> People:
    """Full responses, each answer at random."""
    return [{code: chance.randrange(5) for code in CODES} for _ in range(number)]


# The crowds of the waves, and what of each is withheld


class Crowd(NamedTuple):
    """Participants, and the items on which some of their answers are withheld: codes by person."""

    people: People
    withheld: list[set[str]]


def four(chance: random.Random) -> Crowd:
    """Four people: everything is withheld."""
    return Crowd(crowd_of(4, chance), [set(CODES)] * 4)


def item_by_four(number: int) -> Callable[[random.Random], Crowd]:
    """One item that four of so many rated."""

    def crowd(chance: random.Random) -> Crowd:
        answers = crowd_of(number, chance)
        for person in answers[4:]:
            person["R3"] = Missing.DK
        return Crowd(answers, [{"R3"}] * 4 + [set()] * (number - 4))

    return crowd


def dimension_by_four(number: int) -> Callable[[random.Random], Crowd]:
    """A dimension in which four of so many reach the coverage of a score, and every item has five raters:
    nothing of it is shown."""

    def crowd(chance: random.Random) -> Crowd:
        answers = crowd_of(number, chance)
        codes = of_dimension("additive")
        withheld = [set(codes)] * 4
        for place, person in enumerate(answers[4:]):
            rated = set(codes[place :: number - 4])
            person.update(dict.fromkeys(set(codes) - rated, Missing.DK))
            withheld.append(rated)
        return Crowd(answers, withheld)

    return crowd


def dimension_without_one(number: int) -> Callable[[random.Random], Crowd]:
    """A dimension that all but one rated whole; that one rated a single item."""

    def crowd(chance: random.Random) -> Crowd:
        answers = crowd_of(number, chance)
        codes = of_dimension("voluntary")
        answers[-1].update(dict.fromkeys(codes[1:], Missing.DK))
        return Crowd(answers, [set()] * (number - 1) + [{codes[0]}])

    return crowd


CROWDS = {
    "four": four,
    "item by 4 of 5": item_by_four(5),
    "item by 4 of 7": item_by_four(7),
    "item by 4 of 8": item_by_four(8),
    "dimension by 4 of 7": dimension_by_four(7),
    "dimension by 4 of 8": dimension_by_four(8),
    "one of 7 rated one item": dimension_without_one(7),
    "one of 8 rated one item": dimension_without_one(8),
}
PUBLIC = INSTRUMENT.thresholds.min_participants_public
RECORDS = [(name, None) for name in CROWDS] + [("item by 4 of 8", PUBLIC), ("dimension by 4 of 8", PUBLIC)]
"""The crowds, each with the floor of staff's record, and those of eight with that of the public's."""


def case_of(crowd: People, chance: random.Random) -> Case:
    staff = {code: chance.randrange(5) for code, item in ITEMS.items() if item.asked_of(Side.STAFF)}
    given = tuple(Response(side=Side.PARTICIPANT, answers=answers) for answers in crowd)
    return Case(facts=Facts(), responses=(Response(side=Side.STAFF, answers=staff), *given))


def record_of(case: Case, floor: int | None = None) -> dict:
    """What is stored, shown and exported of a case."""
    shown = disclose(case, INSTRUMENT, floor=floor).case
    return assess(shown, INSTRUMENT, **({"min_participants": floor} if floor else {})).as_dict()


# By trying


def figures(record: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a record that runs from 0 to 100, with its place: scores, strengths, gaps, spreads and
    ranges. (The mean of an item says the same as its score, less exactly.)"""
    if isinstance(record, Mapping):
        for key, value in record.items():
            yield from figures(value, f"{name}.{key}")
    elif isinstance(record, int | float) and name.endswith(SCALED):
        yield name, float(record)


SCALED = (".score", ".strength", ".gap", ".spread", ".low", ".high")


def secrets_of(crowd: Crowd) -> dict[str, float]:
    """The withheld figures of a crowd, from 0 to 100: an item's by those whose answers to it are withheld,
    among them the strengths of levels; and of each dimension that nobody sees, the score and its parts."""
    found: dict[str, float] = {}
    for code in {code for codes in crowd.withheld for code in codes}:
        given = [
            answers[code]
            for answers, codes in zip(crowd.people, crowd.withheld, strict=True)
            if code in codes and isinstance(answers[code], int)
        ]
        mean = 25 * sum(given) / len(given)
        found[f"item {code}"] = 100 - mean if ITEMS[code].pole == "-" else mean
    for name in SCORED:
        poled = [code for code in of_dimension(name) if ITEMS[code].pole]
        if poled and all(set(poled) <= codes for codes in crowd.withheld[:4]):
            items = [ITEMS[code] for code in poled]
            given = [Response(side=Side.PARTICIPANT, answers=answers) for answers in crowd.people]
            answers = collect(Side.PARTICIPANT, given, items)
            score = score_responses(answers, items, INSTRUMENT.thresholds.min_coverage)
            found[f"side {name}"] = float(score.mean)
    return found


FORMULAS: dict[str, tuple[Callable, float]] = {
    "a": (lambda a, b: a + 0 * b, 1),
    "a - b": (lambda a, b: a - b, 2),
    "a + b": (lambda a, b: a + b, 2),
    "2a - b": (lambda a, b: 2 * a - b, 3),
    "100 - a": (lambda a, b: 100 - a + 0 * b, 1),
    **{
        f"({n}a - {m}b) / {n - m}": (
            lambda a, b, n=n, m=m: (n * a - m * b) / (n - m),
            (n + m) / (n - m),
        )
        for n, m in [(5, 4), (7, 4), (8, 4), (7, 3), (8, 7), (8, 5), (7, 6), (8, 3)]
    },
}
"""Formulas of two figures, and how many times one figure's rounding their result may be wrong."""


def findings(shown: list[dict[str, float]], hidden: list[dict[str, float]]) -> set[tuple[str, str, str, str]]:
    """The formulas that give a hidden figure in every wave: figure, formula, and its two places."""
    names = sorted(set.intersection(*(set(found) for found in shown)))
    table = np.array([[found[name] for name in names] for found in shown])
    moving = np.ptp(table, axis=0) > 0  # What is the same in every wave tells nothing about any.
    names, table = [name for name, moves in zip(names, moving, strict=True) if moves], table[:, moving]
    found = set()
    for formula, (compute, wrong) in FORMULAS.items():
        results = compute(table[:, :, None], table[:, None, :])
        for figure in hidden[0]:
            truth = np.array([wave[figure] for wave in hidden])[:, None, None]
            right = (np.abs(results - truth) <= 0.051 * wrong).all(axis=0)
            found |= {(figure, formula, names[a], names[b]) for a, b in np.argwhere(right)[:3]}
    return found


@pytest.mark.parametrize(("crowd", "floor"), RECORDS)
def test_no_formula_of_two_figures_gives_a_withheld_one(crowd, floor):
    chance = random.Random(crowd)
    shown, hidden = [], []
    for _ in range(WAVES):
        found = CROWDS[crowd](chance)
        case = case_of(found.people, chance)
        shown.append(dict(figures(record_of(case, floor))))
        hidden.append(secrets_of(found))

    assert hidden[0]
    assert findings(shown, hidden) == set()


def test_the_same_search_finds_what_is_hidden_badly():
    """The control: a record of all, with the participants' own figures merely left out."""
    chance = random.Random(4)
    shown, hidden = [], []
    for _ in range(WAVES):
        found = four(chance)
        case = case_of(found.people, chance)
        whole = assess(case, INSTRUMENT, min_participants=1).as_dict()
        shown.append({name: value for name, value in figures(whole) if "participants" not in name})
        hidden.append(secrets_of(found))

    won = {(figure, formula) for figure, formula, _, _ in findings(shown, hidden)}

    assert {("side additive", "2a - b"), ("side relational", "2a - b"), ("side product", "2a - b")} <= won


def test_the_same_search_finds_one_person_left_out_of_a_mean():
    """The control: the mean of eight beside the mean of seven of them."""
    chance = random.Random(8)
    waves = [crowd_of(8, chance) for _ in range(WAVES)]

    def mean(crowd: People) -> float:
        return round(25 * sum(answers["A1"] for answers in crowd) / len(crowd), 1)

    shown = [{"eight": mean(crowd), "seven": mean(crowd[:7])} for crowd in waves]
    hidden = [{"one": 25.0 * crowd[7]["A1"]} for crowd in waves]

    assert ("one", "(8a - 7b) / 1", "eight", "seven") in findings(shown, hidden)


def test_the_sum_of_the_items_less_the_score_gives_nobody_away():
    """Many figures at once: seven rated a dimension whole, the eighth one item of it. The items' sums less
    seven times the score were that one rating, until such a rating was left out."""
    chance = random.Random(78)
    codes = of_dimension("voluntary")
    poled = [code for code in codes if ITEMS[code].pole]
    for _ in range(WAVES):
        crowd = dimension_without_one(8)(chance)
        record = record_of(case_of(crowd.people, chance))
        said = [record["items"][code]["participants"] for code in poled]
        score = record["dimensions"]["voluntary"]["participants"]
        left_over = sum(item["n"] * item["score"] for item in said) - score["n"] * len(poled) * score["score"]

        assert [item["n"] for item in said] == [7] * len(poled)
        assert abs(left_over) < 5


# By changing: in the record


@pytest.mark.parametrize(("crowd", "floor"), RECORDS)
def test_no_answer_behind_a_withheld_figure_moves_the_record(crowd, floor):
    chance = random.Random(crowd)
    found = CROWDS[crowd](chance)
    before = record_of(case_of(found.people, random.Random(1)), floor)

    for _ in range(3):
        for answers, codes in zip(found.people, found.withheld, strict=True):
            answers.update({code: chance.randrange(5) for code in codes})
        assert record_of(case_of(found.people, random.Random(1)), floor) == before


@pytest.mark.parametrize("number", [5, 7, 8])
def test_an_answer_behind_a_figure_that_is_shown_does_move_the_record(number):
    """The control: the records of different people do differ."""
    chance = random.Random(5)

    assert record_of(case_of(crowd_of(number, chance), random.Random(1))) != record_of(
        case_of(crowd_of(number, chance), random.Random(1))
    )


# By changing: on every page and in every file


def make_wave(activity, crowd: People, *, agreed: int = 0) -> Assessment:
    """The next wave of an activity: one colleague, and ``crowd``, of whom so many agreed to research."""
    manager = activity.service.managers.get()
    wave = make_assessment(activity, by=manager)
    make_response(wave, ratings("staff", 3), respondent=manager)
    for place, answers in enumerate(crowd):
        given = {code: getattr(answer, "value", answer) for code, answer in answers.items()}
        make_response(wave, given, research_consent=place < agreed)
    wave = workflow.close(wave, by=manager, at=NOON)
    if PublicResult.objects.filter(assessment=wave).exists():
        workflow.publish(wave, note="", on=NOON.date())
        wave.refresh_from_db()
    return wave


def everything_shown(users, wave: Assessment) -> dict[str, str]:
    """All that each person, and everybody, is shown of a wave; without keys, links and digests."""
    pages = {
        "alice": {"assessment-detail": wave.pk, "assessment-result": wave.pk, "assessment-publish": wave.pk}
        | {"activity-detail": wave.activity_id},
        "root": {"assessment-result": wave.pk, "admin:assessments_assessment_change": wave.pk},
        "rosa": {"project-detail": make_project(users["rosa"]).slug},
    }
    shown = {}
    for name, addresses in pages.items():
        client = Client()
        client.force_login(users[name])
        for page, key in addresses.items():
            response = client.get(reverse(page, args=[key] if key else []), follow=True)
            shown[f"{name}: {page}"] = response.content.decode()
    if wave.published_on:
        shown["public"] = Client().get(reverse("public-result", args=[wave.public_slug])).content.decode()
    shown |= {export.name: text_of(export, users["rosa"]) for export in (ASSESSMENTS_WIDE, RATINGS_LONG)}
    shown["record"] = str(list(Result.objects.filter(assessment=wave).order_by("ruleset").values("profile")))
    return {name: without_names(text) for name, text in shown.items()}


def without_names(text: str) -> str:
    """A text without what differs between any two waves: keys in addresses, codes, tokens and words."""
    text = re.sub(r"(?<=[/_-])\d+(?=[/_\"])", "#", text)
    text = re.sub(r"\b[0-9a-f]{16,}\b", "#", text)
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"(Service|Activity|service|activity)[ -]\d+", "#", text)


def first_difference(one: str, other: str) -> str:
    """The first line that two texts do not share, as both have it; empty when they are the same."""
    lines = zip_longest(one.splitlines(), other.splitlines())
    return next((f"{left} | {right}" for left, right in lines if left != right), "")


@pytest.fixture
def shown_of(people, instrument) -> Callable[..., dict[str, str]]:
    """Everything shown of a wave of these people, in a service of its own that is shared for research."""

    def show(crowd: People, **options) -> dict[str, str]:
        Result.objects.filter(assessment__activity__service__shared_for_research=True).delete()
        service = make_service(managers=[people["alice"]], shared_for_research=True)
        return everything_shown(people, make_wave(make_activity(service), crowd, **options))

    return show


@pytest.mark.parametrize("crowd", ["four", "item by 4 of 7", "item by 4 of 8", "dimension by 4 of 8"])
def test_no_answer_behind_a_withheld_figure_moves_a_page_or_a_file(shown_of, crowd):
    chance = random.Random(crowd)
    found = CROWDS[crowd](chance)
    before = shown_of(found.people)
    for answers, codes in zip(found.people, found.withheld, strict=True):
        answers.update({code: (answers[code] + 2) % 5 for code in codes})
    after = shown_of(found.people)

    moved = {name: first_difference(before[name], after[name]) for name in before}
    assert {name: difference for name, difference in moved.items() if difference} == {}
    assert ("public" in before) == (len(found.people) == 8)


def test_other_answers_do_move_the_pages_and_files(shown_of):
    """The control: what may be shown of five is seen by the same comparison."""
    before = shown_of(crowd_of(5, random.Random(1)))
    after = shown_of(crowd_of(5, random.Random(2)))

    moved = {name for name in before if before[name] != after[name]}
    assert {"alice: assessment-result", "assessments_wide", "record"} <= moved


def test_a_wave_of_four_reads_like_one_of_none_but_for_the_notice(shown_of):
    """That some answered, and too few, is said; nothing else tells the two waves apart."""
    none, some = shown_of([]), shown_of(crowd_of(4, random.Random(1)))

    assert none["record"] == some["record"]
    assert none["ratings_long"] == some["ratings_long"]
    (row_of_none,), (row_of_some,) = (read(shown["assessments_wide"]) for shown in (none, some))
    assert {name for name in row_of_none if row_of_none[name] != row_of_some[name]} == {
        "participants_withheld",
        "participant_responses",
    }
    assert (row_of_some["participants_withheld"], row_of_some["participant_responses"]) == ("yes", "")
    for page in ("alice: assessment-result", "root: assessment-result"):
        assert numbers(some[page]) - numbers(none[page]) <= NOTICE
        assert numbers(none[page]) - numbers(some[page]) == set()


NOTICE: set[str] = set()
"""The numbers that the notice itself says."""


def numbers(page: str) -> set[str]:
    """Every number that somebody reads on a page."""
    text = re.sub(r"<[^>]+>", " ", page)
    return set(re.findall(r"\d+(?:\.\d+)?", text))


# Two records of one wave: staff's and the public's


def people_of_the_public(crowd: People, dimension: str) -> tuple[int, int]:
    """How many participants have a score in ``dimension``: in staff's record, and in the public's."""
    asked = [code for code, item in ITEMS.items() if item.asked_of(Side.STAFF)]
    staff = Response(side=Side.STAFF, answers=dict.fromkeys(asked, 3))
    theirs = (Response(side=Side.PARTICIPANT, answers=answers) for answers in crowd)
    case = Case(facts=Facts(), responses=(staff, *theirs))
    shown, public = (
        next(found for found in workflow.results_of(case, INSTRUMENT) if found.model is model).columns
        for model in (Result, PublicResult)
    )
    found = (
        {**one["profile"]["dimensions"], "product": one["profile"]["product"]} for one in (shown, public)
    )
    return tuple((one[dimension]["participants"] or {"n": 0})["n"] for one in found)


POLED = [name for name in SCORED if any(ITEMS[code].pole for code in of_dimension(name))]
"""The dimensions in which people have a score. The strength of a level is the mean of its one item."""


@pytest.mark.parametrize("dimension", POLED)
def test_nobody_comes_or_goes_between_staffs_record_and_the_publics(dimension):
    """Seven rated the last item, too few for the public; without it one more person would have a score."""
    codes, crowd = of_dimension(dimension), crowd_of(12, random.Random(dimension))
    poled = [code for code in codes if ITEMS[code].pole]
    *rest, last = poled
    for person in crowd[7:]:
        person[last] = Missing.DK
    for code in poled[-(-2 * len(rest) // 3) :]:
        crowd[11][code] = Missing.DK

    for_staff, for_public = people_of_the_public(crowd, dimension)

    assert for_staff
    assert for_public in (0, for_staff)


@pytest.mark.parametrize("seed", range(30))
def test_nobody_comes_or_goes_whatever_is_left_out(seed):
    chance = random.Random(seed)
    crowd = crowd_of(chance.randrange(8, 15), chance)
    for person in crowd:
        for code in chance.sample(CODES, chance.randrange(len(CODES) // 2)):
            person[code] = chance.choice(list(Missing))

    for dimension in POLED:
        for_staff, for_public = people_of_the_public(crowd, dimension)
        assert for_public in (0, for_staff)


# The complement: who agreed to research, and who did not


@pytest.mark.parametrize(
    ("agreed", "others", "listed"), [(5, 1, 0), (6, 4, 0), (4, 4, 0), (4, 0, 0), (5, 0, 5), (5, 5, 5)]
)
def test_research_lists_people_only_when_neither_group_is_small(shown_of, agreed, others, listed):
    shown = shown_of(crowd_of(agreed + others, random.Random(1)), agreed=agreed)

    rows = [row for row in read(shown["ratings_long"]) if row["side"] == "participant"]
    assert len(rows) == listed * len(CODES)


def test_the_file_of_answers_keeps_to_the_rule_for_every_number(people, instrument):
    """What the export asks the database is what the rule says."""
    service = make_service(managers=[people["alice"]], shared_for_research=True)
    expected = {}
    for agreed, others in product([0, 1, 4, 5, 6], [0, 1, 4, 5]):
        wave = make_assessment(make_activity(service), by=people["alice"])
        Row.objects.bulk_create(
            Row(
                assessment=wave,
                side="participant",
                submitted_on=NOON.date(),
                research_consent=place < agreed,
            )
            for place in range(agreed + others)
        )
        workflow.close(wave, by=people["alice"], at=NOON)
        allowed = agreed + others >= 5 and may_be_listed(agreed, agreed + others, 5)
        expected[wave.pk] = allowed

    found = set(open_sides(selection(people["rosa"])).values_list("pk", flat=True))

    assert found == {wave for wave, allowed in expected.items() if allowed}
