"""The admin: who gets in and sees what, and the curator's way from a copy to a published version."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from assessments.models import (
    Answer,
    Dimension,
    InstrumentVersion,
    Item,
    ItemText,
    Organisation,
    Participation,
    Response,
    Result,
    RuleSet,
    Service,
    User,
)
from assessments.workflow.instrument import copy_version
from assessments.workflow.instrument_file import as_data, differences
from tests.factories import make_activity, make_assessment, make_organisation, make_service, make_user

HOME = reverse("admin:index")
VERSIONS = reverse("admin:assessments_instrumentversion_changelist")
PARTS = [RuleSet, Dimension, Item]

CURATORS_PAGES = ["instrumentversion", "ruleset", "dimension", "item"]
OTHER_PAGES = [
    "assessments_user",
    "assessments_organisation",
    "assessments_service",
    "assessments_assessment",
    "auth_group",
    "admin_logentry",
]


@pytest.fixture
def sign_in(people) -> Callable[[str], Client]:
    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(people[name])
        return client

    return sign_in


@pytest.fixture
def root(sign_in) -> Client:
    """The browser of root, a superuser."""
    return sign_in("root")


def address(row, page: str = "change") -> str:
    return reverse(f"admin:assessments_{row._meta.model_name}_{page}", args=[row.pk])


def add_page(model) -> str:
    return reverse(f"admin:assessments_{model._meta.model_name}_add")


def filled(response) -> dict[str, object]:
    """What a browser would send from the form on an admin page, as it stands."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    fields = {field.html_name: field.value() for form in forms for field in form}
    return {name: value for name, value in fields.items() if value is not None and value is not False}


# Who gets in


@pytest.mark.parametrize("name", ["alice", "lena", "bob", "stan", "rosa"])
def test_admin_is_closed_to_managers_staff_and_researchers(sign_in, name: str) -> None:
    response = sign_in(name).get(VERSIONS)

    assert response.status_code == 302
    assert response["Location"] == f"{reverse('admin:login')}?next={VERSIONS}"


def test_admin_is_closed_to_visitors(client) -> None:
    assert client.get(HOME).status_code == 302


def test_curator_sees_the_instrument_and_nothing_else(ada) -> None:
    listed = [model["object_name"] for app in ada.get(HOME).context["app_list"] for model in app["models"]]

    assert listed == ["InstrumentVersion"]


@pytest.mark.parametrize("page", CURATORS_PAGES)
def test_curator_reads_every_list_of_the_instrument(ada, page: str) -> None:
    assert ada.get(reverse(f"admin:assessments_{page}_changelist")).status_code == 200


@pytest.mark.parametrize("page", OTHER_PAGES)
def test_curator_reads_no_other_list(ada, page: str) -> None:
    assert ada.get(reverse(f"admin:{page}_changelist")).status_code == 403


def test_superuser_sees_what_belongs_here(root) -> None:
    listed = {model["object_name"] for app in root.get(HOME).context["app_list"] for model in app["models"]}

    assert listed == {
        "AccessAttempt",
        "Assessment",
        "Group",
        "InstrumentVersion",
        "LogEntry",
        "Organisation",
        "Project",
        "Service",
        "Token",
        "User",
    }


def test_nobody_sees_single_answers() -> None:
    shown = set(admin.site._registry)
    for model_admin in admin.site._registry.values():
        shown |= {inline.model for inline in model_admin.inlines}

    assert shown.isdisjoint({Response, Answer, Result, Participation})


def test_admin_names_the_site(ada) -> None:
    assert "<title>Administration | Coproduce</title>" in ada.get(HOME).content.decode().replace("\n", "")


# Groups


INSTRUMENT = [
    "dimension",
    "dimensiontext",
    "instrumentversion",
    "item",
    "itemtext",
    "ruleset",
    "rulesettext",
]


@pytest.mark.parametrize(
    ("name", "permissions"),
    [
        ("researchers", {"export_assessment"}),
        (
            "curators",
            {"publish_instrumentversion"}
            | {f"{verb}_{model}" for verb in ("view", "add", "change", "delete") for model in INSTRUMENT},
        ),
    ],
)
def test_group_has_exactly_its_permissions(db, name: str, permissions: set[str]) -> None:
    group = Group.objects.get(name=name)

    assert set(group.permissions.values_list("codename", flat=True)) == permissions


# Lists cost the same for one row as for three


def make_rows(number: int) -> None:
    """So many organisations, services, accounts, waves, versions, and notes of what was changed."""
    version = InstrumentVersion.objects.get(version="1")
    for name in "abc"[:number]:
        user = make_user(f"user-{name}")
        service = make_service(organisation=make_organisation(f"Organisation {name}"), managers=[user])
        make_assessment(make_activity(service), by=user)
        LogEntry.objects.log_actions(user.pk, [service], action_flag=2, change_message="Changed.")
        copy_version(version, number=f"2{name}")


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("page", "queries"),
    [
        ("assessments_instrumentversion", 5),
        ("assessments_ruleset", 6),
        ("assessments_dimension", 6),
        ("assessments_item", 6),
        ("assessments_user", 6),
        ("assessments_organisation", 5),
        ("assessments_service", 5),
        ("assessments_assessment", 6),
        ("admin_logentry", 6),
    ],
)
def test_list_takes_as_many_queries_for_one_row_as_for_three(
    root, instrument, django_assert_num_queries, page: str, queries: int, number: int
) -> None:
    make_rows(number)
    ContentType.objects.clear_cache()

    with django_assert_num_queries(queries):
        assert root.get(reverse(f"admin:{page}_changelist")).status_code == 200


def test_version_page_takes_as_many_queries_for_one_item_as_for_all(
    ada, draft, django_assert_num_queries
) -> None:
    for _ in range(2):
        ContentType.objects.clear_cache()
        with django_assert_num_queries(25):
            ada.get(address(draft))
        draft.items.exclude(code="A1").delete()


# A published version is closed


def test_published_version_is_shown_without_a_way_to_change_it(ada, instrument) -> None:
    page = ada.get(address(instrument))

    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert not page.context["has_delete_permission"]
    assert not any(inline.has_change_permission for inline in page.context["inline_admin_formsets"])
    assert not any(inline.has_add_permission for inline in page.context["inline_admin_formsets"])


@pytest.mark.parametrize("name", ["ada", "root"])
def test_published_version_refuses_a_change_that_is_sent_all_the_same(
    sign_in, instrument, draft, name: str
) -> None:
    client = sign_in(name)
    sent = filled(client.get(address(draft))) | {"title": "Another title"}

    assert client.post(address(instrument), sent).status_code == 403
    assert InstrumentVersion.objects.get(pk=instrument.pk).title == instrument.title


@pytest.mark.parametrize("name", ["ada", "root"])
@pytest.mark.parametrize("model", PARTS)
def test_parts_of_a_published_version_refuse_change_and_deletion(
    sign_in, instrument, draft, name: str, model
) -> None:
    client = sign_in(name)
    before = as_data(instrument)
    published = model.objects.filter(version=instrument).first()
    drafted = model.objects.filter(version=draft).first()
    page = client.get(address(published))
    sent = filled(client.get(address(drafted)))

    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert client.post(address(published), sent).status_code == 403
    assert client.post(address(published, "delete"), {"post": "yes"}).status_code == 403
    assert as_data(instrument) == before


@pytest.mark.parametrize("name", ["ada", "root"])
def test_published_version_refuses_deletion(sign_in, instrument, name: str) -> None:
    client = sign_in(name)
    many = {"action": "delete_selected", "_selected_action": [instrument.pk], "post": "yes"}

    assert client.post(address(instrument, "delete"), {"post": "yes"}).status_code == 403
    assert client.post(VERSIONS, many).status_code == 403
    assert InstrumentVersion.objects.filter(pk=instrument.pk).exists()


def test_published_version_refuses_a_new_item(ada, instrument, draft) -> None:
    start = reverse("admin:assessments_item_add")
    sent = filled(ada.get(f"{start}?version={draft.pk}")) | {
        "version": instrument.pk,
        "dimension": instrument.dimensions.first().pk,
        "code": "A7",
        "order": 99,
        "pole": "+",
        "source": "“added value”",
    }

    page = ada.post(start, sent)

    assert "version" in page.context["adminform"].form.errors
    assert not Item.objects.filter(code="A7").exists()


# Copying


def test_version_offers_a_copy_with_the_next_number(ada, instrument) -> None:
    assert address(instrument, "copy") in ada.get(address(instrument)).content.decode()

    page = ada.get(address(instrument, "copy"))

    assert page.context["form"]["version"].value() == "2"
    assert InstrumentVersion.objects.count() == 1


def test_curator_copies_a_version_into_a_draft(ada, people, instrument) -> None:
    response = ada.post(address(instrument, "copy"), {"version": "2"})

    draft = InstrumentVersion.objects.get(version="2")
    assert response["Location"] == address(draft)
    assert differences(as_data(instrument), draft) == []
    assert draft.based_on == instrument
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (people["ada"], str(draft.pk))
    assert entry.get_change_message() == "Copied from version 1."


@pytest.mark.parametrize("number", ["1", "", "a/b", "x" * 21])
def test_copy_refuses_a_number_that_is_taken_or_unfit(ada, instrument, number: str) -> None:
    page = ada.post(address(instrument, "copy"), {"version": number})

    assert page.status_code == 200
    assert "version" in page.context["form"].errors
    assert InstrumentVersion.objects.count() == 1


def test_no_version_begins_from_nothing(ada, root) -> None:
    for client in (ada, root):
        assert client.get(reverse("admin:assessments_instrumentversion_add")).status_code == 403


# Changing a draft


def test_curator_changes_a_draft(ada, draft) -> None:
    sent = filled(ada.get(address(draft))) | {"title": "In plainer words", "gap_noted_from": "20"}
    item = draft.items.get(code="A2")
    place = next(
        name.removesuffix("-id")
        for name, value in sent.items()
        if name.startswith("items-") and name.endswith("-id") and value == item.pk
    )
    sent[f"{place}-weight"] = "1.5"

    assert ada.post(address(draft), sent).status_code == 302

    changed = InstrumentVersion.objects.get(version="2")
    assert differences(as_data(InstrumentVersion.objects.get(version="1")), changed) == [
        "title",
        "thresholds.gap_noted_from",
        "items.A2.weight",
    ]


def test_draft_saved_as_it_stands_says_the_same(ada, instrument, draft) -> None:
    for row in [draft, *draft.rulesets.all(), *draft.dimensions.all(), *draft.items.all()]:
        page = ada.get(address(row))
        assert ada.post(address(row), filled(page)).status_code == 302

    assert differences(as_data(instrument), draft) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"min_participants": "4"}, "greater than or equal to 5"),
        ({"min_participants": "9"}, "the public at least 8 and as many as staff"),
        ({"min_coverage": "most"}, "Write a share from 0 to 1, such as 2/3 or 0.6."),
        ({"band_mixed_from": "60"}, "“Mixed” must begin below “towards coproduction”."),
        ({"high_mean_from": "5"}, "less than or equal to 4"),
        ({"version": "1"}, "already exists"),
    ],
)
def test_draft_refuses_numbers_that_make_no_sense(ada, draft, change: dict, problem: str) -> None:
    page = ada.post(address(draft), filled(ada.get(address(draft))) | change)

    assert page.status_code == 200
    assert problem in str(page.context["errors"])


def test_curator_changes_the_words_of_an_item(ada, draft) -> None:
    item = draft.items.get(code="A1")
    sent = filled(ada.get(address(item))) | {"texts-0-easy_read": "Workers help.\r\nWe help."}

    assert ada.post(address(item), sent).status_code == 302

    assert ItemText.objects.get(item=item).easy_read == "Workers help.\nWe help."


def test_curator_adds_an_item_with_its_words(ada, draft) -> None:
    start = f"{reverse('admin:assessments_item_add')}?version={draft.pk}"
    sent = filled(ada.get(start)) | {
        "dimension": draft.dimensions.get(code="additive").pk,
        "code": "A7",
        "order": 99,
        "pole": "+",
        "source": "“added value”",
        "texts-0-staff": "A new statement.",
    }

    assert ada.post(start, sent).status_code == 302

    item = draft.items.get(code="A7")
    assert (item.dimension.code, item.texts.get().staff) == ("additive", "A new statement.")


def test_whoever_has_saved_or_deleted_a_part_is_back_at_its_version(ada, draft) -> None:
    item, sent = draft.items.get(code="A1"), {"post": "yes"}

    assert ada.post(address(item), filled(ada.get(address(item))))["Location"] == address(draft)
    assert ada.post(address(item, "delete"), sent)["Location"] == address(draft)
    assert "was deleted successfully" in ada.get(address(draft)).text


def test_item_refuses_a_dimension_of_another_version(ada, instrument, draft) -> None:
    item = draft.items.get(code="A1")
    sent = filled(ada.get(address(item))) | {"dimension": instrument.dimensions.first().pk}

    page = ada.post(address(item), sent)

    assert "dimension" in page.context["adminform"].form.errors


def test_item_refuses_to_count_in_two_ways(ada, draft) -> None:
    item = draft.items.get(code="A1")
    sent = filled(ada.get(address(item))) | {"level": "group"}

    page = ada.post(address(item), sent)

    assert "Give exactly one of pole, level and note." in str(page.context["errors"])


def test_curator_deletes_a_draft(ada, instrument, draft) -> None:
    assert ada.post(address(draft, "delete"), {"post": "yes"}).status_code == 302

    assert list(InstrumentVersion.objects.all()) == [instrument]


# Publishing


def test_curator_publishes_a_draft_with_a_reason(ada, people, draft) -> None:
    assert address(draft, "publish") in ada.get(address(draft)).content.decode()

    response = ada.post(address(draft, "publish"), {"reason": "Plainer words."})

    published = InstrumentVersion.objects.get(version="2")
    assert response["Location"] == address(draft)
    assert published.is_published
    assert (published.reason, published.published_by) == ("Plainer words.", people["ada"])
    assert InstrumentVersion.objects.current() == published
    assert LogEntry.objects.get().get_change_message() == "Published: Plainer words."


def test_publishing_asks_for_a_reason(ada, draft) -> None:
    page = ada.post(address(draft, "publish"), {"reason": " "})

    assert "reason" in page.context["form"].errors
    assert not InstrumentVersion.objects.get(version="2").is_published


def test_publishing_lists_what_is_missing(ada, draft) -> None:
    ItemText.objects.filter(item__version=draft, item__code="A1").update(participant="")

    page = ada.get(address(draft, "publish"))
    sent = ada.post(address(draft, "publish"), {"reason": "Shorter."})

    problem = "Item A1: write these words in English: statement for participants."
    assert problem in page.content.decode()
    assert problem in sent.content.decode()
    assert not InstrumentVersion.objects.get(version="2").is_published


def test_draft_lists_what_is_missing_and_leads_to_where_it_is_mended(ada, draft) -> None:
    assert "The checks find nothing" in ada.get(address(draft)).text
    reworded, deleted = draft.items.get(code="A1"), draft.items.get(code="L2")
    reworded.texts.update(participant="")
    draft.items.filter(code="A2").update(pole="-")
    deleted.delete()
    dimension = draft.dimensions.get(code="product")
    dimension.texts.update(definition=" ")
    draft.dimensions.filter(code="motives").delete()
    draft.rulesets.get(code="bussu-2014").delete()
    dimension.texts.create(language="cy", name="Cynnyrch")

    for page in (address(draft), address(draft, "publish")):
        found = dict(ada.get(page).context["missing"])
        assert found["Item A1: write these words in English: statement for participants."] == (
            f"{address(reworded)}#texts-group"
        )
        assert found["Dimension product: write these words in English: definition."] == (
            f"{address(dimension)}#texts-group"
        )
        assert [place for problem, place in found.items() if problem.startswith("Item A2 meant")] == [
            address(draft.items.get(code="A2"))
        ]
        for start, expected in (
            ("Level group: put an item", f"{address(draft)}#items-group"),
            ("Dimension motives is missing.", f"{add_page(Dimension)}?version={draft.pk}"),
            ("Rule-set bussu-2014 is missing", f"{add_page(RuleSet)}?version={draft.pk}"),
        ):
            places = {place for problem, place in found.items() if problem.startswith(start)}
            assert places == {expected}
        assert all(ada.get(place.partition("#")[0]).status_code == 200 for place in found.values())
        content = ada.get(page).text
        assert all(f'href="{place}"' in content for place in found.values())


def test_published_version_is_not_checked(ada, instrument) -> None:
    page = ada.get(address(instrument))

    assert page.context["missing"] == []
    assert "The checks find" not in page.text


def test_published_version_is_not_published_again(ada, instrument) -> None:
    assert address(instrument, "publish") not in ada.get(address(instrument)).content.decode()

    ada.post(address(instrument, "publish"), {"reason": "Again."})

    assert InstrumentVersion.objects.get(version="1").reason == "Loaded from instrument_1.toml"


def test_get_changes_nothing(ada, draft) -> None:
    for page in ("copy", "publish"):
        assert ada.get(address(draft, page)).status_code == 200

    assert InstrumentVersion.objects.count() == 2
    assert not InstrumentVersion.objects.get(version="2").is_published


@pytest.mark.parametrize("permission", ["add_instrumentversion", "publish_instrumentversion"])
def test_copy_and_publish_need_their_permissions(ada, instrument, draft, permission: str) -> None:
    group = Group.objects.get(name="curators")
    group.permissions.remove(group.permissions.get(codename=permission))
    page = "copy" if permission.startswith("add") else "publish"

    assert ada.post(address(draft, page), {"version": "3", "reason": "Mine."}).status_code == 403
    assert address(draft, page) not in ada.get(address(draft)).content.decode()


@pytest.mark.parametrize("page", ["copy", "publish"])
def test_copy_and_publish_of_nothing_are_not_found(ada, page: str) -> None:
    assert ada.get(f"{VERSIONS}999999/{page}/").status_code == 404


# Records are read only


def test_superuser_reads_waves_and_changes_none(root, people, instrument) -> None:
    service = make_service(managers=[people["alice"]])
    wave = make_assessment(make_activity(service), by=people["alice"])
    page = root.get(address(wave))

    assert page.status_code == 200
    assert root.post(address(wave), {"wave": 5}).status_code == 403
    assert root.post(address(wave, "delete"), {"post": "yes"}).status_code == 403
    assert root.get(reverse("admin:assessments_assessment_add")).status_code == 403


def test_superuser_reads_the_log_and_changes_none_of_it(root, people, instrument) -> None:
    make_rows(1)
    entry = LogEntry.objects.get()
    page = reverse("admin:admin_logentry_change", args=[entry.pk])

    assert "Changed." in root.get(page).content.decode()
    assert root.post(page, {"object_repr": "x"}).status_code == 403
    assert (
        root.post(reverse("admin:admin_logentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403
    )


# Accounts, organisations, services


def test_superuser_marks_a_demo_account(root) -> None:
    user = make_user("dora")
    page = root.get(address(user))
    sent = filled(page) | {"is_demo": "on", "date_joined_0": "2026-03-02", "date_joined_1": "12:00"}

    assert root.post(address(user), sent).status_code == 302
    assert User.objects.get(username="dora").is_demo


def test_superuser_adds_a_member_to_an_organisation(root, people) -> None:
    organisation = Organisation.objects.get(name="Oak County Council")
    sent = filled(root.get(address(organisation))) | {
        "memberships-TOTAL_FORMS": 2,
        "memberships-1-organisation": organisation.pk,
        "memberships-1-user": people["alice"].pk,
        "memberships-1-role": "lead",
    }

    assert root.post(address(organisation), sent).status_code == 302
    assert organisation.memberships.get(user=people["alice"]).role == "lead"


def test_superuser_gives_a_service_its_managers(root, people) -> None:
    service = make_service()
    sent = filled(root.get(address(service))) | {"managers": [people["alice"].pk]}

    assert root.post(address(service), sent).status_code == 302
    assert list(Service.objects.get(pk=service.pk).managers.all()) == [people["alice"]]


@pytest.mark.parametrize("version", ["abc", "", "-1", "9" * 40, "١"])
def test_an_item_is_begun_whatever_version_the_address_names(ada, draft, version) -> None:
    page = ada.get(reverse("admin:assessments_item_add"), {"version": version})

    assert page.status_code == 200
