"""Journey 5: a curator changes the instrument, and nothing that was answered before changes with it.

These tests publish a version, so they have a site of their own.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from .axe import check_axe
from .conftest import DESK
from .people import follow, heading, press, sign_in, start_wave
from .site import Site, demo_site
from .test_keyboard import stops
from .waves import fill

pytestmark = pytest.mark.browser

WAVES = 500
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
"""The one thing on a result's page that changes each time it is asked for."""

OLD = "Paid staff put their own working time into this alongside participants."
NEW = "Paid staff give some of their working time to this."
ADDED = {
    "staff": "Staff learn from participants.",
    "participant": "Staff learn from us.",
    "easy_read": "They learn.",
}

VERSIONS = "/admin/assessments/instrumentversion/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with demo_site(tmp_path_factory.mktemp("curator")) as served:
        yield served


@pytest.fixture
def as_person(new_context: Callable[..., BrowserContext]) -> Callable[[str], Page]:
    """Opens a browser in which a person of this site is signed in."""

    def open_one(username: str) -> Page:
        page = new_context().new_page()
        sign_in(page, username)
        return page

    return open_one


def save(page: Page, name: str = "Save") -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def problems(page: Page) -> Locator:
    return page.get_by_role("region", name="This version cannot be published yet").get_by_role("link")


def words(page: Page, name: str) -> Locator:
    """A field for words of an item. The admin keeps an empty one out of sight, for scripts to add."""
    return page.get_by_role("textbox", name=f"{name}:")


def version_page(page: Page) -> None:
    """Back at the draft, which is the newest version."""
    page.goto(VERSIONS)
    page.get_by_role("link", name="2", exact=True).click()


def tool(page: Page, name: str) -> None:
    """One of the ways on from a version."""
    with page.expect_navigation():
        page.locator(".object-tools").get_by_role("link", name=name, exact=True).click()


def body(page: Page, address: str) -> bytes:
    """A page as the server sends it, without the token."""
    response = page.context.request.get(address)
    assert response.status == 200
    return TOKEN.sub(b"", response.body())


def make_draft(page: Page) -> None:
    page.goto(VERSIONS)
    page.get_by_role("link", name="1", exact=True).click()
    tool(page, "Copy")
    save(page, "Copy into a new draft")
    expect(page.get_by_text("The checks find nothing")).to_be_visible()


def reword_and_reweight(page: Page) -> None:
    """A1 in other words, at first without those for participants; A2 at twice the weight."""
    page.get_by_role("link", name="A1 Change").click()
    words(page, "For staff").fill(NEW)
    words(page, "For participants").fill("")
    save(page)
    missing = "Item A1: write these words in English: statement for participants."
    expect(problems(page)).to_have_text([missing])
    problems(page).click()
    expect(page).to_have_url(re.compile("#texts-group$"))
    words(page, "For participants").fill("Staff give time to this, with us.")
    save(page)
    expect(page.get_by_text("The checks find nothing")).to_be_visible()
    page.get_by_label("Weight, A2").fill("2")
    save(page, "Save and continue editing")
    expect(page.get_by_label("Weight, A2")).to_have_value("2.00")


def add_item(page: Page) -> None:
    """A7, at first without easy read. A draft with a problem cannot be published."""
    tool(page, "Add item")
    page.get_by_label("Dimension").select_option("additive")
    page.get_by_label("Code").fill("A7")
    page.get_by_label("Order").fill("7")
    page.get_by_label("Pole").select_option("for coproduction")
    page.get_by_label("The phrase it rests on").fill("“adds user inputs”")
    words(page, "For staff").fill(ADDED["staff"])
    words(page, "For participants").fill(ADDED["participant"])
    save(page)
    expect(problems(page)).to_have_text(["Item A7: write these words in English: easy read."])
    tool(page, "Publish")
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    problems(page).click()
    words(page, "Easy read").fill(ADDED["easy_read"])
    save(page)
    expect(page.get_by_text("The checks find nothing")).to_be_visible()


def preview(page: Page) -> None:
    """Every form, of which the first page or question has the new words."""
    tool(page, "Preview")
    forms = page.url
    addresses = [link.get_attribute("href") for link in page.locator(".links a").all()]
    assert len(addresses) == 5 + 4 + 4
    for address in addresses:
        page.goto(address)
        expect(page.get_by_text("Nothing can be sent from here, and nothing is saved.")).to_be_visible()
        expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)
        expect(heading(page)).to_be_visible()
    page.goto(forms)
    page.get_by_role("link", name="Additive", exact=True).click()
    expect(page.get_by_text(NEW, exact=True)).to_be_visible()
    expect(page.get_by_text(ADDED["staff"], exact=True)).to_be_visible()
    follow(page, "Next")
    page.goto(forms)
    page.get_by_role("link", name="Full form, plain words").last.click()  # On paper.
    expect(page.get_by_text(ADDED["participant"], exact=True)).to_be_visible()
    page.goto(forms)
    page.get_by_role("link", name="Full form, easy read").first.click()
    for _question in range(6):
        follow(page, "Next")
    expect(heading(page)).to_have_text(re.compile(ADDED["easy_read"]))


def compare(page: Page) -> None:
    tool(page, "Compare")
    expect(heading(page)).to_have_text("From version 1 to version 2")
    expect(page.get_by_role("region", name="Item A7")).to_contain_text("New in this version.")
    expect(page.get_by_role("region", name="Item A2")).to_contain_text("Weight")
    expect(page.get_by_role("region", name="Item A1").get_by_role("deletion").first).to_be_visible()
    expect(page.get_by_role("region", name="Item A1").get_by_role("insertion").first).to_be_visible()


def see_the_impact(page: Page, waves: int) -> None:
    tool(page, "What would change")
    save(page, "Work it out")
    found = page.get_by_role("heading", name=re.compile("closed assessments would change"))
    expect(found).to_have_text(re.compile(rf"^\d+ of {waves} closed"))


def staff_page(page: Page, wave: str) -> None:
    page.goto(f"{wave}additive/")


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize("javascript", [False], ids=["no scripts"])
def test_journey_5_a_curator_publishes_and_the_past_stays(as_person, site):
    waves = fill(site, WAVES)
    assert waves["closed"] >= WAVES
    manager, curator = as_person("manager"), as_person("curator")
    before = body(manager, waves["result"])

    make_draft(curator)
    reword_and_reweight(curator)
    add_item(curator)
    preview(curator)
    version_page(curator)
    compare(curator)
    version_page(curator)
    see_the_impact(curator, waves["closed"])
    staff_page(manager, waves["running"])
    expect(manager.get_by_text(OLD, exact=True)).to_be_visible()
    version_page(curator)
    tool(curator, "Publish")
    curator.get_by_label("What changed, and why").fill("Plainer words, and what staff learn.")
    save(curator, "Publish")
    expect(curator.get_by_text("Version 2 is published.")).to_be_visible()

    staff_page(manager, waves["running"])
    expect(manager.get_by_text(OLD, exact=True)).to_be_visible()
    expect(manager.get_by_text(NEW, exact=True)).to_have_count(0)
    expect(manager.get_by_text(ADDED["staff"], exact=True)).to_have_count(0)
    manager.get_by_role("radio", name="Mostly").first.check()
    press(manager, "Save and return to the list")
    expect(manager.get_by_text("Your answers are saved.")).to_be_visible()
    assert body(manager, waves["result"]) == before
    assert ", 0 differ, " in site.manage("rescore", "--check")
    staff_page(manager, start_wave(manager, waves["service"], "Cooking together"))
    expect(manager.get_by_text(NEW, exact=True)).to_be_visible()
    expect(manager.get_by_text(ADDED["staff"], exact=True)).to_be_visible()
    expect(manager.get_by_text(OLD, exact=True)).to_have_count(0)


# The curator's pages themselves


@pytest.fixture
def draft(as_person) -> Page:
    """A curator's browser at a draft with a problem and with a language that is begun."""
    page = as_person("curator")
    page.goto(VERSIONS)
    if page.get_by_role("link", name="9", exact=True).count():
        with page.expect_navigation():
            page.get_by_role("link", name="9", exact=True).click()
        return page
    page.get_by_role("link", name="1", exact=True).click()
    tool(page, "Copy")
    page.get_by_label("Number of the new version").fill("9")
    save(page, "Copy into a new draft")
    page.get_by_label("In the short form, L2").uncheck()
    save(page, "Save and continue editing")
    at = page.url
    page.goto(at.replace("change/", "languages/cy/motives/"))
    page.get_by_label("For participants").first.fill("Mae’n helpu.")
    save(page, "Save and go on")
    page.goto(at)
    return page


def test_curators_pages_are_sound(draft):
    start = draft.url.removesuffix("change/")
    item = draft.get_by_role("link", name="A1 Change").get_attribute("href")
    own = ["change", "copy", "publish", "impact", "preview", "compare", "languages", "languages/cy"]
    words = ["languages/cy/motives", "languages/cy/rulesets", "languages/cy/remove", "xlsforms"]
    forms = [
        "staff/product",
        "participants/full/plain/2",
        "participants/short/easy_read/1",
        "paper/short/plain",
    ]
    previews = [f"preview/{language}/{form}" for language in ("en", "cy") for form in forms]
    for address in [VERSIONS, item, *(f"{start}{page}/" for page in [*own, *words, *previews])]:
        response = draft.goto(address)
        assert response.status == 200, address
        assert draft.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide"
        check_axe(draft)


@pytest.mark.parametrize("width", [DESK])
def test_keyboard_reaches_every_part_of_a_draft(draft):
    found = stops(draft)

    assert [stop["text"] or stop["name"] for stop in found if not stop["onScreen"]] == []
    texts = [stop["text"] for stop in found]
    for name in ("Preview", "Compare", "Languages", "What would change", "Publish", "Add item"):
        assert name in texts
    assert "Level group: put an item about it on the participants’ short form." in texts
    weights = [stop for stop in found if re.fullmatch(r"items-\d+-weight", stop["name"])]
    assert len(weights) == 38


@pytest.mark.parametrize("width", [DESK])
def test_keyboard_alone_writes_words_in_another_language(draft):
    draft.goto(draft.url.replace("change/", "languages/cy/product/"))
    first = draft.get_by_label("Name:")
    first.focus()
    draft.keyboard.type("Cynnyrch")
    draft.keyboard.press("Enter")

    expect(draft.get_by_text("The words are saved.")).to_be_visible()
