"""XLSForms: the converter takes every one, and each question and choice has the code that comes back."""

import io
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from assessments.exchange.xlsform import KINDS, Kind, Unfit, display, form_id, sheets, workbook
from assessments.rules.instrument import DEFAULT_PATH
from assessments.words.labels import RATINGS

VERSION = tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8"))
XF, XHTML = "{http://www.w3.org/2002/xforms}", "{http://www.w3.org/1999/xhtml}"
PARTICIPANT, STAFF = Kind("participant"), Kind("staff")


def converted(content: bytes) -> ET.Element:
    """What the converter makes of a workbook; it has nothing to warn of."""
    result = convert(io.BytesIO(content), file_type=".xlsx", validate=False, pretty_print=False)
    assert result.warnings == []
    return ET.fromstring(result.xform)


def questions(form: ET.Element) -> list[str]:
    """The paths of the questions with choices, in their order."""
    return [one.get("ref").removeprefix("/data/") for one in form.iter(f"{XF}select1")]


def said(form: ET.Element, name: str) -> dict[str, str]:
    """What a text of the form says, by language."""
    return {
        words.get("lang"): "".join(text.find(f"{XF}value").itertext())
        for words in form.iter(f"{XF}translation")
        for text in words
        if text.get("id") == name
    }


def asked(kind: Kind) -> set[str]:
    return {
        f"{item['dimension']}/{item['code']}"
        for item in VERSION["items"]
        if item["who"] in ("both", kind.side) and (kind.form == "full" or item["short"])
    }


def with_item(**changes) -> dict:
    """The shipped version with its first item changed."""
    first, *others = VERSION["items"]
    return VERSION | {"items": [first | changes, *others]}


@pytest.mark.parametrize("name", KINDS)
def test_converter_accepts_every_form_and_asks_each_item_once(name: str) -> None:
    kind = KINDS[name]
    form = converted(workbook(VERSION, kind, ratings=RATINGS))
    rated = [path for path in questions(form) if "/" in path]

    assert len(rated) == len(set(rated))
    assert set(rated) == asked(kind)
    assert not any(bind.get("required") for bind in form.iter(f"{XF}bind"))


def test_form_says_which_instrument_version_and_which_form_it_is() -> None:
    form = converted(workbook(VERSION, Kind("participant", "short", "easy_read"), ratings=RATINGS))
    data = form.find(f".//{XF}instance/{XF}data")
    kept = {
        bind.get("nodeset"): bind.get("calculate") for bind in form.iter(f"{XF}bind") if bind.get("calculate")
    }

    assert (data.get("id"), data.get("version")) == ("coproduce-1-participant-short-easy_read", "1")
    assert kept == {
        "/data/instrument_version": "string('1')",
        "/data/instrument_side": "string('participant')",
        "/data/instrument_form": "string('short')",
        "/data/instrument_wording": "string('easy_read')",
        "/data/instrument_language": "string('en')",
    }


def test_choices_are_the_codes_that_the_import_reads() -> None:
    rows = sheets(VERSION, PARTICIPANT, ratings=RATINGS)["choices"]
    codes = {
        name: [row["name"] for row in rows if row["list_name"] == name]
        for name in ("rating", "yes_no", "mode")
    }

    assert codes == {
        "rating": ["0", "1", "2", "3", "4", "dk", "na"],
        "yes_no": ["yes", "no"],
        "mode": ["online", "assisted"],
    }


def test_staff_say_what_they_base_a_rating_on_and_participants_agree_to_research() -> None:
    staff = converted(workbook(VERSION, STAFF, ratings=RATINGS))
    participants = converted(workbook(VERSION, PARTICIPANT, ratings=RATINGS))
    typed = [one.get("ref") for one in staff.iter(f"{XF}input")]

    assert "/data/additive/A1_evidence" in typed
    assert said(staff, "/data/about:label")["English (en)"].startswith("This form is for staff.")
    assert "research_consent" not in questions(staff)
    assert questions(participants)[:2] == ["answered_by", "research_consent"]
    assert not any("evidence" in one.get("ref") for one in participants.iter(f"{XF}input"))


def test_each_dimension_is_one_screen_and_motives_come_last() -> None:
    form = converted(workbook(VERSION, PARTICIPANT, ratings=RATINGS))
    groups = [(one.get("ref"), one.get("appearance")) for one in form.iter(f"{XF}group")]

    assert [name for name, _look in groups] == [f"/data/{given['code']}" for given in VERSION["dimensions"]]
    assert {look for _name, look in groups} == {"field-list"}
    assert said(form, "/data/motives:label") == {"English (en)": "Part 6 of 6"}


def test_easy_read_form_keeps_the_lines_of_its_words() -> None:
    form = converted(workbook(VERSION, Kind("participant", wording="easy_read"), ratings=RATINGS))

    assert said(form, "/data/additive/A2:label") == {
        "English (en)": "We bring something special.\nWorkers need us for that."
    }


def test_labels_of_any_text_are_accepted_and_stand_for_themselves() -> None:
    text = "=1+1 <b>&amp; ${A2} *stars* _lines_ # \\ \x0b “quotes”  'twice'"
    version = with_item(texts={"en": {"staff": "x", "participant": text, "easy_read": ""}})
    form = converted(workbook(version, PARTICIPANT, ratings=RATINGS))

    shown = said(form, "/data/additive/A1:label")["English (en)"]
    assert shown.replace("“", '"').replace("”", '"') == (
        "=1+1 <b>&amp; $ {A2} \\*stars\\* \\_lines\\_ \\# \\\\   \"quotes\"  'twice'"
    )


def test_workbook_holds_text_alone_and_no_formula() -> None:
    version = with_item(texts={"en": {"staff": "=HYPERLINK(1)", "participant": "=2", "easy_read": ""}})
    book = load_workbook(io.BytesIO(workbook(version, STAFF, ratings=RATINGS)))

    assert book.sheetnames == ["survey", "choices", "settings"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}


def test_form_in_two_languages_asks_which_one_is_read() -> None:
    words = {
        "en": {"staff": "x", "participant": "Staff work with us."},
        "cy": {"participant": "Mae staff yma."},
    }
    form = converted(workbook(with_item(texts=words), PARTICIPANT, ratings=RATINGS))

    assert said(form, "/data/additive/A1:label") == {
        "English (en)": "Staff work with us.",
        "Cymraeg (cy)": "Mae staff yma.",
    }
    assert (
        said(form, "/data/additive/A2:label")["Cymraeg (cy)"]
        == said(form, "/data/additive/A2:label")["English (en)"]
    )
    assert questions(form)[0] == "instrument_language"


def test_form_in_one_language_of_two_says_which() -> None:
    words = {"en": {"participant": "Staff work with us."}, "cy": {"participant": "Mae staff yma."}}
    rows = sheets(with_item(texts=words), PARTICIPANT, ratings=RATINGS, language="cy")

    assert rows["settings"][0]["default_language"] == display("cy") == "Cymraeg (cy)"
    assert {"type": "calculate", "name": "instrument_language", "calculation": "string('cy')"} in rows[
        "survey"
    ]
    assert display("tlh") == "tlh (tlh)"


@pytest.mark.parametrize(
    ("version", "kind", "language", "problem"),
    [
        (VERSION, Kind("staff", "short"), None, "Staff have one form, the full one in plain words."),
        (
            VERSION,
            Kind("staff", wording="easy_read"),
            None,
            "Staff have one form, the full one in plain words.",
        ),
        (VERSION, PARTICIPANT, "cy", "Version 1 has no words in cy."),
        (VERSION | {"items": []}, PARTICIPANT, None, "This form has no items."),
        (
            with_item(code="1 A"),
            PARTICIPANT,
            None,
            "Item 1 A: a form needs a code of a letter, then letters and",
        ),
        (with_item(texts={}), PARTICIPANT, None, "Item A1: write its words in English first."),
    ],
)
def test_form_that_nobody_could_fill_in_is_refused(version, kind: Kind, language, problem: str) -> None:
    with pytest.raises(Unfit) as refused:
        sheets(version, kind, ratings=RATINGS, language=language)

    assert refused.value.problems[0].startswith(problem)


def test_form_ids_differ() -> None:
    assert len({form_id("1", kind) for kind in KINDS.values()}) == len(KINDS) == 5
    assert form_id("1", KINDS["participant-short-plain"]) == "coproduce-1-participant-short"


def test_export_xlsform_writes_a_form_that_the_converter_accepts(instrument, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    call_command("export_xlsform", "1", "--form", "short", "--output", str(path), verbosity=0)

    assert set(questions(converted(path.read_bytes()))) >= asked(Kind("participant", "short"))


def test_export_xlsform_refuses_what_there_is_not(instrument, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no version 8; there is 1\."):
        call_command("export_xlsform", "8")
    with pytest.raises(CommandError, match="Staff have one form"):
        call_command("export_xlsform", "1", "--side", "staff", "--form", "short")
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("export_xlsform", "1", "--output", str(tmp_path))
