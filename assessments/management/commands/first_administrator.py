"""Begins a site: ``manage.py first_administrator --site https://coproduce.example.org``."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.mail import send_mail
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assessments.models import User
from assessments.workflow.administrator import (
    Refused,
    administrators,
    begin_site,
    password_path,
    read_email,
    read_name,
    read_organisation,
)

QUESTIONS: dict[str, tuple[str, Callable[[str], str]]] = {
    "name": ("Your name", read_name),
    "email": ("Your e-mail address (you sign in with it)", read_email),
    "organisation": ("The name of your organisation", read_organisation),
}
"""What is asked, in order: the option, the question, and how the answer is read."""

LETTER = """Hello {name},

you are the first administrator of Coproduce at {site}.

Open this address to choose your password. It works once, for one day:

{link}

After that you sign in with {email}.
"""


class Command(BaseCommand):
    """Asks who the first administrator is, and gives them a link to choose a password.

    Where there is one already it says so and changes nothing; one who has not chosen a password yet gets a
    new link.
    """

    help = "Make the first administrator of an empty site, with a link to choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", required=True, help="the site's address, such as https://example.org")
        for option, (question, _) in QUESTIONS.items():
            parser.add_argument(f"--{option}", help=f"{question}. Asked for when not given.")

    def handle(self, *, site: str, **options) -> None:
        if not site.startswith(("http://", "https://")):
            raise CommandError("Give --site as a whole address, such as https://coproduce.example.org")
        present = administrators().first()
        if present and present.has_usable_password():
            self.stdout.write(f"Sign in with {present.username}.")
            return
        user = present or self.begin(options)
        self.invite(user, site.rstrip("/"))

    def begin(self, options: dict[str, str | None]) -> User:
        """The new administrator, from the options and from what is typed."""
        try:
            return begin_site(**{name: self.answer(name, options[name]) for name in QUESTIONS})
        except Refused as refusal:
            raise CommandError(str(refusal)) from None

    def answer(self, name: str, given: str | None) -> str:
        """What was given for ``name``, or else what is typed; asked again until it can be read."""
        question, read = QUESTIONS[name]
        if given is not None:
            return read(given)
        while True:
            try:
                return read(input(f"{question}: "))
            except Refused as refusal:
                self.stdout.write(str(refusal))
            except EOFError:
                raise CommandError(f"Nobody is here to ask. Give --{name} as well.") from None

    def invite(self, user: User, site: str) -> None:
        """Send the link where letters are sent, or else print it."""
        link = site + password_path(user)
        if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
            self.stdout.write(f"Choose a password for {user.username} here. It works once, for one day:\n")
            self.stdout.write(f"    {link}")
            return
        letter = LETTER.format(name=user, site=site, link=link, email=user.username)
        send_mail("Your account at Coproduce", letter, None, [user.email])
        self.stdout.write(f"A link to choose a password was sent to {user.email}. It works for one day.")
