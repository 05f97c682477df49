"""What curators upload: an instrument version as a file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models.instrument import NUMBER


class ImportForm(forms.Form):
    """A TOML file, and the number of the draft that it becomes."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("A version that another site has exported, or one that you have written. TOML."),
        widget=forms.ClearableFileInput(attrs={"accept": ".toml"}),
    )
    version = forms.CharField(
        label=_("Number of the new version"),
        required=False,
        max_length=20,
        validators=NUMBER,
        help_text=_("Leave it empty to take the number in the file."),
    )
