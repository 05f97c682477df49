"""A whole result as plain text, for people at a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.rules.values import Thresholds

from .change import change
from .findings import contradiction, flag
from .labels import BANDS, CONTEXT, DIMENSIONS, GATES, LEVELS, MOTIVES, SIDES, STATES
from .reasons import Statements, open_gate, reasons
from .verdict import firmness, gap, verdict, whose_rule

WIDTH = 79
NO_FIGURE = "–"


def report(record: Mapping, thresholds: Thresholds, statements: Statements | None = None) -> str:
    """The record of one case file (``Profile.as_dict()`` with a ``title``) as a text of its own."""
    sections = (
        _heading(record),
        _section(_("Conditions"), _gates(record, statements)),
        _section(_("What is still open"), (open_gate(one, statements) for one in record["open_gates"])),
        _section(_("The process"), _process(record, thresholds)),
        _section(_("The product"), _dimension("product", record["product"], thresholds)),
        _section(_("Why people take part"), _motives(record)),
        _section(_("Flags"), _flags(record, statements)),
        _section(_("Contradictions to settle"), (contradiction(one) for one in record["contradictions"])),
        _section(_("Circumstances"), _circumstances(record)),
        _section(_("What would change this"), (change(one, statements) for one in record["would_change"])),
        _section(_("How firm it is"), [firmness(record)]),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _heading(record: Mapping) -> str:
    counts = record["responses"]
    answered = _("Answered by %(staff)s of the staff and %(participants)s of the participants.") % counts
    lines = _wrapped(f"{verdict(record)} {whose_rule(record)} {answered}")
    return "\n".join([record["title"], "=" * min(len(record["title"]), WIDTH), *lines])


def _section(title: str, lines: Iterable[str]) -> str:
    """A title with its lines below it; empty when there are none."""
    wrapped = [part for line in lines for part in _wrapped(line, "  ")]
    return "\n".join([title, "-" * len(title), *wrapped]) if wrapped else ""


def _wrapped(text: str, indent: str = "") -> list[str]:
    """A text in lines; what it is indented by already is kept in every line."""
    own = indent + text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(
        text.strip(), WIDTH, initial_indent=own, subsequent_indent=own + ("  " if indent else "")
    )


def _gates(record: Mapping, statements: Statements | None) -> Iterator[str]:
    for name, gate in record["gates"].items():
        line = f"{STATES[gate['state']]}: {GATES[name]}"
        yield line if gate["required"] else _("%(condition)s (not required here)") % {"condition": line}
        yield "  " + "; ".join(reasons(gate["because"], statements))


def _process(record: Mapping, thresholds: Thresholds) -> Iterator[str]:
    for name, dimension in record["dimensions"].items():
        yield from _dimension(name, dimension, thresholds)


def _dimension(name: str, dimension: Mapping, thresholds: Thresholds) -> Iterator[str]:
    if dimension["score"] is None:
        yield _("%(dimension)s: too few answers for a score") % {"dimension": DIMENSIONS[name]}
    else:
        yield _("%(dimension)s: %(score)s of 100, %(band)s") % {
            "dimension": DIMENSIONS[name],
            "score": dimension["score"],
            "band": BANDS[name][dimension["band"]],
        }
        yield "  " + "; ".join(_side(side, dimension[side]) for side in SIDES)
    for level, found in dimension.get("levels", {}).items():
        yield "  " + _level(level, found)
    if dimension["gap"] is not None and "levels" not in dimension:
        yield "  " + gap(dimension["gap"], float(thresholds.gap_noted_from))
    if dimension["coverage"] is not None:
        yield "  " + _("Answered: %(percent)s%% of what was asked") % {
            "percent": round(dimension["coverage"] * 100)
        }


def _side(side: str, found: Mapping | None) -> str:
    if found is None:
        return _("%(side)s: no score") % {"side": SIDES[side]}
    return _("%(side)s: %(score)s (%(people)s)") % {
        "side": SIDES[side],
        "score": found["score"],
        "people": _people(found["n"]),
    }


def _people(n: int) -> str:
    return ngettext("%(n)s person", "%(n)s people", n) % {"n": n}


def _level(level: str, found: Mapping) -> str:
    words = {
        "level": LEVELS[level],
        "strength": NO_FIGURE if found["strength"] is None else found["strength"],
    }
    if found["recorded"]:
        return _("%(level)s: strength %(strength)s of 100, recorded by staff") % words
    return _("%(level)s: strength %(strength)s of 100") % words


def _motives(record: Mapping) -> Iterator[str]:
    for code, motive in (record["motives"] or {}).items():
        if motive["mean"] is not None:
            yield _("%(motive)s: %(mean)s of 4 (%(people)s)") % {
                "motive": MOTIVES.get(code, code),
                "mean": motive["mean"],
                "people": _people(motive["n"]),
            }


def _flags(record: Mapping, statements: Statements | None) -> Iterator[str]:
    for entry in record["flags"]:
        words = flag(entry, statements)
        yield f"{words.title}. {words.meaning}"
        yield "  " + _("Because: %(reasons)s.") % {"reasons": "; ".join(words.because)}
        yield "  " + _("What to do: %(advice)s") % {"advice": words.todo}


def _circumstances(record: Mapping) -> Iterator[str]:
    for kind, title in (("helps", _("Helps")), ("hinders", _("Hinders")), ("unknown", _("Not known"))):
        for name in record["context"][kind]:
            yield f"{title}: {CONTEXT[name]}"
