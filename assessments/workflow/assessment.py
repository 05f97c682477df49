"""What happens to a wave: begin, answer, send, close. Rows become values here, and scores become rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from assessments.disclosure import disclose, disclose_again, may_be_public
from assessments.models import (
    FACT_COLUMNS,
    LEVEL_COLUMNS,
    Activity,
    Answer,
    Assessment,
    Box,
    Draft,
    Facts,
    InstrumentVersion,
    Item,
    PublicResult,
    Response,
    Result,
    User,
)
from assessments.rules import RULES_VERSION, assess, values

from .instrument import as_instrument


class Refused(Exception):
    """A verb was refused; the message is for people and says what would be right."""


# Rows to values


def as_facts(facts: Facts) -> values.Facts:
    """The recorded facts as the rules read them; what nobody was asked is unknown."""
    recorded = {name: getattr(facts, name) or "unknown" for name in FACT_COLUMNS}
    return values.Facts(
        phases={phase: values.Part(recorded[f"phases_{phase}"]) for phase in values.Phase},
        agency=values.Agency(recorded["agency"]),
        public_resources=values.Known(recorded["public_resources"]),
        basis=values.Basis(recorded["basis"]),
        intentional=values.Known(recorded["intentional"]),
        staff_time=values.StaffTime(recorded["staff_time"]),
        levels=frozenset(level for column, level in LEVEL_COLUMNS.items() if getattr(facts, column)),
        task=values.Task(recorded["task"]),
        context={name: values.Known(recorded[f"context_{name}"]) for name in values.Context},
    )


def facts_columns(facts: values.Facts) -> dict[str, str | bool]:
    """The columns of :class:`Facts` that record ``facts``: the way back of :func:`as_facts`."""
    return {
        **{f"phases_{phase}": facts.part(phase).value for phase in values.Phase},
        "agency": facts.agency.value,
        "public_resources": facts.public_resources.value,
        "basis": facts.basis.value,
        "intentional": facts.intentional.value,
        "staff_time": facts.staff_time.value,
        "task": facts.task.value,
        **{column: level in facts.levels for column, level in LEVEL_COLUMNS.items()},
        **{f"context_{name}": facts.circumstance(name).value for name in values.Context},
    }


def as_responses(responses: Iterable[Response]) -> tuple[values.Response, ...]:
    """Responses as values. Their answers and the answers' items must have been fetched with them."""
    return tuple(
        values.Response(
            side=values.Side(response.side),
            form=values.Form(response.form),
            answers={
                answer.item.code: values.Missing(answer.missing) if answer.missing else answer.rating
                for answer in response.answers.all()
                if answer.missing or answer.rating is not None
            },
        )
        for response in responses
    )


def own_case(assessment: Assessment, response: Response | None) -> values.Case:
    """The facts and one colleague's own answers so far: for pointing out contradictions before the close.

    The others' answers stay out, so that a contradiction gives none of them away.
    """
    answered = Response.objects.filter(pk=response.pk).prefetch_related("answers__item") if response else []
    return values.Case(facts=as_facts(assessment.activity.facts), responses=as_responses(answered))


def items_for_staff(assessment: Assessment) -> QuerySet[Item]:
    """The items that a wave asks of staff, with their words."""
    return (
        Item.objects.filter(version=assessment.instrument_version_id)
        .exclude(who=values.Side.PARTICIPANT)
        .order_by("order")
        .select_related("dimension")
        .prefetch_related("texts")
    )


# Verbs


@transaction.atomic
def begin(activity: Activity, *, by: User, at: datetime) -> Assessment:
    """Open the next wave of ``activity`` under the current instrument version.

    A wave that is open already is returned as it is, so that a double click begins once. Raises
    :class:`Refused` when no instrument version has been published.
    """
    Activity.objects.select_for_update().get(pk=activity.pk)
    waves = Assessment.objects.filter(activity=activity)
    if (running := waves.open().first()) is not None:
        return running
    version = InstrumentVersion.objects.current()
    if version is None:
        raise Refused("no instrument version is published")
    last = waves.aggregate(last=Max("wave"))["last"] or 0
    return Assessment.objects.create(
        activity=activity, wave=last + 1, instrument_version=version, opened_by=by, opened_at=at
    )


def save_answers(response: Response, answers: Iterable[Answer]) -> None:
    """Write ``answers``, one for each item of a page, as those of ``response``, over what was there.

    The caller is in the transaction in which it locked the wave with :func:`own_response` and checked
    that the page is not stale.
    """
    answers = list(answers)
    for answer in answers:
        answer.response = response
    Answer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=["response", "item"],
        update_fields=["rating", "missing", "evidence"],
    )


def own_response(assessment: Assessment, user: User) -> Response:
    """The response of ``user`` in an open wave, begun if there is none yet.

    Raises :class:`Refused` when the wave is closed. Call it inside a transaction: the wave is locked, so
    that it cannot close halfway.
    """
    locked = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not locked.is_open:
        raise Refused("the wave is closed")
    own = {"assessment": locked, "respondent": user}
    return Response.objects.filter(**own).first() or Response.objects.create(side=values.Side.STAFF, **own)


@transaction.atomic
def submit(assessment: Assessment, *, by: User, on: date) -> Response:
    """Send the response of ``by``: from now on it counts when the wave closes. Sending twice sends once.

    Raises :class:`Refused` when the wave is closed.
    """
    response = own_response(assessment, by)
    if response.submitted_on is None:
        response.submitted_on = on
        response.save(update_fields=["submitted_on"])
    return response


@transaction.atomic
def close(assessment: Assessment, *, by: User, at: datetime) -> Assessment:
    """Close a wave: freeze its facts, score what was sent, and store a result for each rule-set.

    A wave that is closed already is returned as it is, so that two who close at once get one result.
    Responses that were begun and never sent do not count.
    """
    locked = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("activity__facts", "instrument_version")
        .get(pk=assessment.pk)
    )
    if not locked.is_open:
        return locked
    frozen = Facts.objects.select_for_update().get(pk=locked.activity.facts_id)
    frozen.pk = None
    frozen.save(force_insert=True)
    empty_box(locked, on=timezone.localdate(at))
    locked.facts = frozen
    locked.status = Assessment.Status.CLOSED
    locked.closed_at, locked.closed_by = at, by
    locked.save(update_fields=["facts", "status", "closed_at", "closed_by"])
    _store_results(locked)
    return locked


@transaction.atomic
def record(assessment: Assessment, responses: Iterable[tuple[values.Response, Mapping[str, object]]]) -> None:
    """Write whole responses, each with its further columns (``respondent``, ``submitted_on`` …), into an
    open wave: answers that were collected elsewhere, as the demo's are."""
    items = {item.code: item for item in assessment.instrument_version.items.all()}
    rows, answers = [], []
    for given, columns in responses:
        row = Response(assessment=assessment, side=given.side, form=given.form, **columns)
        rows.append(row)
        for code, answer in given.answers.items():
            missing = isinstance(answer, values.Missing)
            answers.append(
                Answer(
                    response=row,
                    item=items[code],
                    rating=None if missing else answer,
                    missing=answer.value if missing else "",
                )
            )
    Response.objects.bulk_create(rows)
    Answer.objects.bulk_create(answers)


def anything_sent(assessment: Assessment) -> bool:
    """Whether anybody has sent a response in this wave, staff or participant."""
    if assessment.responses.exclude(submitted_on=None).exists():
        return True
    box = Box.objects.filter(assessment=assessment).first()
    return bool(box and box.responses)


@transaction.atomic
def discard(assessment: Assessment) -> bool:
    """Delete an open wave in which nobody has sent a response. Returns whether it is gone: at the second of
    two clicks it is."""
    locked = Assessment.objects.select_for_update(of=("self",)).filter(pk=assessment.pk).first()
    if locked is None:
        return True
    if not locked.is_open or anything_sent(locked):
        return False
    locked.delete()
    return True


def empty_box(assessment: Assessment, *, on: date) -> None:
    """Turn the participants' responses of a wave that is being closed into rows, in random order.

    All of them are written at once, with new random keys and the day of the close, so that no key, place,
    date or transaction number tells them apart. Drafts, which nobody sent, go; so do e-mail addresses.
    """
    box = Box.objects.select_for_update().filter(assessment=assessment).first()
    kept = list(box.responses.values()) if box else []
    secrets.SystemRandom().shuffle(kept)
    record(assessment, [(_response(entry), {**_columns(entry), "submitted_on": on}) for entry in kept])
    Box.objects.filter(assessment=assessment).delete()
    Draft.objects.filter(assessment=assessment).delete()
    assessment.invitations.exclude(email="").update(email="")


def _response(entry: Mapping) -> values.Response:
    """One entry of a box as the rules read it."""
    return values.Response(
        side=values.Side.PARTICIPANT,
        form=values.Form(entry["form"]),
        answers={
            code: answer if isinstance(answer, int) else values.Missing(answer)
            for code, answer in entry["answers"].items()
        },
    )


def _columns(entry: Mapping) -> dict[str, object]:
    """The further columns of one entry of a box."""
    columns = {name: entry[name] for name in ("mode", "wording", "language", "research_consent")}
    return columns | {"withdrawal": entry.get("withdrawal", "")}


@dataclass(frozen=True)
class Found:
    """What the rules say of a wave under one rule-set: what a row of ``model`` stores of it."""

    model: type[Result] | type[PublicResult]
    ruleset: str
    columns: Mapping[str, object]


def results_of(case: values.Case, instrument: values.Instrument) -> Iterator[Found]:
    """What the rules say of a wave, under each rule-set of its version: for staff, and for the public where
    the wave may be published. ``case`` has everything that was sent; what may be used is decided here."""
    participants = sum(response.side is values.Side.PARTICIPANT for response in case.responses)
    for_staff = disclose(case, instrument)
    for ruleset in instrument.rulesets:
        profile = assess(for_staff.case, instrument, ruleset=ruleset).as_dict()
        repeated = {
            "counts": profile["counts"],
            "kind": profile["kind"] or "",
            "participants_withheld": for_staff.participants_withheld,
        }
        yield Found(Result, ruleset, {"rules_version": RULES_VERSION, "profile": profile, **repeated})
    if not may_be_public(participants, instrument):
        return
    floor = instrument.thresholds.min_participants_public
    # On top of what staff may use: who reads both must not see one person come or go between them.
    for_public = disclose_again(for_staff, for_staff.case, instrument, instrument, floor=floor)
    for ruleset in instrument.rulesets:
        profile = assess(for_public.case, instrument, ruleset=ruleset, min_participants=floor).as_dict()
        yield Found(PublicResult, ruleset, {"rules_version": RULES_VERSION, "profile": profile})


def _store_results(assessment: Assessment) -> None:
    """Score a wave that is being closed, and store what the rules say of it."""
    sent = assessment.responses.exclude(submitted_on=None).prefetch_related("answers__item")
    case = values.Case(facts=as_facts(assessment.facts), responses=as_responses(sent))
    for found in results_of(case, as_instrument(assessment.instrument_version)):
        found.model.objects.create(assessment=assessment, ruleset=found.ruleset, **found.columns)


@transaction.atomic
def publish(assessment: Assessment, *, note: str, on: date) -> None:
    """Let everybody read the result of a closed wave at an address that cannot be guessed.

    Raises :class:`Refused` for a wave with one participant up to the public floor less one.
    """
    locked = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if locked.is_open or not locked.public_results.exists():
        raise Refused("too few participants answered")
    locked.public_slug = locked.public_slug or secrets.token_hex(8)
    locked.public_note, locked.published_on = note, on
    locked.save(update_fields=["public_slug", "public_note", "published_on"])


def withdraw(assessment: Assessment) -> None:
    """Take the public page of a wave away. Publishing it again brings back the same address."""
    assessment.published_on = None
    assessment.save(update_fields=["published_on"])
