"""What each side answered: items counted, responses scored, and how far the people of a side agree.

"Don't know", "does not apply" and silence are left out of every mean; none of them is ever zero.
All figures are exact fractions, so the order of answers and responses can change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm, sqrt
from typing import TypeVar

from assessments.rules.values import MAX_RATING, Form, Item, Missing, Pole, Response, Side

Rating = TypeVar("Rating", int, Fraction)

STEP = Fraction(100, MAX_RATING)
"""What one step of a rating is worth on 0–100."""

EXPECTED_VARIANCE = Fraction((MAX_RATING + 1) ** 2 - 1, 12)
"""The variance of ratings given at random: 2 on five values (James, Demaree and Wolf 1984, r_wg)."""


def towards_coproduction(item: Item, rating: Rating) -> Rating:
    """A rating or mean rating (0–4), reversed when the item speaks against the coproduction pole."""
    return MAX_RATING - rating if item.pole is Pole.MINUS else rating


@dataclass(frozen=True)
class Tally:
    """The answers of one side to one item: how many gave 0, 1, 2, 3, 4; how many gave no rating, and why."""

    counts: tuple[int, ...] = (0,) * (MAX_RATING + 1)
    dk: int = 0
    na: int = 0
    asked: int = 0

    @cached_property
    def n(self) -> int:
        """How many people rated the item."""
        return sum(self.counts)

    @cached_property
    def total(self) -> int:
        """The sum of the ratings."""
        return sum(rating * count for rating, count in enumerate(self.counts))

    @cached_property
    def mean(self) -> Fraction | None:
        """The mean rating from 0 to 4 before any reversing; None when nobody rated the item."""
        return Fraction(self.total, self.n) if self.n else None

    def agreement(self, min_raters: int) -> Fraction | None:
        """r_wg from 0 to 1, ``1 - s²/2`` with n - 1 in s²; None below ``min_raters`` (two at the least)."""
        if self.n < max(min_raters, 2):
            return None
        squares = sum(rating**2 * count for rating, count in enumerate(self.counts))
        # s² / 2 in one fraction: the expected variance is brought into its denominator.
        above = (self.n * squares - self.total**2) * EXPECTED_VARIANCE.denominator
        below = self.n * (self.n - 1) * EXPECTED_VARIANCE.numerator
        return Fraction(max(below - above, 0), below)


@dataclass(frozen=True)
class Answers:
    """The responses of one side in one wave, and the tally of every item that it was asked."""

    side: Side
    responses: tuple[Response, ...]
    tallies: Mapping[str, Tally]

    def tally(self, code: str) -> Tally:
        """The tally of an item; an empty one when this side was not asked it."""
        return self.tallies.get(code, Tally())

    def mean(self, code: str, *, at_least: int = 1) -> Fraction | None:
        """The mean rating (0–4) of an item; None when fewer than ``at_least`` people rated it."""
        tally = self.tally(code)
        return tally.mean if tally.n >= at_least else None

    @property
    def has_rated(self) -> bool:
        """Whether anybody on this side gave any rating."""
        return any(tally.n for tally in self.tallies.values())


def collect(side: Side, responses: Iterable[Response], items: Sequence[Item]) -> Answers:
    """The answers of ``side`` among ``responses``."""
    own = tuple(response for response in responses if response.side is side)
    asked = {form: [item.code for item in items if item.asked_of(side, form)] for form in Form}
    given: dict[str, list[int | Missing | None]] = {}
    for response in own:
        for code in asked[response.form]:
            given.setdefault(code, []).append(response.answers.get(code))
    return Answers(side, own, {code: _tally(answers) for code, answers in given.items()})


def _tally(answers: list[int | Missing | None]) -> Tally:
    return Tally(
        counts=tuple(answers.count(rating) for rating in range(MAX_RATING + 1)),
        dk=answers.count(Missing.DK),
        na=answers.count(Missing.NA),
        asked=len(answers),
    )


def whole_weights(items: Sequence[Item]) -> dict[str, int]:
    """The weights of ``items`` as whole numbers in the same proportions."""
    scale = lcm(*(item.weight.denominator for item in items))
    return {item.code: item.weight.numerator * (scale // item.weight.denominator) for item in items}


@dataclass(frozen=True)
class Group:
    """Scored responses that rated the same items: how many, and the count of each rating by item.

    Within a group every response has the same sum of weights below the line. Sums over groups are
    therefore as exact as sums over responses, and far fewer.
    """

    size: int
    counts: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Scored:
    """The responses of one side that have a score (0–100) on a set of items. ``n`` may be 0."""

    scores: tuple[tuple[Fraction, int], ...]
    """Each score that occurs, with the number of responses that have it, from low to high."""
    groups: tuple[Group, ...]

    @cached_property
    def n(self) -> int:
        return sum(count for _, count in self.scores)

    @cached_property
    def whole(self) -> tuple[int, tuple[tuple[int, int], ...]]:
        """The same scores as whole numbers above one shared denominator, which is exact and far quicker."""
        below = lcm(*(score.denominator for score, _ in self.scores))
        return below, tuple(
            (score.numerator * (below // score.denominator), count) for score, count in self.scores
        )

    @cached_property
    def mean(self) -> Fraction:
        """The mean over the responses, of which there must be one at least."""
        below, scores = self.whole
        return Fraction(sum(score * count for score, count in scores), self.n * below)

    @cached_property
    def spread(self) -> float | None:
        """The sample standard deviation over the responses; None below two."""
        if self.n < 2:
            return None
        below, scores = self.whole
        total = sum(score * count for score, count in scores)
        squares = sum(score**2 * count for score, count in scores)
        return sqrt(Fraction(self.n * squares - total**2, self.n * (self.n - 1))) / below


def is_covered(
    response: Response, asked: Iterable[Item], weights: Mapping[str, int], min_coverage: Fraction
) -> bool:
    """Whether a response has a score on the items that it was ``asked``.

    The weight it rated must be above zero and, divided by the weight it was asked less the "does not apply",
    reach ``min_coverage``. "Don't know" and silence stay in the denominator.
    """
    rated = applies = 0
    for item in asked:
        answer = response.answers.get(item.code)
        if answer == Missing.NA:
            continue
        applies += weights[item.code]
        if isinstance(answer, int):
            rated += weights[item.code]
    return rated > 0 and rated * min_coverage.denominator >= applies * min_coverage.numerator


def score_responses(answers: Answers, items: Sequence[Item], min_coverage: Fraction) -> Scored:
    """Score every response on ``items`` that is covered: the weighted mean of what it rated."""
    weights = whole_weights(items)
    asked = {form: [item for item in items if item.asked_of(answers.side, form)] for form in Form}
    scores: Counter[tuple[int, int]] = Counter()
    groups: dict[tuple[str, ...], list[Mapping[str, int]]] = {}
    for response in answers.responses:
        own = asked[response.form]
        if not is_covered(response, own, weights, min_coverage):
            continue
        ratings = _ratings(response, own)
        weight = sum(weights[code] for code in ratings)
        total = sum(
            weights[item.code] * towards_coproduction(item, ratings[item.code])
            for item in own
            if item.code in ratings
        )
        scores[total, weight] += 1
        groups.setdefault(tuple(ratings), []).append(ratings)
    return Scored(_distinct(scores), tuple(_group(groups[codes]) for codes in sorted(groups)))


def _distinct(scores: Mapping[tuple[int, int], int]) -> tuple[tuple[Fraction, int], ...]:
    """Each score that occurs, on 0–100, with its count, from totals and the weights below them."""
    distinct: Counter[Fraction] = Counter()
    for (total, weight), count in scores.items():
        distinct[Fraction(STEP.numerator * total, STEP.denominator * weight)] += count
    return tuple(sorted(distinct.items()))


def _ratings(response: Response, asked: Iterable[Item]) -> dict[str, int]:
    """What a response rated of the items it was asked, in their order."""
    given = ((item.code, response.answers.get(item.code)) for item in asked)
    return {code: answer for code, answer in given if isinstance(answer, int)}


def _group(ratings: Sequence[Mapping[str, int]]) -> Group:
    counts = {}
    for code in ratings[0]:
        given = [response[code] for response in ratings]
        counts[code] = tuple(given.count(rating) for rating in range(MAX_RATING + 1))
    return Group(len(ratings), counts)


def coverage(both: Iterable[Answers], items: Sequence[Item]) -> Fraction | None:
    """Weight rated divided by weight asked (less "does not apply"), over all responses given.

    None when nothing was asked, or nothing applied.
    """
    weights = whole_weights(items)
    rated = asked = 0
    for answers in both:
        for item in items:
            tally = answers.tally(item.code)
            rated += weights[item.code] * tally.n
            asked += weights[item.code] * (tally.asked - tally.na)
    return Fraction(rated, asked) if asked else None


def side_agreement(answers: Answers, items: Sequence[Item], min_raters: int) -> Fraction | None:
    """The mean r_wg over the items that enough people rated; None when there is no such item."""
    found = [answers.tally(item.code).agreement(min_raters) for item in items]
    known = [value for value in found if value is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def item_gap(staff: Answers, participants: Answers, item: Item) -> Fraction | None:
    """Participants' mean less staff's mean on 0–100, after reversing; None unless both sides rated it."""
    ours, theirs = staff.tally(item.code), participants.tally(item.code)
    if not (ours.n and theirs.n):
        return None
    difference = theirs.total * ours.n - ours.total * theirs.n
    steps = -difference if item.pole is Pole.MINUS else difference
    return Fraction(STEP.numerator * steps, STEP.denominator * ours.n * theirs.n)
