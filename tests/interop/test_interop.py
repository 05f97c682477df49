"""The files as R and LibreOffice read them; ``make test-interop`` installs both where it can."""

import csv
import io
import json
import shutil
import subprocess
import zipfile

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from assessments.exports import ASSESSMENTS_WIDE, ITEMS, files_for
from assessments.exports.package import package
from assessments.models import DimensionText, InstrumentVersion, ItemText, RuleSetText, Service
from assessments.rules.values import SCORED
from assessments.workflow.instrument import copy_version, publish
from tests.exports.test_package import with_gaps
from tests.exports.waves import (
    make_participations,
    make_project,
    make_researcher,
    make_wave,
    read,
    selection,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.interop]

R, OFFICE = shutil.which("Rscript"), shutil.which("soffice")
WELSH = "Rydyn ni’n penderfynu gyda’n gilydd: ŵ, ŷ, “â”, £5"
ARABIC = "نحن نقرّر معًا، “معًا” — ١٢٣"


def in_welsh_and_arabic() -> None:
    """A second version that is in both languages, too; its items say the same sentence each."""
    draft = copy_version(InstrumentVersion.objects.get(version="1"), number="2")
    english = [
        *RuleSetText.objects.filter(ruleset__version=draft),
        *DimensionText.objects.filter(dimension__version=draft),
        *ItemText.objects.filter(item__version=draft),
    ]
    for language, words in (("cy", WELSH), ("ar", ARABIC)):
        for text in english:
            text.pk, text.language = None, language
            for column in ("staff", "participant", "easy_read"):
                if getattr(text, column, ""):
                    setattr(text, column, words)
            text.save(force_insert=True)
    publish(draft, by=None, reason="test", at=timezone.now())


@pytest.mark.skipif(R is None, reason="R is not installed.")
def test_r_reads_every_file_and_recomputes_the_stored_scores(tmp_path):
    for name, agreed in (("A", 9), ("B", 6)):
        make_participations(make_wave(name, agreed=agreed, change=with_gaps), agreed=6)
    Service.objects.update(evidence_shared=True)
    in_welsh_and_arabic()
    user = make_researcher()
    chosen = selection(user, project=make_project(user, evidence_reason="To read it."))
    zipfile.ZipFile(io.BytesIO(b"".join(package(chosen, files_for(chosen))))).extractall(tmp_path)
    write_types(tmp_path)

    script = __file__.replace("test_interop.py", "scores.R")
    done = subprocess.run(
        [R, "--vanilla", script, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    computed = {
        (row["assessment_id"], row["dimension"]): row["score"]
        for row in csv.DictReader(io.StringIO(done.stdout))
    }
    stored = {
        (row["assessment_id"], str(dimension)): row[f"{dimension}_score"]
        for row in read((tmp_path / ASSESSMENTS_WIDE.file).read_bytes().decode())
        for dimension in SCORED
    }
    assert len(stored) == 2 * len(SCORED)
    assert computed == stored


def write_types(folder) -> None:
    """What the descriptor says of types and missing values as a table, as base R reads no JSON."""
    descriptor = json.loads((folder / "datapackage.json").read_text())
    with (folder / "types.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["resource", "field", "type", "missing"])
        for resource in descriptor["resources"]:
            everywhere = resource["schema"]["missingValues"]
            for field in resource["schema"]["fields"]:
                missing = "|".join(one["value"] for one in field.get("missingValues", everywhere))
                table.writerow([resource["name"], field["name"], field["type"], missing])


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed.")
def test_libreoffice_opens_the_excel_variant_with_every_script_intact(tmp_path):
    in_welsh_and_arabic()
    text = text_of(ITEMS, make_researcher(), excel=True)
    (tmp_path / "items.csv").write_bytes(text.encode())

    subprocess.run(
        [
            OFFICE,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--infilter=CSV:44,34,76,1",  # What its window proposes for this file: commas, quotes, UTF-8.
            *("--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(tmp_path / "items.csv")),
        ],
        check=True,
        timeout=180,
        stdout=subprocess.DEVNULL,
    )

    header, *rows = load_workbook(tmp_path / "items.xlsx").active.values
    place = header.index("text_staff")
    assert list(header) == ITEMS.header
    said = {(row[header.index("language")], row[place]) for row in rows if row[place]}
    assert {("cy", WELSH), ("ar", ARABIC)} <= said
    plain = read(text.removeprefix("\ufeff"))
    assert [row[place] for row in rows] == [row["text_staff"] or None for row in plain]
