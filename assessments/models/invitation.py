"""Invitation, Draft and Box: how participants answer without an account, and without leaving a trace.

Nothing here ties what somebody answered to who was invited. While a wave is open, all its participants'
responses lie in one row, in an order that random keys give; drafts are sealed with a key that only the
participant has; an invitation knows how many answers came through it and on which day the last one did.
``docs/privacy.md`` says what this withstands, and what it does not.
"""

from __future__ import annotations

import secrets
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from .assessment import Assessment
from .participant import Participant

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""The signs of links and codes: none that is easily taken for another."""

KEY_LENGTH = SIGNATURE_LENGTH = 8
GROUP_LIMIT = 1000
"""The most answers that one group link may bring."""


def new_key() -> str:
    """A random key for a link."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(KEY_LENGTH))


def signature(key: str) -> str:
    """The second half of a link: whoever reads the table, but not the site's secret, cannot make it."""
    digest = salted_hmac("assessments.invitation", key, algorithm="sha256").digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:SIGNATURE_LENGTH])


class InvitationQuerySet(models.QuerySet):
    """Invitations, scoped by their wave, or found by the link that somebody holds."""

    def editable_by(self, user) -> Self:
        """The invitations to waves that ``user`` may change."""
        return self.filter(assessment__in=Assessment.objects.editable_by(user))

    def by_token(self, token: str) -> Invitation | None:
        """The invitation behind a link, or None for one that is mistyped or made up."""
        key, signed = token[:KEY_LENGTH], token[KEY_LENGTH:]
        if not constant_time_compare(signed, signature(key)):
            return None
        return self.filter(key=key).first()


class Invitation(models.Model):
    """A link to answer one wave: for one participant and one answer, or for a group up to a limit."""

    class Kind(models.TextChoices):
        SINGLE = "single", _("for one person")
        GROUP = "group", _("for a group")

    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="invitations", verbose_name=_("assessment")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    key = models.CharField(max_length=KEY_LENGTH, unique=True, default=new_key, editable=False)
    participant = models.ForeignKey(
        Participant,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations",
        verbose_name=_("participant"),
    )
    email = models.EmailField(_("e-mail address"), blank=True)
    limit = models.PositiveSmallIntegerField(
        _("how many may answer"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(GROUP_LIMIT)],
    )
    ends_on = models.DateField(_("last day"))
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    reminded_on = models.DateField(_("reminded on"), null=True, blank=True)
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    begun = models.PositiveSmallIntegerField(_("opened"), default=0, editable=False)
    completed = models.PositiveSmallIntegerField(_("completed"), default=0, editable=False)
    completed_on = models.DateField(_("last completed on"), null=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="single", limit=1)
                | models.Q(kind="group", limit__range=(2, GROUP_LIMIT), participant=None, email=""),
                name="a_single_link_is_for_one",
            ),
            models.CheckConstraint(
                condition=models.Q(completed__lte=models.F("limit")), name="no_more_answers_than_the_limit"
            ),
            models.UniqueConstraint(
                fields=["assessment", "participant"],
                condition=models.Q(revoked_on=None),
                name="one_standing_link_per_participant",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Invitation %(number)s") % {"number": self.pk})

    def get_absolute_url(self) -> str:
        return reverse("answer-welcome", args=[self.token])

    @property
    def token(self) -> str:
        """What stands in the link."""
        return self.key + signature(self.key)


class Draft(models.Model):
    """Answers begun and not sent, sealed with a key that the participant's code and link give.

    The row tells nobody which link it came through, nor what it says.
    """

    lookup = models.CharField(primary_key=True, max_length=64)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="drafts")
    sealed = models.BinaryField()
    expires_on = models.DateField()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return self.lookup[:8]


class Box(models.Model):
    """The participants' responses of one open wave, all in one row; the close takes them out, shuffled.

    ``responses`` maps a random key to a record with ``form``, ``mode``, ``wording``, ``language``,
    ``research_consent`` and ``answers`` (by item code: 0 to 4, ``dk`` or ``na``). One row has one place in
    the table and one transaction number, so neither tells which response came when.
    """

    assessment = models.OneToOneField(Assessment, models.CASCADE, primary_key=True, related_name="box")
    responses = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("box")
        verbose_name_plural = _("boxes")

    def __str__(self) -> str:
        return str(self.pk)
