"""The guard against overwriting what somebody else saved while a form was open."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

SEEN = "seen"


@dataclass(frozen=True)
class Difference:
    """One field that two people filled in differently, in the words of the page."""

    field: forms.BoundField
    saved: str
    typed: str


class SeenField(forms.CharField):
    """The digest: no input of anybody's, so it never counts as a change."""

    widget = forms.HiddenInput

    def has_changed(self, initial: object, data: object) -> bool:
        return False


class SeenMixin:
    """A form that carries a digest of what was saved when it was shown.

    When what is saved has changed since then, the form is refused with both texts in ``differences``, and
    nothing is written. Sending the same text twice is no conflict. The form that comes back carries the
    new digest: whoever reads both texts and sends it again has decided.
    """

    stale_message = _(
        "These answers were changed after you opened this page. Nothing of yours is saved yet. "
        "Compare the two versions below, then save again to keep yours."
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEEN] = SeenField(required=False)
        self.saved = {
            name: self.get_initial_for_field(field, name)
            for name, field in self.fields.items()
            if name != SEEN
        }
        self.differences: list[Difference] = []
        self.initial[SEEN] = self.digest()

    def digest(self) -> str:
        """A short fingerprint of what is saved now."""
        text = json.dumps([[name, _plain(value)] for name, value in self.saved.items()])
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def clean(self) -> dict:
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        seen = cleaned.pop(SEEN, "")
        if seen == self.digest():
            return cleaned
        self.differences = [
            Difference(self[name], self.words(name, saved), self.words(name, self[name].value()))
            for name, saved in self.saved.items()
            if name in self.changed_data
        ]
        if self.differences:
            self.data = self.data.copy()
            self.data[self.add_prefix(SEEN)] = self.digest()
            raise ValidationError(self.stale_message, code="stale")
        return cleaned

    def words(self, name: str, value: object) -> str:
        """What ``value`` of the field ``name`` reads like on the page."""
        field = self.fields[name]
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        choices = {str(key): str(label) for key, label in getattr(field, "choices", [])}
        plain = _plain(value)
        texts = plain if isinstance(plain, list) else [plain]
        return ", ".join(choices.get(text, text) for text in texts if text)


def _plain(value: object) -> str | list[str]:
    """A field's value as text, or as a sorted list of texts, whatever type it came with."""
    if value is None:
        return ""
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(getattr(part, "pk", part)) for part in value)
    return str(value)
