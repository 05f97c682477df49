"""Tokens: made once, shown once, and what a script gets with a good one and with a bad one."""

import json
import logging
import re
from datetime import timedelta
from http import HTTPStatus

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Token, User
from assessments.workflow import tokens
from tests.exports.waves import make_project, make_researcher, make_wave, read

pytestmark = pytest.mark.django_db

FILE = "ratings_long.csv"
SHOWN = re.compile(r"coproduce_[\w-]{43}")


@pytest.fixture
def project(db):
    return make_project(make_researcher())


def today():
    return timezone.localdate()


def make_token(project, *, files=(FILE,), days: int = 30) -> tuple[Token, str]:
    text, last = tokens.new_text(), today() + timedelta(days=days)
    return tokens.issue(project, text, name="notebook", files=files, expires_on=last, on=today()), text


def ask(project, text: str | None, name: str = FILE, client=None, **headers):
    """What a script gets."""
    if text is not None:
        headers["Authorization"] = f"Bearer {text}"
    address = reverse("project-file", args=[project.slug, name])
    return (client or Client()).get(address, headers=headers)


def test_a_good_token_opens_its_files(project):
    make_wave(agreed=5)
    token, text = make_token(project, files=[FILE, "package.zip"])

    response = ask(project, text)
    rows = read(b"".join(response.streaming_content).decode())

    assert response.status_code == 200
    assert len(rows) == int(response["X-Row-Count"]) > 0
    assert ask(project, text, "package.zip").status_code == 200
    (line, _package) = LogEntry.objects.filter(additional_data__project=project.slug).order_by("pk")
    assert (line.actor, line.additional_data["token"]) == (project.researcher, text[-4:])
    token.refresh_from_db()
    assert (token.used_on, token.uses_this_hour) == (today(), 2)


def test_the_same_bytes_come_to_a_browser_and_to_a_script(project, client):
    make_wave(agreed=5)
    client.force_login(project.researcher)

    by_page = b"".join(ask(project, None, client=client).streaming_content)

    assert by_page == b"".join(ask(project, make_token(project)[1]).streaming_content)


def test_a_password_for_a_proxy_does_not_shut_out_who_is_signed_in(project, client):
    make_wave(agreed=5)
    client.force_login(project.researcher)

    response = ask(project, None, client=client, Authorization="Basic cm9zYTpyb3Nh")

    assert response.status_code == 200


def refusal_of(response) -> tuple[int, str]:
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.content.decode()


@pytest.mark.parametrize("text", ["coproduce_wrong", "", "wrong", "coproduce_" + "A" * 43, "שלום", "\x00"])
def test_a_wrong_token_is_refused(project, text):
    response = ask(project, text)

    status, reason = refusal_of(response)
    assert (status, reason[:27]) == (401, "This token is not known her")
    assert response["WWW-Authenticate"] == 'Bearer error="unknown"'


@pytest.mark.parametrize("header", ["Basic cm9zYTpyb3Nh", "Bearer", "coproduce_x", "Token coproduce_x"])
def test_another_kind_of_authorization_is_refused(project, header):
    response = Client().get(
        reverse("project-file", args=[project.slug, FILE]), headers={"Authorization": header}
    )

    assert response.status_code == 401
    assert "Bearer" in response["WWW-Authenticate"]


def test_an_expired_token_is_refused_and_works_on_its_last_day(project):
    token, text = make_token(project, days=0)

    assert ask(project, text).status_code == 200
    Token.objects.filter(pk=token.pk).update(
        created_on=today() - timedelta(days=2), expires_on=today() - timedelta(days=1)
    )
    assert refusal_of(ask(project, text))[0] == 401
    assert "expired" in refusal_of(ask(project, text))[1]


def test_a_revoked_token_is_refused(project):
    token, text = make_token(project)
    tokens.revoke(token, on=today())

    status, reason = refusal_of(ask(project, text))

    assert status == 401
    assert "revoked" in reason


def test_a_token_opens_no_other_file_and_no_other_project(project):
    other = make_project(project.researcher, name="Other")
    _token, text = make_token(project)

    file = refusal_of(ask(project, text, "package.zip"))
    foreign = refusal_of(ask(other, text))

    assert file == (403, "This token does not open package.zip. It opens: ratings_long.csv.\n")
    assert foreign == (403, "This token belongs to another project.\n")


def test_a_token_opens_no_page(project):
    _token, text = make_token(project)
    bearer = {"Authorization": f"Bearer {text}"}

    for address in (project.get_absolute_url(), reverse("project-tokens", args=[project.slug])):
        assert Client().get(address, headers=bearer).status_code == 302


@pytest.mark.parametrize("end", ["groups", "is_active"])
def test_a_token_ends_with_the_right_of_its_researcher(project, end):
    _token, text = make_token(project)
    if end == "groups":
        project.researcher.groups.remove(Group.objects.get(name="researchers"))
    else:
        project.researcher.is_active = False
        project.researcher.save()

    assert refusal_of(ask(project, text)) == (403, "The account behind this token may no longer take data.\n")


def test_a_token_that_comes_too_often_waits(project):
    token, text = make_token(project)
    assert ask(project, text).status_code == 200
    Token.objects.filter(pk=token.pk).update(uses_this_hour=tokens.LIMIT - 3)

    statuses = [ask(project, text).status_code for _request in range(5)]
    late = ask(project, text)

    assert statuses == [200, 200, 200, 429, 429]
    assert 3500 < int(late["Retry-After"]) <= 3601
    assert "Wait" in refusal_of(late)[1]
    Token.objects.filter(pk=token.pk).update(hour=timezone.now() - timedelta(hours=1, seconds=1))
    assert ask(project, text).status_code == 200


def test_a_script_that_reads_json_gets_its_refusal_as_json(project):
    response = ask(project, "wrong", Accept="application/json")

    assert response.status_code == 401
    assert json.loads(response.content) == {
        "error": "unknown",
        "reason": "This token is not known here. Copy it again, whole, or make a new one.",
    }


@pytest.mark.parametrize("accept", ["application/json; q*=x'y'%ff", "application/json;" * 3000, "/;;=,"])
def test_a_header_that_cannot_be_read_is_answered_in_words(project, accept):
    assert refusal_of(ask(project, "coproduce_unknown", Accept=accept))[0] == 401


def typed(client, address: str, **fields) -> dict:
    """A form as its page has it, with these fields filled in."""
    return {"text": client.get(address).context["form"]["text"].value(), **fields}


def made_on(page) -> str:
    """The page without its hidden fields."""
    return re.sub(r'<input type="hidden"[^>]*>', "", page.content.decode())


def test_a_token_is_shown_once_and_kept_as_a_hash(project, client):
    client.force_login(project.researcher)
    address = reverse("project-tokens", args=[project.slug])
    last = today() + timedelta(days=10)

    data = typed(client, address, name="notebook", files=[FILE], expires_on=last.isoformat())
    page, second = (client.post(address, data) for _click in range(2))
    again = client.get(address)

    (text,) = SHOWN.findall(made_on(page))
    token = Token.objects.get()
    assert text in second.content.decode()
    assert SHOWN.findall(made_on(again)) == []
    assert f"…{text[-4:]}" in again.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert (token.files, token.expires_on) == ([FILE], last)
    stored = [str(value) for row in Token.objects.values() for value in row.values()]
    assert not any(text in value for value in stored)
    (line,) = LogEntry.objects.get_for_object(token)
    assert "hash" not in line.changes


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"files": []}, "Choose at least one file."),
        ({"files": ["people.csv"]}, "people.csv"),
        ({"expires_on": "tomorrow"}, "Enter a day as year-month-day"),
        ({"expires_on": "2020-01-01"}, "Choose a day from"),
        ({"expires_on": "2999-01-01"}, "Choose a day from"),
        ({"text": "coproduce_mine"}, "This page was changed on its way"),
    ],
)
def test_a_token_form_with_an_error_makes_no_token(project, client, wrong, words):
    client.force_login(project.researcher)
    address = reverse("project-tokens", args=[project.slug])
    data = typed(client, address, name="n", files=[FILE], expires_on=today().isoformat()) | wrong

    page = client.post(address, data)

    assert words in page.content.decode()
    assert not Token.objects.exists()


def test_a_page_that_made_a_token_makes_no_other_and_promises_none(project, client):
    client.force_login(project.researcher)
    address = reverse("project-tokens", args=[project.slug])
    other = make_project(project.researcher, "Other study")
    data = typed(client, address, name="notebook", files=[FILE], expires_on=today().isoformat())
    client.post(address, data)

    wider = client.post(address, data | {"files": [FILE, "package.zip"]})
    elsewhere = client.post(reverse("project-tokens", args=[other.slug]), data)
    tokens.revoke(Token.objects.get(), on=today())
    revoked = client.post(address, data)

    for page in (wider, elsewhere, revoked):
        assert "This page has made a token already." in page.content.decode()
        assert SHOWN.findall(made_on(page)) == []
    assert Token.objects.get().files == [FILE]


def test_a_token_is_revoked_on_its_page(project, client):
    token, text = make_token(project)
    client.force_login(project.researcher)
    address = reverse("token-revoke", args=[project.slug, token.pk])

    asked = client.get(address)
    done = client.post(address, follow=True)

    assert "Revoke this token?" in asked.content.decode()
    assert "The token is revoked." in done.content.decode()
    assert ask(project, text).status_code == 401


def test_a_token_of_another_is_not_there(project, client):
    token, _text = make_token(project)
    ruth = make_researcher("ruth")
    client.force_login(ruth)
    own = make_project(ruth)

    for slug in (project.slug, own.slug):
        assert client.post(reverse("token-revoke", args=[slug, token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_on is None


def test_a_token_never_stands_in_the_log(project, caplog):
    make_wave()
    _token, text = make_token(project)

    with caplog.at_level(logging.DEBUG):
        assert ask(project, text).status_code == HTTPStatus.OK
        assert ask(project, text, "package.zip").status_code == HTTPStatus.FORBIDDEN
        assert ask(project, text + "x").status_code == HTTPStatus.UNAUTHORIZED
        address = reverse("project-file", args=[project.slug, FILE])
        assert Client().get(f"{address}?token={text}").status_code == HTTPStatus.FOUND

    assert caplog.records
    assert text not in caplog.text


def test_a_superuser_sees_tokens_and_revokes_them_and_sees_no_secret(project, client):
    token, text = make_token(project)
    client.force_login(User.objects.create_superuser("root"))
    tokens_page = reverse("admin:assessments_token_changelist")

    pages = [
        client.get(tokens_page),
        client.get(reverse("admin:assessments_token_change", args=[token.pk])),
        client.get(reverse("admin:assessments_project_changelist")),
        client.get(reverse("admin:assessments_project_change", args=[project.pk])),
    ]
    done = client.post(tokens_page, {"action": "revoke", "_selected_action": [token.pk]}, follow=True)

    assert [page.status_code for page in pages] == [200] * 4
    for page in pages:
        assert token.hash not in page.content.decode()
        assert bytes(project.secret).hex() not in page.content.decode()
    assert "The tokens are revoked." in done.content.decode()
    assert ask(project, text).status_code == 401


@pytest.mark.parametrize("group", ["curators", "researchers"])
def test_nobody_else_sees_tokens_in_the_admin(project, client, group):
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)

    assert client.get(reverse("admin:assessments_token_changelist")).status_code == 403
    assert client.get(reverse("admin:assessments_project_changelist")).status_code == 403
