"""Assessment (one wave of one activity), its responses and answers, and its stored results."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assessments.rules import values

from .activity import Activity, Facts
from .instrument import InstrumentVersion, Item
from .service import Service

EVIDENCE_MAX = 10_000
"""The longest evidence, in characters."""


class AssessmentQuerySet(models.QuerySet):
    """Waves, scoped by their service and by invitation."""

    def visible_to(self, user) -> Self:
        """The waves of the services that ``user`` may read, and those they are invited to answer."""
        if not user.is_authenticated:
            return self.none()
        invited = Assessment.invited.through.objects.filter(user=user).values("assessment")
        return self.filter(
            models.Q(activity__service__in=Service.objects.visible_to(user)) | models.Q(pk__in=invited)
        )

    def editable_by(self, user) -> Self:
        """The waves of the services that ``user`` may change, open or closed."""
        return self.filter(activity__service__in=Service.objects.editable_by(user))

    def shared_with(self, user) -> Self:
        """The closed waves that ``user`` may export: those of services shared for research, for a
        researcher. Seeing a service's pages gives no right to its data package, and the other way round."""
        if not user.has_perm("assessments.export_assessment"):
            return self.none()
        return self.closed().filter(activity__service__shared_for_research=True)

    def published(self) -> Self:
        """The closed waves whose result everybody may read."""
        return self.closed().exclude(published_on=None)

    def open(self) -> Self:
        """The waves that still take answers."""
        return self.filter(status=Assessment.Status.OPEN)

    def closed(self) -> Self:
        """The waves with a result."""
        return self.filter(status=Assessment.Status.CLOSED)


class Assessment(models.Model):
    """One wave: an activity assessed once, by staff and by participants, under one instrument version."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    activity = models.ForeignKey(
        Activity, models.PROTECT, related_name="assessments", verbose_name=_("activity")
    )
    wave = models.PositiveSmallIntegerField(_("wave"))
    instrument_version = models.ForeignKey(
        InstrumentVersion, models.PROTECT, related_name="assessments", verbose_name=_("instrument version")
    )
    ruleset = models.SlugField(_("rule-set"), max_length=40, default="bussu-2014")
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN)
    invited = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="invited_to", blank=True, verbose_name=_("invited colleagues")
    )
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("opened by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("closed by"),
    )
    facts = models.OneToOneField(
        Facts, models.PROTECT, null=True, blank=True, related_name="assessment", editable=False
    )

    public_slug = models.SlugField(
        _("public address"), max_length=20, null=True, blank=True, unique=True, editable=False
    )
    public_note = models.CharField(_("what the public page says first"), max_length=500, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True, editable=False)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["-opened_at", "-pk"]
        permissions = [("export_assessment", _("Can export shared assessments"))]
        constraints = [
            models.UniqueConstraint(fields=["activity", "wave"], name="one_assessment_per_wave"),
            models.UniqueConstraint(
                fields=["activity"], condition=models.Q(status="open"), name="one_open_wave_per_activity"
            ),
            models.CheckConstraint(condition=models.Q(wave__gte=1), name="waves_count_from_one"),
            models.CheckConstraint(
                condition=models.Q(status="open", closed_at=None, facts=None)
                | models.Q(status="closed", closed_at__isnull=False, facts__isnull=False),
                name="a_closed_wave_has_a_date_and_its_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(published_on=None)
                | models.Q(status="closed", published_on__isnull=False, public_slug__isnull=False),
                name="only_a_closed_wave_is_public",
            ),
        ]

    def __str__(self) -> str:
        return str(_("%(activity)s, wave %(wave)s")) % {"activity": self.activity, "wave": self.wave}

    def get_absolute_url(self) -> str:
        return reverse("assessment-detail", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether the wave still takes answers."""
        return self.status == self.Status.OPEN


class Response(models.Model):
    """One filled form. A staff response belongs to an account, a participant's to nobody.

    The key is random and a participant's response has a day but no time, so that neither tells who
    answered first.
    """

    class Mode(models.TextChoices):
        ONLINE = "online", _("filled in online")
        ASSISTED = "assisted", _("filled in with someone's help")
        PAPER = "paper", _("typed in from paper")

    class Wording(models.TextChoices):
        PLAIN = "plain", _("plain wording")
        EASY_READ = "easy_read", _("easy read")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="responses", verbose_name=_("assessment")
    )
    side = models.CharField(
        _("side"), max_length=12, choices=[("staff", _("staff")), ("participant", _("participant"))]
    )
    form = models.CharField(
        _("form"), max_length=6, choices=[("full", _("full")), ("short", _("short"))], default="full"
    )
    respondent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="responses"
    )
    mode = models.CharField(_("how it was filled in"), max_length=10, choices=Mode, default=Mode.ONLINE)
    wording = models.CharField(_("wording"), max_length=10, choices=Wording, default=Wording.PLAIN)
    language = models.CharField(_("language"), max_length=10, default="en")
    research_consent = models.BooleanField(_("agrees to research"), default=False)
    submitted_on = models.DateField(_("sent on"), null=True, blank=True)
    withdrawal = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    """The hash of a code that only the sender was shown: with it they can take their consent back."""

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "respondent"], name="one_response_per_colleague"),
            models.CheckConstraint(
                condition=models.Q(side="staff", respondent__isnull=False, form="full")
                | models.Q(side="participant", respondent=None),
                name="only_staff_responses_have_an_account",
            ),
            models.CheckConstraint(
                condition=models.Q(form__in=["full", "short"]), name="response_form_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Answer(models.Model):
    """What one response says to one item: a rating, or why there is none, and evidence for it."""

    pk = models.CompositePrimaryKey("response_id", "item_id")
    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    item = models.ForeignKey(Item, models.PROTECT, related_name="answers")
    rating = models.PositiveSmallIntegerField(_("rating"), null=True)
    missing = models.CharField(
        _("why there is no rating"),
        max_length=2,
        blank=True,
        choices=[(code.value, code.value) for code in values.Missing],
    )
    evidence = models.TextField(_("evidence"), max_length=EVIDENCE_MAX, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rating=None, missing__in=["", "dk", "na"])
                | models.Q(rating__range=(0, values.MAX_RATING), missing=""),
                name="answer_is_a_rating_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.missing or self.rating}"


class Result(models.Model):
    """What the rules said when the wave closed, under one rule-set. Never recomputed silently.

    ``profile`` is the whole answer of the rules, with the keys of a line of ``manage.py assess``. The
    columns beside it repeat what lists and filters need.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="results")
    ruleset = models.SlugField(_("rule-set"), max_length=40)
    rules_version = models.PositiveSmallIntegerField(_("version of the rules"))
    counts = models.CharField(
        _("counts"), max_length=14, choices=[(code.value, code.value) for code in values.Counts]
    )
    kind = models.CharField(
        _("kind"), max_length=14, blank=True, choices=[(code.value, code.value) for code in values.Kind]
    )
    participants_withheld = models.BooleanField(_("too few participants to show"), default=False)
    profile = models.JSONField(_("profile"))

    class Meta:
        verbose_name = _("result")
        verbose_name_plural = _("results")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "ruleset"], name="one_result_per_rule_set"),
            models.CheckConstraint(
                condition=models.Q(counts__in=[code.value for code in values.Counts]),
                name="result_counts_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.counts}"


class PublicResult(models.Model):
    """What everybody may read of a wave that is published: the rules' record under the public floor.

    Computed at the close beside :class:`Result`, from fewer answers (:mod:`assessments.disclosure`), and
    kept in a table of its own, so that a public page cannot read the other by mistake. A wave that may not
    be published has none.
    """

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="public_results")
    ruleset = models.SlugField(_("rule-set"), max_length=40)
    rules_version = models.PositiveSmallIntegerField(_("version of the rules"))
    profile = models.JSONField(_("profile"))

    class Meta:
        verbose_name = _("public result")
        verbose_name_plural = _("public results")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "ruleset"], name="one_public_result_per_rule_set")
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id}, {self.ruleset}"
