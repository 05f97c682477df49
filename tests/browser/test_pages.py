"""Every page of the site, for every role: sound on a phone and on a desk, in order and out of it."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from django.urls import ResolverMatch, resolve
from playwright.sync_api import Page, expect

from assessments.urls import urlpatterns

from .axe import findings
from .conftest import DESK, PHONE
from .people import follow, press, sign_in_again
from .site import Site, manage

pytestmark = pytest.mark.browser

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""How many pixels of a page lie beyond the right edge of the screen."""


def faults(page: Page, *, axe: bool = True) -> list[str]:
    """What is wrong with ``page``, on a phone's screen and on a desk's. ``axe`` takes most of the time."""
    page.wait_for_load_state()  # A link may have been followed just now.
    found = []
    if not re.fullmatch(r"\S.* – Coproduce", page.title()):
        found.append(f"the title is {page.title()!r}")
    if not (page.locator("html").get_attribute("lang") or "").startswith("en"):
        found.append("the page does not say that it is in English")
    if (headings := page.get_by_role("heading", level=1).count()) != 1:
        found.append(f"{headings} main headings")
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        if (pixels := page.evaluate(SIDEWAYS)) > 0:
            found.append(f"{pixels} pixels beyond the edge of {width}")
        found += [f"at {width}: {finding}" for finding in (findings(page) if axe else [])]
    return [f"{page.url}: {fault}" for fault in found]


def check_page(page: Page) -> None:
    """Fails with everything that is wrong with ``page``."""
    found = faults(page)
    assert not found, "\n".join(found)


# The pages in order. Each role follows every link, and opens one page of each kind.

PUBLIC = {"definitions", "guide", "guide-leaflet", "accessibility", "privacy", "withdraw"}
SIGNED_OUT = {"login", "password_reset"}
SIGNED_IN = {"service-list", "password_change", "project-list"}
ANSWERERS = {
    "assessment-detail",
    "assessment-check",
    "assessment-answers additive",
    "assessment-answers voluntary",
    "assessment-answers individual_collective",
    "assessment-answers relational",
    "assessment-answers product",
}
EDITORS = {
    "service-create",
    "service-detail",
    "service-update",
    "service-delete",
    "activity-create",
    "activity-detail",
    "activity-update",
    "activity-delete",
    "facts-edit part",
    "facts-edit terms",
    "facts-edit support",
    "facts-edit levels",
    "facts-edit helps",
    "facts-edit pressures",
    "participant-list",
    "participant-create",
    "participant-update",
    "participant-delete",
    "participation-create",
    "participation-update",
    "participation-delete",
    "assessment-begin",
    "assessment-close",
    "assessment-colleagues",
    "assessment-discard",
    "assessment-result",
    "assessment-publish",
    "assessment-readings",
    "assessment-reading",
    "assessment-paper",
    "assessment-paper-form",
    "participant-data",
    "invitation-list",
    "invitation-detail",
    "invitation-email",
    "invitation-extend",
    "invitation-remind",
    "invitation-revoke",
    "invitation-sheet",
    "invitation-sheets",
    "invitations-remind",
    "definitions-version",
}
PROJECTS = {
    "project-list",
    "project-create",
    "project-detail",
    "project-update",
    "project-tokens",
    "project-reliability",
}
FILES = {"project-file", "participant-data"}


class Role(NamedTuple):
    """The pages that a role reaches, and those of them that read as they do for no role above."""

    shared: set[str]
    own: set[str]


RESULTS = {"assessment-result", "assessment-readings", "assessment-reading", "definitions-version"}
"""What somebody reaches who was invited to a wave that is closed by now."""

ROLES = {
    "anonymous": Role(shared=set(), own={"home"} | PUBLIC | SIGNED_OUT),
    "manager": Role(shared=PUBLIC, own={"home"} | SIGNED_IN | ANSWERERS | EDITORS),
    "lead": Role(shared=PUBLIC | SIGNED_IN | ANSWERERS | EDITORS, own={"home"}),
    "staff": Role(
        shared=PUBLIC | {"password_change", "project-list"} | RESULTS,
        own={"home", "service-list"} | ANSWERERS,
    ),
    "researcher": Role(
        shared=PUBLIC | {"password_change", "service-list"} | FILES - {"participant-data"},
        own={"home"} | PROJECTS,
    ),
    "curator": Role(shared=PUBLIC | SIGNED_IN, own={"home"}),
}
WITHOUT_A_LINK = {
    "healthz": "for machines",
    "logout": "a button, never a page",
    "password_change_done": "test_password_pages_are_sound",
    "password_reset_done": "test_password_pages_are_sound",
    "password_reset_confirm": "test_password_pages_are_sound",
    "password_reset_complete": "test_password_pages_are_sound",
    "answer-welcome": "test_pages_for_participants_are_sound",
    "answer-question": "test_pages_for_participants_are_sound",
    "answer-check": "test_pages_for_participants_are_sound",
    "answer-stop": "test_pages_for_participants_are_sound",
    "answer-thanks": "test_pages_for_participants_are_sound",
    "assessment-withdraw": "test_public_pages_of_a_result_are_sound",
    "public-result": "test_public_pages_of_a_result_are_sound",
    "definitions-changes": "test_page_about_changed_definitions_is_sound",
    "token-revoke": "test_pages_of_a_token_are_sound",
}
"""The addresses that no link of the demo leads to, and what opens them instead."""


def kind(match: ResolverMatch) -> str:
    """The name of an address, with its page where several pages share the name."""
    page = match.kwargs.get("page") or match.kwargs.get("dimension")
    return f"{match.url_name} {page}" if page else match.url_name


def walk(page: Page, starts: list[str], own: set[str]) -> tuple[set[str], list[str]]:
    """Follows every link from ``starts``, once for each kind of page. The admin is left out.

    Returns the kinds that were found, and what is wrong with their pages. The kinds in ``own`` are looked
    at with axe as well.
    """
    waiting = {kind(resolve(urlsplit(start).path)): start for start in starts}
    found, wrong = set(waiting), []
    while waiting:
        here = next(iter(waiting))
        page.goto(waiting.pop(here))
        wrong += faults(page, axe=here in own)
        for address in page.locator("a").evaluate_all("links => links.map((link) => link.pathname)"):
            match = resolve(address)
            if match.namespaces or kind(match) in found:
                continue
            found.add(kind(match))
            if match.url_name not in FILES:
                waiting[kind(match)] = address
    return found, wrong


def send_a_link(page: Page) -> str:
    """Sends somebody who takes part in the open wave a link. The page about it is open then."""
    page.goto("/")
    follow(page, "Home library visits")
    follow(page, "Invite participants")
    page.get_by_role("group", name="Who gets a link of their own?").get_by_role("checkbox").first.check()
    press(page, "Make a link for each of them")
    address = page.url
    follow(page, "Send it by e-mail")
    page.get_by_label("E-mail address").fill("pat@example.org")
    press(page, "Send the e-mail")
    page.goto(address)
    return address


INVITED = """
from assessments.models import Assessment, User
Assessment.objects.closed().order_by("pk").first().invited.add(User.objects.get(username="staff"))
"""


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_a_role_can_reach_is_sound(page, page_of, site, role):
    shared, own = ROLES[role]
    if role == "staff":  # Other tests may have invited them and closed the wave; so that it is always so:
        manage(site.environment, "shell", "-c", INVITED)
    if role == "anonymous":
        found, wrong = walk(page, ["/"], own)
    elif "invitation-detail" in shared | own:
        link = send_a_link(page_of("manager"))
        finished = "/services/adult-social-care/"  # Nothing is open here, so that a wave can be started.
        found, wrong = walk(page_of(role), ["/services/", finished, link], own)
    else:
        found, wrong = walk(page_of(role), ["/services/"], own)
    assert not wrong, "\n".join(wrong)
    assert found == shared | own


def test_every_address_is_opened_by_some_test():
    reached = set().union(*(shared | own for shared, own in ROLES.values()))
    opened = {kind.split()[0] for kind in reached} | set(WITHOUT_A_LINK)
    assert {pattern.name for pattern in urlpatterns} == opened


# The pages that only a form, a letter or a poster leads to.


@pytest.mark.parametrize("width", [DESK])
def test_pages_for_participants_are_sound(page, page_of):
    manager = page_of("manager")
    send_a_link(manager)
    page.goto(manager.get_by_label("The link", exact=True).input_value())
    check_page(page)
    page.get_by_role("radio", name="Easy read").check()
    press(page, "Start")
    check_page(page)
    page.get_by_role("radio", name="Mostly").check()
    press(page, "Stop for now")
    check_page(page)
    follow(page, "Go on answering")
    further = page.get_by_role("button", name="Next")
    expect(further).to_be_visible()
    while further.count():
        with page.expect_navigation():
            further.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your answers")
    check_page(page)
    press(page, "Send my answers")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    check_page(page)
    page.goto("/a/nothing/")
    check_page(page)


@pytest.mark.parametrize("width", [DESK])
def test_public_pages_of_a_result_are_sound(page, page_of):
    manager = page_of("manager")
    open_result(manager, "Neighbourhoods and Libraries", "Saturday community meal")
    follow(manager, "Publish this result")
    press(manager, "Publish this page")
    address = manager.get_by_role("link", name="See the public page").get_attribute("href")
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Saturday community meal")
    check_page(page)
    open_result(manager, "Neighbourhoods and Libraries", "Saturday community meal")
    follow(manager, "Change or withdraw it")
    check_page(manager)
    follow(manager, "Withdraw the public page")
    check_page(manager)


@pytest.mark.parametrize("width", [DESK])
def test_password_pages_are_sound(page, site):
    password = "apples and plums"
    account = ["--username=paula", "--email=paula@example.org"]
    manage(
        site.environment | {"DJANGO_SUPERUSER_PASSWORD": password}, "createsuperuser", "--noinput", *account
    )
    page.goto("/accounts/login/")
    page.get_by_role("link", name="I forgot my password").click()
    page.get_by_label("Email").fill("paula@example.org")
    page.get_by_role("button", name="Send me a link").click()
    check_page(page)

    page.goto(letter_link(site))
    check_page(page)
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password confirmation").fill("apples and pears")
    page.get_by_role("button", name="Save the new password").click()
    check_error_page(page)
    page.get_by_label("New password", exact=True).fill(password)
    page.get_by_label("New password confirmation").fill(password)
    page.get_by_role("button", name="Save the new password").click()
    check_page(page)

    page.goto(letter_link(site))
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more")
    check_page(page)

    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("paula")
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Old password").fill("plums")
    page.get_by_role("button", name="Change my password").click()
    check_error_page(page)
    page.get_by_label("Old password").fill(password)
    page.get_by_label("New password", exact=True).fill("apples and cherries")
    page.get_by_label("New password confirmation").fill("apples and cherries")
    page.get_by_role("button", name="Change my password").click()
    expect(page).to_have_url(re.compile("/done/"))
    check_page(page)


def letter_link(site: Site) -> str:
    """The path in the last letter that the site sent. The demo writes its letters into its log."""
    return urlsplit(re.findall(r"https?://\S+/accounts/password/reset/\S+", site.log.read_text())[-1]).path


@pytest.mark.parametrize("width", [DESK])
def test_page_about_changed_definitions_is_sound(page):
    page.goto("/definitions/1/to/1/")
    check_page(page)


@pytest.mark.parametrize("width", [DESK])
def test_pages_of_a_token_are_sound(page_of):
    page = page_of("researcher")
    page.goto("/research/")
    follow(page, "Who does the work in shared services")
    follow(page, "Tokens for scripts")
    press(page, "Make a token")
    check_error_page(page)
    page.get_by_label("What uses it").fill("a script to look at")
    press(page, "Make a token")
    check_page(page)
    follow(page, "Revoke a script to look at")
    check_page(page)


# The pages out of order.


def check_error_page(page: Page) -> None:
    """Fails unless ``page`` says what is wrong, has the focus there, and leads to each field."""
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("heading")).to_have_text("There is a problem")
    expect(summary).to_be_focused()
    assert page.title().startswith("Error: ")
    for link in summary.get_by_role("link").all():
        target = link.get_attribute("href")
        link.click()
        expect(page.locator(target)).to_be_focused()
        expect(page.locator(target)).to_have_attribute("aria-invalid", "true")
    check_page(page)


def send_an_empty_service(page: Page) -> None:
    page.goto("/services/new/")
    page.get_by_role("button", name="Save the service").click()


def send_a_group_of_one(page: Page) -> None:
    page.goto("/services/public-protection/participants/new/")
    page.get_by_label("Your reference").fill("Pair")
    page.get_by_role("radio", name="A group").check()
    page.get_by_label("How many people").fill("1")
    page.get_by_role("button", name="Save the participant").click()


def send_known_and_not_known(page: Page) -> None:
    page.goto("/services/public-protection/")
    page.get_by_role("link", name="Speed limits outside schools", exact=True).click()
    page.get_by_role("link", name="Whose involvement it is").click()
    group = page.get_by_role("group").first
    for box in group.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Save and continue").click()


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize("send", [send_an_empty_service, send_a_group_of_one, send_known_and_not_known])
def test_a_rejected_form_says_what_to_mend(page_of, send):
    page = page_of("manager")
    send(page)
    check_error_page(page)


@pytest.mark.parametrize("width", [DESK])
def test_a_rejected_filter_says_what_to_mend(page_of):
    page = page_of("researcher")
    page.goto("/research/")
    follow(page, "Who does the work in shared services")
    page.get_by_label("Closed from year").fill("1900")
    page.get_by_label("Closed up to year").fill("3000")
    page.get_by_role("button", name="Show what matches").click()
    check_error_page(page)


@pytest.mark.parametrize("width", [DESK])
def test_a_failed_sign_in_says_so(page):
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("manager")
    page.get_by_label("Password").fill("a wrong one")
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Username")).to_have_value("manager")
    check_error_page(page)


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize(
    ("role", "address", "status", "heading"),
    [
        ("anonymous", "/nothing/here/", 404, "Page not found"),
        ("staff", "/services/public-protection/", 404, "Page not found"),
        ("staff", "/services/new/", 403, "You may not open this page"),
        ("manager", "/research/", 403, "You may not open this page"),
    ],
)
def test_a_closed_door_is_a_sound_page(page, page_of, role, address, status, heading):
    visitor = page if role == "anonymous" else page_of(role)
    assert visitor.goto(address).status == status
    expect(visitor.get_by_role("heading", level=1)).to_have_text(heading)
    check_page(visitor)


@pytest.mark.parametrize("width", [DESK])
def test_a_form_whose_protection_expired_shows_what_was_typed(page_of):
    page = page_of("manager")
    page.goto("/services/new/")
    page.get_by_label("Name of the service").fill("Riverside Lunch Club")
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Save the service").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This form was open too long")
    expect(page.get_by_role("textbox")).to_have_value("Riverside Lunch Club")  # And nothing else.
    check_page(page)


@pytest.mark.parametrize("width", [DESK])
def test_signing_in_again_in_the_middle_of_a_form_is_sound(page_of):
    page = page_of("manager")
    page.goto("/services/new/")
    page.get_by_label("What it is for").fill("A long walk by the river, " * 10 + "and" + "h" * 100)
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save the service").click()
    check_page(page)
    sign_in_again(page, "manager")
    expect(page.get_by_role("heading", level=1)).to_have_text("Save what you typed")
    check_page(page)


@pytest.mark.parametrize("width", [DESK])
def test_what_cannot_be_deleted_is_said_soundly(page_of):
    page = page_of("manager")
    page.goto("/services/public-protection/delete/")
    check_page(page)
    page.goto("/")
    page.get_by_role("link", name="Home library visits").click()
    page.get_by_role("link", name="Discard this wave").click()
    check_page(page)


# Results


def open_result(page: Page, service: str, activity: str) -> None:
    """Opens the last result of an activity, from the list of services."""
    page.goto("/services/")
    page.get_by_role("link", name=service).click()
    page.get_by_role("listitem").filter(has=page.get_by_role("link", name=activity, exact=True)).get_by_role(
        "link", name=f": {activity}"
    ).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(activity)


RESULTS = [
    ("Neighbourhoods and Libraries", "Safer Elm Road"),
    ("Adult Social Care", "After the day centre"),
    ("Health and Wellbeing", "Living with diabetes"),
]


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize(("service", "activity"), RESULTS)
def test_a_result_is_sound_with_everything_open(page_of, service, activity):
    page = page_of("manager")
    open_result(page, service, activity)
    for summary in page.locator("summary").all():
        summary.click()
    check_page(page)


@pytest.mark.parametrize("width", [DESK])
@pytest.mark.parametrize(("service", "activity"), RESULTS)
def test_a_result_prints_as_a_short_report(page_of, service, activity):
    page = page_of("manager")
    open_result(page, service, activity)
    page.emulate_media(media="print")
    for navigation in page.get_by_role("navigation").all():
        expect(navigation).to_be_hidden()
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("heading", name="The conditions behind the verdict")).to_be_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert 2 <= len(boxes) <= 8
    for across, down in boxes:
        assert (round(float(across)), round(float(down))) == pytest.approx((595, 842), abs=1)
