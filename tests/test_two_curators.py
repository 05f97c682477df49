"""Two curators on one draft: a stale page is refused, nothing is overwritten, nothing typed is lost."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from assessments.models import InstrumentVersion, Item, ItemText
from assessments.workflow.instrument_file import as_data, differences

from .test_admin import address, filled

STALE = "Someone else changed this after you opened the page."


def row(sent: dict, item: Item) -> str:
    """The start of the names of an item's fields on its version's page."""
    return next(
        name.removesuffix("-id")
        for name, value in sent.items()
        if name.startswith("items-") and name.endswith("-id") and value == item.pk
    )


def test_a_stale_item_is_refused_with_both_texts_and_taken_at_the_second_try(ada, draft) -> None:
    item = draft.items.get(code="A1")
    opened = filled(ada.get(address(item)))
    first = opened | {"texts-0-staff": "Theirs.", "weight": "2"}
    assert ada.post(address(item), first).status_code == 302

    refused = ada.post(address(item), opened | {"texts-0-staff": "Mine.", "weight": "3"})

    assert refused.status_code == 200
    assert STALE in refused.text
    assert "Saved by someone else: Theirs." in refused.text
    assert "Saved by someone else: 2.00" in refused.text
    typed = filled(refused)
    assert (typed["texts-0-staff"], typed["weight"]) == ("Mine.", "3")
    item.refresh_from_db()
    assert (item.weight, item.texts.get().staff) == (2, "Theirs.")

    assert ada.post(address(item), typed).status_code == 302
    item.refresh_from_db()
    assert (item.weight, item.texts.get().staff) == (3, "Mine.")


def test_a_stale_version_page_is_refused_whole(ada, draft) -> None:
    opened = filled(ada.get(address(draft)))
    two, three = draft.items.get(code="A2"), draft.items.get(code="A3")
    first = opened | {f"{row(opened, two)}-weight": "2", "gap_noted_from": "20"}
    assert ada.post(address(draft), first).status_code == 302
    between = as_data(InstrumentVersion.objects.get(pk=draft.pk))

    refused = ada.post(address(draft), opened | {f"{row(opened, three)}-weight": "4", "title": "Mine"})

    assert refused.status_code == 200
    assert "Saved by someone else: 2.00" in refused.text
    assert "Saved by someone else: 20.00" in refused.text
    assert filled(refused)[f"{row(opened, three)}-weight"] == "4"
    assert differences(between, InstrumentVersion.objects.get(pk=draft.pk)) == []


def test_pages_that_do_not_overlap_never_clash(ada, draft) -> None:
    item = draft.items.get(code="A1")
    version_page, item_page = filled(ada.get(address(draft))), filled(ada.get(address(item)))

    assert ada.post(address(item), item_page | {"texts-0-staff": "Reworded."}).status_code == 302
    assert ada.post(address(draft), version_page | {"title": "New title"}).status_code == 302

    draft.refresh_from_db()
    assert (draft.title, item.texts.get().staff) == ("New title", "Reworded.")


def test_sending_the_same_twice_is_no_conflict_and_no_second_line_in_the_log(ada, draft) -> None:
    item = draft.items.get(code="A1")
    sent = filled(ada.get(address(item))) | {"weight": "2"}

    assert [ada.post(address(item), sent).status_code for _ in range(2)] == [302, 302]

    messages = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert messages == ["Changed Weight.", "No fields changed."]


def test_a_row_that_someone_else_deleted_is_named_and_may_be_left_out(ada, draft) -> None:
    opened = filled(ada.get(address(draft)))
    gone, kept = draft.items.get(code="A2"), draft.items.get(code="P7")
    start, gone_key = row(opened, gone), gone.pk
    sent = opened | {f"{row(opened, kept)}-weight": "3", f"{start}-weight": "2"}
    gone.delete()

    refused = ada.post(address(draft), sent)

    assert refused.status_code == 200
    assert "Someone else deleted this after you opened the page." in refused.text
    shown = filled(refused)
    assert [shown[f"{start}-weight"], shown[f"{row(opened, kept)}-weight"]] == ["2", "3"]
    (items,) = [
        inline for inline in refused.context["inline_admin_formsets"] if inline.formset.prefix == "items"
    ]
    for line in items:
        if line.original and line.original.code:
            assert str(line.form["id"].value()) == str(line.original.pk)

    assert ada.post(address(draft), sent | {f"{start}-DELETE": "on"}).status_code == 302
    kept.refresh_from_db()
    assert kept.weight == 3
    assert not Item.objects.filter(pk=gone_key).exists()


def test_a_row_that_someone_else_added_moves_no_other(ada, draft) -> None:
    opened = filled(ada.get(address(draft)))
    last = draft.items.get(code="P7")
    sent = opened | {f"{row(opened, last)}-weight": "-1", "title": "Mine"}
    draft.items.create(
        dimension=draft.dimensions.get(code="additive"), code="A7", order=1, pole="+", source="new"
    )

    refused = ada.post(address(draft), sent)

    assert refused.status_code == 200
    (items,) = [
        inline for inline in refused.context["inline_admin_formsets"] if inline.formset.prefix == "items"
    ]
    lines = [line for line in items if line.original]
    assert len(lines) == 38
    assert [str(line.form["id"].value()) for line in lines] == [str(line.original.pk) for line in lines]

    assert ada.post(address(draft), sent | {f"{row(opened, last)}-weight": "2"}).status_code == 302
    assert draft.items.count() == 39


def test_a_text_that_someone_else_changed_is_not_deleted(ada, draft) -> None:
    item = draft.items.get(code="A1")
    welsh = item.texts.create(language="cy", staff="Mae staff yn helpu.")
    opened = filled(ada.get(address(item)))
    welsh.staff = "Mae staff cyflogedig yn helpu."
    welsh.save()

    refused = ada.post(address(item), opened | {"texts-1-DELETE": "on"})

    assert "Someone else changed “cy” after you opened the page, so it is not deleted yet." in refused.text
    assert ItemText.objects.filter(pk=welsh.pk).exists()
    assert (
        ada.post(address(item), filled(ada.get(address(item))) | {"texts-1-DELETE": "on"}).status_code == 302
    )
    assert not ItemText.objects.filter(pk=welsh.pk).exists()


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30])
def test_a_page_with_a_made_up_row_is_refused(ada, draft, key: str) -> None:
    before = as_data(draft)
    sent = filled(ada.get(address(draft)))
    sent[f"{row(sent, draft.items.get(code='A2'))}-id"] = key

    assert ada.post(address(draft), sent).status_code == 200
    assert as_data(InstrumentVersion.objects.get(pk=draft.pk)) == before


def test_a_page_of_another_address_with_no_such_part_leads_back(ada, draft) -> None:
    page = reverse("admin:assessments_item_change", args=["999999"])

    assert ada.post(page, {}).status_code == 302
