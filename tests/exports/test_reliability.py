"""reliability.csv: its figures follow from ratings_long.csv, and tell nothing that is withheld there."""

import statistics
from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from assessments.exports import RATINGS_LONG
from assessments.exports.ratings_long import REASONS
from assessments.exports.reliability import RELIABILITY
from assessments.models import InstrumentVersion, Item
from assessments.workflow.assessment import close
from assessments.workflow.instrument import copy_version, publish
from tests import factories

from .waves import CLOSED, make_researcher, make_response, make_wave, read, selection, text_of

pytestmark = pytest.mark.django_db

CODES = ("0", "1", "2", "3", "4", *REASONS)


@pytest.fixture
def rosa():
    return make_researcher()


def figures(user, query: str = "") -> list[dict[str, str]]:
    return read(text_of(RELIABILITY, user, query))


def one(rows: list[dict[str, str]], **wanted: str) -> dict[str, str]:
    """The only row that says all this."""
    (found,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return found


def short_wave(name: str = "short") -> None:
    """A wave of eight participants who agreed, of whom every other one filled in the short form."""
    wave = make_wave(name, closed=None)
    for number in range(8):
        make_response(wave, number, form=("full", "short")[number % 2], research_consent=True)
    close(wave, by=wave.responses.filter(side="staff").first().respondent, at=CLOSED)


def answers_of_some_kinds(number: int, code: str, rating: int) -> int | str | None:
    """Some do not know, some skip, and too few rate R3 to be shown."""
    if code == "R3" and number > 2:
        return "na"
    return {0: "dk", 1: None, 2: "na"}.get((number + len(code) + rating) % 7, rating)


@pytest.fixture
def waves():
    """Waves with both sides, one side, answers that are withheld, and two forms."""
    make_wave("whole", staff=3, agreed=8)
    make_wave("thin", staff=2, agreed=13, others=13, change=answers_of_some_kinds)
    make_wave("few", staff=2, agreed=4)
    make_wave("mixed", staff=1, agreed=6, others=2)
    make_wave("secret", shared=False, agreed=9)
    short_wave()


# The same ratings


def test_items_are_counted_as_they_stand_in_the_ratings(waves, rosa):
    rated = read(text_of(RATINGS_LONG, rosa))
    counted = Counter((row["side"], row["item"], row["response_code"]) for row in rated)

    items = [row for row in figures(rosa) if row["item"]]

    assert {"SUPP", "DK", "NA", "SKIP", "0", "4"} <= {code for _side, _item, code in counted}
    assert {(row["side"], row["item"]) for row in items} == {(side, item) for side, item, _code in counted}
    for row in items:
        told = [row[name] for name in (*(f"rating_{code}" for code in CODES[:5]), "dk", "na", "skip", "supp")]
        assert told == [str(counted[row["side"], row["item"], code]) for code in CODES], row["item"]


def table(user, side: str, codes: list[str]) -> list[list[int]]:
    """What each response rated of some items, read from ratings_long.csv; only responses that rated all."""
    rows: dict[str, dict[str, int]] = {}
    for row in read(text_of(RATINGS_LONG, user)):
        if row["side"] == side and row["response_num"]:
            rows.setdefault(row["response_id"], {})[row["item"]] = int(row["response_num"])
    return [
        [given[code] for code in codes] for given in rows.values() if all(code in given for code in codes)
    ]


RELATIONAL = ["R1", "R2", "R3", "R4", "R5", "R6"]


def scattered(number: int, code: str, rating: int) -> int:
    """Answers that go together a little."""
    return (number + (number * int(code[1]) + ord(code[0])) % 3) % 5


@pytest.mark.parametrize("side", ["staff", "participant"])
def test_alpha_follows_from_the_ratings_with_opposite_items_turned(rosa, side):
    for name in ("A", "B"):
        wave = make_wave(name, agreed=7, change=scattered, closed=None)
        for number in range(5):
            person = factories.make_user(f"{name}-{number}")
            make_response(wave, number, respondent=person, change=scattered)
        close(wave, by=person, at=CLOSED)
    turned = [
        [4 - rating if code in ("R5", "R6") else rating for code, rating in zip(RELATIONAL, row, strict=True)]
        for row in table(rosa, side, RELATIONAL)
    ]
    own = sum(statistics.variance(column) for column in zip(*turned, strict=True))
    whole = statistics.variance([sum(row) for row in turned])

    row = one(figures(rosa), dimension="relational", side=side, form="full", measure="cronbach_alpha")

    assert (row["n"], row["n_of"]) == (str(len(turned)), "responses")
    assert len(turned) == 14
    assert float(row["value"]) == pytest.approx(6 / 5 * (1 - own / whole), abs=0.0006)


def test_the_items_of_the_short_form_are_taken_from_both_forms(rosa):
    short_wave()
    starred = list(
        Item.objects.filter(dimension__code="relational", short=True).values_list("code", flat=True)
    )

    rows = figures(rosa)

    found = {
        form: one(rows, dimension="relational", side="participant", form=form, measure="cronbach_alpha")
        for form in ("full", "short")
    }
    assert len(table(rosa, "participant", starred)) == 8
    assert found["short"]["n"] == "8"
    assert (found["full"]["value"], found["full"]["not_computable"]) == ("", "few_raters")


def test_agreement_on_an_item_is_the_median_of_the_waves(rosa):
    """Ratings 3, 3, 3, 3, 3 (r_wg 1) and 1, 3, 2, 1, 3 (s² = 1: r_wg ½)."""
    make_wave("A", agreed=5, change=lambda number, code, rating: 3)
    make_wave("B", agreed=5, change=lambda number, code, rating: [1, 3, 2, 1, 3][number])

    row = one(figures(rosa), item="A1", side="participant")

    assert (row["value"], row["lowest"], row["highest"]) == ("0.750", "0.500", "1.000")
    assert (row["n"], row["n_of"], row["measure"], row["mean"]) == ("2", "waves", "r_wg", "2.50")


# Why there is none


def test_everyone_gave_the_same_answer(rosa):
    make_wave(agreed=5, change=lambda number, code, rating: 4 if code in ("V1", "V2", "V5", "V6") else 0)

    rows = [
        row
        for row in figures(rosa)
        if (row["dimension"], row["side"]) == ("voluntary", "participant") and not row["item"]
    ]

    assert {row["not_computable"] for row in rows if row["measure"] != "r_wg_j"} == {"same_answers"}
    assert {row["value"] for row in rows} == {"", "1.000"}


def test_few_participants_are_in_no_figure(rosa):
    make_wave("few", agreed=4)
    make_wave("others", agreed=6, others=1)

    theirs = [row for row in figures(rosa) if row["side"] == "participant"]

    assert {row["value"] for row in theirs} == {""}
    assert {row["not_computable"] for row in theirs} == {"no_answers", "few_items"}
    assert {row["mean"] for row in theirs} == {""}
    assert {row[name] for row in theirs if row["item"] for name in ("rating_4", "dk", "supp")} == {"0"}


def test_responses_that_rated_everything_are_as_many_as_may_be_shown(rosa):
    """Six agreed, and two of them left one item out: four are too few for a figure."""
    make_wave(agreed=6, change=lambda number, code, rating: None if number < 2 and code == "R1" else rating)
    make_wave("B", agreed=6, change=lambda number, code, rating: None if code == "R1" else rating)

    rows = figures(rosa)

    for measure in ("cronbach_alpha", "mcdonald_omega", "icc2"):
        row = one(rows, dimension="relational", side="participant", form="full", measure=measure)
        assert (row["value"], row["not_computable"]) == ("", "few_raters")


def test_formative_dimensions_say_so(rosa):
    make_wave()

    rows = figures(rosa)

    assert {row["dimension"] for row in rows if row["formative"] == "yes"} == {"additive", "product"}
    assert {row["item"] for row in rows if row["formative"] == "yes"} == {""}


# The file


def test_columns_keep_their_names_and_places():
    frozen = (Path(__file__).parent / "headers" / "reliability.txt").read_text().split()

    assert RELIABILITY.header[: len(frozen)] == frozen


def test_a_version_has_as_many_rows_whatever_was_answered(rosa):
    make_wave("one", staff=1)
    before = figures(rosa)
    make_wave("more", staff=3, agreed=6)

    after = figures(rosa)

    key = list(RELIABILITY.key)
    assert [[row[name] for name in key] for row in before] == [[row[name] for name in key] for row in after]
    assert len({tuple(row[name] for name in key) for row in after}) == len(after)
    assert RELIABILITY.count(selection(rosa)) == len(after)


def test_versions_are_told_apart_and_filtered(rosa, django_assert_num_queries):
    make_wave("one", staff=2)
    draft = copy_version(InstrumentVersion.objects.get(version="1"), number="2")
    draft.items.get(code="R6").delete()
    publish(draft, by=None, reason="test", at=timezone.now())
    wave = factories.make_assessment(make_wave("two").activity, by=factories.make_user("x"))
    make_response(wave, respondent=factories.make_user("y"))
    close(wave, by=factories.make_user("z"), at=CLOSED)

    chosen = selection(rosa)
    with django_assert_num_queries(4):
        found = list(RELIABILITY.rows(chosen))

    assert [line.version for line in found] == sorted(line.version for line in found)
    assert {line.version for line in found} == {"1", "2"}
    assert {row["instrument_version"] for row in figures(rosa, "version=2")} == {"2"}
    assert not [line for line in found if (line.version, line.item) == ("2", "R6")]


def test_without_waves_there_are_no_rows(rosa):
    make_wave(shared=False)

    assert figures(rosa) == []
