"""What would change a result, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.formats import localize
from django.utils.translation import gettext as _

from .labels import BANDS, COUNTS, DIMENSIONS, GATES, KINDS, SIDES, STATES
from .reasons import Statements, name, value


def change(entry: Mapping, statements: Statements | None = None) -> str:
    """One entry of ``would_change``: if this were so, then that."""
    causes = _(" and ").join(_cause(move, statements) for move in entry["change"])
    effects = "; ".join(_effect(move) for move in _telling(entry["effect"]))
    return _("If %(causes)s: %(effects)s.") % {"causes": causes, "effects": effects}


def _cause(move: Mapping, statements: Statements | None) -> str:
    what = move["what"]
    if "side" in move:
        return _("%(side)s rated %(item)s %(after)s of 4 instead of %(before)s") % {
            "side": SIDES[move["side"]],
            "item": name(what, statements),
            "after": localize(move["to"]),
            "before": localize(move["from"]),
        }
    return _("“%(fact)s” were “%(after)s” (now: %(before)s)") % {
        "fact": name(what),
        "after": value(what, move["to"]),
        "before": value(what, move["from"]),
    }


def _telling(effects: list[Mapping]) -> list[Mapping]:
    """The effects worth a word: the verdict when it moves, else the gates and bands."""
    verdict = [move for move in effects if move["what"] in {"counts", "kind"}]
    return verdict or effects


def _effect(move: Mapping) -> str:
    what, after = move["what"], move["to"]
    if what == "counts":
        return _("the verdict would be “%(after)s”") % {"after": COUNTS[after]}
    if what == "kind":
        if after is None:
            return _("no kind could be named")
        return _("the kind would be “%(after)s”") % {"after": KINDS[after]}
    stem, _dot, code = what.partition(".")
    if stem == "gates":
        return _("the condition “%(gate)s” would be “%(after)s”") % {
            "gate": GATES[code],
            "after": str(STATES[after]).lower(),
        }
    return _("%(dimension)s would be “%(after)s”") % {
        "dimension": DIMENSIONS[code],
        "after": BANDS[code][after],
    }
