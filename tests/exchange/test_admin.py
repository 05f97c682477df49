"""The curator's ways to bring a version in from a file, and to take it away as a file or as forms."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from assessments.exchange.xlsform import KINDS
from assessments.models import InstrumentVersion
from assessments.workflow.exchange import export_version
from assessments.workflow.instrument import copy_version

LIST = reverse("admin:assessments_instrumentversion_changelist")
IMPORT = reverse("admin:assessments_instrumentversion_import")
PAGES = ["export", "xlsforms"]


def page(version: InstrumentVersion, name: str, *more: str) -> str:
    return reverse(f"admin:assessments_instrumentversion_{name}", args=[version.pk, *more])


def upload(client: Client, content: bytes, number: str = ""):
    return client.post(
        IMPORT, {"file": SimpleUploadedFile("elm.toml", content), "version": number}, follow=True
    )


def test_curator_downloads_a_version(ada, instrument) -> None:
    response = ada.get(page(instrument, "export"))

    assert response.content == export_version(instrument)
    assert response["Content-Disposition"] == 'attachment; filename="coproduce-instrument-1.toml"'


def test_curator_uploads_a_version_as_a_draft(ada, people, instrument) -> None:
    response = upload(ada, export_version(instrument), "4")
    draft = InstrumentVersion.objects.get(version="4")

    assert not draft.is_published
    assert response.redirect_chain == [(page(draft, "change"), 302)]
    assert "Version 4 is a draft. Check it, then publish it." in response.content.decode()
    assert people["ada"].logentry_set.get().get_change_message() == "Imported from elm.toml."


def test_upload_of_a_damaged_file_names_each_mistake_and_writes_nothing(ada, instrument) -> None:
    damaged = export_version(instrument).replace(b'\npole = "+"', b'\npole = "up"')
    response = upload(ada, damaged, "4")

    assert response.context["form"].errors["file"][0].endswith("A1: pole is 'up'; write one of +, -.")
    assert len(response.context["form"].errors["file"]) == damaged.count(b'"up"')
    assert [*InstrumentVersion.objects.all()] == [instrument]


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("1", "Version 1 is already here. Give the draft another number, such as 2."),
        ("1/2", "Use letters, digits"),
    ],
)
def test_upload_refuses_a_number_that_will_not_do(ada, instrument, number: str, error: str) -> None:
    response = upload(ada, export_version(instrument), number)

    assert error in response.content.decode()
    assert [*InstrumentVersion.objects.all()] == [instrument]


def test_curator_finds_every_way_on_the_pages(ada, instrument) -> None:
    version, forms = ada.get(page(instrument, "change")), ada.get(page(instrument, "xlsforms"))

    assert IMPORT in ada.get(LIST).content.decode()
    for name in PAGES:
        assert page(instrument, name) in version.content.decode()
    for kind in KINDS:
        assert page(instrument, "xlsform", kind) in forms.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_curator_downloads_each_form(ada, instrument, kind: str) -> None:
    response = ada.get(page(instrument, "xlsform", kind))

    assert response.status_code == 200
    assert response.content.startswith(b"PK")
    assert ".xlsx" in response["Content-Disposition"]


def test_form_that_there_is_not_is_not_found(ada, instrument) -> None:
    assert ada.get(page(instrument, "xlsform", "staff-short-plain")).status_code == 404


def test_form_of_a_draft_without_words_says_what_is_missing(ada, instrument) -> None:
    draft = copy_version(instrument, number="2")
    draft.items.get(code="A1").texts.all().delete()
    response = ada.get(page(draft, "xlsform", "staff-full-plain"), follow=True)

    assert "Item A1: write its words in English first." in response.content.decode()


@pytest.mark.parametrize("name", ["alice", "stan", "rosa"])
def test_pages_are_closed_to_everybody_else(people, instrument, name: str) -> None:
    client = Client()
    client.force_login(people[name])

    for address in [
        IMPORT,
        *(page(instrument, one) for one in PAGES),
        page(instrument, "xlsform", "staff-full-plain"),
    ]:
        assert client.get(address).status_code == 302
    assert upload(client, export_version(instrument), "4").status_code != 500
    assert not InstrumentVersion.objects.filter(version="4").exists()


def test_upload_is_refused_to_a_curator_who_may_not_add(ada, people, instrument) -> None:
    people["ada"].groups.clear()

    assert ada.get(IMPORT).status_code == 403
    assert ada.get(page(instrument, "export")).status_code == 404
    assert upload(ada, export_version(instrument), "4").status_code == 403
