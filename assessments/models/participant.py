"""Participant and Participation: who takes part, by the service's own reference, and how."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .activity import Activity
from .service import Service


class ParticipantQuerySet(models.QuerySet):
    """Participants, scoped by their service."""

    def visible_to(self, user) -> Self:
        """The participants of the services that ``user`` may read."""
        return self.filter(service__in=Service.objects.visible_to(user))

    def editable_by(self, user) -> Self:
        """The participants of the services that ``user`` may change."""
        return self.filter(service__in=Service.objects.editable_by(user))


class Participant(models.Model):
    """A person or a group that takes part, known by the service's own reference. No name is needed."""

    class Kind(models.TextChoices):
        PERSON = "person", _("one person")
        GROUP = "group", _("a group")

    service = models.ForeignKey(
        Service, models.PROTECT, related_name="participants", verbose_name=_("service")
    )
    reference = models.CharField(_("your reference"), max_length=80)
    kind = models.CharField(_("who this is"), max_length=10, choices=Kind, default=Kind.PERSON)
    size = models.PositiveIntegerField(
        _("how many people are in the group"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2), MaxValueValidator(100_000)],
    )
    research_consent = models.BooleanField(
        _("agrees that how they take part is used for research"), default=False
    )
    activities = models.ManyToManyField(Activity, through="Participation", related_name="participants")

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["reference", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["service", "reference"], name="one_participant_per_reference"),
            models.CheckConstraint(condition=~models.Q(reference=""), name="participant_has_a_reference"),
            models.CheckConstraint(
                condition=models.Q(kind="person", size=None)
                | models.Q(kind="group") & (models.Q(size=None) | models.Q(size__gte=2)),
                name="only_a_group_has_a_size",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class ParticipationQuerySet(models.QuerySet):
    """Participations, scoped by their activity's service."""

    def visible_to(self, user) -> Self:
        """The participations in activities that ``user`` may read."""
        return self.filter(activity__in=Activity.objects.visible_to(user))

    def editable_by(self, user) -> Self:
        """The participations in activities that ``user`` may change."""
        return self.filter(activity__in=Activity.objects.editable_by(user))


class Participation(models.Model):
    """One participant's part in one activity: how they came to it, in which phases, since when."""

    class Asked(models.TextChoices):
        PERSONALLY = "personally", _("asked by someone they know")
        BY_STAFF = "by_staff", _("asked by staff they did not know")
        OPEN_CALL = "open_call", _("answered an open invitation")
        OFFERED = "offered", _("came forward themselves")
        REFERRED = "referred", _("sent by another service")
        REQUIRED = "required", _("had to take part")
        UNKNOWN = "unknown", _("not known")

    participant = models.ForeignKey(
        Participant, models.CASCADE, related_name="participations", verbose_name=_("participant")
    )
    activity = models.ForeignKey(
        Activity, models.CASCADE, related_name="participations", verbose_name=_("activity")
    )
    asked = models.CharField(
        _("how they came to take part"), max_length=12, choices=Asked, default=Asked.UNKNOWN
    )
    commission = models.BooleanField(_("deciding what is needed"), default=False)
    design = models.BooleanField(_("designing it"), default=False)
    deliver = models.BooleanField(_("delivering it"), default=False)
    assess = models.BooleanField(_("judging how it went"), default=False)
    since = models.DateField(_("taking part since"), null=True, blank=True)
    hours_a_month = models.DecimalField(
        _("hours a month"),
        max_digits=5,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(744))],
    )

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        ordering = ["participant__reference", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "activity"], name="one_participation_per_activity"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    asked__in=[
                        "personally",
                        "by_staff",
                        "open_call",
                        "offered",
                        "referred",
                        "required",
                        "unknown",
                    ]
                ),
                name="participation_asked_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(hours_a_month=None) | models.Q(hours_a_month__range=(0, 744)),
                name="hours_fit_in_a_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.activity}"
