"""A researcher's projects, pages and files, as a browser gets them. Scripts: test_tokens.py."""

import io
import json
import logging
import zipfile

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from assessments.exports import EXPORTS
from assessments.models import Project, Service
from assessments.views.research import FILES as NAMES
from tests.exports.waves import make_project, make_researcher, make_wave, read

pytestmark = pytest.mark.django_db

CSV_FILES = pytest.mark.parametrize("name", [export.file for export in EXPORTS.values()])
EVERY_FILE = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def rosa(client):
    """A researcher who is signed in."""
    user = make_researcher()
    client.force_login(user)
    return user


@pytest.fixture
def project(rosa):
    """A project of hers that asks for evidence, so that it has every file."""
    return make_project(rosa, evidence_reason="To read it.")


@pytest.fixture
def page(project) -> str:
    """The address of the project's page."""
    return project.get_absolute_url()


def file_of(client, project, name: str, **query):
    """The response with one file."""
    return client.get(reverse("project-file", args=[project.slug, name]), query)


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


# Projects


def begin(client, **typed):
    """Send the form of a new project."""
    form = client.get(reverse("project-create")).context["form"]
    return client.post(reverse("project-create"), {"seen": form.initial["seen"], **typed})


def test_a_project_is_begun_and_changed(client, rosa):
    begun = begin(client, name="Study", purpose="To learn.")
    project = Project.objects.get(researcher=rosa)
    secret = bytes(project.secret)
    seen = client.get(reverse("project-update", args=[project.slug])).context["form"].initial["seen"]
    changed = client.post(
        reverse("project-update", args=[project.slug]),
        {"name": "Study 2", "purpose": "To learn more.", "evidence_reason": "To read.", "seen": seen},
    )
    project.refresh_from_db()

    assert begun.url == changed.url == project.get_absolute_url()
    assert (project.name, project.purpose, project.asks_for_evidence) == ("Study 2", "To learn more.", True)
    assert bytes(project.secret) == secret


def test_a_project_without_a_purpose_or_with_a_name_that_is_taken_is_refused(client, project):
    without = begin(client, name="New", purpose=" ")
    taken = begin(client, name=project.name, purpose="To learn.")

    assert "There is a problem" in without.content.decode()
    assert "You already have a project called “Study”" in taken.content.decode()
    assert Project.objects.count() == 1


def test_two_researchers_may_use_one_name_and_see_their_own_alone(client, project):
    other = make_project(make_researcher("ruth"), name=project.name)

    listed = client.get(reverse("project-list")).context["projects"]

    assert list(listed) == [project]
    assert client.get(other.get_absolute_url()).status_code == 404
    assert file_of(client, other, "package.zip").status_code == 404


def test_what_is_recorded_of_a_project_is_not_its_secret(client, rosa):
    begin(client, name="Study", purpose="To learn.")

    (line,) = LogEntry.objects.get_for_model(Project)

    assert line.actor == rosa
    assert "secret" not in line.changes
    assert line.changes["purpose"] == ["None", "To learn."]


# Files


@CSV_FILES
def test_file_says_its_name_kind_and_number_of_rows(client, project, name):
    make_wave(agreed=5)

    response = file_of(client, project, name)

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv; charset=utf-8")
    assert response["Content-Disposition"] == f'attachment; filename="coproduce-{project.slug}-{name}"'
    assert "no-store" in response["Cache-Control"]
    assert int(response["X-Row-Count"]) == len(read(body(response)))


@CSV_FILES
def test_head_says_the_number_of_rows_without_reading_them(client, project, name):
    make_wave(agreed=5)

    response = client.head(reverse("project-file", args=[project.slug, name]))

    assert response["X-Row-Count"] == file_of(client, project, name)["X-Row-Count"]
    assert body(response) == ""


def test_the_package_holds_each_file_as_it_is_on_its_own(client, project):
    make_wave(agreed=5)

    response = file_of(client, project, "package.zip", counts="yes")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))

    assert response["Content-Type"] == "application/zip"
    assert sorted(archive.namelist()) == sorted(set(NAMES) - {"package.zip", "reliability.csv"})
    for name in archive.namelist():
        alone = b"".join(file_of(client, project, name, counts="yes").streaming_content)
        assert archive.read(name) == alone, name
    assert json.loads(archive.read("datapackage.json"))["stamp"]["filter"] == "counts=yes"


def test_a_project_that_did_not_ask_for_evidence_has_no_such_file(client, rosa):
    plain = make_project(rosa, name="Plain")

    assert file_of(client, plain, "evidence.csv").status_code == 404
    archive = zipfile.ZipFile(io.BytesIO(b"".join(file_of(client, plain, "package.zip").streaming_content)))
    assert "evidence.csv" not in archive.namelist()
    assert "evidence.csv" not in client.get(plain.get_absolute_url()).content.decode()


def test_a_file_that_does_not_exist_is_not_found(client, project):
    assert file_of(client, project, "people.csv").status_code == 404
    assert file_of(client, project, "ratings_long").status_code == 404


def test_pain_10_a_file_for_excel_starts_with_a_byte_order_mark(client, project):
    make_wave()

    plain, excel = (
        body(file_of(client, project, "ratings_long.csv", **query)) for query in ({}, {"excel": "1"})
    )

    assert excel == "\ufeff" + plain


@pytest.mark.parametrize("waves", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("assessments_wide.csv", 8),
        ("ratings_long.csv", 11),
        ("participation.csv", 9),
        ("items.csv", 8),
        ("definitions.csv", 12),
        ("evidence.csv", 8),
        ("codebook.csv", 6),
        ("reliability.csv", 12),
        ("package.zip", 19),
        ("datapackage.json", 19),
    ],
)
def test_pain_3_file_takes_the_same_queries_for_any_number_of_waves(
    client, project, waves, name, queries, django_assert_num_queries
):
    for number in range(waves):
        make_wave(f"w{number}", agreed=5)

    with django_assert_num_queries(queries):
        b"".join(file_of(client, project, name).streaming_content)


@pytest.mark.parametrize("waves", [1, 3])
def test_pain_12_page_takes_the_same_queries_for_any_number_of_waves(
    client, page, waves, django_assert_num_queries
):
    for number in range(waves):
        make_wave(f"w{number}", agreed=5)

    with django_assert_num_queries(18):
        client.get(page)


WRONG = [
    ("version=9", "There is no published version with this name"),
    ("counts=perhaps", "There is no verdict called “perhaps”"),
    ("kind=nice", "There is no kind called “nice”"),
    ("participants=some", "“some” is not “yes” or “no”"),
    ("closed_from=last", "Enter a year from 2000 to 2100"),
    ("closed_to=99999", "Enter a year from 2000 to 2100"),
    ("closed_from=2025&closed_to=2024", "is before"),
    ("cuonts=yes", "There is no filter called “cuonts”"),
    ("counts=yes&counts=no", "Give each filter once"),
]


@pytest.mark.parametrize(("query", "words"), WRONG)
def test_wrong_filters_export_nothing_and_say_what_would_be_right(client, project, page, query, words):
    make_wave()
    address = reverse("project-file", args=[project.slug, "ratings_long.csv"])

    shown = client.get(f"{page}?{query}").content.decode()
    file = client.get(f"{address}?{query}")
    package = client.get(f"{reverse('project-file', args=[project.slug, 'package.zip'])}?{query}")

    assert words in shown
    assert "There is a problem" in shown
    assert f'href="{address}' not in shown
    assert file.status_code == package.status_code == 400
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert words in file.content.decode()


def test_wrong_words_for_excel_are_refused(client, project):
    response = file_of(client, project, "ratings_long.csv", excel="perhaps")

    assert response.content.decode() == "“excel” is 1 or left out.\n"


def test_page_counts_what_matches_and_shows_the_first_five(client, project, page):
    for number in range(6):
        make_wave(f"w{number}", staff=1)

    shown = client.get(page)

    assert shown.context["found"] == 6
    for export, rows in shown.context["files"]:
        assert rows == int(file_of(client, project, export.file)["X-Row-Count"])
    assert len(shown.context["preview"]["lines"]) == 5
    assert "<strong>6</strong> assessments" in shown.content.decode()


def test_page_hands_its_filters_to_the_files(client, project, page):
    make_wave()
    address = reverse("project-file", args=[project.slug, "ratings_long.csv"])

    shown = client.get(page, {"counts": "yes", "kind": "", "closed_from": "2025"}).content.decode()

    assert f'href="{address}?counts=yes&amp;closed_from=2025"' in shown
    assert f'href="{address}?counts=yes&amp;closed_from=2025&amp;excel=1"' in shown


def test_page_says_so_when_nothing_is_shared_or_nothing_matches(client, page):
    make_wave()
    assert "Nothing matches these filters" in client.get(page, {"kind": "full"}).content.decode()

    Service.objects.update(shared_for_research=False)
    assert "No service has shared" in client.get(page).content.decode()


def test_pain_8_pages_and_files_are_for_researchers(client, project):
    make_wave()
    addresses = [
        reverse("project-list"),
        project.get_absolute_url(),
        *(reverse("project-file", args=[project.slug, name]) for name in NAMES),
    ]
    project.researcher.groups.clear()
    former = [client.get(address).status_code for address in addresses]
    client.logout()
    anonymous = [client.get(address) for address in addresses]

    assert former == [403] * len(addresses)
    assert {(page.status_code, page.url.split("?")[0]) for page in anonymous} == {(302, reverse("login"))}


@EVERY_FILE
def test_files_change_nothing_and_take_no_post(client, project, name):
    assert client.post(reverse("project-file", args=[project.slug, name])).status_code == 405


@EVERY_FILE
def test_every_download_is_logged_and_recorded(client, project, name, caplog):
    make_wave()

    with caplog.at_level(logging.INFO, logger="assessments.exports"):
        response = file_of(client, project, name, counts="yes")

    (line,) = LogEntry.objects.filter(object_repr=name)
    assert f"rosa downloads {name} of {project.slug} with filter 'counts=yes'" in caplog.text
    assert line.actor == project.researcher
    rows = response.get("X-Row-Count")
    assert line.additional_data == {
        "filter": "counts=yes",
        "rows": int(rows) if rows else None,
        "project": project.slug,
    }


def test_a_head_is_not_recorded(client, project):
    client.head(reverse("project-file", args=[project.slug, "package.zip"]))

    assert not LogEntry.objects.filter(object_repr="package.zip").exists()
