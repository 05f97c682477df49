"""What curators type: words of an instrument, the number of a copy, the reason of a publication."""

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assessments.models import InstrumentVersion

from .seen import SeenField, SeenMixin


class WordsField(forms.CharField):
    """A long text whose lines end as in an instrument file, whatever the browser sends."""

    def to_python(self, value: str | None) -> str:
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class PartForm(SeenMixin, forms.ModelForm):
    """A row of a draft, refused when somebody else has changed or deleted it since it was shown.

    What is saved now stands as an error at each field that differs; the field keeps what was typed.
    """

    seen = SeenField(required=False)  # Declared, so that pages of the admin may name it.
    stale_message = _(
        "Someone else changed this after you opened the page. Nothing of yours is saved yet. What is saved "
        "now stands at each field. Save again to keep yours."
    )

    @property
    def is_gone(self) -> bool:
        """Whether the row was there when the page was opened, and is no more."""
        return self.instance._state.adding and self.instance.pk is not None

    def clean(self) -> dict:
        if self.is_gone:
            raise ValidationError(
                _("Someone else deleted this after you opened the page. Tick “Delete” to leave it out."),
                code="gone",
            )
        if self.instance._state.adding:
            return super(SeenMixin, self).clean()  # A new row has nothing to overwrite.
        try:
            return super().clean()
        except ValidationError:
            for difference in self.differences:
                saved = difference.saved or _now("nothing")
                self.add_error(difference.field.name, _now("Saved by someone else: %s") % saved)
            raise


class PartsFormSet(forms.BaseInlineFormSet):
    """The rows that a page shows of a draft. What others add or delete meanwhile moves none of them."""

    def get_queryset(self) -> list[models.Model] | models.QuerySet:
        """The rows as the page showed them: one that is gone is there with its key alone."""
        rows = super().get_queryset()
        if not self.is_bound:
            return rows
        if not hasattr(self, "_shown"):
            present = {str(row.pk): row for row in rows}
            name = self.model._meta.pk.name
            keys = [
                self.data.get(f"{self.add_prefix(place)}-{name}", "")
                for place in range(self.initial_form_count())
            ]
            self._shown = [present.get(key) or self.model(pk=self._key(key)) for key in keys]
        return self._shown

    def _key(self, text: str) -> int:
        """The key that the page sent, or 0, which no row has."""
        return int(text) if text.isdecimal() and len(text) < 19 else 0

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.differences:
                raise ValidationError(
                    _(
                        "Someone else changed “%s” after you opened the page, so it is not deleted yet. Open "
                        "the page again, and look at it first."
                    )
                    % form.instance
                )

    def delete_existing(self, obj: models.Model, commit: bool = True) -> None:
        """Delete a row, unless somebody else has."""
        if not obj._state.adding:
            super().delete_existing(obj, commit=commit)


class CopyForm(forms.ModelForm):
    """The number of a new draft; one that is taken is refused."""

    class Meta:
        model = InstrumentVersion
        fields = ["version"]
        labels = {"version": _("Number of the new version")}


class PublishForm(forms.Form):
    """Why a version is published."""

    reason = WordsField(
        label=_("What changed, and why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stays with the version for everybody to read, and cannot be changed afterwards."),
    )


class CompareForm(forms.Form):
    """Which version ``version`` is compared with; ``default`` is the one that it was copied from."""

    before = forms.ModelChoiceField(
        InstrumentVersion.objects.none(), label=_("Compare with"), empty_label=None
    )

    def __init__(self, *args, version: InstrumentVersion, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        others = InstrumentVersion.objects.exclude(pk=version.pk).order_by("pk")
        self.fields["before"].queryset = others
        self.default = version.based_on or others.filter(pk__lt=version.pk).last() or others.first()
        self.initial["before"] = self.default
