"""The command ``assess``: JSON Lines for machines, a text for people, and no database."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assessments.management.commands.assess import item_statements, printable
from assessments.rules import assess, default_instrument, read_case
from assessments.words.report import report
from tests.rules.cases import INSTRUMENT
from tests.rules.test_change import random_case

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
NURSE, SURVEY = str(EXAMPLES / "family-nurse-partnership.toml"), str(EXAMPLES / "satisfaction-survey.toml")


def command(*arguments, **changes):
    """How the command is started in a shell, where no database can be reached."""
    nowhere = {"SECRET_KEY": "x", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "DEBUG": "no"}
    return {
        "args": [sys.executable, "manage.py", "assess", *arguments],
        "cwd": ROOT,
        "env": {**os.environ, "DJANGO_SETTINGS_MODULE": "coproduce.settings", **nowhere, **changes},
        "text": True,
        "encoding": "utf-8",
    }


def run(*arguments, **changes):
    done = subprocess.run(**command(*arguments, **changes), capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr


def printed(capsys, *arguments):
    """What the command prints when nothing is refused."""
    call_command("assess", *arguments)
    return capsys.readouterr().out


def test_assess_prints_a_line_of_json_for_each_file_in_order(capsys):
    lines = printed(capsys, SURVEY, NURSE).splitlines()

    records = [json.loads(line) for line in lines]
    assert [(record["file"], record["counts"]) for record in records] == [(SURVEY, "no"), (NURSE, "yes")]
    assert [list(record)[:3] for record in records] == [["file", "title", "instrument"]] * 2


def test_assess_prints_the_record_of_the_rules(capsys):
    (line,) = printed(capsys, NURSE).splitlines()

    found = read_case(Path(NURSE), default_instrument())
    expected = assess(found.case, default_instrument()).as_dict()
    assert json.loads(line) == {"file": NURSE, "title": found.title, **expected}
    assert list(json.loads(line))[2:] == list(expected)


def test_assess_works_without_any_database():
    status, out, err = run(NURSE)

    assert (status, len(out.splitlines()), err) == (0, 1, "")


def test_same_files_give_the_same_bytes_in_every_run():
    assert run(NURSE, SURVEY, PYTHONHASHSEED="1") == run(NURSE, SURVEY, PYTHONHASHSEED="2")


def test_refused_files_are_named_on_standard_error_and_the_others_still_scored(tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text('[case]\ntitle = "x"\n[facts]\nagency = "never"\nbass = "chosen"\n')

    status, out, err = run(str(broken), NURSE, "none.toml", SURVEY)

    assert status == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == [NURSE, SURVEY]
    assert err.splitlines() == [
        f'{broken}: facts.bass: there is no such key; did you mean "basis"?',
        f'{broken}: facts.agency: "never" is not a value of this key; '
        "write one of none, occasional, ongoing, unknown, in double quotes.",
        "none.toml: there is no such file; check its name and folder.",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: FILE"),
        ([NURSE, "--ruleset", "three-cos"], "There is no rule-set 'three-cos'; use bussu-2014 or four-cos."),
        ([NURSE, "--min-participants", "0"], "'0' is not a whole number from 1"),
        ([NURSE, "--min-participants", "2.5"], "'2.5' is not a whole number from 1"),
        ([NURSE, "--min-participants", "-1"], "'-1' is not a whole number from 1"),
        ([NURSE, "--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_bad_options_are_refused_with_a_reason(arguments, message):
    status, out, err = run(*arguments)

    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err


def test_ruleset_decides(capsys):
    panel = str(EXAMPLES / "clinic-redesign-panel.toml")

    bussu = json.loads(printed(capsys, panel))
    four_cos = json.loads(printed(capsys, panel, "--ruleset", "four-cos"))

    assert (bussu["counts"], four_cos["counts"]) == ("partial", "yes")
    assert four_cos["ruleset"] == "four-cos"


def test_min_participants_decides_who_is_heard(tmp_path, capsys):
    path = tmp_path / "case.toml"
    responses = '[[responses]]\nside = "participant"\nanswers = { V1 = 0 }\n' * 2
    facts = 'basis = "chosen"\nintentional = "yes"\n'
    path.write_text(f'[case]\ntitle = "x"\n[facts]\n{facts}{responses}')

    unheard = json.loads(printed(capsys, str(path)))
    heard = json.loads(printed(capsys, str(path), "--min-participants", "2"))

    assert unheard["gates"]["voluntary"]["state"] == "pass"
    assert heard["gates"]["voluntary"]["state"] == "contested"


def test_unknown_ruleset_is_a_command_error():
    with pytest.raises(CommandError) as refusal:
        call_command("assess", NURSE, "--ruleset", "x")

    assert refusal.value.returncode == 2


def test_title_is_written_as_utf_8_whatever_the_locale(tmp_path):
    path = tmp_path / "café.toml"
    path.write_text('[case]\ntitle = "Café – 茶"\n[facts]\n', encoding="utf-8")

    status, out, _ = run(str(path), LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert status == 0
    assert "Café – 茶" in out
    assert json.loads(out)["file"] == str(path)


def test_file_name_that_is_no_text_can_still_be_printed():
    assert printable(os.fsdecode(b"a\xffb.toml")) == "a\ufffdb.toml"
    assert printable("café.toml") == "café.toml"


def test_reader_that_leaves_early_is_no_error():
    many = [NURSE, SURVEY] * 30

    with subprocess.Popen(**command(*many), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.wait(timeout=60)

    assert (process.returncode, err) == (141, "")


def test_interrupt_stops_quietly():
    many = [NURSE, SURVEY] * 500

    # Whoever starts the tests in the background has Ctrl-C ignored, and every process would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(**command(*many), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert err.splitlines()[-1] == "Stopped."
    assert "Traceback" not in err


def test_no_progress_bar_where_nobody_is_watching():
    status, out, err = run(*[NURSE] * 20)

    assert (status, len(out.splitlines()), err) == (0, 20, "")


def test_text_is_for_people(capsys):
    text = printed(capsys, SURVEY, "--format", "text")

    lines = text.splitlines()
    assert lines[1] == "=" * min(len(lines[0]), 79)
    assert "people are asked" in text
    assert "Bussu" in text
    assert all(len(line) <= 79 for line in lines[1:])
    headings = [lines[number - 1] for number, line in enumerate(lines) if line and set(line) == {"-"}]
    assert headings[:3] == ["Conditions", "The process", "The product"]
    assert headings[-1] == "How firm it is"


def test_text_of_any_case_has_words_for_every_code():
    statements = item_statements()

    for number in range(60):
        case = random_case(random.Random(number))
        for ruleset in ("bussu-2014", "four-cos"):
            record = {"title": "A case", **assess(case, INSTRUMENT, ruleset=ruleset).as_dict()}
            text = report(record, INSTRUMENT.thresholds, statements)
            assert "None" not in text
            assert "%(" not in text


def test_text_without_statements_calls_items_by_their_codes(capsys):
    record = {"title": "x", **assess(read_case(Path(NURSE), INSTRUMENT).case, INSTRUMENT).as_dict()}

    assert "rated A4 " in report(record, INSTRUMENT.thresholds)


def test_statements_cover_every_item():
    statements = item_statements()

    assert list(statements) == [item.code for item in INSTRUMENT.items]
    assert all(statements.values())
