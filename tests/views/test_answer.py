"""Answering by link without an account: every state of a link and of an answer, and answers on paper."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from assessments.models import Assessment, Box, Draft, Invitation, Response
from assessments.workflow import assessment as workflow
from assessments.workflow.answering import Choices
from tests.factories import (
    DAY,
    make_activity,
    make_assessment,
    make_closed,
    make_link,
    make_service,
    make_user,
)

from .pages import errors_of, text_of

START = {"form": "short", "wording": "plain", "mode": "online"}


@pytest.fixture
def wave(instrument) -> Assessment:
    """An open wave of a service that says whom to ask."""
    service = make_service("Elm Road Family Centre", contact="Jo Marsh, 0123 456")
    activity = make_activity(service, "Parents’ group")
    activity.description = "Parents and staff run a group together."
    activity.save(update_fields=["description"])
    return make_assessment(activity, by=make_user("alice"))


@pytest.fixture
def link(wave) -> Invitation:
    """A link for one person."""
    return make_link(wave)


@pytest.fixture
def browser():
    """Another person's browser, or another one of the same person."""
    return Client


def at(link: Invitation, page: str | int = "welcome") -> str:
    """The address of a page of the link; a number is a question."""
    if isinstance(page, int):
        return reverse("answer-question", args=[link.token, page])
    return reverse(f"answer-{page}", args=[link.token])


def start(client: Client, link: Invitation, **choices) -> None:
    """Begins to answer."""
    response = client.post(at(link), {**START, **choices})
    assert (response.status_code, response.url) == (302, at(link, 1))


def code_of(client: Client, link: Invitation) -> str:
    """The code that the stop page shows."""
    return client.get(at(link, "stop")).context["code"]


def box_of(wave: Assessment) -> list[dict]:
    """The responses that lie in the wave's box."""
    box = Box.objects.filter(assessment=wave).first()
    return list(box.responses.values()) if box else []


def chosen(response) -> list[str]:
    """The values of the radios that a page shows as chosen."""
    return re.findall(r'<input type="radio"[^>]* value="(\w+)"[^>]* checked', response.content.decode())


# The first page


def test_welcome_says_who_asks_what_for_and_who_sees_what(client, link):
    words = text_of(client.get(at(link)))

    for said in (
        "Elm Road Family Centre asks how you and the staff work together.",
        "Your view of “Parents’ group”",
        "Parents and staff run a group together.",
        "Saying no or stopping costs you nothing.",
        "Nobody at the service sees your own answers.",
        "If fewer than 5 people answer, nobody sees anything from them.",
        "at least 8 people",
        "You can ask Jo Marsh, 0123 456.",
        "The short form: 15 questions, about 4 minutes",
        "The full form: 35 questions, about 9 minutes",
    ):
        assert said in words


def test_welcome_without_a_contact_names_whoever_gave_the_link(client, wave, link):
    wave.activity.service.contact = ""
    wave.activity.service.save(update_fields=["contact"])

    assert "You can ask the person who gave you the link." in text_of(client.get(at(link)))


def test_welcome_ticks_no_consent(client, link):
    (consent,) = re.findall(
        r'<input[^>]*name="research_consent"[^>]*>', client.get(at(link)).content.decode()
    )

    assert "checked" not in consent


def test_opening_a_link_begins_nothing(client, link):
    client.get(at(link))

    link.refresh_from_db()
    assert link.begun == Draft.objects.count() == 0
    assert "pass" not in client.cookies


def test_start_without_a_choice_of_form_is_refused(client, link):
    response = client.post(at(link), {"wording": "plain", "mode": "online"})

    assert errors_of(response) == {"form": ["This field is required."]}
    assert not Draft.objects.exists()


def test_start_holds_the_pass_in_one_cookie_for_the_link_alone(client, link, settings):
    settings.SESSION_COOKIE_SECURE = True

    client.post(at(link), START, secure=True)

    cookie = client.cookies["pass"]
    assert cookie["path"] == at(link)
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert (cookie["max-age"], cookie["expires"]) == ("", "")


def test_a_changed_pass_opens_nothing(client, link):
    start(client, link)
    client.cookies["pass"] = "2" + client.cookies["pass"].value[1:]

    assert client.get(at(link, 1)).url == at(link)


@pytest.mark.parametrize("page", ["welcome", 1, "check", "stop"])
def test_pages_are_neither_cached_nor_found_nor_told_elsewhere(client, link, page):
    start(client, link)

    response = client.get(at(link, page))

    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response["Cache-Control"]


def test_a_form_from_elsewhere_is_refused(browser, link):
    assert browser(enforce_csrf_checks=True).post(at(link), START).status_code == 403
    assert not Draft.objects.exists()


# A question


def test_question_says_where_it_is_and_what_it_asks(client, link):
    start(client, link)

    words = text_of(client.get(at(link, 3)))

    assert "Question 3 of 15" in words
    assert "I can get help from staff when I need it." in words
    assert all(f" {rating} " in words for rating in ("Not at all", "Partly", "Fully", "I don’t know"))


def test_easy_read_sets_each_idea_on_a_line_of_its_own(client, link):
    start(client, link, wording="easy_read")

    page = client.get(at(link, 3)).content.decode()

    lines = re.findall(r'<span class="answer__line">(.*?) </span>', page)
    assert lines == ["I can ask a worker for help.", "The worker helps me."]


def test_question_shows_nothing_that_is_written_for_staff(client, link):
    start(client, link, form="full")

    page = html.unescape(client.get(at(link, 1)).content.decode())

    assert "Only opening the door" not in page
    assert "physiotherapist" not in page


@pytest.mark.parametrize(
    ("number", "button", "leads_to"),
    [(3, {}, 4), (3, {"back": "1"}, 2), (3, {"stop": "1"}, "stop"), (15, {}, "check"), (1, {"back": "1"}, 2)],
)
def test_every_button_keeps_what_is_chosen(client, wave, link, number, button, leads_to):
    start(client, link)
    item = client.get(at(link, number)).context["item"]

    response = client.post(at(link, number), {item.code: "2", **button})

    assert response.url == at(link, leads_to)
    assert chosen(client.get(at(link, number))) == ["2"]


def test_a_question_left_out_takes_nothing_away(client, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "dk"})

    client.post(at(link, 1), {})

    assert chosen(client.get(at(link, 1))) == ["dk"]
    assert chosen(client.get(at(link, 2))) == []


def test_an_answer_goes_to_the_question_that_was_read(client, link):
    """Two tabs: the other one began the full form anew, and this one still shows the short one."""
    start(client, link, form="full")

    client.post(at(link, 5), {"V1": "3"})  # The fifth of the short form; of the full one it is A5.

    sections = {row["item"].code: row["answer"] for row in client.get(at(link, "check")).context["rows"]}
    assert {code: answer for code, answer in sections.items() if answer} == {"V1": "Mostly"}


def test_an_answer_that_no_radio_has_is_refused(client, link):
    start(client, link)

    response = client.post(at(link, 1), {"A1": "5"})

    assert list(errors_of(response)) == ["A1"]
    assert chosen(client.get(at(link, 1))) == []


@pytest.mark.parametrize("number", [0, 16, 99])
def test_a_question_that_is_not_there_is_not_found(client, link, number):
    start(client, link)

    assert client.get(at(link, number)).status_code == 404


@pytest.mark.parametrize(("form", "queries"), [("short", 4), ("full", 4)])
def test_a_question_takes_the_same_queries_on_both_forms(
    client, link, django_assert_num_queries, form, queries
):
    start(client, link, form=form)

    with django_assert_num_queries(queries):
        client.get(at(link, 2))


@pytest.mark.parametrize("page", ["welcome", 1, "check", "stop"])
def test_a_page_is_small_on_the_wire(client, link, page):
    start(client, link, form="full", wording="easy_read")

    response = client.get(at(link, page), headers={"accept-encoding": "gzip"})

    head = sum(len(name) + len(value) + 4 for name, value in response.items())
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) + head + len(client.cookies.output()) < 40_000


# Stop, and come back


def test_stop_shows_the_code_and_until_when_it_works(client, link):
    start(client, link)

    words = text_of(client.get(at(link, "stop")))

    assert re.search(r" [2-9a-z]{4} [2-9a-z]{4} ", words)
    assert f"You can come back until {date_format(link.ends_on, 'j F Y')}." in words
    assert at(link) in words


def test_the_code_brings_the_answers_back_in_another_browser(client, browser, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    client.post(at(link, 3), {"A3": "na"})
    elsewhere = browser()

    response = elsewhere.post(at(link), {"code": f" {code_of(client, link).upper()} "})

    assert response.url == at(link, 4)
    assert chosen(elsewhere.get(at(link, 1))) == ["4"]
    assert code_of(elsewhere, link) == code_of(client, link)


def test_a_wrong_code_opens_nothing(client, link):
    start(client, link)

    response = Client().post(at(link), {"code": "2222 2222"})

    assert list(errors_of(response)) == ["code"]
    assert "This code opens nothing." in text_of(response)


def test_a_code_opens_nothing_behind_another_link(client, browser, wave, link):
    start(client, link)

    response = browser().post(at(make_link(wave)), {"code": code_of(client, link)})

    assert list(errors_of(response)) == ["code"]


def test_welcome_offers_to_go_on_in_the_same_browser(client, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})

    response = client.get(at(link))

    assert "Go on where you were" in text_of(response)
    assert response.context["go_on"] == at(link, 2)


def test_a_browser_forgets_the_answers_when_asked_to(client, link):
    start(client, link)
    code = code_of(client, link)

    response = client.post(at(link, "stop"), follow=True)

    assert "This browser has forgotten your answers." in text_of(response)
    assert "Go on where you were" not in text_of(response)
    assert client.post(at(link), {"code": code}).url == at(link, 1)


def test_a_lost_pass_keeps_the_answer_until_the_code_is_typed(client, browser, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    lost = browser()

    asked = lost.post(at(link, 2), {"A2": "1"})
    kept = {entry["name"]: entry["value"] for entry in asked.context["kept"]}
    wrong = lost.post(at(link), {"code": "2222", **kept})
    back = lost.post(at(link), {"code": code_of(client, link), **kept})

    assert asked.status_code == 401
    assert "Please type your code" in text_of(asked)
    assert "What we do adds something that only we could bring. A little" in text_of(asked)
    assert "A little" in text_of(wrong)
    assert back.url == at(link, 3)
    assert chosen(lost.get(at(link, 2))) == ["1"]


@pytest.mark.parametrize("page", [1, "check", "stop", "thanks"])
def test_a_page_without_a_pass_leads_to_the_first(client, link, page):
    response = client.get(at(link, page))

    assert (response.status_code, response.url) == (302, at(link))


# Check and send


def test_check_shows_the_answers_and_names_what_was_left_out(client, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})

    words = text_of(client.get(at(link, "check")))

    assert "You left out 14 questions. That is fine." in words
    assert "Staff work on this together with us. Fully Change" in words
    assert "I have to do this. Left out Answer" in words


def test_a_change_leads_back_to_the_answers(client, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})

    response = client.post(at(link, 1) + "?from=check", {"A1": "0"})

    assert response.url == at(link, "check")
    assert "Staff work on this together with us. Not at all" in text_of(client.get(response.url))


def test_nothing_is_sent_before_a_question_is_answered(client, wave, link):
    start(client, link)

    response = client.post(at(link, "check"))

    assert response.status_code == 409
    assert "You have not answered a question yet." in text_of(response)
    assert box_of(wave) == []


def test_sending_puts_what_was_chosen_into_the_box_and_thanks(client, wave, link):
    start(client, link, wording="easy_read", mode="assisted")
    client.post(at(link, 1), {"A1": "4"})
    client.post(at(link, 2), {"A2": "dk"})

    thanks = client.post(at(link, "check"), {"research_consent": "on"}, follow=True)

    assert thanks.redirect_chain[-1][0] == at(link, "thanks")
    assert "Your answers are sent." in text_of(thanks)
    choices = {"form": "short", "wording": "easy_read", "mode": "assisted", "language": "en"}
    assert box_of(wave) == [{**choices, "research_consent": True, "answers": {"A1": 4, "A2": "dk"}}]
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("at_start", "at_last"), [("on", ""), ("", "on")])
def test_consent_to_research_can_change_until_sending(client, wave, link, at_start, at_last):
    start(client, link, research_consent=at_start)
    client.post(at(link, 1), {"A1": "4"})
    shown = client.get(at(link, "check")).context["form"]["research_consent"].value()

    client.post(at(link, "check"), {"research_consent": at_last})

    assert shown is bool(at_start)
    assert box_of(wave)[0]["research_consent"] is bool(at_last)


@pytest.mark.parametrize("limit", [1, 5])
def test_a_double_click_sends_once_and_thanks_twice(client, browser, wave, limit):
    link = make_link(wave, limit=limit)
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    second = browser()
    second.cookies["pass"] = client.cookies["pass"].value

    responses = [click.post(at(link, "check")) for click in (client, second, second)]

    assert [response.url for response in responses] == [at(link, "thanks")] * 3
    assert "Thank you" in text_of(second.get(at(link, "thanks")))
    assert len(box_of(wave)) == 1


def test_a_single_link_in_two_browsers_takes_the_answers_of_the_first(client, browser, wave, link):
    second = browser()
    for number, person in enumerate((client, second)):
        start(person, link)
        person.post(at(link, 1), {"A1": str(number)})

    client.post(at(link, "check"))
    refused = second.post(at(link, "check"))

    assert refused.status_code == 410
    assert "This link has been used" in text_of(refused)
    assert "Your answers in this browser were not taken." in text_of(refused)
    assert [response["answers"] for response in box_of(wave)] == [{"A1": 0}]


def test_a_used_link_thanks_whoever_sent_and_nobody_else(client, browser, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    client.post(at(link, "check"))

    mine, theirs = client.get(at(link), follow=True), browser().get(at(link))

    assert "Thank you Your answers are sent." in text_of(mine)
    assert theirs.status_code == 410
    assert "It was for one person." in text_of(theirs)
    assert "were not taken" not in text_of(theirs)


def test_a_group_link_takes_the_next_person_in_the_same_browser(client, wave):
    link = make_link(wave, limit=2)
    for _person in range(2):
        start(client, link)
        client.post(at(link, 1), {"A1": "4"})
        client.post(at(link, "check"))

    assert len(box_of(wave)) == 2
    refused = Client().get(at(link))
    assert refused.status_code == 410
    assert "As many people have answered as it was made for." in text_of(refused)


def test_answers_are_not_saved_or_sent_after_the_close(client, wave, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    workflow.close(wave, by=make_user("bob"), at=timezone.now())

    for response in (client.post(at(link, 2), {"A2": "4"}), client.post(at(link, "check"))):
        assert response.status_code == 410
        assert "The questions are closed" in text_of(response)
    assert wave.responses.count() == 0


def test_participants_leave_no_session(client, wave, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    client.get(at(link, "stop"))
    client.get(at(link, "check"))
    client.post(at(link, "check"))
    client.get(at(link, "thanks"))

    assert len(box_of(wave)) == 1
    assert Session.objects.count() == 0
    assert set(client.cookies) == {"pass", "csrftoken"}


# Links that take no answers


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"completed": 1}, "This link has been used"),
        ({"ends_on": DAY}, "You could answer with it until 2 March 2026."),
        ({"revoked_on": DAY}, "This link has been taken back"),
    ],
)
@pytest.mark.parametrize("page", ["welcome", 1, "check", "stop"])
def test_a_link_that_takes_no_answers_says_why_and_whom_to_ask(client, wave, fields, says, page):
    link = make_link(wave, **fields)

    response = client.get(at(link, page))

    assert response.status_code == 410
    assert says in text_of(response)
    assert "You can ask Jo Marsh, 0123 456." in text_of(response)
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("token", ["nonsense", "2222222233333333", "é" * 16])
def test_a_mistyped_link_says_so(client, db, token):
    response = client.get(reverse("answer-welcome", args=[token]))

    assert response.status_code == 404
    assert "A part of it may be missing or mistyped." in text_of(response)
    assert response["Referrer-Policy"] == "strict-origin"


def test_a_link_typed_in_capitals_leads_to_the_right_one(client, link):
    response = client.get(reverse("answer-welcome", args=[link.token.upper()]))

    assert (response.status_code, response.url) == (302, at(link))


@pytest.mark.parametrize("fields", [{}, {"completed": 1}, {"ends_on": DAY}])
def test_every_link_leads_to_the_published_result(client, instrument, fields):
    wave = make_closed(make_activity(make_service()), by=make_user("alice"), participants=8)
    link = make_link(wave, **fields)
    before = client.get(at(link))
    workflow.publish(wave, note="", on=DAY)
    wave.refresh_from_db()

    after = client.get(at(link))

    assert "The questions are closed" in text_of(before)
    assert "The result is ready." not in text_of(before)
    assert "The result is ready." in text_of(after)
    assert reverse("public-result", args=[wave.public_slug]) in after.content.decode()


# Paper


@pytest.fixture
def manager(client, wave) -> Client:
    """The browser of the service's manager."""
    alice = wave.opened_by
    wave.activity.service.managers.add(alice)
    wave.activity.service.organisation.memberships.create(user=alice, role="manager")
    client.force_login(alice)
    return client


def paper(wave: Assessment, query: str = "", name: str = "assessment-paper") -> str:
    return reverse(name, args=[wave.pk]) + query


def typed(client: Client, wave: Assessment, **fields) -> dict[str, str]:
    """What the page for typing in a short form sends."""
    form = client.get(paper(wave, "?form=short")).context["form"]
    return {"key": str(form["key"].value()), **fields}


def test_paper_is_typed_in_as_paper_with_the_consent_that_is_ticked(manager, wave):
    fields = typed(manager, wave, A1="4", V1="na", research_consent="on")

    response = manager.post(paper(wave, "?form=short&wording=easy_read"), fields, follow=True)

    assert "Typed in. Next one." in text_of(response)
    assert chosen(response) == []
    kept = {"form": "short", "wording": "easy_read", "mode": "paper", "language": "en"}
    assert box_of(wave) == [{**kept, "research_consent": True, "answers": {"A1": 4, "V1": "na"}}]


def test_paper_sent_twice_is_added_once(manager, wave):
    fields = typed(manager, wave, A1="4")

    for _click in range(2):
        manager.post(paper(wave, "?form=short"), fields)

    assert len(box_of(wave)) == 1
    assert manager.get(paper(wave, "?form=short")).context["form"]["key"].value() != fields["key"]


def test_the_next_paper_typed_into_the_same_page_is_added_at_the_second_try(manager, wave):
    fields = typed(manager, wave, A1="4")
    manager.post(paper(wave, "?form=short"), fields)

    page = manager.post(paper(wave, "?form=short"), {**fields, "A1": "2"})
    assert "Another form was typed in from this page already" in text_of(page)
    assert len(box_of(wave)) == 1
    form = page.context["form"]
    manager.post(paper(wave, "?form=short"), {"key": form["key"].value(), "A1": form["A1"].value()})

    assert sorted(response["answers"]["A1"] for response in box_of(wave)) == [2, 4]


def test_paper_with_nothing_ticked_is_refused(manager, wave):
    response = manager.post(paper(wave, "?form=short"), typed(manager, wave))

    assert errors_of(response) == {"__all__": ["Nothing is chosen yet. Choose what is ticked on the paper."]}
    assert box_of(wave) == []


def test_paper_warns_of_names(manager, wave):
    assert "Write no name anywhere." in text_of(manager.get(paper(wave, "?form=full")))


def test_paper_for_a_closed_wave_shows_what_was_typed(manager, wave):
    fields = typed(manager, wave, A1="4")
    workflow.close(wave, by=wave.opened_by, at=timezone.now())

    response = manager.post(paper(wave, "?form=short"), fields)

    assert response.status_code == 409
    assert "A1: Fully" in text_of(response)
    assert not Box.objects.exists()


@pytest.mark.parametrize("query", ["?form=long", "?form=short&wording=fast"])
@pytest.mark.parametrize("name", ["assessment-paper", "assessment-paper-form"])
def test_paper_of_no_known_kind_is_not_found(manager, wave, query, name):
    assert manager.get(paper(wave, query, name)).status_code == 404


@pytest.mark.parametrize(
    ("query", "boxes", "says"),
    [
        ("", 15 * 7 + 1, "Staff work on this together with us."),
        ("?form=full&wording=easy_read", 35 * 7 + 1, "Workers do this with us."),
    ],
)
def test_paper_form_asks_what_the_pages_ask(manager, wave, query, boxes, says):
    response = manager.get(paper(wave, query, "assessment-paper-form"))

    words = text_of(response)
    assert response.content.decode().count('class="paper__box"') == boxes
    assert says in words
    assert "Saying no or stopping costs you nothing." in words
    assert "Please do not write your name." in words
    assert "Yes, researchers may have my answers" in words
    assert "You can ask Jo Marsh, 0123 456." in words
    assert "Nobody at the service sees your own answers." not in words  # Somebody types them in.


def test_choices_of_the_workflow_are_those_of_the_page(client, link):
    """A choice that the page offers and the workflow does not know would be lost."""
    form = client.get(at(link)).context["form"]

    assert set(form.fields) | {"language"} == set(Choices.__dataclass_fields__)


# Taking back what was said to research

SHOWN = re.compile(r'<p class="answer__code"[^>]*>([\w ]+)</p>')


def send_with_consent(client: Client, link: Invitation, consent: str = "on"):
    """Answers and sends, as the page has it; returns the page that thanks."""
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    page = client.get(at(link, "check")).content.decode()
    (code,) = re.findall(r'name="withdrawal" value="(\w+)"', page)
    data = {"withdrawal": code, "research_consent": consent}
    return client.post(at(link, "check"), data, follow=True)


def withdraw(client: Client, code: str):
    return client.post(reverse("withdraw"), {"code": code})


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("typed", [str, str.upper, lambda code: code.replace(" ", "-")])
def test_who_agreed_gets_a_code_that_takes_it_back(client, browser, wave, link, closed, typed):
    (code,) = SHOWN.findall(send_with_consent(client, link).content.decode())
    assert box_of(wave)[0]["research_consent"] is True
    if closed:
        workflow.close(wave, by=None, at=timezone.now())

    done = [withdraw(browser(), typed(code)) for _click in range(2)]

    assert ["are taken out of research" in text_of(page) for page in done] == [True, True]
    if closed:
        (response,) = Response.objects.filter(side="participant")
        assert response.research_consent is False
        assert response.answers.count() == 1
    else:
        assert box_of(wave)[0]["research_consent"] is False
        assert box_of(wave)[0]["answers"] == {"A1": 4}


def test_who_did_not_agree_gets_no_code(client, wave, link):
    page = send_with_consent(client, link, consent="")

    assert SHOWN.findall(page.content.decode()) == []
    assert "withdrawal" not in box_of(wave)[0]


def test_the_code_is_kept_as_a_hash_and_stays_on_the_page_that_thanks(client, wave, link):
    (code,) = SHOWN.findall(send_with_consent(client, link).content.decode())
    again = SHOWN.findall(client.get(at(link, "thanks")).content.decode())

    assert again == [code]
    assert code.replace(" ", "") not in str(box_of(wave))


@pytest.mark.parametrize("code", ["", "k7qm", "0000 0000 0000", "k7qm 2fxd p3ra", "\x00" * 12, "א" * 12])
def test_a_code_that_is_not_known_takes_nothing_back(client, wave, link, code):
    send_with_consent(client, link)

    page = withdraw(Client(), code)

    assert "There is a problem" in text_of(page)
    assert box_of(wave)[0]["research_consent"] is True


def test_a_code_of_another_shape_in_the_form_is_not_kept(client, wave, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})

    page = client.post(at(link, "check"), {"withdrawal": "mine", "research_consent": "on"}, follow=True)

    assert SHOWN.findall(page.content.decode()) == []
    assert "withdrawal" not in box_of(wave)[0]


def test_others_keep_their_word(client, browser, wave):
    links = [make_link(wave) for _person in range(3)]
    codes = [SHOWN.findall(send_with_consent(browser(), link).content.decode())[0] for link in links]

    withdraw(client, codes[1])

    assert sorted(entry["research_consent"] for entry in box_of(wave)) == [False, True, True]


def test_a_code_that_nothing_was_sent_with_is_never_shown(client, browser, wave, link):
    """The same draft open on two devices: what the second one sends comes to nothing, its code too."""
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    other = browser()
    other.cookies = client.cookies.copy()
    pages = [somewhere.get(at(link, "check")).content.decode() for somewhere in (client, other)]
    first, second = (re.findall(r'name="withdrawal" value="(\w+)"', page)[0] for page in pages)
    data = {"research_consent": "on"}

    thanked = client.post(at(link, "check"), {**data, "withdrawal": first}, follow=True)
    late = other.post(at(link, "check"), {**data, "withdrawal": second}, follow=True)

    assert [code.replace(" ", "") for code in SHOWN.findall(thanked.content.decode())] == [first]
    assert "Thank you" in text_of(late)
    assert SHOWN.findall(late.content.decode()) == []
    assert len(box_of(wave)) == 1


def test_the_second_of_two_clicks_shows_the_same_code(client, browser, wave, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})
    impatient = browser()
    impatient.cookies = client.cookies.copy()
    (code,) = re.findall(r'name="withdrawal" value="(\w+)"', client.get(at(link, "check")).content.decode())
    data = {"research_consent": "on", "withdrawal": code}

    pages = [somewhere.post(at(link, "check"), data, follow=True) for somewhere in (client, impatient)]

    assert [SHOWN.findall(page.content.decode())[0].replace(" ", "") for page in pages] == [code, code]


@pytest.mark.parametrize("limit", [1, 5])
@pytest.mark.parametrize("place", [(), (1,), ("check",), ("stop",), ("thanks",)])
def test_every_page_can_be_opened_again_by_who_holds_a_code(client, wave, limit, place):
    link = make_link(wave, limit=limit)
    (code,) = SHOWN.findall(send_with_consent(client, link).content.decode())

    opened = client.get(at(link, *place), follow=True)
    typed = client.post(at(link, *place), {"A1": "3", "withdrawal": code.replace(" ", "")})

    assert opened.status_code == 200
    assert typed.status_code in (200, 302, 401, 405)


def test_a_code_with_a_null_sign_is_not_kept(client, wave, link):
    start(client, link)
    client.post(at(link, 1), {"A1": "4"})

    page = client.post(at(link, "check"), {"withdrawal": "\x00", "research_consent": "on"}, follow=True)

    assert SHOWN.findall(page.content.decode()) == []
    assert box_of(wave)[0]["research_consent"] is True
