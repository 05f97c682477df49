"""The verdict in a sentence with its reason, whose rule decided, and how firm it is."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .labels import RULESETS

FIRM_FROM, FAIRLY_FIRM_FROM = 0.95, 0.75
"""The share of runs with the same verdict from which it is called firm, and fairly firm."""

FAILED = {
    ("voluntary", "basis=required"): gettext_lazy(
        "This is not coproduction: people take part because they have to. An order, a contract or the "
        "condition of a benefit or service brings them in."
    ),
    ("voluntary", "basis=general_rule"): gettext_lazy(
        "This is not coproduction: people follow a rule that applies to everybody."
    ),
    ("voluntary", "intentional=no"): gettext_lazy(
        "This is not coproduction: people do not know what it involves, or do not mean to contribute."
    ),
    ("production", "consultation"): gettext_lazy(
        "This is consultation rather than coproduction: people are asked, and staff decide and do the work."
    ),
    ("production", "conventional"): gettext_lazy(
        "This is a conventional service rather than coproduction: staff do the work, and people use it."
    ),
    ("agency", "parallel"): gettext_lazy(
        "This is parallel production rather than coproduction: people do this among themselves, without "
        "working contact with a public service."
    ),
    ("agency", "substitution"): gettext_lazy(
        "This is substitution rather than coproduction: the service’s staff time went down, people do the "
        "tasks, and no public service works with them."
    ),
    ("resources", "parallel"): gettext_lazy(
        "This is parallel production rather than coproduction: no public resources support it."
    ),
    ("additive", "staff_time=withdrawn"): gettext_lazy(
        "This is substitution rather than coproduction: staff time was withdrawn from tasks that people do."
    ),
    ("additive", "score"): gettext_lazy(
        "This is substitution rather than coproduction: the ratings say that people replace what staff did "
        "more than they add to it."
    ),
}
"""Why it does not count, by the failing gate and the fact, kind or score that decided."""

COUNTED = {
    "full": gettext_lazy(
        "This is coproduction: people help to design it and to deliver it, with a public service."
    ),
    "co_delivery": gettext_lazy(
        "This is coproduction: staff design it, and people help to deliver it, with a public service."
    ),
    "co_delivery_unknown": gettext_lazy(
        "This is coproduction: people help to deliver it, with a public service. Who designs it is not known."
    ),
    "shaping": gettext_lazy(
        "This counts as coproduction in the wider reading: people and a public service shape it together, "
        "and staff deliver it."
    ),
}

PARTIAL = gettext_lazy(
    "This is partly coproduction: people help to shape the service, and staff deliver it without them."
)
CONTESTED = gettext_lazy(
    "This is contested: by the recorded facts and the ratings it could count as coproduction, and "
    "participants say otherwise."
)
UNDETERMINED = gettext_lazy(
    "This is not yet clear: something that decides whether this is coproduction is not known."
)


def verdict(record: Mapping) -> str:
    """The verdict as a sentence, written from the gate and the fact that decided."""
    counts, kind = record["counts"], record["kind"]
    if counts == "no":
        return str(FAILED[_failed(record)])
    if counts == "partial":
        return str(PARTIAL)
    if counts == "contested":
        return str(CONTESTED)
    if counts == "undetermined":
        return str(UNDETERMINED)
    if kind == "co_delivery" and "phases.design=unknown" in record["gates"]["production"]["because"]:
        return str(COUNTED["co_delivery_unknown"])
    return str(COUNTED[kind])


def _failed(record: Mapping) -> tuple[str, str]:
    """The key of :data:`FAILED`: the gate that decided, with the fact or the kind behind it."""
    gate, because = record["decided_by"], record["gates"][record["decided_by"]]["because"]
    for known, fact in FAILED:
        if known == gate and fact in because:
            return known, fact
    return (gate, "score") if gate == "additive" else (gate, record["kind"])


def whose_rule(record: Mapping) -> str:
    """Whose reading decided, as a sentence."""
    rule = RULESETS.get(record["ruleset"], record["ruleset"])
    return _("Judged by %(rule)s.") % {"rule": rule}


def firmness(record: Mapping) -> str:
    """How firm the verdict is: in how many of the runs with other weights it stays the same."""
    share = record["robustness"]["verdict_holds"]
    if share >= FIRM_FROM:
        text = _("It is firm: the verdict stays the same in %(percent)s%% of 1,000 runs with other weights.")
    elif share >= FAIRLY_FIRM_FROM:
        text = _(
            "It is fairly firm: the verdict stays the same in %(percent)s%% of 1,000 runs with other weights."
        )
    else:
        text = _(
            "It is fragile: the verdict stays the same in %(percent)s%% of 1,000 runs with other weights."
        )
    return text % {"percent": localize(round(share * 100))}


def gap(points: float | None, noted_from: float) -> str:
    """How far the sides are apart and in which direction, as a sentence; empty without a gap.

    It is wide from ``noted_from`` points of 100, a threshold of the instrument version (``gap_noted_from``).
    """
    if points is None:
        return ""
    size = round(abs(points))
    figures = {"points": localize(size)}
    if size == 0:
        return _("Staff and participants see this alike.")
    if points < 0:
        text = ngettext(
            "Participants rate this %(points)s point lower than staff.",
            "Participants rate this %(points)s points lower than staff.",
            size,
        )
    else:
        text = ngettext(
            "Participants rate this %(points)s point higher than staff.",
            "Participants rate this %(points)s points higher than staff.",
            size,
        )
    note = _(" That is a wide gap.") if abs(points) >= noted_from else ""
    return text % figures + note
