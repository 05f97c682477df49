"""Activities: a title of their own within the service."""

import pytest

from assessments.forms.activity import ActivityForm
from assessments.models import Facts
from tests.factories import make_activity, make_service


@pytest.fixture
def service(db):
    return make_service()


def fill(service, instance=None, **typed) -> ActivityForm:
    opened = ActivityForm(service=service, instance=instance)
    return ActivityForm({"seen": opened.initial["seen"], **typed}, service=service, instance=instance)


def test_a_title_that_is_taken_is_refused_and_named(service):
    make_activity(service, "Parents’ group")

    assert fill(service, title="Parents’ group ").errors == {
        "title": ["This service already has an activity called “Parents’ group”. Choose another title."]
    }


def test_another_service_may_use_the_same_title(service):
    make_activity(make_service(), "Parents’ group")

    assert fill(service, title="Parents’ group").is_valid()


def test_a_new_activity_gets_facts_that_are_all_still_open(service):
    form = fill(service, title="Parents’ group")
    assert form.is_valid()
    activity = form.save()

    assert Facts.objects.get() == activity.facts
    assert activity.facts.basis == ""
    assert activity.facts.levels_group is None


def test_a_change_keeps_the_facts(service):
    activity = make_activity(service, facts={"basis": "chosen"})
    form = fill(service, activity, title="Another title", description="Every week")
    assert form.is_valid()

    assert form.save().facts.basis == "chosen"
    assert Facts.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", ""),
        ("title", " \t "),
        ("title", "x" * 201),
        ("title", "a\x00b"),
        ("description", "x" * 2001),
        ("description", "a\x00b"),
    ],
)
def test_what_does_not_fit_is_refused_on_its_field(service, field, typed):
    assert list(fill(service, **{"title": "Group", field: typed}).errors) == [field]


def test_description_of_two_thousand_signs_is_taken_however_lines_end(service):
    text = ("x" * 99 + "\r\n") * 20

    form = fill(service, title="Group", description=text)

    assert form.is_valid(), form.errors
