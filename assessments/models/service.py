"""Organisation and Service. The two scoping rules of the whole app live here.

``visible_to`` says whose rows a person may read, ``editable_by`` whose they may change. Activities,
participants and assessments follow by relation, so a change of who may see what is made in this file.
"""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .user import Membership


class Organisation(models.Model):
    """A body that runs services."""

    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ServiceQuerySet(models.QuerySet):
    """Services, narrowed to what a person may see or change."""

    def editable_by(self, user) -> Self:
        """The services ``user`` may change: a manager's own, all of a lead's organisation, every one for
        a superuser; none for somebody who is not signed in or whose membership has ended."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self
        memberships = Membership.objects.filter(user=user)
        leads = memberships.filter(role=Membership.Role.LEAD).values("organisation")
        manages = memberships.filter(role=Membership.Role.MANAGER).values("organisation")
        managed = Service.managers.through.objects.filter(user=user).values("service")
        return self.filter(
            models.Q(organisation__in=leads) | models.Q(organisation__in=manages, pk__in=managed)
        )

    def visible_to(self, user) -> Self:
        """The services ``user`` may read: today those they may change.

        Invited staff see the assessments they are invited to, researchers the exports; neither sees the
        service's own pages.
        """
        return self.editable_by(user)


class Service(models.Model):
    """A public service, described once."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="services", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    description = models.TextField(_("what it is for"), max_length=2000, blank=True)
    contact = models.CharField(_("whom participants can ask"), max_length=200, blank=True)
    managers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="managed_services", blank=True, verbose_name=_("managers")
    )
    shared_for_research = models.BooleanField(_("shared for research"), default=False)
    evidence_shared = models.BooleanField(_("with what staff wrote as evidence"), default=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_service_per_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="service_has_a_name"),
            models.CheckConstraint(condition=~models.Q(slug=""), name="service_has_an_address"),
            models.CheckConstraint(
                condition=models.Q(shared_for_research=True) | models.Q(evidence_shared=False),
                name="evidence_is_shared_only_with_the_assessments",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("service-detail", args=[self.slug])
