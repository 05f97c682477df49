"""Participants and their part in an activity."""

from datetime import date
from decimal import Decimal

import pytest

from assessments.forms.participant import ParticipantForm, ParticipationForm
from tests.factories import make_activity, make_participant, make_participation, make_service


@pytest.fixture
def service(db):
    return make_service()


def fill(form, instance=None, *, data, **kwargs):
    opened = form(instance=instance, **kwargs)
    return form({"seen": opened.initial["seen"], **data}, instance=instance, **kwargs)


def participant(service, instance=None, **data):
    return fill(ParticipantForm, instance, data=data, service=service)


def participation(activity, instance=None, **data):
    return fill(ParticipationForm, instance, data=data, activity=activity)


@pytest.mark.parametrize(
    ("kind", "size", "refused"),
    [
        ("person", "", {}),
        ("group", "", {}),
        ("group", "2", {}),
        ("group", "100000", {}),
        ("person", "3", {"size": ["Leave this empty for one person, or choose “a group”."]}),
        ("group", "1", {"size": ["Ensure this value is greater than or equal to 2."]}),
        ("group", "100001", {"size": ["Ensure this value is less than or equal to 100000."]}),
        ("group", "ten", {"size": ["Enter a whole number."]}),
    ],
)
def test_only_a_group_has_a_size(service, kind, size, refused):
    assert participant(service, reference="P-1", kind=kind, size=size).errors == refused


def test_an_unknown_kind_is_refused(service):
    assert list(participant(service, reference="P-1", kind="crowd").errors) == ["kind"]


def test_a_reference_that_is_taken_is_refused_and_named(service):
    make_participant(service, "P-014")

    assert participant(service, reference=" P-014", kind="person").errors == {
        "reference": ["This service already has a participant called “P-014”. Choose another reference."]
    }


def test_another_service_may_use_the_same_reference(service):
    make_participant(make_service(), "P-014")

    assert participant(service, reference="P-014", kind="person").is_valid()


def test_a_person_may_become_a_group_and_back(service):
    row = make_participant(service, "P-1")
    assert participant(service, row, reference="P-1", kind="group", size="12").save().size == 12
    assert participant(service, row, reference="P-1", kind="person", size="").save().size is None


# Participations


def test_a_part_is_saved_with_its_phases(service):
    activity, row = make_activity(service), make_participant(service)
    form = participation(
        activity,
        participant=row.pk,
        asked="personally",
        phases=["design", "assess"],
        since="2026-03-01",
        hours_a_month="2.5",
    )
    assert form.is_valid(), form.errors
    saved = form.save()
    saved.refresh_from_db()

    assert (saved.activity, saved.participant, saved.asked) == (activity, row, "personally")
    assert (saved.commission, saved.design, saved.deliver, saved.assess) == (False, True, False, True)
    assert (saved.since, saved.hours_a_month) == (date(2026, 3, 1), Decimal("2.5"))


def test_only_the_service_s_own_participants_are_offered(service):
    activity = make_activity(service)
    own, taking_part = make_participant(service), make_participant(service)
    make_participation(taking_part, activity)
    make_participation(own, make_activity(service))
    make_participant(make_service())

    offered = ParticipationForm(activity=activity).fields["participant"].queryset

    assert list(offered) == [own]


def test_somebody_in_the_activity_already_is_refused_with_words(service):
    activity, row = make_activity(service), make_participant(service)
    make_participation(row, activity)

    assert participation(activity, participant=row.pk, asked="unknown").errors == {
        "participant": [
            "This participant is in this activity already, or is not on the list of this service. "
            "Choose another."
        ]
    }


def test_a_change_keeps_who_it_is_and_opens_with_what_is_saved(service):
    row = make_participation(make_participant(service), make_activity(service), design=True)
    other = make_participant(service)
    form = participation(row.activity, row, participant=other.pk, asked="offered", phases=["deliver"])
    assert ParticipationForm(instance=row, activity=row.activity).initial["phases"] == ["design"]
    assert form.is_valid(), form.errors
    saved = form.save()

    assert saved.participant != other
    assert (saved.design, saved.deliver) == (False, True)


def test_sending_a_change_twice_is_no_conflict(service):
    row = make_participation(make_participant(service), make_activity(service))
    data = {"asked": "offered", "phases": ["deliver"], "since": "2026-03-01", "hours_a_month": "4"}
    seen = ParticipationForm(instance=row, activity=row.activity).initial["seen"]

    for _ in range(2):
        row.refresh_from_db()
        form = ParticipationForm({"seen": seen, **data}, instance=row, activity=row.activity)
        assert form.is_valid(), form.errors
        form.save()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("hours_a_month", "744.1"),
        ("hours_a_month", "-1"),
        ("hours_a_month", "NaN"),
        ("hours_a_month", "1e9"),
        ("since", "yesterday"),
        ("asked", "by chance"),
        ("phases", ["everything"]),
    ],
)
def test_what_does_not_fit_is_refused_on_its_field(service, field, typed):
    activity, row = make_activity(service), make_participant(service)
    data = {"participant": row.pk, "asked": "unknown", field: typed}

    assert list(participation(activity, **data).errors) == [field]
