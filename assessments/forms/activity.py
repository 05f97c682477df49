"""What may be typed of an activity."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.models import Activity, Facts, Service

from .instrument import WordsField
from .seen import SeenMixin


class ActivityForm(SeenMixin, forms.ModelForm):
    """An activity's title and what happens in it."""

    class Meta:
        model = Activity
        fields = ["title", "description"]
        labels = {"title": _("Title of the activity"), "description": _("What happens")}
        help_texts = {
            "title": _("Short and plain. For example: Peer group for new parents."),
            "description": _(
                "Who does what together, where and how often. Leave out names and anything that could "
                "identify a person."
            ),
        }
        field_classes = {"description": WordsField}
        widgets = {"description": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args, service: Service, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.service = service

    def clean_title(self) -> str:
        title = self.cleaned_data["title"]
        same = Activity.objects.filter(service=self.instance.service, title=title)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                _("This service already has an activity called “%(title)s”. Choose another title."),
                code="taken",
                params={"title": title},
            )
        return title

    def save(self, commit: bool = True) -> Activity:
        """Save the activity; a new one gets its facts, all of them still open."""
        if self.instance.facts_id is None:
            self.instance.facts = Facts.objects.create()
        return super().save(commit)
