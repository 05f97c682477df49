"""Collected submissions: they score as if typed into the browser, and a file with a fault changes nothing."""

import csv
import io
import random
import uuid
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from assessments.exchange import submissions
from assessments.forms.answer import QuestionsForm
from assessments.models import Assessment, Box, Invitation, Response
from assessments.rules import Form, Side
from assessments.workflow import answering
from assessments.workflow import assessment as workflow
from assessments.workflow.answering import Choices
from assessments.workflow.exchange import Imported, Refused, import_submissions
from assessments.workflow.instrument import as_instrument
from tests.factories import DAY, NOON, make_activity, make_assessment, make_response, ratings

ANSWERS = ["0", "1", "2", "3", "4", "dk", "na", ""]
ADDED = {
    "start": "2026-03-01T09:14:22.001+00:00",
    "end": "2026-03-01T09:20:00.000+00:00",
    "about": "",
    "__version__": "vKobo123",
    "_submission_time": "2026-03-01T09:20:03",
    "_submitted_by": "tablet-7",
}
"""What a server adds, and nobody here may keep."""


@pytest.fixture
def wave(world) -> Assessment:
    return world.open


def generated(wave: Assessment, number: int, *, seed: int = 7) -> list[dict[str, str]]:
    """The rows of so many forms, filled in by chance, with plain column names."""
    chance = random.Random(seed)
    instrument = as_instrument(wave.instrument_version)
    rows = []
    for _ in range(number):
        form = chance.choice([*Form])
        rows.append(
            {
                "instrument_version": instrument.version,
                "instrument_side": "participant",
                "instrument_form": form.value,
                "instrument_wording": chance.choice(["plain", "easy_read"]),
                "instrument_language": "en",
                "answered_by": chance.choice(["online", "assisted"]),
                "research_consent": chance.choice(["yes", "no", ""]),
                "_uuid": str(uuid.UUID(int=chance.getrandbits(128))),
                **{
                    item.code: chance.choice(ANSWERS) if item.asked_of(Side.PARTICIPANT, form) else ""
                    for item in instrument.items
                    if item.asked_of(Side.PARTICIPANT)
                },
                **ADDED,
            }
        )
    return rows


def as_csv(rows: list[dict[str, str]], *, delimiter: str = ";", rename=lambda name: name) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow([rename(name) for name in rows[0]])
    writer.writerows(row.values() for row in rows)
    return file.getvalue().encode("utf-8-sig")


def as_xlsx(rows: list[dict[str, str]]) -> bytes:
    book = Workbook()
    book.active.append([*rows[0]])
    for row in rows:
        book.active.append([int(cell) if cell.isdecimal() else cell or None for cell in row.values()])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def box(wave: Assessment) -> list[dict]:
    """What the box of a wave holds, in an order of its own."""
    found = Box.objects.filter(assessment=wave).first()
    return sorted(found.responses.values(), key=str) if found else []


def refusal(wave: Assessment, content: bytes, name: str = "answers.csv") -> list[str]:
    """The problems for which a file is refused; nothing has changed."""
    before = box(wave)
    with pytest.raises(Refused) as refused:
        import_submissions(wave, content, name=name)
    assert box(wave) == before
    return refused.value.problems


# What comes in


def test_a_hundred_submissions_score_as_the_same_answers_in_the_browser(world) -> None:
    alice = world.people["alice"]
    facts = {"phases_deliver": "shared", "agency": "ongoing", "basis": "chosen", "intentional": "yes"}
    collected, typed = (
        make_assessment(make_activity(world.service, facts=facts), by=alice) for _ in range(2)
    )
    rows = generated(collected, 100)
    import_submissions(collected, as_csv(rows), name="answers.csv")
    for row in rows:
        in_the_browser(typed, row)
    for wave in (collected, typed):
        make_response(wave, ratings("staff"), respondent=alice)

    assert box(collected) == box(typed)

    results = [
        {result.ruleset: result.profile for result in workflow.close(wave, by=alice, at=NOON).results.all()}
        for wave in (collected, typed)
    ]
    assert results[0] == results[1]
    assert results[0]["bussu-2014"]["dimensions"]["relational"]["participants"]["n"] > 20


def in_the_browser(wave: Assessment, row: dict[str, str]) -> None:
    """A participant opens a link, chooses, answers and sends: what their pages do."""
    link = Invitation.objects.create(assessment=wave, kind="single", ends_on=DAY + timedelta(days=9))
    choices = Choices(
        row["instrument_form"],
        row["instrument_wording"],
        row["answered_by"],
        row["instrument_language"],
        row["research_consent"] == "yes",
    )
    ticket = answering.make_pass(link.token, answering.begin(link, choices, on=DAY))
    form = QuestionsForm(row, items=answering.items_for(wave, choices), wording=choices.wording)
    assert form.is_valid()
    answering.save(link, ticket, form.given(), on=DAY)
    assert answering.send(link, ticket, on=DAY)


def test_columns_may_bear_their_group_as_kobotoolbox_and_odk_write_it(wave) -> None:
    rows = generated(wave, 4)
    dimension = {item.code: item.dimension for item in as_instrument(wave.instrument_version).items}
    odk = [{"KEY": f"uuid:{row['_uuid']}", **{k: v for k, v in row.items() if k != "_uuid"}} for row in rows]
    files = {
        "kobo.csv": as_csv(
            rows, rename=lambda name: f"{dimension[name]}/{name}" if name in dimension else name
        ),
        "odk.csv": as_csv(
            odk,
            delimiter=",",
            rename=lambda name: f"{dimension[name]}-{name}" if name in dimension else name,
        ),
        "kobo.xlsx": as_xlsx(rows),
    }
    for number, (name, content) in enumerate(files.items()):
        assert import_submissions(wave, content, name=name) == Imported(4 * (not number), 4 * bool(number), 0)

    assert len(box(wave)) == 4


def test_nothing_that_a_server_added_is_kept(wave) -> None:
    rows = generated(wave, 6)
    import_submissions(wave, as_csv(rows), name="answers.csv")
    kept = str(Box.objects.values().get())

    for row in rows:
        assert row["_uuid"] not in kept
        assert row["_uuid"].replace("-", "") not in kept
    for added in filter(None, ADDED.values()):
        assert added not in kept


def test_importing_a_file_again_adds_only_what_is_new(wave) -> None:
    rows = generated(wave, 5)
    assert import_submissions(wave, as_csv(rows[:3]), name="a.csv") == Imported(new=3, again=0, blank=0)
    assert import_submissions(wave, as_csv(rows), name="a.csv") == Imported(new=2, again=3, blank=0)
    assert len(box(wave)) == 5


def test_edited_submission_takes_the_place_of_its_earlier_self(wave) -> None:
    (row,) = generated(wave, 1)
    edited = row | {
        "A1": "4" if row["A1"] != "4" else "0",
        "_uuid": str(uuid.uuid4()),
        "meta/rootUuid": row["_uuid"],
    }
    import_submissions(wave, as_csv([row]), name="a.csv")

    assert import_submissions(wave, as_csv([edited]), name="a.csv") == Imported(new=0, again=1, blank=0)
    assert [kept["answers"]["A1"] for kept in box(wave)] == [int(edited["A1"])]


def test_same_submission_in_two_waves_has_two_keys(world) -> None:
    other = make_assessment(make_activity(world.service), by=world.people["alice"])
    content = as_csv(generated(world.open, 1))
    for wave in (world.open, other):
        import_submissions(wave, content, name="a.csv")

    assert len({key for kept in Box.objects.all() for key in kept.responses}) == 2


def test_form_without_any_answer_is_left_out(wave) -> None:
    items = [item.code for item in as_instrument(wave.instrument_version).items]
    full, empty = generated(wave, 2)
    empty |= {code: "" for code in items if code in empty}

    assert import_submissions(wave, as_csv([full, empty]), name="a.csv") == Imported(new=1, again=0, blank=1)


def test_imported_answers_close_into_rows_like_any_others(wave) -> None:
    rows = generated(wave, 8)
    import_submissions(wave, as_csv(rows), name="a.csv")
    workflow.close(wave, by=wave.opened_by, at=NOON)
    kept = Response.objects.filter(assessment=wave, side="participant")

    assert kept.count() == 8
    assert {one.submitted_on for one in kept} == {NOON.date()}
    assert sum(one.research_consent for one in kept) == sum(row["research_consent"] == "yes" for row in rows)


# What is refused


def test_every_fault_is_named_with_its_row_and_nothing_is_written(wave) -> None:
    rows = generated(wave, 5)
    for row in rows:
        row["instrument_form"] = "full"
    rows[0] |= {"A1": "5", "R2": "Mostly"}
    rows[1] |= {"instrument_version": "2"}
    rows[2] |= {"instrument_form": "short", "M1": "3", "research_consent": "perhaps"}
    rows[3] |= {"_uuid": rows[2]["_uuid"], "instrument_language": "cy"}
    rows[4] |= {"_uuid": ""}
    for code in ("A5", "V5", "V6", "L4", "L5", "L6", "R3", "R5", "R6", "P2", "P4", "P6", "P7"):
        rows[2][code] = ""
    for code in ("M2", "M3", "M4", "M5", "M6", "M7"):
        rows[2][code] = ""

    assert refusal(wave, as_csv(rows)) == [
        "row 2: A1 is “5”; it must be 0 to 4, dk or na.",
        "row 2: R2 is “Mostly”; it must be 0 to 4, dk or na.",
        "row 3: instrument_version is “2”; it must be 1.",
        "row 4: research_consent is “perhaps”; it must be empty or yes or no.",
        "row 4: M1 is answered, and is no question of the short form.",
        "row 5: instrument_language is “cy”; it must be empty or en.",
        "row 5: the same submission as in row 4.",
        "row 6: the submission has no number of its own (_uuid or KEY).",
    ]


def test_unknown_columns_are_named(wave) -> None:
    rows = [row | {"A9": "1", "name": "Ann", "product/A1": "2"} for row in generated(wave, 1)]

    assert refusal(wave, as_csv(rows)) == [
        "The column A9 is none of this version’s form for participants.",
        "The column name is none of this version’s form for participants.",
        "The column product/A1 is none of this version’s form for participants.",
    ]


def test_column_that_is_there_twice_is_named(wave) -> None:
    rows = [row | {"additive/A1": "2"} for row in generated(wave, 1)]

    assert refusal(wave, as_csv(rows)) == ["The column A1 is there twice."]


def test_file_with_labels_for_names_is_refused(wave) -> None:
    found = refusal(wave, b"Staff work on this together with us.,Is someone helping you?\nMostly,No\n")

    assert len(found) == 5
    assert found[0] == (
        "The column instrument_version is missing. Export with “XML values and headers”, from a form made by "
        "export_xlsform."
    )
    assert found[4] == "There is no column _uuid or KEY, which tells one submission from another."


def test_forms_of_staff_are_refused_in_one_sentence(wave) -> None:
    rows = [row | {"instrument_side": "staff", "A1_evidence": "The rota."} for row in generated(wave, 3)]

    assert refusal(wave, as_csv(rows)) == [
        "These are staff’s forms. Staff type them in under their own accounts."
    ]


def test_closed_wave_takes_nothing(world) -> None:
    assert refusal(world.closed, as_csv(generated(world.open, 1))) == [
        "The assessment is closed. Answers that were collected can enter an open one alone."
    ]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.csv", b"", "The column instrument_version is missing."),
        ("a.csv", b"\xff\xfe\x00", "The file is no UTF-8 text."),
        ("a.csv", b'KEY,"A1\nx', "The file is no CSV file: unexpected end of data."),
        ("a.csv", b"x" * (submissions.SIZE_MAX + 1), "The file is larger than 10000000 bytes."),
        ("a.csv", b"KEY,A1\n" + b"x,1\n" * 2001, "The file has more than 2000 rows. Import it in parts."),
        ("a.xlsx", b"KEY,A1\nx,1\n", "The file is no XLSX file that can be read. Export it again."),
        ("a.xlsx", b"PK\x05\x06" + b"\0" * 18, "The file is no XLSX file that can be read. Export it again."),
    ],
)
def test_file_that_is_something_else_is_refused(wave, name: str, content: bytes, problem: str) -> None:
    assert refusal(wave, content, name)[0].startswith(problem)


def test_workbook_that_unpacks_into_too_much_is_refused(wave) -> None:
    rows = [{"KEY": "x" * 30_000 + str(number)} for number in range(1_800)]

    assert refusal(wave, as_xlsx(rows), "a.xlsx") == ["The file is too large once it is unpacked."]


# Commands


def test_import_submissions_says_how_many_came_in(wave, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(as_csv(generated(wave, 3)))
    said = StringIO()
    call_command("import_submissions", str(wave.pk), str(path), stdout=said)

    assert said.getvalue() == "3 new, 0 imported before, 0 without any answer.\n"
    assert len(box(wave)) == 3


def test_import_submissions_refuses_with_the_file_beside_each_problem(wave, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(as_csv([row | {"A1": "9"} for row in generated(wave, 1)]))

    with pytest.raises(
        CommandError, match=r"^answers\.csv: row 2: A1 is “9”; it must be 0 to 4, dk or na\.$"
    ):
        call_command("import_submissions", str(wave.pk), str(path))
    with pytest.raises(CommandError, match=r"There is no assessment 0\."):
        call_command("import_submissions", "0", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_submissions", str(wave.pk), str(tmp_path / "none.csv"))
