"""What participants do: states of a link, sealed drafts, sending once, and the box."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import sleep
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from assessments.models import Assessment, Box, Draft, Invitation, Organisation, Service
from assessments.workflow import answering
from assessments.workflow import assessment as workflow
from assessments.workflow.answering import Choices, NotOpen, Sheet, State

from .factories import (
    NOON,
    make_activity,
    make_assessment,
    make_closed,
    make_link,
    make_response,
    make_service,
    make_user,
    ratings,
)

SHORT = Choices(form="short", wording="easy_read", mode="assisted", research_consent=True)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def wave(instrument) -> Assessment:
    """An open wave that nobody has answered."""
    return make_assessment(make_activity(make_service()), by=make_user("alice"))


def begun(link: Invitation, answers: dict | None = None, choices: Choices = SHORT) -> bytes:
    """The pass of a draft with ``answers``."""
    today = timezone.localdate()
    ticket = answering.make_pass(link.token, answering.begin(link, choices, on=today))
    answering.save(link, ticket, {"A1": 4} if answers is None else answers, on=today)
    return ticket


def box_of(wave: Assessment) -> list[dict]:
    """The responses that lie in the wave's box."""
    return list(Box.objects.get(assessment=wave).responses.values())


# The link


@pytest.mark.parametrize(
    ("fields", "days", "state"),
    [
        ({}, 0, State.READY),
        ({}, 28, State.READY),
        ({}, 29, State.ENDED),
        ({"completed": 1}, 0, State.USED),
        ({"completed": 1}, 29, State.USED),
        ({"limit": 3, "completed": 2}, 0, State.READY),
        ({"limit": 3, "completed": 3}, 0, State.USED),
        ({"completed": 1, "revoked_on": NOON.date()}, 0, State.REVOKED),
    ],
)
def test_state_of_a_link_follows_its_dates_and_its_limit(wave, today, fields, days, state):
    link = make_link(wave, **fields)

    assert answering.state_of(link, today + timedelta(days=days)) is state


def test_state_of_a_link_to_a_closed_wave_is_closed_even_when_it_was_used(instrument, today):
    wave = make_closed(make_activity(make_service()), by=make_user("alice"))

    assert answering.state_of(make_link(wave, completed=1), today) is State.CLOSED


def test_by_token_finds_the_link_and_nothing_for_a_changed_sign(wave):
    link = make_link(wave)
    changed = link.token[:-1] + ("2" if link.token[-1] != "2" else "3")

    assert Invitation.objects.by_token(link.token) == link
    assert [Invitation.objects.by_token(token) for token in (changed, link.key, "", "ä" * 16)] == [None] * 4


def test_items_are_those_of_participants_with_the_motives_at_the_end(wave):
    full = [item.code for item in answering.items_for(wave, Choices())]
    short = [item.code for item in answering.items_for(wave, SHORT)]

    assert len(full) == 35
    assert full[-7:] == ["M1", "M2", "M3", "M4", "M5", "M6", "M7"]
    assert len(short) == 15
    assert not {"A6", "V4", "P5"} & set(full)


# Drafts


def test_begin_keeps_a_draft_that_the_code_opens_and_counts_the_link(wave, today):
    link = make_link(wave)

    code = answering.begin(link, SHORT, on=today)

    link.refresh_from_db()
    assert (link.begun, link.completed) == (1, 0)
    typed = f" {code[:4].upper()}-{code[4:]} "
    assert answering.open_draft(answering.make_pass(link.token, typed)) == Sheet(SHORT, {})


def test_a_draft_is_opened_by_no_other_pass(wave, today):
    link, other = make_link(wave), make_link(wave)
    code = answering.begin(link, SHORT, on=today)
    answering.begin(other, SHORT, on=today)

    assert answering.open_draft(answering.make_pass(link.token, "22222222")) is None
    assert answering.open_draft(answering.make_pass(other.token, code)) is None


def test_a_draft_moved_under_another_pass_stays_sealed(wave):
    mine, yours = begun(make_link(wave)), begun(make_link(wave))
    sealed = {draft.lookup: bytes(draft.sealed) for draft in Draft.objects.all()}
    Draft.objects.filter(lookup=answering._lookup(yours)).delete()
    Draft.objects.filter(lookup=answering._lookup(mine)).update(lookup=answering._lookup(yours))

    assert len(sealed) == 2
    assert answering.open_draft(yours) is None


def test_a_draft_says_nothing_by_its_length(wave):
    little, much = (
        begun(make_link(wave), {}),
        begun(make_link(wave), dict.fromkeys(ratings("participant"), "dk")),
    )

    lengths = {len(bytes(draft.sealed)) for draft in Draft.objects.all()}

    assert answering.open_draft(little).answers == {}
    assert len(answering.open_draft(much).answers) == 35
    assert len(lengths) == 1


def test_a_draft_s_row_holds_neither_its_link_nor_its_answers(wave):
    link = make_link(wave)
    begun(link, {"A1": 4})

    (row,) = Draft.objects.values()

    assert set(row) == {"lookup", "assessment_id", "sealed", "expires_on"}
    text = f"{row['lookup']} {bytes(row['sealed'])!r}"
    assert not [word for word in (link.token, link.key, "answers", "easy_read") if word in text]


def test_saving_adds_to_what_was_answered(wave, today):
    link = make_link(wave)
    ticket = begun(link, {"A1": 4, "A2": 1})

    sheet = answering.save(link, ticket, {"A2": "dk"}, on=today)

    assert sheet == answering.open_draft(ticket) == Sheet(SHORT, {"A1": 4, "A2": "dk"})


def test_a_draft_waits_thirty_days_whatever_its_link_says(wave, today):
    """A link's own last day, if the draft had it too, would point at its drafts."""
    begun(make_link(wave, ends_on=today + timedelta(days=90)))
    begun(make_link(wave, ends_on=today + timedelta(days=3)))

    waiting = list(Draft.objects.values_list("expires_on", flat=True))

    assert waiting == [today + timedelta(days=30)] * 2


def test_a_participant_reads_the_last_day_that_the_link_allows(wave, today):
    ends = [today + timedelta(days=days) for days in (90, 3)]

    until = [answering.waits_until(make_link(wave, ends_on=day), today) for day in ends]

    assert until == [today + timedelta(days=30), today + timedelta(days=3)]


def test_begin_clears_away_drafts_that_waited_too_long(wave, today):
    late = today + timedelta(days=31)
    old = begun(make_link(wave, ends_on=late))

    answering.begin(make_link(wave, ends_on=late), SHORT, on=late)

    assert answering.open_draft(old) is None


@pytest.mark.parametrize("verb", ["begin", "save", "send"])
def test_nothing_happens_on_a_link_that_was_revoked_meanwhile(wave, today, verb):
    link = make_link(wave)
    ticket = begun(link)
    Invitation.objects.update(revoked_on=today)
    verbs = {
        "begin": lambda: answering.begin(link, SHORT, on=today),
        "save": lambda: answering.save(link, ticket, {"A1": 0}, on=today),
        "send": lambda: answering.send(link, ticket, on=today),
    }

    with pytest.raises(NotOpen) as refusal:
        verbs[verb]()

    assert refusal.value.state is State.REVOKED
    assert answering.open_draft(ticket).answers == {"A1": 4}
    assert Draft.objects.count() == 1
    assert not Box.objects.exists()


# Sending


def test_send_puts_the_answers_into_the_box_and_takes_the_draft_away(wave, today):
    link = make_link(wave, email="pat@example.org")
    ticket = begun(link, {"A1": 4, "A2": "na"})

    assert answering.send(link, ticket, on=today)

    link.refresh_from_db()
    assert (link.completed, link.completed_on, link.email) == (1, today, "")
    assert answering.open_draft(ticket) is None
    assert box_of(wave) == [
        {
            "form": "short",
            "mode": "assisted",
            "wording": "easy_read",
            "language": "en",
            "research_consent": True,
            "answers": {"A1": 4, "A2": "na"},
        }
    ]


def test_send_takes_what_is_said_about_research_at_last(wave, today):
    link = make_link(wave)

    answering.send(link, begun(link), research_consent=False, on=today)

    assert box_of(wave)[0]["research_consent"] is False


@pytest.mark.parametrize("limit", [1, 5])
def test_sending_twice_sends_once(wave, today, limit):
    link = make_link(wave, limit=limit)
    ticket = begun(link)

    assert [answering.send(link, ticket, on=today) for _click in range(2)] == [True, False]

    link.refresh_from_db()
    assert link.completed == len(box_of(wave)) == 1


def test_what_was_sent_is_not_saved_again(wave, today):
    link = make_link(wave, limit=5)
    ticket = begun(link)
    answering.send(link, ticket, on=today)

    assert answering.save(link, ticket, {"A1": 0}, on=today) is None
    assert not Draft.objects.exists()


def test_a_second_draft_on_a_single_link_is_not_taken(wave, today):
    link = make_link(wave)
    first, second = begun(link), begun(link, {"A1": 0})
    answering.send(link, first, on=today)

    with pytest.raises(NotOpen) as refusal:
        answering.send(link, second, on=today)

    assert refusal.value.state is State.USED
    assert answering.open_draft(second).answers == {"A1": 0}
    assert [response["answers"] for response in box_of(wave)] == [{"A1": 4}]


def test_a_draft_of_a_closed_wave_is_not_taken(wave, today):
    link = make_link(wave)
    ticket = begun(link)
    make_response(wave, ratings("staff"), respondent=make_user("stan"))
    workflow.close(wave, by=make_user("bob"), at=timezone.now())

    with pytest.raises(NotOpen) as refusal:
        answering.send(link, ticket, on=today)

    assert refusal.value.state is State.CLOSED
    assert wave.responses.filter(side="participant").count() == 0


def test_a_draft_that_outlived_its_link_is_not_taken_for_one_that_was_sent(wave, today):
    link = make_link(wave, ends_on=today)
    ticket = begun(link)
    Draft.objects.all().delete()

    with pytest.raises(NotOpen) as refusal:
        answering.send(link, ticket, on=today + timedelta(days=1))

    assert refusal.value.state is State.ENDED


def test_the_box_keeps_its_random_keys_in_order(wave, today):
    link = make_link(wave, limit=20)
    for number in range(12):
        answering.send(link, begun(link, {"A1": number % 5}), on=today)

    keys = list(Box.objects.get(assessment=wave).responses)

    assert len(keys) == 12
    assert keys == sorted(keys)


def test_a_paper_form_is_added_once_under_its_key(wave):
    key, paper = uuid4(), Choices(form="short", mode="paper")

    answering.type_in(wave, Sheet(paper, {"A1": 1}), key)
    answering.type_in(wave, Sheet(paper, {"A1": 1}), key)
    answering.type_in(wave, Sheet(paper, {"A1": 3}), uuid4())

    assert sorted(response["answers"]["A1"] for response in box_of(wave)) == [1, 3]


def test_the_next_paper_form_does_not_overwrite_the_one_before(wave):
    key, paper = uuid4(), Choices(form="short", mode="paper")
    answering.type_in(wave, Sheet(paper, {"A1": 1}), key)

    with pytest.raises(answering.TypedInBefore):
        answering.type_in(wave, Sheet(paper, {"A1": 2}), key)

    assert [response["answers"]["A1"] for response in box_of(wave)] == [1]


def test_a_link_is_opened_more_often_than_anybody_counts(wave):
    link = make_link(wave, limit=5)
    Invitation.objects.filter(pk=link.pk).update(begun=answering.BEGUN_MAX)

    answering.begin(link, SHORT, on=timezone.localdate())

    link.refresh_from_db()
    assert link.begun == answering.BEGUN_MAX


def test_a_wave_that_closes_while_somebody_begins_keeps_no_draft(wave, monkeypatch):
    """The database makes the new draft wait for the close, and lets it in afterwards."""
    link, create = make_link(wave), Draft.objects.create

    def create_after_the_close(**columns):
        workflow.close(Assessment.objects.get(pk=wave.pk), by=wave.opened_by, at=NOON)
        return create(**columns)

    monkeypatch.setattr(Draft.objects, "create", create_after_the_close)

    with pytest.raises(NotOpen):
        answering.begin(link, SHORT, on=timezone.localdate())

    assert not Draft.objects.exists()


def test_a_paper_form_for_a_closed_wave_is_refused(instrument):
    wave = make_closed(make_activity(make_service()), by=make_user("alice"))

    with pytest.raises(NotOpen):
        answering.type_in(wave, Sheet(Choices(mode="paper"), {"A1": 1}), uuid4())

    assert not Box.objects.exists()


# Many at once. SQLite has one writer at a time, and its test database lives in one connection.


@pytest.fixture
def committed(django_db_setup, django_db_blocker) -> Iterator[Assessment]:
    """An open wave that all connections see; it is taken away at the end."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has several writers")
    with django_db_blocker.unblock():
        alice = make_user("many-at-once")
        service = make_service(organisation=Organisation.objects.create(name="Many at once"))
        wave = make_assessment(make_activity(service), by=alice)
        try:
            yield wave
        finally:
            activity, facts = wave.activity, wave.activity.facts
            wave.delete()
            activity.delete()
            facts.delete()
            Service.objects.filter(pk=service.pk).delete()
            service.organisation.delete()
            alice.delete()


def at_once(*calls: Callable[[], object]) -> list:
    """What ``calls`` return, or which :class:`NotOpen` they raise, when all of them start together."""
    start = Barrier(len(calls))

    def one(call: Callable[[], object]) -> object:
        try:
            start.wait(timeout=30)
            return call()
        except NotOpen as refusal:
            return refusal.state
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def sends(link: Invitation, tickets: list[bytes]) -> list:
    """What comes of sending all drafts on one link at once."""
    today = timezone.localdate()
    return at_once(*[lambda ticket=ticket: answering.send(link, ticket, on=today) for ticket in tickets])


def test_two_drafts_on_a_single_link_sent_at_once_give_one_response(committed):
    link = make_link(committed)

    results = sends(link, [begun(link), begun(link)])

    link.refresh_from_db()
    assert sorted(map(str, results)) == ["True", "used"]
    assert link.completed == len(box_of(committed)) == Draft.objects.filter(assessment=committed).count() == 1


def test_two_clicks_at_once_send_once(committed):
    link = make_link(committed, limit=5)
    ticket = begun(link)

    assert sorted(sends(link, [ticket, ticket])) == [False, True]
    assert len(box_of(committed)) == 1


def test_ten_sends_at_once_on_a_link_for_five_give_exactly_five(committed):
    link = make_link(committed, limit=5)

    results = sends(link, [begun(link, {"A1": number % 5}) for number in range(10)])

    link.refresh_from_db()
    assert (results.count(True), results.count(State.USED)) == (5, 5)
    assert link.completed == len(box_of(committed)) == 5


def test_beginning_and_sending_at_once_block_nobody(committed):
    today = timezone.localdate()
    link = make_link(committed, limit=50)
    tickets = [begun(link) for _person in range(4)]
    calls = [lambda ticket=ticket: answering.send(link, ticket, on=today) for ticket in tickets]

    results = at_once(*calls, *[lambda: answering.begin(link, SHORT, on=today)] * 4)

    link.refresh_from_db()
    assert results[:4] == [True] * 4
    assert all(isinstance(code, str) and len(code) == 8 for code in results[4:])
    assert (link.begun, link.completed) == (8, 4)


def test_what_a_page_is_saving_goes_along_when_another_page_sends(committed):
    """Saved and shown as saved, but not yet committed when the same person sends from a second window."""
    today = timezone.localdate()
    link = make_link(committed, limit=50)
    ticket = begun(link)
    written, sending = Event(), Event()

    def save_slowly():
        with transaction.atomic():
            sheet = answering.save(link, ticket, {"A1": 0}, on=today)
            written.set()
            assert sending.wait(timeout=30)
            sleep(0.5)  # Long enough for the other to read the draft, were it not to wait.
        return sheet.answers

    def send_meanwhile():
        assert written.wait(timeout=30)
        sending.set()
        return answering.send(link, ticket, on=today)

    assert at_once(save_slowly, send_meanwhile) == [{"A1": 0}, True]
    assert box_of(committed)[0]["answers"] == {"A1": 0}


def test_sending_and_saving_at_once_bring_no_draft_back(committed):
    today = timezone.localdate()
    link = make_link(committed, limit=50)
    ticket = begun(link)

    sent, saved = at_once(
        lambda: answering.send(link, ticket, on=today),
        lambda: answering.save(link, ticket, {"A1": 0}, on=today),
    )

    assert sent is True
    assert box_of(committed)[0]["answers"] == {"A1": 4 if saved is None else 0}
    assert not Draft.objects.filter(assessment=committed).exists()
