"""What may be typed of a research project and of its tokens."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _

from assessments.models import Project, User

from .instrument import WordsField
from .seen import SeenMixin

SIGNER = Signer(salt="assessments.token")
DAYS = 90
LONGEST = 365


class ProjectForm(SeenMixin, forms.ModelForm):
    """What a project is called, what its data are for, and whether it needs what staff wrote."""

    class Meta:
        model = Project
        fields = ["name", "purpose", "evidence_reason"]
        labels = {
            "name": _("Name of the project"),
            "purpose": _("What the data are for"),
            "evidence_reason": _("Why you need what staff wrote"),
        }
        help_texts = {
            "name": _("For your own list. For example: Co-delivery in family centres, 2026."),
            "purpose": _("One or two sentences. They are kept with the record of your downloads."),
            "evidence_reason": _(
                "Leave this empty unless you need it. Files then also hold what staff wrote beside their "
                "ratings, of those services that share it."
            ),
        }
        field_classes = {"purpose": WordsField, "evidence_reason": WordsField}
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 3}),
            "evidence_reason": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.researcher = user

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        same = Project.objects.filter(researcher=self.instance.researcher, name=name)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                _("You already have a project called “%(name)s”. Choose another name."),
                code="taken",
                params={"name": name},
            )
        return name


class TokenForm(forms.Form):
    """What a token is for, which files it opens, and until when."""

    name = forms.CharField(
        label=_("What uses it"),
        max_length=80,
        help_text=_("For example: the notebook on my laptop."),
    )
    files = forms.MultipleChoiceField(
        label=_("Files that it may read"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one file.")},
    )
    expires_on = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Enter a day as year-month-day, such as 2026-12-31.")},
    )
    text = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args, files: list[str], today: date, text: str, **kwargs) -> None:
        super().__init__(*args, initial={"text": SIGNER.sign(text)}, **kwargs)
        self.today = today
        self.fields["files"].choices = [(name, name) for name in files]
        self.fields["files"].initial = files
        self.fields["expires_on"].initial = today + timedelta(days=DAYS)
        self.fields["expires_on"].help_text = _("At most a year from now.")

    def clean_text(self) -> str:
        """What the token will say. The page carries it, signed, so that sending it twice makes one token."""
        try:
            return SIGNER.unsign(self.cleaned_data["text"])
        except BadSignature:
            raise ValidationError(
                _("This page was changed on its way. Open it again."), code="changed"
            ) from None

    def clean_expires_on(self) -> date:
        day = self.cleaned_data["expires_on"]
        last = self.today + timedelta(days=LONGEST)
        if not self.today <= day <= last:
            raise ValidationError(
                _("Choose a day from %(first)s to %(last)s."),
                code="range",
                params={"first": self.today.isoformat(), "last": last.isoformat()},
            )
        return day
