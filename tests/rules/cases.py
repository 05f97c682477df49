"""Cases for the tests of the rules: plain functions with fixed values, overridden where a test cares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from assessments.rules import (
    Agency,
    Basis,
    Case,
    Facts,
    Form,
    Instrument,
    Known,
    Part,
    Phase,
    Profile,
    Response,
    Side,
    StaffTime,
    assess,
    default_instrument,
)

INSTRUMENT = default_instrument()

Answer = object


def make_facts(**changes: object) -> Facts:
    """An activity that passes every gate by its facts, design and delivery shared with staff."""
    phases = {Phase.DESIGN: Part.SHARED, Phase.DELIVER: Part.SHARED}
    passing = Facts(
        phases={phase: phases.get(phase, Part.NONE) for phase in Phase},
        agency=Agency.ONGOING,
        public_resources=Known.YES,
        basis=Basis.CHOSEN,
        intentional=Known.YES,
        staff_time=StaffTime.KEPT,
    )
    return replace(passing, **changes)


def phases(commission="none", design="none", deliver="none", assess="none") -> dict[Phase, Part]:
    """The four phases by their values."""
    return {
        Phase.COMMISSION: Part(commission),
        Phase.DESIGN: Part(design),
        Phase.DELIVER: Part(deliver),
        Phase.ASSESS: Part(assess),
    }


def staff(**answers: Answer) -> Response:
    """A response by staff."""
    return Response(side=Side.STAFF, answers=answers)


def participant(form: Form = Form.FULL, **answers: Answer) -> Response:
    """A response by a participant."""
    return Response(side=Side.PARTICIPANT, answers=answers, form=form)


def asked(side: Side, dimension: str, form: Form = Form.FULL) -> list[str]:
    """The codes of the items that score on a dimension, as asked of a side."""
    return [
        item.code
        for item in INSTRUMENT.items
        if item.dimension == dimension and (item.pole or item.level) and item.asked_of(side, form)
    ]


def rated(side: Side, dimension: str, score: int) -> Mapping[str, int]:
    """Answers that rate every item of a dimension at ``score`` steps (0–4) towards coproduction."""
    poles = {item.code: item.pole for item in INSTRUMENT.items}
    return {code: 4 - score if poles[code] == "-" else score for code in asked(side, dimension)}


def run(
    *responses: Response, facts: Facts | None = None, instrument: Instrument = INSTRUMENT, **options
) -> Profile:
    """The profile of the responses with passing facts, or with ``facts``."""
    case = Case(facts=facts or make_facts(), responses=responses)
    return assess(case, instrument, **options)


def codes(profile: Profile) -> list[str]:
    """The codes of the flags."""
    return [flag.code for flag in profile.flags]


def with_weights(**weights: int) -> Instrument:
    """The default instrument with other weights."""
    items = tuple(
        replace(item, weight=Fraction(weights.get(item.code, item.weight))) for item in INSTRUMENT.items
    )
    return replace(INSTRUMENT, items=items)
