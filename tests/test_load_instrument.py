"""``manage.py load_instrument``: from a file to a published version, once, and all of it."""

import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assessments.models import InstrumentVersion, Item, ItemText
from assessments.rules import load_instrument
from assessments.rules.instrument import DEFAULT_PATH
from assessments.workflow.instrument import as_instrument, copy_version, load_version
from assessments.workflow.instrument_file import as_data, differences

SHIPPED = DEFAULT_PATH.read_text(encoding="utf-8")


@pytest.fixture
def changed(tmp_path: Path):
    """Writes the shipped file, as version 9 and with one change, and returns where it is."""

    def write(old: str = "", new: str = "", version: str = "9") -> Path:
        assert old in SHIPPED
        text = SHIPPED.replace(old, new, 1).replace('version = "1"', f'version = "{version}"', 1)
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def load(*arguments: object) -> str:
    output = StringIO()
    call_command("load_instrument", *arguments, stdout=output)
    return output.getvalue()


# What it writes


def test_load_instrument_publishes_what_it_loads(db, changed) -> None:
    assert load(changed()) == "Version 9 is published: 38 items in 6 dimensions.\n"

    version = InstrumentVersion.objects.get(version="9")
    assert version.is_published
    assert version.reason == "Loaded from mine.toml"
    assert version.published_by is None
    assert InstrumentVersion.objects.current() == version


def test_loaded_version_says_every_word_and_number_of_the_file(instrument) -> None:
    data = tomllib.loads(SHIPPED)
    written = as_data(instrument)

    assert written["items"] == data["items"]
    assert written["dimensions"] == data["dimensions"]
    assert written["rulesets"] == data["rulesets"]
    assert written["thresholds"] == data["thresholds"]
    assert (written["version"], written["title"]) == (data["version"], data["title"])


def test_loaded_version_is_the_instrument_that_the_rules_read_from_the_file(instrument) -> None:
    assert as_instrument(instrument) == load_instrument(DEFAULT_PATH)


def test_as_instrument_takes_two_queries_however_many_items(instrument, django_assert_num_queries) -> None:
    small = copy_version(instrument, number="2")
    small.items.exclude(code="A1").delete()

    for version in (instrument, small):
        with django_assert_num_queries(2):
            as_instrument(version)


def test_as_data_takes_six_queries_however_many_items(instrument, django_assert_num_queries) -> None:
    small = copy_version(instrument, number="2")
    small.items.exclude(code="A1").delete()

    for version in (instrument, small):
        with django_assert_num_queries(6):
            as_data(version)


def test_load_version_takes_as_many_queries_for_one_item_as_for_all(db, django_assert_num_queries) -> None:
    data = tomllib.loads(SHIPPED)
    with django_assert_num_queries(35):
        load_version(data | {"version": "8"})
    with django_assert_num_queries(35):
        load_version(data | {"version": "9", "items": data["items"][:1]})


def test_load_instrument_keeps_a_fraction_exact(db, changed) -> None:
    path = changed('min_coverage = "2/3"', 'min_coverage = "5/7"')

    load(path)

    assert as_instrument(InstrumentVersion.objects.get(version="9")) == load_instrument(path)


def test_load_instrument_refuses_a_language_that_is_not_complete(db, changed) -> None:
    path = changed(
        "[items.texts.en]", '[items.texts.cy]\nstaff = "Mae staff yn rhoi amser"\n\n[items.texts.en]'
    )

    with pytest.raises(CommandError, match="Language cy is not complete"):
        load(path)

    assert not ItemText.objects.filter(language="cy").exists()


# Again


def test_load_instrument_twice_changes_nothing(instrument) -> None:
    assert load() == "Version 1 is already there and says the same.\n"

    assert InstrumentVersion.objects.get(version="1").published_at == instrument.published_at


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('title = "Staff', 'title = "All staff', "title"),
        ("gap_noted_from = 15", "gap_noted_from = 20", "thresholds.gap_noted_from"),
        ("min_coverage = ", 'min_coverage = "3/5" # ', "thresholds.min_coverage"),
        ('gates = ["production", "agency"]', 'gates = ["agency"]', "rulesets.four-cos.gates"),
        ('name = "Bussu 2014"', 'name = "Bussu"', "rulesets.bussu-2014.texts.en.name"),
        ('name = "Additive"', 'name = "Adding"', "dimensions.additive.texts.en.name"),
        ("weight = 1", "weight = 1.5", "items.A1.weight"),
        ("short = true", "short = false", "items.A1.short"),
        ('easy_read = "Workers do', 'easy_read = "Staff do', "items.A1.texts.en.easy_read"),
    ],
)
def test_load_instrument_refuses_another_version_under_the_same_number(
    instrument, changed, old: str, new: str, name: str
) -> None:
    with pytest.raises(CommandError) as refused:
        load(changed(old, new, version="1"))

    assert str(refused.value) == (
        f"mine.toml: version 1 is already there and differs in {name}. Give the file a new version number."
    )


def test_load_instrument_refuses_a_draft_under_the_same_number(instrument, changed) -> None:
    copy_version(instrument, number="9")

    with pytest.raises(CommandError, match=r"mine.toml: version 9 is already there, as a draft\."):
        load(changed())


def test_differences_sees_the_order_of_items(instrument) -> None:
    data = tomllib.loads(SHIPPED)
    data["items"].reverse()

    assert differences(data, instrument) == ["items"]


def test_differences_takes_what_a_file_leaves_out_as_its_default(instrument) -> None:
    data = tomllib.loads(SHIPPED)
    del data["items"][0]["weight"]
    del data["items"][4]["short"]
    del data["thresholds"]["gap_noted_from"]

    assert differences(data, instrument) == []


# What it refuses


def test_load_instrument_and_import_instrument_say_the_same_of_a_faulty_file(db, changed) -> None:
    path = changed('staff = "Paid', 'stuff = 3 # "Paid')
    refusals = []

    for command in ("load_instrument", "import_instrument"):
        with pytest.raises(CommandError) as refused:
            call_command(command, path)
        refusals.append(str(refused.value))

    assert refusals[0] == refusals[1]
    assert refusals[0].startswith("mine.toml: line ")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("title = ", "# ", "title: give a text in quotes."),
        ('title = "', 'subtitle = "x"\ntitle = "', "subtitle: there is no such key; the keys are version,"),
        ('version = "1"', 'version = "1/b"', "Use letters, digits, dots and hyphens"),
        ("weight = 1", 'weight = "1/3"', "items.A1.weight: Ensure that there are no more than"),
        ("weight = 1", 'colour = "red"', "items.A1.colour: there is no such key"),
        ("min_participants = 5", "min_participants = 4", "min_participants: Ensure this value is greater"),
        ("min_participants = 5", "min_participants = 9", "the public at least 8 and as many as staff"),
        ('code = "additive"', 'code = "kindness"', "dimension: write [[dimensions]] for additive."),
        ('code = "voluntary"', 'code = "additive"', "dimensions.additive: it is given twice."),
        ('code = "additive"\n', "", "dimensions: write each as a table with a code, [[dimensions]]."),
        ('source = "It is Additive', 'origin = "It is Additive', "dimensions.additive.source: give a text"),
        ('note = "bridge"', 'note = ""', "items.L4.note: write a word."),
        ('staff = "Paid', 'stuff = "Paid', "items.A1.texts.en.stuff: there is no such key"),
        ('staff = "Paid', 'staff = 3 # "Paid', "items.A1.texts.en.staff: give a text in quotes."),
        ('staff = "Paid', '# "', "Item A1: write these words in English: statement for staff."),
        ('easy_read = "Workers do', '# "', "Item A1: write these words in English: easy read."),
        (
            "[items.texts.en]",
            "[items.texts.cy]",
            "Item A1: write these words in English: statement for staff, statement for participants,",
        ),
        ("[items.texts.en]", "[items.texts.English]", "items.A1.English.language: Write a language code"),
        ("[rulesets.bussu-2014.texts.en]", "[rulesets.four-cos.texts.cy]", "Rule-set bussu-2014: write"),
        ("weight = 1", "weight = 0", "A1: the weight is 0"),
        ("[[items]]", "[[items", "The file is no TOML"),
    ],
)
def test_load_instrument_refuses_a_faulty_file_and_writes_nothing(
    instrument, changed, old: str, new: str, problem: str
) -> None:
    with pytest.raises(CommandError) as refused:
        load(changed(old, new))

    assert problem in str(refused.value)
    assert str(refused.value).startswith("mine.toml: ")
    assert list(InstrumentVersion.objects.all()) == [instrument]
    assert not Item.objects.exclude(version=instrument).exists()


def test_load_instrument_names_all_problems_at_once(db, changed) -> None:
    path = changed()
    path.write_text(path.read_text(encoding="utf-8").replace("guidance =", "guidence ="), encoding="utf-8")

    with pytest.raises(CommandError) as refused:
        load(path)

    assert len(str(refused.value).splitlines()) == SHIPPED.count("guidance =")


def test_load_instrument_refuses_a_file_that_is_not_there(db, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        load(tmp_path / "none.toml")
