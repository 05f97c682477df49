"""What each side answered: items counted, responses scored, and how far the people of a side agree.

"Don't know", "does not apply" and silence are left out of every mean; none of them is ever zero.
All figures are exact fractions, so the order of answers and responses can change nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd, lcm, sqrt
from operator import mul
from typing import NamedTuple, TypeVar

from assessments.rules.values import MAX_RATING, Form, Item, Missing, Pole, Response, Side

Rating = TypeVar("Rating", int, Fraction)

Ratio = tuple[int, int]
"""A fraction as its whole numbers above and below the line, not reduced: quick to make and to add up."""

STEP = Fraction(100, MAX_RATING)
"""What one step of a rating is worth on 0–100."""

DK, NA = Missing  # By a name of their own: until Python 3.12 a member of an enumeration is slow to look up.
RATINGS = range(MAX_RATING + 1)
SQUARES = tuple(rating**2 for rating in RATINGS)

REMEMBERED = 1024
"""How many sets of items are remembered with what follows from them alone, such as their weights."""

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

    @property
    def n(self) -> int:
        """How many people rated the item."""
        return sum(self.counts)

    @property
    def total(self) -> int:
        """The sum of the ratings."""
        return sum(map(mul, self.counts, RATINGS))

    @property
    def mean(self) -> Fraction | None:
        """The mean rating from 0 to 4 before any reversing; None when nobody rated the item."""
        return Fraction(self.total, self.n) if self.n else None

    def agreement(self, min_raters: int) -> Fraction | None:
        """r_wg from 0 to 1, ``1 - s²/2`` with n - 1 in s²; None below ``min_raters`` (two at the least)."""
        found = self.agreement_ratio(min_raters)
        return None if found is None else Fraction(*found)

    def agreement_ratio(self, min_raters: int) -> Ratio | None:
        """The same, as a ratio."""
        n = self.n
        if n < max(min_raters, 2):
            return None
        squares = sum(map(mul, self.counts, SQUARES))
        # s² / 2 in one fraction: the expected variance is brought into its denominator.
        above = (n * squares - self.total**2) * EXPECTED_VARIANCE.denominator
        below = n * (n - 1) * EXPECTED_VARIANCE.numerator
        return max(below - above, 0), below


NOT_ASKED = Tally()
"""The tally of an item that a side was not asked."""


@dataclass(frozen=True)
class Answers:
    """The responses of one side in one wave, and the tally of every item that it was asked."""

    side: Side
    responses: tuple[Response, ...]
    tallies: Mapping[str, Tally]

    def tally(self, code: str) -> Tally:
        """The tally of an item; an empty one when this side was not asked it."""
        return self.tallies.get(code, NOT_ASKED)

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
    asked = asked_codes(tuple(items), side)
    given: dict[str, list[int | Missing | None]] = {}
    for response in own:
        for code in asked[response.form]:
            given.setdefault(code, []).append(response.answers.get(code))
    return Answers(side, own, {code: _tally(answers) for code, answers in given.items()})


def _tally(answers: list[int | Missing | None]) -> Tally:
    return Tally(
        counts=tuple(map(answers.count, RATINGS)),
        dk=answers.count(DK),
        na=answers.count(NA),
        asked=len(answers),
    )


@lru_cache(maxsize=REMEMBERED)
def asked_codes(items: tuple[Item, ...], side: Side) -> Mapping[Form, Mapping[str, None]]:
    """The codes of the ones of ``items`` that stand on each form of a side, in their order."""
    return {form: dict.fromkeys(item.code for item in items if item.asked_of(side, form)) for form in Form}


@lru_cache(maxsize=REMEMBERED)
def whole_weights(items: tuple[Item, ...]) -> Mapping[str, int]:
    """The weights of ``items`` as whole numbers in the same proportions."""
    scale = lcm(*(item.weight.denominator for item in items))
    return {item.code: item.weight.numerator * (scale // item.weight.denominator) for item in items}


class Asked(NamedTuple):
    """An item that stands on a form: its weight as a whole number, and whether it is reversed."""

    code: str
    weight: int
    reverse: bool


@lru_cache(maxsize=REMEMBERED)
def asked_of(items: tuple[Item, ...], side: Side) -> Mapping[Form, tuple[Asked, ...]]:
    """The ones of ``items`` that stand on each form of a side, in their order, weighted among all of them."""
    weights = whole_weights(items)
    return {
        form: tuple(
            Asked(item.code, weights[item.code], item.pole is Pole.MINUS)
            for item in items
            if item.asked_of(side, form)
        )
        for form in Form
    }


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

    below: int
    scores: tuple[tuple[int, int], ...]
    """Each score that occurs, with the number of responses that have it: whole numbers above ``below``,
    which is exact, and far quicker than fractions."""
    ratings: tuple[Mapping[str, int], ...]
    """What each response rated, in the order of the items."""

    @property
    def n(self) -> int:
        return len(self.ratings)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The responses by the items that they rated."""
        groups: dict[tuple[str, ...], list[Mapping[str, int]]] = {}
        for ratings in self.ratings:
            groups.setdefault(tuple(ratings), []).append(ratings)
        return tuple(_group(groups[codes]) for codes in sorted(groups))

    @cached_property
    def mean(self) -> Fraction:
        """The mean over the responses, of which there must be one at least."""
        return Fraction(sum(score * count for score, count in self.scores), self.n * self.below)

    @cached_property
    def spread(self) -> float | None:
        """The sample standard deviation over the responses; None below two."""
        if self.n < 2:
            return None
        total = sum(score * count for score, count in self.scores)
        squares = sum(score**2 * count for score, count in self.scores)
        return sqrt((self.n * squares - total**2) / (self.n * (self.n - 1))) / self.below


def is_covered(response: Response, asked: Iterable[Asked], min_coverage: Fraction) -> bool:
    """Whether a response has a score on the items that it was ``asked``.

    The weight it rated must be above zero and, divided by the weight it was asked less the "does not apply",
    reach ``min_coverage``. "Don't know" and silence stay in the denominator.
    """
    rated = applies = 0
    for code, weight, _ in asked:
        answer = response.answers.get(code)
        if answer is NA:
            continue
        applies += weight
        if isinstance(answer, int):
            rated += weight
    return reaches(rated, applies, min_coverage)


def reaches(rated: int, applies: int, min_coverage: Fraction) -> bool:
    """Whether the weight that was ``rated``, of the weight that ``applies``, is enough for a score."""
    return rated > 0 and rated * min_coverage.denominator >= applies * min_coverage.numerator


def score_responses(answers: Answers, items: Sequence[Item], min_coverage: Fraction) -> Scored:
    """Score every response on ``items`` that is covered: the weighted mean of what it rated."""
    asked = asked_of(tuple(items), answers.side)
    scores: list[Ratio] = []
    ratings: list[Mapping[str, int]] = []
    for response in answers.responses:
        own: dict[str, int] = {}
        total = rated = applies = 0
        for code, weight, reverse in asked[response.form]:
            answer = response.answers.get(code)
            if answer is NA:
                continue
            applies += weight
            if isinstance(answer, int):
                own[code] = answer
                rated += weight
                total += weight * (MAX_RATING - answer if reverse else answer)
        if reaches(rated, applies, min_coverage):
            scores.append((STEP.numerator * total, STEP.denominator * rated))
            ratings.append(own)
    return Scored(*_distinct(scores), tuple(ratings))


def _distinct(scores: Iterable[Ratio]) -> tuple[int, tuple[tuple[int, int], ...]]:
    """A shared denominator, the least there is, and each score that occurs above it, with its count."""
    reduced = [(above // (shared := gcd(above, below)), below // shared) for above, below in scores]
    least = lcm(*(below for _, below in reduced))
    return least, tuple(Counter(above * (least // below) for above, below in reduced).items())


def _group(ratings: Sequence[Mapping[str, int]]) -> Group:
    counts = {}
    for code in ratings[0]:
        given = [response[code] for response in ratings]
        counts[code] = tuple(map(given.count, RATINGS))
    return Group(len(ratings), counts)


def coverage(both: Iterable[Answers], items: Sequence[Item]) -> Fraction | None:
    """Weight rated divided by weight asked (less "does not apply"), over all responses given.

    None when nothing was asked, or nothing applied.
    """
    weights = whole_weights(tuple(items))
    rated = asked = 0
    for answers in both:
        for code, weight in weights.items():
            tally = answers.tally(code)
            rated += weight * tally.n
            asked += weight * (tally.asked - tally.na)
    return Fraction(rated, asked) if asked else None


def side_agreement(answers: Answers, items: Sequence[Item], min_raters: int) -> Fraction | None:
    """The mean r_wg over the items that enough people rated; None when there is no such item."""
    found = [answers.tally(item.code).agreement_ratio(min_raters) for item in items]
    known = [ratio for ratio in found if ratio is not None]
    return mean_of_ratios(known, len(known)) if known else None


def item_gap(staff: Answers, participants: Answers, item: Item) -> Ratio | None:
    """Participants' mean less staff's mean on 0–100, after reversing; None unless both sides rated it."""
    ours, theirs = staff.tally(item.code), participants.tally(item.code)
    raters = ours.n * theirs.n
    if not raters:
        return None
    difference = theirs.total * ours.n - ours.total * theirs.n
    steps = -difference if item.pole is Pole.MINUS else difference
    return STEP.numerator * steps, STEP.denominator * raters


def mean_of_ratios(ratios: Sequence[Ratio], number: int) -> Fraction:
    """The sum of ``ratios`` divided by ``number``, exactly."""
    shared = lcm(*(below for _, below in ratios))
    return Fraction(sum(above * (shared // below) for above, below in ratios), shared * number)
