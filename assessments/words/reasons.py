"""Reasons in words: ``basis=required``, ``A4.participants=3.2``, ``additive=35.0`` and their kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.formats import localize
from django.utils.translation import gettext as _

from .labels import CONTEXT, COUNTS, DIMENSIONS, FACTS, GATES, LEVELS, SIDES, STATES, UNKNOWN, VALUES

Statements = Mapping[str, str]


def name(what: str, statements: Statements | None = None) -> str:
    """What a fact, a circumstance, an item, a dimension or a level is called."""
    if what.startswith("context."):
        return str(CONTEXT[what.removeprefix("context.")])
    for names in (FACTS, DIMENSIONS, LEVELS):
        if what in names:
            return str(names[what])
    statement = (statements or {}).get(what, "").rstrip(".")
    return f"{what} “{statement}”" if statement else what


def value(what: str, code: str | None) -> str:
    """What the value of a fact is called; a set of levels is listed."""
    if code in (None, "", "unknown"):
        return str(UNKNOWN)
    if what == "levels":
        return ", ".join(str(LEVELS[level]) for level in code.split(","))
    return str(VALUES[what][code])


def reason(code: str, statements: Statements | None = None) -> str:
    """One reason as a sentence part: the fact and what it is, or who rated what how high."""
    what, found = code.split("=", 1)
    if what == "sides":
        return _("only %(side)s have rated anything") % {"side": SIDES[found]}
    if what == "counts":
        return _("verdict: %(verdict)s") % {"verdict": str(COUNTS[found]).lower()}
    if what in VALUES or what == "levels":
        return _("%(fact)s: %(value)s") % {"fact": name(what), "value": value(what, found)}
    subject, _dot, part = what.partition(".")
    if part == "gap":
        return _("%(name)s: %(points)s points apart, over the statements that both sides rated") % {
            "name": name(subject, statements),
            "points": localize(abs(float(found))),
        }
    if found == "unknown":
        return _("%(name)s: too few answers for a score") % {"name": name(subject, statements)}
    scored = subject in DIMENSIONS or subject in LEVELS
    figures = {"name": name(subject, statements), "figure": localize(float(found))}
    if not part:
        return _("%(name)s: %(figure)s of 100") % figures
    figures["side"] = SIDES[part]
    if scored:
        return _("%(name)s: %(side)s give %(figure)s of 100") % figures
    return _("%(name)s: %(side)s rate it %(figure)s of 4") % figures


def reasons(codes: Iterable[str], statements: Statements | None = None) -> list[str]:
    """Several reasons, each with a capital letter at its beginning and no full stop."""
    found = [reason(code, statements) for code in codes]
    return [text[:1].upper() + text[1:] for text in found]


def open_gate(entry: Mapping, statements: Statements | None = None) -> str:
    """One open gate as a sentence: which it is, and what would settle it."""
    settles = "; ".join(name(code, statements) for code in entry["settled_by"])
    figures = {
        "gate": GATES[entry["gate"]],
        "state": str(STATES[entry["state"]]).lower(),
        "settles": settles,
    }
    if entry["state"] == "contested":
        return (
            _("%(gate)s: %(state)s. Talk with participants about this, then ask again: %(settles)s.")
            % figures
        )
    return _("%(gate)s: %(state)s. What would settle it: %(settles)s.") % figures
