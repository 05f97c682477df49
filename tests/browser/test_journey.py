"""A manager from the first service to the first result, and a colleague who answers beside them."""

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE
from .people import add_activity, follow, heading, press, start_wave, status

pytestmark = pytest.mark.browser

FACTS = {
    "Who decides what is needed and what is paid for?": "Not known",
    "Who works out how it is done?": "People and staff do this together",
    "Who does the work itself?": "People and staff do this together",
    "Who judges how well it went?": "Not known",
    "How do people come to take part?": "They choose to join, and can stop when they like",
    "Do people know what it involves, and mean to contribute?": "Yes",
    "How much working contact is there with a public service?": "Ongoing",
    "Does any public money, building, equipment, insurance, data or staff time support it?": "Yes",
    "What became of staff time for the tasks that people now do?": (
        "It was kept, or there are new tasks that staff never did"
    ),
    "Is people’s part in the core of the service, or beside it?": "In the core of the service",
    "Was money or time put in to get it going?": "Yes",
    "Is it easy to join and to get to?": "Not known",
    "Was the budget cut in the last two years?": "No",
    "Do people feel they must take part, even if nobody says so?": "Not known",
}
"""Every fact but the levels, and some circumstances: the question and its answer."""

AGAINST = {
    "Participants now do tasks for which the staff time was taken away.",
    "This runs on its own, separately from any public service.",
    "Taking part mainly means following a rule that applies to everybody.",
    "Each person is dealt with alone, with no way to meet others in a similar position.",
    "Contact is a short exchange: a request, an answer, and the case is closed.",
    "Participants mostly carry out instructions given by specialists.",
    "Success is reported mainly as counts, such as sessions, contacts or attendance.",
}
"""The statements that speak against coproduction."""

DUTY = "People have to take part because of a duty, an order, or a condition of something they need."
"""Rated “Fully”, this contradicts the fact that people choose to join."""

PLAN = "Each person's own goals or plan are worked out with that person."
COMMUNITY = "The whole community gains, including people who never take part."
DIMENSIONS = ["Additive", "Voluntary", "Individual and collective", "Relational", "Product"]


def add_service(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Go to your services").click()
    page.get_by_role("link", name="Add a service").click()
    page.get_by_label("Name of the service").fill(name)
    page.get_by_label("What it is for").fill("Company and help for older people.")
    press(page, "Save the service")
    expect(page.get_by_role("status")).to_contain_text("The service is added.")


def answer_facts(page: Page) -> None:
    """Fills in the six pages of facts, one after the other."""
    for number in range(1, 7):
        expect(page.get_by_text(f"Facts, page {number} of 6")).to_be_visible()
        for group in page.get_by_role("group").filter(has=page.get_by_role("radio")).all():
            question = group.locator("legend").inner_text()
            if question in FACTS:
                group.get_by_role("radio", name=FACTS[question], exact=True).check()
        if number == 4:
            page.get_by_role("checkbox", name="People in a similar position, together").check()
        press(page, "Save" if number == 6 else "Save and continue")
    expect(page.get_by_role("status")).to_contain_text("Your facts are saved.")


def add_participants(page: Page, activity: str) -> None:
    """Adds a person and a group, by reference, and says how each takes part."""
    page.get_by_role("navigation", name="You are here").get_by_role("link").last.click()
    follow(page, "See the participants")
    page.get_by_role("link", name="Add a participant").click()
    page.get_by_label("Your reference").fill("P-014")
    page.get_by_role("radio", name="One person").check()
    press(page, "Save the participant")
    page.get_by_role("link", name="Add a participant").click()
    expect(page.get_by_label("Your reference")).to_have_value("")
    page.get_by_label("Your reference").fill("Friday cooks")
    page.get_by_role("radio", name="A group").check()
    page.get_by_label("How many people are in the group").fill("12")
    press(page, "Save the participant")
    expect(page.get_by_role("row", name="Friday cooks")).to_contain_text("12 people")

    page.get_by_role("navigation", name="You are here").get_by_role("link").last.click()
    follow(page, activity)
    for reference, asked in [("P-014", "Asked by someone they know"), ("Friday cooks", "Not known")]:
        follow(page, "Add someone who takes part")
        page.get_by_label("Participant").select_option(reference)
        page.get_by_role("radio", name=asked).check()
        page.get_by_role("checkbox", name="Deliver").check()
        page.get_by_label("Since").fill("2026-03-01")
        press(page, "Save")
    expect(page.get_by_role("row", name="P-014")).to_contain_text("1 March 2026")
    expect(page.get_by_role("row", name="Friday cooks")).to_be_visible()


def rate(page: Page, exceptions: dict[str, str]) -> None:
    """Answers every statement of the page that is open: kindly, but for ``exceptions``."""
    for group in page.get_by_role("group").filter(has=page.get_by_role("radio", name="Fully")).all():
        statement = group.locator("legend").inner_text()
        usual = "Not at all" if statement in AGAINST else "Mostly"
        group.get_by_role("radio", name=exceptions.get(statement, usual)).check()


MANAGERS_EXCEPTIONS = {
    DUTY: "Fully",
    PLAN: "Does not apply",
    COMMUNITY: "Not at all",
    "Help goes both ways between staff and participants.": "I don’t know",
}


@pytest.mark.parametrize(
    ("width", "javascript", "service"),
    [(PHONE, True, "Welcome House"), (DESK, True, "Willow House"), (PHONE, False, "Windmill House")],
    ids=["phone", "desk", "no scripts"],
)
def test_journey_1_a_manager_reaches_a_first_result(page_of, service):
    page = page_of("manager")
    activity = "Friday lunch"
    add_service(page, service)
    add_activity(page, activity)
    answer_facts(page)
    expect(heading(page)).to_have_text(activity)
    expect(status(page, "The part people play")).to_contain_text("Done")
    expect(status(page, "What may help")).to_contain_text("2 of 8 answered")
    add_participants(page, activity)

    # One dimension, with evidence; then away and back.
    follow(page, "Start an assessment")
    press(page, "Start now")
    expect(status(page, "Additive")).to_contain_text("Not started")
    expect(status(page, "Close the wave and see the result")).to_contain_text("Send your answers first")
    follow(page, "Additive")
    rate(page, MANAGERS_EXCEPTIONS)
    page.get_by_text("Add evidence or a note").first.click()
    page.get_by_label("What do you base this on?").first.fill("Two staff on the rota,\nevery Friday.")
    press(page, "Save and return to the list")
    expect(status(page, "Additive")).to_contain_text("Done")
    page.get_by_role("link", name="Coproduce").click()
    page.get_by_role("listitem").filter(has_text=service).get_by_role("link", name=activity).first.click()
    follow(page, "Additive")
    expect(page.get_by_label("What do you base this on?").first).to_have_value(
        "Two staff on the rota,\nevery Friday."
    )

    # The others, one after the other.
    for dimension in DIMENSIONS:
        expect(heading(page)).to_have_text(dimension)
        rate(page, MANAGERS_EXCEPTIONS)
        press(page, "Save and continue")

    # Check, send, close.
    expect(heading(page)).to_have_text("Check your answers")
    expect(page.get_by_role("region", name="These do not fit together")).to_contain_text(
        "You recorded that people choose freely, and staff rate highly that taking part is a duty."
    )
    additive = page.get_by_role("region", name="Additive")
    expect(additive).to_contain_text("Two staff on the rota")
    expect(page.get_by_role("region", name="Relational")).to_contain_text("I don’t know")
    expect(page.get_by_role("region", name="Individual and collective")).to_contain_text("Does not apply")
    press(page, "Send my answers")
    expect(page.get_by_role("status")).to_contain_text("Your answers are sent.")
    expect(status(page, "Close the wave and see the result")).to_contain_text("Ready")
    follow(page, "Close the wave and see the result")
    expect(page.get_by_role("main")).to_contain_text("Mina Marsh: answers sent")
    press(page, "Close the wave and see the result")
    check_result(page)


def check_result(page: Page) -> None:
    """The result says the verdict, its reason, and everything behind it, in words."""
    verdict = page.get_by_role("main").get_by_role("region").first
    expect(verdict).to_contain_text("This is coproduction: people help to design it and to deliver it")
    expect(verdict).to_contain_text("Judged by")
    expect(verdict).to_contain_text("of 1,000 runs with other weights")
    profile = page.get_by_role("region", name="The process: four dimensions")
    for dimension in DIMENSIONS[:4]:
        expect(profile.get_by_role("heading", name=re.compile(f"^{dimension}"))).to_be_visible()
        expect(profile.get_by_role("img", name=re.compile(f"^{dimension}"))).to_be_visible()
    conditions = page.get_by_role("region", name="The conditions behind the verdict")
    expect(conditions.get_by_role("heading", level=3)).to_have_count(6)
    expect(conditions).to_contain_text("Rests on:")
    expect(
        page.get_by_role("region", name="What would change this").get_by_role("listitem").first
    ).to_be_visible()
    expect(page.get_by_role("region", name="What does not fit together")).to_contain_text("choose freely")
    expect(page.get_by_role("main")).to_contain_text("No participants answered in this wave.")
    facts = page.get_by_role("region", name="The facts this rests on")
    expect(facts).to_contain_text("not known")
    statements = page.get_by_role("region", name="Every statement")
    statements.get_by_text("Additive", exact=True).click()
    expect(statements).to_contain_text("Two staff on the rota")


@pytest.mark.parametrize(
    ("width", "javascript"), [(PHONE, True), (PHONE, False)], ids=["phone", "no scripts"]
)
def test_a_colleague_answers_and_sees_the_result_after_the_close(page_of, javascript):
    manager, staff = page_of("manager"), page_of("staff")
    activity = "Walking group" if javascript else "Strolling group"
    wave = start_wave(manager, "public-protection", activity)
    follow(manager, "Invite colleagues to answer too")
    manager.get_by_role("checkbox", name="Sam Stone").check()
    press(manager, "Save")
    expect(status(manager, "Invite colleagues to answer too")).to_contain_text("0 of 1 sent")

    staff.goto("/")
    follow(staff, activity)
    expect(staff.get_by_role("main")).not_to_contain_text("Close the wave")
    follow(staff, "Additive")
    for _ in DIMENSIONS:
        rate(staff, {})
        press(staff, "Save and continue")
    press(staff, "Send my answers")
    expect(staff.get_by_role("status")).to_contain_text("Your answers are sent.")
    staff.goto(f"{wave}result/")
    expect(staff).to_have_url(wave)
    expect(staff.get_by_role("main")).to_contain_text("You can read the result once the wave is closed.")
    assert staff.goto(f"{wave}close/").status == 404

    manager.goto(wave)
    expect(status(manager, "Invite colleagues to answer too")).to_contain_text("1 of 1 sent")
    expect(status(manager, "Additive")).to_contain_text("Not started")  # Their own; Sam's stay with Sam.
    follow(manager, "Close the wave and see the result")
    expect(manager.get_by_role("main")).to_contain_text("Sam Stone: answers sent")
    press(manager, "Close the wave and see the result")
    manager_reads = manager.get_by_role("main").get_by_role("region").first.inner_text()

    staff.goto("/")
    staff.get_by_role("link", name=activity).click()
    assert staff.get_by_role("main").get_by_role("region").first.inner_text() == manager_reads
    expect(staff.get_by_role("region", name="The process: four dimensions")).to_contain_text("Staff: ")
    assert staff.goto(f"{wave}additive/").status == 200
    expect(heading(staff)).to_have_text("This wave is closed")
