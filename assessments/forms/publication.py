"""The plain sentence that a manager writes for the public page of a result."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment

from .seen import SeenMixin


class PublicationForm(SeenMixin, forms.ModelForm):
    """What the public page says first, in the manager's own words."""

    class Meta:
        model = Assessment
        fields = ["public_note"]
        labels = {"public_note": _("A sentence of your own")}
        help_texts = {
            "public_note": _(
                "It stands first on the page. For example: what you will do with this result. Up to 500 "
                "characters. Please leave names out."
            )
        }
        widgets = {"public_note": forms.Textarea(attrs={"rows": 4})}
