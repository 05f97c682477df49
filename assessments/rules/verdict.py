"""The verdict: whether an activity counts as coproduction, as what kind, and which gate decided.

It follows from the gates alone. No score is summed, and nothing outweighs a failed condition.
"""

from __future__ import annotations

from collections.abc import Mapping

from assessments.rules.gates import DONE_BY_PEOPLE
from assessments.rules.profile import Gate, Verdict
from assessments.rules.values import Counts, Facts, GateName, Kind, Part, Phase, StaffTime, State


def decide(facts: Facts, gates: Mapping[GateName, Gate]) -> Verdict:
    """The verdict of the gates that the rule-set requires.

    The first failing gate decides. A failed ``delivery`` alone still counts in part, once every other
    gate has passed.
    """
    required = [gate for gate in gates.values() if gate.required]
    failing = [gate.name for gate in required if gate.state is State.FAIL]
    deciding = next((name for name in failing if name is not GateName.DELIVERY), None)
    if deciding is not None:
        return Verdict(counts=Counts.NO, kind=_failing_kind(deciding, facts), decided_by=deciding)
    still_open = tuple(gate for gate in required if gate.state in (State.CONTESTED, State.UNKNOWN))
    if still_open:
        contested = any(gate.state is State.CONTESTED for gate in still_open)
        counts = Counts.CONTESTED if contested else Counts.UNDETERMINED
        return Verdict(counts=counts, kind=None, decided_by=None, open_gates=still_open)
    if failing:
        return Verdict(counts=Counts.PARTIAL, kind=Kind.SHAPING, decided_by=GateName.DELIVERY)
    return Verdict(counts=Counts.YES, kind=_counting_kind(facts), decided_by=None)


def _failing_kind(gate: GateName, facts: Facts) -> Kind:
    """What an activity is instead, when ``gate`` decides that it does not count."""
    if gate is GateName.VOLUNTARY:
        return Kind.COMPLIANCE
    if gate is GateName.PRODUCTION:
        asked = any(facts.part(phase) is Part.CONSULTED for phase in Phase)
        return Kind.CONSULTATION if asked else Kind.CONVENTIONAL
    if gate is GateName.AGENCY:
        staff_left = facts.staff_time in (StaffTime.REDUCED, StaffTime.WITHDRAWN)
        return Kind.SUBSTITUTION if staff_left else Kind.PARALLEL
    return Kind.PARALLEL if gate is GateName.RESOURCES else Kind.SUBSTITUTION


def _counting_kind(facts: Facts) -> Kind:
    """The kind of an activity that counts: without a part in delivery, it is shaping."""
    if facts.part(Phase.DELIVER) not in DONE_BY_PEOPLE:
        return Kind.SHAPING
    return Kind.FULL if facts.part(Phase.DESIGN) in DONE_BY_PEOPLE else Kind.CO_DELIVERY
