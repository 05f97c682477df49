"""Trying passwords: who has to wait, who has not, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.core import signing
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from assessments.authentication import client_address
from assessments.views.account import TYPED, TYPED_SALT
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LOGIN = reverse("login")
LIMIT = 10
HERE, THERE = "192.0.2.1", "192.0.2.2"
RIGHT, WRONG = "a long pass phrase", "wrong-and-secret"


@pytest.fixture(autouse=True)
def people() -> None:
    for name in ("alice", "olga"):
        user = make_user(name)
        user.set_password(RIGHT)
        user.save()


def sign_in(name: str, password: str, *, address: str = HERE, page: str = LOGIN, **fields):
    return Client(REMOTE_ADDR=address).post(page, {"username": name, "password": password, **fields})


def fail(times: int, name: str = "alice", **where) -> list[int]:
    return [sign_in(name, WRONG, **where).status_code for _time in range(times)]


def test_the_tenth_wrong_password_makes_one_wait(client):
    assert fail(LIMIT) == [200] * (LIMIT - 1) + [429]

    response = sign_in("alice", RIGHT)

    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()
    assert response.wsgi_request.user.is_anonymous


def test_nobody_else_has_to_wait():
    fail(LIMIT)

    assert sign_in("olga", RIGHT).status_code == 302
    assert sign_in("alice", RIGHT, address=THERE).status_code == 302


def test_the_admin_counts_the_same_tries():
    admin = reverse("admin:login")
    fail(LIMIT - 1)

    assert fail(1, page=admin) == [429]
    assert sign_in("alice", RIGHT, page=admin).status_code == 429


def test_the_right_password_forgets_the_wrong_ones():
    fail(LIMIT - 1)
    sign_in("alice", RIGHT)

    assert fail(LIMIT - 1) == [200] * (LIMIT - 1)


def test_trying_on_does_not_make_the_wait_longer():
    fail(LIMIT)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    fail(3)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))

    assert sign_in("alice", RIGHT).status_code == 302


def test_a_form_that_waits_on_the_sign_in_page_outlasts_the_wait():
    kept = signing.dumps(["/services/new/", "name=Family+centre"], salt=TYPED_SALT, compress=True)
    fail(LIMIT)

    response = sign_in("alice", RIGHT, next="/services/new/", **{TYPED: kept})

    assert response.status_code == 429
    assert (response.context["typed"], response.context["next"]) == (kept, "/services/new/")


def test_one_machine_of_version_6_is_one_machine():
    tried = [fail(1, address=f"2001:db8::{number:x}")[0] for number in range(1, LIMIT + 1)]

    assert tried == [200] * (LIMIT - 1) + [429]


@pytest.mark.parametrize("page", [LOGIN, "/admin/login/"])
def test_a_name_of_any_length_is_a_wrong_one(page):
    assert sign_in("n" * 5000, WRONG, page=page).status_code == 200


def test_little_is_kept_of_a_try():
    fail(2, **{TYPED: "what somebody wrote", "next": "/services/"})
    sign_in("olga", RIGHT)

    (row,) = AccessAttempt.objects.values()
    kept = " ".join(map(str, row.values()))
    assert (row["username"], row["failures_since_start"]) == ("alice", 2)
    assert not any(words in kept for words in (WRONG, "what somebody wrote", "/services/"))
    assert not AccessLog.objects.exists()


def test_no_log_line_names_who_tries(caplog):
    caplog.set_level("DEBUG")

    fail(LIMIT)

    assert not any(words in caplog.text for words in ("alice", HERE, WRONG))


@pytest.mark.parametrize(
    ("behind", "forwarded", "found"),
    [
        (False, THERE, HERE),
        (True, THERE, THERE),
        (True, f"203.0.113.9, {THERE}", THERE),  # The visitor wrote the first one.
        (True, "", HERE),
        (True, "nonsense", None),
        (True, f"{THERE}:4711", THERE),  # Some proxies write the port too.
        (True, "2001:DB8::1", "2001:db8::"),
        (True, "2001:db8::ffff:1", "2001:db8::"),  # The same machine may well have both.
        (True, "2001:db8:0:1::1", "2001:db8:0:1::"),
        (True, "[2001:db8::1]:443", "2001:db8::"),
        (True, f"::ffff:{THERE}", THERE),
    ],
)
def test_the_address_is_the_one_that_the_nearest_proxy_saw(settings, behind, forwarded, found):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind else None
    request = RequestFactory(REMOTE_ADDR=HERE).get("/", headers={"X-Forwarded-For": forwarded})

    assert client_address(request) == found


def test_a_socket_has_no_address():
    assert client_address(RequestFactory(REMOTE_ADDR="").get("/")) is None


def test_a_superuser_lets_somebody_in_sooner(client):
    fail(LIMIT)
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    attempt = AccessAttempt.objects.get()

    assert WRONG not in client.get(f"/admin/axes/accessattempt/{attempt.pk}/change/").content.decode()
    client.post(f"/admin/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})

    assert sign_in("alice", RIGHT).status_code == 302
