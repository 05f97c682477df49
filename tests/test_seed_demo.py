"""``manage.py seed_demo``: in the demo alone, once, and as the worked examples say."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from assessments.management.commands.seed_demo import ACCOUNTS, SERVICES
from assessments.models import Assessment, Response, Result, Service, User
from assessments.models.user import DEMO_PASSWORD as PASSWORD

# Of section "Worked examples": what counts, as what, and what decides.
TABLE = {
    "personalised-budget": ("yes", "full", None),
    "family-nurse-partnership": ("yes", "co_delivery", None),
    "mental-health-peer-group": ("yes", "full", None),
    "community-programme": ("yes", "full", None),
    "speed-limits": ("no", "compliance", "voluntary"),
    "cafe-temperature-records": ("no", "compliance", "voluntary"),
    "satisfaction-survey": ("no", "consultation", "production"),
    "babysitting-circle": ("no", "parallel", "agency"),
    "nurse-coaching": ("yes", "co_delivery", None),
    "residents-food-project": ("yes", "full", None),
    "closed-day-centre": ("no", "substitution", "additive"),
    "volunteers-co-run-sessions": ("yes", "co_delivery", None),
    "choice-of-provider": ("no", "conventional", "production"),
    "clinic-redesign-panel": ("partial", "shaping", "delivery"),
}
TITLES = {demo.title: demo.example for service in SERVICES for demo in service.activities}


def seed() -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output)
    return output.getvalue()


@pytest.fixture(scope="module")
def said(django_db_setup, django_db_blocker):
    """The demo, seeded once for this module and taken back afterwards; what the command said."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        yield seed()
        transaction.set_rollback(True)


def everything() -> dict[str, int]:
    """How many rows each table of the app holds."""
    return {
        model.__name__: model.objects.count() for model in apps.get_app_config("assessments").get_models()
    }


def test_every_worked_example_is_in_the_demo(said):
    assert set(TITLES.values()) == set(TABLE)


def test_the_last_wave_of_every_activity_says_what_its_example_teaches(said):
    found = {}
    for result in (
        Result.objects.filter(ruleset="bussu-2014")
        .order_by("assessment__wave")
        .select_related("assessment__activity")
    ):
        example = TITLES[result.assessment.activity.title]
        found[example] = (result.counts, result.kind, result.profile["decided_by"])

    assert found == TABLE


def test_the_panel_that_redesigned_counts_in_the_wider_reading(said):
    result = Result.objects.get(
        ruleset="four-cos", assessment__activity__title="Eye clinic panel", assessment__status="closed"
    )

    assert (result.counts, result.kind) == ("yes", "shaping")


def test_the_warning_of_the_text_is_flagged_and_good_practice_is_not(said):
    flags = {
        TITLES[result.assessment.activity.title]: [flag["code"] for flag in result.profile["flags"]]
        for result in Result.objects.filter(ruleset="bussu-2014").order_by("assessment__wave")
    }

    assert flags["closed-day-centre"][:2] == ["offloading", "individualised_substitutive"]
    assert flags["family-nurse-partnership"] == []
    assert flags["personalised-budget"] == []


def test_one_wave_is_open_and_its_colleagues_are_invited(said):
    wave = Assessment.objects.open().get()

    assert wave.invited.count() == 2
    assert wave.responses.filter(side="staff").count() == 1


def test_activities_with_two_waves_have_them_in_order(said):
    for wave in Assessment.objects.filter(wave=2, status="closed"):
        first = Assessment.objects.get(activity=wave.activity, wave=1)
        assert first.closed_at < wave.opened_at


def test_each_account_is_named_and_can_sign_in(said):
    for account in ACCOUNTS:
        assert account.username in said
        client = Client()
        page = client.post(reverse("login"), {"username": account.username, "password": PASSWORD})
        assert page.status_code == 302
        assert client.get(reverse("home")).status_code == 200
    assert PASSWORD in said


def test_nobody_of_the_demo_can_sign_in_outside_it(said):
    with override_settings(DEMO=False):
        page = Client().post(reverse("login"), {"username": "manager", "password": PASSWORD})

    assert page.status_code == 200
    assert all(User.objects.values_list("is_demo", flat=True))


def test_every_page_of_a_service_and_every_result_opens(said):
    client = Client()
    client.force_login(User.objects.get(username="lead"))

    for service in Service.objects.all():
        assert client.get(service.get_absolute_url()).status_code == 200
    for wave in Assessment.objects.closed():
        assert client.get(reverse("assessment-result", args=[wave.pk])).status_code == 200


def test_a_second_call_keeps_everything_and_adds_nothing(said):
    before = everything()
    Service.objects.filter(slug="adult-social-care").update(name="Renamed by a visitor")

    seed()

    assert everything() == before
    assert Service.objects.get(slug="adult-social-care").name == "Renamed by a visitor"
    assert Response.objects.exists()


@pytest.mark.django_db
def test_outside_the_demo_nothing_is_seeded():
    with pytest.raises(CommandError, match="Demo accounts belong in the demo alone"):
        seed()

    assert not User.objects.exists()
