"""The people with accounts, and what part they have in an organisation."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

DEMO_PASSWORD = "try-coproduce"
"""The password of each demo account that can sign in. Nobody can outside the demo."""


class User(AbstractUser):
    """A person who signs in. Participants answer without an account."""

    is_demo = models.BooleanField(
        _("demo account"), default=False, help_text=_("Can sign in only where the demo is switched on.")
    )

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class Membership(models.Model):
    """A person's role in one organisation."""

    class Role(models.TextChoices):
        STAFF = "staff", _("staff: answers the assessments they are invited to")
        MANAGER = "manager", _("manager: adds services and edits those they manage")
        LEAD = "lead", _("lead: edits all services of the organisation")

    organisation = models.ForeignKey(
        "assessments.Organisation", models.CASCADE, related_name="memberships", verbose_name=_("organisation")
    )
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.STAFF)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_per_person"),
            models.CheckConstraint(
                condition=models.Q(role__in=["staff", "manager", "lead"]), name="membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role}, {self.organisation}"
