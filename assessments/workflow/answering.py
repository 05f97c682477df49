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
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken
from django.db import transaction
from django.db.models import F

from assessments.models import Assessment, Box, Draft, Invitation, Item, Response
from assessments.models.invitation import ALPHABET
from assessments.rules import values

CODE_LENGTH = 8
DRAFT_DAYS = 30
"""How long a draft waits for its participant, in days; never longer than its link."""


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
    """The items that a participant is asked, in their order, with their words."""
    items = Item.objects.filter(version=assessment.instrument_version_id).exclude(who=values.Side.STAFF)
    if choices.form == values.Form.SHORT:
        items = items.filter(short=True)
    return list(items.order_by("order").prefetch_related("texts"))


def new_code() -> str:
    """A short code to come back with, such as ``k7qm2fxd``."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(CODE_LENGTH))


def make_pass(token: str, code: str) -> bytes:
    """The pass that a link and a code give. Slow on purpose: nobody should try out codes in numbers."""
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return hashlib.scrypt(plain.encode(), salt=token.encode(), n=2**13, r=8, p=1, dklen=32)


@transaction.atomic
def begin(invitation: Invitation, choices: Choices, *, on: date) -> str:
    """Begin a draft, and return its code. Raises :class:`NotOpen` when the link takes no answers."""
    code = new_code()
    _ready(invitation, on)
    Invitation.objects.filter(pk=invitation.pk).update(begun=F("begun") + 1)
    _write(invitation, make_pass(invitation.token, code), Sheet(choices), on)
    return code


def open_draft(ticket: bytes) -> Sheet | None:
    """The draft that a pass opens, or None when there is none (any more)."""
    draft = Draft.objects.filter(lookup=_lookup(ticket)).first()
    if draft is None:
        return None
    try:
        plain = Fernet(_sealing_key(ticket)).decrypt(bytes(draft.sealed))
    except InvalidToken:
        return None
    kept = json.loads(plain)
    return Sheet(Choices(**kept["choices"]), kept["answers"])


def save(invitation: Invitation, ticket: bytes, sheet: Sheet, *, on: date) -> None:
    """Seal a draft again after a page. Raises :class:`NotOpen` when the link takes no more answers."""
    _ready(invitation, on)
    _write(invitation, ticket, sheet, on)


@transaction.atomic
def send(invitation: Invitation, ticket: bytes, *, on: date) -> bool:
    """Put the draft's answers into the wave's box, and count the link once more.

    Returns whether anything was sent: False when there is no such draft, as at the second of two clicks.
    Raises :class:`NotOpen` when the link takes no answers any more; the draft then stays as it is.
    """
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=invitation.assessment_id)
    locked = _ready(invitation, on, lock=True)
    sheet = open_draft(ticket)
    if sheet is None:
        return False
    drop(assessment, sheet)
    Draft.objects.filter(lookup=_lookup(ticket)).delete()
    locked.completed += 1
    locked.completed_on = on
    locked.email = ""
    locked.save(update_fields=["completed", "completed_on", "email"])
    return True


def drop(assessment: Assessment, sheet: Sheet) -> None:
    """Add one response to the box of an open wave, under a random key and in the order of the keys.

    Call it inside a transaction that has locked the wave.
    """
    Box.objects.get_or_create(assessment=assessment)
    box = Box.objects.select_for_update().get(assessment=assessment)
    box.responses[uuid.uuid4().hex] = {**asdict(sheet.choices), "answers": sheet.answers}
    box.responses = dict(sorted(box.responses.items()))
    box.save(update_fields=["responses"])


@transaction.atomic
def type_in(assessment: Assessment, sheet: Sheet) -> None:
    """Add a paper form that staff type in. Raises :class:`NotOpen` when the wave is closed."""
    locked = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not locked.is_open:
        raise NotOpen(State.CLOSED)
    drop(locked, sheet)


def _ready(invitation: Invitation, on: date, *, lock: bool = False) -> Invitation:
    """The invitation as it is now, if it takes answers; raises :class:`NotOpen` if not.

    Only sending locks it: drafts of one group link must not wait for one another.
    """
    invitations = Invitation.objects.select_related("assessment")
    if lock:
        invitations = invitations.select_for_update(of=("self",))
    current = invitations.get(pk=invitation.pk)
    state = state_of(current, on)
    if state is not State.READY:
        raise NotOpen(state)
    return current


def _write(invitation: Invitation, ticket: bytes, sheet: Sheet, on: date) -> None:
    plain = json.dumps({"choices": asdict(sheet.choices), "answers": sheet.answers})
    Draft.objects.update_or_create(
        lookup=_lookup(ticket),
        defaults={
            "assessment_id": invitation.assessment_id,
            "sealed": Fernet(_sealing_key(ticket)).encrypt(padded(plain.encode())),
            "expires_on": min(on + timedelta(days=DRAFT_DAYS), invitation.ends_on),
        },
    )


def padded(plain: bytes) -> bytes:
    """The text with blanks behind it, so that its sealed length does not tell how much was answered."""
    return plain.ljust(-(-len(plain) // 1024) * 1024)


def _lookup(ticket: bytes) -> str:
    return hashlib.sha256(b"lookup" + ticket).hexdigest()


def _sealing_key(ticket: bytes) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"seal" + ticket).digest())
