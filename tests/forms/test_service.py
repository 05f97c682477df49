"""Services: their names, and the addresses made of them."""

import pytest

from assessments.forms.service import ServiceForm, free_slug, organisations_for
from tests.factories import make_member, make_organisation, make_service, make_user


@pytest.fixture
def alice(db):
    """A manager in one organisation."""
    user = make_user("alice")
    make_member(user, make_organisation("Elm Borough Council"))
    return user


def fill(user, instance=None, **typed) -> ServiceForm:
    opened = ServiceForm(user=user, instance=instance)
    return ServiceForm({"seen": opened.initial["seen"], **typed}, user=user, instance=instance)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Elm Road Family Centre", "elm-road-family-centre"),
        ("  Café & Kinderläden  ", "cafe-kinderladen"),
        ("家庭中心", "service"),
        ("!!!", "service"),
        ("New", "new-2"),
        ("x" * 200, "x" * 70),
        ("a" * 69 + " b", "a" * 69),
    ],
)
def test_an_address_is_made_of_the_name(db, name, slug):
    assert free_slug(name) == slug


def test_an_address_that_is_taken_is_counted_on(db):
    for slug in ("service", "service-2", "service-4"):
        service = make_service()
        service.slug = slug
        service.save()

    assert free_slug("家庭中心") == "service-3"


def test_two_organisations_may_have_a_service_of_one_name_each_at_its_own_address(alice):
    make_service("Library", organisation=make_organisation("Oak County Council"))
    form = fill(alice, name="Library")
    assert form.is_valid(), form.errors
    first = form.save()
    first.name = "Old library"
    first.save()

    second = fill(alice, name="Library")
    assert second.is_valid(), second.errors

    assert (first.slug, second.save().slug) == ("library", "library-2")


def test_a_name_that_is_taken_is_refused_and_named(alice):
    make_service("Library", organisation=make_organisation("Elm Borough Council"))

    assert fill(alice, name="  Library ").errors == {
        "name": ["Your organisation already has a service called “Library”. Choose another name."]
    }


def test_a_service_may_keep_its_own_name(alice):
    service = make_service("Library", managers=[alice])

    assert fill(alice, service, name="Library", description="Books").is_valid()


def test_a_new_service_is_managed_by_whoever_adds_it(alice):
    form = fill(alice, name="Library")
    assert form.is_valid()
    service = form.save()

    assert list(service.managers.all()) == [alice]
    assert service.organisation.name == "Elm Borough Council"
    assert service.shared_for_research is False


def test_a_change_keeps_the_address(alice):
    service = make_service("Library", managers=[alice])
    form = fill(alice, service, name="Reading rooms")
    assert form.is_valid()

    assert form.save().slug == service.slug
    assert service.slug.startswith("service-")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b"])
def test_a_name_must_be_there_short_and_of_real_signs(alice, name):
    assert list(fill(alice, name=name).errors) == ["name"]


def test_somebody_of_several_organisations_says_which(alice):
    oak = make_organisation("Oak County Council")
    make_member(alice, oak, "lead")
    ash = make_organisation("Ash City Council")

    assert list(fill(alice, name="Library").errors) == ["organisation"]
    assert list(fill(alice, name="Library", organisation=ash.pk).errors) == ["organisation"]
    form = fill(alice, name="Library", organisation=oak.pk)
    assert form.is_valid()
    assert form.save().organisation == oak


@pytest.mark.parametrize(("role", "may"), [("staff", False), ("manager", True), ("lead", True)])
def test_managers_and_leads_may_add_services(db, role, may):
    user = make_user("someone")
    make_member(user, make_organisation(), role)

    assert organisations_for(user).exists() is may
