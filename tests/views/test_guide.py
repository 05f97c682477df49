"""The guides: the same words in ``docs/`` and on the site, with pictures and links that are there."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from pytest_django.asserts import assertContains

from assessments.views.guide import GUIDES

from .pages import text_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
ADDRESSES = [(name, reverse(address)) for name, address in GUIDES.items()]

pytestmark = pytest.mark.django_db


@pytest.fixture(params=ADDRESSES, ids=GUIDES)
def shown(request, client) -> tuple[str, str]:
    """A guide as Markdown, and as its page."""
    name, address = request.param
    return (DOCS / f"{name}.md").read_text(encoding="utf-8"), client.get(address).content.decode()


def test_every_sentence_is_on_the_page(client):
    for name, address in ADDRESSES:
        words = text_of(client.get(address)).replace(" ", "")
        for line in (DOCS / f"{name}.md").read_text(encoding="utf-8").splitlines():
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[*#|]|!.*|^\d\. |^- ", r"\1", line).strip()
            if plain and "---" not in plain and "|" not in line and "[" not in line:
                assert plain.replace(" ", "") in words, plain


def test_every_picture_is_there_and_says_what_it_shows(shown):
    markdown, page = shown
    for alternative, source in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", markdown):
        assert (DOCS / source).is_file()
        assert len(alternative) > 30
    for picture in re.findall(r"<img [^>]*>", page):
        name = re.search(r'src="/static/([^"]+)"', picture)[1]
        assert finders.find(name), name
        assert re.search(r'alt="[^"]{30,}"', picture)
        assert re.search(r'width="\d+" height="\d+"', picture)
    assert len(re.findall("<img ", page)) == markdown.count("![")


def test_every_link_leads_to_a_page(shown, client):
    _, page = shown
    body = page[page.index("<main") : page.index("</main>")]
    for address in re.findall(r'href="([^"]+)"', body):
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in body
        else:
            assert client.get(address).status_code == 200, address


def test_headings_come_in_order(shown):
    levels = [int(level) for level in re.findall(r"<h(\d)", shown[1])]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_every_page_leads_to_the_guide(client):
    assertContains(client.get(reverse("home")), f'href="{reverse("guide")}"')


def test_what_the_guides_promise_is_what_the_version_asks(instrument):
    """The floors are a version's; the guides name those of the version that comes with Coproduce."""
    for name in GUIDES:
        words = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        assert (instrument.min_participants, instrument.min_participants_public) == (5, 8)
        assert "five people answer, nobody sees anything from them" in " ".join(words.split())
        assert "eight" in words
