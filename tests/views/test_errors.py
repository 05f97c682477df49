"""What people see when something goes wrong, and what every answer of the site carries."""

import logging
import re

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse
from pytest_django.asserts import assertContains

from coproduce.log import ReferenceFilter
from coproduce.urls import handler400, handler403, handler404, handler500  # noqa: F401 - addresses with faults
from tests.factories import make_user

from .pages import text_of


def faulty(request: HttpRequest) -> HttpResponse:
    """A page with a fault of ours."""
    raise RuntimeError("the secret of the fault")


def suspicious(request: HttpRequest) -> HttpResponse:
    """A page that was asked for in a way that no form of ours asks."""
    raise SuspiciousOperation("the secret of the request")


urlpatterns = [
    path("faulty/", faulty),
    path("suspicious/", suspicious),
    path("", include("assessments.urls")),
]


@pytest.mark.parametrize("charset", ["utf-7", "hex", "unicode_escape", "no-such-thing", "utf-16"])
@pytest.mark.parametrize("page", ["login", "withdraw"])
def test_words_in_letters_that_no_browser_sends_are_refused(client, page, charset, db):
    sent = "--x\r\nContent-Disposition: form-data; name=username\r\n\r\n+AAA-\r\n--x--\r\n"

    answer = client.generic(
        "POST", reverse(page), sent, content_type=f"multipart/form-data; boundary=x; charset={charset}"
    )

    assertContains(answer, "This could not be read", status_code=400)


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "pass"])
def test_a_cookie_with_a_null_sign_is_refused(client, name, db):
    client.cookies[name] = "\x00aaaaaaaaaaaa"

    assertContains(client.get(reverse("home")), "This could not be read", status_code=400)


@pytest.fixture
def alice(client, instrument):
    """Somebody who is signed in, whose faults become pages."""
    client.raise_request_exception = False
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.mark.urls(__name__)
def test_our_fault_gives_a_reference_that_stands_in_the_log(client, alice, caplog):
    with caplog.at_level(logging.ERROR, logger="django.request"):
        page = client.get("/faulty/")

    assert page.status_code == 500
    (shown,) = re.findall(r"<strong>([0-9a-f]{8})</strong>", page.content.decode())
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert ReferenceFilter().filter(record) is True
    assert record.reference == shown


@pytest.mark.urls(__name__)
def test_our_fault_says_whose_it_is_and_nothing_of_what_it_was(client, alice):
    text = text_of(client.get("/faulty/"))

    assert "This is our fault, not yours." in text
    for secret in ("secret", "RuntimeError", "Traceback", "test_errors", "settings"):
        assert secret not in text


@pytest.mark.urls(__name__)
def test_each_fault_has_a_reference_of_its_own(client, alice):
    pages = [client.get("/faulty/") for _ in range(2)]

    assert pages[0].context["reference"] != pages[1].context["reference"]


@pytest.mark.urls(__name__)
def test_a_strange_request_is_answered_without_its_secrets(client, alice):
    page = client.get("/suspicious/")

    assert page.status_code == 400
    assert "secret" not in text_of(page)


def test_a_record_without_a_request_has_a_dash_for_its_reference():
    record = logging.LogRecord("name", logging.INFO, "path", 1, "message", (), None)

    assert ReferenceFilter().filter(record) is True
    assert record.reference == "-"


@pytest.mark.parametrize(
    "address",
    [
        "/nothing/",
        "/services/nowhere/",
        "/activities/0/",
        "/activities/99999999999999999999999/",
        "/activities/x/",
    ],
)
def test_what_is_not_there_is_not_found(client, alice, address):
    page = client.get(address)

    assert page.status_code == 404
    assert "<h1>" in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/definitions/%00/",
        "/definitions/1/to/%00/",
        "/a/%00/",
        "/a/x%00/check/",
        "/assessments/1/result/under/%00/bussu-2014/",
        "/services/?page=%00",
        "/services/%00/",
        "/research/?version=%00",
    ],
)
def test_a_null_sign_in_an_address_is_no_fault_of_ours(client, alice, address):
    assert client.get(address).status_code < 500


def test_what_is_not_theirs_reads_like_what_is_not_there(client, world):
    client.force_login(world.people["bob"])
    theirs = client.get(reverse("activity-detail", args=[world.activity.pk]))
    nowhere = client.get(reverse("activity-detail", args=[0]))

    assert theirs.status_code == nowhere.status_code == 404
    assert text_of(theirs) == text_of(nowhere)


def test_what_is_for_another_role_is_forbidden_in_our_own_words(client, people):
    client.force_login(people["stan"])
    page = client.get(reverse("service-create"))

    assertContains(page, "<h1>", status_code=403)
    assert "Coproduce" in text_of(page)


# What monitors ask


def test_healthz_is_ok_for_everybody_and_is_never_stored(client, db):
    page = client.get(reverse("healthz"))

    assert (page.status_code, page.content) == (200, b"ok\n")
    assert page["Content-Type"] == "text/plain"
    assert "no-store" in page["Cache-Control"]


def test_healthz_asks_the_database_once(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(reverse("healthz"))


def test_healthz_fails_when_the_database_does(client, db):
    client.raise_request_exception = False

    def broken(execute, sql, params, many, context):
        raise connection.Database.OperationalError("gone")

    with connection.execute_wrapper(broken):
        page = client.get(reverse("healthz"))

    assert page.status_code == 500
    assert "gone" not in text_of(page)


# What every answer carries

CSP = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; script-src 'self'; style-src 'self'"
)


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/definitions/", "/nothing/", "/healthz"])
def test_every_answer_is_protected(client, instrument, address):
    headers = client.get(address).headers

    assert sorted(headers["Content-Security-Policy"].split("; ")) == sorted(CSP.split("; "))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.urls(__name__)
def test_a_page_of_ours_at_fault_is_protected_too(client, alice):
    assert client.get("/faulty/").headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in client.get("/faulty/").headers["Content-Security-Policy"]


def test_nothing_inline_is_allowed():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]

    assert "unsafe" not in str(directives)
    assert "nonce" not in str(directives)
    assert directives["script-src"] == directives["style-src"] == ["'self'"]


def test_cookies_travel_over_https_alone_and_scripts_cannot_read_the_session(instrument):
    client = Client()
    make_user("alice")
    client.get(reverse("login"))
    client.post(reverse("login"), {"username": "alice", "password": "pass-word-1"})

    session, token = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (token["secure"], token["samesite"]) == (True, "Lax")
    assert session["max-age"] == 12 * 3600


def test_https_is_told_to_stay(client, instrument):
    page = client.get("/", secure=True)

    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
