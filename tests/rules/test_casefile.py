"""Case files are read strictly, and a refusal says where and what would be right."""

import pytest

from assessments.rules import (
    MAX_BYTES,
    Case,
    CaseFileError,
    Context,
    Facts,
    Form,
    Missing,
    Phase,
    Response,
    Side,
    parse_case,
    read_case,
)
from assessments.rules.casefile import Problem
from assessments.rules.values import Agency, Basis, Known, Level, Part, StaffTime, Task
from tests.rules.cases import INSTRUMENT

WHOLE = """
[case]
title = "  Library volunteers deliver books  "
source = "Bussu 2014"

[facts]
agency = "ongoing"
public_resources = "yes"
basis = "chosen"
intentional = "yes"
staff_time = "kept"
levels = ["individual", "collective"]
task = "complementary"

[facts.phases]
commission = "none"
design = "consulted"
deliver = "shared"
assess = "unknown"

[facts.context]
cuts = "no"
capital = "yes"

[[responses]]
side = "staff"
[responses.answers]
A1 = 4
A4 = 0
V4 = "na"
R1 = "dk"

[[responses]]
side = "participant"
form = "short"
answers = { A1 = 3, L1 = 2 }

[[responses]]
side = "participant"
answers = {}
"""

SMALL = '[case]\ntitle = "A title"\n[facts]\n'


def parse(text):
    return parse_case(text.encode(), INSTRUMENT, name="my.toml")


def problems(text):
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(CaseFileError) as refusal:
        parse_case(data, INSTRUMENT, name="my.toml")
    return [str(problem) for problem in refusal.value.problems]


def test_whole_case_is_read():
    found = parse(WHOLE)

    assert (found.title, found.source) == ("Library volunteers deliver books", "Bussu 2014")
    assert found.case == Case(
        facts=Facts(
            phases={
                Phase.COMMISSION: Part.NONE,
                Phase.DESIGN: Part.CONSULTED,
                Phase.DELIVER: Part.SHARED,
                Phase.ASSESS: Part.UNKNOWN,
            },
            agency=Agency.ONGOING,
            public_resources=Known.YES,
            basis=Basis.CHOSEN,
            intentional=Known.YES,
            staff_time=StaffTime.KEPT,
            levels=frozenset({Level.INDIVIDUAL, Level.COLLECTIVE}),
            task=Task.COMPLEMENTARY,
            context={Context.CUTS: Known.NO, Context.CAPITAL: Known.YES},
        ),
        responses=(
            Response(side=Side.STAFF, answers={"A1": 4, "A4": 0, "V4": Missing.NA, "R1": Missing.DK}),
            Response(side=Side.PARTICIPANT, answers={"A1": 3, "L1": 2}, form=Form.SHORT),
            Response(side=Side.PARTICIPANT, answers={}),
        ),
    )


def test_smallest_case_has_unknown_facts_and_no_responses():
    found = parse(SMALL)

    assert found.case == Case(facts=Facts())
    assert found.source == ""


def test_byte_order_mark_and_windows_line_ends_are_accepted():
    found = parse_case(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode(), INSTRUMENT)

    assert found.title == "A title"


@pytest.mark.parametrize("title", ["x", "x" * 200, " " + "é" * 200 + " ", "Soft\u00a0space"])
def test_title_has_one_to_two_hundred_characters(title):
    assert parse(SMALL.replace("A title", title)).title == title.strip()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('title = ""', "case.title: it has 0 characters; write 1 to 200."),
        ('title = "  \\t "', "case.title: it has 0 characters; write 1 to 200."),
        (f'title = "{"x" * 201}"', "case.title: it has 201 characters; write 1 to 200."),
        (
            'title = "one\\ntwo"',
            "case.title: it holds a line break or a control character; write one line of text.",
        ),
        (
            'title = "a\\u001bb"',
            "case.title: it holds a line break or a control character; write one line of text.",
        ),
        (
            'title = "a\\u2028b"',
            "case.title: it holds a line break or a control character; write one line of text.",
        ),
        ("title = 3", "case.title: this is a number; write text in double quotes."),
        ("title = true", "case.title: this is true or false; write text in double quotes."),
        ("title = [1]", "case.title: this is a list; write text in double quotes."),
        ("title = {}", "case.title: this is a table; write text in double quotes."),
        ("title = 2020-01-01", "case.title: this is a date or time; write text in double quotes."),
        ("", 'case.title: this is missing; write title = "what the case is about".'),
        ('title = "x"\nsource = 3', "case.source: this is a number; write text in double quotes."),
        ('title = "x"\nsorce = "y"', 'case.sorce: there is no such key; did you mean "source"?'),
        ('title = "x"\nauthor = "y"', "case.author: there is no such key; write one of title, source."),
        ('title = "x"\n"a\\nb" = "y"', 'case."a\\nb": there is no such key; write one of title, source.'),
    ],
)
def test_about_the_case(line, problem):
    assert problems(SMALL.replace('title = "A title"', line)) == [problem]


PARTS = "none, consulted, shared, alone, unknown"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('agancy = "none"', 'facts.agancy: there is no such key; did you mean "agency"?'),
        (
            'colour = "red"',
            "facts.colour: there is no such key; write one of agency, public_resources, basis, intentional, "
            "staff_time, task, levels, phases, context.",
        ),
        (
            'agency = "sometimes"',
            'facts.agency: "sometimes" is not a value of this key; write one of none, occasional, ongoing, '
            "unknown, in double quotes.",
        ),
        (
            'agency = "Ongoing"',
            'facts.agency: "Ongoing" is not a value of this key; write one of none, occasional, ongoing, '
            'unknown, in double quotes (did you mean "ongoing"?).',
        ),
        (
            "public_resources = true",
            "facts.public_resources: true is not a value of this key; write one of yes, no, "
            "unknown, in double "
            "quotes.",
        ),
        (
            "intentional = false",
            "facts.intentional: false is not a value of this key; write one of yes, no, unknown, "
            "in double quotes.",
        ),
        (
            'basis = ["chosen"]',
            "facts.basis: a list is not a value of this key; write one of chosen, "
            "chosen_with_duties, required, "
            "general_rule, unknown, in double quotes.",
        ),
        (
            f'task = "{"x" * 60}"',
            f'facts.task: "{"x" * 35}…" is not a value of this key; write one of core, '
            f"complementary, unknown, "
            "in double quotes.",
        ),
        (
            'levels = "group"',
            'facts.levels: this is text; write a list, as in ["individual", "group"], empty for unknown.',
        ),
        ('levels = ["group", "group"]', 'facts.levels[2]: "group" is named twice; name it once.'),
        (
            'levels = ["grup"]',
            'facts.levels[1]: "grup" is not a value of this key; write one of individual, group, '
            "collective, in "
            'double quotes (did you mean "group"?).',
        ),
        (
            "levels = [1]",
            "facts.levels[1]: 1 is not a value of this key; write one of individual, group, "
            "collective, in double "
            "quotes.",
        ),
        ("phases = 3", "facts.phases: this is a number; write a table, as in [facts.phases]."),
        ('phases.desing = "none"', 'facts.phases.desing: there is no such key; did you mean "design"?'),
        (
            'phases.design = "some"',
            f'facts.phases.design: "some" is not a value of this key; write one of {PARTS}, in '
            f"double quotes.",
        ),
        ('context = ["cuts"]', "facts.context: this is a list; write a table, as in [facts.context]."),
        ('context.cut = "no"', 'facts.context.cut: there is no such key; did you mean "cuts"?'),
        (
            "context.cuts = 1.5",
            "facts.context.cuts: 1.5 is not a value of this key; write one of yes, no, unknown, "
            "in double quotes.",
        ),
    ],
)
def test_facts(lines, problem):
    assert problems(SMALL + lines) == [problem]


RATING = (
    "is not a rating; write a whole number from 0 to 4 without quotes, "
    '"dk" (don\'t know) or "na" (does not apply).'
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("4.0", "4.0"),
        ("true", "true"),
        ('"4"', '"4"'),
        ("5", "5"),
        ("-1", "-1"),
        ("nan", "nan"),
        ("inf", "inf"),
        ('"DK"', '"DK"'),
        ('""', '""'),
        ("[]", "a list"),
        ("{}", "a table"),
        ("1979-05-27", "1979-05-27"),
        ("9" * 100, "9" * 36 + "…9"),
    ],
)
def test_rating_is_a_whole_number_from_zero_to_four(value, shown):
    text = f'{SMALL}[[responses]]\nside = "staff"\nanswers = {{ A1 = {value} }}\n'

    assert problems(text) == [f"responses[1].answers.A1: {shown} {RATING}"]


@pytest.mark.parametrize(
    ("response", "problem"),
    [
        ("answers = {}", 'side: this is missing; write side = "staff" or side = "participant".'),
        (
            'side = "user"\nanswers = {}',
            'side: "user" is not a value of this key; write one of staff, participant, in double quotes.',
        ),
        (
            'side = "participants"\nanswers = {}',
            'side: "participants" is not a value of this key; write one of staff, participant, in '
            "double quotes "
            '(did you mean "participant"?).',
        ),
        (
            'side = "staff"',
            "answers: this is missing; write [responses.answers] below the side, even if empty.",
        ),
        (
            'side = "staff"\nanswers = 3',
            "answers: this is a number; write a table, as in [responses[1].answers].",
        ),
        (
            'side = "staff"\nanswers = {}\nwho = "me"',
            "who: there is no such key; write one of side, form, answers.",
        ),
        (
            'side = "participant"\nform = "long"\nanswers = {}',
            'form: "long" is not a value of this key; write one of full, short, in double quotes.',
        ),
        (
            'side = "staff"\nform = "short"\nanswers = {}',
            "form: the short form is for participants; leave form out for staff.",
        ),
        ('side = "staff"\nanswers = { a1 = 3 }', 'answers.a1: there is no such item; did you mean "A1"?'),
        (
            'side = "staff"\nanswers = { V6 = 3 }',
            "answers.V6: participants alone are asked this item; remove it here.",
        ),
        (
            'side = "participant"\nanswers = { A6 = 3 }',
            "answers.A6: staff alone are asked this item; remove it here.",
        ),
        (
            'side = "participant"\nform = "short"\nanswers = { V6 = 3 }',
            'answers.V6: this item is not on the short form; remove it, or leave out form = "short".',
        ),
        (
            'side = "participant"\nform = "short"\nanswers = { M1 = 3 }',
            'answers.M1: this item is not on the short form; remove it, or leave out form = "short".',
        ),
        (
            'side = "participant"\nform = "short"\nanswers = { A6 = 3 }',
            "answers.A6: staff alone are asked this item; remove it here.",
        ),
    ],
)
def test_response(response, problem):
    assert problems(f"{SMALL}[[responses]]\n{response}\n") == [f"responses[1].{problem}"]


def test_full_form_may_be_named_on_both_sides():
    text = SMALL + "".join(
        f'[[responses]]\nside = "{side}"\nform = "full"\nanswers = {{}}\n'
        for side in ("staff", "participant")
    )

    assert [response.form for response in parse(text).case.responses] == [Form.FULL, Form.FULL]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            'title = "x"',
            [
                "title: there is no such key; write one of case, facts, responses.",
                "case: this is missing; write [case] with a title.",
                "facts: this is missing; write [facts], even if it stays empty.",
            ],
        ),
        (
            "case = 1\nfacts = 2\nresponses = 3",
            [
                "case: this is a number; write a table, as in [case].",
                "facts: this is a number; write a table, as in [facts].",
                'case.title: this is missing; write title = "what the case is about".',
                "responses: this is a number; write each response as [[responses]].",
            ],
        ),
        (
            'responses = ["staff"]\n' + SMALL,
            ["responses[1]: this is text; write each response as [[responses]]."],
        ),
        (
            SMALL + '[responses]\nside = "staff"',
            ["responses: this is a table; write each response as [[responses]]."],
        ),
    ],
)
def test_tables_that_are_missing_or_misplaced(text, found):
    assert problems(text) == found


def test_all_problems_of_a_file_are_said_at_once_with_the_response_counted_from_one():
    text = """
[case]
title = ""
[facts]
agency = "x"
[[responses]]
side = "staff"
answers = { A1 = 9 }
[[responses]]
side = "staff"
answers = { A1 = 1, Z1 = 2 }
"""
    with pytest.raises(CaseFileError) as refusal:
        parse_case(text.encode(), INSTRUMENT, name="my.toml")

    keys = [problem.key for problem in refusal.value.problems]
    assert sorted(keys) == [
        "case.title",
        "facts.agency",
        "responses[1].answers.A1",
        "responses[2].answers.Z1",
    ]
    assert refusal.value.file == "my.toml"
    assert str(refusal.value).splitlines() == [f"my.toml: {problem}" for problem in refusal.value.problems]


def test_unknown_item_without_a_likeness_lists_the_items():
    (problem,) = problems(f'{SMALL}[[responses]]\nside = "staff"\nanswers = {{ mood = 2 }}\n')

    assert problem.startswith("responses[1].answers.mood: there is no such item; write one of A1, A2,")
    assert problem.endswith("M6, M7.")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[facts]\nbasis = chosen",
            "line 2: this is not TOML (Invalid value); put text in straight double quotes, as in "
            'basis = "chosen".',
        ),
        (
            "[facts]\nbasis = “chosen”",
            'line 2: this is not TOML (Invalid value); use straight quotes, as in basis = "chosen".',
        ),
        (
            "[facts]\nbasis =",
            "line 2: this is not TOML (Invalid value); give a value after the equals sign, as in "
            'basis = "unknown".',
        ),
        (
            "[facts]\nbasis",
            "line 2: this is not TOML (Expected '=' after a key in a key/value pair); write name "
            "= value on one "
            'line, as in basis = "chosen".',
        ),
        (
            '[facts]\nbasis = "chosen',
            "line 2: this is not TOML (Unterminated string); close the quotes on the same line.",
        ),
        (
            '[facts]\nbasis = "chosen\nagency = "none"',
            "line 2: this is not TOML (Illegal character '\\n'); close the quotes on the same line.",
        ),
        (
            '[facts]\nbasis = "chosen"\nbasis = "chosen"',
            "line 3: this is not TOML (Cannot overwrite a value); this name stands above already; "
            "give each key "
            "and table once; only [[responses]] repeats.",
        ),
        (
            "[facts]\n[case]\n[facts]",
            "line 3: this is not TOML (Cannot declare ('facts',) twice); this name stands above "
            "already; give "
            "each key and table once; only [[responses]] repeats.",
        ),
        (
            "[facts]\na = {A1 = 1, A1 = 2}",
            "line 2: this is not TOML (Duplicate inline table key 'A1'); this name stands above "
            "already; give "
            "each key and table once; only [[responses]] repeats.",
        ),
        (
            "[facts\nbasis",
            "line 1: this is not TOML (Expected ']' at the end of a table declaration); write a table as "
            "[facts], and each response as [[responses]].",
        ),
        (
            "[facts]\nbasis = 1 2",
            "line 2: this is not TOML (Expected newline or end of document after a statement); "
            "write one name = "
            "value a line, text in straight double quotes, lists in [ ] with commas.",
        ),
    ],
)
def test_damaged_file_is_refused_with_its_line_and_what_is_likely_right(text, problem):
    assert problems(text) == [problem]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty; begin it with [case] and a title."),
        (b" \n\t\n", "the file is empty; begin it with [case] and a title."),
        (b"\xef\xbb\xbf", "the file is empty; begin it with [case] and a title."),
        (b'[case]\ntitle = "Caf\xe9"', "line 2: this is not UTF-8 text; save the file as UTF-8."),
        ("[case]".encode("utf-16"), "line 1: this is not UTF-8 text; save the file as UTF-8."),
        (b"#" * (MAX_BYTES + 1), "the file is larger than 1 MB; split it into cases."),
        (
            b"a = " + b"[" * 20_000,
            "this is no case file: a value in it is too long or nested too deeply.",
        ),
        (b"a = " + b"1" * 5_000, "this is no case file: a value in it is too long or nested too deeply."),
    ],
)
def test_file_that_holds_no_case_is_refused(data, problem):
    assert problems(data) == [problem]


def test_largest_file_is_still_read():
    padding = "#" * (MAX_BYTES - len(SMALL.encode()))

    assert parse(SMALL + padding).title == "A title"


def test_case_is_read_from_a_file(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(SMALL, encoding="utf-8")

    assert read_case(path, INSTRUMENT).title == "A title"


def test_too_large_file_is_refused_without_reading_it_whole(tmp_path):
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1000))

    with pytest.raises(
        CaseFileError, match=r"large\.toml: the file is larger than 1 MB; split it into cases\.$"
    ):
        read_case(path, INSTRUMENT)


def test_missing_file_and_folder_are_refused(tmp_path):
    with pytest.raises(CaseFileError) as missing:
        read_case(tmp_path / "none.toml", INSTRUMENT)
    with pytest.raises(CaseFileError) as folder:
        read_case(tmp_path, INSTRUMENT)

    assert missing.value.problems == (Problem("", "there is no such file; check its name and folder."),)
    assert folder.value.problems == (Problem("", "this is a folder; name the case files in it."),)
    assert str(folder.value) == f"{tmp_path}: this is a folder; name the case files in it."


def test_file_that_cannot_be_read_says_why(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(SMALL)

    with pytest.raises(CaseFileError) as refusal:
        read_case(path / "inside.toml", INSTRUMENT)

    assert refusal.value.problems == (Problem("", "the file cannot be read: Not a directory."),)
