"""What a result shows of four participants, and of five."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .people import follow, press, start_wave

pytestmark = pytest.mark.browser

RATINGS = ["Mostly", "Fully", "Partly", "Mostly", "Fully"]
"""What each participant says to every statement of the short form."""


@pytest.fixture
def width() -> int:
    """A phone's."""
    return 390


@pytest.fixture
def javascript() -> bool:
    """Scripts are off."""
    return False


def closed_wave(page: Page, participants: int) -> str:
    """A wave with staff's ratings of the relational dimension and as many paper forms; the address of its
    task list. The page shows its result."""
    page.goto("/services/new/")
    page.get_by_label("Name of the service").fill(f"Garden of {participants}")
    press(page, "Save the service")
    slug = re.search(r"/services/([^/]+)/$", page.url)[1]
    wave = start_wave(page, slug, "Gardening")
    page.goto(f"{wave}relational/")
    for statement in page.get_by_role("radio", name="A little", exact=True).all():
        statement.check()
    press(page, "Save and return to the list")
    page.goto(f"{wave}check/")
    press(page, "Send my answers")
    for rating in RATINGS[:participants]:
        page.goto(f"{wave}paper/")
        follow(page, "Short form, plain words")
        expect(page.get_by_role("button", name="Add this form")).to_be_visible()
        for statement in page.get_by_role("radio", name=rating, exact=True).all():
            statement.check()
        press(page, "Add this form")
        expect(page.get_by_text("Typed in. Next one.")).to_be_visible()
    page.goto(f"{wave}close/")
    press(page, "Close the wave and see the result")
    return wave


def test_of_four_participants_nothing_is_shown(page_of: Callable[[str], Page]):
    page = page_of("manager")
    wave = closed_wave(page, 4)

    expect(page.get_by_text("Fewer than 5 participants answered.")).to_be_visible()
    figures = page.get_by_role("region", name="The four dimensions in figures")
    expect(figures.get_by_role("row", name=re.compile("^Relational"))).to_contain_text("(1)")
    assert not re.search(r"\([45]\)", page.get_by_role("main").inner_text())
    assert "Participants:" not in page.get_by_role("main").inner_text()
    page.goto(f"{wave}publish/")
    expect(page.get_by_role("button", name="Publish this page")).to_have_count(0)


def test_of_five_participants_both_sides_are_shown(page_of: Callable[[str], Page]):
    page = page_of("manager")
    closed_wave(page, 5)

    expect(page.get_by_text("Fewer than 5 participants answered.")).to_have_count(0)
    figures = page.get_by_role("region", name="The four dimensions in figures")
    expect(figures.get_by_role("row", name=re.compile("^Relational"))).to_contain_text("(5)")
    expect(page.get_by_role("main")).to_contain_text("Participants: 80.0")
