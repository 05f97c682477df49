"""Circumstances: they help or hinder, and they never score."""

from __future__ import annotations

from assessments.rules.profile import Circumstances
from assessments.rules.values import Context, Facts, Known

HINDERING = frozenset(
    {
        Context.SPECIALISED,
        Context.CUTS,
        Context.COSTS_ON_PEOPLE,
        Context.LIABILITY_ON_PEOPLE,
        Context.SAME_FEW_PEOPLE,
        Context.SUPPORT_WITHDRAWN,
        Context.HOSTILITY,
        Context.UNSPOKEN_DUTY,
    }
)
"""These hinder when they hold, and say nothing when they do not. All others help, or hinder by absence."""


def circumstances(facts: Facts) -> Circumstances:
    """What helps, what hinders and what is unknown, each in the order of ``Context``."""
    known = {name: facts.circumstance(name) for name in Context}
    return Circumstances(
        helps=tuple(name for name in Context if known[name] is Known.YES and name not in HINDERING),
        hinders=tuple(name for name in Context if known[name] is _hindering_answer(name)),
        unknown=tuple(name for name in Context if known[name] is Known.UNKNOWN),
    )


def _hindering_answer(name: Context) -> Known:
    return Known.YES if name in HINDERING else Known.NO
