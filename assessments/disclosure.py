"""Which figures about participants may be used, shown or exported. Told here, once.

A figure about fewer people than the floor is left out of everything computed from it, as if nobody had
answered: a mean of two sides would otherwise give the withheld one away. So this module takes values out
*before* the rules see them, and what the rules return may be shown whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from assessments.rules.sides import NA, asked_of, is_covered
from assessments.rules.values import SCORED, Case, Dimension, Instrument, Item, Response, Side


@dataclass(frozen=True)
class Disclosed:
    """A case that may be assessed and shown, and what was taken out of it."""

    case: Case
    participants_withheld: bool
    """Whether some participants answered, but fewer than the floor."""
    items_withheld: frozenset[str]
    """The codes of items whose answers by participants were taken out, in a wave with enough of them."""


def disclose(case: Case, instrument: Instrument, *, floor: int | None = None) -> Disclosed:
    """What of ``case`` may be used under ``floor``: by default that of ``instrument`` for staff
    (``min_participants``, 5 or more); for the public it is ``min_participants_public`` (8 or more).

    Fewer participants than the floor: their whole side goes. Otherwise these go, until nothing more does:

    - an item rated by fewer;
    - the items of a dimension in which fewer responses reach the coverage that a score needs (levels need
      no such rule: a level's strength is the mean of its one item);
    - what a few rated of a dimension, fewer than the floor, without reaching that coverage: the items'
      means less the score of the others would give their ratings away.

    A removed answer counts as "does not apply", so that it does not lower the coverage of what remains.
    """
    floor = floor or instrument.thresholds.min_participants
    participants = [response for response in case.responses if response.side is Side.PARTICIPANT]
    staff = tuple(response for response in case.responses if response.side is Side.STAFF)
    if not participants:
        return Disclosed(case, False, frozenset())
    if len(participants) < floor:
        return Disclosed(replace(case, responses=staff), True, frozenset())
    withheld: set[str] = set()
    before = None
    while participants != before:
        before = participants
        withheld |= _thin_items(participants, instrument.items, floor)
        participants = _without(participants, withheld)
        for dimension in SCORED:
            items = [item for item in instrument.items if item.dimension is dimension]
            scored = _scored(participants, items, instrument)
            if 0 < sum(scored) < floor:
                withheld |= {item.code for item in items}
            participants = _without_few(participants, scored, items, floor)
        participants = _without(participants, withheld)
    return Disclosed(replace(case, responses=(*staff, *participants)), False, frozenset(withheld))


def disclose_again(
    shown: Disclosed, case: Case, own: Instrument, other: Instrument, *, floor: int | None = None
) -> Disclosed:
    """What may be used of a wave that is read under ``other``, beside its result under ``own``; or under its
    own version with the higher ``floor`` of the public.

    ``shown`` is what the result rests on, and ``case`` the same responses, in the same order, brought to the
    items of ``other``. People see both, so the difference must give nobody away: the higher floor holds, and
    participants are heard on a dimension only where the same ones rated each item, and the same ones have a
    score, as in the result.
    """
    floor = floor or max(own.thresholds.min_participants, other.thresholds.min_participants)
    found = disclose(case, other, floor=floor)
    if shown.participants_withheld or found.participants_withheld:
        return replace(found, participants_withheld=True)
    before, after = (
        [response for response in disclosed.case.responses if response.side is Side.PARTICIPANT]
        for disclosed in (shown, found)
    )
    unlike: set[str] = set()
    for dimension in Dimension:
        items, items_before = (
            [item for item in instrument.items if item.dimension is dimension] for instrument in (other, own)
        )
        heard = [_raters(after, item.code) for item in items]
        same = [_raters(before, item.code) for item in items]
        heard.append(_scored(after, items, other))
        same.append(_scored(before, items_before, own))
        if any(any(now) and now != then for now, then in zip(heard, same, strict=True)):
            unlike |= {item.code for item in items}
    staff = [response for response in found.case.responses if response.side is Side.STAFF]
    responses = (*staff, *_without(after, unlike))
    return replace(
        found, case=replace(case, responses=responses), items_withheld=found.items_withheld | unlike
    )


def may_be_public(participants: int, instrument: Instrument) -> bool:
    """Whether a wave with this many responses by participants may be published.

    None is allowed, as staff's own view; one up to the public floor (``min_participants_public``, 8 or
    more) less one is not.
    """
    return participants == 0 or participants >= instrument.thresholds.min_participants_public


def may_be_listed(consenting: int, participants: int, floor: int) -> bool:
    """Whether the consenting participants of a wave may be listed answer by answer in research data.

    Both those who are listed and those who are not must be nobody, or at least ``floor``: the wave's own
    figures less the listed answers would otherwise give the others away.
    """
    return consenting >= floor and leaves_nobody_alone(consenting, participants, floor)


def leaves_nobody_alone(listed: int, participants: int, floor: int) -> bool:
    """Whether a figure about ``participants``, less those of them who are ``listed``, is about nobody or
    about at least ``floor``."""
    others = participants - listed
    return others == 0 or others >= floor


class Told(NamedTuple):
    """Of how many participants the stored result of a wave tells, after disclosure: of all, by item (None for
    one that was taken out), and by dimension how many have a score."""

    everybody: int
    raters: Sequence[int | None]
    scored: Mapping[str, int]


class Heard(NamedTuple):
    """The same of those who agreed to research, as they answered; and by item how many of its raters have a
    score in its dimension."""

    everybody: int
    raters: Sequence[int]
    scored_raters: Sequence[int]
    scored: Mapping[str, int]


def items_that_may_be_listed(
    items: Iterable[tuple[str, bool]], told: Told, heard: Heard, floor: int
) -> list[bool]:
    """Whether each of ``items`` may be listed answer by answer, in a wave of which some participants agreed.
    An item is the code of its dimension, and whether it has a pole, so that it enters the score there.

    What a few rated of a dimension without a score in it was left out of the stored result, and the result
    does not say whether. So an item must leave nobody alone with their answers taken out, and without.
    """

    def may_be(dimension: str, poled: bool, raters: int, scored_raters: int, of_all: int | None) -> bool:
        if of_all is None or not may_be_listed(raters, of_all, floor):
            return False
        if not poled or heard.everybody == told.everybody:
            return True
        return leaves_nobody_alone(scored_raters, of_all, floor) and leaves_nobody_alone(
            heard.scored.get(dimension, 0), told.scored.get(dimension, 0), floor
        )

    return [
        may_be(*item, *counts)
        for item, *counts in zip(items, heard.raters, heard.scored_raters, told.raters, strict=True)
    ]


def _thin_items(responses: Collection[Response], items: Collection[Item], floor: int) -> set[str]:
    """The codes of the items that fewer than ``floor`` of ``responses`` rated."""
    forms = {response.form for response in responses}
    raters: Counter[str] = Counter()
    for response in responses:
        raters.update([code for code, answer in response.answers.items() if isinstance(answer, int)])
    return {
        item.code
        for item in items
        if raters[item.code] < floor and any(item.asked_of(Side.PARTICIPANT, form) for form in forms)
    }


def _raters(responses: Collection[Response], code: str) -> list[bool]:
    """Whether each of ``responses`` rated an item."""
    return [isinstance(response.answers.get(code), int) for response in responses]


def _scored(responses: Collection[Response], items: Collection[Item], instrument: Instrument) -> list[bool]:
    """Whether each of ``responses`` has a score on the poled ones of ``items``."""
    poled = tuple(item for item in items if item.pole)
    asked = asked_of(poled, Side.PARTICIPANT)
    least = instrument.thresholds.min_coverage
    return [is_covered(response, asked[response.form], least) for response in responses]


def _without_few(
    responses: Collection[Response], scored: Collection[bool], items: Collection[Item], floor: int
) -> list[Response]:
    """The responses; those that rated some poled items and have no score lose these, if they are few."""
    poled = {item.code for item in items if item.pole}
    partly = [
        not has_score and any(isinstance(response.answers.get(code), int) for code in poled)
        for response, has_score in zip(responses, scored, strict=True)
    ]
    if not 0 < sum(partly) < floor or not any(scored):
        return list(responses)
    return [
        _without([response], poled)[0] if few else response
        for response, few in zip(responses, partly, strict=True)
    ]


def _without(responses: Collection[Response], codes: Collection[str]) -> list[Response]:
    """The responses with the answers to ``codes`` taken out."""
    found = []
    for response in responses:
        given = [code for code in codes if response.answers.get(code, NA) is not NA]
        answers = {**response.answers, **dict.fromkeys(given, NA)}
        found.append(replace(response, answers=answers) if given else response)
    return found
