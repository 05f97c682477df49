"""A small site with a few rows of everything, and what must be found in it again."""

from __future__ import annotations

import re
from datetime import timedelta

from auditlog.context import set_actor
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import (
    Activity,
    Assessment,
    InstrumentVersion,
    Invitation,
    Project,
    Result,
    User,
)
from assessments.workflow import answering, invitations, tokens
from assessments.workflow import assessment as workflow
from assessments.workflow.answering import Choices
from assessments.workflow.instrument import copy_version
from tests import factories

PASSWORD = "pass-word-1"
ANSWERS = {"A1": 4, "A2": "dk"}
"""What stands in the draft of a participant."""

FACTS = {
    "phases_design": "shared",
    "phases_deliver": "shared",
    "agency": "ongoing",
    "public_resources": "yes",
    "basis": "chosen",
    "intentional": "yes",
    "staff_time": "kept",
    "levels_group": True,
    "context_cuts": "unknown",
}
OF_THE_RELEASE = {"contenttypes.contenttype", "auth.permission"}
"""Tables that ``migrate`` adds to by itself."""

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')


def fill() -> dict[str, object]:
    """Fill a migrated database, and return what must be found in it again (:func:`shown`, and more).

    There are a closed wave whose result is public, an open wave with links, a draft and a box, people with
    every part, a research project with a token, a draft of the instrument, and a participant who has gone.
    """
    call_command("load_instrument", verbosity=0)
    people = _people()
    with set_actor(people["alice"]):
        activity = _activity(people["alice"])
        closed = _closed(activity, people)
        draft = _open(activity, people)
    copy_version(InstrumentVersion.objects.get(), number="2-draft")
    project = Project.objects.create(
        researcher=people["rosa"], name="Study", purpose="To learn.", evidence_reason="To see why."
    )
    today = timezone.localdate()
    tokens.issue(
        project,
        tokens.new_text(),
        name="notebook",
        files=["ratings_long.csv"],
        expires_on=today + timedelta(days=30),
        on=today,
    )
    return {
        "activity": activity.title,
        "result": reverse("assessment-result", args=[closed.pk]),
        "public": reverse("public-result", args=[closed.public_slug]),
        "export": reverse("project-file", args=[project.slug, "ratings_long.csv"]),
        "draft": draft,
        **held(),
    }


def held() -> dict[str, object]:
    """How many rows there are of everything, and every stored result."""
    models = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    kept = [model for model in models if model._meta.app_label not in ("sessions", "axes")]
    return {
        "rows": {model._meta.label_lower: model.objects.count() for model in kept},
        "results": list(Result.objects.order_by("pk").values("ruleset", "profile")),
    }


def shown(expected: dict) -> dict[str, bytes]:
    """The result page of a manager, the public page and a researcher's file, as the site gives them now."""
    alice, rosa = sign_in("alice"), sign_in("rosa")
    pages = {"result": alice.get(expected["result"]), "public": Client().get(expected["public"])}
    export = rosa.get(expected["export"])
    for response in (*pages.values(), export):
        assert response.status_code == 200, response
    return {
        **{name: TOKEN.sub(b"", page.content) for name, page in pages.items()},
        "export": b"".join(export.streaming_content),
    }


def sign_in(username: str) -> Client:
    """The browser of somebody who has typed their password."""
    client = Client()
    response = client.post(reverse("login"), {"username": username, "password": PASSWORD})
    assert response.status_code == 302, "the password is not taken"
    return client


def opened(draft: dict) -> dict[str, int | str]:
    """What a participant finds who comes back to their draft with their link and code."""
    invitation = Invitation.objects.by_token(draft["link"])
    sheet = answering.open_draft(answering.make_pass(invitation.token, draft["code"]))
    return sheet.answers


def _people() -> dict[str, User]:
    people = {name: factories.make_user(name) for name in ("alice", "stan", "rosa", "ada")}
    User.objects.create_superuser("root", password=PASSWORD)
    organisation = factories.make_organisation()
    factories.make_member(people["alice"], organisation)
    factories.make_member(people["stan"], organisation, "staff")
    people["rosa"].groups.add(Group.objects.get(name="researchers"))
    people["ada"].groups.add(Group.objects.get(name="curators"))
    return people


def _activity(alice: User) -> Activity:
    service = factories.make_service(
        "Elm Road Family Centre", managers=[alice], shared_for_research=True, evidence_shared=True
    )
    activity = factories.make_activity(service, "Parents’ group – Tuesdays", FACTS)
    for number in (1, 2):
        participant = factories.make_participant(service, f"P-{number}", research_consent=True)
        factories.make_participation(participant, activity, since=factories.DAY, hours_a_month="1.5")
    factories.make_participant(service, "P-3").delete()  # Its number must not come back.
    return activity


def _closed(activity: Activity, people: dict[str, User]) -> Assessment:
    wave = factories.make_assessment(activity, by=people["alice"])
    for name in ("alice", "stan"):
        factories.make_response(
            wave, factories.ratings("staff"), respondent=people[name], evidence={"A1": "Minutes of 2 March"}
        )
    for number in range(8):
        answers = factories.ratings("participant", 4 - number % 3)
        factories.make_response(wave, answers, research_consent=True)
    workflow.close(wave, by=people["alice"], at=factories.NOON)
    workflow.publish(wave, note="Thank you.", on=factories.DAY)
    wave.refresh_from_db()
    return wave


def _open(activity: Activity, people: dict[str, User]) -> dict[str, object]:
    """An open wave with a response of staff, a link each, one response in the box and one draft.

    Returns how the draft is opened, and what stands in it.
    """
    wave = factories.make_assessment(activity, by=people["alice"])
    wave.invited.add(people["stan"])
    factories.make_response(wave, {"A1": 2}, respondent=people["stan"], submitted_on=None)
    today, last = timezone.localdate(), factories.in_a_month()
    factories.make_link(wave, participant=activity.participants.first(), email="p1@example.org")
    link = invitations.invite_group(wave, limit=20, ends_on=last)
    choices = Choices(form="short", wording="easy_read", mode="online", research_consent=True)
    codes = [answering.begin(link, choices, on=today) for _number in range(2)]
    passes = [answering.make_pass(link.token, code) for code in codes]
    for one in passes:
        answering.save(link, one, ANSWERS, on=today)
    answering.send(link, passes[0], on=today, withdrawal=answering.new_withdrawal())
    return {"link": link.token, "code": codes[1], "answers": ANSWERS}
