"""A researcher: filters, counts, files, and what stands in the files."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE

pytestmark = pytest.mark.browser


def shown_rows(page: Page, file: str) -> int:
    """How many rows the page says that ``file`` has."""
    about = page.get_by_role("heading", name=file).locator("xpath=following-sibling::p[1]")
    return int(re.search(r"(\d+) rows?\.", about.inner_text())[1])


def download(page: Page, link: str, folder: Path) -> Path:
    """Clicks ``link`` and saves the file that comes, under the name that it comes with."""
    with page.expect_download() as coming:
        page.get_by_role("link", name=link, exact=True).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a file, each as long as its header."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


@pytest.mark.parametrize(
    ("width", "javascript"), [(DESK, True), (PHONE, False)], ids=["desk", "phone, no scripts"]
)
def test_journey_4_a_researcher_filters_and_downloads(page_of, tmp_path):
    page = page_of("researcher")
    page.goto("/")
    page.get_by_role("link", name="Go to the research data").click()
    everything = shown_rows(page, "assessments.csv")

    page.get_by_label("Verdict").select_option(label="Coproduction")
    page.get_by_label("Closed from year").fill("2025")
    page.get_by_role("button", name="Show what matches").click()
    expect(page.get_by_label("Verdict").locator("option:checked")).to_have_text("Coproduction")
    counts = {name: shown_rows(page, f"{name}.csv") for name in ("assessments", "answers", "codebook")}
    assert 0 < counts["assessments"] < everything
    expect(page.get_by_role("region", name="What matches")).to_contain_text(
        f"{counts['assessments']} assessments"
    )

    assessments = read(download(page, "Download assessments.csv", tmp_path))
    answers = read(download(page, "Download answers.csv", tmp_path))
    codebook = read(download(page, "Download codebook.csv", tmp_path))
    assert {"assessments": len(assessments), "answers": len(answers), "codebook": len(codebook)} == counts
    assert {row["counts"] for row in assessments} == {"yes"}

    page.get_by_role("link", name="Clear the filters").click()
    assert len(read(download(page, "Download assessments.csv", tmp_path))) == everything
