"""A researcher reads how far people agree: figures, pictures, the table beside them, and the file."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from .axe import check_axe
from .conftest import DESK, PHONE
from .people import follow
from .test_pages import SIDEWAYS

pytestmark = pytest.mark.browser


def open_page(page: Page) -> None:
    """From the first page to the figures."""
    page.goto("/")
    follow(page, "Go to the research data")
    page.get_by_role("main").get_by_role("heading", level=3).get_by_role("link").first.click()
    follow(page, "Reliability and agreement")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reliability and agreement")


def test_page_is_sound_with_its_tables_open(page_of):
    page = page_of("researcher")
    open_page(page)

    for summary in page.get_by_role("main").locator("summary").all():
        summary.click()

    assert page.evaluate(SIDEWAYS) <= 0
    check_axe(page)


@pytest.mark.parametrize(
    ("width", "javascript"), [(DESK, True), (PHONE, False)], ids=["desk", "phone, no scripts"]
)
def test_journey_4_a_researcher_reads_and_downloads_reliability(page_of, tmp_path):
    page = page_of("researcher")
    open_page(page)
    page.get_by_label("Closed from year").fill("2025")
    page.get_by_role("button", name="Show what matches").click()
    expect(page.get_by_label("Closed from year")).to_have_value("2025")

    figures = page.get_by_role("region", name="Voluntary: agreement and consistency")
    alpha = figures.get_by_role("row", name=re.compile("Cronbach")).get_by_role("cell").first.inner_text()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download reliability.csv", exact=True).click()
    coming.value.save_as(tmp_path / "reliability.csv")
    with (tmp_path / "reliability.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    (row,) = [
        row
        for row in rows
        if (row["dimension"], row["side"], row["measure"]) == ("voluntary", "staff", "cronbach_alpha")
    ]
    assert alpha == f"{float(row['value']):.2f} {row['n']} responses"


@pytest.mark.parametrize("width", [DESK])
def test_a_picture_says_what_its_table_says(page_of):
    page = page_of("researcher")
    open_page(page)

    bar = page.get_by_role("img", name=re.compile("^V1, Staff: "))
    counts = re.findall(r"\d+", bar.get_attribute("aria-label").partition(": ")[2])
    page.get_by_text("Voluntary: the figures of these pictures").click()
    table = page.get_by_role("region", name="Voluntary: responses by rating")
    cells = table.get_by_role("row", name=re.compile("^V1 Staff")).get_by_role("cell").all_inner_texts()

    assert cells[1:6] == counts[:5]
    assert sum(map(int, cells[6:10])) == int(counts[5])
