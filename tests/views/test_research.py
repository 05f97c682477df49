"""The researcher's page and its files, as a browser or a script gets them."""

import logging

import pytest
from django.urls import reverse

from assessments.exports import EXPORTS
from assessments.models import Service
from tests.exports.waves import make_researcher, make_wave, read

pytestmark = pytest.mark.django_db

FILES = pytest.mark.parametrize("name", list(EXPORTS))


@pytest.fixture
def rosa(client):
    """A researcher who is signed in."""
    user = make_researcher()
    client.force_login(user)
    return user


def file_of(client, name: str, **query):
    """The response with one file."""
    return client.get(reverse(f"research-{name}"), query)


def body(response) -> str:
    return b"".join(response.streaming_content).decode()


@FILES
def test_file_says_its_name_kind_and_number_of_rows(client, rosa, name):
    make_wave(agreed=5)

    response = file_of(client, name)

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv; charset=utf-8")
    assert response["Content-Disposition"].startswith(f'attachment; filename="coproduce-{name}-20')
    assert response["Content-Disposition"].endswith('-v1.csv"')
    assert "no-store" in response["Cache-Control"]
    assert int(response["X-Row-Count"]) == len(read(body(response)))


@FILES
def test_head_says_the_number_of_rows_without_reading_them(client, rosa, name):
    make_wave(agreed=5)

    response = client.head(reverse(f"research-{name}"))

    assert response["X-Row-Count"] == file_of(client, name)["X-Row-Count"]
    assert body(response) == ""


def test_pain_10_a_file_for_excel_starts_with_a_byte_order_mark(client, rosa):
    make_wave()

    assert body(file_of(client, "answers", excel="1")) == "\ufeff" + body(file_of(client, "answers"))


@pytest.mark.parametrize("waves", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("assessments", 7), ("answers", 12), ("codebook", 7)])
def test_pain_3_file_takes_the_same_queries_for_any_number_of_waves(
    client, rosa, waves, name, queries, django_assert_num_queries
):
    for number in range(waves):
        make_wave(f"w{number}", agreed=5)

    with django_assert_num_queries(queries):
        body(file_of(client, name))


@pytest.mark.parametrize("waves", [1, 3])
def test_pain_12_page_takes_the_same_queries_for_any_number_of_waves(
    client, rosa, waves, django_assert_num_queries
):
    for number in range(waves):
        make_wave(f"w{number}", agreed=5)

    with django_assert_num_queries(10):
        client.get(reverse("research"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("version=9", "There is no published version with this name"),
        ("counts=perhaps", "There is no verdict called “perhaps”"),
        ("kind=nice", "There is no kind called “nice”"),
        ("participants=some", "“some” is not “yes” or “no”"),
        ("closed_from=last", "Enter a year from 2000 to 2100"),
        ("closed_to=99999", "Enter a year from 2000 to 2100"),
        ("closed_from=2025&closed_to=2024", "is before"),
        ("cuonts=yes", "There is no filter called “cuonts”"),
        ("counts=yes&counts=no", "Give each filter once"),
    ],
)
def test_wrong_filters_export_nothing_and_say_what_would_be_right(client, rosa, query, words):
    make_wave()

    page = client.get(f"{reverse('research')}?{query}")
    file = client.get(f"{reverse('research-answers')}?{query}")

    assert words in page.content.decode()
    assert "There is a problem" in page.content.decode()
    assert reverse("research-answers") not in page.content.decode()
    assert file.status_code == 400
    assert file["Content-Type"] == "text/plain; charset=utf-8"
    assert words in file.content.decode()


def test_wrong_words_for_excel_are_refused(client, rosa):
    assert file_of(client, "answers", excel="perhaps").content.decode() == "“excel” is 1 or left out.\n"


def test_page_counts_what_matches_and_shows_the_first_five(client, rosa):
    for number in range(6):
        make_wave(f"w{number}", staff=1)

    page = client.get(reverse("research"))

    assert page.context["rows"]["assessments"] == 6
    assert page.context["rows"]["answers"] == int(file_of(client, "answers")["X-Row-Count"])
    assert len(page.context["preview"]["lines"]) == 5
    assert "<strong>6</strong> assessments" in page.content.decode()


def test_page_hands_its_filters_to_the_files(client, rosa):
    make_wave()

    page = client.get(
        reverse("research"), {"counts": "yes", "kind": "", "closed_from": "2025"}
    ).content.decode()

    assert f'href="{reverse("research-answers")}?counts=yes&amp;closed_from=2025"' in page
    assert f'href="{reverse("research-answers")}?counts=yes&amp;closed_from=2025&amp;excel=1"' in page


def test_page_says_so_when_nothing_is_shared_or_nothing_matches(client, rosa):
    make_wave()
    assert (
        "Nothing matches these filters" in client.get(reverse("research"), {"kind": "full"}).content.decode()
    )

    Service.objects.update(shared_for_research=False)
    assert "No service has shared" in client.get(reverse("research")).content.decode()


def test_pain_8_page_and_files_are_for_researchers(client):
    make_wave()
    addresses = [reverse("research"), *(reverse(f"research-{name}") for name in EXPORTS)]
    anonymous = [client.get(address) for address in addresses]
    user = make_researcher()
    user.groups.clear()
    client.force_login(user)

    assert {(page.status_code, page.url.split("?")[0]) for page in anonymous} == {(302, reverse("login"))}
    assert [client.get(address).status_code for address in addresses] == [403] * 4


def test_files_change_nothing_and_take_no_post(client, rosa):
    assert client.post(reverse("research-answers")).status_code == 405


def test_every_download_is_logged(client, rosa, caplog):
    make_wave()

    with caplog.at_level(logging.INFO, logger="assessments.exports"):
        file_of(client, "assessments", counts="yes", excel="1")

    assert "rosa downloads assessments.csv with filter 'counts=yes': 1 rows" in caplog.text
