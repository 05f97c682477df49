"""Another language for a draft: every word reached beside its English, finished or removed."""

import pytest
from django.contrib.admin.models import LogEntry as AdminLine
from django.test import Client
from django.urls import reverse

from assessments.models import DimensionText, InstrumentVersion, ItemText, RuleSetText
from assessments.workflow.instrument import (
    NotReady,
    languages,
    problems,
    remove_language,
    write_words,
)
from assessments.workflow.instrument_file import as_data

from .test_admin import address

PAGES = ["additive", "relational", "voluntary", "individual_collective", "product", "motives", "rulesets"]


def page(version: InstrumentVersion, *arguments: str, name: str = "") -> str:
    name = name or ["languages", "language", "language_words"][len(arguments)]
    return reverse(f"admin:assessments_instrumentversion_{name}", args=[version.pk, *arguments])


def typed(client: Client, at: str) -> dict[str, str]:
    """What a browser would send from a page of words as it stands."""
    return {field.html_name: field.value() for field in client.get(at).context["form"]}


def translated(client: Client, at: str) -> dict[str, str]:
    """The same with something in each field."""
    sent = typed(client, at)
    return sent | {name: f"Cymraeg {name}" for name in sent if name != "seen"}


def test_draft_leads_to_its_languages(ada, draft) -> None:
    assert page(draft) in ada.get(address(draft)).text
    assert [entry["language"] for entry in ada.get(page(draft)).context["languages"]] == ["en"]

    assert ada.post(page(draft), {"language": "CY"})["Location"] == page(draft, "cy")

    assert [entry["title"] for entry in ada.get(page(draft, "cy")).context["pages"]][-1] == "Rule-sets"
    assert languages(draft) == ["en"]


@pytest.mark.parametrize("code", ["", "Welsh!", "c", "x" * 11])
def test_a_code_that_is_none_is_refused(ada, draft, code: str) -> None:
    response = ada.post(page(draft), {"language": code})

    assert "language" in response.context["form"].errors


def test_curator_writes_a_whole_language_page_by_page_and_publishes(ada, draft) -> None:
    ada.post(page(draft, "cy", "additive"), translated(ada, page(draft, "cy", "additive")))
    (half,) = problems(draft)
    assert half.startswith("Language cy is not complete: rule-set bussu-2014")
    assert dict(ada.get(address(draft)).context["missing"]) == {half: page(draft, "cy")}

    for name in PAGES[1:]:
        at = page(draft, "cy", name)
        assert ada.post(at, translated(ada, at)).status_code == 302

    assert problems(draft) == []
    shown = ada.get(page(draft, "cy"))
    assert "All words are there." in shown.text
    assert all(entry["complete"] == entry["parts"] for entry in shown.context["pages"])
    data = as_data(draft)
    for part in [*data["rulesets"].values(), *data["dimensions"], *data["items"]]:
        english, welsh = part["texts"]["en"], part["texts"]["cy"]
        assert {word for word in english if english[word]} == {word for word in welsh if welsh[word]}
    assert ada.post(address(draft, "publish"), {"reason": "In Welsh."}).status_code == 302
    assert InstrumentVersion.objects.get(pk=draft.pk).is_published


def test_saving_goes_on_to_the_next_page_or_back_to_the_list(ada, draft) -> None:
    at = page(draft, "cy", "additive")

    assert ada.post(at, typed(ada, at) | {"go_on": "1"})["Location"] == page(draft, "cy", "voluntary")
    assert ada.post(at, typed(ada, at))["Location"] == page(draft, "cy")
    last = page(draft, "cy", "rulesets")
    assert ada.post(last, typed(ada, last) | {"go_on": "1"})["Location"] == page(draft, "cy")


def test_page_shows_the_english_beside_each_word(ada, draft) -> None:
    lines = ada.get(page(draft, "cy", "additive")).context["form"].lines()
    english = draft.items.get(code="A1").texts.get()

    (first,) = [group for group in lines if group["part"].code == "A1"]
    beside = {line["field"].html_name: line["english"] for line in first["fields"]}
    assert beside["item-A1-staff"] == english.staff
    assert beside["item-A1-easy_read"] == english.easy_read
    assert english.staff in ada.get(page(draft, "cy", "additive")).text
    assert {
        line["english"]
        for group in ada.get(page(draft, "en", "additive")).context["form"].lines()
        for line in group["fields"]
    } == {""}


def test_english_may_be_changed_there_too_and_nothing_else_moves(ada, draft) -> None:
    before = as_data(draft)
    at = page(draft, "en", "additive")
    assert ada.post(at, typed(ada, at)).status_code == 302
    assert as_data(draft) == before

    ada.post(at, typed(ada, at) | {"item-A1-staff": "First.\r\nSecond."})

    assert ItemText.objects.get(item__version=draft, item__code="A1").staff == "First.\nSecond."
    line = AdminLine.objects.first()
    assert line.get_change_message() == "Words in en: additive."


def test_a_part_without_a_word_has_no_text(ada, draft) -> None:
    at = page(draft, "cy", "additive")
    ada.post(at, typed(ada, at) | {"item-A1-staff": "Mae staff.", "item-A2-staff": "  "})
    assert list(ItemText.objects.filter(language="cy").values_list("item__code", flat=True)) == ["A1"]

    ada.post(at, typed(ada, at) | {"item-A1-staff": ""})
    assert languages(draft) == ["en"]


def test_a_stale_page_of_words_is_refused_with_both_texts(ada, draft) -> None:
    at = page(draft, "cy", "additive")
    opened = typed(ada, at)
    ada.post(at, opened | {"item-A1-staff": "Ei geiriau hi."})

    refused = ada.post(at, opened | {"item-A1-staff": "Fy ngeiriau i."})

    assert refused.status_code == 200
    assert "Saved by someone else: Ei geiriau hi." in refused.text
    assert refused.context["form"]["item-A1-staff"].value() == "Fy ngeiriau i."
    assert ItemText.objects.get(language="cy").staff == "Ei geiriau hi."
    again = {field.html_name: field.value() for field in refused.context["form"]}
    assert ada.post(at, again).status_code == 302
    assert ItemText.objects.get(language="cy").staff == "Fy ngeiriau i."


def test_too_long_a_name_is_refused_on_its_field(ada, draft) -> None:
    at = page(draft, "cy", "product")

    refused = ada.post(at, typed(ada, at) | {"dimension-product-name": "x" * 121})

    assert list(refused.context["form"].errors) == ["dimension-product-name"]
    assert not DimensionText.objects.filter(language="cy").exists()


def test_curator_removes_a_language_after_being_asked(ada, draft) -> None:
    for name in ("additive", "rulesets"):
        ada.post(page(draft, "cy", name), translated(ada, page(draft, "cy", name)))
    at = page(draft, "cy", name="language_remove")

    assert ada.get(at).status_code == 200
    assert languages(draft) == ["en", "cy"]
    assert ada.post(at)["Location"] == page(draft)

    assert languages(draft) == ["en"]
    assert problems(draft) == []
    assert ada.post(at).status_code == 404
    assert ada.get(page(draft, "en", name="language_remove")).status_code == 404
    with pytest.raises(NotReady, match="English is what every version needs"):
        remove_language(draft, "en")


def test_languages_of_a_published_version_are_closed(ada, instrument) -> None:
    before = as_data(instrument)
    assert page(instrument) not in ada.get(address(instrument)).text

    for at in (page(instrument), page(instrument, "cy"), page(instrument, "en", "additive")):
        assert ada.get(at).status_code == 403
        assert ada.post(at, {"language": "cy"}).status_code == 403
    with pytest.raises(NotReady, match="Version 1 is published"):
        write_words(instrument, "en", [(instrument.items.get(code="A1"), {"staff": "Other."})])
    with pytest.raises(NotReady, match="Version 1 is published"):
        remove_language(instrument, "cy")
    assert as_data(instrument) == before


def test_languages_are_for_curators(client, people, draft) -> None:
    pages = [page(draft), page(draft, "cy"), page(draft, "cy", "additive")]
    assert {client.get(at).status_code for at in pages} == {302}
    for name in ("alice", "lena", "stan", "rosa"):
        client.force_login(people[name])
        assert {client.post(at, {"language": "cy"}).status_code for at in pages} == {302}
    assert not RuleSetText.objects.filter(language="cy").exists()


@pytest.mark.parametrize("arguments", [["CY"], ["c"], ["cy", "kindness"], ["CY", "additive"]])
def test_pages_of_words_that_are_not_there_are_not_found(ada, draft, arguments: list[str]) -> None:
    assert ada.get(page(draft, *arguments)).status_code == 404


def test_pages_of_words_take_as_many_queries_for_one_item_as_for_all(
    ada, draft, django_assert_num_queries
) -> None:
    for _ in range(2):
        for at, queries in (
            (page(draft), 12),
            (page(draft, "cy"), 14),
            (page(draft, "cy", "additive"), 11),
        ):
            with django_assert_num_queries(queries):
                assert ada.get(at).status_code == 200
        draft.items.exclude(code="A1").delete()
