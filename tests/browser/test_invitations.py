"""Inviting participants and publishing, at the keyboard: two clicks to a link, with scripts and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from .axe import check_axe
from .conftest import DESK

pytestmark = pytest.mark.browser

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def check_page(page: Page) -> None:
    """Fails when ``page`` has findings of axe-core, or is wider than its screen."""
    check_axe(page)
    assert page.evaluate(SIDEWAYS) <= 0


def open_invitations(page: Page) -> None:
    """Opens the links of the demo's open wave, from the front page."""
    page.goto("/")
    page.get_by_role("link", name="Home library visits").click()
    page.get_by_role("link", name="Invite participants").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invite participants")


@pytest.fixture
def manager(new_context, session_of) -> Page:
    """The demo manager's browser, which lets pages copy."""
    permissions = ["clipboard-read", "clipboard-write"]
    return new_context(storage_state=session_of("manager"), permissions=permissions).new_page()


def test_pages_of_a_wave_s_links_are_sound(manager):
    open_invitations(manager)
    check_page(manager)
    for name in ("Print a sheet for every link that works", "Group link, up to 20"):
        manager.get_by_role("link", name=name).first.click()
        check_page(manager)
        manager.go_back()


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_group_link_takes_one_click_more_than_its_page(manager, javascript):
    open_invitations(manager)
    manager.get_by_role("button", name="Make a link for the group").click()

    expect(manager.get_by_role("status").first).to_contain_text("1 link is made.")
    expect(manager.get_by_role("textbox", name="The link")).to_have_value(
        re.compile(r"^http://127\.0\.0\.1:\d+/a/\w{16}/$")
    )
    expect(manager.get_by_role("img", name="QR code of the link")).to_be_visible()
    expect(manager.get_by_role("button", name="Copy the link")).to_have_count(1 if javascript else 0)


@pytest.mark.parametrize("width", [DESK])
def test_the_link_is_copied_and_leads_a_participant_in(manager, page):
    open_invitations(manager)
    manager.get_by_role("link", name="Group link, up to 20").first.click()
    manager.get_by_role("button", name="Copy the link").click()
    expect(manager.get_by_text("The link is copied.")).to_be_visible()

    copied = manager.evaluate("navigator.clipboard.readText()")

    assert copied == manager.get_by_role("textbox", name="The link").input_value()
    assert page.goto(copied).status == 200
    expect(page.get_by_role("main")).to_contain_text("Home library visits")


def test_a_person_s_link_is_made_mailed_extended_and_revoked(manager):
    open_invitations(manager)
    people = manager.get_by_role("group", name="Who gets a link of their own?")
    reference = people.locator("label").last.inner_text()
    people.get_by_role("checkbox").last.check()
    manager.get_by_role("button", name="Make a link for each of them").click()
    expect(manager.get_by_role("heading", level=1)).to_have_text(reference)
    check_page(manager)

    manager.get_by_role("link", name="Send it by e-mail").click()
    check_page(manager)
    manager.get_by_role("button", name="Send the e-mail").click()
    expect(manager.get_by_role("alert")).to_be_focused()
    check_page(manager)
    manager.get_by_label("E-mail address").fill("ann@example.org")
    manager.get_by_role("button", name="Send the e-mail").click()
    expect(manager.get_by_role("status").first).to_contain_text("The e-mail is sent.")

    manager.get_by_role("link", name="Send a reminder").click()
    check_page(manager)
    manager.get_by_role("button", name="Send the reminder").click()
    expect(manager.get_by_role("status").first).to_contain_text("If this person has not answered yet")

    manager.get_by_role("link", name="Change the last day").click()
    check_page(manager)
    manager.get_by_role("button", name="Save the last day").click()
    expect(manager.get_by_role("status").first).to_contain_text("The new last day is saved.")

    manager.get_by_role("link", name="Revoke this link").click()
    check_page(manager)
    manager.get_by_role("button", name="Yes, revoke this link").click()
    expect(manager.get_by_role("row", name=reference).last).to_contain_text("Revoked")


@pytest.mark.parametrize("width", [DESK])
def test_each_sheet_prints_on_a_page_of_its_own(manager):
    open_invitations(manager)
    manager.get_by_role("link", name="Print a sheet for every link that works").click()
    sheets = manager.locator(".sheet").count()

    pdf = manager.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/MediaBox", pdf)) == sheets


def test_the_demo_s_published_result_is_sound_for_everybody(manager, page):
    manager.goto("/services/neighbourhoods-and-libraries/")
    manager.get_by_role("link", name=": Safer Elm Road").click()
    manager.get_by_role("link", name="Change or withdraw it").click()
    check_page(manager)
    address = manager.get_by_role("link", name="See the public page").get_attribute("href")

    assert page.goto(address).status == 200

    expect(page.get_by_role("heading", level=1)).to_have_text("Safer Elm Road")
    check_page(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation").first).to_be_hidden()
