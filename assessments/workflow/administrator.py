"""The first person of a new site: who lets everybody else in."""

from __future__ import annotations

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from assessments.models import Membership, Organisation, User


class Refused(ValueError):
    """What was given makes no first administrator; says what would be right."""


def administrators():
    """The people who may do everything on this site, demo accounts left out."""
    return User.objects.filter(is_superuser=True, is_active=True, is_demo=False).order_by("pk")


def read_name(text: str) -> str:
    """A person's name as typed, without the spaces around it. Raises Refused when there is none."""
    name = " ".join(text.split())
    if not name:
        raise Refused("Give your name, such as Mina Marsh.")
    if max(map(len, split(name))) > User._meta.get_field("last_name").max_length:
        raise Refused("That name is too long. Give the one that colleagues call you by.")
    return name


def read_email(text: str) -> str:
    """An e-mail address as typed, without the spaces around it. Raises Refused when it is none."""
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("Give your whole e-mail address, such as mina.marsh@example.org.") from None
    if len(email) > User._meta.get_field("username").max_length:
        raise Refused("That e-mail address is too long. Give one of at most 150 characters.")
    return email


def read_organisation(text: str) -> str:
    """An organisation's name as typed, without the spaces around it. Raises Refused when there is none."""
    name = " ".join(text.split())
    if not name:
        raise Refused("Give the name of your organisation, such as Elm Borough Council.")
    if len(name) > Organisation._meta.get_field("name").max_length:
        raise Refused("That name is too long. Give the one that people know your organisation by.")
    return name


def split(name: str) -> tuple[str, str]:
    """The first word of a name, and the rest."""
    first, _, last = name.partition(" ")
    return first, last


@transaction.atomic
def begin_site(*, name: str, email: str, organisation: str) -> User:
    """Make the first administrator, who signs in with ``email``, and the organisation that they lead.

    They have no password until they choose one. Raises Refused when the site has an administrator, or an
    account with that e-mail address, already.
    """
    if administrators().exists():
        raise Refused("This site has an administrator already.")
    first, last = split(read_name(name))
    email = read_email(email)
    if User.objects.filter(username__iexact=email).exists():
        raise Refused(f"There is an account called {email} already. Give another address.")
    user = User.objects.create_superuser(email, email, None, first_name=first, last_name=last)
    place, _ = Organisation.objects.get_or_create(name=read_organisation(organisation))
    Membership.objects.create(user=user, organisation=place, role=Membership.Role.LEAD)
    return user


def password_path(user: User) -> str:
    """The path at which ``user`` chooses a password. It works once, and for a day."""
    code = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[code, default_token_generator.make_token(user)])
