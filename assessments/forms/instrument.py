"""What curators type: words of an instrument, the number of a copy, the reason of a publication."""

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import InstrumentVersion


class WordsField(forms.CharField):
    """A long text whose lines end as in an instrument file, whatever the browser sends."""

    def to_python(self, value: str | None) -> str:
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


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
