"""Which closed waves a researcher wants."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, InstrumentVersion, Response, Result, User
from assessments.rules import values
from assessments.words.labels import COUNTS, KINDS

ANY = [("", _("Any"))]


def year(label: str) -> forms.IntegerField:
    """A field for a year, which says what a year looks like."""
    words = _("Enter a year from 2000 to 2100, such as 2025.")
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=2000,
        max_value=2100,
        error_messages={"invalid": words, "min_value": words, "max_value": words},
    )


class FilterForm(forms.Form):
    """Filters on closed waves. All may be empty; a filter that does not exist is refused, not ignored."""

    version = forms.ModelChoiceField(
        InstrumentVersion.objects.none(),
        label=_("Instrument version"),
        to_field_name="version",
        empty_label=_("Any"),
        required=False,
        error_messages={"invalid_choice": _("There is no published version with this name. Choose another.")},
    )
    counts = forms.ChoiceField(
        label=_("Verdict"),
        choices=[*ANY, *COUNTS.items()],
        required=False,
        error_messages={
            "invalid_choice": _("There is no verdict called “%(value)s”. Choose one of the list.")
        },
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[*ANY, *((code, capfirst(words)) for code, words in KINDS.items())],
        required=False,
        error_messages={"invalid_choice": _("There is no kind called “%(value)s”. Choose one of the list.")},
    )
    participants = forms.ChoiceField(
        label=_("Participants’ side"),
        choices=[*ANY, ("yes", _("With participants’ side")), ("no", _("Staff’s side alone"))],
        required=False,
        error_messages={"invalid_choice": _("“%(value)s” is not “yes” or “no”. Choose one of the list.")},
    )
    closed_from = year(_("Closed from year"))
    closed_to = year(_("Closed up to year"))

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = InstrumentVersion.objects.published()

    def clean(self) -> dict:
        cleaned = super().clean()
        if unknown := sorted(set(self.data) - set(self.fields)):
            self.add_error(
                None,
                ValidationError(
                    _("There is no filter called “%(unknown)s”. These exist: %(known)s."),
                    code="unknown",
                    params={"unknown": "”, “".join(unknown), "known": ", ".join(self.fields)},
                ),
            )
        if twice := [name for name in self.fields if len(self.data.getlist(name)) > 1]:
            self.add_error(
                None,
                ValidationError(
                    _("Give each filter once. These came more than once: %(twice)s."),
                    code="twice",
                    params={"twice": ", ".join(twice)},
                ),
            )
        first, last = cleaned.get("closed_from"), cleaned.get("closed_to")
        if first and last and last < first:
            self.add_error(
                "closed_to",
                ValidationError(
                    _("“Closed up to year” is before “Closed from year”. Swap them, or leave one empty."),
                    code="order",
                ),
            )
        return cleaned

    def query(self) -> str:
        """The filters that are set, as the end of an address. The form must be valid."""
        return urlencode({name: self.data[name] for name in FilterForm.base_fields if self.data.get(name)})

    def selection(self, user: User) -> QuerySet[Result]:
        """The results, each under its wave's own rule-set, that ``user`` may export and that pass the
        filters. The form must be valid."""
        chosen = self.cleaned_data
        results = Result.objects.filter(
            assessment__in=Assessment.objects.shared_with(user), ruleset=F("assessment__ruleset")
        )
        if chosen["version"]:
            results = results.filter(assessment__instrument_version=chosen["version"])
        if chosen["counts"]:
            results = results.filter(counts=chosen["counts"])
        if chosen["kind"]:
            results = results.filter(kind=chosen["kind"])
        if chosen["closed_from"]:
            results = results.filter(assessment__closed_at__year__gte=chosen["closed_from"])
        if chosen["closed_to"]:
            results = results.filter(assessment__closed_at__year__lte=chosen["closed_to"])
        if chosen["participants"]:
            sent = Response.objects.filter(
                assessment=OuterRef("assessment"),
                side=values.Side.PARTICIPANT.value,
                submitted_on__isnull=False,
            )
            shown = Q(Exists(sent), participants_withheld=False)
            results = results.filter(shown if chosen["participants"] == "yes" else ~shown)
        return results


class DownloadForm(FilterForm):
    """The filters of a file, and whether it is for Excel."""

    excel = forms.ChoiceField(
        choices=[("", ""), ("1", "1")],
        required=False,
        error_messages={"invalid_choice": _("“excel” is 1 or left out.")},
    )
