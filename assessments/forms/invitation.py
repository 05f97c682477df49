"""What may be typed of invitations: whom a link is for, its last day, and where it is sent."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.models import Invitation, Participant
from assessments.models.invitation import GROUP_LIMIT

from .rows import RowsField

USUAL_DAYS = 28
"""How long a new link stands unless somebody says otherwise, in days."""
LONGEST_DAYS = 366
USUAL_GROUP = 20


class LastDayForm(forms.Form):
    """The last day on which a link takes answers: today, or at most a year from now.

    ``on`` is today; ``standing_until`` is the last day that stands already, if there is one.
    """

    ends_on = forms.DateField(
        label=_("Last day"),
        help_text=_("People can answer until the end of this day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, on: date, standing_until: date | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        self.initial["ends_on"] = standing_until or on + timedelta(days=USUAL_DAYS)

    def clean_ends_on(self) -> date:
        day = self.cleaned_data["ends_on"]
        if day < self.on:
            raise ValidationError(_("This day is over. Choose today or a later day."), code="past")
        if day > self.on + timedelta(days=LONGEST_DAYS):
            raise ValidationError(_("Choose a day within a year from today."), code="too-late")
        return day


class PeopleForm(LastDayForm):
    """The participants who get a link of their own, and until when it stands."""

    people = RowsField(
        Participant.objects.none(),
        label=_("Who gets a link of their own?"),
        help_text=_("Each link works for one person and one answer."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one person."),
            "invalid_choice": _(
                "Somebody on this list has a link already, or left the activity. Look at the list again."
            ),
        },
    )

    field_order = ["people", "ends_on"]

    def __init__(self, *args, people: QuerySet[Participant], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people


class GroupForm(LastDayForm):
    """How many people may answer through one link, and until when it stands.

    ``after`` is the key of the wave's last link, so that a second click is known as one.
    """

    limit = forms.IntegerField(
        label=_("How many may answer"),
        help_text=_("From 2 to 1,000. The link takes no more answers than this."),
        min_value=2,
        max_value=GROUP_LIMIT,
        initial=USUAL_GROUP,
    )
    after = forms.IntegerField(widget=forms.HiddenInput, required=False)

    field_order = ["limit", "ends_on"]


class AddressForm(forms.Form):
    """Where a single link is sent."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=Invitation._meta.get_field("email").max_length,
        help_text=_(
            "It is kept for a reminder, and for nothing else. It is deleted as soon as the person has "
            "answered, or when the wave is closed. It is never shown again."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
