"""The page on reliability and agreement, as a browser gets it."""

import re
from html import unescape

import pytest
from django.urls import reverse

from assessments.exports.reliability import MEASURES
from assessments.models import Service
from assessments.reliability import Reason
from assessments.words.reliability import AGREEMENT, CONSISTENCY, WHY_NOT
from tests.exports.waves import make_project, make_researcher, make_wave

from .pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa(client):
    """A researcher who is signed in."""
    user = make_researcher()
    client.force_login(user)
    return user


@pytest.fixture
def project(rosa):
    return make_project(rosa)


@pytest.fixture
def page(project) -> str:
    """The address of the page."""
    return reverse("project-reliability", args=[project.slug])


def shown(client, page: str, **query: str) -> str:
    """The words of the page."""
    return text_of(client.get(page, query))


def dimension_of(client, page: str, code: str) -> dict:
    (version,) = client.get(page).context["versions"]
    return next(found for found in version["dimensions"] if found["code"] == code)


def item_of(client, page: str, code: str) -> dict:
    dimensions = client.get(page).context["versions"][0]["dimensions"]
    return next(item for found in dimensions for item in found["items"] if item["code"] == code)


def test_the_project_leads_there_with_its_filters(client, project, page):
    make_wave()

    shown = client.get(project.get_absolute_url(), {"counts": "yes"}).content.decode()

    assert f'href="{page}?counts=yes"' in shown


@pytest.mark.parametrize("waves", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_waves(client, page, waves, django_assert_num_queries):
    for number in range(waves):
        make_wave(f"w{number}", agreed=5)

    with django_assert_num_queries(12):
        client.get(page)


def test_what_was_taken_as_what_is_said(client, page):
    make_wave()

    words = shown(client, page)

    assert "the responses of one side in one wave are the raters" in words
    assert "responses are rows and items are columns" in words


def test_formative_dimensions_carry_a_warning(client, page):
    make_wave(agreed=6)

    warned = {
        found["code"]: found["formative"] for found in client.get(page).context["versions"][0]["dimensions"]
    }

    assert {code for code, formative in warned.items() if formative} == {"additive", "product"}
    assert shown(client, page).count("This dimension is formative") == 2


def test_a_figure_that_cannot_be_computed_says_why(client, page):
    make_wave(staff=3, agreed=5, change=lambda number, code, rating: 4 if code in "V1V2V5V6" else 0)

    words = shown(client, page)

    assert "not computable, everyone gave the same answer" in words
    voluntary = dimension_of(client, page, "voluntary")
    alphas = [row["cells"] for row in voluntary["groups"][1]["rows"] if row["name"] == "Cronbach’s α"]
    assert "everyone gave the same answer" in str(alphas)


def test_participants_below_the_floor_have_no_column_but_a_reason(client, page):
    make_wave(staff=3, agreed=4)

    additive = dimension_of(client, page, "additive")

    assert [str(heading) for heading in additive["headings"]] == ["Staff"]
    assert [(str(who), str(why)) for who, why in additive["without"]] == [
        ("Participants", "not computable, there are no ratings"),
        ("Participants, short form’s items", "not computable, there are no ratings"),
    ]


def test_pictures_show_the_figures_that_stand_in_the_table(client, page):
    """Six participants rate A1: 0, 1, 4, 4, 4, and one does not know."""
    answers = [0, 1, 4, 4, 4, "dk"]
    make_wave(agreed=6, change=lambda number, code, rating: answers[number] if code == "A1" else rating)

    staff, participants = item_of(client, page, "A1")["sides"]
    html = unescape(client.get(page).content.decode())

    assert participants["cells"] == [1, 1, 0, 0, 3, 1, 0, 0, 0]
    assert [(part["rating"], part["width"]) for part in participants["parts"]] == [
        (0, 100),
        (1, 100),
        (4, 300),
    ]
    assert (participants["mean"], participants["place"]) == ("2.60", round(12 + 74 * 2.6))
    assert participants["alternative"] == (
        "A1, Participants: Not at all 1, A little 1, Partly 0, Mostly 0, Fully 3; no rating 1."
    )
    assert f'aria-label="{participants["alternative"]}"' in html
    assert 'aria-label="A1, mean ratings from 0 to 4: Staff 4.00, Participants 2.60."' in html
    row = re.search(r"<th scope=\"row\">A1</th><td>Participants</td>(.*?)</tr>", html, re.DOTALL)[1]
    assert re.findall(r'<td class="number">(.*?)</td>', row) == [*"110031000", "2.60"]
    assert staff["place"] == 12 + 74 * 4


def test_the_file_is_offered_under_the_same_filters(client, project, page):
    make_wave()
    address = reverse("project-file", args=[project.slug, "reliability.csv"])

    html = client.get(page, {"counts": "yes"}).content.decode()

    assert f'href="{address}?counts=yes"' in html
    assert f'href="{address}?counts=yes&amp;excel=1"' in html


def test_wrong_filters_compute_nothing_and_say_what_would_be_right(client, page):
    make_wave()

    response = client.get(page, {"version": "9"})

    assert "There is no published version with this name" in text_of(response)
    assert "There is a problem" in text_of(response)
    assert "versions" not in response.context


def test_page_says_so_when_nothing_is_shared_or_nothing_matches(client, page):
    make_wave()
    assert "Nothing matches these filters" in shown(client, page, kind="full")

    Service.objects.update(shared_for_research=False)
    assert "No service has shared a closed assessment yet" in shown(client, page)


def test_every_figure_and_every_reason_has_words():
    assert {*AGREEMENT, *CONSISTENCY} == set(MEASURES)
    assert set(WHY_NOT) == set(Reason)


def test_another_researchers_project_is_not_found(client, rosa):
    other = make_project(make_researcher("ruth"))

    assert client.get(reverse("project-reliability", args=[other.slug])).status_code == 404
