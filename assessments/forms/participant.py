"""What may be typed of participants and of their part in an activity."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.models import Activity, Participant, Participation, Service

from .seen import SeenMixin


class ParticipantForm(SeenMixin, forms.ModelForm):
    """A participant's reference, and whether it is a person or a group."""

    class Meta:
        model = Participant
        fields = ["reference", "kind", "size", "research_consent"]
        labels = {"research_consent": _("They agree that researchers learn how they take part")}
        help_texts = {
            "reference": _(
                "Any code that you recognise, such as P-014 or Tuesday group. A name is not needed, so "
                "please leave names out."
            ),
            "size": _("Only for a group. A rough number is fine."),
            "research_consent": _(
                "Tick this only if they said so. Researchers then learn, under a code, how they came, in "
                "which phases they take part, since which year and about how many hours. They never learn "
                "their answers from it. Untick it when they change their mind."
            ),
        }
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args, service: Service, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.service = service

    def clean_reference(self) -> str:
        reference = self.cleaned_data["reference"]
        same = Participant.objects.filter(service=self.instance.service, reference=reference)
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(
                _("This service already has a participant called “%(reference)s”. Choose another reference."),
                code="taken",
                params={"reference": reference},
            )
        return reference

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("kind") == Participant.Kind.PERSON and cleaned.get("size") is not None:
            self.add_error(
                "size",
                ValidationError(
                    _("Leave this empty for one person, or choose “a group”."), code="not-a-group"
                ),
            )
        return cleaned


class ParticipationForm(SeenMixin, forms.ModelForm):
    """How a participant came to an activity, in which phases they take part, and since when."""

    PHASES = ("commission", "design", "deliver", "assess")

    phases = forms.MultipleChoiceField(
        label=_("Phases they take part in"),
        help_text=_("Choose all that apply."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, Participation._meta.get_field(name).verbose_name.capitalize()) for name in PHASES],
    )

    class Meta:
        model = Participation
        fields = ["participant", "asked", "since", "hours_a_month"]
        help_texts = {
            "asked": _("Being asked by someone they know and trust is what brings most people in."),
            "since": _("A rough date is fine. For example: 1 March 2026."),
            "hours_a_month": _("A rough number is fine. Leave it empty if you do not know."),
        }
        error_messages = {
            "participant": {
                "invalid_choice": _(
                    "This participant is in this activity already, or is not on the list of this service. "
                    "Choose another."
                )
            }
        }
        widgets = {
            "asked": forms.RadioSelect,
            "since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args, activity: Activity, **kwargs) -> None:
        participation = kwargs.get("instance")
        if participation is not None:
            kwargs.setdefault("initial", {})["phases"] = [
                name for name in self.PHASES if getattr(participation, name)
            ]
        super().__init__(*args, **kwargs)
        self.instance.activity = activity
        participants = Participant.objects.filter(service=activity.service_id)
        if self.instance.pk is None:
            participants = participants.exclude(participations__activity=activity)
            self.fields["participant"].queryset = participants
        else:
            del self.fields["participant"]
            self.saved.pop("participant", None)
            self.initial["seen"] = self.digest()
        self.order_fields(["participant", "asked", "phases", "since", "hours_a_month"])

    def save(self, commit: bool = True) -> Participation:
        """Save the participation with its phases."""
        for name in self.PHASES:
            setattr(self.instance, name, name in self.cleaned_data["phases"])
        return super().save(commit)
