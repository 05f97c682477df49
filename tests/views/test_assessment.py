"""A wave on the manager's side: begin, rate, check, send, invite, close, discard."""

from itertools import pairwise

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments.models import Answer, Assessment, Box, InstrumentVersion, Response, Result
from assessments.rules.values import SCORED
from assessments.words.labels import RATINGS
from assessments.workflow import assessment as workflow
from tests.factories import (
    DAY,
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_member,
    make_organisation,
    make_participant,
    make_participation,
    make_response,
    make_service,
    make_user,
    ratings,
)
from tests.test_workflow import unpublish

from .pages import errors_of, messages_of, seen, send, text_of


@pytest.fixture
def alice(people):
    return people["alice"]


@pytest.fixture
def manager(client, alice):
    """alice's browser."""
    client.force_login(alice)
    return client


@pytest.fixture
def activity(alice, instrument):
    return make_activity(make_service("Elm Road Family Centre", managers=[alice]), "Parents’ group")


@pytest.fixture
def wave(activity, alice):
    """An open wave that nobody has answered."""
    return make_assessment(activity, by=alice)


def at(name: str, *arguments) -> str:
    return reverse(f"assessment-{name}", args=arguments)


def given(wave: Assessment, user) -> dict[str, tuple]:
    """What ``user`` has answered in ``wave``, by item."""
    answers = Answer.objects.filter(response__assessment=wave, response__respondent=user)
    return {
        answer.item.code: (answer.rating, answer.missing, answer.evidence)
        for answer in answers.select_related("item")
        if answer.rating is not None or answer.missing or answer.evidence
    }


# How much each page asks of the database. Of a save's statements two begin and end its transaction: inside
# a test they are savepoints, and savepoints are counted.


@pytest.fixture(params=[1, 3])
def busy(request, people, alice, activity, wave):
    """A wave with one colleague and participant, or with three, each with a full response."""
    for number in range(request.param):
        colleague = make_user(f"colleague-{number}")
        make_member(colleague, activity.service.organisation, "staff")
        wave.invited.add(colleague)
        make_response(wave, ratings("staff"), respondent=colleague)
        make_response(wave, ratings("participant"))
        make_participation(make_participant(activity.service), activity)
    return wave


def test_task_list_takes_twelve_queries(manager, busy, django_assert_num_queries):
    with django_assert_num_queries(12):
        manager.get(at("detail", busy.pk))


def test_rating_form_takes_eight_queries(manager, busy, django_assert_num_queries):
    with django_assert_num_queries(8):
        manager.get(at("answers", busy.pk, "additive"))


def test_first_save_takes_twelve_queries(manager, busy, django_assert_num_queries):
    form = {"seen": seen(manager, at("answers", busy.pk, "additive")), **full_page("additive")}
    with django_assert_num_queries(12):
        assert manager.post(at("answers", busy.pk, "additive"), form).status_code == 302


def test_later_save_takes_eleven_queries(manager, busy, django_assert_num_queries):
    send(manager, at("answers", busy.pk, "additive"), A1="2")
    form = {"seen": seen(manager, at("answers", busy.pk, "additive")), **full_page("additive")}
    with django_assert_num_queries(11):
        assert manager.post(at("answers", busy.pk, "additive"), form).status_code == 302


def test_check_page_takes_fourteen_queries(manager, busy, alice, django_assert_num_queries):
    make_response(busy, ratings("staff"), respondent=alice, submitted_on=None)
    with django_assert_num_queries(14):
        manager.get(at("check", busy.pk))


def test_close_page_takes_eight_queries(manager, busy, django_assert_num_queries):
    with django_assert_num_queries(8):
        manager.get(at("close", busy.pk))


def test_colleagues_page_takes_seven_queries(manager, busy, django_assert_num_queries):
    with django_assert_num_queries(7):
        manager.get(at("colleagues", busy.pk))


def full_page(dimension: str) -> dict[str, str]:
    """A rating and evidence for every item of a page."""
    items = InstrumentVersion.objects.current().items.filter(dimension__code=dimension)
    codes = [item.code for item in items.exclude(who="participant")]
    return dict.fromkeys(codes, "3") | {f"{code}_evidence": f"Seen on {code}." for code in codes}


# Beginning


def test_begin_page_says_what_follows_and_opens_nothing(manager, activity):
    assertContains(manager.get(at("begin", activity.pk)), "five short pages")
    assert not Assessment.objects.exists()


def test_begin_twice_opens_one_wave_and_leads_to_it_both_times(manager, activity):
    first = manager.post(at("begin", activity.pk))
    second = manager.post(at("begin", activity.pk))

    wave = Assessment.objects.get()
    assertRedirects(first, at("detail", wave.pk), fetch_redirect_response=False)
    assertRedirects(second, at("detail", wave.pk), fetch_redirect_response=False)


def test_begin_without_published_questions_says_whom_to_ask(manager, activity):
    unpublish()

    page = manager.post(at("begin", activity.pk), follow=True)

    assert messages_of(page) == ["No questions are published yet. Please ask your curator."]
    assert not Assessment.objects.exists()


# The task list


def states(page) -> dict[str, str]:
    """The state of each line of a task list, by its title."""
    return {
        str(task["title"]): str(task["status"])
        for section in page.context["sections"]
        for task in section["tasks"]
    }


def test_task_list_of_a_new_wave_shows_everything_as_still_to_do(manager, wave):
    assert states(manager.get(at("detail", wave.pk))) == {
        "The part people play": "Not started",
        "On what terms people take part": "Not started",
        "What the public service puts in": "Not started",
        "Whose involvement it is": "Not started",
        "What may help": "Not started",
        "What may weigh on people": "Not started",
        "Who takes part": "0 listed",
        "Invite colleagues to answer too": "Nobody invited",
        "Invite participants": "Nobody invited",
        "Additive": "Not started",
        "Voluntary": "Not started",
        "Individual and collective": "Not started",
        "Relational": "Not started",
        "Product": "Not started",
        "Check and send your answers": "Not sent",
        "Close the wave and see the result": "Send your answers first",
    }


def test_task_list_follows_what_is_done(manager, alice, people, activity, wave):
    activity.facts.basis = "chosen"
    activity.facts.save()
    make_participation(make_participant(activity.service), activity)
    wave.invited.add(people["stan"], people["olga"])
    make_response(wave, {"A1": 3}, respondent=people["stan"])
    make_response(wave, {"A1": 3, "A2": "dk"} | ratings_of("voluntary"), respondent=alice)

    found = states(manager.get(at("detail", wave.pk)))

    assert found["On what terms people take part"] == "1 of 2 answered"
    assert found["Who takes part"] == "1 listed"
    assert found["Invite colleagues to answer too"] == "1 of 2 sent"
    assert found["Additive"] == "2 of 6 answered"
    assert found["Voluntary"] == "Done"
    assert found["Check and send your answers"] == "Sent"
    assert found["Close the wave and see the result"] == "Ready"


def ratings_of(dimension: str) -> dict[str, int]:
    return {code: 3 for code in full_page(dimension) if not code.endswith("_evidence")}


def test_evidence_alone_is_no_answer(manager, wave):
    send(manager, at("answers", wave.pk, "additive"), A1_evidence="Minutes of May.")

    assert states(manager.get(at("detail", wave.pk)))["Additive"] == "Not started"


def test_task_list_of_an_invited_colleague_holds_their_own_answers_alone(client, people, wave):
    wave.invited.add(people["stan"])
    client.force_login(people["stan"])

    page = client.get(at("detail", wave.pk))

    assert list(states(page)) == [
        "Additive",
        "Voluntary",
        "Individual and collective",
        "Relational",
        "Product",
        "Check and send your answers",
    ]
    assertNotContains(page, at("discard", wave.pk))
    assertContains(page, "Colleagues do not see your answers.")


def test_task_list_of_a_closed_wave_leads_to_the_result(manager, activity, alice):
    wave = make_closed(activity, by=alice)

    page = manager.get(at("detail", wave.pk))

    assertContains(page, "This wave was closed on 2 March 2026.")
    assertContains(page, at("result", wave.pk))
    assert "sections" not in page.context


# Rating


def test_each_page_asks_staff_the_items_of_its_dimension_in_order(manager, wave, instrument):
    for dimension in SCORED:
        form = manager.get(at("answers", wave.pk, dimension)).context["form"]
        items = instrument.items.filter(dimension__code=dimension).exclude(who="participant")
        assert [item.code for item in form.items] == [item.code for item in items.order_by("order")]


@pytest.mark.parametrize("page", ["motives", "nothing", "results"])
def test_only_scored_dimensions_have_a_page(manager, wave, page):
    assert manager.get(at("answers", wave.pk, page)).status_code == 404


def test_saving_leads_from_page_to_page_and_then_to_the_check(manager, wave):
    for here, following in pairwise(SCORED):
        sent = send(manager, at("answers", wave.pk, here))
        assertRedirects(sent, at("answers", wave.pk, following), fetch_redirect_response=False)

    assertRedirects(send(manager, at("answers", wave.pk, "product")), at("check", wave.pk))


def test_saving_may_return_to_the_list_and_says_so(manager, wave):
    address = at("answers", wave.pk, "additive")
    page = manager.post(
        address, {"seen": seen(manager, address), "A1": "4", "save-and-return": "1"}, follow=True
    )

    assertRedirects(page, at("detail", wave.pk))
    assert messages_of(page) == ["Your answers are saved."]


@pytest.mark.parametrize(("chosen", "words"), RATINGS)
def test_every_rating_comes_back_as_it_was_chosen(manager, alice, wave, chosen, words):
    send(manager, at("answers", wave.pk, "additive"), A1=chosen)

    rating, missing, _ = given(wave, alice)["A1"]
    assert str(missing or rating) == chosen
    assert manager.get(at("answers", wave.pk, "additive")).context["form"]["A1"].value() == chosen
    assertContains(manager.get(at("check", wave.pk)), f"<strong>{words}</strong>", html=True)


@pytest.mark.parametrize("rating", ["5", "-1", "3.0", " 3", "yes", "\x00", "٣"])
def test_a_rating_out_of_range_is_refused_and_changes_nothing(manager, alice, wave, rating):
    send(manager, at("answers", wave.pk, "additive"), A1="2", A2="2")

    page = send(manager, at("answers", wave.pk, "additive"), A1=rating, A2="4")

    assert list(errors_of(page)) == ["A1"]
    assert given(wave, alice) == {"A1": (2, "", ""), "A2": (2, "", "")}
    assertContains(page, "There is a problem")
    assert page.context["form"]["A2"].value() == "4"


def test_a_second_page_leaves_the_first_as_it_was(manager, alice, wave):
    send(manager, at("answers", wave.pk, "additive"), A1="4")
    send(manager, at("answers", wave.pk, "voluntary"), V1="1")

    assert given(wave, alice) == {"A1": (4, "", ""), "V1": (1, "", "")}


def test_two_colleagues_rate_the_same_items_each_for_themselves(manager, client, people, alice, wave):
    wave.invited.add(people["stan"])
    send(manager, at("answers", wave.pk, "additive"), A1="4", A1_evidence="mine")
    client.force_login(people["stan"])
    page = client.get(at("answers", wave.pk, "additive"))

    assert page.context["form"]["A1"].value() is None
    assertNotContains(page, "mine")
    send(client, at("answers", wave.pk, "additive"), A1="0")
    assert given(wave, people["stan"]) == {"A1": (0, "", "")}
    assert given(wave, alice) == {"A1": (4, "", "mine")}


def test_a_stale_page_is_refused_with_both_texts_and_writes_nothing(manager, alice, wave):
    address = at("answers", wave.pk, "additive")
    old = seen(manager, address)
    send(manager, address, A1="4", A1_evidence="typed first")

    page = manager.post(address, {"seen": old, "A1": "1", "A1_evidence": "typed second", "A2": "2"})

    assert "changed after you opened this page" in errors_of(page)["__all__"][0]
    assert given(wave, alice) == {"A1": (4, "", "typed first")}
    assert [(one.saved, one.typed) for one in page.context["form"].differences] == [
        ("Fully", "A little"),
        ("typed first", "typed second"),
        ("", "Partly"),
    ]
    assertContains(page, "typed first")
    assertContains(page, "typed second")


def test_saving_again_after_reading_both_texts_keeps_the_second(manager, alice, wave):
    address = at("answers", wave.pk, "additive")
    old = seen(manager, address)
    send(manager, address, A1="4")
    page = manager.post(address, {"seen": old, "A1": "1"})

    manager.post(address, {"seen": page.context["form"]["seen"].value(), "A1": "1"})

    assert given(wave, alice) == {"A1": (1, "", "")}


def test_sending_the_same_page_twice_is_no_conflict(manager, alice, wave):
    address = at("answers", wave.pk, "additive")
    form = {"seen": seen(manager, address), "A1": "3", "A1_evidence": "One line,\r\nand another."}

    assert [manager.post(address, form).status_code for _ in range(2)] == [302, 302]
    assert given(wave, alice) == {"A1": (3, "", "One line,\nand another.")}
    assert Response.objects.filter(assessment=wave).count() == 1


def test_a_null_sign_is_refused_with_words_and_changes_nothing(manager, alice, wave):
    page = send(manager, at("answers", wave.pk, "additive"), A1="3", A1_evidence="a\x00b")

    assert errors_of(page) == {"A1_evidence": ["Null characters are not allowed."]}
    assert given(wave, alice) == {}


# Checking and sending


def test_check_page_shows_every_answer_its_evidence_and_what_is_open(manager, wave):
    send(manager, at("answers", wave.pk, "additive"), A1="3", A2="dk", A1_evidence="Minutes\nof May")

    page = manager.get(at("check", wave.pk))
    rows = [row for section in page.context["sections"] for row in section["rows"]]
    first, second = rows[:2]  # A1 and A2.

    assert (str(first["answer"]), first["evidence"]) == ("Mostly", "Minutes\nof May")
    assert str(second["answer"]) == "I don’t know"
    assertContains(page, "Minutes<br>of May")
    assertContains(page, f"{len(rows) - 2} statements have no answer yet.")


def test_sending_twice_sends_once_and_leads_to_the_same_page(manager, alice, wave):
    pages = [manager.post(at("check", wave.pk)) for _ in range(2)]

    for page in pages:
        assertRedirects(page, at("detail", wave.pk), fetch_redirect_response=False)
    assert Response.objects.get(assessment=wave).respondent == alice
    assertContains(manager.get(at("check", wave.pk)), "Your answers are sent.")


FACTS_AND_ANSWERS = [
    (
        "no working contact with a public service, and also a phase",
        {"agency": "none", "phases_deliver": "shared"},
        {},
    ),
    ("and staff rate highly that staff work in it", {"agency": "none"}, {"A1": 3}),
    ("no public resources support it, and staff rate highly", {"public_resources": "no"}, {"A6": 3}),
    (
        "people choose freely, and staff rate highly that taking part is a duty",
        {"basis": "chosen"},
        {"V3": 3},
    ),
    ("staff time was kept, and staff rate highly that it was taken away", {"staff_time": "kept"}, {"A4": 3}),
    ("You recorded the level “group”, and staff rate it as weak", {"levels_group": True}, {"L2": 1}),
    (
        "You did not record the level “collective”, and staff rate it as strong",
        {"levels_group": True},
        {"L3": 3},
    ),
]


@pytest.mark.parametrize(("sentence", "facts", "answers"), FACTS_AND_ANSWERS)
def test_check_page_points_out_each_contradiction(manager, alice, instrument, sentence, facts, answers):
    wave = make_assessment(make_activity(make_service(managers=[alice]), facts=facts), by=alice)
    make_response(wave, answers, respondent=alice, submitted_on=None)

    found = manager.get(at("check", wave.pk)).context["contradictions"]

    assert len(found) == 1
    assert sentence in found[0]


def test_only_whoever_edits_the_facts_reads_what_contradicts_them(client, people, alice, wave):
    wave.activity.facts.agency = "none"
    wave.activity.facts.save()
    wave.invited.add(people["stan"])
    make_response(wave, {"A1": 4}, respondent=people["stan"], submitted_on=None)
    client.force_login(people["stan"])

    page = client.get(at("check", wave.pk))

    assert page.context["contradictions"] == []
    assertNotContains(page, "These do not fit together")


def test_contradictions_give_away_no_colleague_s_answers(manager, people, alice, wave):
    wave.activity.facts.agency = "none"
    wave.activity.facts.save()
    make_response(wave, {"A1": 4}, respondent=people["stan"])

    assert manager.get(at("check", wave.pk)).context["contradictions"] == []


# Colleagues


def test_colleagues_form_offers_the_active_members_of_the_organisation_alone(manager, people, wave):
    make_user("gone", is_active=False)
    make_member(make_user("left", is_active=False), make_organisation(), "staff")
    make_member(make_user("dora"), make_organisation("Ash City Council"), "staff")

    offered = manager.get(at("colleagues", wave.pk)).context["form"].fields["invited"].queryset

    assert {user.username for user in offered} == {"lena", "stan", "olga"}


def test_a_colleague_of_another_organisation_cannot_be_invited(manager, people, wave):
    page = send(manager, at("colleagues", wave.pk), invited=[people["bob"].pk])

    assert "invited" in errors_of(page)
    assert not wave.invited.exists()


def test_inviting_saves_the_choice_and_says_so(manager, people, wave):
    send(manager, at("colleagues", wave.pk), invited=[people["stan"].pk, people["olga"].pk])
    assert set(wave.invited.all()) == {people["stan"], people["olga"]}

    address = at("colleagues", wave.pk)
    page = manager.post(address, {"seen": seen(manager, address)}, follow=True)

    assert messages_of(page) == ["Your choice of colleagues is saved."]
    assert not wave.invited.exists()


def test_a_stale_choice_of_colleagues_is_refused_with_both(manager, people, wave):
    address = at("colleagues", wave.pk)
    old = seen(manager, address)
    wave.invited.add(people["olga"])

    page = manager.post(address, {"seen": old, "invited": [people["stan"].pk]})

    assert [(one.saved, one.typed) for one in page.context["form"].differences] == [("olga", "stan")]
    assert list(wave.invited.all()) == [people["olga"]]


def test_colleagues_page_of_somebody_alone_says_whom_to_ask(client, instrument):
    only = make_user("only")
    service = make_service(organisation=make_organisation("Ash City Council"), managers=[only])
    wave = make_assessment(make_activity(service), by=only)
    client.force_login(only)

    assertContains(client.get(at("colleagues", wave.pk)), "Nobody else in your organisation")


# Closing and discarding


def test_close_page_says_who_has_not_sent_and_which_facts_are_open(manager, people, wave):
    wave.invited.add(people["stan"], people["olga"])
    make_response(wave, {"A1": 3}, respondent=people["olga"], submitted_on=None)

    text = text_of(manager.get(at("close", wave.pk)))

    assert "stan: invited, not begun" in text
    assert "olga: begun, not sent; these answers will not count" in text
    assert "Nobody has sent answers yet." in text
    assert "The part people play : Not started" in text


@pytest.mark.parametrize(
    ("participants", "sentence"),
    [
        (0, "0 participants have sent answers. The result will be staff’s own view."),
        (1, "1 participant has sent answers. That is fewer than 5, so their answers will not be used or"),
        (4, "That is fewer than 5, so their answers will not be used or shown."),
        (5, "That is fewer than 8, so the result can be used inside and cannot be published."),
        (7, "That is fewer than 8, so the result can be used inside and cannot be published."),
        (8, "8 participants have sent answers. "),
    ],
)
def test_close_page_says_what_the_number_of_participants_allows(manager, wave, participants, sentence):
    Box.objects.create(assessment=wave, responses={str(number): {} for number in range(participants)})

    text = text_of(manager.get(at("close", wave.pk)))

    assert sentence in text
    assert ("You can invite more people, or wait." in text) == (0 < participants < 8)
    assert ("Nobody has sent answers yet." in text) == (participants == 0)


def test_close_twice_gives_one_set_of_results_and_the_same_redirect(manager, alice, wave):
    make_response(wave, ratings("staff"), respondent=alice)

    pages = [manager.post(at("close", wave.pk)) for _ in range(2)]

    for page in pages:
        assertRedirects(page, at("result", wave.pk), fetch_redirect_response=False)
    assert Result.objects.filter(assessment=wave).count() == 2


def test_closed_page_answers_a_post_that_comes_too_late_with_what_was_typed(manager, alice, wave):
    address = at("answers", wave.pk, "additive")
    form = {"seen": seen(manager, address), "A1": "3", "A1_evidence": "  <b>late</b>", "A2_evidence": " "}
    form["save-and-return"] = "1"
    workflow.close(wave, by=alice, at=NOON)

    page = manager.post(address, form)

    assert page.status_code == 409
    assertContains(page, "It was closed on 2 March 2026.", status_code=409)
    assertContains(page, "A1: Mostly", status_code=409)
    assertContains(page, "  &lt;b&gt;late&lt;/b&gt;</textarea>", status_code=409)
    assertContains(page, "Evidence for A1<", status_code=409)
    assertNotContains(page, "A2", status_code=409)
    assertNotContains(page, "save-and-return", status_code=409)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("name", ["check", "colleagues", "discard"])
def test_closed_wave_refuses_every_other_form(manager, alice, wave, people, name):
    workflow.close(wave, by=alice, at=NOON)

    page = manager.post(at(name, wave.pk), {"invited": [people["stan"].pk]})

    assertContains(page, "This wave is closed", status_code=409)
    assert not Response.objects.exists()
    assert not wave.invited.exists()
    assert Assessment.objects.filter(pk=wave.pk).exists()


@pytest.mark.parametrize("name", ["answers", "check", "close", "colleagues", "discard"])
def test_every_page_of_a_closed_wave_leads_to_its_result(manager, alice, activity, name):
    wave = make_closed(activity, by=alice)
    arguments = [wave.pk, "additive"] if name == "answers" else [wave.pk]

    assertContains(manager.get(at(name, *arguments)), at("result", wave.pk))


def test_an_open_wave_is_discarded_with_what_was_begun_in_it(manager, alice, activity, wave):
    make_response(wave, {"A1": 3}, respondent=alice, submitted_on=None)

    page = manager.post(at("discard", wave.pk), follow=True)

    assert messages_of(page) == ["The wave is discarded."]
    assertRedirects(page, activity.get_absolute_url())
    assert not Assessment.objects.exists()
    assert not Answer.objects.exists()


def test_a_page_sent_for_a_wave_that_was_discarded_meanwhile_is_not_found(manager, wave, monkeypatch):
    """The wave goes between the moment the page looks for it and the moment it is locked."""
    submit = workflow.submit

    def submit_too_late(assessment, **how):
        Assessment.objects.filter(pk=wave.pk).delete()
        return submit(assessment, **how)

    monkeypatch.setattr(workflow, "submit", submit_too_late)

    assert manager.post(at("check", wave.pk)).status_code == 404


def test_a_wave_with_answers_is_not_discarded_and_says_why(manager, people, wave):
    make_response(wave, {"A1": 3}, respondent=people["stan"], submitted_on=DAY)

    assertContains(manager.get(at("discard", wave.pk)), "cannot be discarded. Close it instead.")
    assertContains(manager.post(at("discard", wave.pk)), "cannot be discarded", status_code=409)
    assert Answer.objects.count() == 1
