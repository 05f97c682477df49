"""InstrumentVersion with its rule-sets, dimensions, items and their texts, per language.

A published version is closed to change: the forms of the admin refuse it, and so do triggers in the
database (migration 0003), whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assessments.rules import values

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]
RATING = [MinValueValidator(0), MaxValueValidator(values.MAX_RATING)]
SHARE = [MinValueValidator(0), MaxValueValidator(1)]
NUMBER = [
    RegexValidator(
        r"^[0-9A-Za-z][0-9A-Za-z.-]*$", _("Use letters, digits, dots and hyphens, such as 2 or 2.1-draft.")
    )
]
"""What a version's number may look like: it is part of addresses and of file names."""

LANGUAGE = [RegexValidator(r"^[a-z]{2,3}(-[a-z0-9]+)*$", _("Write a language code, such as en or cy."))]


def validate_fraction(text: str) -> None:
    """Refuse a text that is not a share from 0 to 1, such as ``2/3`` or ``0.6``."""
    try:
        share = Fraction(text)
    except (ValueError, ZeroDivisionError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise ValidationError(_("Write a share from 0 to 1, such as 2/3 or 0.6."), code="not-a-share")


def points(label: str, default: int) -> models.DecimalField:
    """A column for a score from 0 to 100."""
    return models.DecimalField(label, max_digits=5, decimal_places=2, default=default, validators=PERCENT)


def rating(label: str, default: int) -> models.DecimalField:
    """A column for a mean rating from 0 to 4."""
    return models.DecimalField(label, max_digits=3, decimal_places=2, default=default, validators=RATING)


def in_language(texts: Iterable[models.Model]) -> models.Model:
    """The one of ``texts`` in the language of the page; else the English one, else the first.

    Raises LookupError when there is none, which the checks before publishing exclude.
    """
    by_language = {text.language: text for text in texts}
    language = get_language() or "en"
    for wanted in (language, language.split("-")[0], "en", *by_language):
        if wanted in by_language:
            return by_language[wanted]
    raise LookupError("no words in any language")


class InstrumentVersionQuerySet(models.QuerySet):
    """Versions, by their state."""

    def published(self) -> Self:
        """The versions that assessments may use or have used, newest first."""
        return self.filter(status=InstrumentVersion.Status.PUBLISHED).order_by("-published_at", "-pk")

    def current(self) -> InstrumentVersion | None:
        """The version that a new wave uses, or None before any is published."""
        return self.published().first()


class InstrumentVersion(models.Model):
    """One version of the items, their words, and the numbers that the rules use."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    version = models.CharField(_("version"), max_length=20, unique=True, validators=NUMBER)
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    based_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="drafts"
    )
    reason = models.TextField(_("why it was published"), blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    min_coverage = models.CharField(
        _("share that must be answered for a score"),
        max_length=12,
        default="2/3",
        validators=[validate_fraction],
    )
    band_mixed_from = points(_("mixed from"), 40)
    band_coproduction_from = points(_("towards coproduction from"), 60)
    additive_gate_from = points(_("the additive gate passes from"), 40)
    individualised_additive_below = points(_("individualised and substitutive below (additive)"), 50)
    gap_noted_from = points(_("a gap is noted from"), 15)
    low_mean_to = rating(_("a mean rating is low up to"), 1)
    high_mean_from = rating(_("a mean rating is high from"), 3)
    weak_level_to = points(_("a level is weak up to"), 25)
    strong_level_from = points(_("a level is strong from"), 75)
    agree_from = models.DecimalField(
        _("a side agrees from"), max_digits=3, decimal_places=2, default="0.70", validators=SHARE
    )
    differ_from = models.DecimalField(
        _("a side differs from"), max_digits=3, decimal_places=2, default="0.30", validators=SHARE
    )
    min_raters_for_agreement = models.PositiveSmallIntegerField(
        _("raters needed to speak of agreement"), default=3, validators=[MinValueValidator(2)]
    )
    min_participants = models.PositiveSmallIntegerField(
        _("participants needed before staff see their side"), default=5, validators=[MinValueValidator(5)]
    )
    min_participants_public = models.PositiveSmallIntegerField(
        _("participants needed before a result is public"), default=8, validators=[MinValueValidator(8)]
    )

    objects = InstrumentVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("instrument version")
        verbose_name_plural = _("instrument versions")
        ordering = ["-pk"]
        permissions = [("publish_instrumentversion", _("Can publish an instrument version"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="draft", published_at=None)
                | models.Q(status="published", published_at__isnull=False),
                name="a_published_version_has_a_date",
            ),
            models.CheckConstraint(
                condition=models.Q(min_participants__gte=5)
                & models.Q(min_participants_public__gte=8)
                & models.Q(min_participants_public__gte=models.F("min_participants")),
                name="disclosure_floors_only_rise",
                violation_error_message=_(
                    "Staff need at least 5 participants, the public at least 8 and as many as staff."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(min_raters_for_agreement__gte=2), name="agreement_needs_two_raters"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    additive_gate_from__range=(0, 100),
                    agree_from__lte=1,
                    band_coproduction_from__lte=100,
                    band_mixed_from__gte=0,
                    differ_from__gte=0,
                    gap_noted_from__range=(0, 100),
                    high_mean_from__lte=values.MAX_RATING,
                    individualised_additive_below__range=(0, 100),
                    low_mean_to__gte=0,
                    strong_level_from__lte=100,
                    weak_level_to__gte=0,
                ),
                name="thresholds_are_on_their_scale",
                violation_error_message=_("A threshold lies outside its scale."),
            ),
            models.CheckConstraint(
                condition=models.Q(band_mixed_from__lt=models.F("band_coproduction_from")),
                name="bands_are_in_order",
                violation_error_message=_("“Mixed” must begin below “towards coproduction”."),
            ),
            models.CheckConstraint(
                condition=models.Q(differ_from__lt=models.F("agree_from")),
                name="agreement_is_in_order",
                violation_error_message=_("“Differs” must begin below “agrees”."),
            ),
            models.CheckConstraint(
                condition=models.Q(low_mean_to__lt=models.F("high_mean_from")),
                name="mean_ratings_are_in_order",
                violation_error_message=_("A low mean rating must end below a high one."),
            ),
            models.CheckConstraint(
                condition=models.Q(weak_level_to__lt=models.F("strong_level_from")),
                name="levels_are_in_order",
                violation_error_message=_("A weak level must end below a strong one."),
            ),
        ]

    def __str__(self) -> str:
        return str(_("%(title)s, version %(version)s")) % {"title": self.title, "version": self.version}

    @property
    def is_published(self) -> bool:
        """Whether the version is closed to change."""
        return self.status == self.Status.PUBLISHED


class RuleSet(models.Model):
    """Which of the six gates must pass for an activity to count, and whose reading that is."""

    version = models.ForeignKey(InstrumentVersion, models.CASCADE, related_name="rulesets")
    code = models.SlugField(_("code"), max_length=40)
    voluntary = models.BooleanField(_("voluntary"), default=False)
    production = models.BooleanField(_("production"), default=True)
    agency = models.BooleanField(_("agency"), default=True)
    resources = models.BooleanField(_("resources"), default=False)
    additive = models.BooleanField(_("additive"), default=False)
    delivery = models.BooleanField(_("delivery"), default=False)

    class Meta:
        verbose_name = _("rule-set")
        verbose_name_plural = _("rule-sets")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="one_rule_set_per_code"),
            models.CheckConstraint(
                condition=models.Q(voluntary=True)
                | models.Q(production=True)
                | models.Q(agency=True)
                | models.Q(resources=True)
                | models.Q(additive=True)
                | models.Q(delivery=True),
                name="a_rule_set_requires_a_gate",
                violation_error_message=_("A rule-set requires at least one gate."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def gates(self) -> frozenset[values.GateName]:
        """The gates that must pass."""
        return frozenset(gate for gate in values.GateName if getattr(self, gate.value))

    @property
    def words(self) -> RuleSetText:
        """The words in the language of the page. Prefetch ``texts`` before a loop."""
        return in_language(self.texts.all())


class RuleSetText(models.Model):
    """A rule-set's words in one language."""

    ruleset = models.ForeignKey(RuleSet, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, default="en", validators=LANGUAGE)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"))

    class Meta:
        verbose_name = _("words of a rule-set")
        verbose_name_plural = _("words of rule-sets")
        constraints = [
            models.UniqueConstraint(fields=["ruleset", "language"], name="one_rule_set_text_per_language")
        ]

    def __str__(self) -> str:
        return self.name


class Dimension(models.Model):
    """One of the dimensions, as a version defines it."""

    version = models.ForeignKey(InstrumentVersion, models.CASCADE, related_name="dimensions")
    code = models.CharField(
        _("code"), max_length=24, choices=[(code.value, code.value) for code in values.Dimension]
    )
    order = models.PositiveSmallIntegerField(_("order"))
    source = models.TextField(_("the phrase it rests on"))

    class Meta:
        verbose_name = _("dimension")
        verbose_name_plural = _("dimensions")
        ordering = ["version", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="one_dimension_per_code"),
            models.CheckConstraint(
                condition=models.Q(code__in=[code.value for code in values.Dimension]),
                name="dimension_code_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def words(self) -> DimensionText:
        """The words in the language of the page. Prefetch ``texts`` before a loop."""
        return in_language(self.texts.all())


class DimensionText(models.Model):
    """A dimension's words in one language."""

    dimension = models.ForeignKey(Dimension, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, default="en", validators=LANGUAGE)
    name = models.CharField(_("name"), max_length=120)
    coproduction_pole = models.CharField(_("name of the coproduction pole"), max_length=120, blank=True)
    opposite_pole = models.CharField(_("name of the opposite pole"), max_length=120, blank=True)
    definition = models.TextField(_("definition"))
    guidance = models.TextField(_("what to think about while rating"), blank=True)

    class Meta:
        verbose_name = _("words of a dimension")
        verbose_name_plural = _("words of dimensions")
        constraints = [
            models.UniqueConstraint(fields=["dimension", "language"], name="one_dimension_text_per_language")
        ]

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One question of a version. Its code is permanent: a new meaning is a new code."""

    version = models.ForeignKey(InstrumentVersion, models.CASCADE, related_name="items")
    dimension = models.ForeignKey(Dimension, models.CASCADE, related_name="items")
    code = models.CharField(_("code"), max_length=8)
    order = models.PositiveSmallIntegerField(_("order"))
    who = models.CharField(
        _("asked of"),
        max_length=12,
        choices=[("staff", _("staff")), ("participant", _("participants")), ("both", _("both"))],
        default="both",
    )
    pole = models.CharField(
        _("pole"), max_length=1, blank=True, choices=[("+", _("for coproduction")), ("-", _("against"))]
    )
    level = models.CharField(
        _("level"),
        max_length=10,
        blank=True,
        choices=[
            ("individual", _("individual")),
            ("group", _("group")),
            ("collective", _("collective")),
        ],
    )
    note = models.CharField(_("note"), max_length=20, blank=True)
    weight = models.DecimalField(
        _("weight"),
        max_digits=5,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    short = models.BooleanField(_("in the short form"), default=False)
    source = models.TextField(_("the phrase it rests on"))

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["version", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "code"], name="one_item_per_code"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="item_weight_is_above_zero"),
            models.CheckConstraint(
                condition=models.Q(who__in=["staff", "participant", "both"]), name="item_who_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(pole__in=["+", "-"], level="", note="")
                | models.Q(pole="", level__in=["individual", "group", "collective"], note="")
                | (models.Q(pole="", level="") & ~models.Q(note="")),
                name="item_has_a_pole_or_a_level_or_a_note",
                violation_error_message=_("Give exactly one of pole, level and note."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def words(self) -> ItemText:
        """The words in the language of the page. Prefetch ``texts`` before a loop."""
        return in_language(self.texts.all())


class ItemText(models.Model):
    """An item's words in one language: the statement for each side, and help beside it."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, default="en", validators=LANGUAGE)
    staff = models.TextField(_("for staff"), blank=True)
    participant = models.TextField(_("for participants"), blank=True)
    easy_read = models.TextField(_("easy read"), blank=True)
    guidance = models.TextField(_("what is meant"), blank=True)
    example = models.TextField(_("example"), blank=True)
    evidence_hint = models.TextField(_("what could be written as evidence"), blank=True)

    class Meta:
        verbose_name = _("words of an item")
        verbose_name_plural = _("words of items")
        constraints = [
            models.UniqueConstraint(fields=["item", "language"], name="one_item_text_per_language")
        ]

    def __str__(self) -> str:
        return self.language
