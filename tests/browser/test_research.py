"""A researcher: a project, filters, counts, files and what stands in them, a token and a script."""

import csv
import io
import json
import re
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .axe import check_axe
from .conftest import DESK, PHONE
from .people import follow, press

pytestmark = pytest.mark.browser


def shown_rows(page: Page, file: str) -> int:
    """How many rows the page says that ``file`` has."""
    line = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=file, exact=True))
    return int(re.search(r"^(\d+) rows?$", line.inner_text(), re.MULTILINE)[1])


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
def test_journey_4_a_researcher_filters_and_downloads(page_of, width, tmp_path):
    name_of_project = f"Families, {width}"
    page = page_of("researcher")
    page.goto("/")
    page.get_by_role("link", name="Go to the research data").click()
    follow(page, "Begin a project")
    page.get_by_label("Name of the project").fill(name_of_project)
    page.get_by_label("What the data are for").fill("A thesis.")
    press(page, "Save the project")
    expect(page.get_by_role("heading", level=1)).to_have_text(name_of_project)
    everything = shown_rows(page, "assessments_wide.csv")

    page.get_by_label("Verdict").select_option(label="Coproduction")
    page.get_by_label("Closed from year").fill("2025")
    press(page, "Show what matches")
    expect(page.get_by_label("Verdict").locator("option:checked")).to_have_text("Coproduction")
    names = ("assessments_wide", "ratings_long", "participation", "items", "definitions", "codebook")
    counts = {name: shown_rows(page, f"{name}.csv") for name in names}
    assert 0 < counts["assessments_wide"] < everything
    assert counts["participation"] > 0
    expect(page.get_by_role("region", name="What matches")).to_contain_text(
        f"{counts['assessments_wide']} assessments"
    )

    for name in names:
        rows = read(download(page, f"Download {name}.csv", tmp_path))
        assert len(rows) == counts[name]
        if name == "assessments_wide":
            assert {row["counts"] for row in rows} == {"yes"}
    archive = zipfile.ZipFile(download(page, "Download the whole package", tmp_path))
    descriptor = json.loads(archive.read("datapackage.json"))
    assert {one["name"]: one["rows"] for one in descriptor["resources"]} == counts
    assert descriptor["stamp"]["filter"] == "counts=yes&closed_from=2025"

    page.get_by_role("link", name="Clear the filters").click()
    assert len(read(download(page, "Download assessments_wide.csv", tmp_path))) == everything


@pytest.mark.parametrize(
    ("width", "javascript"), [(PHONE, True), (DESK, False)], ids=["phone", "desk, no scripts"]
)
def test_a_token_opens_the_same_file_to_a_script(page_of, javascript, tmp_path):
    page = page_of("researcher")
    page.goto("/research/")
    follow(page, "Who does the work in shared services")
    by_hand = download(page, "Download ratings_long.csv", tmp_path).read_bytes()
    follow(page, "Tokens for scripts")
    name = f"a script for {tmp_path.name}"  # Other tests make tokens of this project too.
    page.get_by_label("What uses it").fill(name)
    press(page, "Make a token")
    token = page.locator("code.token").inner_text()
    if javascript:  # Where scripts are off, axe waits for ever.
        check_axe(page)

    address = page.url.replace("tokens/", "ratings_long.csv")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == by_hand
        assert int(answer.headers["X-Row-Count"]) == len(list(csv.DictReader(io.StringIO(by_hand.decode()))))

    page.goto(page.url)
    expect(page.locator("code.token")).to_have_count(0)
    follow(page, f"Revoke {name}")
    press(page, "Yes, revoke this token")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 401
    assert "revoked" in refused.value.read().decode()
