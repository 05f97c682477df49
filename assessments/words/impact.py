"""What would change under another version, in words: what it is, and each of its values."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .findings import flag
from .labels import BANDS, COUNTS, DIMENSIONS, KINDS

TOPICS = {
    "counts": gettext_lazy("Verdict"),
    "kind": gettext_lazy("Kind"),
    "bands": gettext_lazy("Band"),
    "flags": gettext_lazy("Flag"),
}

UNREAD = {
    "no_result": gettext_lazy("No result is stored under their rule-set."),
    "no_ruleset": gettext_lazy("This version has no such rule-set as theirs."),
    "no_item": gettext_lazy("This version asks none of the items that people rated."),
}
"""Why waves could not be judged again."""


def changed(what: str) -> str:
    """What changes: ``counts``, ``kind``, ``bands.<dimension>`` or ``flags.<flag>``, in words."""
    topic, _dot, code = what.partition(".")
    if topic == "bands":
        return _("Band: %(dimension)s") % {"dimension": DIMENSIONS[code]}
    if topic == "flags":
        return _("Flag: %(flag)s") % {"flag": flag({"code": code, "because": []}).title}
    return str(TOPICS[topic])


def value(what: str, code: str) -> str:
    """What it changes from or to, in words; ``code`` is ``none`` for no kind and no score."""
    topic, _dot, name = what.partition(".")
    if topic == "flags":
        return _("raised") if code == "yes" else _("not raised")
    if code == "none":
        return _("no score") if topic == "bands" else _("open")
    return str({"counts": COUNTS, "kind": KINDS, "bands": BANDS.get(name)}[topic][code])
