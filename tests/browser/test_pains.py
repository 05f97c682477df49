"""What must never hurt: typing that is lost, texts that are overwritten, things that are made twice."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import DESK
from .people import add_activity, follow, heading, press, sign_in_again, start_wave

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("width", [DESK])]

WITH_AND_WITHOUT_SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])

WORDS = "“Two staff on the rota” <every> Friday;\n\n  and Zoë, who’d been asked twice &amp; came – 100%."
"""Evidence that is easily altered on its way: quotes, spaces, line ends, signs of HTML."""


@pytest.fixture
def service(page_of: Callable[[str], Page], request: pytest.FixtureRequest) -> str:
    """The address of a service of the manager's own, for one test."""
    page = page_of("manager")
    page.goto("/services/new/")
    page.get_by_label("Name of the service").fill(f"Yard {request.node.name}")
    press(page, "Save the service")
    slug = re.search(r"/services/([^/]+)/$", page.url)[1]
    page.close()
    return slug


def evidence(page: Page) -> Locator:
    return page.get_by_label("What do you base this on?").first


def type_evidence(page: Page, text: str) -> None:
    if not evidence(page).is_visible():
        page.get_by_text("Add evidence or a note").first.click()
    evidence(page).fill(text)


def rating(page: Page, word: str) -> Locator:
    """The radio ``word`` of the first statement of the page."""
    return page.get_by_role("radio", name=word).first


# 2. Answers lost or altered on validation error, expired session, lost connection.


@WITH_AND_WITHOUT_SCRIPTS
def test_pain_2_an_expired_session_loses_nothing(page_of, service):
    page = page_of("manager")
    wave = start_wave(page, service, "Gardening")
    follow(page, "Relational")
    rating(page, "Partly").check()
    type_evidence(page, WORDS)
    page.context.clear_cookies(name="sessionid")
    press(page, "Save and continue")

    expect(page.get_by_role("main")).to_contain_text("You were signed out.")
    sign_in_again(page, "manager")
    expect(heading(page)).to_have_text("Save what you typed")
    press(page, "Save what I typed")
    expect(heading(page)).to_have_text("Product")
    page.goto(f"{wave}relational/")
    expect(rating(page, "Partly")).to_be_checked()
    expect(evidence(page)).to_have_value(WORDS)
    expect(page.get_by_text("What you typed before is back")).to_have_count(0)


def test_pain_2_a_lost_connection_loses_nothing(page_of, service):
    page = page_of("manager")
    wave = start_wave(page, service, "Gardening")
    follow(page, "Relational")
    rating(page, "Partly").check()
    type_evidence(page, WORDS)
    page.context.set_offline(True)
    page.get_by_role("main").get_by_role("button", name="Save and continue", exact=True).click()
    page.wait_for_url(re.compile("chrome-error:"))
    page.context.set_offline(False)

    page.goto(f"{wave}relational/")
    expect(
        page.get_by_text("What you typed before is back in this form. It is not saved yet.")
    ).to_be_visible()
    expect(rating(page, "Partly")).to_be_checked()
    expect(evidence(page)).to_have_value(WORDS)
    press(page, "Save and continue")
    expect(heading(page)).to_have_text("Product")
    page.goto(f"{wave}relational/")
    expect(evidence(page)).to_have_value(WORDS)
    expect(page.get_by_text("What you typed before is back")).to_have_count(0)


def test_pain_2_what_was_brought_back_can_be_discarded(page_of, service):
    page = page_of("manager")
    wave = start_wave(page, service, "Gardening")
    follow(page, "Relational")
    rating(page, "Partly").check()
    type_evidence(page, WORDS)
    page.reload()
    expect(evidence(page)).to_have_value(WORDS)
    page.get_by_role("button", name="Discard it").click()
    expect(rating(page, "Partly")).not_to_be_checked()
    page.goto(f"{wave}relational/")
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    expect(evidence(page)).to_have_value("")


def test_pain_2_signing_out_leaves_nothing_on_a_shared_computer(page_of, service, page):
    sign_in_as_manager(page)
    page.goto(f"/services/{service}/edit/")
    page.get_by_label("What it is for").fill("Not for the next person")
    page.get_by_role("button", name="Sign out").click()
    sign_in_as_manager(page)
    page.goto(f"/services/{service}/edit/")
    expect(page.get_by_label("What it is for")).to_have_value("")


def sign_in_as_manager(page: Page) -> None:
    page.goto("/accounts/login/")
    sign_in_again(page, "manager")
    expect(page.get_by_role("heading", name="Your work")).to_be_visible()


@WITH_AND_WITHOUT_SCRIPTS
def test_pain_2_a_rejected_form_keeps_everything(page_of, service):
    page = page_of("manager")
    page.goto(f"/services/{service}/participants/new/")
    page.get_by_label("Your reference").fill("Tuesday group")
    page.get_by_role("radio", name="One person").check()
    page.get_by_label("How many people").fill("7")
    press(page, "Save the participant")
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    expect(page.get_by_label("Your reference")).to_have_value("Tuesday group")
    expect(page.get_by_role("radio", name="One person")).to_be_checked()
    expect(page.get_by_label("How many people")).to_have_value("7")
    expect(page.get_by_text("What you typed before is back")).to_have_count(0)


def test_pain_2_a_new_form_is_empty_after_the_last_was_saved(page_of, service):
    page = page_of("manager")
    page.goto(f"/services/{service}/")
    add_activity(page, "Gardening")
    page.goto(f"/services/{service}/activities/new/")
    expect(page.get_by_label("Title of the activity")).to_have_value("")
    page.get_by_label("Title of the activity").fill("Gardening")  # Taken: this one is refused.
    press(page, "Save the activity")
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    page.goto(f"/services/{service}/activities/new/")
    expect(page.get_by_label("Title of the activity")).to_have_value("Gardening")
    expect(page.get_by_text("What you typed before is back")).to_be_visible()
    page.get_by_label("Title of the activity").fill("Cooking")
    press(page, "Save the activity")
    expect(page.get_by_role("status")).to_contain_text("The activity is added.")
    page.goto(f"/services/{service}/activities/new/")
    expect(page.get_by_label("Title of the activity")).to_have_value("")


# 9. Two editors overwrite each other silently.


@WITH_AND_WITHOUT_SCRIPTS
def test_pain_9_a_stale_page_of_facts_shows_both_texts(page_of, service):
    mina, leo = page_of("manager"), page_of("lead")
    mina.goto(f"/services/{service}/")
    add_activity(mina, "Gardening")
    address = mina.url
    leo.goto(address)
    choose(leo, "Who does the work itself?", "People do this without staff")
    press(leo, "Save and return to the activity")
    choose(mina, "Who does the work itself?", "People and staff do this together")
    press(mina, "Save and continue")

    both = mina.get_by_role("region", name="The two versions")
    expect(both).to_contain_text("Who does the work itself?")
    expect(both).to_contain_text("People do this without staff")
    expect(both).to_contain_text("People and staff do this together")
    expect(mina.get_by_role("alert")).to_contain_text("Nothing of yours is saved yet.")
    leo.goto(address)
    expect(chosen(leo, "Who does the work itself?")).to_have_accessible_name("People do this without staff")
    press(mina, "Save and continue")
    expect(heading(mina)).to_have_text("On what terms people take part")
    leo.goto(address)
    expect(chosen(leo, "Who does the work itself?")).to_have_accessible_name(
        "People and staff do this together"
    )


def choose(page: Page, question: str, answer: str) -> None:
    page.get_by_role("group", name=question, exact=True).get_by_role("radio", name=answer, exact=True).check()


def chosen(page: Page, question: str) -> Locator:
    return page.get_by_role("group", name=question, exact=True).get_by_role("radio", checked=True)


@WITH_AND_WITHOUT_SCRIPTS
def test_pain_9_a_stale_page_of_answers_shows_both_texts(page_of, service):
    page = page_of("manager")
    wave = start_wave(page, service, "Gardening")
    other = page.context.new_page()  # The same person in two tabs.
    for tab in (page, other):
        tab.goto(f"{wave}relational/")
    type_evidence(page, "From the first tab.")
    press(page, "Save and return to the list")
    type_evidence(other, "From the second tab.")
    press(other, "Save and return to the list")

    both = other.get_by_role("region", name="The two versions")
    expect(both).to_contain_text("From the first tab.")
    expect(both).to_contain_text("From the second tab.")
    expect(evidence(other)).to_have_value("From the second tab.")
    page.goto(f"{wave}relational/")
    expect(evidence(page)).to_have_value("From the first tab.")
    press(other, "Save and return to the list")
    page.goto(f"{wave}relational/")
    expect(evidence(page)).to_have_value("From the second tab.")


@WITH_AND_WITHOUT_SCRIPTS
def test_pain_9_answers_after_the_close_are_shown_and_not_saved(page_of, service):
    page = page_of("manager")
    wave = start_wave(page, service, "Gardening")
    late = page.context.new_page()
    late.goto(f"{wave}relational/")
    type_evidence(late, WORDS)
    page.goto(f"{wave}close/")
    press(page, "Close the wave and see the result")
    press(late, "Save and continue")
    expect(heading(late)).to_have_text("This wave is closed")
    expect(late.get_by_role("textbox")).to_have_value(WORDS)


# A double click makes one thing.


@WITH_AND_WITHOUT_SCRIPTS
def test_a_double_click_makes_one_thing(page_of, service):
    page = page_of("manager")
    page.goto(f"/services/{service}/activities/new/")
    page.get_by_label("Title of the activity").fill("Gardening")
    double_click(page, "Save the activity")
    page.goto(f"/services/{service}/")
    expect(page.get_by_role("link", name="Gardening", exact=True)).to_have_count(1)
    follow(page, "Gardening")
    follow(page, "Start an assessment")
    double_click(page, "Start now")
    expect(page.get_by_role("heading", name="Your ratings")).to_be_visible()
    follow(page, "Close the wave and see the result")
    double_click(page, "Close the wave and see the result")
    expect(page.get_by_role("region", name="The process: four dimensions")).to_be_visible()
    page.get_by_role("navigation", name="You are here").get_by_role("link", name="Gardening").click()
    expect(
        page.get_by_role("table", name="Every time this activity was assessed").get_by_role("row")
    ).to_have_count(2)


def double_click(page: Page, button: str) -> None:
    """Without scripts the second click sends the form again, and its page takes the place of the first's."""
    with page.expect_event("load"):
        page.get_by_role("main").get_by_role("button", name=button, exact=True).dblclick()


class Stay(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_) -> None:
        return None


def send_twice(page: Page, **typed: str) -> list[int]:
    """Sends the form on ``page`` twice at the same moment. Returns the two statuses."""
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in page.context.cookies())
    form = page.get_by_role("main").locator("form")
    hidden = {
        field.get_attribute("name"): field.input_value() for field in form.locator("input[type=hidden]").all()
    }
    request = Request(page.url, urlencode(hidden | typed).encode(), {"Cookie": cookies, "Referer": page.url})

    def send(_: int) -> int:
        opener = build_opener(Stay)
        opener.addheaders = []
        try:
            return opener.open(request, timeout=60).status
        except OSError as answer:
            return answer.code

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(send, range(2)))


def test_two_requests_at_the_same_moment_make_one_thing(page_of, service):
    page = page_of("manager")
    page.goto("/services/new/")
    name = f"Twin of {service}"
    assert send_twice(page, name=name) == [200, 302]
    page.goto("/services/")
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(1)

    page.goto(f"/services/{service}/activities/new/")
    assert send_twice(page, title="Gardening") == [200, 302]
    page.goto(f"/services/{service}/")
    follow(page, "Gardening")
    follow(page, "Start an assessment")
    assert send_twice(page) == [302, 302]
    page.reload()
    page.goto(f"/services/{service}/")
    follow(page, "Gardening")
    waves = page.get_by_role("table", name="Every time this activity was assessed").get_by_role("row")
    expect(waves).to_have_count(2)  # The head, and one wave.
    follow(page, "Continue the assessment")
    follow(page, "Close the wave and see the result")
    assert send_twice(page) == [302, 302]
    page.reload()
    follow(page, "See the result")
    expect(page.get_by_role("region", name="The process: four dimensions")).to_be_visible()


@WITH_AND_WITHOUT_SCRIPTS
def test_going_back_and_saving_again_works(page_of, service):
    page = page_of("manager")
    start_wave(page, service, "Gardening")
    follow(page, "Relational")
    rating(page, "Partly").check()
    press(page, "Save and continue")
    expect(heading(page)).to_have_text("Product")
    page.go_back()
    expect(rating(page, "Partly")).to_be_checked()
    rating(page, "Mostly").check()
    press(page, "Save and return to the list")
    expect(page.get_by_role("status")).to_contain_text("Your answers are saved.")
    follow(page, "Relational")
    expect(rating(page, "Mostly")).to_be_checked()


def test_a_page_from_memory_shows_what_was_saved_since(page_of, service):
    page = page_of("manager")
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(f"/services/{service}/edit/")
    other.get_by_label("What it is for").fill("First")
    press(other, "Save the service")
    # Playwright's Chromium keeps no pages in memory, so the page is told that it comes from there.
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_label("What it is for")).to_have_value("First")
    page.get_by_label("What it is for").fill("Second")
    press(page, "Save the service")
    expect(page.get_by_role("status")).to_contain_text("The service is saved.")
