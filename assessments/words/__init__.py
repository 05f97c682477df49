"""Codes of the rules in words for people: names, sentences and reasons, all through gettext.

Everything works on the record that ``Profile.as_dict()`` gives, whether it comes from a case file or from
the database. ``statements`` maps item codes to their words; without it an item is called by its code.
"""

from .change import change
from .findings import contradiction, flag
from .labels import (
    AGREEMENT,
    BANDS,
    CONTEXT,
    COUNTS,
    DIMENSIONS,
    FACTS,
    GATES,
    KINDS,
    LEVELS,
    MOTIVES,
    RULESETS,
    SIDES,
    STATES,
    VALUES,
)
from .reasons import open_gate, reason, reasons
from .verdict import firmness, gap, verdict, whose_rule

__all__ = [
    "AGREEMENT",
    "BANDS",
    "CONTEXT",
    "COUNTS",
    "DIMENSIONS",
    "FACTS",
    "GATES",
    "KINDS",
    "LEVELS",
    "MOTIVES",
    "RULESETS",
    "SIDES",
    "STATES",
    "VALUES",
    "change",
    "contradiction",
    "firmness",
    "flag",
    "gap",
    "open_gate",
    "reason",
    "reasons",
    "verdict",
    "whose_rule",
]
