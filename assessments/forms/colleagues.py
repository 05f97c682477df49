"""Which colleagues are invited to answer a wave."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, User

from .rows import RowsField
from .seen import SeenMixin


class ColleaguesForm(SeenMixin, forms.ModelForm):
    """The invited colleagues, among the members of the service's organisation."""

    class Meta:
        model = Assessment
        fields = ["invited"]
        labels = {"invited": _("Who should answer too?")}
        help_texts = {
            "invited": _(
                "They answer the same questions on their own and see the result once the wave is closed. "
                "They do not see your answers, and you do not see theirs."
            )
        }
        field_classes = {"invited": RowsField}
        widgets = {"invited": forms.CheckboxSelectMultiple}

    def __init__(self, *args, by: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        organisation = self.instance.activity.service.organisation_id
        colleagues = User.objects.filter(memberships__organisation=organisation, is_active=True)
        self.fields["invited"].queryset = colleagues.exclude(pk=by.pk).order_by("first_name", "username")
        self.fields["invited"].required = False

    def clean_invited(self) -> QuerySet[User]:
        """The chosen colleagues; whoever saves the form is not on it and keeps their own invitation."""
        own = self.instance.invited.filter(pk=self.by.pk).values("pk")
        chosen = self.cleaned_data["invited"].values("pk")
        return User.objects.filter(Q(pk__in=chosen) | Q(pk__in=own))
