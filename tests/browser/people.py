"""The demo people, at the keyboard."""

import re

from playwright.sync_api import Page, expect

from assessments.management.commands.seed_demo import PASSWORD


def sign_in(page: Page, username: str) -> None:
    """Signs ``page`` in as the demo person ``username``, as in "manager", and waits for their first page."""
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("/login/"))
