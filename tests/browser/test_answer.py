"""Participants answer by link: on a phone without scripts, with scripts, with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .axe import check_axe
from .conftest import DESK, PHONE
from .people import follow, heading, press
from .site import Site

pytestmark = pytest.mark.browser

MAKE_LINK = """
from datetime import timedelta
from django.utils import timezone
from assessments.models import Assessment, Invitation
today = timezone.localdate()
wave = Assessment.objects.open().earliest("pk")
fields = {"ends_on": today + timedelta(days=20)} | dict(%s)
print(Invitation.objects.create(assessment=wave, **fields).get_absolute_url(), wave.pk)
"""
BOX = """
import json
from assessments.models import Assessment, Box
wave = Assessment.objects.open().earliest("pk")
box = Box.objects.filter(assessment=wave).first()
print(json.dumps(list(box.responses.values()) if box else []))
"""


def make_link(site: Site, fields: str = "kind='single'") -> str:
    """The address of a new link to the demo's open wave."""
    return site.manage("shell", "--verbosity=0", "-c", MAKE_LINK % fields).split()[0]


def choose(page: Page, answer: str) -> None:
    """Chooses an answer by its words."""
    page.get_by_role("radio", name=answer, exact=True).check()


@pytest.mark.parametrize("width", [PHONE])
@pytest.mark.parametrize("javascript", [False], ids=["no scripts"])
def test_easy_read_is_stopped_gone_on_with_elsewhere_changed_and_sent(site, page, new_context):
    link = make_link(site)
    page.goto(link)
    page.get_by_label("Easy read").check()
    press(page, "Start")
    expect(page.get_by_text("Question 1 of 15")).to_be_visible()
    expect(heading(page)).to_have_text(re.compile("Workers do this with us."))
    choose(page, "Fully")
    press(page, "Next")
    choose(page, "I don’t know")
    press(page, "Back")
    expect(page.get_by_role("radio", name="Fully")).to_be_checked()
    press(page, "Next")
    expect(page.get_by_role("radio", name="I don’t know")).to_be_checked()
    press(page, "Next")
    choose(page, "Partly")
    press(page, "Stop for now")
    code = page.locator(".answer__code").inner_text()
    press(page, "I have my code. Forget my answers here")
    expect(page.get_by_text("This browser has forgotten your answers.")).to_be_visible()

    elsewhere = new_context().new_page()
    elsewhere.goto(link)
    elsewhere.get_by_label("Your code").fill(code.upper())
    press(elsewhere, "Go on with my code")
    expect(elsewhere.get_by_text("Question 4 of 15")).to_be_visible()
    for _question in range(4, 16):
        choose(elsewhere, "Mostly")
        press(elsewhere, "Next")
    expect(heading(elsewhere)).to_have_text("Look at your answers")
    follow(elsewhere, "Change Workers do this with us.")
    choose(elsewhere, "A little")
    press(elsewhere, "Save")
    elsewhere.get_by_label("Yes, researchers may have my answers").check()
    press(elsewhere, "Send my answers")
    expect(heading(elsewhere)).to_have_text("Thank you")

    page.goto(link)
    expect(heading(page)).to_have_text("This link has been used")
    assert '"A1": 1, "A2": "dk", "A3": 2, "A4": 3' in site.manage("shell", "--verbosity=0", "-c", BOX)


def test_the_full_form_is_answered_with_scripts_and_sent_once(site, page):
    link = make_link(site, "kind='group', limit=9")
    page.goto(link)
    page.get_by_label("The full form").check()
    press(page, "Start")
    for number in range(1, 36):
        expect(page.get_by_text(f"Question {number} of 35")).to_be_visible()
        choose(page, "Partly")
        press(page, "Next")
    expect(heading(page)).to_have_text("Look at your answers")
    page.get_by_role("button", name="Send my answers").dblclick()
    expect(heading(page)).to_have_text("Thank you")

    page.go_back()
    page.goto(link)
    expect(page.get_by_text("Thank you. Your answers are sent.")).to_be_visible()


@pytest.mark.parametrize("width", [DESK])
def test_the_keyboard_alone_answers_and_sends(site, page):
    page.goto(make_link(site))
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Question 1 of 15")).to_be_visible()
    page.locator("#main").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="Not at all")).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="A little")).to_be_checked()
    page.keyboard.press("Enter")  # "Next" comes first, so Enter never goes back.
    expect(page.get_by_text("Question 2 of 15")).to_be_visible()
    page.get_by_role("button", name="Stop for now").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Go on answering").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Question 2 of 15")).to_be_visible()
    page.goto(re.sub(r"\d+/$", "check/", page.url))
    page.get_by_role("button", name="Send my answers").focus()
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Thank you")


@pytest.mark.parametrize("wording", ["Plain words", "Easy read"])
def test_every_page_is_accessible_in_both_wordings(site, page, wording):
    link = make_link(site, "kind='group', limit=9")
    page.goto(link)
    check_axe(page)
    page.get_by_label(wording).check()
    press(page, "Start")
    check_axe(page)
    choose(page, "Partly")
    press(page, "Next")
    check_axe(page)
    press(page, "Stop for now")
    check_axe(page)
    page.goto(link)
    check_axe(page)
    follow(page, "Go on where you were")
    page.context.clear_cookies(name="pass")
    choose(page, "Fully")
    press(page, "Next")
    expect(heading(page)).to_have_text("Please type your code")
    check_axe(page)
    page.get_by_label("Your code").fill("2222")
    press(page, "Go on with my code")
    expect(page.get_by_role("alert")).to_be_focused()
    check_axe(page)
    follow(page, "Begin again from the first page")
    page.get_by_label(wording).check()
    press(page, "Start")
    page.goto(f"{link}check/")
    check_axe(page)
    follow(page, "Go to the first question")
    choose(page, "Partly")
    press(page, "Next")
    page.goto(f"{link}check/")
    check_axe(page)
    press(page, "Send my answers")
    check_axe(page)


@pytest.mark.parametrize(
    "fields",
    ["completed=1", "ends_on=today - timedelta(days=1)", "revoked_on=today"],
    ids=["used", "ended", "revoked"],
)
def test_a_link_that_takes_no_answers_is_accessible(site, page, fields):
    page.goto(make_link(site, f"kind='single', {fields}"))
    check_axe(page)


def test_a_mistyped_link_is_accessible(page):
    page.goto("/a/nonsense/")
    expect(heading(page)).to_have_text("This link does not work")
    check_axe(page)


def test_paper_is_printed_and_typed_in(site, page_of):
    wave = site.manage("shell", "--verbosity=0", "-c", MAKE_LINK % "kind='single'").split()[1]
    page = page_of("manager")
    page.goto(f"/assessments/{wave}/paper/")
    check_axe(page)
    follow(page, "Short form, easy read to print")
    check_axe(page)
    follow(page, "Choose another form")
    follow(page, "Short form, plain words")
    check_axe(page)
    first = page.get_by_role("group", name="1. Staff work on this together with us.")
    first.get_by_role("radio", name="Mostly").check()
    press(page, "Add this form")
    expect(page.get_by_text("Typed in. Next one.")).to_be_visible()
    expect(first.get_by_role("radio", name="Mostly")).not_to_be_checked()
