"""The demo people, at the keyboard."""

import re

from playwright.sync_api import Locator, Page, expect

from assessments.models.user import DEMO_PASSWORD as PASSWORD


def sign_in(page: Page, username: str) -> None:
    """Signs ``page`` in as the demo person ``username``, as in "manager", and waits for their first page."""
    page.goto("/accounts/login/")
    sign_in_again(page, username)
    expect(page).not_to_have_url(re.compile("/login/"))


def sign_in_again(page: Page, username: str) -> None:
    """Signs in on the sign-in page that is open. What comes next may depend on what was typed before."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")


def heading(page: Page) -> Locator:
    """The main heading of ``page``."""
    return page.get_by_role("heading", level=1)


def press(page: Page, name: str) -> None:
    """Presses the button ``name``, and waits for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Follows the link ``name`` in the middle of ``page``, and waits for the page that it leads to."""
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("link", name=name, exact=True).click()


def status(page: Page, task: str) -> Locator:
    """The line of a task list that leads to ``task``."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=task, exact=True))


def add_activity(page: Page, title: str) -> None:
    """Adds an activity to the service that is open. Its first page of facts is open then."""
    follow(page, "Add an activity")
    page.get_by_label("Title of the activity").fill(title)
    page.get_by_label("What happens").fill("Staff and neighbours cook lunch together every Friday.")
    press(page, "Save the activity")
    expect(page.get_by_role("status")).to_contain_text("Now describe its facts.")


def start_wave(page: Page, service: str, activity: str) -> str:
    """Adds ``activity`` to the service at the slug ``service`` and starts its first wave. Returns the address
    of its task list, which is open then."""
    page.goto(f"/services/{service}/")
    add_activity(page, activity)
    page.get_by_role("navigation", name="You are here").get_by_role("link", name=activity).click()
    follow(page, "Start an assessment")
    press(page, "Start now")
    expect(page.get_by_role("heading", name="Your ratings")).to_be_visible()
    return page.url
