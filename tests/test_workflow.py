"""What happens to a wave: begin, answer, send, close, discard, and the way between rows and values."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from assessments.models import (
    FACT_COLUMNS,
    LEVEL_COLUMNS,
    Answer,
    Assessment,
    Facts,
    InstrumentVersion,
    Response,
    Result,
)
from assessments.rules import RULES_VERSION, assess, values
from assessments.workflow import assessment as workflow
from assessments.workflow.instrument import as_instrument

from .factories import (
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

LATER = NOON + timedelta(days=30)


def unpublish() -> None:
    """Makes a draft of every published version, which nothing but this test can."""
    closed = import_module("assessments.migrations.0003_closed_versions")
    closed.remove(None, connection.schema_editor())
    InstrumentVersion.objects.update(status="draft", published_at=None)


@pytest.fixture
def alice(db):
    return make_user("alice")


@pytest.fixture
def activity(instrument):
    return make_activity(make_service())


@pytest.fixture
def wave(activity, alice):
    """An open wave that nobody has answered."""
    return make_assessment(activity, by=alice)


# Begin


def test_begin_opens_wave_one_under_the_published_version(activity, alice, instrument):
    wave = workflow.begin(activity, by=alice, at=NOON)

    assert (wave.wave, wave.status, wave.instrument_version) == (1, "open", instrument)
    assert (wave.opened_by, wave.opened_at, wave.ruleset) == (alice, NOON, "bussu-2014")


def test_begin_with_an_open_wave_returns_it_unchanged(activity, alice, wave):
    assert workflow.begin(activity, by=make_user("bob"), at=LATER) == wave
    assert Assessment.objects.get().opened_by == alice


def test_begin_after_a_close_counts_on(activity, alice):
    make_closed(activity, by=alice)
    make_closed(activity, by=alice)

    assert workflow.begin(activity, by=alice, at=LATER).wave == 3


def test_begin_after_a_discard_uses_the_number_again(activity, alice):
    make_closed(activity, by=alice)
    workflow.discard(workflow.begin(activity, by=alice, at=NOON))

    assert workflow.begin(activity, by=alice, at=LATER).wave == 2


def test_begin_without_a_published_version_is_refused(activity, alice):
    unpublish()

    with pytest.raises(workflow.Refused, match="no instrument version is published"):
        workflow.begin(activity, by=alice, at=NOON)
    assert not Assessment.objects.exists()


# Answer and send


def answers_of(response: Response) -> dict[str, tuple]:
    return {
        answer.item.code: (answer.rating, answer.missing, answer.evidence)
        for answer in response.answers.select_related("item")
    }


def answer(wave: Assessment, code: str, **fields) -> Answer:
    return Answer(item=wave.instrument_version.items.get(code=code), **fields)


def test_save_answers_writes_over_what_was_there_and_leaves_the_rest(wave, alice):
    response = workflow.own_response(wave, alice)
    workflow.save_answers(
        response,
        [answer(wave, "A1", rating=4, evidence="old"), answer(wave, "A2", missing="dk"), answer(wave, "A3")],
    )

    workflow.save_answers(response, [answer(wave, "A1", missing="na"), answer(wave, "A3", rating=0)])

    assert answers_of(response) == {"A1": (None, "na", ""), "A2": (None, "dk", ""), "A3": (0, "", "")}


def test_own_response_is_begun_once(wave, alice):
    first, second = workflow.own_response(wave, alice), workflow.own_response(wave, alice)

    assert first == second
    assert (first.side, first.form, first.submitted_on) == ("staff", "full", None)


def test_submit_sends_once_and_keeps_the_first_day(wave, alice):
    workflow.submit(wave, by=alice, on=DAY)
    sent = workflow.submit(wave, by=alice, on=DAY + timedelta(days=3))

    assert sent.submitted_on == DAY
    assert Response.objects.get().submitted_on == DAY


def test_nothing_is_answered_or_sent_after_the_close(wave, alice):
    workflow.close(wave, by=alice, at=NOON)

    with pytest.raises(workflow.Refused, match="the wave is closed"):
        workflow.own_response(wave, alice)
    with pytest.raises(workflow.Refused, match="the wave is closed"):
        workflow.submit(wave, by=alice, on=DAY)
    assert not Response.objects.exists()


# Close


def stored(wave: Assessment) -> dict[str, dict]:
    return {result.ruleset: result.profile for result in Result.objects.filter(assessment=wave)}


def test_close_stores_what_the_rules_say_for_both_rule_sets(activity, alice, instrument):
    Facts.objects.filter(pk=activity.facts_id).update(
        agency="ongoing", basis="chosen", intentional="yes", staff_time="kept", phases_design="consulted"
    )
    wave = make_closed(activity, by=alice, staff=2, participants=6)
    rules = as_instrument(instrument)
    case = values.Case(
        facts=workflow.as_facts(Facts.objects.get(pk=activity.facts_id)),
        responses=workflow.as_responses(wave.responses.prefetch_related("answers__item")),
    )

    assert len(case.responses) == 7
    assert stored(wave) == {
        name: assess(case, rules, ruleset=name).as_dict() for name in ("bussu-2014", "four-cos")
    }
    for result in Result.objects.filter(assessment=wave):
        assert (result.counts, result.kind) == (result.profile["counts"], result.profile["kind"] or "")
        assert result.rules_version == result.profile["rules_version"] == RULES_VERSION
        assert result.participants_withheld is False


def test_close_says_who_closed_and_when(wave, alice):
    bob = make_user("bob")
    closed = workflow.close(wave, by=bob, at=LATER)

    wave.refresh_from_db()
    assert closed == wave
    assert (wave.status, wave.closed_by, wave.closed_at) == ("closed", bob, LATER)


def test_close_freezes_the_facts(activity, alice):
    Facts.objects.filter(pk=activity.facts_id).update(basis="chosen", levels_group=True, context_cuts="no")
    wave = make_closed(activity, by=alice)
    before = stored(wave)

    Facts.objects.filter(pk=activity.facts_id).update(basis="required", levels_group=None, context_cuts="yes")

    frozen = Assessment.objects.get(pk=wave.pk).facts
    assert frozen.pk != activity.facts_id
    assert (frozen.basis, frozen.levels_group, frozen.context_cuts) == ("chosen", True, "no")
    assert stored(wave) == before
    assert before["bussu-2014"]["gates"]["voluntary"]["because"][0] == "basis=chosen"


def test_two_waves_freeze_their_facts_apart(activity, alice):
    first = make_closed(activity, by=alice)
    Facts.objects.filter(pk=activity.facts_id).update(basis="required")
    second = make_closed(activity, by=alice)

    assert (first.facts.basis, second.facts.basis) == ("", "required")
    assert Facts.objects.count() == 3


def test_close_leaves_out_what_was_begun_and_never_sent(wave, alice):
    make_response(wave, ratings("staff", 4), respondent=alice)
    make_response(wave, ratings("staff", 0), respondent=make_user("bob"), submitted_on=None)

    workflow.close(wave, by=alice, at=NOON)

    record = stored(wave)["bussu-2014"]
    assert record["responses"] == {"staff": 1, "participants": 0}
    assert record["dimensions"]["individual_collective"]["staff"]["score"] == 100.0


def test_close_twice_keeps_the_first_close_and_its_results(wave, alice):
    make_response(wave, ratings("staff"), respondent=alice)
    workflow.close(wave, by=alice, at=NOON)
    before = list(Result.objects.values())

    again = workflow.close(wave, by=make_user("bob"), at=LATER)

    assert (again.pk, again.closed_at, again.closed_by) == (wave.pk, NOON, alice)
    assert list(Result.objects.values()) == before
    assert len(before) == 2


def test_close_without_any_answer_rests_on_the_facts_alone(wave, alice):
    workflow.close(wave, by=alice, at=NOON)

    record = stored(wave)["bussu-2014"]
    assert record["counts"] == "undetermined"
    assert {found["score"] for found in record["dimensions"].values()} == {None}


@pytest.mark.parametrize(("participants", "withheld"), [(0, False), (1, True), (4, True), (5, False)])
def test_close_withholds_fewer_than_five_participants(activity, alice, participants, withheld):
    wave = make_closed(activity, by=alice, participants=participants)

    result = Result.objects.get(assessment=wave, ruleset="bussu-2014")

    assert result.participants_withheld is withheld
    assert result.profile["responses"]["participants"] == (participants if participants >= 5 else 0)


def test_a_later_version_changes_no_closed_wave(activity, alice, wave, instrument):
    """Waves keep the version they began with, and a new wave takes the newest."""
    make_response(wave, ratings("staff"), respondent=alice)
    newer = InstrumentVersion.objects.create(version="2", title="Newer")
    newest = NOON.replace(year=2100)
    InstrumentVersion.objects.filter(pk=newer.pk).update(status="published", published_at=newest)

    workflow.close(wave, by=alice, at=LATER)

    assert stored(wave)["bussu-2014"]["instrument"] == "1"
    assert workflow.begin(activity, by=alice, at=LATER).instrument_version == newer


# Record and discard


def test_record_writes_whole_responses_that_come_back_the_same(wave, alice):
    given_by_staff = values.Response(
        side=values.Side.STAFF, answers={"A1": 4, "A2": values.Missing.DK, "V4": values.Missing.NA}
    )
    given_by_participant = values.Response(
        side=values.Side.PARTICIPANT, form=values.Form.SHORT, answers={"A1": 0}
    )

    workflow.record(
        wave,
        [
            (given_by_staff, {"respondent": alice, "submitted_on": DAY}),
            (given_by_participant, {"submitted_on": DAY, "research_consent": True}),
        ],
    )

    rows = wave.responses.prefetch_related("answers__item")
    assert sorted(workflow.as_responses(rows), key=str) == sorted(
        [given_by_staff, given_by_participant], key=str
    )
    assert rows.get(side="participant").research_consent is True
    assert rows.get(side="staff").respondent == alice


def test_as_responses_leaves_out_what_has_evidence_alone(wave, alice):
    response = workflow.own_response(wave, alice)
    workflow.save_answers(response, [answer(wave, "A1", evidence="only this"), answer(wave, "A2", rating=0)])

    (found,) = workflow.as_responses(wave.responses.prefetch_related("answers__item"))

    assert found.answers == {"A2": 0}


def test_own_case_holds_the_facts_and_the_own_answers_alone(wave, alice):
    own = make_response(wave, {"A1": 4}, respondent=alice, submitted_on=None)
    make_response(wave, {"A1": 0}, respondent=make_user("bob"))

    (response,) = workflow.own_case(wave, own).responses

    assert response.answers == {"A1": 4}
    assert workflow.own_case(wave, None).responses == ()


def test_discard_deletes_an_open_wave_with_what_was_begun(wave, alice):
    make_response(wave, {"A1": 3}, respondent=alice, submitted_on=None)

    assert workflow.discard(wave) is True
    assert not Assessment.objects.exists()
    assert not Answer.objects.exists()
    assert workflow.discard(Assessment(pk=1)) is True  # The second of two clicks.


def test_discard_keeps_a_wave_that_somebody_answered(wave):
    make_response(wave, {"A1": 3})

    assert workflow.anything_sent(wave) is True
    assert workflow.discard(wave) is False
    assert Answer.objects.count() == 1


def test_discard_keeps_a_closed_wave(wave, alice):
    workflow.close(wave, by=alice, at=NOON)

    assert workflow.discard(wave) is False
    assert Result.objects.count() == 2


# Rows and values


FACTS = st.builds(
    values.Facts,
    phases=st.fixed_dictionaries({phase: st.sampled_from(values.Part) for phase in values.Phase}),
    agency=st.sampled_from(values.Agency),
    public_resources=st.sampled_from(values.Known),
    basis=st.sampled_from(values.Basis),
    intentional=st.sampled_from(values.Known),
    staff_time=st.sampled_from(values.StaffTime),
    levels=st.frozensets(st.sampled_from(values.Level)),
    task=st.sampled_from(values.Task),
    context=st.fixed_dictionaries({name: st.sampled_from(values.Known) for name in values.Context}),
)


@given(FACTS)
def test_facts_come_back_from_their_columns_the_same(facts):
    assert workflow.as_facts(Facts(**workflow.facts_columns(facts))) == facts


@given(FACTS)
def test_columns_of_facts_are_all_of_them_and_take_their_values(facts):
    columns = workflow.facts_columns(facts)

    assert set(columns) == set(FACT_COLUMNS) | set(LEVEL_COLUMNS)
    Facts(**columns).clean_fields()


def test_facts_that_nobody_was_asked_are_unknown():
    assert workflow.as_facts(Facts()) == workflow.as_facts(Facts(**workflow.facts_columns(values.Facts())))
    assert workflow.as_facts(Facts()).basis is values.Basis.UNKNOWN
    assert workflow.as_facts(Facts()).levels == frozenset()
