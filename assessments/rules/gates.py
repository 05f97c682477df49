"""The gates: the necessary conditions, evaluated in order, each with its reasons.

A gate that is not known never passes. Gates are computed under every rule-set; a rule-set says which
of them it requires.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from assessments.rules import additive, voluntary
from assessments.rules.profile import Gate
from assessments.rules.readings import Readings, Ruling, contest
from assessments.rules.values import Agency, Facts, GateName, Known, Part, Phase, State, Thresholds

PHRASES: Mapping[GateName, str] = {
    GateName.VOLUNTARY: voluntary.PHRASE,
    GateName.PRODUCTION: (
        "this is very different from customer and user satisfaction surveys. "
        "It’s about users helping shape the services they need."
    ),
    GateName.AGENCY: (
        "It doesn’t mean parallel, or substitutive, production, which is instead produced by individuals "
        "without interaction with public agencies."
    ),
    GateName.RESOURCES: "with the support of public officials and using public resources",
    GateName.ADDITIVE: additive.PHRASE,
    GateName.DELIVERY: (
        "in the production of services (either co-design and co-delivery or co-delivery of "
        "professionally designed services)"
    ),
}
"""The phrase of Bussu (2014) that each gate rests on."""

NO_WORKING_CONTACT = "A5"
"""The item with which participants contest contact: nobody from a public service is involved."""

HEARD = frozenset({voluntary.CAN_STOP, voluntary.HAVE_TO, NO_WORKING_CONTACT, additive.DID_PAID_JOBS})
"""Every item with which participants can contest a gate."""

CONTESTABLE = (GateName.VOLUNTARY, GateName.AGENCY, GateName.ADDITIVE)
"""The gates that read ratings; the others read facts alone."""

DONE_BY_PEOPLE = (Part.SHARED, Part.ALONE)
"""The parts that make people producers, and more than people who are asked."""


def production(facts: Facts, readings: Readings, thresholds: Thresholds) -> Ruling:
    """Passes as soon as people share one phase or do it alone; fails only when all four are known."""
    parts = {phase: facts.part(phase) for phase in Phase}
    because = tuple(f"phases.{phase}={part}" for phase, part in parts.items())
    if any(part in DONE_BY_PEOPLE for part in parts.values()):
        return Ruling(State.PASS, because)
    unknown = tuple(f"phases.{phase}" for phase, part in parts.items() if part is Part.UNKNOWN)
    return Ruling(State.UNKNOWN, because, unknown) if unknown else Ruling(State.FAIL, because)


def agency(facts: Facts, readings: Readings, thresholds: Thresholds) -> Ruling:
    """Fails without working contact with a public service.

    Participants contest a pass when they mostly see nobody from one (mean A5 of 3 or more).
    """
    because = (f"agency={facts.agency}",)
    if facts.agency is Agency.NONE:
        return Ruling(State.FAIL, because)
    if facts.agency is Agency.UNKNOWN:
        return Ruling(State.UNKNOWN, because, ("agency",))
    mean = readings.said.get(NO_WORKING_CONTACT)
    against = (NO_WORKING_CONTACT,) if mean is not None and mean >= thresholds.high_mean_from else ()
    return contest(because, (NO_WORKING_CONTACT,), against, readings)


def resources(facts: Facts, readings: Readings, thresholds: Thresholds) -> Ruling:
    """Fails when nothing public supports it: no money, premises, equipment, data or staff time."""
    because = (f"public_resources={facts.public_resources}",)
    if facts.public_resources is Known.UNKNOWN:
        return Ruling(State.UNKNOWN, because, ("public_resources",))
    return Ruling(State.PASS if facts.public_resources is Known.YES else State.FAIL, because)


def delivery(facts: Facts, readings: Readings, thresholds: Thresholds) -> Ruling:
    """Fails when people take no part in delivery, or are only asked about it."""
    part = facts.part(Phase.DELIVER)
    because = (f"phases.deliver={part}",)
    if part is Part.UNKNOWN:
        return Ruling(State.UNKNOWN, because, ("phases.deliver",))
    return Ruling(State.PASS if part in DONE_BY_PEOPLE else State.FAIL, because)


RULES: Mapping[GateName, Callable[[Facts, Readings, Thresholds], Ruling]] = {
    GateName.VOLUNTARY: voluntary.gate,
    GateName.PRODUCTION: production,
    GateName.AGENCY: agency,
    GateName.RESOURCES: resources,
    GateName.ADDITIVE: additive.gate,
    GateName.DELIVERY: delivery,
}
"""One rule for each gate, in the order in which they are evaluated."""


def evaluate(
    facts: Facts,
    readings: Readings,
    thresholds: Thresholds,
    required: frozenset[GateName],
    names: Iterable[GateName] = tuple(RULES),
) -> dict[GateName, Gate]:
    """The gates, in order, whatever the rule-set requires: all six, or only those of ``names``."""
    gates = {}
    for name in names:
        ruling = RULES[name](facts, readings, thresholds)
        gates[name] = Gate(
            name=name,
            state=ruling.state,
            required=name in required,
            because=ruling.because,
            settled_by=ruling.settled_by,
        )
    return gates
