"""What may be typed of a service."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from assessments.models import Membership, Organisation, Service, User

from .instrument import WordsField
from .seen import SeenMixin

RESERVED_SLUGS = {"new"}


class ServiceForm(SeenMixin, forms.ModelForm):
    """What a service is, whom participants can ask, and whether researchers may use what it closed."""

    class Meta:
        model = Service
        fields = ["name", "description", "contact", "shared_for_research", "evidence_shared"]
        labels = {
            "name": _("Name of the service"),
            "description": _("What it is for"),
            "contact": _("Whom participants can ask"),
            "shared_for_research": _("Share closed assessments with researchers"),
            "evidence_shared": _("Share what staff wrote as evidence, too"),
        }
        help_texts = {
            "name": _("As people who use it would know it. For example: Elm Road Family Centre."),
            "description": _("One or two sentences. Anyone in your organisation should understand them."),
            "contact": _(
                "A name or a team, with a telephone number or an e-mail address. It stands on invitations "
                "and on public results."
            ),
            "shared_for_research": _(
                "Researchers see ratings and facts under a code. They never see the name of the service, "
                "your references or anyone's name. You can stop sharing at any time."
            ),
            "evidence_shared": _(
                "Only for researchers who say why they need it. They read it word for word: any name that "
                "somebody wrote there goes with it."
            ),
        }
        field_classes = {"description": WordsField}
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, user: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if self.instance.pk is None:
            organisations = organisations_for(user)
            if organisations.count() == 1:
                self.instance.organisation = organisations.get()
            else:
                self.fields["organisation"] = forms.ModelChoiceField(
                    organisations, label=_("Organisation"), help_text=_("Who runs the service.")
                )
                self.order_fields(["organisation"])

    def clean(self) -> dict:
        cleaned = super().clean()
        if cleaned.get("evidence_shared") and not cleaned.get("shared_for_research"):
            self.add_error(
                "evidence_shared",
                ValidationError(
                    _("Evidence is shared only together with the assessments. Tick both, or neither."),
                    code="alone",
                ),
            )
        organisation = cleaned.get("organisation") or (
            self.instance.organisation if self.instance.organisation_id else None
        )
        same = Service.objects.filter(organisation=organisation, name=cleaned.get("name"))
        if organisation and same.exclude(pk=self.instance.pk).exists():
            self.add_error(
                "name",
                ValidationError(
                    _("Your organisation already has a service called “%(name)s”. Choose another name."),
                    code="taken",
                    params={"name": cleaned["name"]},
                ),
            )
        if organisation:
            self.instance.organisation = organisation
        return cleaned

    def save(self, commit: bool = True) -> Service:
        """Save the service; a new one gets its address from its name and ``user`` as its first manager."""
        new = self.instance.pk is None
        if new:
            self.instance.slug = free_slug(self.instance.name)
        service = super().save(commit)
        if new:
            service.managers.add(self.user)
        return service


def organisations_for(user: User):
    """The organisations in which ``user`` may add a service."""
    if user.is_superuser:
        return Organisation.objects.all()
    return Organisation.objects.filter(
        memberships__user=user, memberships__role__in=[Membership.Role.MANAGER, Membership.Role.LEAD]
    )


def free_slug(name: str) -> str:
    """An address for a service called ``name`` that no other service has."""
    stem = slugify(name)[:70].strip("-") or "service"
    taken = set(Service.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED_SLUGS
    number, slug = 2, stem
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
