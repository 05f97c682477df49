"""The facts, page by page: every fact is asked once, and "not known" is an answer."""

import pytest
from django.http import QueryDict

from assessments.forms.facts import PAGES, FactsForm, recorded_levels
from assessments.models import FACT_COLUMNS, LEVEL_COLUMNS, Facts
from assessments.words import CONTEXT, FACTS, VALUES

BY_SLUG = {page.slug: page for page in PAGES}


@pytest.fixture
def facts(db):
    return Facts.objects.create()


def fill(facts: Facts, slug: str, query: str = "") -> FactsForm:
    """The form of a page, opened now and sent with ``query``."""
    opened = FactsForm(instance=facts, page=BY_SLUG[slug])
    return FactsForm(QueryDict(f"seen={opened.initial['seen']}&{query}"), instance=facts, page=BY_SLUG[slug])


def save(facts: Facts, slug: str, query: str = "") -> Facts:
    form = fill(facts, slug, query)
    assert form.is_valid(), form.errors
    form.save()
    return Facts.objects.get(pk=facts.pk)


def test_the_pages_ask_every_fact_once():
    asked = [column for page in PAGES for column in page.columns]

    assert sorted(asked) == sorted([*FACT_COLUMNS, *LEVEL_COLUMNS])


@pytest.mark.parametrize(
    "question", [one for page in PAGES for one in page.questions], ids=lambda one: one.column
)
def test_every_question_offers_each_value_of_its_fact_and_an_example(question):
    assert [value for value, _words in question.choices] == [
        member.value for member in FACT_COLUMNS[question.column]
    ]
    assert str(question.label).endswith("?")
    assert str(question.example).endswith(".")
    code = question.column.replace("phases_", "phases.").replace("context_", "context.")
    assert code in FACTS or code.removeprefix("context.") in CONTEXT
    assert set(VALUES[code]) == {value for value, _words in question.choices} - {"unknown"}


@pytest.mark.parametrize(
    "question", [one for page in PAGES for one in page.questions], ids=lambda one: one.column
)
def test_every_value_of_every_fact_is_saved(facts, question):
    slug = next(page.slug for page in PAGES if question in page.questions)
    for value, _words in question.choices:
        assert getattr(save(facts, slug, f"{question.column}={value}"), question.column) == value
        facts.refresh_from_db()


def test_a_page_writes_its_own_facts_alone(facts):
    Facts.objects.filter(pk=facts.pk).update(agency="ongoing", context_cuts="yes")

    saved = save(facts, "terms", "basis=required&agency=none")

    assert (saved.basis, saved.agency, saved.context_cuts) == ("required", "ongoing", "yes")


def test_a_page_may_be_saved_empty(facts):
    saved = save(facts, "part")

    assert {saved.phases_commission, saved.phases_design, saved.phases_deliver} == {""}
    assert BY_SLUG["part"].progress(saved) == (0, 4)


@pytest.mark.parametrize(
    ("query", "columns", "ticked"),
    [
        ("", (None, None, None), []),
        ("levels=unknown", (False, False, False), ["unknown"]),
        ("levels=group", (False, True, False), ["group"]),
        ("levels=individual&levels=collective", (True, False, True), ["individual", "collective"]),
    ],
)
def test_levels_are_a_set_not_known_or_not_asked_yet(facts, query, columns, ticked):
    saved = save(facts, "levels", query)

    assert (saved.levels_individual, saved.levels_group, saved.levels_collective) == columns
    assert recorded_levels(saved) == ticked
    assert BY_SLUG["levels"].progress(saved) == (1 if query else 0, 2)


def test_not_known_beside_a_level_is_refused(facts):
    form = fill(facts, "levels", "levels=unknown&levels=group")

    assert form.errors == {"levels": ["Choose “Not known” alone, or the levels that you know of."]}


@pytest.mark.parametrize("query", ["basis=often", "basis=%00", "levels=everybody"])
def test_a_value_that_no_page_offers_is_refused(facts, query):
    slug = "levels" if query.startswith("levels") else "terms"

    assert not fill(facts, slug, query).is_valid()


def test_not_known_counts_as_answered(facts):
    assert BY_SLUG["terms"].progress(save(facts, "terms", "basis=unknown")) == (1, 2)


def test_saving_a_page_takes_three_queries(facts, django_assert_num_queries):
    """One writes the facts; the record of changes reads what was there, and writes its line."""
    save(facts, "terms")
    form = fill(facts, "helps", "context_capital=yes&context_invested=no")

    with django_assert_num_queries(3):
        assert form.is_valid()
        form.save()
