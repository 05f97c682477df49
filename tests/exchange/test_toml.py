"""Instrument versions as files: what is written comes back to the letter, and what is damaged is refused."""

import random
import re
import tomllib
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.exchange import toml
from assessments.models import Dimension, InstrumentVersion, Item, ItemText, RuleSet
from assessments.rules.instrument import DEFAULT_PATH, load_instrument
from assessments.rules.values import Dimension as DimensionCode
from assessments.workflow.exchange import Refused, export_version, import_version
from assessments.workflow.instrument import as_instrument, copy_version, problems, publish
from assessments.workflow.instrument_file import as_data, differences
from tests.factories import NOON

SHIPPED = tomllib.loads(DEFAULT_PATH.read_text(encoding="utf-8"))

SMALL = """\
version = "7"
title = "Small"

[thresholds]
min_coverage = "2/3"
band_mixed_from = 40

[rulesets.four-cos]
gates = ["production", "agency"]

[rulesets.four-cos.texts.en]
name = "Four"
description = "Two gates."

[[dimensions]]
code = "additive"
source = "text"

[dimensions.texts.en]
name = "Additive"
definition = "It adds."

[[items]]
code = "A1"
dimension = "additive"
pole = "+"
who = "both"
short = true
weight = 1
source = "text"

[items.texts.en]
staff = "We do."
participant = "They do."

[[items]]
code = "A2"
dimension = "additive"
level = "group"
who = "staff"
source = "text"
"""
"""A file with everything in it that a file has, and as little as may be."""


def rows() -> dict[str, int]:
    """How many rows each table of the instrument holds."""
    return {
        model.__name__: model.objects.count()
        for model in (InstrumentVersion, RuleSet, Dimension, Item, ItemText)
    }


def refusal(content: str | bytes) -> list[str]:
    """The problems for which a file is refused."""
    with pytest.raises(Refused) as refused:
        import_version(content.encode() if isinstance(content, str) else content)
    return refused.value.problems


def outcome(content: bytes) -> InstrumentVersion | list[str]:
    """What comes of an import: a draft, or the problems for which the file is refused."""
    try:
        return import_version(content)
    except Refused as error:
        return error.problems


# There and back


def test_export_of_version_1_says_what_the_shipped_file_says(instrument) -> None:
    assert tomllib.loads(export_version(instrument).decode()) == SHIPPED


def test_export_import_export_gives_the_same_bytes(instrument) -> None:
    first = export_version(instrument)
    draft = import_version(first, number="2")

    assert not draft.is_published
    assert problems(draft) == []
    assert as_data(draft) == as_data(instrument) | {"version": "2"}
    assert export_version(draft) == first.replace(b'\nversion = "1"\n', b'\nversion = "2"\n')


def test_exported_version_keeps_its_number_where_it_is_free(instrument) -> None:
    draft = copy_version(instrument, number="2.1-elm")
    written = export_version(draft)
    draft.delete()

    assert export_version(import_version(written)) == written


def test_exported_file_is_the_instrument_that_the_rules_read(instrument, tmp_path: Path) -> None:
    path = tmp_path / "1.toml"
    path.write_bytes(export_version(instrument))

    assert load_instrument(path) == as_instrument(instrument)


def test_export_keeps_what_a_curator_typed(instrument) -> None:
    draft = copy_version(instrument, number="2")
    draft.min_coverage = "0.66666667"
    draft.agree_from, draft.title = "0.65", 'Plain “and” "quoted" \\ it\'s'
    draft.save()
    item = draft.items.get(code="A1")
    item.weight, item.order = "1.25", 500
    item.save()
    ItemText.objects.create(item=item, language="cy", staff="Mae staff yn rhoi amser.\r\n\tYma.")
    ItemText.objects.filter(item=item, language="en").update(guidance='"""' * 3 + "x" * 200 + ' ."')
    written = export_version(draft)
    again = import_version(written, number="3")

    assert differences(as_data(again), draft) == []
    assert as_instrument(again).thresholds == as_instrument(draft).thresholds
    assert export_version(again) == written.replace(b'\nversion = "2"\n', b'\nversion = "3"\n')


def test_copy_takes_a_share_with_many_digits(instrument) -> None:
    draft = copy_version(instrument, number="2")
    draft.min_coverage = "0.66666667"
    draft.save()

    assert copy_version(draft, number="3").min_coverage == "0.66666667"


def test_languages_are_written_english_first_whatever_their_rows_order(instrument) -> None:
    draft = copy_version(instrument, number="2")
    item = draft.items.get(code="A1")
    for language in ("fr", "cy"):
        ItemText.objects.create(item=item, language=language, staff=language)
    written = export_version(draft).decode()

    assert re.findall(r"\[items\.texts\.(\w+)\]", written)[:4] == ["en", "cy", "fr", "en"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400) | st.text(
    "\"'\\ab \n\r\t.{}[]#=", max_size=250
)
NAMES = st.dictionaries(st.sampled_from(["en", "cy", "zh-hant"]), TEXTS, min_size=1)


@st.composite
def versions(draw: Callable) -> dict:
    """The data of any version, in the shape and order in which a version is written."""
    codes = draw(st.lists(st.sampled_from([*DimensionCode]), min_size=1, unique=True))
    numbers = st.integers(0, 100) | st.fractions(0, 100, max_denominator=100).map(str)

    def texts(*names: str) -> dict:
        return {language: dict.fromkeys(names, text) for language, text in draw(NAMES).items()}

    return {
        "version": draw(st.from_regex(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}", fullmatch=True)),
        "title": draw(TEXTS),
        "thresholds": {"min_coverage": draw(numbers), "gap_noted_from": draw(numbers)},
        "rulesets": {
            code: {"gates": ["production"], "texts": texts("name", "description")}
            for code in draw(
                st.lists(st.from_regex(r"[a-z0-9_-]{1,9}", fullmatch=True), min_size=1, unique=True)
            )
        },
        "dimensions": [
            {"code": code.value, "source": draw(TEXTS), "texts": texts("name", "definition")}
            for code in codes
        ],
        "items": [
            {"code": f"A{number}", "note": draw(TEXTS), "short": draw(st.booleans()), "texts": texts("staff")}
            for number in range(draw(st.integers(1, 3)))
        ],
    }


@settings(max_examples=40, deadline=None)
@given(versions())
def test_whatever_is_written_is_read_back_and_written_the_same(data: dict) -> None:
    written = toml.write(data)
    read = tomllib.loads(written)

    assert read == data
    assert toml.write(read) == written


@settings(max_examples=12, deadline=None)
@given(st.lists(TEXTS.filter(str.strip), min_size=3, max_size=3), st.integers(1, 99999))
@pytest.mark.django_db(transaction=False)
def test_any_words_and_weights_survive_export_and_import(texts: list[str], weight: int) -> None:
    data = tomllib.loads(SMALL)
    data["items"][0] |= {"source": texts[0], "weight": f"{weight}/100"}
    data["items"][0]["texts"]["en"] = {"staff": texts[1], "participant": texts[2]}
    draft = import_version(toml.write(data | {"version": "7"} | with_texts(data)).encode())
    written = export_version(draft)
    draft.delete()
    again = import_version(written)

    assert again.items.get(code="A1").words.staff == texts[1]
    assert export_version(again) == written
    again.delete()


def with_texts(data: dict) -> dict:
    """Its items, each with a table of texts, as the writer takes them."""
    return {"items": [{"texts": {}, **item} for item in data["items"]]}


# What is refused


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('title = "Small"', 'title = "Small', "The file is no TOML: Illegal character '\\n' (at line 2,"),
        ("weight = 1", "weight 1", "(at line 29, column 8). Correct it there, or export the version again."),
        ('pole = "+"', 'pole = "up"', "line 26: A1: pole is 'up'; write one of +, -."),
        ("weight = 1", "weight = -1", "line 29: A1: the weight is -1; write a number above zero."),
        ("weight = 1", 'weight = "1e999999999"', "line 29: items.A1.weight: write the number without an"),
        ("weight = 1", "weight = 0.001", "line 29: items.A1.weight: Ensure"),
        ('"2/3"', '"1e-9_9_9_9"', "line 5: thresholds.min_coverage: write the number without an exponent."),
        ("= 40", "= 400", "line 6: thresholds.band_mixed_from is 400; write a number from 0 to 100."),
        ("band_mixed_from", "band_mixed", "line 6: thresholds.band_mixed: there is no such threshold."),
        ('["production", ', '["produced", ', "line 9: rulesets.four-cos: gates is ['produced',"),
        ('staff = "We do."', "staff = 3", "line 33: items.A1.texts.en.staff: give a text in quotes."),
        ("We do.", "We\\u0000do.", "line 33: items.A1.texts.en.staff: take out the character \\u0000."),
        ("[items.texts.en]", "[items.texts.English]", "line 32: items.A1.English.language: Write a"),
        ('level = "group"', 'colour = "red"', "line 39: items.A2.colour: there is no such key; the keys are"),
        ('source = "text"\n\n[d', "\n[d", "line 15: dimensions.additive.source: give a text in quotes."),
        ('code = "A2"', 'code = "A1"', "items: the code A1 is given twice; every item has its own."),
        (
            'title = "Small"',
            f'title = "{"x" * 201}"',
            "line 2: version.title: Ensure this value has at most 200",
        ),
        (
            'version = "7"',
            'version = "7/8"',
            "Use letters, digits, dots and hyphens, such as 2 or 2.1-draft.",
        ),
        (
            "= 40",
            "= 40\nmin_participants = 4",
            "line 7: version.min_participants: Ensure this value is greater",
        ),
        (
            "= 40",
            "= 40\nmin_participants = 9",
            "Staff need at least 5 participants, the public at least 8 and",
        ),
    ],
)
def test_damaged_file_is_refused_with_line_and_cure(db, old: str, new: str, problem: str) -> None:
    before = rows()
    assert SMALL.count(old) >= 1
    found = refusal(SMALL.replace(old, new, 1))

    assert problem in "\n".join(found)
    assert rows() == before


def test_all_that_is_wrong_is_named_at_once(db) -> None:
    damaged = SMALL.replace("weight = 1", "weight = 0").replace('title = "Small"', "name = 1")
    damaged = damaged.replace('staff = "We do."', "staff = 1").replace('who = "staff"', 'who = "all"')

    assert refusal(damaged) == [
        "line 29: A1: the weight is 0; write a number above zero.",
        "line 40: A2: who is 'all'; write one of staff, participant, both.",
        "line 2: name: there is no such key; the keys are version, title, thresholds, rulesets, dimensions, "
        "items.",
        "title: give a text in quotes.",
        "line 33: items.A1.texts.en.staff: give a text in quotes.",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", 'version: say which version this is, as version = "1".'),
        (SMALL.encode() + b"\xff", "line 42: this is no UTF-8 text. Save the file as UTF-8, or"),
        (b"x" * (toml.SIZE_MAX + 1), "The file is larger than 1000000 bytes, which no instrument needs."),
        (b"x = " + b"[" * 5000, "The file holds tables within tables that no instrument has."),
        (b"a" + b".a" * 5000 + b" = 1", "The file holds tables within tables that no instrument has."),
        (b"PK\x03\x04", "The file is no TOML: "),
        (b"version = " + b"9" * 5000, "The file is no TOML: "),
    ],
)
def test_file_that_is_something_else_is_refused(db, content: bytes, problem: str) -> None:
    assert problem in refusal(content)[0]


def test_import_refuses_a_number_that_is_taken(instrument) -> None:
    before = rows()

    assert refusal(export_version(instrument)) == [
        "Version 1 is already here. Give the draft another number, such as 2."
    ]
    assert rows() == before


def test_published_version_may_be_imported_under_its_next_number_and_published(instrument) -> None:
    draft = import_version(export_version(instrument), number="2")

    assert publish(draft, by=None, reason="Shared by Elm", at=NOON).is_published


# Ten thousand damaged files


def damages() -> Iterator[Callable[[random.Random, str], str | bytes]]:
    """Ways to damage a file, each of which leaves something that no instrument may be."""

    def in_line(pattern: str, change: Callable[[random.Random, str], str]) -> Callable:
        """Changes one random line that ``pattern`` matches."""

        def damage(chance: random.Random, text: str) -> str:
            lines = text.split("\n")
            places = [place for place, line in enumerate(lines) if re.search(pattern, line)]
            place = chance.choice(places)
            lines[place] = change(chance, lines[place])
            return "\n".join(lines)

        return damage

    def word(chance: random.Random) -> str:
        return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(10, 30)))

    assigned, number = r" = ", r"weight|min_coverage|band_mixed"
    yield in_line(assigned, lambda chance, line: line.replace(" = ", " ", 1))
    yield in_line(assigned, lambda chance, line: line.split(" = ")[0] + " =")
    yield in_line(assigned, lambda chance, line: f"{word(chance)} = {line.split(' = ')[1]}\n{line}")
    yield in_line(assigned, lambda chance, line: f"{line}\n{line}")
    yield in_line(assigned, lambda chance, line: f"{line.split(' = ')[0]} = 1979-05-27")
    yield in_line(assigned, lambda chance, line: f"{line.split(' = ')[0]} = {{ {word(chance)} = 1 }}")
    yield in_line(assigned, lambda chance, line: f"{line.split(' = ')[0]} = [[{chance.random()}]]")
    yield in_line(r'"', lambda chance, line: line[: line.rindex('"')])
    yield in_line(r'"', lambda chance, line: line.replace('"', f'"\\{chance.choice("aczpqy")}', 1))
    yield in_line(r'= "[^"]', lambda chance, line: line.replace('= "', '= "\\u0000', 1))
    yield in_line(r'= "[^"]', lambda chance, line: line.replace('= "', f'= "{chr(chance.randint(1, 8))}', 1))
    yield in_line(
        number, lambda chance, line: f"{line.split(' = ')[0]} = {chance.choice(['-', '1e9', '9'])}{101}"
    )
    yield in_line(
        number, lambda chance, line: f"{line.split(' = ')[0]} = {chance.choice(['nan', 'inf', 'true'])}"
    )
    yield in_line(number, lambda chance, line: f'{line.split(" = ")[0]} = "{chance.randint(1, 99)}e{10**6}"')
    yield in_line(number, lambda chance, line: f'{line.split(" = ")[0]} = "{chance.randint(1, 99)}/0"')
    yield in_line(
        r"^(who|pole|level|dimension) ", lambda chance, line: f'{line.split(" = ")[0]} = "{word(chance)}"'
    )
    yield in_line(r"^(version|title|code|dimension|pole|level|who|gates|source)", lambda chance, line: "")
    yield in_line(r"^\[", lambda chance, line: line[:-1])
    yield in_line(r"^\[", lambda chance, line: line.replace("[", f"[{word(chance)}.", 1))
    yield in_line(r"^\[\[items|^\[rule", lambda chance, line: f"[{word(chance)}]\n{line}")
    yield lambda chance, text: text[: text.index(" = ", chance.randrange(text.rindex(" = ")))]
    yield (
        lambda chance, text: (
            text.encode()[: (place := chance.randrange(len(text)))] + b"\xff" + text[place:].encode()
        )
    )


DAMAGES = [*damages()]


def no_writing(execute: Callable, sql: str, *arguments):
    """Runs a query that changes no row."""
    assert not sql.startswith(("INSERT", "UPDATE", "DELETE")), sql
    return execute(sql, *arguments)


def test_ten_thousand_damaged_files_are_refused_and_change_nothing(db) -> None:
    chance = random.Random(2014)
    before = rows()
    assert import_version(SMALL.encode(), number="whole").items.count() == 2
    InstrumentVersion.objects.get(version="whole").delete()

    with connection.execute_wrapper(no_writing):
        for number in range(10_000):
            damaged = DAMAGES[number % len(DAMAGES)](chance, SMALL)
            came_of_it = outcome(damaged if isinstance(damaged, bytes) else damaged.encode())
            assert isinstance(came_of_it, list), f"accepted:\n{damaged}"
            assert all(problem.strip() for problem in came_of_it), damaged
            assert came_of_it, damaged

    assert rows() == before


def test_any_bytes_are_refused_or_are_an_instrument(db) -> None:
    chance = random.Random(1978)
    whole = SMALL.encode()
    accepted = 0
    for number in range(900):
        content = bytearray(whole)
        for _flip in range(chance.choice([1, 1, 2, 5])):
            place = chance.randrange(len(content))
            if number % 3:
                content[place] ^= 1 << chance.randrange(8)
            else:
                content[place : place + chance.randrange(3)] = bytes(
                    chance.choices(whole, k=chance.randrange(3))
                )
        came_of_it = outcome(bytes(content))
        if isinstance(came_of_it, list):
            assert came_of_it
        else:
            accepted += 1
            assert toml.read(export_version(came_of_it)).problems == []
            came_of_it.delete()

    assert 0 < accepted < 900


# Commands


def test_commands_carry_a_version_from_file_to_file(instrument, tmp_path: Path) -> None:
    path = tmp_path / "shared.toml"
    call_command("export_instrument", "1", "--output", str(path))
    said = StringIO()
    call_command("import_instrument", str(path), "--number", "5", stdout=said)
    printed = StringIO()
    call_command("export_instrument", "5", stdout=printed)

    assert said.getvalue() == "Version 5 is a draft: 38 items.\n"
    assert printed.getvalue().encode() == export_version(InstrumentVersion.objects.get(version="5"))
    assert InstrumentVersion.objects.current() == instrument


def test_export_instrument_names_the_versions_there_are(instrument) -> None:
    with pytest.raises(CommandError, match=r"There is no version 3; there is 1\."):
        call_command("export_instrument", "3")


def test_import_instrument_names_the_file_beside_each_problem(db, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace("weight = 1", "weight = 0"), encoding="utf-8")

    with pytest.raises(CommandError, match=r"^mine\.toml: line 29: A1: the weight is 0;"):
        call_command("import_instrument", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_instrument", str(tmp_path / "none.toml"))


def test_load_instrument_takes_an_exported_file(instrument, tmp_path: Path) -> None:
    path = tmp_path / "1.toml"
    path.write_bytes(export_version(instrument))
    said = StringIO()
    call_command("load_instrument", str(path), stdout=said)

    assert said.getvalue() == "Version 1 is already there and says the same.\n"
