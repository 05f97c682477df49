"""An instrument version: copied, published with a reason, and from then on closed to every hand."""

from collections.abc import Callable
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, models, transaction

from assessments.models import (
    Dimension,
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSet,
    RuleSetText,
)
from assessments.workflow.instrument import (
    NotReady,
    as_instrument,
    copy_version,
    next_number,
    problems,
    publish,
)
from assessments.workflow.instrument_file import as_data, differences
from tests.factories import NOON, make_user

CLOSED = r"A published instrument version is closed to change\."

CHANGES: dict[type[models.Model], tuple[str, object]] = {
    InstrumentVersion: ("title", "Another title"),
    RuleSet: ("delivery", False),
    RuleSetText: ("name", "Another name"),
    Dimension: ("source", "Another phrase"),
    DimensionText: ("name", "Another name"),
    Item: ("weight", 3),
    ItemText: ("staff", "Another statement"),
}
"""Each table of the instrument, with a change that its columns would take."""

TABLES = list(CHANGES)
PARTS = TABLES[1:]
PARENTS = ("version", "ruleset", "dimension", "item")


def rows(model: type[models.Model], version: InstrumentVersion) -> models.QuerySet:
    """The rows of ``model`` that belong to ``version``."""
    way = {
        InstrumentVersion: "pk",
        RuleSetText: "ruleset__version",
        DimensionText: "dimension__version",
        ItemText: "item__version",
    }
    return model.objects.filter(**{way.get(model, "version"): version.pk}).order_by("pk")


def refused(change: Callable[[], object]) -> None:
    """Try ``change`` in the database, and see that it refuses with the sentence for people."""
    with pytest.raises(DatabaseError, match=CLOSED), transaction.atomic():
        change()


def execute(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


# Closed, whoever asks


@pytest.mark.parametrize("model", TABLES)
def test_published_version_refuses_save(instrument, model) -> None:
    before = as_data(instrument)
    row = rows(model, instrument).first()
    setattr(row, *CHANGES[model])

    refused(row.save)

    assert as_data(InstrumentVersion.objects.get(pk=instrument.pk)) == before


@pytest.mark.parametrize("model", TABLES)
def test_published_version_refuses_update_of_many(instrument, model) -> None:
    name, value = CHANGES[model]

    refused(lambda: rows(model, instrument).update(**{name: value}))


@pytest.mark.parametrize("model", TABLES)
def test_published_version_refuses_bulk_update(instrument, model) -> None:
    name, value = CHANGES[model]
    changed = list(rows(model, instrument))
    for row in changed:
        setattr(row, name, value)

    refused(lambda: model.objects.bulk_update(changed, [name]))


@pytest.mark.parametrize("model", TABLES)
def test_published_version_refuses_update_in_sql(instrument, model) -> None:
    refused(lambda: execute(f"UPDATE {model._meta.db_table} SET id = id"))


@pytest.mark.parametrize("model", TABLES)
def test_published_version_refuses_delete(instrument, model) -> None:
    refused(rows(model, instrument).last().delete)
    refused(rows(model, instrument).delete)
    refused(lambda: execute(f"DELETE FROM {model._meta.db_table}"))


@pytest.mark.parametrize("column", [field.name for field in InstrumentVersion._meta.fields])
def test_published_version_refuses_change_of_every_column(instrument, column: str) -> None:
    refused(lambda: rows(InstrumentVersion, instrument).update(**{column: getattr(instrument, column)}))


def test_published_version_cannot_become_a_draft_again(instrument) -> None:
    versions = rows(InstrumentVersion, instrument)

    refused(lambda: versions.update(status="draft", published_at=None))


def test_no_version_is_born_published(instrument) -> None:
    refused(lambda: InstrumentVersion.objects.create(version="3", status="published", published_at=NOON))


@pytest.mark.parametrize("model", PARTS)
def test_published_version_refuses_new_parts(instrument, draft, model) -> None:
    row = rows(model, draft).first()
    parent = next(field for field in row._meta.fields if field.name in PARENTS)
    row.pk = None
    published = rows(parent.related_model, instrument).first()
    setattr(row, parent.name, published)
    if hasattr(row, "code"):
        row.code = "motives" if model is Dimension else "new"

    refused(lambda: row.save(force_insert=True))


@pytest.mark.parametrize("model", [RuleSet, Dimension, Item])
def test_no_part_moves_into_or_out_of_a_published_version(instrument, draft, model) -> None:
    refused(lambda: rows(model, draft).update(version=instrument))
    refused(lambda: rows(model, instrument).update(version=draft))


@pytest.mark.parametrize(
    ("model", "parent", "of"),
    [(RuleSetText, "ruleset", RuleSet), (DimensionText, "dimension", Dimension), (ItemText, "item", Item)],
)
def test_no_words_move_into_or_out_of_a_published_version(instrument, draft, model, parent, of) -> None:
    published, drafted = rows(of, instrument).first(), rows(of, draft).first()

    refused(lambda: rows(model, draft).filter(**{parent: drafted}).update(**{parent: published}))
    refused(lambda: rows(model, instrument).filter(**{parent: published}).update(**{parent: drafted}))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows")
@pytest.mark.parametrize("model", TABLES)
def test_published_version_refuses_replacement_in_sql(instrument, draft, model) -> None:
    """INSERT OR REPLACE deletes the old row without asking the triggers for DELETE."""
    own = rows(model, instrument).first()
    taken = rows(model, draft).values().first() | {"id": own.pk}
    columns = [f'"{name}"' for name in taken]
    statement = (
        f"INSERT OR REPLACE INTO {model._meta.db_table} ({', '.join(columns)}) "
        f"VALUES ({', '.join(['%s'] * len(columns))})"
    )

    refused(lambda: execute(statement, *(str(value) for value in taken.values())))


def test_triggers_come_off_and_on_with_the_migration(instrument) -> None:
    migration = import_module("assessments.migrations.0003_closed_versions")
    editor = connection.schema_editor()
    versions = rows(InstrumentVersion, instrument)

    migration.remove(None, editor)
    assert versions.update(title="Changed") == 1

    migration.add(None, editor)
    refused(lambda: versions.update(title="Changed again"))


# Open, while it is a draft


@pytest.mark.parametrize("model", TABLES)
def test_draft_takes_changes(draft, model) -> None:
    name, value = CHANGES[model]

    assert rows(model, draft).update(**{name: value}) == rows(model, draft).count()


def test_draft_takes_new_parts_and_loses_them(draft) -> None:
    dimension = draft.dimensions.first()
    item = Item.objects.create(
        version=draft, dimension=dimension, code="A7", order=99, pole="+", source="“added value”"
    )
    text = ItemText.objects.create(item=item, staff="A new statement")

    text.delete()
    item.delete()

    assert draft.items.count() == 38


def test_draft_can_be_deleted_and_leaves_its_original(instrument, draft) -> None:
    draft.delete()

    assert list(InstrumentVersion.objects.all()) == [instrument]
    assert Item.objects.count() == 38


# Copying


def test_copy_version_says_the_same_under_its_own_number(instrument, draft) -> None:
    assert differences(as_data(instrument), draft) == []
    assert as_data(draft) == as_data(instrument) | {"version": "2"}
    assert draft.based_on == instrument
    assert not draft.is_published


def test_copy_version_leaves_its_original_alone(instrument, draft) -> None:
    before = as_instrument(instrument)

    rows(Item, draft).update(weight=2)
    rows(Dimension, draft).delete()

    assert as_instrument(InstrumentVersion.objects.get(pk=instrument.pk)) == before


def test_copy_version_refuses_a_number_that_is_taken(instrument, draft) -> None:
    with pytest.raises(NotReady, match="already exists"):
        copy_version(instrument, number="2")

    assert InstrumentVersion.objects.count() == 2


def test_next_number_follows_the_highest(instrument) -> None:
    copy_version(instrument, number="10")
    copy_version(instrument, number="2.5-trial")

    assert next_number() == "11"


# Publishing


def test_publish_closes_a_draft_and_makes_it_current(instrument, draft) -> None:
    ada = make_user("ada")

    published = publish(draft, by=ada, reason="  Plainer words.\n", at=NOON)

    kept = InstrumentVersion.objects.get(version="2")
    assert published == kept
    assert (kept.status, kept.reason, kept.published_by, kept.published_at) == (
        "published",
        "Plainer words.",
        ada,
        NOON,
    )
    refused(lambda: rows(Item, draft).update(weight=2))


def test_publish_makes_the_newest_version_current(instrument, draft) -> None:
    publish(draft, by=None, reason="Plainer words.", at=instrument.published_at.replace(year=2100))

    assert InstrumentVersion.objects.current() == draft
    assert list(InstrumentVersion.objects.published()) == [draft, instrument]


def test_publish_refuses_a_published_version(instrument) -> None:
    with pytest.raises(NotReady, match=r"Version 1 is published already\."):
        publish(instrument, by=None, reason="Again.", at=NOON)


def test_publish_refuses_to_go_without_a_reason(draft) -> None:
    with pytest.raises(NotReady, match=r"Say why this version is published\."):
        publish(draft, by=None, reason=" \n", at=NOON)

    assert not InstrumentVersion.objects.get(version="2").is_published


def test_publish_refuses_an_incomplete_draft_and_says_all_that_is_missing(instrument, draft) -> None:
    rows(RuleSet, draft).filter(code="bussu-2014").delete()
    rows(Dimension, draft).filter(code="motives").delete()
    rows(Item, draft).filter(dimension__code="product").delete()
    ItemText.objects.filter(item__version=draft, item__code="A1").delete()
    ItemText.objects.filter(item__version=draft, item__code="A6").update(staff=" ", participant="")
    ItemText.objects.filter(item__version=draft, item__code="V6").update(easy_read="")
    DimensionText.objects.filter(dimension__version=draft, dimension__code="voluntary").delete()
    rows(Item, draft).filter(code="R1").update(dimension=instrument.dimensions.get(code="relational"))

    with pytest.raises(NotReady) as refusal:
        publish(draft, by=None, reason="Shorter.", at=NOON)

    assert refusal.value.problems == [
        "Rule-set bussu-2014 is missing; it is the one that waves use.",
        "Dimension product has no items.",
        "Dimension motives is missing.",
        "Item R1 belongs to a dimension of another version.",
        "Dimension voluntary: write these words in English: name, definition.",
        "Item A1: write these words in English: statement for staff, statement for participants, easy read.",
        "Item A6: write these words in English: statement for staff.",
        "Item V6: write these words in English: easy read.",
        "Dimension product: put at least 2 items with a pole on the staff form.",
        "Dimension product: put at least 2 items with a pole on the participants’ full form.",
        "Dimension product: put at least 2 items with a pole on the participants’ short form.",
    ]
    assert problems(draft) == refusal.value.problems
    assert not InstrumentVersion.objects.get(version="2").is_published
