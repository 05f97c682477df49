"""Which figures about participants may be shown: nothing that fewer than the floor stand behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.disclosure import disclose, may_be_listed, may_be_public
from assessments.rules import assess, default_instrument
from assessments.rules.values import Case, Facts, Form, Missing, Response, Side

from .rules.cases import asked, make_facts

INSTRUMENT = default_instrument()
DIMENSIONS = ("additive", "voluntary", "individual_collective", "relational", "product")
CODES = [item.code for item in INSTRUMENT.items if item.asked_of(Side.PARTICIPANT)]
STAFF = Response(
    side=Side.STAFF,
    answers={item.code: 3 for item in INSTRUMENT.items if item.asked_of(Side.STAFF)},
)


def participants(number: int, rating: int = 1, **changes) -> list[Response]:
    """As many full responses by participants, each with the other answers ``changes`` (None: no answer)."""
    answers = dict.fromkeys(CODES, rating) | changes
    given = {code: answer for code, answer in answers.items() if answer is not None}
    return [Response(side=Side.PARTICIPANT, answers=given) for _ in range(number)]


def case(*responses: Response, facts: Facts | None = None) -> Case:
    return Case(facts=facts or make_facts(), responses=(STAFF, *responses))


def record(*responses: Response) -> dict:
    """The public record of what may be shown, as a page and an export read it."""
    return assess(disclose(case(*responses), INSTRUMENT).case, INSTRUMENT).as_dict()


def floors(**thresholds: int):
    return replace(INSTRUMENT, thresholds=replace(INSTRUMENT.thresholds, **thresholds))


# A side of too few


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("rating", [0, 4])
def test_fewer_than_five_participants_leave_the_record_of_staff_alone(number, rating):
    alone = record()

    assert record(*participants(number, rating)) == alone
    assert alone["responses"] == {"staff": 1, "participants": 0}


@pytest.mark.parametrize(("number", "withheld"), [(0, False), (1, True), (4, True), (5, False), (6, False)])
def test_withheld_says_that_some_but_too_few_answered(number, withheld):
    found = disclose(case(*participants(number)), INSTRUMENT)

    assert found.participants_withheld is withheld
    assert len(found.case.responses) == 1 + (number if number >= 5 else 0)


def test_five_participants_are_used_whole():
    whole = case(*participants(5))

    found = disclose(whole, INSTRUMENT)

    assert found.case == whole
    assert found.items_withheld == frozenset()


def test_a_higher_floor_of_the_instrument_is_kept_to():
    higher = floors(min_participants=7, min_participants_public=9)

    assert disclose(case(*participants(6)), higher).participants_withheld is True
    assert disclose(case(*participants(7)), higher).participants_withheld is False


@given(
    st.lists(
        st.dictionaries(st.sampled_from(CODES), st.integers(0, 4) | st.sampled_from(Missing)), max_size=4
    )
)
@settings(max_examples=40, deadline=None)
def test_nothing_that_four_people_say_moves_anything(answers):
    few = [Response(side=Side.PARTICIPANT, answers=given) for given in answers]
    found = disclose(case(*few), INSTRUMENT)

    assert found.case == case()
    assert found.participants_withheld is bool(few)


# An item of too few


@pytest.mark.parametrize("silent", [Missing.DK, Missing.NA, None])
@pytest.mark.parametrize("code", ["A1", "V6", "L4", "M2", "P7"])
def test_an_item_that_fewer_than_five_rated_is_gone(code, silent):
    responses = [*participants(4), *participants(2, **{code: silent})]

    found = disclose(case(*responses), INSTRUMENT)
    shown = assess(found.case, INSTRUMENT).as_dict()

    assert code in found.items_withheld
    assert not figures_of(shown, code)


def figures_of(shown: dict, code: str) -> bool:
    """Whether a record holds what participants said to an item."""
    item = shown["items"].get(code, {}).get("participants")
    motive = (shown["motives"] or {}).get(code)
    return bool(
        (item and item["n"]) or (motive and motive["n"]) or f"{code}.participants" in json.dumps(shown)
    )


def test_an_item_that_five_rated_stays():
    responses = [*participants(5), *participants(1, A1=Missing.DK)]

    shown = record(*responses)

    assert shown["items"]["A1"]["participants"]["n"] == 5


def test_a_rare_answer_moves_no_other_figure():
    """Four say something of V6, and whatever they say, the record is the same."""
    few = [[*participants(4, V6=rating), *participants(3, V6=Missing.DK)] for rating in (0, 4)]

    assert record(*few[0]) == record(*few[1])


# A dimension of too few


@pytest.mark.parametrize("dimension", [name for name in DIMENSIONS if name != "individual_collective"])
def test_a_dimension_that_fewer_than_five_answered_enough_of_has_no_participants(dimension):
    """Every item has five raters, and only four people rated two thirds."""
    codes = asked(Side.PARTICIPANT, dimension)
    rate_one_each = [participants(1, **dict.fromkeys(set(codes) - {one}, Missing.DK))[0] for one in codes]
    responses = [*participants(4), *rate_one_each]

    found = disclose(case(*responses), INSTRUMENT)
    shown = assess(found.case, INSTRUMENT).as_dict()
    score = shown["product"] if dimension == "product" else shown["dimensions"][dimension]

    assert found.items_withheld == {item.code for item in INSTRUMENT.items if item.dimension == dimension}
    assert score["participants"] is None
    assert score["gap"] is None
    assert not any(figures_of(shown, code) for code in codes)


def test_a_level_needs_five_raters_and_no_more():
    """A level's strength is the mean of its one item, so people who rated that item alone count."""
    levels = asked(Side.PARTICIPANT, "individual_collective")
    rate_one_each = [participants(1, **dict.fromkeys(set(levels) - {one}, Missing.DK))[0] for one in levels]

    found = disclose(case(*participants(4), *rate_one_each), INSTRUMENT)

    assert found.items_withheld == frozenset()


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_other_dimensions_stay_as_they_are(dimension):
    others = [name for name in DIMENSIONS if name != dimension]
    silent = dict.fromkeys(asked(Side.PARTICIPANT, dimension), Missing.DK)

    shown = record(*participants(4), *participants(2, **silent))

    for name in others:
        score = shown["product"] if name == "product" else shown["dimensions"][name]
        assert score["participants"]["n"] == 6


@st.composite
def crowds(draw) -> Sequence[Response]:
    """Five to nine participants on either form who leave out what they like."""
    answer = st.integers(0, 4) | st.sampled_from(Missing) | st.none()
    number = draw(st.integers(5, 9))
    patterns = draw(
        st.lists(st.lists(answer, min_size=len(CODES), max_size=len(CODES)), min_size=1, max_size=4)
    )
    forms = draw(st.lists(st.sampled_from(Form), min_size=number, max_size=number))
    responses = []
    for place in range(number):
        pattern = patterns[place % len(patterns)]
        items = {item.code: item for item in INSTRUMENT.items}
        answers = {
            code: given
            for code, given in zip(CODES, pattern, strict=True)
            if given is not None and items[code].asked_of(Side.PARTICIPANT, forms[place])
        }
        responses.append(Response(side=Side.PARTICIPANT, form=forms[place], answers=answers))
    return responses


@given(crowds())
@settings(max_examples=40, deadline=None)
def test_no_figure_about_participants_rests_on_one_to_four_people(crowd):
    shown = record(*crowd)
    counts = [item["participants"]["n"] for item in shown["items"].values() if item["participants"]]
    counts += [motive["n"] for motive in (shown["motives"] or {}).values()]
    for score in [*shown["dimensions"].values(), shown["product"]]:
        counts += [score["participants"]["n"]] if score["participants"] else []

    assert [n for n in counts if 0 < n < 5] == []


# The public


@pytest.mark.parametrize(
    ("number", "allowed"), [(0, True), (1, False), (5, False), (7, False), (8, True), (9, True)]
)
def test_public_pages_need_no_participants_or_eight(number, allowed):
    assert may_be_public(number, INSTRUMENT) is allowed


@pytest.mark.parametrize(("number", "allowed"), [(0, True), (8, False), (11, False), (12, True)])
def test_public_pages_keep_to_a_higher_floor(number, allowed):
    assert may_be_public(number, floors(min_participants_public=12)) is allowed


def test_the_public_floor_takes_out_what_staff_may_see():
    seven = case(*participants(7))

    assert disclose(seven, INSTRUMENT).participants_withheld is False
    assert disclose(seven, INSTRUMENT, floor=8).case == case()
    assert disclose(seven, INSTRUMENT, floor=8).participants_withheld is True


# Research data, answer by answer


@pytest.mark.parametrize(
    ("consenting", "others", "allowed"),
    [(0, 0, False), (4, 0, False), (5, 0, True), (5, 1, False), (5, 4, False), (5, 5, True), (4, 6, False)],
)
def test_answers_are_listed_when_neither_group_is_one_to_four(consenting, others, allowed):
    assert may_be_listed(consenting, consenting + others, 5) is allowed
