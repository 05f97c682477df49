"""The data file of the default instrument: complete, true to its codebook, and in plain words."""

import re
import tomllib
from pathlib import Path

import pytest

from assessments.rules.values import Dimension, GateName, Level, Pole, Who

PATH = Path(__file__).parent.parent / "assessments" / "data" / "instrument_1.toml"
INSTRUMENT = tomllib.loads(PATH.read_text(encoding="utf-8"))
ITEMS = {item["code"]: item for item in INSTRUMENT["items"]}

# Code, what its rating means (pole, level or note), who is asked (both sides, staff, participants),
# ★ for the short form, what it rests on.
CODEBOOK = """
A1 | +                | B | ★ | "adds user inputs to regular production"
A2 | +                | B | ★ | "added value"; Ostrom 1996
A3 | +                | B | ★ | "professional support to individual self-help or community self-organising"
A4 | -                | B | ★ | "substitutive", "offloading"
A5 | -                | B |   | "without interaction with public agencies"
A6 | +                | S |   | "using public resources"
V1 | +                | B | ★ | "voluntary"
V2 | +                | B | ★ | "active and intentional behaviour"
V3 | -                | B | ★ | "compliant"
V4 | -                | S |   | "obeying the law and following regulations"
V5 | +                | B |   | "agency"; self-determination
V6 | +                | P |   | "Being asked is important"
L1 | level individual | B | ★ | personalisation, Family Nurse Partnership
L2 | level group      | B | ★ | "certain categories of users together"
L3 | level collective | B | ★ | "benefit the whole community"
L4 | note bridge      | B |   | "social networks"
L5 | note reach       | B |   | limited individual and social capital
L6 | note alone       | B |   | "individualised"
R1 | +                | B | ★ | Bovaird 2007 "regular, long-term"
R2 | +                | B | ★ | "more competent and better placed than staff"
R3 | +                | B |   | reciprocity
R4 | +                | B | ★ | "inter-relational"
R5 | -                | B |   | "transactional"
R6 | -                | B |   | "highly specialised" tasks
P1 | +                | B | ★ | "results and outcomes"
P2 | +                | B |   | co-assessment
P3 | +                | B | ★ | "requires the direct involvement of the users"
P4 | +                | B |   | "public value"
P5 | -                | S |   | "rather than outputs"
P6 | +                | B |   | "prevention"
P7 | note quality     | B |   | burdens
M1 | note intrinsic   | P |   | intrinsic: self-acceptance
M2 | note intrinsic   | P |   | intrinsic: affiliation
M3 | note intrinsic   | P |   | intrinsic: self-determination
M4 | note social      | P |   | social
M5 | note normative   | P |   | normative
M6 | note material    | P |   | not in the text; Alford
M7 | note asked       | P |   | being asked
"""
ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in CODEBOOK.strip().splitlines()]
CODES = [row[0] for row in ROWS]

WHO = {"B": Who.BOTH, "S": Who.STAFF, "P": Who.PARTICIPANT}

DIMENSION_OF_LETTER = {
    "A": Dimension.ADDITIVE,
    "V": Dimension.VOLUNTARY,
    "L": Dimension.INDIVIDUAL_COLLECTIVE,
    "R": Dimension.RELATIONAL,
    "P": Dimension.PRODUCT,
    "M": Dimension.MOTIVES,
}

# Words that a questionnaire for everybody does without.
JARGON = re.compile(
    r"co-?produc|stakeholder|empower|co-?design|co-?creat|service user|beneficiar|facilitat|utilis|leverag",
    re.IGNORECASE,
)
# "To say no" is what people do; it negates nothing.
NEGATIONS = re.compile(
    r"(?<!say )\b(not|no|never|nobody|nothing|without|cannot|none)\b|n't\b|n’t\b", re.IGNORECASE
)


def texts(code: str) -> dict[str, str]:
    """The English texts of an item."""
    return ITEMS[code]["texts"]["en"]


def asked(code: str, side: Who) -> bool:
    """Whether the file says that this side is asked the item."""
    return ITEMS[code]["who"] in (Who.BOTH, side)


def statements() -> list[tuple[str, str, str]]:
    """Every statement that somebody rates: code, kind of text, text."""
    kinds = ("staff", "participant", "easy_read")
    return [(code, kind, texts(code)[kind]) for code in CODES for kind in kinds if texts(code)[kind]]


def test_items_stand_in_the_order_of_the_codebook():
    assert [item["code"] for item in INSTRUMENT["items"]] == CODES


@pytest.mark.parametrize(("code", "reading", "who", "star", "source"), ROWS, ids=CODES)
def test_item_is_as_the_codebook_says(code, reading, who, star, source):
    item = ITEMS[code]
    given = {key: item[key] for key in ("pole", "level", "note") if key in item}

    key, _, value = reading.rpartition(" ")
    assert given == {key or "pole": value}
    assert (item["who"], item["short"], item["source"]) == (WHO[who], star == "★", source)
    assert item["dimension"] == DIMENSION_OF_LETTER[code[0]]
    assert item["weight"] == 1


def test_item_words_are_words_the_rules_know():
    poles = {item["pole"] for item in INSTRUMENT["items"] if "pole" in item}
    levels = [item["level"] for item in INSTRUMENT["items"] if "level" in item]

    assert poles == set(Pole)
    assert levels == list(Level)


def test_dimensions_stand_in_order_and_carry_all_their_texts():
    assert [dimension["code"] for dimension in INSTRUMENT["dimensions"]] == list(Dimension)
    for dimension in INSTRUMENT["dimensions"]:
        words = dimension["texts"]["en"]
        assert dimension["source"]
        assert words["name"]
        assert words["guidance"]
        assert 2 <= words["definition"].count(".") <= 5
        if dimension["code"] != Dimension.MOTIVES:
            assert words["coproduction_pole"]
            assert words["opposite_pole"]


def test_rule_sets_require_the_gates_of_their_reading():
    rulesets = INSTRUMENT["rulesets"]

    assert rulesets["bussu-2014"]["gates"] == list(GateName)
    assert rulesets["four-cos"]["gates"] == [GateName.PRODUCTION, GateName.AGENCY]
    assert all(r["texts"]["en"]["name"] and r["texts"]["en"]["description"] for r in rulesets.values())


def test_thresholds_are_those_of_the_first_version():
    assert INSTRUMENT["version"] == "1"
    assert INSTRUMENT["thresholds"] == {
        "min_coverage": "2/3",
        "band_mixed_from": 40,
        "band_coproduction_from": 60,
        "additive_gate_from": 40,
        "individualised_additive_below": 50,
        "gap_noted_from": 15,
        "low_mean_to": 1,
        "high_mean_from": 3,
        "weak_level_to": 25,
        "strong_level_from": 75,
        "agree_from": "7/10",
        "differ_from": "3/10",
        "min_raters_for_agreement": 3,
        "min_participants": 5,
        "min_participants_public": 8,
    }


@pytest.mark.parametrize("code", CODES)
def test_item_speaks_to_exactly_the_sides_that_are_asked(code):
    assert bool(texts(code)["staff"]) == asked(code, Who.STAFF)
    assert bool(texts(code)["participant"]) == asked(code, Who.PARTICIPANT)
    assert bool(texts(code)["easy_read"]) == asked(code, Who.PARTICIPANT)


@pytest.mark.parametrize("code", CODES)
def test_item_carries_guidance_an_example_and_a_hint(code):
    for kind in ("guidance", "example", "evidence_hint"):
        assert texts(code)[kind].endswith((".", "?", "”")), kind


def test_texts_have_no_stray_spaces():
    dimensions = [d["texts"]["en"] for d in INSTRUMENT["dimensions"]]
    rulesets = [r["texts"]["en"] for r in INSTRUMENT["rulesets"].values()]
    words = [t for group in (*dimensions, *rulesets, *map(texts, CODES)) for t in group.values()]

    assert [t for t in words if "  " in t or t != t.strip() or " \n" in t or "\n " in t] == []


def test_statements_are_single_sentences_of_25_words_at_most():
    long = [
        (code, kind)
        for code, kind, text in statements()
        if kind != "easy_read" and (len(text.split()) > 25 or text.count(".") != 1 or not text.endswith("."))
    ]
    assert long == []


def test_statements_that_score_hold_no_negation_and_others_one_at_most():
    # "Not at all" is an answer: with a negation in the statement it would make two.
    negations = {(code, kind): len(NEGATIONS.findall(text)) for code, kind, text in statements()}

    assert [key for key, count in negations.items() if count > ("pole" not in ITEMS[key[0]])] == []


def test_words_of_participants_are_free_of_jargon():
    assert [(code, kind) for code, kind, text in statements() if JARGON.search(text)] == []


def test_easy_read_lines_are_short():
    lines = [(code, line) for code in CODES for line in texts(code)["easy_read"].splitlines()]

    assert [row for row in lines if len(row[1]) > 60 or len(row[1].split()) > 10] == []
    assert all(len(texts(code)["easy_read"].splitlines()) <= 3 for code in CODES)


def test_easy_read_uses_short_words():
    # Words of more than eight letters are the ones that a reader of nine stumbles over.
    found = {
        word.lower()
        for code in CODES
        for word in re.findall(r"[^\W\d_]+", texts(code)["easy_read"])
        if len(word) > 8
    }
    assert found <= {"something"}


def test_short_form_can_reach_a_score_in_every_dimension():
    starred = {item["dimension"] for item in INSTRUMENT["items"] if item["short"]}

    assert starred == set(Dimension) - {Dimension.MOTIVES}
