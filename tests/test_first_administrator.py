"""``manage.py first_administrator``: an empty site gets its first person, by link and with no password."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from assessments.models import Membership, Organisation, Service, User
from tests.factories import make_user
from tests.views.pages import send

SITE = "http://127.0.0.1:8000"
MINA = {"name": "Mina Marsh", "email": "mina@example.org", "organisation": "Elm Borough Council"}


def begin(**options: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("first_administrator", site=SITE, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def printed(settings) -> None:
    """No mail server: letters would be printed."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"


@pytest.fixture
def typed(monkeypatch):
    """Lets the command be answered from a list of lines; each question is noted."""

    def answers(*lines: str) -> list[str]:
        waiting, asked = list(lines), []

        def answer(question: str) -> str:
            asked.append(question)
            if not waiting:
                raise EOFError
            return waiting.pop(0)

        monkeypatch.setattr("builtins.input", answer)
        return asked

    return answers


@pytest.mark.django_db
def test_the_link_leads_to_a_password_and_to_a_first_service(printed):
    said = begin(**MINA)

    link = re.search(rf"{SITE}(\S+)", said)[1]
    client = Client()
    page = client.get(link, follow=True)
    assertContains(page, "password")
    done = client.post(
        page.redirect_chain[-1][0],
        {"new_password1": "a-long-new-word-7", "new_password2": "a-long-new-word-7"},
    )
    assertRedirects(done, reverse("password_reset_complete"))
    client.post(reverse("login"), {"username": "mina@example.org", "password": "a-long-new-word-7"})
    send(client, reverse("service-create"), name="Elm Road Family Centre")
    assert Service.objects.get().organisation.name == "Elm Borough Council"
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_who_it_is_and_what_they_lead(printed):
    begin(**MINA)

    user = User.objects.get()
    assert (user.username, user.email, user.get_full_name()) == (
        "mina@example.org",
        "mina@example.org",
        "Mina Marsh",
    )
    assert (user.is_superuser, user.is_staff, user.has_usable_password()) == (True, True, False)
    assert Membership.objects.get().role == Membership.Role.LEAD
    assert Organisation.objects.get().name == "Elm Borough Council"


@pytest.mark.django_db
def test_what_is_not_given_is_asked_for_until_it_can_be_read(printed, typed):
    asked = typed("  ", "Mina  Marsh", "mina", "mina@example.org", "", "Elm Borough Council")

    said = begin()

    assert len(asked) == 6
    for refusal in (
        "Give your name, such as Mina Marsh.",
        "Give your whole e-mail address, such as mina.marsh@example.org.",
        "Give the name of your organisation, such as Elm Borough Council.",
    ):
        assert refusal in said
    assert User.objects.get().get_full_name() == "Mina Marsh"


@pytest.mark.django_db
def test_where_nobody_can_be_asked_the_option_is_named_and_nothing_is_made(printed, typed):
    typed()

    with pytest.raises(CommandError, match=r"Nobody is here to ask. Give --email as well."):
        begin(name="Mina")

    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "mina", "Give your whole e-mail address"),
        ("email", f"{'m' * 60}@{'e' * 60}.{'o' * 60}.org", "too long"),
        ("name", " ", "Give your name"),
        ("name", f"Mina {'M' * 151}", "too long"),
        ("organisation", "", "Give the name of your organisation"),
        ("organisation", "E" * 201, "too long"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_made(printed, field, value, words):
    with pytest.raises(CommandError, match=words):
        begin(**{**MINA, field: value})

    assert not User.objects.exists()
    assert not Organisation.objects.exists()


@pytest.mark.django_db
def test_a_second_call_gives_a_new_link_until_there_is_a_password_and_then_none(printed):
    begin(**MINA)
    again = begin(name="Somebody Else", email="other@example.org", organisation="Oak")
    assert f"{SITE}/accounts/password/reset/" in again

    user = User.objects.get()
    user.set_password("a-long-new-word-7")
    user.save()

    assert begin() == "Sign in with mina@example.org.\n"
    assert Organisation.objects.get().name == "Elm Borough Council"


@pytest.mark.django_db
def test_an_address_that_somebody_has_is_refused(printed):
    make_user("mina@example.org")

    with pytest.raises(CommandError, match=r"There is an account called mina@example.org already"):
        begin(**MINA)


@pytest.mark.django_db
def test_where_letters_are_sent_the_link_goes_by_letter_and_is_not_printed():
    said = begin(**MINA)

    assert said == "A link to choose a password was sent to mina@example.org. It works for one day.\n"
    letter = mail.outbox[0]
    assert letter.to == ["mina@example.org"]
    assert f"{SITE}/accounts/password/reset/" in letter.body


def test_an_address_that_is_none_is_refused():
    with pytest.raises(CommandError, match="Give --site as a whole address"):
        call_command("first_administrator", site="coproduce.example.org")
