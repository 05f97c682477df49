"""Address × role: who gets what, for every address of the app. A new address without a row fails."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import get_resolver, reverse

from assessments import urls
from assessments.models import (
    Activity,
    Answer,
    Assessment,
    Facts,
    Invitation,
    Participant,
    Participation,
    Project,
    Response,
    Service,
    Token,
)
from assessments.workflow import assessment as workflow
from assessments.workflow import invitations, tokens

from .exports.waves import make_project
from .factories import DAY, in_a_month

ROLES = ["anonymous", "alice", "lena", "bob", "stan", "olga", "rosa", "ada", "root"]
"""alice manages the service, lena leads its organisation, bob manages another organisation's, stan is staff
invited to the waves, olga is staff who is not, rosa is a researcher, ada a curator, root a superuser."""

# What each role gets for a GET. 302 leads to the sign-in page. Columns in the order of ROLES.
PUBLIC = [200] * 9
SIGNED_IN = [302] + [200] * 8
EDITORS = [302, 200, 200, 404, 404, 404, 404, 404, 200]
ANSWERERS = [302, 200, 200, 404, 200, 404, 404, 404, 200]
ADDS_SERVICES = [302, 200, 200, 200, 403, 403, 403, 403, 200]
HOLDERS = [302] * 9
"""Participants' pages for whoever holds no pass: they lead to the link's first page, whoever asks."""
RESEARCHERS = [302, 403, 403, 403, 403, 403, 200, 403, 200]
OWNER = [302, 403, 403, 403, 403, 403, 200, 403, 404]
"""A research project is rosa's alone."""

TABLE: dict[str, list[int]] = {
    # /
    "home": PUBLIC,
    "definitions": PUBLIC,
    "definitions-version": PUBLIC,
    "definitions-changes": PUBLIC,
    "accessibility": PUBLIC,
    "privacy": PUBLIC,
    "guide": PUBLIC,
    "guide-leaflet": PUBLIC,
    "healthz": PUBLIC,
    # /accounts/
    "login": PUBLIC,
    "logout": [405] * 9,
    "password_change": SIGNED_IN,
    "password_change_done": SIGNED_IN,
    "password_reset": PUBLIC,
    "password_reset_done": PUBLIC,
    "password_reset_confirm": PUBLIC,
    "password_reset_complete": PUBLIC,
    # /services/
    "service-list": SIGNED_IN,
    "service-create": ADDS_SERVICES,
    "service-detail": EDITORS,
    "service-update": EDITORS,
    "service-delete": EDITORS,
    "activity-create": EDITORS,
    "participant-list": EDITORS,
    "participant-create": EDITORS,
    # /participants/
    "participant-update": EDITORS,
    "participant-delete": EDITORS,
    "participant-data": EDITORS,
    # /activities/
    "activity-detail": EDITORS,
    "activity-update": EDITORS,
    "activity-delete": EDITORS,
    "facts-edit": EDITORS,
    "participation-create": EDITORS,
    "assessment-begin": EDITORS,
    # /participations/
    "participation-update": EDITORS,
    "participation-delete": EDITORS,
    # /assessments/
    "assessment-detail": ANSWERERS,
    "assessment-answers": ANSWERERS,
    "assessment-check": ANSWERERS,
    "assessment-close": EDITORS,
    "assessment-colleagues": EDITORS,
    "assessment-discard": EDITORS,
    "assessment-result": ANSWERERS,
    "assessment-readings": ANSWERERS,
    "assessment-reading": ANSWERERS,
    "assessment-paper": EDITORS,
    "assessment-paper-form": EDITORS,
    "assessment-publish": EDITORS,
    "assessment-withdraw": EDITORS,
    "invitation-list": EDITORS,
    "invitation-sheets": EDITORS,
    "invitations-remind": EDITORS,
    # /a/
    "answer-welcome": PUBLIC,
    "answer-question": HOLDERS,
    "answer-check": HOLDERS,
    "answer-stop": HOLDERS,
    "answer-thanks": HOLDERS,
    "withdraw": PUBLIC,
    # /invitations/
    "invitation-detail": EDITORS,
    "invitation-sheet": EDITORS,
    "invitation-email": EDITORS,
    "invitation-remind": EDITORS,
    "invitation-extend": EDITORS,
    "invitation-revoke": EDITORS,
    # /results/
    "public-result": PUBLIC,
    # /research/
    "project-list": RESEARCHERS,
    "project-create": RESEARCHERS,
    "project-detail": OWNER,
    "project-reliability": OWNER,
    "project-update": OWNER,
    "project-tokens": OWNER,
    "project-file": OWNER,
    "token-revoke": OWNER,
}

POSTS = {
    "assessment-begin",
    "assessment-check",
    "assessment-close",
    "assessment-answers",
    "assessment-colleagues",
    "assessment-discard",
    "assessment-paper",
    "assessment-publish",
    "assessment-withdraw",
    "invitation-list",
    "invitations-remind",
    "invitation-email",
    "invitation-remind",
    "invitation-extend",
    "invitation-revoke",
    "service-update",
    "service-delete",
    "activity-create",
    "activity-update",
    "activity-delete",
    "facts-edit",
    "participant-create",
    "participant-update",
    "participant-delete",
    "participation-create",
    "participation-update",
    "participation-delete",
    "project-create",
    "project-update",
    "project-tokens",
    "token-revoke",
}


WAVES = {"invitation-list", "invitation-sheets"}
"""The addresses of invitations that belong to a wave; the others belong to one link."""


OPENERS = {"project-list", "project-create"}
"""The addresses of projects that belong to none."""


def names() -> list[str]:
    return [pattern.name for pattern in urls.urlpatterns]


@pytest.fixture
def addresses(world) -> dict[str, str]:
    """Every address with the rows that alice manages."""
    service, activity, wave = [world.service.slug], [world.activity.pk], [world.open.pk]
    participant, participation = [world.participant.pk], [world.participation.pk]
    closed = [world.closed.pk]
    workflow.publish(world.closed, note="", on=DAY)
    world.closed.refresh_from_db()
    (single,) = invitations.invite(world.open, [world.participant], ends_on=in_a_month())
    project = make_project(world.people["rosa"])
    token = tokens.issue(project, tokens.new_text(), name="A", files=["package.zip"], expires_on=DAY, on=DAY)
    arguments = {
        "definitions-version": ["1"],
        "definitions-changes": ["1", "1"],
        "password_reset_confirm": ["MQ", "set-password"],
        **dict.fromkeys(["service-detail", "service-update", "service-delete", "activity-create"], service),
        **dict.fromkeys(["participant-list", "participant-create"], service),
        **dict.fromkeys(["participant-update", "participant-delete", "participant-data"], participant),
        **dict.fromkeys(["activity-detail", "activity-update", "activity-delete"], activity),
        **dict.fromkeys(["participation-create", "assessment-begin"], activity),
        "facts-edit": [*activity, "part"],
        **dict.fromkeys(["participation-update", "participation-delete"], participation),
        **dict.fromkeys(["assessment-detail", "assessment-check", "assessment-close"], wave),
        **dict.fromkeys(["assessment-colleagues", "assessment-discard"], wave),
        "assessment-answers": [*wave, "additive"],
        "assessment-readings": closed,
        "assessment-reading": [*closed, "1", "four-cos"],
        **dict.fromkeys(["invitation-list", "invitation-sheets", "invitations-remind"], wave),
        **dict.fromkeys(["assessment-result", "assessment-publish", "assessment-withdraw"], closed),
        **{name: [single.pk] for name in names() if name.startswith("invitation-") and name not in WAVES},
        **dict.fromkeys(["assessment-paper", "assessment-paper-form"], wave),
        **{name: [single.token] for name in names() if name.startswith("answer-")},
        "answer-question": [single.token, 1],
        "public-result": [world.closed.public_slug],
        **{name: [project.slug] for name in names() if name.startswith("project-") and name not in OPENERS},
        "project-file": [project.slug, "package.zip"],
        "token-revoke": [project.slug, token.pk],
    }
    return {name: reverse(name, args=arguments.get(name, [])) for name in names()}


def test_every_address_has_a_row():
    assert sorted(TABLE) == sorted(set(names()))
    assert all(len(row) == len(ROLES) for row in TABLE.values())


def test_the_project_adds_no_address_beside_the_admin():
    outside = [pattern for pattern in get_resolver().url_patterns if not hasattr(pattern, "url_patterns")]

    assert outside == []
    assert [str(pattern.pattern) for pattern in get_resolver().url_patterns] == ["admin/", ""]


def expected(role: str) -> dict[str, int]:
    """What the table says ``role`` gets, by address."""
    return {name: row[ROLES.index(role)] for name, row in TABLE.items()}


@pytest.mark.parametrize("role", ROLES)
def test_get_gives_each_role_what_the_table_says(client, world, addresses, role):
    if role != "anonymous":
        client.force_login(world.people[role])

    responses = {name: client.get(addresses[name]) for name in TABLE}

    assert {name: response.status_code for name, response in responses.items()} == expected(role)
    sent_elsewhere = {
        name: response.url for name, response in responses.items() if response.status_code == 302
    }
    for name, address in sent_elsewhere.items():
        door = addresses["answer-welcome"] if name.startswith("answer-") else reverse("login")
        assert address.startswith(door)


@pytest.mark.parametrize("role", ROLES[:1] + ROLES[3:-1])
def test_post_is_closed_to_whoever_may_not_get(client, world, addresses, role):
    """Whoever may not read a page may not send its form either, and nothing changes."""
    if role != "anonymous":
        client.force_login(world.people[role])
    closed = sorted(name for name in POSTS if expected(role)[name] != 200)
    before = everything()

    statuses = {name: client.post(addresses[name]).status_code for name in closed}

    assert closed
    assert statuses == {name: 401 if role == "anonymous" else expected(role)[name] for name in closed}
    assert everything() == before


def everything() -> list:
    """All rows that a manager's pages write, in a fixed order."""
    models = (
        Service,
        Activity,
        Facts,
        Participant,
        Participation,
        Assessment,
        Response,
        Answer,
        Invitation,
        Project,
        Token,
    )
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_manager_without_membership_edits_nothing(client, world, addresses):
    world.people["alice"].memberships.all().delete()
    client.force_login(world.people["alice"])

    assert client.get(addresses["service-detail"]).status_code == 404


def test_a_manager_who_became_staff_edits_nothing(client, world, addresses):
    world.people["alice"].memberships.update(role="staff")
    client.force_login(world.people["alice"])

    assert client.get(addresses["activity-update"]).status_code == 404


def test_a_colleague_no_longer_invited_sees_nothing(client, world, addresses):
    world.open.invited.clear()
    client.force_login(world.people["stan"])

    assert client.get(addresses["assessment-answers"]).status_code == 404


def test_a_researcher_sees_nothing_of_a_service_that_stopped_sharing(world):
    shared = Assessment.objects.shared_with(world.people["rosa"])
    assert [wave.pk for wave in shared] == [world.closed.pk]

    world.service.shared_for_research = False
    world.service.save(update_fields=["shared_for_research"])

    assert list(Assessment.objects.shared_with(world.people["rosa"])) == []


def test_nobody_signed_in_is_no_service_s_manager(world):
    """A service that nobody manages stays hidden from whoever is not signed in."""
    nobody = AnonymousUser()
    world.service.managers.clear()

    for model in (Service, Activity, Participant, Participation, Assessment):
        assert list(model.objects.visible_to(nobody)) == []
        assert list(model.objects.editable_by(nobody)) == []
    assert list(Assessment.objects.shared_with(nobody)) == []
