"""Flags and contradictions in words: what was found, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .labels import DIMENSIONS, GATES, LEVELS
from .reasons import Statements, reasons

SERIOUS = {"offloading", "individualised_substitutive", "hidden_duty"}
"""The flags that say that people may be carrying what the service should."""

FLAGS = {
    "offloading": (
        gettext_lazy("Work may be moving onto people"),
        gettext_lazy("Tasks seem to pass from paid staff to participants while staff time goes down."),
        gettext_lazy(
            "Say openly what staff time is left. Agree with participants which tasks stay with staff, and "
            "what support they get for the rest."
        ),
    ),
    "individualised_substitutive": (
        gettext_lazy("People may be left to manage alone"),
        gettext_lazy(
            "People are involved one by one, in place of what staff did, where budgets or people’s own "
            "means are short. The founding text warns of this."
        ),
        gettext_lazy(
            "Bring people together, give them a named professional to turn to, and check who is left out."
        ),
    ),
    "transactional": (
        gettext_lazy("It counts, but it is thin on relationships"),
        gettext_lazy("Contact is closer to a short exchange than to working together."),
        gettext_lazy(
            "Give the same staff and participants time to get to know one another and plan together."
        ),
    ),
    "one_sided": (
        gettext_lazy("Only one side has spoken"),
        gettext_lazy("The figures rest on one side alone."),
        gettext_lazy("Ask the other side the same questions in the next wave."),
    ),
    "no_outcomes": (
        gettext_lazy("Outcomes are hard to see"),
        gettext_lazy("Little is agreed or checked about what should be different in people’s lives."),
        gettext_lazy("Agree with participants what should get better, and how you will find out together."),
    ),
    "under_invested": (
        gettext_lazy("Little was put in at the start"),
        gettext_lazy(
            "No money or time was put in to get it going, so the added value is likely to be small."
        ),
        gettext_lazy("Set aside time and a budget for it, before asking more of people."),
    ),
    "hidden_duty": (
        gettext_lazy("People may feel they have to"),
        gettext_lazy("Taking part is meant to be free, and something says that it does not feel so."),
        gettext_lazy("Make it plain, in words and in practice, that saying no costs nothing."),
    ),
}

CONTRADICTIONS = {
    "agency_none_phase_shared": gettext_lazy(
        "You recorded no working contact with a public service, and also a phase that people and staff do "
        "together."
    ),
    "agency_none_staff_work": gettext_lazy(
        "You recorded no working contact with a public service, and staff rate highly that staff work in it."
    ),
    "resources_none_public_support": gettext_lazy(
        "You recorded that no public resources support it, and staff rate highly that they do."
    ),
    "basis_chosen_duty": gettext_lazy(
        "You recorded that people choose freely, and staff rate highly that taking part is a duty."
    ),
    "staff_time_kept_tasks_moved": gettext_lazy(
        "You recorded that staff time was kept, and staff rate highly that it was taken away."
    ),
}


@dataclass(frozen=True)
class FlagWords:
    """A flag for people: its name, what it means, its reasons, what to do, and whether it is serious."""

    code: str
    title: str
    meaning: str
    because: list[str]
    todo: str
    serious: bool


def flag(entry: Mapping, statements: Statements | None = None) -> FlagWords:
    """A flag in words."""
    code = entry["code"]
    if code.startswith("contested_"):
        title = _("Participants contest: %(gate)s") % {
            "gate": str(GATES[code.removeprefix("contested_")]).lower()
        }
        meaning = _("The recorded facts say one thing, and most participants who rated it say another.")
        todo = _("Talk about it with participants before you rely on this result.")
    elif code.startswith("perception_gap_"):
        title = _("The two sides see this differently: %(dimension)s") % {
            "dimension": str(DIMENSIONS[code.removeprefix("perception_gap_")]).lower()
        }
        meaning = _("Staff and participants answered the same questions and are far apart.")
        todo = _("Look at the items one by one together. Neither side is averaged away.")
    else:
        title, meaning, todo = (str(text) for text in FLAGS[code])
    return FlagWords(
        code=code,
        title=title,
        meaning=meaning,
        because=reasons(entry["because"], statements),
        todo=todo,
        serious=code in SERIOUS,
    )


def contradiction(entry: Mapping) -> str:
    """A contradiction as a sentence."""
    code = entry["code"]
    if code in CONTRADICTIONS:
        return str(CONTRADICTIONS[code])
    for stem, text in (
        ("recorded_level_weak_", _("You recorded the level “%(level)s”, and staff rate it as weak.")),
        (
            "unrecorded_level_strong_",
            _("You did not record the level “%(level)s”, and staff rate it as strong."),
        ),
    ):
        if code.startswith(stem):
            return text % {"level": LEVELS[code.removeprefix(stem)]}
    raise KeyError(code)
