"""What two versions say differently, and what keeps a draft from being published."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import InstrumentVersion, Item, ItemText
from assessments.workflow.comparison import Span, compare, word_spans
from assessments.workflow.instrument import NotReady, copy_version, problems, publish

from .factories import NOON


def change_item(draft: InstrumentVersion, code: str, **columns) -> None:
    Item.objects.filter(version=draft, code=code).update(**columns)


def change_words(draft: InstrumentVersion, code: str, **columns) -> None:
    ItemText.objects.filter(item__version=draft, item__code=code).update(**columns)


@pytest.mark.parametrize(
    ("before", "after", "spans"),
    [
        ("", "", []),
        ("one two", "one two", [Span("same", "one two")]),
        ("one two", "one three", [Span("same", "one "), Span("removed", "two"), Span("added", "three")]),
        ("", "new", [Span("added", "new")]),
        ("old", "", [Span("removed", "old")]),
    ],
)
def test_word_spans_say_what_stayed_went_and_came(before, after, spans):
    assert word_spans(before, after) == spans


def test_a_copy_says_the_same(instrument, draft):
    assert compare(instrument, draft) == []


def test_a_comparison_finds_what_was_reworded_reweighted_added_and_removed(instrument, draft):
    change_words(draft, "A1", staff="Paid staff work on this with participants.")
    change_item(draft, "A2", weight=Decimal("2.5"))
    Item.objects.get(version=draft, code="L4").delete()
    Item.objects.create(
        version=draft,
        dimension=draft.dimensions.get(code="relational"),
        code="R7",
        order=99,
        pole="+",
        source="new",
    )
    InstrumentVersion.objects.filter(pk=draft.pk).update(band_mixed_from=45)

    draft.refresh_from_db()
    parts = {part.title: part for part in compare(instrument, draft)}

    assert {title: part.state for title, part in parts.items()} == {
        "Item R7": "added",
        "Item L4": "removed",
        "Numbers": "changed",
        "Item A1": "changed",
        "Item A2": "changed",
    }
    assert [(str(entry.what), entry.before, entry.after) for entry in parts["Item A2"].entries] == [
        ("weight", "1", "2.5")
    ]
    assert [(str(entry.what), entry.before, entry.after) for entry in parts["Numbers"].entries] == [
        ("mixed from", "40", "45")
    ]
    added = {str(entry.what): (entry.before, entry.after) for entry in parts["Item R7"].entries}
    assert added["dimension"] == ("", "relational")
    assert parts["Item L4"].entries == []
    (reworded,) = parts["Item A1"].entries
    assert str(reworded.what) == "statement for staff"
    assert {span.kind for span in reworded.spans} == {"same", "removed", "added"}
    assert "".join(span.text for span in reworded.spans if span.kind != "removed") == reworded.after
    assert "".join(span.text for span in reworded.spans if span.kind != "added") == reworded.before


def test_a_comparison_says_yes_and_no(instrument, draft):
    change_item(draft, "A1", short=False)
    change_item(draft, "A5", short=True)

    changes = {part.title: part.entries for part in compare(instrument, draft)}

    assert [(entry.before, entry.after) for entry in changes["Item A1"]] == [("yes", "no")]
    assert [(entry.before, entry.after) for entry in changes["Item A5"]] == [("no", "yes")]


def test_a_published_copy_is_compared_in_public(client, instrument, draft, people):
    change_words(draft, "A1", staff="Paid staff <b>work</b> on this.")
    publish(draft, by=people["ada"], reason="Plainer words.", at=timezone.now())

    page = client.get(reverse("definitions-changes", args=["1", "2"]))

    assert page.status_code == 200
    assert "Plainer words." in page.text
    assert "&lt;b&gt;work&lt;/b&gt;" in page.text
    assert reverse("definitions-changes", args=["1", "2"]) in client.get(reverse("definitions")).text


def test_a_draft_is_not_compared_in_public(client, instrument, draft):
    assert client.get(reverse("definitions-changes", args=["1", "2"])).status_code == 404


def comparison(version: InstrumentVersion) -> str:
    return reverse("admin:assessments_instrumentversion_compare", args=[version.pk])


def test_curators_compare_a_draft_as_everybody_compares_what_is_published(client, instrument, draft, people):
    change_words(draft, "A1", staff="Paid staff <b>work</b> on this.")
    change_item(draft, "A2", weight=Decimal("2.5"))
    client.force_login(people["ada"])
    parts = re.compile(r'<section aria-labelledby="part-.*</section>', re.DOTALL)

    drafted = client.get(comparison(draft)).text
    publish(draft, by=people["ada"], reason="Plainer words.", at=timezone.now())
    public = client.get(reverse("definitions-changes", args=["1", "2"])).text

    assert "&lt;b&gt;work&lt;/b&gt;" in drafted
    assert parts.search(drafted)[0] == parts.search(public)[0]
    assert "Only curators see this page" in drafted
    assert "Plainer words." in client.get(comparison(draft)).text


def test_curators_compare_with_any_version_and_first_with_the_one_copied(client, instrument, draft, people):
    publish(draft, by=people["ada"], reason="A copy.", at=timezone.now())
    third = copy_version(instrument, number="3")
    change_words(third, "A1", staff="Other.")
    client.force_login(people["ada"])

    page = client.get(comparison(third))
    assert page.context["before"] == instrument
    assert client.get(comparison(third), {"before": draft.pk}).context["before"] == draft
    assert client.get(comparison(draft), {"before": third.pk}).context["parts"]
    assert client.get(comparison(third), {"before": 999999}).status_code == 404
    assert client.get(comparison(third), {"before": third.pk}).status_code == 404
    assert client.post(comparison(third)).status_code == 405


def test_a_lone_version_is_compared_with_nothing(client, instrument, people):
    client.force_login(people["ada"])

    page = client.get(comparison(instrument), follow=True)

    assert "There is no other version to compare this one with." in page.text


def test_only_curators_compare_drafts(client, draft, people):
    assert client.get(comparison(draft)).status_code == 302
    for name in ("alice", "lena", "stan", "rosa"):
        client.force_login(people[name])
        assert client.get(comparison(draft)).status_code == 302


def test_version_one_and_its_copy_have_no_problems(instrument, draft):
    assert problems(instrument) == []
    assert problems(draft) == []


@pytest.mark.parametrize(
    ("code", "columns", "problem"),
    [
        ("A1", {"pole": "-"}, "Item A1 meant something else in version 1"),
        ("L1", {"level": "group"}, "Item L1 meant something else in version 1"),
        ("P7", {"note": "burden"}, "Item P7 meant something else in version 1"),
    ],
)
def test_a_code_that_means_something_else_is_a_problem(draft, code, columns, problem):
    change_item(draft, code, **columns)

    assert [found for found in problems(draft) if found.startswith(problem)]


def test_a_short_form_without_a_dimension_is_a_problem(draft):
    for code in ("P1", "P3"):
        change_item(draft, code, short=False)

    assert problems(draft) == [
        "Dimension product: put at least 2 items with a pole on the participants’ short form."
    ]


def test_a_form_without_a_level_is_a_problem(draft):
    change_item(draft, "L2", short=False)

    assert problems(draft) == ["Level group: put an item about it on the participants’ short form."]


def test_a_language_begun_and_not_finished_is_a_problem(draft):
    item = draft.items.get(code="A1")
    ItemText.objects.create(item=item, language="cy", staff="Mae staff cyflogedig", participant="Mae staff")

    (problem,) = problems(draft)

    assert problem == (
        "Language cy is not complete: rule-set bussu-2014, rule-set four-cos, dimension additive and 43 "
        "more. Write the words, or remove the language."
    )


def test_a_draft_with_problems_is_not_published(draft, people):
    change_item(draft, "A1", pole="-")

    with pytest.raises(NotReady, match="meant something else"):
        publish(draft, by=people["ada"], reason="A try.", at=NOON)

    draft.refresh_from_db()
    assert not draft.is_published
