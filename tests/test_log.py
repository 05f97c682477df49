"""The log: a reference for every error page, and no participant's link in any line."""

import io
import logging
import sys

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Draft
from assessments.workflow import answering
from coproduce.log import LinkFilter, without_links

from .factories import DAY, make_activity, make_assessment, make_link, make_service, make_user


@pytest.fixture
def log():
    """What the site's own handler writes."""
    (handler,) = [handler for handler in logging.root.handlers if type(handler) is logging.StreamHandler]
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)


@pytest.fixture
def link(instrument):
    """A link to an open wave."""
    return make_link(make_assessment(make_activity(make_service()), by=make_user("alice")), limit=9)


def test_a_page_that_is_not_there_or_gone_logs_no_link(client, link, log):
    ended = make_link(link.assessment, ends_on=DAY)

    assert client.get(reverse("answer-welcome", args=[ended.token])).status_code == 410
    assert client.get(reverse("answer-welcome", args=["mistyped1234"])).status_code == 404
    assert Client(enforce_csrf_checks=True).post(link.get_absolute_url()).status_code == 403

    lines = log.getvalue()
    assert lines.count("/a/…/") == 3
    assert not [token for token in (ended.token, "mistyped1234", link.token) if token in lines]


def test_an_error_of_ours_logs_no_link_and_its_reference(link, log):
    client = Client(raise_request_exception=False)
    client.post(link.get_absolute_url(), {"form": "short", "wording": "plain", "mode": "online"})
    code = client.get(reverse("answer-stop", args=[link.token])).context["code"]
    ticket = answering.make_pass(link.token, code)
    spoilt = answering.Sheet(answering.Choices(), None)  # No draft is like this: the page breaks on it.
    Draft.objects.update(sealed=answering._seal(ticket, spoilt))

    response = client.get(reverse("answer-check", args=[link.token]))

    assert response.status_code == 500
    assert "Traceback" in log.getvalue()
    assert f"[{response.context['reference']}] Internal Server Error: /a/…/check/" in log.getvalue()
    assert link.token not in log.getvalue()


def test_a_traceback_that_names_a_link_is_written_without_it():
    try:
        raise ValueError("no page at /a/2345abcd6789wxyz/check/")
    except ValueError:
        record = logging.LogRecord(
            "site", logging.ERROR, __file__, 1, "%s %s", ("GET", "/a/2345abcd6789wxyz/?x=1"), sys.exc_info()
        )

    LinkFilter().filter(record)

    line = logging.Formatter().format(record)
    assert "2345abcd6789wxyz" not in line
    assert "GET /a/…/?x=1" in line
    assert "no page at /a/…/check/" in line


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('"GET /a/2345abcd/3/ HTTP/1.1" 200', '"GET /a/…/3/ HTTP/1.1" 200'),
        ("Not Found: /A/2345ABCD/", "Not Found: /A/…/"),
        ("https://site.example/a/2345abcd", "https://site.example/a/…"),
        ("/accounts/login/?next=%2Fa%2F2345abcd%2Fcheck%2F", "/accounts/login/?next=%2Fa%2F…%2Fcheck%2F"),
        ("/assessments/17/paper/", "/assessments/17/paper/"),
        ("/data/activities/3/", "/data/activities/3/"),
    ],
)
def test_only_the_token_of_a_link_is_left_out(text, written):
    assert without_links(text) == written
