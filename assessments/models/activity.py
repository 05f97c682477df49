"""Activity and its facts: what is done together, and what is known of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assessments.rules import values

from .service import Service


def fact(choices: type[StrEnum]) -> models.CharField:
    """A column for one fact: a value of ``choices``, or empty while nobody has been asked."""
    return models.CharField(
        max_length=20, blank=True, choices=[(member.value, member.value) for member in choices]
    )


def only(name: str, choices: type[StrEnum]) -> models.CheckConstraint:
    """The constraint that keeps the column ``name`` to the values of ``choices`` or empty."""
    allowed = ["", *(member.value for member in choices)]
    return models.CheckConstraint(
        condition=models.Q(**{f"{name}__in": allowed}), name=f"fact_{name}_is_known"
    )


FACT_COLUMNS: dict[str, type[StrEnum]] = {
    **{f"phases_{phase}": values.Part for phase in values.Phase},
    "agency": values.Agency,
    "public_resources": values.Known,
    "basis": values.Basis,
    "intentional": values.Known,
    "staff_time": values.StaffTime,
    "task": values.Task,
    **{f"context_{name}": values.Known for name in values.Context},
}
"""Every column with one value, and what it may hold. A case file writes ``phases.design`` for
``phases_design`` and ``context.cuts`` for ``context_cuts``."""

LEVEL_COLUMNS: dict[str, values.Level] = {f"levels_{level}": level for level in values.Level}
"""The columns of the set of levels: yes, no, or null while nobody has been asked. None of them: not known."""


class Facts(models.Model):
    """The facts of an activity as recorded by staff; a closed wave keeps a copy of its own.

    Empty means that nobody has been asked yet, ``unknown`` that somebody was and does not know. The rules
    read both as unknown.
    """

    phases_commission = fact(values.Part)
    phases_design = fact(values.Part)
    phases_deliver = fact(values.Part)
    phases_assess = fact(values.Part)
    agency = fact(values.Agency)
    public_resources = fact(values.Known)
    basis = fact(values.Basis)
    intentional = fact(values.Known)
    staff_time = fact(values.StaffTime)
    levels_individual = models.BooleanField(null=True)
    levels_group = models.BooleanField(null=True)
    levels_collective = models.BooleanField(null=True)
    task = fact(values.Task)
    context_relational_service = fact(values.Known)
    context_specialised = fact(values.Known)
    context_decentralised = fact(values.Known)
    context_invested = fact(values.Known)
    context_asked_personally = fact(values.Known)
    context_capital = fact(values.Known)
    context_leadership = fact(values.Known)
    context_easy_access = fact(values.Known)
    context_cuts = fact(values.Known)
    context_costs_on_people = fact(values.Known)
    context_liability_on_people = fact(values.Known)
    context_same_few_people = fact(values.Known)
    context_support_withdrawn = fact(values.Known)
    context_hostility = fact(values.Known)
    context_unspoken_duty = fact(values.Known)

    class Meta:
        verbose_name = _("facts")
        verbose_name_plural = _("facts")
        constraints = [only(name, choices) for name, choices in FACT_COLUMNS.items()]

    def __str__(self) -> str:
        return str(_("Facts %(number)s") % {"number": self.pk})


class ActivityQuerySet(models.QuerySet):
    """Activities, scoped by their service."""

    def visible_to(self, user) -> Self:
        """The activities of the services that ``user`` may read."""
        return self.filter(service__in=Service.objects.visible_to(user))

    def editable_by(self, user) -> Self:
        """The activities of the services that ``user`` may change."""
        return self.filter(service__in=Service.objects.editable_by(user))


class Activity(models.Model):
    """Something that a service and people do, or are said to do, together."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="activities", verbose_name=_("service"))
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what happens"), max_length=2000, blank=True)
    facts = models.OneToOneField(Facts, models.PROTECT, related_name="activity", editable=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["service", "title"], name="one_activity_per_title"),
            models.CheckConstraint(condition=~models.Q(title=""), name="activity_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("activity-detail", args=[self.pk])
