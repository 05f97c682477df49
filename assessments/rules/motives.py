"""Why people take part: a set of motives with strengths, from participants alone, and never a score."""

from __future__ import annotations

from assessments.rules.profile import Motive
from assessments.rules.scoring import Sides
from assessments.rules.values import Dimension, Instrument, Side


def motives(sides: Sides, instrument: Instrument) -> dict[str, Motive] | None:
    """The mean rating (0–4) of every motive and how many rated it; None when nobody rated any."""
    answers = sides[Side.PARTICIPANT]
    found = {
        item.code: Motive(mean=answers.mean(item.code), n=answers.tally(item.code).n)
        for item in instrument.items
        if item.dimension is Dimension.MOTIVES
    }
    return found if any(motive.n for motive in found.values()) else None
