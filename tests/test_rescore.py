"""Stored results are what their version, their facts and their answers give today, and a change is found."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments.models import Answer, Assessment, PublicResult, Result
from assessments.rules import RULES_VERSION
from assessments.workflow.assessment import as_facts, as_responses
from assessments.workflow.closed import chunks
from assessments.workflow.rescore import ABSENT, Difference, check

from .factories import make_activity, make_assessment, make_closed, make_response, make_service, make_user


@pytest.fixture
def alice(instrument):
    return make_user("alice")


@pytest.fixture
def wave(alice) -> Assessment:
    """A closed wave with enough participants for a public result."""
    return make_closed(make_activity(make_service()), by=alice, participants=8)


def differing() -> dict[tuple, tuple[Difference, ...]]:
    """The differences of every result that has any, by wave, table and rule-set."""
    return {
        (one.assessment.pk, one.model, one.ruleset): one.differences
        for results in check()
        for one in results
        if one.differences
    }


def tamper(model: type[Result] | type[PublicResult], pk: int, change) -> None:
    """Change the stored profile of one row behind everything's back."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT profile FROM {table} WHERE id = %s", [pk])
        profile = cursor.fetchone()[0]
        profile = json.loads(profile) if isinstance(profile, str) else profile
        change(profile)
        cursor.execute(f"UPDATE {table} SET profile = %s WHERE id = %s", [json.dumps(profile), pk])


def run(capsys) -> tuple[int, list[str]]:
    """The exit status of the command, and the lines it prints."""
    status = 0
    try:
        call_command("rescore", "--check")
    except SystemExit as ended:
        status = ended.code
    return status, capsys.readouterr().out.splitlines()


def test_chunks_read_a_wave_as_the_close_does(alice, wave):
    make_response(wave, {"A1": 3}, submitted_on=None)
    make_response(wave, {"A1": 2, "A2": "dk", "V1": "na"}, form="short")
    silent = make_response(wave, {})
    Answer.objects.create(
        response=silent, item=wave.instrument_version.items.get(code="A1"), rating=None, missing=""
    )
    row = Assessment.objects.select_related("facts").get(pk=wave.pk)
    sent = wave.responses.exclude(submitted_on=None).prefetch_related("answers__item")

    [[found]] = chunks(Assessment.objects.all())

    assert found.case.facts == as_facts(row.facts)
    by_content = sorted(found.case.responses, key=repr_of)
    assert by_content == sorted(as_responses(sent), key=repr_of)
    assert len(by_content) == 11


def repr_of(response) -> str:
    return repr((response.side, response.form, sorted(response.answers.items())))


def test_check_finds_nothing_in_untouched_results(alice, wave):
    make_closed(make_activity(make_service()), by=alice)
    make_assessment(wave.activity, by=alice)

    checked = [one for results in check() for one in results]

    assert [one.differences for one in checked] == [()] * 8
    assert {one.model for one in checked} == {Result, PublicResult}


@pytest.mark.parametrize("model", [Result, PublicResult])
def test_check_finds_one_tampered_figure_and_says_where(wave, model):
    row = model.objects.get(assessment=wave, ruleset="four-cos")
    score = row.profile["dimensions"]["additive"]["score"]

    tamper(model, row.pk, lambda profile: profile["dimensions"]["additive"].update(score=99.9))

    assert differing() == {
        (wave.pk, model, "four-cos"): (Difference("profile.dimensions.additive.score", 99.9, score),)
    }


def test_check_finds_a_missing_key_an_added_flag_and_a_changed_column(wave):
    row = Result.objects.get(assessment=wave, ruleset=wave.ruleset)

    def change(profile):
        del profile["context"]
        profile["flags"].append({"code": "one_sided", "because": []})

    tamper(Result, row.pk, change)
    Result.objects.filter(pk=row.pk).update(participants_withheld=True)

    (found,) = differing().values()

    assert {(one.where, one.stored == ABSENT) for one in found} == {
        ("profile.context", True),
        ("profile.flags", False),
        ("participants_withheld", False),
    }


def test_check_finds_a_result_that_is_missing_and_one_too_many(alice, wave):
    Result.objects.get(assessment=wave, ruleset="four-cos").delete()
    small = make_closed(make_activity(make_service()), by=alice, participants=5)
    surplus = PublicResult.objects.filter(assessment=wave).first()
    surplus.pk, surplus.assessment = None, small
    surplus.save(force_insert=True)

    assert differing() == {
        (wave.pk, Result, "four-cos"): (Difference("", ABSENT, "result"),),
        (small.pk, PublicResult, surplus.ruleset): (Difference("", "result", ABSENT),),
    }


def test_check_finds_a_changed_answer(wave):
    response = wave.responses.filter(side="staff").get()
    Answer.objects.filter(response=response, item__code="A1").update(rating=0)

    places = {one.where for one in differing()[wave.pk, Result, wave.ruleset]}

    assert {"profile.dimensions.additive.score", "profile.items.A1.staff.mean"} <= places


def test_check_does_not_compare_what_other_rules_made(wave):
    Result.objects.filter(ruleset="four-cos").update(rules_version=RULES_VERSION + 1, counts="no")

    checked = [one for results in check() for one in results]

    assert [one.ruleset for one in checked if one.by_other_rules] == ["four-cos"]
    assert differing() == {}


@pytest.mark.parametrize("number", [10, 20])
def test_check_takes_as_many_queries_for_ten_waves_as_for_twenty(alice, number):
    for _ in range(number):
        make_closed(make_activity(make_service()), by=alice)

    with CaptureQueriesContext(connection) as queries:
        assert len(list(check())) == number

    # The items; the waves, responses, answers and results of both tables of the one chunk; version 1 with
    # its items and rule-sets; the chunk that is not there.
    assert len(queries) == 10


def test_command_passes_when_all_is_as_it_was(wave, capsys):
    before = [list(model.objects.order_by("pk").values()) for model in (Result, PublicResult)]

    assert run(capsys) == (
        0,
        ["4 results are what rules version 1 gives, 0 differ, 0 were made by other rules."],
    )
    assert [list(model.objects.order_by("pk").values()) for model in (Result, PublicResult)] == before


def test_command_names_what_differs_and_fails(wave, capsys):
    row = Result.objects.get(assessment=wave, ruleset=wave.ruleset)
    tamper(Result, row.pk, lambda profile: profile["product"].update(n=1))
    Result.objects.filter(ruleset="four-cos").update(rules_version=RULES_VERSION + 1)

    status, lines = run(capsys)

    assert status == 1
    assert lines == [
        f"wave {wave.pk}, result, bussu-2014: profile.product.n: stored 1, today 'absent'",
        f"wave {wave.pk}, result, four-cos: made by rules version 2, not compared",
        "2 results are what rules version 1 gives, 1 differ, 1 were made by other rules.",
    ]


def test_command_never_rewrites(wave):
    with pytest.raises(CommandError, match="--check"):
        call_command("rescore")
