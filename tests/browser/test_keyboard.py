"""The keyboard alone: the way through a page of ratings, and a focus that is always seen."""

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE

pytestmark = pytest.mark.browser

FOCUS = """
() => {
  const here = document.activeElement;
  const boxes = [here, here.labels?.[0], here.parentElement].filter(Boolean);
  const box = here.getBoundingClientRect();
  return {
    tag: here.tagName.toLowerCase(),
    name: here.name ?? "",
    text: (here.labels?.[0]?.innerText ?? here.innerText ?? "").trim(),
    drawn: boxes.map((part) => getComputedStyle(part)).some(
      ({ outlineStyle, outlineWidth, boxShadow }) =>
        (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none"
    ),
    onScreen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}
"""
"""Where the focus is, whether something is drawn around it, and whether it is on the screen."""


def stops(page: Page) -> list[dict]:
    """Every place that the Tab key leads to, in order, from the top of the page to its end."""
    page.emulate_media(reduced_motion="reduce")  # Else the page still glides while we look.
    found = []
    while True:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop["tag"] == "body":
            return found
        found.append(stop)


@pytest.fixture
def ratings(page_of) -> Page:
    """A page of ratings with nothing answered."""
    page = page_of("manager")
    page.goto("/")
    page.get_by_role("link", name="Home library visits").click()
    page.get_by_role("link", name="Voluntary").click()
    page.wait_for_url("**/voluntary/")
    return page


def test_tab_leads_through_a_page_of_ratings_in_the_order_of_reading(ratings):
    found = stops(ratings)
    assert [stop for stop in found if not (stop["drawn"] and stop["onScreen"])] == []
    assert found[0]["text"] == "Skip to the main content"
    questions = [stop["name"] for stop in found if stop["name"].startswith("V")]
    assert questions == ["V1", "V2", "V3", "V4", "V5"]  # One stop for the radios of a question.
    first = next(number for number, stop in enumerate(found) if stop["name"] == "V1")
    around = [stop["text"].split("\n")[0] for stop in found[first - 1 : first + 3]]
    assert around == ["Example and source", "Not at all", "Add evidence or a note", "Example and source"]
    main = [stop["text"] for stop in found if stop["tag"] == "button"]
    assert main[-2:] == ["Save and continue", "Save and return to the list"]


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize("address", ["/", "/services/new/", "/research/", "/accounts/password/"])
def test_focus_is_always_seen(page_of, address):
    page = page_of("researcher" if address == "/research/" else "manager")
    page.goto(address)
    found = stops(page)
    assert len(found) > 5
    assert [stop for stop in found if not (stop["drawn"] and stop["onScreen"])] == []


@pytest.mark.parametrize("width", [DESK])
def test_arrows_choose_a_rating(ratings):
    group = ratings.get_by_role("group").filter(has=ratings.get_by_role("radio")).first
    group.get_by_role("radio", name="Not at all").focus()
    ratings.keyboard.press("Space")
    expect(group.get_by_role("radio", name="Not at all")).to_be_checked()
    for _ in range(2):
        ratings.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="Partly")).to_be_checked()
    expect(group.get_by_role("radio", name="Partly")).to_be_focused()
    ratings.keyboard.press("ArrowLeft")
    expect(group.get_by_role("radio", name="A little")).to_be_checked()
    for _ in range(4):
        ratings.keyboard.press("ArrowDown")
    expect(group.get_by_role("radio", name="I don’t know")).to_be_checked()
    ratings.reload()


@pytest.mark.parametrize("width", [DESK])
def test_enter_opens_an_example_and_a_note(ratings):
    for words in ("Example and source", "Add evidence or a note"):
        details = ratings.locator("details").filter(has_text=words).first
        summary = details.locator("summary")
        summary.focus()
        ratings.keyboard.press("Enter")
        expect(details).to_have_attribute("open", "")
    ratings.keyboard.press("Tab")
    expect(ratings.get_by_label("What do you base this on?").first).to_be_focused()


def test_the_skip_link_jumps_over_the_navigation(ratings):
    ratings.keyboard.press("Tab")
    link = ratings.get_by_role("link", name="Skip to the main content")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    ratings.keyboard.press("Enter")
    expect(ratings.get_by_role("main")).to_be_focused()
    ratings.keyboard.press("Tab")
    assert ratings.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("width", [PHONE])
def test_journey_1_begins_without_a_mouse(page):
    page.goto("/accounts/login/")
    page.get_by_label("Username").focus()
    page.keyboard.type("manager")
    page.keyboard.press("Tab")
    page.keyboard.type("try-coproduce")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your work")).to_be_visible()
    page.goto("/services/new/")
    page.get_by_role("button", name="Save the service").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the service")).to_be_focused()
    page.keyboard.type("Night shelter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The service is added.")
