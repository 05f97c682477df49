"""What participants do: open a link, begin, come back, send. No account, and no trace to the link.

A *pass* is what the participant's browser holds between pages: 32 bytes made from the link and from a short
code that they may write down. The draft is found and opened with it, and with nothing that the database
holds. Sending puts the answers into the wave's box (:class:`assessments.models.Box`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction
from django.db.models import F

from assessments.models import Assessment, Box, Draft, Invitation, Item, Response
from assessments.models.invitation import ALPHABET
from assessments.rules import values

CODE_LENGTH = 8
WITHDRAWAL_LENGTH = 12
"""How many signs the code has with which somebody takes their agreement to research back: 59 bits."""
DRAFT_DAYS = 30
"""How long a draft waits for its participant, in days. The row says no other day, so that a link's own last
day does not point at its drafts; a link that has ended opens none."""


BEGUN_MAX = 32_767
"""Up to here it is counted how often a link was opened: what the column holds on every database."""


class State(StrEnum):
    """What a link is good for today."""

    READY = "ready"
    USED = "used"
    ENDED = "ended"
    REVOKED = "revoked"
    CLOSED = "closed"


class NotOpen(Exception):
    """The link takes no answers; ``state`` says why."""

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(state.value)


@dataclass(frozen=True)
class Choices:
    """What a participant chooses before the first question."""

    form: str = values.Form.FULL.value
    wording: str = Response.Wording.PLAIN.value
    mode: str = Response.Mode.ONLINE.value
    language: str = "en"
    research_consent: bool = False


@dataclass
class Sheet:
    """A draft while it is open: the choices, and the answers by item code (0 to 4, ``dk`` or ``na``)."""

    choices: Choices
    answers: dict[str, int | str] = field(default_factory=dict)

    def as_entry(self) -> dict[str, object]:
        """What the box of a wave keeps of it."""
        return {**asdict(self.choices), "answers": self.answers}


def state_of(invitation: Invitation, on: date) -> State:
    """What the link is good for on a day. The wave must have been fetched with it."""
    if invitation.revoked_on is not None:
        return State.REVOKED
    if not invitation.assessment.is_open:
        return State.CLOSED
    if invitation.completed >= invitation.limit:
        return State.USED
    if on > invitation.ends_on:
        return State.ENDED
    return State.READY


def items_for(assessment: Assessment, choices: Choices) -> list[Item]:
    """The items that a participant is asked, in their order and with their words; motives come last."""
    items = Item.objects.filter(version=assessment.instrument_version_id).exclude(who=values.Side.STAFF)
    if choices.form == values.Form.SHORT:
        items = items.filter(short=True)
    items = items.order_by("order").select_related("dimension").prefetch_related("texts")
    return sorted(items, key=lambda item: item.dimension.code == values.Dimension.MOTIVES)


def waits_until(invitation: Invitation, on: date) -> date:
    """The last day on which answers begun or saved ``on`` a day can be gone on with."""
    return min(on + timedelta(days=DRAFT_DAYS), invitation.ends_on)


def new_code() -> str:
    """A short code to come back with, such as ``k7qm2fxd``."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(CODE_LENGTH))


def plain(code: str) -> str:
    """A code as it was made, however it was typed: small letters, no blanks or hyphens."""
    return "".join(code.lower().replace("-", "").split())


def make_pass(token: str, code: str) -> bytes:
    """The pass that a link and a code give. Slow on purpose: nobody should try out codes in numbers."""
    return hashlib.scrypt(plain(code).encode(), salt=token.encode(), n=2**13, r=8, p=1, dklen=32)


def begin(invitation: Invitation, choices: Choices, *, on: date) -> str:
    """Begin a draft, and return its code. Raises :class:`NotOpen` when the link takes no answers.

    No transaction: one that held the invitation while the draft waits for the wave would block whoever
    sends meanwhile, who holds the wave and waits for the invitation.
    """
    code = new_code()
    ticket = make_pass(invitation.token, code)
    _must_be_ready(invitation, on)
    Draft.objects.filter(expires_on__lt=on).delete()
    Draft.objects.create(
        lookup=_lookup(ticket),
        assessment_id=invitation.assessment_id,
        sealed=_seal(ticket, Sheet(choices)),
        expires_on=on + timedelta(days=DRAFT_DAYS),
    )
    try:
        _must_be_ready(invitation, on)  # The wave may have been closed while the draft waited for it.
    except NotOpen:
        Draft.objects.filter(lookup=_lookup(ticket)).delete()
        raise
    Invitation.objects.filter(pk=invitation.pk, begun__lt=BEGUN_MAX).update(begun=F("begun") + 1)
    return code


def open_draft(ticket: bytes) -> Sheet | None:
    """The draft that a pass opens, or None when there is none (any more)."""
    return _open(Draft.objects.filter(lookup=_lookup(ticket)).first(), ticket)


def _locked_draft(ticket: bytes) -> Draft | None:
    """The same, its row locked: what one page saves and another sends must not pass each other."""
    return Draft.objects.select_for_update().filter(lookup=_lookup(ticket)).first()


def _open(draft: Draft | None, ticket: bytes) -> Sheet | None:
    if draft is None:
        return None
    try:
        text = Fernet(_sealing_key(ticket)).decrypt(bytes(draft.sealed))
    except InvalidToken:
        return None
    kept = json.loads(text)
    return Sheet(Choices(**kept["choices"]), kept["answers"])


@transaction.atomic
def save(
    invitation: Invitation, ticket: bytes, answers: Mapping[str, int | str], *, on: date
) -> Sheet | None:
    """Write ``answers`` by item code into a draft, over what was there, and return what it says now.

    None, and nothing written, when there is no such draft any more: what was sent must not come back as a
    draft. Raises :class:`NotOpen` when the link takes no more answers.
    """
    _must_be_ready(invitation, on)
    draft = _locked_draft(ticket)
    sheet = _open(draft, ticket)
    if sheet is None:
        return None
    sheet.answers.update(answers)
    draft.sealed, draft.expires_on = _seal(ticket, sheet), on + timedelta(days=DRAFT_DAYS)
    draft.save(update_fields=["sealed", "expires_on"])
    return sheet


@transaction.atomic
def send(
    invitation: Invitation,
    ticket: bytes,
    *,
    on: date,
    research_consent: bool | None = None,
    withdrawal: str = "",
) -> bool:
    """Put the draft's answers into the wave's box, and count the link once more.

    ``research_consent`` is what the participant says at last; None leaves what they said at the start.
    ``withdrawal`` is a code that only they know (:func:`withdraw_consent`); its hash goes with the answers.

    Returns whether anything was sent: False when this draft has been sent already, as at the second of two
    clicks. Raises :class:`NotOpen` when the link takes no answers any more; the draft then stays as it is.
    """
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=invitation.assessment_id)
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    locked.assessment = assessment
    draft = _locked_draft(ticket)
    sheet = _open(draft, ticket)
    if sheet is None and assessment.is_open and on <= locked.ends_on:  # Only sending takes drafts from here.
        return False
    if (state := state_of(locked, on)) is not State.READY:
        raise NotOpen(state)
    if research_consent is not None:
        sheet.choices = replace(sheet.choices, research_consent=research_consent)
    drop(assessment, sheet, withdrawal=withdrawal)
    draft.delete()
    locked.completed += 1
    locked.completed_on = on
    locked.email = ""
    locked.save(update_fields=["completed", "completed_on", "email"])
    return True


def drop(assessment: Assessment, sheet: Sheet, key: uuid.UUID | None = None, *, withdrawal: str = "") -> None:
    """Add one response to the box of an open wave, under a random key and in the order of the keys.

    Call it inside a transaction that has locked the wave.
    """
    drop_all(assessment, {key or uuid.uuid4(): sheet}, withdrawal=withdrawal)


def drop_all(assessment: Assessment, sheets: Mapping[uuid.UUID, Sheet], *, withdrawal: str = "") -> int:
    """Add responses to the box as :func:`drop` adds one, and return how many of the keys were new to it."""
    Box.objects.get_or_create(assessment=assessment)
    box = Box.objects.select_for_update().get(assessment=assessment)
    before = len(box.responses)
    for key, sheet in sheets.items():
        entry = sheet.as_entry()
        if withdrawal and sheet.choices.research_consent:
            entry["withdrawal"] = withdrawal_hash(withdrawal)
        box.responses[key.hex] = entry
    box.responses = dict(sorted(box.responses.items()))
    box.save(update_fields=["responses"])
    return len(box.responses) - before


def new_withdrawal() -> str:
    """A code for :func:`withdraw_consent`, such as ``k7qm2fxdp3ra``."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(WITHDRAWAL_LENGTH))


def is_withdrawal(code: str) -> bool:
    """Whether a code can be one of :func:`new_withdrawal`."""
    return len(code) == WITHDRAWAL_LENGTH and set(code) <= set(ALPHABET)


def withdrawal_hash(code: str) -> str:
    """What is kept of a code. Random signs cannot be guessed from it, and nothing else is made from them."""
    return hashlib.sha256(b"withdrawal" + code.encode()).hexdigest()


def knows_withdrawal(code: str) -> bool:
    """Whether something was sent with this code, so that :func:`withdraw_consent` would find it."""
    kept = withdrawal_hash(code)
    return (
        Box.objects.filter(responses__icontains=kept).exists()
        or Response.objects.filter(withdrawal=kept).exists()
    )


@transaction.atomic
def withdraw_consent(code: str) -> bool:
    """Take back the agreement to research of whoever was shown this code, however it was typed.

    The answers stay with the service; the next export is without them. Returns whether the code is known;
    a second time it still is. The code says nothing of a link, and a link nothing of it.
    """
    kept = withdrawal_hash(plain(code))
    if Response.objects.filter(withdrawal=kept).update(research_consent=False):
        return True
    for box in Box.objects.select_for_update().filter(responses__icontains=kept):
        for entry in box.responses.values():
            if entry.get("withdrawal") == kept:
                entry["research_consent"] = False
                box.save(update_fields=["responses"])
                return True
    # Meanwhile the wave may have been closed, and the box emptied into rows.
    return bool(Response.objects.filter(withdrawal=kept).update(research_consent=False))


class TypedInBefore(Exception):
    """Another paper form was typed in from the same page."""


@transaction.atomic
def type_in(assessment: Assessment, sheet: Sheet, key: uuid.UUID) -> None:
    """Add a paper form that staff type in.

    The page that it is typed into carries a random ``key``, so that sending the page twice adds it once.
    Raises :class:`NotOpen` when the wave is closed, and :class:`TypedInBefore` when the page was sent with
    other answers: it may be the next paper, and the one before must not be lost.
    """
    locked = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not locked.is_open:
        raise NotOpen(State.CLOSED)
    box = Box.objects.filter(assessment=locked).first()
    before = box.responses.get(key.hex) if box else None
    if before is not None and before != sheet.as_entry():
        raise TypedInBefore
    drop(locked, sheet, key)


def _must_be_ready(invitation: Invitation, on: date) -> None:
    """Raises :class:`NotOpen` when the link, as it is now, takes no answers.

    Nothing is locked: drafts of one group link must not wait for one another.
    """
    state = state_of(Invitation.objects.select_related("assessment").get(pk=invitation.pk), on)
    if state is not State.READY:
        raise NotOpen(state)


def _seal(ticket: bytes, sheet: Sheet) -> bytes:
    text = json.dumps({"choices": asdict(sheet.choices), "answers": sheet.answers})
    sealing = Fernet(_sealing_key(ticket))
    return sealing.encrypt_at_time(padded(text.encode()), 0)  # Fernet writes the time in clear: none.


def padded(text: bytes) -> bytes:
    """The text with blanks behind it, so that its sealed length does not tell how much was answered."""
    return text.ljust(-(-len(text) // 1024) * 1024)


def _lookup(ticket: bytes) -> str:
    return hashlib.sha256(b"lookup" + ticket).hexdigest()


def _sealing_key(ticket: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"seal" + ticket).digest())
