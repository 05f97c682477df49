"""Project and Token: for what somebody takes research data, under which codes, and how a script may."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .invitation import ALPHABET

SLUG_LENGTH = 10
SECRET_BYTES = 32
TOKEN_PREFIX = "coproduce_"


def new_slug() -> str:
    """A random address, so that one project's does not tell of another."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(SLUG_LENGTH))


def new_secret() -> bytes:
    """What makes a project's codes its own."""
    return secrets.token_bytes(SECRET_BYTES)


class ProjectQuerySet(models.QuerySet):
    """Projects, scoped by their researcher."""

    def visible_to(self, user) -> Self:
        """The projects of ``user``, while they may export. Nobody sees another's, as its codes are."""
        if not user.has_perm("assessments.export_assessment"):
            return self.none()
        return self.filter(researcher=user)


class Project(models.Model):
    """One purpose for which one researcher takes data. Its files have codes of their own.

    The codes are the same each time the project's files are made, and no other project's: ``secret`` and
    the site's key make them together.
    """

    researcher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="projects", verbose_name=_("researcher")
    )
    slug = models.SlugField(_("address"), max_length=20, unique=True, default=new_slug, editable=False)
    name = models.CharField(_("name"), max_length=200)
    purpose = models.TextField(_("what the data are for"), max_length=2000)
    evidence_reason = models.TextField(_("why what staff wrote is needed"), max_length=2000, blank=True)
    secret = models.BinaryField(default=new_secret, editable=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("research project")
        verbose_name_plural = _("research projects")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["researcher", "name"],
                name="one_project_per_name",
                violation_error_message=_("You have a project with this name. Choose another name."),
            ),
            models.CheckConstraint(
                condition=~models.Q(name="") & ~models.Q(purpose=""),
                name="a_project_has_a_name_and_a_purpose",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("project-detail", args=[self.slug])

    @property
    def asks_for_evidence(self) -> bool:
        """Whether its files may hold what staff wrote, of services that share it."""
        return bool(self.evidence_reason)


class TokenQuerySet(models.QuerySet):
    """Tokens, scoped by their project."""

    def visible_to(self, user) -> Self:
        """The tokens of the projects of ``user``."""
        return self.filter(project__in=Project.objects.visible_to(user))


class Token(models.Model):
    """With it a script reads some files of one project. The database holds its hash alone."""

    project = models.ForeignKey(
        Project, models.CASCADE, related_name="tokens", verbose_name=_("research project")
    )
    name = models.CharField(_("what uses it"), max_length=80)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    ending = models.CharField(_("its last signs"), max_length=4, editable=False)
    files = models.JSONField(_("files that it may read"))
    created_on = models.DateField(_("made on"))
    expires_on = models.DateField(_("last day"))
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    used_on = models.DateField(_("last used on"), null=True, blank=True)
    hour = models.DateTimeField(null=True, editable=False)
    uses_this_hour = models.PositiveIntegerField(default=0, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        ordering = ["-created_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_on__gte=models.F("created_on")), name="a_token_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def hash_of(text: str) -> str:
        """What is kept of a token. It has 256 random bits, so a plain hash cannot be turned back."""
        return hashlib.sha256(text.encode()).hexdigest()

    def is_good(self, on: date) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_on is None and on <= self.expires_on
