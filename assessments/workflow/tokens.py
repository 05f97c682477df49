"""Tokens: made once, shown once, and weighed each time a script comes with one."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext as _

from assessments.models import Project, Token
from assessments.models.project import TOKEN_PREFIX

LIMIT = 60
"""How many requests a token may make in an hour."""
HOUR = timedelta(hours=1)
ENDING = 4


@dataclass
class Refused(Exception):
    """A token that does not open what was asked: the status of the answer, a code and a reason in words."""

    status: int
    code: str
    reason: str
    wait: int | None = None
    """After how many seconds it is worth coming back."""


class MadeAlready(Exception):
    """There is a token with this text, which is another one than was asked for, or is revoked."""


def new_text() -> str:
    """What a token may say: 256 random bits. Nothing is kept before :func:`issue`."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def issue(
    project: Project, text: str, *, name: str, files: Collection[str], expires_on: date, on: date
) -> Token:
    """The token that says ``text`` (:func:`new_text`). The text is kept nowhere, only its hash.

    The same again, as at the second of two clicks, is the same token, unchanged. Raises :class:`MadeAlready`
    when the text has made a token that differs in anything, or that was revoked since.
    """
    wanted = {
        "project_id": project.pk,
        "name": name,
        "ending": text[-ENDING:],
        "files": sorted(files),
        "expires_on": expires_on,
        "revoked_on": None,
    }
    token, _new = Token.objects.get_or_create(hash=Token.hash_of(text), defaults={**wanted, "created_on": on})
    if any(getattr(token, name) != value for name, value in wanted.items()):
        raise MadeAlready
    return token


def revoke(token: Token, *, on: date) -> None:
    """End a token today; one that is revoked already stays as it is."""
    if token.revoked_on is None:
        token.revoked_on = on
        token.save(update_fields=["revoked_on"])


def admit(text: str, *, slug: str, file: str, now: datetime, on: date) -> Token:
    """The token that opens ``file`` of the project at ``slug``, with one more use counted.

    Raises :class:`Refused`: 401 for a token that is not (any more) one, 403 for one that opens something
    else or whose researcher may no longer export, 429 for one that came too often within an hour.
    """
    found = (
        Token.objects.filter(hash=Token.hash_of(text)).select_related("project__researcher").first()
        if text.startswith(TOKEN_PREFIX)
        else None
    )
    if found is None:
        raise Refused(
            401, "unknown", _("This token is not known here. Copy it again, whole, or make a new one.")
        )
    if found.revoked_on is not None:
        raise Refused(401, "revoked", _("This token was revoked. Make a new one on the project’s page."))
    if not found.is_good(on):
        raise Refused(401, "expired", _("This token has expired. Make a new one on the project’s page."))
    researcher = found.project.researcher
    if not researcher.is_active or not researcher.has_perm("assessments.export_assessment"):
        raise Refused(403, "not-a-researcher", _("The account behind this token may no longer take data."))
    if found.project.slug != slug:
        raise Refused(403, "other-project", _("This token belongs to another project."))
    if file not in found.files:
        raise Refused(
            403,
            "out-of-scope",
            _("This token does not open %(file)s. It opens: %(files)s.")
            % {"file": file, "files": ", ".join(found.files)},
        )
    return counted(found, now=now, on=on)


def counted(token: Token, *, now: datetime, on: date) -> Token:
    """The token with one more use in its hour. Raises :class:`Refused` (429) beyond the limit.

    The database decides in one statement each, so that several web processes count together.
    """
    row = Token.objects.filter(pk=token.pk)
    row.filter(Q(hour=None) | Q(hour__lte=now - HOUR)).update(hour=now, uses_this_hour=0)
    if row.filter(uses_this_hour__lt=LIMIT).update(uses_this_hour=F("uses_this_hour") + 1, used_on=on):
        return token
    hour = row.values_list("hour", flat=True).get()
    wait = int((hour + HOUR - now).total_seconds()) + 1
    words = _("This token came %(limit)s times within an hour. Wait %(wait)s seconds.")
    raise Refused(429, "too-often", words % {"limit": LIMIT, "wait": wait}, wait)
