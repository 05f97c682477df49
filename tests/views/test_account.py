"""Signing in, and what becomes of a form whose sender was signed out meanwhile."""

import re
import time

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments.models import EVIDENCE_MAX, Answer, Membership, Organisation, User
from assessments.models.user import DEMO_PASSWORD
from assessments.views.account import TYPED_SALT
from tests.factories import make_activity, make_assessment, make_service, make_user

from .pages import seen, text_of

LOGIN, HOME = reverse("login"), reverse("home")
PASSWORD = "pass-word-1"


@pytest.fixture
def alice(instrument):
    return make_user("alice")


@pytest.fixture
def wave(alice):
    """An open wave that alice may answer."""
    return make_assessment(make_activity(make_service(managers=[alice])), by=alice)


@pytest.fixture
def address(wave) -> str:
    return reverse("assessment-answers", args=[wave.pk, "additive"])


def sign_in(client, username: str = "alice", password: str = PASSWORD, **fields):
    return client.post(LOGIN, {"username": username, "password": password, **fields})


def kept_by(page) -> str:
    """The signed form that a sign-in page carries."""
    return page.context["typed"]


def offered(page) -> dict[str, str]:
    """The fields of the form that is offered for saving after signing in."""
    return dict(page.context["fields"])


# Signing in


def test_signing_in_leads_home_or_where_one_was_going(client, alice):
    assertRedirects(sign_in(client), HOME, fetch_redirect_response=False)
    client.logout()
    assertRedirects(sign_in(client, next="/services/"), "/services/", fetch_redirect_response=False)


def test_a_page_behind_the_sign_in_is_where_it_leads_afterwards(client, address, alice):
    page = client.get(address, follow=True)
    assert page.context["next"] == address

    assertRedirects(sign_in(client, next=page.context["next"]), address)


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/x",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
    ],
)
def test_nobody_is_led_off_the_site(client, alice, elsewhere):
    assertRedirects(sign_in(client, next=elsewhere), HOME, fetch_redirect_response=False)


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("a\x00", PASSWORD)]
)
def test_a_wrong_name_or_password_is_refused(client, alice, username, password):
    page = sign_in(client, username, password)

    assertContains(page, "There is a problem")
    assert not client.session.items()


def test_a_wrong_name_and_a_wrong_password_read_the_same(client, alice):
    pages = [sign_in(client, "alice", "wrong"), sign_in(client, "nobody", PASSWORD)]

    assert len({str(page.context["form"].errors) for page in pages}) == 1


def test_an_account_that_was_closed_neither_signs_in_nor_stays_in(client, alice):
    client.force_login(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert client.get(reverse("service-list")).status_code == 302
    assert sign_in(Client()).status_code == 200


@pytest.mark.parametrize(("demo", "status"), [(True, 302), (False, 200)])
def test_demo_accounts_sign_in_where_the_demo_is_on(client, db, settings, demo, status):
    settings.DEMO = demo
    make_user("manager", is_demo=True)

    assert sign_in(client, "manager").status_code == status


def test_a_demo_session_ends_when_the_demo_is_switched_off(client, instrument, settings):
    settings.DEMO = True
    client.force_login(make_user("manager", is_demo=True))
    assert client.get(reverse("service-list")).status_code == 200

    settings.DEMO = False
    assert client.get(reverse("service-list")).status_code == 302


def test_signing_out_takes_a_form_and_leads_home(client, alice):
    client.force_login(alice)

    assert client.get(reverse("logout")).status_code == 405
    assertRedirects(client.post(reverse("logout")), HOME)
    assertRedirects(client.post(reverse("logout")), HOME)  # From a second window, or when the session ended.
    assert client.get(reverse("service-list")).status_code == 302


# A form that was sent after the session ended


def test_what_was_typed_waits_on_the_sign_in_page(client, address):
    page = client.post(address, {"A1": "3", "A1_evidence": "Minutes of May"})

    assert page.status_code == 401
    assertContains(page, "You were signed out. What you typed is kept", status_code=401)
    assert page.context["next"] == address
    assertNotContains(page, "Minutes of May", status_code=401)
    assert not Answer.objects.exists()


def test_a_paper_form_goes_back_to_the_paper_it_was_typed_from(client, alice, instrument):
    wave = make_assessment(make_activity(make_service(managers=[alice])), by=alice)
    paper = f"{reverse('assessment-paper', args=[wave.pk])}?form=short&wording=plain"

    page = sign_in(client, typed=kept_by(client.post(paper, {"A1": "3"})))

    assert page.context["path"] == paper


@pytest.mark.parametrize("page", ["/admin/assessments/user/add/", "/accounts/password/"])
def test_a_password_never_waits_on_the_sign_in_page(client, page):
    answer = client.post(page, {"username": "new", "password1": "a-new-secret", "password2": "a-new-secret"})

    assert answer.status_code == 302
    assert b"a-new-secret" not in answer.content


def test_what_was_typed_is_offered_after_signing_in_and_saved_on_request(client, alice, address):
    client.force_login(alice)
    typed = {"seen": seen(client, address), "A1": "3", "A1_evidence": " One line,\r\nand <b>another</b>. "}
    client.logout()
    kept = kept_by(client.post(address, typed))

    page = sign_in(client, next=address, typed=kept)

    assertContains(page, "Save what I typed")
    assertContains(page, f'action="{address}"')
    assertContains(page, "and &lt;b&gt;another&lt;/b&gt;.")
    assert offered(page) == typed
    assert not Answer.objects.exists()
    assert client.post(address, offered(page)).status_code == 302
    answer = Answer.objects.get(item__code="A1")
    assert (answer.rating, answer.evidence) == (3, " One line,\nand <b>another</b>. ")


def test_what_was_typed_survives_a_wrong_password(client, address, alice):
    kept = kept_by(client.post(address, {"A1": "3"}))

    again = sign_in(client, password="wrong", typed=kept)

    assert kept_by(again) == kept
    assert offered(sign_in(client, typed=kept_by(again))) == {"A1": "3"}


def test_a_choice_of_several_survives_whole(client, alice):
    activity = make_activity(make_service(managers=[alice]))
    address = reverse("facts-edit", args=[activity.pk, "levels"])
    kept = kept_by(client.post(address, {"levels": ["individual", "group"], "task": "core"}))

    page = sign_in(client, typed=kept)

    assert page.context["fields"] == [("levels", "individual"), ("levels", "group"), ("task", "core")]


def test_ten_thousand_signs_for_every_item_survive(client, alice, address):
    text = "".join(chr(0x4E00 + number % 20_000) for number in range(EVIDENCE_MAX))
    typed = {f"A{number}_evidence": text[number:] + text[:number] for number in range(1, 7)}

    page = sign_in(client, typed=kept_by(client.post(address, typed)))

    assert offered(page) == typed
    assert client.post(address, {**offered(page), "seen": seen(client, address)}).status_code == 302
    assert Answer.objects.get(item__code="A6").evidence == typed["A6_evidence"]


def test_the_protection_token_of_the_old_page_is_not_kept(client, address, alice):
    kept = kept_by(client.post(address, {"csrfmiddlewaretoken": "x" * 64, "A1": "3"}))

    assert offered(sign_in(client, typed=kept)) == {"A1": "3"}


@pytest.mark.parametrize("typed", ["made up", "a:b:c", "", "\x00", "e30:1tXX:abc"])
def test_a_form_that_this_site_did_not_sign_is_ignored(client, alice, address, typed):
    assertRedirects(sign_in(client, next=address, typed=typed), address)
    assert not Answer.objects.exists()


def test_a_signed_form_that_was_tampered_with_is_ignored(client, alice, address):
    kept = kept_by(client.post(address, {"A1": "3"}))

    assertRedirects(sign_in(client, next=address, typed="x" + kept), address)


def test_a_signed_form_of_another_purpose_is_ignored(client, alice, address):
    other = signing.dumps([address, "A1=3"], salt="something.else")

    assertRedirects(sign_in(client, next=address, typed=other), address)


class Earlier(signing.TimestampSigner):
    """Signs as if thirteen hours ago."""

    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) - 13 * 3600)


def test_a_form_waits_twelve_hours_and_no_longer(client, alice, address):
    old = Earlier(salt=TYPED_SALT).sign_object([address, "A1=3"], compress=True)

    assertRedirects(sign_in(client, next=address, typed=old), address)


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_a_form_never_leads_to_another_site(client, alice, path):
    kept = signing.dumps([path, "A1=3"], salt=TYPED_SALT, compress=True)

    assertRedirects(sign_in(client, typed=kept), HOME, fetch_redirect_response=False)


def test_somebody_else_who_signs_in_cannot_write_where_they_may_not(client, address):
    make_user("bob")
    kept = kept_by(client.post(address, {"A1": "3"}))

    page = sign_in(client, "bob", typed=kept)

    assert client.post(address, offered(page)).status_code == 404
    assert not Answer.objects.exists()


def test_passwords_are_never_carried(client, alice):
    page = client.post(reverse("password_change"), {"old_password": "my secret", "new_password1": "x"})

    assert page.status_code == 302
    assert "secret" not in page.url


def test_an_empty_form_is_carried_too(client, address, alice):
    page = sign_in(client, typed=kept_by(client.post(reverse("assessment-check", args=[1]))))

    assert offered(page) == {}


# A form whose protection has expired


def test_an_unprotected_form_is_refused_with_what_was_typed(alice, address):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    page = client.post(address, {"A1": "3", "A1_evidence": "Minutes\nof <May>"})

    assert page.status_code == 403
    text = text_of(page)
    assert "This form was open too long" in text
    assert "Minutes of <May>" in text
    assertContains(page, "Minutes\nof &lt;May&gt;</textarea>", status_code=403)
    assertContains(page, f'href="{address}"', status_code=403)
    assert not Answer.objects.exists()


def test_the_sign_in_form_without_protection_shows_no_password(alice):
    page = Client(enforce_csrf_checks=True).post(LOGIN, {"username": "alice", "password": "my secret"})

    assertNotContains(page, "my secret", status_code=403)


def test_a_form_with_its_protection_is_taken_and_again_after_signing_in(alice, address):
    """The whole way with protection on: sign in, open, be signed out, send, sign in, save."""
    client = Client(enforce_csrf_checks=True)

    def token(page) -> str:
        return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]

    sign_in(client, csrfmiddlewaretoken=token(client.get(LOGIN)))
    form = client.get(address)
    client.cookies.pop(settings.SESSION_COOKIE_NAME)
    waiting = client.post(address, {"csrfmiddlewaretoken": token(form), "A1": "2"})
    assert waiting.status_code == 401
    page = sign_in(client, csrfmiddlewaretoken=token(waiting), typed=kept_by(waiting))
    fields = {
        **offered(page),
        "csrfmiddlewaretoken": token(page),
        "seen": form.context["form"]["seen"].value(),
    }

    assert client.post(address, fields).status_code == 302
    assert Answer.objects.get(item__code="A1").rating == 2


# The demo's sign-in page


@pytest.fixture
def demo_people(db) -> None:
    """Two demo accounts, and one of somebody real."""
    for name, role in (("manager", "manager"), ("staff", "staff")):
        person = User.objects.create_user(name, password=PASSWORD, first_name=name.title(), is_demo=True)
        Membership.objects.create(
            user=person, organisation=Organisation.objects.get_or_create(name="Elm")[0], role=role
        )
    User.objects.create_user("ana", first_name="Ana", is_demo=True)  # She cannot sign in.
    make_user("alice")


def test_the_demo_lists_whom_one_may_be(client, demo_people, settings):
    settings.DEMO = True

    page = client.get(LOGIN)

    assert [account["username"] for account in page.context["demo_accounts"]] == ["manager", "staff"]
    assertContains(page, "Sign in as Manager")
    assertContains(page, DEMO_PASSWORD)
    assertNotContains(page, "alice")


def test_no_other_site_lists_anybody(client, demo_people):
    page = client.get(LOGIN)

    assert page.context["demo_accounts"] == []
    assertNotContains(page, "Sign in as")
    assertNotContains(page, DEMO_PASSWORD)


def test_a_form_that_waits_is_kept_when_one_signs_in_as_somebody_of_the_demo(client, demo_people, settings):
    settings.DEMO = True

    page = client.post(reverse("service-create"), {"name": "Elm Road"})

    assert page.status_code == 401
    assertContains(page, f'name="typed" value="{kept_by(page)}"', count=3, status_code=401)


def test_in_the_demo_no_field_takes_the_focus_from_what_stands_above_it(client, demo_people, settings):
    assertContains(client.get(LOGIN), "autofocus")

    settings.DEMO = True

    assertNotContains(client.get(LOGIN), "autofocus")
