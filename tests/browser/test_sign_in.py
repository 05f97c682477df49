"""Signing in and out, as each demo person, on both screens, with scripts and without."""

import pytest
from playwright.sync_api import expect

from assessments.management.commands.seed_demo import ACCOUNTS

from .axe import check_axe
from .people import sign_in

pytestmark = pytest.mark.browser


def test_sign_in_page_is_accessible(page):
    page.goto("/accounts/login/")
    check_axe(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("username", [account.username for account in ACCOUNTS])
def test_each_demo_person_signs_in(page, username):
    sign_in(page, username)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
