"""The files as researchers get them. A test with a pain in its name guards against what hurts elsewhere."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone

from assessments.disclosure import may_be_listed
from assessments.exports import ASSESSMENTS_WIDE, CODEBOOK, DEFINITIONS, EXPORTS, ITEMS, RATINGS_LONG
from assessments.exports.export import Kind, guarded
from assessments.exports.reliability import RELIABILITY
from assessments.exports.stream import CutShort, snapshot, stream
from assessments.models import Answer, InstrumentVersion, ItemText, Response, Service
from assessments.rules.values import THRESHOLDS
from assessments.workflow.assessment import close
from assessments.workflow.instrument import copy_version, publish

from .waves import (
    SECRETS,
    make_participations,
    make_project,
    make_researcher,
    make_response,
    make_wave,
    read,
    selection,
    text_of,
)

pytestmark = pytest.mark.django_db

HEADERS = Path(__file__).parent / "headers"
FILES = pytest.mark.parametrize("name", list(EXPORTS))


def published_with(words: str) -> InstrumentVersion:
    """A second version whose first item says ``words`` to staff."""
    draft = copy_version(InstrumentVersion.objects.get(version="1"), number="2")
    ItemText.objects.filter(item__version=draft, item__code="A1").update(staff=words)
    return publish(draft, by=None, reason="test", at=timezone.now())


def participant_rows(user) -> list[dict[str, str]]:
    return [row for row in read(text_of(RATINGS_LONG, user)) if row["side"] == "participant"]


# Columns


@FILES
def test_pain_11_published_columns_keep_their_names_and_places(name):
    frozen = (HEADERS / f"{name}.txt").read_text().split()

    assert EXPORTS[name].header[: len(frozen)] == frozen


@FILES
def test_pain_11_header_is_printed_from_the_table(name):
    header = next(csv.reader(io.StringIO(text_of(EXPORTS[name], make_researcher()), newline="")))

    assert header == [column.name for column in EXPORTS[name].columns]
    assert len(set(header)) == len(header)


def test_pain_11_each_row_names_its_versions():
    make_wave()
    user = make_researcher()

    (wave,) = read(text_of(ASSESSMENTS_WIDE, user))

    assert (wave["instrument_version"], wave["ruleset"], wave["rules_version"]) == ("1", "bussu-2014", "1")
    assert {row["instrument_version"] for row in read(text_of(RATINGS_LONG, user))} == {"1"}


def test_codebook_describes_every_column_of_every_file():
    entries = read(text_of(CODEBOOK, make_researcher()))

    described = [(entry["file"], entry["name"]) for entry in entries]
    exports = [export for export in EXPORTS.values() if export is not CODEBOOK] + [RELIABILITY, CODEBOOK]
    assert described == [(export.file, column) for export in exports for column in export.header]
    assert [entry["name"] for entry in entries if not entry["meaning"]] == []


def test_items_are_those_of_every_published_version_and_of_no_draft():
    make_wave()
    published_with("New words")
    copy_version(InstrumentVersion.objects.get(version="1"), number="3")

    entries = read(text_of(ITEMS, make_researcher()))

    items = [(entry["instrument_version"], entry["item"], entry["text_staff"]) for entry in entries]
    texts = ItemText.objects.exclude(item__version__version="3").order_by("item_id", "language")
    assert sorted(items) == sorted((t.item.version.version, t.item.code, t.staff) for t in texts)
    assert ("2", "A1", "New words") in items


def test_definitions_hold_dimensions_rule_sets_and_thresholds_of_every_published_version():
    published_with("New words")
    copy_version(InstrumentVersion.objects.get(version="1"), number="3")

    rows = read(text_of(DEFINITIONS, make_researcher()))

    versions = InstrumentVersion.objects.published()
    found = {(row["instrument_version"], row["entry"], row["code"]) for row in rows}
    assert found == {
        (version.version, entry, code)
        for version in versions
        for entry, codes in (
            ("dimension", version.dimensions.values_list("code", flat=True)),
            ("ruleset", version.rulesets.values_list("code", flat=True)),
            ("threshold", THRESHOLDS),
        )
        for code in codes
    }
    (coverage,) = {row["value"] for row in rows if row["code"] == "min_coverage"}
    assert coverage == versions[0].min_coverage
    bussu = next(row for row in rows if row["code"] == "bussu-2014")
    assert bussu["gates"].split(";") == sorted(versions[0].rulesets.get(code="bussu-2014").gates)


def test_codebook_lists_the_values_that_stand_in_code_columns():
    make_wave(agreed=6)
    user = make_researcher()
    allowed = {
        (entry["file"], entry["name"]): entry["values"].split(" | ")
        for entry in read(text_of(CODEBOOK, user))
        if entry["type"] == Kind.CODE
    }

    for name in ("assessments_wide", "ratings_long", "participation", "items", "definitions"):
        for row in read(text_of(EXPORTS[name], user)):
            for column, value in row.items():
                if (f"{name}.csv", column) in allowed:
                    assert value in ["", *allowed[f"{name}.csv", column]]


# What is in the rows


def test_pain_6_assessments_repeat_the_stored_result():
    result = make_wave(agreed=6).results.get(ruleset="bussu-2014")

    (row,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    additive = result.profile["dimensions"]["additive"]
    assert row["counts"] == result.counts
    assert row["kind"] == result.kind
    assert float(row["additive_score"]) == additive["score"]
    assert float(row["additive_participants"]) == additive["participants"]["score"]
    assert int(row["additive_participants_n"]) == 6
    assert float(row["product_coverage"]) == result.profile["product"]["coverage"]
    assert float(row["verdict_holds"]) == result.profile["robustness"]["verdict_holds"]
    assert row["gate_voluntary"] == result.profile["gates"]["voluntary"]["state"]
    raised = {name.removeprefix("flag_") for name in row if name.startswith("flag_") and row[name] == "yes"}
    assert raised == {flag["code"] for flag in result.profile["flags"]}
    assert row["opened_on"] == "2025-03-03"
    assert row["closed_on"] == "2025-04-04"


def test_assessments_write_facts_as_they_were_when_the_wave_closed():
    wave = make_wave()
    wave.activity.facts.phases_deliver = "none"
    wave.activity.facts.save()

    (row,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    assert row["phases_deliver"] == "shared"
    assert row["phases_assess"] == "unknown"
    assert row["task"] == "SKIP"
    assert (row["levels_group"], row["levels_individual"], row["levels_collective"]) == ("yes", "no", "SKIP")


def test_every_figure_column_finds_its_place_in_a_full_profile():
    make_wave(staff=3, agreed=6)

    (row,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    empty = {name for name, value in row.items() if not value}
    assert empty <= {"kind", "decided_by", "open_gates", "contradictions"}


def test_answers_have_a_row_for_each_response_and_item_asked():
    wave = make_wave(staff=2, agreed=5)
    asked = {
        side: wave.instrument_version.items.filter(who__in=["both", side]).count()
        for side in ("staff", "participant")
    }

    rows = read(text_of(RATINGS_LONG, make_researcher()))

    assert len(rows) == 2 * asked["staff"] + 5 * asked["participant"]
    assert len({(row["response_id"], row["item"]) for row in rows}) == len(rows)
    assert {row["response_num"] == row["response_code"] for row in rows} == {True}


def test_answers_tell_apart_why_there_is_no_rating():
    reasons = {"A2": "na", "V1": "dk", "R3": None}
    make_wave(
        agreed=6, change=lambda number, code, rating: reasons.get(code, rating) if number == 0 else rating
    )

    missing = [row for row in participant_rows(make_researcher()) if not row["response_num"]]

    assert [(row["item"], row["response_code"]) for row in missing] == [
        ("A2", "NA"),
        ("V1", "DK"),
        ("R3", "SKIP"),
    ]


def test_answers_of_a_short_form_are_those_of_its_items():
    wave = make_wave(closed=None)
    for _number in range(5):
        make_response(wave, research_consent=True, form="short")
    close_now(wave)
    starred = wave.instrument_version.items.filter(who__in=["both", "participant"], short=True)

    rows = participant_rows(make_researcher())

    assert {row["item"] for row in rows} == set(starred.values_list("code", flat=True))


def close_now(wave):
    """Close a wave."""
    close(wave, by=None, at=datetime(2025, 4, 4, tzinfo=UTC))


def test_a_response_without_any_answer_is_all_unanswered():
    wave = make_wave(closed=None, staff=1)
    Response.objects.create(
        assessment=wave, side="staff", respondent=make_researcher("sam"), submitted_on=date(2025, 3, 3)
    )
    close_now(wave)

    rows = read(text_of(RATINGS_LONG, make_researcher()))

    assert len({row["response_id"] for row in rows}) == 2
    silent = [row for row in rows if row["response_code"] == "SKIP"]
    assert len(silent) == len(rows) / 2


# Who may be seen


def test_pain_8_only_closed_waves_of_sharing_services_leave():
    make_wave("shared")
    make_wave("private", shared=False)
    make_wave("open", closed=None)
    user = make_researcher()

    assert len(read(text_of(ASSESSMENTS_WIDE, user))) == 1
    assert len({row["assessment_id"] for row in read(text_of(RATINGS_LONG, user))}) == 1


def test_pain_8_a_service_that_stops_sharing_is_gone_from_the_files():
    make_wave()
    user = make_researcher()
    Service.objects.update(shared_for_research=False)

    assert read(text_of(ASSESSMENTS_WIDE, user)) == []
    assert read(text_of(RATINGS_LONG, user)) == []


def test_pain_5_no_file_names_a_service_a_person_or_evidence():
    make_wave(agreed=5)
    user = make_researcher()

    text = "".join(text_of(export, user) for export in EXPORTS.values())

    assert [secret for secret in SECRETS if secret in text] == []
    assert [str(key) for key in Response.objects.values_list("pk", flat=True) if str(key) in text] == []
    staff = [row for row in read(text_of(RATINGS_LONG, user)) if row["side"] == "staff"]
    assert {row["evidence_present"] for row in staff} == {"yes"}


def test_pain_5_ids_are_stable_and_differ_by_what_they_stand_for(settings):
    make_wave()
    user = make_researcher()
    (before,), (again,) = read(text_of(ASSESSMENTS_WIDE, user)), read(text_of(ASSESSMENTS_WIDE, user))
    settings.SECRET_KEY = "another site"
    (elsewhere,) = read(text_of(ASSESSMENTS_WIDE, user))

    assert before == again
    assert before["assessment_id"] != before["activity_id"]
    assert elsewhere["assessment_id"] != before["assessment_id"]


def test_answers_and_assessments_share_their_ids():
    make_wave("A", agreed=5)
    make_wave("B")
    user = make_researcher()

    waves = [row["assessment_id"] for row in read(text_of(ASSESSMENTS_WIDE, user))]

    assert list(dict.fromkeys(row["assessment_id"] for row in read(text_of(RATINGS_LONG, user)))) == waves


@pytest.mark.parametrize(
    ("agreed", "others", "shown"),
    [(4, 0, 0), (5, 0, 5), (4, 4, 0), (5, 1, 0), (9, 4, 0), (5, 5, 5), (0, 6, 0)],
)
def test_pain_5_participants_leave_only_when_both_groups_are_large_enough(agreed, others, shown):
    make_wave(agreed=agreed, others=others)

    assert may_be_listed(agreed, agreed + others, floor=5) == (shown > 0)
    assert len({row["response_id"] for row in participant_rows(make_researcher())}) == shown


def test_pain_5_a_higher_floor_of_the_version_is_kept():
    make_wave()
    draft = copy_version(InstrumentVersion.objects.get(version="1"), number="2")
    InstrumentVersion.objects.filter(pk=draft.pk).update(min_participants=7)
    draft.refresh_from_db()
    publish(draft, by=None, reason="test", at=timezone.now())
    make_wave("six", agreed=6)
    make_wave("seven", agreed=7)

    assert len({row["response_id"] for row in participant_rows(make_researcher())}) == 7


def test_pain_5_an_item_that_too_few_rated_is_withheld_from_all():
    make_wave(agreed=6, change=lambda number, code, rating: "dk" if code == "V5" and number < 2 else rating)

    rows = participant_rows(make_researcher())

    withheld = [row for row in rows if row["response_code"] == "SUPP"]
    assert len(withheld) == 6
    assert {(row["item"], row["response_num"], row["evidence_present"]) for row in withheld} == {
        ("V5", "", "no")
    }


def test_pain_5_an_item_that_few_of_the_others_rated_is_withheld():
    make_wave(
        agreed=5,
        others=5,
        change=lambda number, code, rating: "dk" if code == "M1" and number > 7 else rating,
    )

    rows = participant_rows(make_researcher())

    assert {row["item"] for row in rows if row["response_code"] == "SUPP"} == {"M1"}


def test_pain_5_what_the_stored_result_withholds_is_withheld_here():
    # Four reach the coverage that an additive score needs; each item is rated by five or more.
    half = {"A1", "A2", "A3"}
    make_wave(
        agreed=9,
        change=lambda number, code, rating: (
            "dk" if number > 3 and code[0] == "A" and ((code in half) != (number % 2 == 0)) else rating
        ),
    )
    (wave,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    codes = {row["response_code"] for row in participant_rows(make_researcher("ruth")) if row["item"] == "A1"}

    assert wave["additive_participants"] == ""
    assert codes == {"SUPP"}


@pytest.mark.parametrize("scored", [1, 4])
def test_pain_5_a_score_less_those_who_agreed_gives_none_of_the_others_away(scored):
    # Of the others, each item is rated by five or more, but few rate enough of them for a score.
    def change(number, code, rating):
        half = (int(code[1]) + number) % 2 if code[0] == "R" else 1
        return rating if number < 8 + scored or half else None

    make_wave(agreed=8, others=scored + 12, change=change)
    (wave,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    rows = participant_rows(make_researcher("ruth"))

    assert wave["relational_participants_n"] == str(8 + scored)
    assert {row["item"] for row in rows if row["missing"]} == {"R1", "R2", "R3", "R4", "R5", "R6"}
    items = read(text_of(RELIABILITY, make_researcher("ray")))
    assert {row["item"] for row in items if row["item"] and int(row["supp"] or 0)} == {
        row["item"] for row in rows if row["missing"]
    }


def test_pain_5_a_score_of_enough_of_the_others_withholds_nothing():
    make_wave(
        agreed=8,
        others=17,
        change=lambda number, code, rating: (
            rating if number < 13 or code[0] != "R" or (int(code[1]) + number) % 2 else None
        ),
    )

    assert not {row["item"] for row in participant_rows(make_researcher()) if row["missing"]}


def test_pain_5_an_item_whose_stored_mean_leaves_out_one_who_agreed_gives_none_of_the_others_away():
    # The first, who agreed, rates R1 alone: too little for a score, so the result leaves that out. Of the
    # others one rates R1. Six of the result less six who agreed would look like nobody.
    wave = make_wave(
        agreed=6,
        others=5,
        change=lambda number, code, rating: (
            None if code[0] == "R" and (number > 6 or (number == 0 and code != "R1")) else rating
        ),
    )

    profile = wave.results.get(ruleset="bussu-2014").profile

    assert profile["items"]["R1"]["participants"]["n"] == 6
    rows = participant_rows(make_researcher())
    assert {row["missing"] for row in rows if row["item"] == "R1"} == {"SUPP"}
    (line,) = [
        row
        for row in read(text_of(RELIABILITY, make_researcher("ray")))
        if (row["item"], row["side"]) == ("R1", "participant")
    ]
    assert (line["supp"], line["mean"]) == ("6", "")


def test_pain_5_a_rare_trait_is_withheld_from_all_of_the_wave():
    wave = make_wave(closed=None)
    for number in range(6):
        response = make_response(wave, number, research_consent=True)
        response.mode, response.wording = "assisted" if number == 0 else "online", "easy_read"
        response.save(update_fields=["mode", "wording"])
    close_now(wave)

    rows = participant_rows(make_researcher())

    assert {(row["mode"], row["wording"], row["language"]) for row in rows} == {("SUPP", "easy_read", "en")}


@pytest.mark.parametrize("short", [0, 1])
def test_traits_that_are_common_one_by_one_are_withheld_when_together_they_are_rare(short):
    """Five by five: one person alone would be online and in plain words, or alone in the short form."""
    wave = make_wave(closed=None)
    for number in range(10):
        response = make_response(wave, number, research_consent=True)
        if number < short:
            response.form = "short"
            response.answers.filter(item__short=False).delete()
        response.mode = "online" if number < 5 else "assisted"
        response.wording = "easy_read" if 0 < number < 6 else "plain"
        response.save(update_fields=["form", "mode", "wording"])
    close_now(wave)

    rows = participant_rows(make_researcher())

    seen = {(row["mode"], row["wording"], row["language"]) for row in rows}
    assert seen == ({("SUPP",) * 3} if short else {(mode, "SUPP", "en") for mode in ("online", "assisted")})


def test_unsent_responses_never_leave():
    wave = make_wave(closed=None, agreed=5)
    make_response(wave, research_consent=True, submitted_on=None)
    make_response(wave, respondent=make_researcher("sam"), submitted_on=None)
    close_now(wave)

    rows = read(text_of(RATINGS_LONG, make_researcher()))

    assert len({row["response_id"] for row in rows}) == 2 + 5


def test_a_withheld_side_is_empty_in_the_wide_file():
    make_wave(agreed=4)

    (row,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    assert row["participants_withheld"] == "yes"
    shown = {name: value for name, value in row.items() if "participant" in name and value}
    assert shown == {"participants_withheld": "yes"}


# CSV


@pytest.mark.parametrize(
    "text", ["=1+1", "+44 20", "-cmd", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]
)
def test_pain_10_a_text_that_reads_as_a_formula_gets_an_apostrophe(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "3 | 4", "50 %", "“quoted”", "a,b;c", "שלום", "😀"])
def test_pain_10_other_texts_are_left_alone(text):
    assert guarded(text) == text


@pytest.mark.parametrize(
    "words",
    [
        'He said "no", then left',
        "first\nsecond",
        "one\r\ntwo",
        "😀 👩‍👩‍👧",
        "שלום, עולם",
        "a;b|c%d",
        "naïve – “ü”",
    ],
)
def test_pain_10_text_comes_back_as_it_was(words):
    make_wave()
    published_with(words)

    entries = read(text_of(ITEMS, make_researcher()))

    assert words in {entry["text_staff"] for entry in entries if entry["instrument_version"] == "2"}


def test_pain_10_words_of_a_curator_do_not_run():
    make_wave()
    published_with("=1+1")

    entries = read(text_of(ITEMS, make_researcher()))

    assert "'=1+1" in {entry["text_staff"] for entry in entries}
    assert "=1+1" not in {entry["text_staff"] for entry in entries}


def test_pain_10_negative_numbers_stay_numbers():
    make_wave(agreed=5, change=lambda number, code, rating: 4 - rating)

    (row,) = read(text_of(ASSESSMENTS_WIDE, make_researcher()))

    assert float(row["voluntary_gap"]) < -20


def test_pain_10_no_line_of_any_file_starts_a_cell_with_a_formula_unless_it_is_a_number():
    make_wave(agreed=5)
    user = make_researcher()

    for export in EXPORTS.values():
        for row in csv.reader(io.StringIO(text_of(export, user), newline="")):
            for cell in row:
                if cell.startswith(("=", "+", "-", "@")):
                    float(cell)


def test_pain_10_excel_gets_a_byte_order_mark_and_nothing_else_changes():
    make_wave()
    user = make_researcher()

    plain, excel = text_of(RATINGS_LONG, user), text_of(RATINGS_LONG, user, excel=True)

    assert excel == "\ufeff" + plain
    assert not plain.startswith("\ufeff")


def test_lines_end_as_the_standard_says():
    make_wave()

    text = text_of(RATINGS_LONG, make_researcher())

    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")


@FILES
def test_the_same_data_give_the_same_bytes(name):
    for wave in "ABC":
        make_wave(wave, agreed=5)
    user = make_researcher()

    assert text_of(EXPORTS[name], user) == text_of(EXPORTS[name], user)


def test_rows_do_not_follow_the_order_in_which_waves_began():
    waves = [make_wave(f"w{number}", staff=1) for number in range(6)]
    user = make_researcher()

    order = [row["assessment_id"] for row in ASSESSMENTS_WIDE.rows(selection(user))]

    assert sorted(order) == [wave.pk for wave in waves]
    assert order != sorted(order)


# Streams


@pytest.mark.parametrize("waves", [1, 3])
@pytest.mark.parametrize(
    ("name", "count", "rows"),
    [
        ("assessments_wide", 1, 1),
        ("ratings_long", 2, 3),
        ("participation", 1, 2),
        ("items", 1, 1),
        ("definitions", 3, 3),
        ("evidence", 1, 1),
        ("codebook", 0, 0),
    ],
)
def test_pain_3_exports_take_a_constant_number_of_queries(
    waves, name, count, rows, django_assert_num_queries
):
    for number in range(waves):
        make_participations(make_wave(f"w{number}", agreed=5), agreed=5)
    Service.objects.update(evidence_shared=True)
    user = make_researcher()
    chosen = selection(user, project=make_project(user, evidence_reason="To read."))

    with django_assert_num_queries(count):
        announced = EXPORTS[name].count(chosen)
    chunks = stream(EXPORTS[name], chosen, announced)
    with django_assert_num_queries(0):
        next(chunks)
    with django_assert_num_queries(rows):
        list(chunks)


def test_pain_3_exports_stream_in_constant_memory():
    wave = make_wave()
    items = list(wave.instrument_version.items.filter(who="both"))
    user = make_researcher()

    def peak(responses: int) -> int:
        added = Response.objects.bulk_create(
            Response(
                assessment=wave, side="participant", research_consent=True, submitted_on=date(2025, 3, 3)
            )
            for _number in range(responses)
        )
        Answer.objects.bulk_create(
            Answer(response=response, item=item, rating=3) for response in added for item in items
        )
        chosen = selection(user)
        announced = RATINGS_LONG.count(chosen)
        tracemalloc.start()
        for _chunk in stream(RATINGS_LONG, chosen, announced):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(150)  # Fills one batch, and whatever is imported on first use.
    some = peak(1)
    many = peak(280)

    assert many < 1.5 * some


@pytest.mark.parametrize("announced", [0, 2])
def test_pain_4_a_stream_with_another_number_of_rows_than_announced_breaks_off(announced, caplog):
    make_wave()
    chosen = selection(make_researcher())

    with pytest.raises(CutShort):
        list(stream(ASSESSMENTS_WIDE, chosen, announced))

    assert "assessments_wide.csv broke off after 1 of" in caplog.text


@FILES
def test_pain_4_the_announced_number_is_the_number_of_rows(name):
    make_wave("A", agreed=6, others=5, change=lambda number, code, rating: None if code == "V1" else rating)
    make_wave("B", agreed=5, others=1)
    make_wave("C", agreed=3)
    chosen = selection(make_researcher())

    assert EXPORTS[name].count(chosen) == sum(1 for _row in EXPORTS[name].rows(chosen))


@pytest.fixture
def two_connections(tmp_path):
    """Two connections outside any transaction to one database with one note: a reader's and a writer's."""
    if connection.vendor == "sqlite":
        place = connection.settings_dict | {"NAME": str(tmp_path / "notes.sqlite3")}
        reader, writer = (type(connections["default"])(place) for _end in "rw")
    else:
        reader, writer = connection.copy(), connection.copy()
    run(writer, "CREATE TABLE notes (word text)")
    run(writer, "INSERT INTO notes VALUES ('before')")
    yield reader, writer
    run(writer, "DROP TABLE notes")
    reader.close()
    writer.close()


def run(database, sql: str) -> list:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_a_snapshot_shows_the_database_as_it_was_and_keeps_no_writer_waiting(two_connections):
    reader, writer = two_connections

    with snapshot(reader):
        before = run(reader, "SELECT word FROM notes")
        run(writer, "INSERT INTO notes VALUES ('during')")
        during = run(reader, "SELECT word FROM notes")

    assert before == during == [("before",)]
    assert run(reader, "SELECT count(*) FROM notes") == [(2,)]


def test_a_snapshot_that_is_broken_off_leaves_no_transaction_open(two_connections):
    reader, writer = two_connections

    def break_off():
        with snapshot(reader):
            run(reader, "SELECT word FROM notes")
            raise CutShort

    with pytest.raises(CutShort):
        break_off()

    run(reader, "INSERT INTO notes VALUES ('after')")
    assert run(writer, "SELECT count(*) FROM notes") == [(2,)]


# Filters


def test_filters_narrow_all_files_alike():
    make_wave("A", agreed=5)
    make_wave("B", agreed=4)
    make_wave("C", closed=datetime(2024, 12, 31, 23, 30, tzinfo=UTC))
    user = make_researcher()
    found = {
        "": 3,
        "version=1": 3,
        "closed_from=2025": 2,
        "closed_to=2024": 1,
        "closed_from=2024&closed_to=2024": 1,
        "participants=yes": 1,
        "participants=no": 2,
        "counts=yes": 3,
        "counts=partial": 0,
        "kind=co_delivery": 3,
        "kind=full": 0,
        "counts=&kind=": 3,
    }

    wide = {query: len(read(text_of(ASSESSMENTS_WIDE, user, query))) for query in found}
    long = {
        query: len({row["assessment_id"] for row in read(text_of(RATINGS_LONG, user, query))})
        for query in found
    }

    assert wide == found
    assert long == found
