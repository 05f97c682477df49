"""The form of one dimension: a rating and evidence for each of its items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import EVIDENCE_MAX, Answer, Item
from assessments.words.labels import RATINGS

from .seen import SeenMixin


class EvidenceField(forms.CharField):
    """Free text that comes back as it was typed: nothing stripped, line ends as one sign."""

    def __init__(self, **kwargs) -> None:
        super().__init__(strip=False, required=False, max_length=EVIDENCE_MAX, **kwargs)

    def to_python(self, value: object) -> str:
        return super().to_python(value).replace("\r\n", "\n")

    def has_changed(self, initial: object, data: object) -> bool:
        return super().has_changed(initial, self.to_python(data))


class AnswersForm(SeenMixin, forms.Form):
    """The items of one dimension. Nothing is required: a page may be saved half done.

    ``items`` come with their words (``item.words``), ``answers`` are what this response says so far.
    """

    def __init__(self, *args, items: Iterable[Item], answers: Mapping[int, Answer], **kwargs) -> None:
        self.items = list(items)
        initial = {}
        for item in self.items:
            answer = answers.get(item.pk)
            if answer is not None:
                initial[item.code] = answer.missing or ("" if answer.rating is None else str(answer.rating))
                initial[f"{item.code}_evidence"] = answer.evidence
        self.base_fields = {}
        for item in self.items:
            self.base_fields[item.code] = forms.ChoiceField(
                label=item.words.staff, choices=RATINGS, required=False, widget=forms.RadioSelect
            )
            self.base_fields[f"{item.code}_evidence"] = EvidenceField(
                label=_("What do you base this on?"),
                help_text=item.words.evidence_hint,
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        super().__init__(*args, initial=initial, **kwargs)

    def questions(self) -> Iterable[tuple[Item, forms.BoundField, forms.BoundField]]:
        """Each item with its two fields, in the order of the page."""
        return [(item, self[item.code], self[f"{item.code}_evidence"]) for item in self.items]

    def given(self) -> list[Answer]:
        """What was typed, as answers that belong to no response yet, for the workflow to write."""
        answers = []
        for item in self.items:
            chosen = self.cleaned_data[item.code]
            rated = chosen.isdecimal()
            answers.append(
                Answer(
                    item=item,
                    rating=int(chosen) if rated else None,
                    missing="" if rated else chosen,
                    evidence=self.cleaned_data[f"{item.code}_evidence"],
                )
            )
        return answers
