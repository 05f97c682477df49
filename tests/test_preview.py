"""A version as each form that people will see: the real pages, which send and save nothing."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.urls import reverse

from assessments.models import InstrumentVersion, Item, ItemText
from assessments.workflow.instrument import languages

from .factories import make_activity, make_assessment, make_link, make_service
from .views.pages import text_of

FORMS = [(form, wording) for form in ("short", "full") for wording in ("plain", "easy_read")]
FIELDSET = re.compile(r"<fieldset.*?</fieldset>", re.DOTALL)
DIMENSIONS = ["additive", "relational", "voluntary", "individual_collective", "product"]


def preview(version: InstrumentVersion, name: str = "", *arguments: object) -> str:
    page = f"preview_{name}" if name else "preview"
    return reverse(f"admin:assessments_instrumentversion_{page}", args=[version.pk, *arguments])


def previews(version: InstrumentVersion, language: str = "en") -> Iterator[str]:
    """Every page of every form in a language, the questions of each form's first alone."""
    for dimension in DIMENSIONS:
        yield preview(version, "staff", language, dimension)
    for kind in FORMS:
        yield preview(version, "question", language, *kind, 1)
        yield preview(version, "paper", language, *kind)


def everything() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in apps.get_app_config("assessments").get_models()
    ]


def test_preview_offers_every_form(ada, draft) -> None:
    page = ada.get(preview(draft)).text

    assert [address in page for address in previews(draft)] == [True] * 13
    assert (
        preview(draft) in ada.get(reverse("admin:assessments_instrumentversion_change", args=[draft.pk])).text
    )


def test_preview_is_for_curators(client, people, draft) -> None:
    addresses = [preview(draft), *previews(draft)]
    assert {client.get(address).status_code for address in addresses} == {302}
    for name in ("alice", "lena", "bob", "stan", "rosa"):
        client.force_login(people[name])
        assert {client.get(address).status_code for address in addresses} == {302}
    for name in ("ada", "root"):
        client.force_login(people[name])
        assert {client.get(address).status_code for address in addresses} == {200}


def test_preview_saves_and_takes_nothing(ada, draft) -> None:
    before = everything()

    for address in previews(draft):
        page = ada.get(address).text
        main = page[page.index("<main") : page.index("</main>")]
        assert "<form" not in main
        assert "<button" not in main
        assert ada.post(address, {"A1": "4"}).status_code == 405

    assert everything() == before


def test_staff_preview_is_the_page_that_staff_get(client, ada, people, instrument) -> None:
    service = make_service(managers=[people["alice"]])
    wave = make_assessment(make_activity(service), by=people["alice"])
    client.force_login(people["alice"])

    for dimension in DIMENSIONS:
        real = client.get(reverse("assessment-answers", args=[wave.pk, dimension])).text
        shown = ada.get(preview(instrument, "staff", "en", dimension)).text
        assert FIELDSET.findall(shown)
        assert FIELDSET.findall(shown) == FIELDSET.findall(real)


@pytest.mark.parametrize(("form", "wording"), FORMS)
def test_participants_preview_is_the_page_that_participants_get(
    client, ada, people, instrument, form: str, wording: str
) -> None:
    service = make_service(managers=[people["alice"]])
    wave = make_assessment(make_activity(service), by=people["alice"])
    link = make_link(wave)
    client.post(
        reverse("answer-welcome", args=[link.token]), {"form": form, "wording": wording, "mode": "online"}
    )
    first = ada.get(preview(instrument, "question", "en", form, wording, 1))
    pages = first.context["pages"]

    for number in range(1, pages + 1):
        real = client.get(reverse("answer-question", args=[link.token, number])).text
        shown = ada.get(preview(instrument, "question", "en", form, wording, number)).text
        assert FIELDSET.findall(shown)
        assert FIELDSET.findall(shown) == FIELDSET.findall(real)

    assert client.get(reverse("answer-question", args=[link.token, pages + 1])).status_code == 404
    assert ada.get(preview(instrument, "question", "en", form, wording, pages + 1)).status_code == 404


@pytest.mark.parametrize(("form", "wording"), FORMS)
def test_paper_preview_is_the_paper_that_is_printed(
    client, ada, people, instrument, form: str, wording: str
) -> None:
    service = make_service(managers=[people["alice"]])
    wave = make_assessment(make_activity(service), by=people["alice"])
    client.force_login(people["alice"])
    questions = re.compile(r"<ol class=\"paper__questions\">.*</ol>", re.DOTALL)

    real = client.get(
        f"{reverse('assessment-paper-form', args=[wave.pk])}?form={form}&wording={wording}"
    ).text
    shown = ada.get(preview(instrument, "paper", "en", form, wording)).text

    assert questions.search(shown)[0] == questions.search(real)[0]
    assert "not to be filled in" in shown
    assert "not to be filled in" not in real


def test_preview_shows_what_the_draft_says_now(ada, instrument, draft) -> None:
    ItemText.objects.filter(item__version=draft, item__code="A1").update(
        staff="Plainer.", participant="Plain."
    )

    assert "Plainer." in ada.get(preview(draft, "staff", "en", "additive")).text
    assert "Plain." in ada.get(preview(draft, "question", "en", "full", "plain", 1)).text
    assert "Plainer." not in ada.get(preview(instrument, "staff", "en", "additive")).text


def test_preview_walks_through_a_form(ada, draft) -> None:
    page = ada.get(preview(draft, "question", "en", "full", "plain", 2)).text

    for number in (1, 3):
        assert preview(draft, "question", "en", "full", "plain", number) in page
    last = ada.get(preview(draft, "staff", "en", "product")).text
    assert preview(draft) in last


# Other languages, and words that are missing


def add_welsh(draft: InstrumentVersion, *codes: str) -> None:
    for item in draft.items.filter(code__in=codes):
        words = {"staff": f"{item.code} i staff", "participant": f"{item.code} i bawb", "easy_read": "Hawdd."}
        item.texts.create(language="cy", **words)


def test_languages_are_those_in_which_anything_is_written(draft) -> None:
    assert languages(draft) == ["en"]

    add_welsh(draft, "A1")
    draft.dimensions.get(code="product").texts.create(language="br", name="Produ")

    assert languages(draft) == ["en", "br", "cy"]


def test_preview_shows_another_language_and_names_what_is_not_in_it(ada, draft) -> None:
    add_welsh(draft, "A1", "A2")

    page = ada.get(preview(draft, "staff", "cy", "additive"))

    assert "A1 i staff" in page.text
    assert 'lang="cy"' in page.text
    assert [code for code, _address in page.context["elsewhere"]] == ["A3", "A4", "A5", "A6"]
    assert "A1 i bawb" in ada.get(preview(draft, "question", "cy", "full", "plain", 1)).text
    assert "Hawdd." in ada.get(preview(draft, "paper", "cy", "full", "easy_read")).text
    assert "A1 i staff" not in ada.get(preview(draft, "staff", "en", "additive")).text


def test_preview_leaves_out_an_item_without_words_and_says_so(ada, draft) -> None:
    ItemText.objects.filter(item__version=draft, item__code="A1").update(participant="", easy_read="")
    Item.objects.get(version=draft, code="A2").texts.all().delete()

    page = ada.get(preview(draft, "paper", "en", "full", "plain"))

    assert [code for code, _address in page.context["wordless"]] == ["A1", "A2"]
    assert "Left out, because they have no words for this form: A1 , A2" in text_of(page).replace(
        "A1,", "A1 ,"
    )
    assert "A2" not in [question["item"].code for question in page.context["questions"]]


def test_preview_of_nothing_leads_back_and_says_why(ada, draft) -> None:
    draft.dimensions.get(code="additive").texts.all().delete()
    ItemText.objects.filter(item__version=draft).delete()

    for address, why in (
        (preview(draft, "staff", "en", "additive"), "Dimension additive has no name yet."),
        (preview(draft, "question", "en", "full", "plain", 1), "This form has no question with words yet."),
    ):
        assert why in ada.get(address, follow=True).text


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("staff", ["cy", "additive"]),
        ("staff", ["en", "motives"]),
        ("staff", ["en", "kindness"]),
        ("question", ["en", "long", "plain", 1]),
        ("question", ["en", "full", "plain", 0]),
        ("paper", ["en", "full", "loud"]),
        ("paper", ["cy", "full", "plain"]),
    ],
)
def test_preview_of_what_is_not_there_is_not_found(ada, draft, name: str, arguments: list) -> None:
    assert ada.get(preview(draft, name, *arguments)).status_code == 404


def test_preview_takes_as_many_queries_for_one_item_as_for_all(ada, draft, django_assert_num_queries) -> None:
    addresses = {
        preview(draft): 8,
        preview(draft, "staff", "en", "additive"): 10,
        preview(draft, "question", "en", "full", "plain", 1): 8,
        preview(draft, "paper", "en", "full", "plain"): 8,
    }
    for _ in range(2):
        for address, queries in addresses.items():
            with django_assert_num_queries(queries):
                assert ada.get(address).status_code == 200
        draft.items.exclude(code="A1").delete()
