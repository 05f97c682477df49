"""The result of a closed wave: the verdict with its reasons, both sides, and what each figure rests on."""

from pathlib import Path

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments import words
from assessments.models import Facts, InstrumentVersion, Result, User
from assessments.rules import Side, read_case
from assessments.rules.values import SCORED
from assessments.workflow import assessment as workflow
from assessments.workflow.instrument import as_instrument
from tests.factories import (
    DAY,
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_response,
    make_service,
    make_user,
    ratings,
)

from .pages import text_of

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.toml"))
PASSING = {
    "phases_commission": "none",
    "phases_design": "shared",
    "phases_deliver": "shared",
    "phases_assess": "none",
    "agency": "ongoing",
    "public_resources": "yes",
    "basis": "chosen",
    "intentional": "yes",
    "staff_time": "kept",
}
"""Facts that pass every condition."""


@pytest.fixture
def alice(instrument, client):
    """A manager who is signed in."""
    user = make_user("alice")
    client.force_login(user)
    return user


@pytest.fixture
def activity(alice):
    return make_activity(make_service("Elm Road Family Centre", managers=[alice]), "Parents’ group", PASSING)


def at(wave) -> str:
    return reverse("assessment-result", args=[wave.pk])


@pytest.mark.parametrize("number", [1, 3])
def test_result_takes_nine_queries(client, alice, activity, number, django_assert_num_queries):
    for _ in range(number):
        wave = make_assessment(activity, by=alice)
        for person in range(number):
            colleague = make_user(f"colleague-{wave.pk}-{person}")
            make_response(wave, ratings("staff"), respondent=colleague, evidence={"A1": "Minutes"})
            make_response(wave, ratings("participant"))
        workflow.close(wave, by=alice, at=NOON)

    with django_assert_num_queries(9):
        client.get(at(wave))


def test_an_open_wave_has_no_result_and_leads_to_its_tasks(client, alice, activity):
    wave = make_assessment(activity, by=alice)
    make_response(wave, ratings("staff"), respondent=alice)

    assertRedirects(client.get(at(wave)), wave.get_absolute_url())


def test_result_gives_the_sentence_of_both_rule_sets_and_whose_each_is(client, alice, activity):
    Facts.objects.filter(pk=activity.facts_id).update(phases_deliver="none")
    page = client.get(at(make_closed(activity, by=alice)))

    assert page.context["verdict"] == (
        "This is partly coproduction: people help to shape the service, and staff deliver it without them."
    )
    assertContains(page, "Judged by Bussu’s Defining Coproduction (2014).")
    assertContains(
        page,
        "By the wider reading, the four Cos: This counts as coproduction in the wider reading: people and a "
        "public service shape it together, and staff deliver it.",
    )


def test_result_says_which_version_rules_and_rule_set_it_came_from(client, alice, activity):
    page = client.get(at(make_closed(activity, by=alice)))

    assertContains(page, "Instrument version 1, rules version 1, rule-set bussu-2014.")
    assertContains(page, reverse("definitions-version", args=["1"]))


def test_result_shows_every_condition_with_what_it_used_and_its_phrase(client, alice, activity):
    page = client.get(at(make_closed(activity, by=alice)))
    gates = page.context["gates"]

    assert [str(gate["name"]) for gate in gates] == [str(name) for name in words.GATES.values()]
    assert {str(gate["state_label"]) for gate in gates} == {"Met"}
    for gate in gates:
        assert gate["used"]
        assert gate["phrase"]
    assertContains(page, "Terms of taking part: chosen freely")


def test_result_of_staff_alone_says_so(client, alice, activity):
    page = client.get(at(make_closed(activity, by=alice)))

    assertContains(page, "No participants answered in this wave.")
    assertContains(page, "Only one side has spoken")
    assert all(dimension["participants"] is None for dimension in page.context["process"])


def test_four_participants_are_withheld_and_the_page_says_so(client, alice, activity):
    wave = make_closed(activity, by=alice, participants=4)

    page = client.get(at(wave))

    assertContains(page, "Fewer than 5 participants answered. To protect them, nothing about their answers")
    assertNotContains(page, "No participants answered")
    for dimension in [*page.context["process"], page.context["product"]]:
        assert dimension["participants"] is None
        assert {item["participants"] for item in dimension["items"] if item["participants"]} == set()
    assert page.context["motives"] == []


def test_four_participants_leave_the_page_of_none_but_for_the_notice(client, alice, activity):
    first = make_closed(activity, by=alice)
    second = make_closed(make_activity(activity.service, facts=PASSING), by=alice, participants=4)

    pages = [client.get(at(wave)).context for wave in (first, second)]

    for name in ("verdict", "flags", "gates", "process", "product", "levels", "would_change", "motives"):
        assert pages[0][name] == pages[1][name], name


def test_five_participants_stand_beside_staff(client, alice, activity):
    page = client.get(at(make_closed(activity, by=alice, staff=4, participants=5)))

    assertNotContains(page, "Fewer than 5 participants")
    relational = next(one for one in page.context["process"] if one["code"] == "relational")
    assert [side["name"] for side in relational["sides"]] == ["staff", "participants"]
    assert relational["participants"]["n"] == 5
    assert relational["gap_words"].startswith("Participants rate this ")
    assert "Why participants take part" in text_of(page)


def test_evidence_stands_with_its_statement_and_without_a_name(client, alice, activity):
    wave = make_assessment(activity, by=alice)
    names = ("zebedee", "yolanda", "xanthe")
    first, second, third = (make_user(name) for name in names)
    make_response(wave, {"A1": 3}, respondent=first, evidence={"A1": "Rota of May\n<b>kept</b>"})
    make_response(wave, {"A1": 3}, respondent=second, evidence={"A1": "An earlier rota"})
    make_response(wave, {"A1": 3}, respondent=third, evidence={"A1": "only a draft"}, submitted_on=None)
    workflow.close(wave, by=alice, at=NOON)

    page = client.get(at(wave))

    assertContains(page, "Rota of May<br>&lt;b&gt;kept&lt;/b&gt;</blockquote>")
    assertNotContains(page, "only a draft")
    for name in names:
        assertNotContains(page, name)
    items = page.context["process"][0]["items"]
    assert items[0]["evidence"] == ["An earlier rota", "Rota of May\n<b>kept</b>"]


def test_evidence_without_a_rating_is_shown_too(client, alice, activity):
    wave = make_assessment(activity, by=alice)
    response = make_response(wave, {"A1": 3, "A2": "dk"}, respondent=alice, evidence={"A2": "Nobody counted"})
    workflow.close(wave, by=alice, at=NOON)

    assert response.answers.count() == 2
    assertContains(client.get(at(wave)), "Nobody counted")


def test_earlier_waves_stand_below_newest_first_and_keep_their_figures(client, alice, activity):
    first = make_closed(activity, by=alice, staff=1)
    second = make_closed(activity, by=alice, staff=3)
    third = make_closed(activity, by=alice, staff=4)

    page = client.get(at(second))

    assert [(row["wave"], row["this"]) for row in page.context["earlier"]] == [(2, True), (1, False)]
    assertContains(page, at(first))
    assertNotContains(page, at(third))
    for row, wave in zip(page.context["earlier"], (second, first), strict=True):
        profile = Result.objects.get(assessment=wave, ruleset="bussu-2014").profile
        figures = {**profile["dimensions"], "product": profile["product"]}
        assert row["scores"] == [figures[code]["score"] for code in SCORED]


def test_a_first_wave_has_no_earlier_ones(client, alice, activity):
    assertNotContains(client.get(at(make_closed(activity, by=alice))), "Earlier waves")


def test_facts_stand_as_they_were_frozen(client, alice, activity):
    wave = make_closed(activity, by=alice)
    Facts.objects.filter(pk=activity.facts_id).update(basis="required", levels_group=True)

    rows = {str(row["key"]): str(row["value"]) for row in client.get(at(wave)).context["facts"]}

    assert rows["Terms of taking part"] == "chosen freely"
    assert rows["Recorded levels"] == "not known"
    assert rows["People’s part in the service"] == "not known"


def test_an_invited_colleague_reads_the_result_and_no_way_to_the_service(client, people, instrument):
    activity = make_activity(make_service(managers=[people["alice"]]), facts=PASSING)
    wave = make_closed(activity, by=people["alice"])
    wave.invited.add(people["stan"])
    client.force_login(people["stan"])

    page = client.get(at(wave))

    assert page.status_code == 200
    assertNotContains(page, activity.get_absolute_url() + '"')
    assertNotContains(page, activity.service.get_absolute_url())


# The worked examples


def close_example(path: Path, alice: User):
    """A closed wave of the activity that an example describes."""
    case = read_case(path, as_instrument(InstrumentVersion.objects.current())).case
    facts = workflow.facts_columns(case.facts)
    wave = make_assessment(make_activity(make_service(managers=[alice]), path.stem, facts), by=alice)
    staff = (make_user(f"colleague-{number}") for number in range(100))
    workflow.record(
        wave,
        [
            (given, {"submitted_on": DAY, "respondent": next(staff) if given.side is Side.STAFF else None})
            for given in case.responses
        ],
    )
    return workflow.close(wave, by=alice, at=NOON)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_worked_example_has_a_page(client, alice, path):
    wave = close_example(path, alice)

    page = client.get(at(wave))
    record = Result.objects.get(assessment=wave, ruleset="bussu-2014").profile

    assertContains(page, page.context["verdict"])
    assert page.context["verdict"] == words.verdict(record)
    assert [flag.code for flag in page.context["flags"]] == [flag["code"] for flag in record["flags"]]
    shown = {one["code"]: one["score"] for one in [*page.context["process"], page.context["product"]]}
    stored = {**record["dimensions"], "product": record["product"]}
    assert shown == {code.value: stored[code]["score"] for code in SCORED}
    text = text_of(page)
    for word in ("None", "%(", "nan", "Traceback"):
        assert word not in text
