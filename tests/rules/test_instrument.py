"""The instrument as data: what the shipped file says, and what is refused."""

from fractions import Fraction

import pytest

from assessments.rules import (
    GateName,
    InstrumentError,
    Thresholds,
    default_instrument,
    load_instrument,
    parse_instrument,
)
from assessments.rules.instrument import DEFAULT_PATH, exact

ITEMS = """
A1 additive + both *
A2 additive + both *
A3 additive + both *
A4 additive - both *
A5 additive - both
A6 additive + staff
V1 voluntary + both *
V2 voluntary + both *
V3 voluntary - both *
V4 voluntary - staff
V5 voluntary + both
V6 voluntary + participant
L1 individual_collective individual both *
L2 individual_collective group both *
L3 individual_collective collective both *
L4 individual_collective bridge both
L5 individual_collective reach both
L6 individual_collective alone both
R1 relational + both *
R2 relational + both *
R3 relational + both
R4 relational + both *
R5 relational - both
R6 relational - both
P1 product + both *
P2 product + both
P3 product + both *
P4 product + both
P5 product - staff
P6 product + both
P7 product quality both
M1 motives intrinsic participant
M2 motives intrinsic participant
M3 motives intrinsic participant
M4 motives social participant
M5 motives normative participant
M6 motives material participant
M7 motives asked participant
"""

GOOD = """
version = "1"
[rulesets.plain]
gates = ["voluntary"]
[[items]]
code = "X1"
dimension = "additive"
pole = "+"
who = "both"
"""


def test_shipped_instrument_has_exactly_the_items_of_the_definition():
    found = [
        " ".join(
            [item.code, item.dimension, item.pole or item.level or item.note, item.who, *(["*"] * item.short)]
        )
        for item in default_instrument().items
    ]

    assert found == ITEMS.strip().splitlines()
    assert {item.weight for item in default_instrument().items} == {1}


def test_shipped_instrument_has_both_rulesets_and_the_thresholds():
    shipped = default_instrument()

    assert shipped.version == "1"
    assert shipped.rulesets == {
        "bussu-2014": frozenset(GateName),
        "four-cos": frozenset({GateName.PRODUCTION, GateName.AGENCY}),
    }
    assert shipped.thresholds == Thresholds()
    assert shipped.thresholds.min_coverage == Fraction(2, 3)


def test_shipped_instrument_is_read_once():
    assert default_instrument() is default_instrument()
    assert load_instrument(DEFAULT_PATH) == default_instrument()


def test_smallest_instrument_takes_the_defaults():
    found = parse_instrument(GOOD.encode())

    (item,) = found.items
    assert (item.code, item.weight, item.short, item.note, item.level) == ("X1", 1, False, None, None)
    assert found.thresholds == Thresholds()
    assert found.rulesets == {"plain": frozenset({GateName.VOLUNTARY})}


def test_byte_order_mark_is_accepted():
    assert parse_instrument(b"\xef\xbb\xbf" + GOOD.encode()).version == "1"


def test_weights_and_thresholds_are_exact():
    text = (
        GOOD + 'weight = "1/3"\n[thresholds]\nmin_coverage = 0.7\nagree_from = "3/4"\nmin_participants = 6\n'
    )

    found = parse_instrument(text.encode())

    assert found.items[0].weight == Fraction(1, 3)
    assert found.thresholds.min_coverage == Fraction(7, 10)
    assert found.thresholds.agree_from == Fraction(3, 4)
    assert found.thresholds.min_participants == 6
    assert type(found.thresholds.min_participants) is int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, Fraction(2)),
        (0.1, Fraction(1, 10)),
        ("2/3", Fraction(2, 3)),
        ("0.5", Fraction(1, 2)),
        (True, None),
        ("two", None),
        ("1/0", None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
        ([1], None),
    ],
)
def test_exact_takes_numbers_and_fractions_alone(value, expected):
    assert exact(value) == expected


KINDS = "additive, voluntary, individual_collective, relational, product, motives"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('version = "1"', "", 'version: say which version this is, as version = "1".'),
        ('version = "1"', 'version = " "', 'version: say which version this is, as version = "1".'),
        ('version = "1"', "version = 1", 'version: say which version this is, as version = "1".'),
        ('code = "X1"', "", 'items[1]: give it a code, as code = "A1".'),
        ('code = "X1"', 'code = ""', 'items[1]: give it a code, as code = "A1".'),
        ('code = "X1"', "code = 3", 'items[1]: give it a code, as code = "A1".'),
        ('"additive"', '"adding"', f"X1: dimension is 'adding'; write one of {KINDS}."),
        ('dimension = "additive"', "", f"X1: dimension is None; write one of {KINDS}."),
        ('dimension = "additive"', "dimension = []", f"X1: dimension is []; write one of {KINDS}."),
        ('"both"', '"all"', "X1: who is 'all'; write one of staff, participant, both."),
        ('pole = "+"', 'pole = "plus"', "X1: pole is 'plus'; write one of +, -."),
        ('pole = "+"', 'level = "town"', "X1: level is 'town'; write one of individual, group, collective."),
        ('pole = "+"', "note = 3", "X1: the note is 3; write a word."),
        ('pole = "+"', "", "X1: give exactly one of pole, level and note."),
        ('pole = "+"', 'pole = "+"\nnote = "x"', "X1: give exactly one of pole, level and note."),
        ('who = "both"', 'who = "both"\nweight = 0', "X1: the weight is 0; write a number above zero."),
        ('who = "both"', 'who = "both"\nweight = -1', "X1: the weight is -1; write a number above zero."),
        ('who = "both"', 'who = "both"\nweight = true', "X1: the weight is True; write a number above zero."),
        ('who = "both"', 'who = "both"\nweight = nan', "X1: the weight is nan; write a number above zero."),
        ('who = "both"', 'who = "both"\nshort = 1', "X1: short is 1; write true or false."),
        (
            '["voluntary"]',
            '["gladly"]',
            "rulesets.plain: gates is ['gladly']; write a list from voluntary, production, "
            "agency, resources, "
            "additive, delivery.",
        ),
        (
            '["voluntary"]',
            "[]",
            "rulesets.plain: gates is []; write a list from voluntary, production, agency, "
            "resources, additive, "
            "delivery.",
        ),
        (
            'gates = ["voluntary"]',
            "",
            "rulesets.plain: gates is None; write a list from voluntary, production, agency, resources, "
            "additive, delivery.",
        ),
        (
            'gates = ["voluntary"]',
            'gates = "voluntary"',
            "rulesets.plain: gates is 'voluntary'; write a list from voluntary, production, "
            "agency, resources, "
            "additive, delivery.",
        ),
    ],
)
def test_instrument_is_refused_with_the_reason(old, new, problem):
    with pytest.raises(InstrumentError) as refusal:
        parse_instrument(GOOD.replace(old, new).encode(), name="mine.toml")

    assert refusal.value.problems == (problem,)
    assert str(refusal.value) == f"mine.toml: {problem}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("min_cover = 1", "thresholds.min_cover: there is no such threshold."),
        ("min_coverage = 2", "thresholds.min_coverage is 2; write a number from 0 to 1."),
        ("min_coverage = -0.1", "thresholds.min_coverage is -0.1; write a number from 0 to 1."),
        ('agree_from = "x"', "thresholds.agree_from is 'x'; write a number from 0 to 1."),
        ("high_mean_from = 4.1", "thresholds.high_mean_from is 4.1; write a number from 0 to 4."),
        ("gap_noted_from = 101", "thresholds.gap_noted_from is 101; write a number from 0 to 100."),
        ("min_participants = 0", "thresholds.min_participants is 0; write a whole number from 1."),
        ("min_participants = 2.5", "thresholds.min_participants is 2.5; write a whole number from 1."),
        ("min_participants = false", "thresholds.min_participants is False; write a whole number from 1."),
        ("band_mixed_from = 60", "thresholds.band_mixed_from must lie below band_coproduction_from."),
        ("differ_from = 0.7", "thresholds.differ_from must lie below agree_from."),
        ("low_mean_to = 3", "thresholds.low_mean_to must lie below high_mean_from."),
        ("weak_level_to = 75", "thresholds.weak_level_to must lie below strong_level_from."),
    ],
)
def test_threshold_is_refused_outside_its_range(line, problem):
    with pytest.raises(InstrumentError) as refusal:
        parse_instrument(f"{GOOD}[thresholds]\n{line}\n".encode())

    assert refusal.value.problems == (problem,)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("min_coverage = 1", 1),
        ("min_coverage = 0", 0),
        ("gap_noted_from = 100", 100),
        ("min_participants = 1", 1),
    ],
)
def test_threshold_may_lie_at_the_end_of_its_range(line, value):
    found = parse_instrument(f"{GOOD}[thresholds]\n{line}\n".encode())

    assert getattr(found.thresholds, line.split(" ")[0]) == value


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            'version = "1"',
            (
                "items: there are none; write at least one [[items]].",
                "rulesets: there are none; write at least one [rulesets.<name>].",
            ),
        ),
        (
            'version = "1"\nitems = 3\nrulesets = 3\nthresholds = 3',
            (
                "items: there are none; write at least one [[items]].",
                "rulesets: there are none; write at least one [rulesets.<name>].",
                "thresholds: write them as a table, [thresholds].",
            ),
        ),
        (
            'version = "1"\nitems = [3]\n[rulesets]\nplain = 3',
            (
                "items[1]: write it as a table, [[items]].",
                'items[1]: give it a code, as code = "A1".',
                "items[1]: give exactly one of pole, level and note.",
                f"items[1]: dimension is None; write one of {KINDS}.",
                "items[1]: who is None; write one of staff, participant, both.",
                "rulesets.plain: gates is None; write a list from voluntary, production, agency, resources, "
                "additive, delivery.",
            ),
        ),
    ],
)
def test_instrument_names_all_its_problems_at_once(text, problems):
    with pytest.raises(InstrumentError) as refusal:
        parse_instrument(text.encode())

    assert refusal.value.problems == problems


def test_every_item_has_a_code_of_its_own():
    again = GOOD[GOOD.index("[[items]]") :]

    with pytest.raises(InstrumentError) as refusal:
        parse_instrument((GOOD + again).encode())

    assert refusal.value.problems == ("items: the code X1 is given twice; every item has its own.",)


@pytest.mark.parametrize("data", [b"version = ", b"\xff\xfe"])
def test_file_that_is_no_toml_is_refused(data, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_bytes(data)

    with pytest.raises(InstrumentError, match=r"^broken\.toml: this is no TOML file: "):
        load_instrument(path)
