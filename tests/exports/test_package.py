"""The package, opened by the programs that researchers use."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pandas as pd
import pytest
from frictionless import Package, system

from assessments import __version__
from assessments.exports import ASSESSMENTS_WIDE, EXPORTS, files_for
from assessments.exports.descriptor import stamp
from assessments.exports.export import Kind
from assessments.exports.package import package, papers_alone
from assessments.exports.stream import stream
from assessments.models import Service
from assessments.rules.values import SCORED

from .test_exports import published_with
from .waves import make_participations, make_project, make_researcher, make_wave, read, selection

pytestmark = pytest.mark.django_db

GAPS = {
    "V1": lambda number: "dk" if number == 1 else None,
    "A2": lambda number: "na" if number == 2 else None,
}


def with_gaps(number: int, code: str, rating: int):
    """One "don't know", one "does not apply" and one item left out, each by another participant."""
    if number == 3 and code == "R3":
        return None
    return GAPS.get(code, lambda _number: None)(number) or rating


@pytest.fixture
def chosen(db):
    """Two waves of which everybody agreed to research, one of which nobody may be seen, and all files."""
    for name, agreed in (("A", 9), ("B", 6), ("C", 4)):
        make_participations(make_wave(name, agreed=agreed, change=with_gaps), agreed=6, asked="personally")
    published_with('He said "no", then\r\nleft; “ü” – שלום')
    Service.objects.update(evidence_shared=True)
    user = make_researcher()
    return selection(user, "counts=yes", project=make_project(user, evidence_reason="To read it."))


def bytes_of(chosen) -> bytes:
    return b"".join(package(chosen, files_for(chosen)))


@pytest.fixture
def folder(chosen, tmp_path):
    """The package, unpacked."""
    zipfile.ZipFile(io.BytesIO(bytes_of(chosen))).extractall(tmp_path)
    return tmp_path


def test_the_same_data_give_the_same_package(chosen):
    assert bytes_of(chosen) == bytes_of(chosen)


def test_the_descriptor_alone_is_the_one_in_the_package(chosen, folder):
    for name, text in papers_alone(chosen, files_for(chosen)).items():
        assert (folder / name).read_bytes() == text.encode()


def test_every_file_is_stamped(chosen, folder):
    descriptor = json.loads((folder / "datapackage.json").read_text())

    for resource in descriptor["resources"]:
        content = (folder / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        assert resource["rows"] == len(read(content.decode()))
    assert descriptor["stamp"] == {
        "app_version": __version__,
        "rules_version": 1,
        "instrument_versions": ["1"],
        "rulesets": ["bussu-2014"],
        "rules_versions": [1],
        "filter": "counts=yes",
        "closed_until": "2025-04-04",
    }


def test_the_last_close_is_told_by_the_site_s_own_clock(db):
    make_wave(closed=datetime(2025, 6, 30, 23, 30, tzinfo=UTC))  # Half past midnight in London.
    chosen = selection(make_researcher())

    (row,) = read("".join(stream(ASSESSMENTS_WIDE, chosen, 1)))

    assert stamp(chosen)["closed_until"] == row["closed_on"] == "2025-07-01"


def test_the_readme_says_what_was_taken_and_how_to_cite_it(chosen, folder):
    text = (folder / "README.txt").read_bytes().decode()

    for words in (__version__, "counts=yes", "ratings_long.csv: ", "How to cite", "Consent", "Known limits"):
        assert words in text
    assert text.count("\n") == text.count("\r\n")
    assert max(map(len, text.split("\r\n"))) <= 80


def test_frictionless_finds_nothing_to_say(folder):
    with system.use_context(trusted=True):
        report = Package(str(folder / "datapackage.json")).validate()

    assert report.flatten(["path", "type", "message"]) == []
    assert report.valid
    assert report.warnings == []
    assert [task.warnings for task in report.tasks] == [[]] * len(EXPORTS)


@pytest.mark.parametrize("name", list(EXPORTS))
def test_frictionless_notices_when_a_file_is_damaged(folder, name):
    path = folder / f"{name}.csv"
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"x\r\n", 2))

    with system.use_context(trusted=True):
        assert not Package(str(folder / "datapackage.json")).validate().valid


DTYPES = {"string": "str", "boolean": "str", "integer": "Int64", "number": "float64", "date": "str"}


def frames(folder) -> dict[str, pd.DataFrame]:
    """Every file as pandas reads it, with the types and the missing values that the descriptor says."""
    descriptor = json.loads((folder / "datapackage.json").read_text())
    found = {}
    for resource in descriptor["resources"]:
        fields = resource["schema"]["fields"]
        everywhere = resource["schema"]["missingValues"]
        found[resource["name"]] = pd.read_csv(
            folder / resource["path"],
            dtype={field["name"]: DTYPES[field["type"]] for field in fields},
            parse_dates=[field["name"] for field in fields if field["type"] == "date"],
            date_format="%Y-%m-%d",
            keep_default_na=False,
            na_values={
                field["name"]: [missing["value"] for missing in field.get("missingValues", everywhere)]
                for field in fields
            },
        )
    return found


def test_pandas_reads_every_file_with_the_types_of_the_descriptor(folder):
    read_by_pandas = frames(folder)

    for name, export in EXPORTS.items():
        frame = read_by_pandas[name]
        assert list(frame.columns) == export.header
        assert len(frame) == len(read((folder / export.file).read_bytes().decode()))
        for column in export.columns:
            kind = frame[column.name].dtype.kind
            if column.kind is Kind.DATE:
                assert kind == "M", column.name
            elif column.kind is Kind.WHOLE:
                assert kind == "i", column.name
            elif column.kind in (Kind.ONE_DECIMAL, Kind.TWO_DECIMALS):
                assert kind == "f", column.name
    ratings = read_by_pandas["ratings_long"]
    assert set(ratings["missing"].dropna()) == {"DK", "NA", "SKIP"}
    assert ratings["response_num"].isna().equals(ratings["missing"].notna())


def scores(ratings: pd.DataFrame, items: pd.DataFrame, least: Fraction) -> dict:
    """The score of each dimension and wave, from the long file and the items: the published formula.

    A response's score is the weighted mean of its turned ratings, when their weight reaches ``least`` of
    what was asked and applies; a side's is the mean of its responses'; the wave's that of its sides. A
    level's strength is the mean of its one item, and the strongest level is the score.
    """
    english = items[items["language"] == "en"].drop_duplicates(["instrument_version", "item"])
    rows = ratings.merge(english[["instrument_version", "item", "pole", "level", "weight"]])
    rows["points"] = rows["response_num"].where(rows["pole"] != "opposite", 4 - rows["response_num"])
    found: dict = {}
    for (wave, dimension), given in rows[rows["pole"].notna()].groupby(["assessment_id", "dimension"]):
        sides: dict[str, list[Fraction]] = {}
        for (side, _response), answers in given.groupby(["side", "response_id"]):
            applies = answers[answers["missing"] != "NA"]
            rated = applies[applies["missing"].isna()]
            asked, weight = exactly(applies["weight"]), exactly(rated["weight"])
            if asked and weight / asked >= least:
                points = exactly(rated["weight"] * rated["points"].astype(float))
                sides.setdefault(side, []).append(25 * points / weight)
        found[wave, dimension] = mean([mean(side) for side in sides.values()])
    levels: dict = {}
    rated = rows[rows["level"].notna() & rows["response_num"].notna()]
    for (wave, level, _side), given in rated.groupby(["assessment_id", "level", "side"]):
        levels.setdefault((wave, level), []).append(25 * exactly(given["response_num"]) / len(given))
    for wave in {wave for wave, _level in levels}:
        strengths = [mean(sides) for (of, _level), sides in levels.items() if of == wave]
        found[wave, "individual_collective"] = max(strengths)
    return found


def exactly(numbers: pd.Series) -> Fraction:
    """The sum, as a fraction: weights have two decimals."""
    return sum((Fraction(str(number)) for number in numbers), Fraction(0))


def mean(numbers: list[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0)) / len(numbers)


def rounded(score: Fraction) -> float:
    """One decimal, halves up, as the rules round."""
    exact = Decimal(score.numerator) / Decimal(score.denominator)
    return float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP))


def test_pandas_recomputes_the_stored_scores(folder):
    found = frames(folder)
    wide = found["assessments_wide"].set_index("assessment_id")
    shown = wide[wide["participants_withheld"] == "no"]
    definitions = found["definitions"].set_index(["instrument_version", "code"])

    computed = scores(
        found["ratings_long"], found["items"], Fraction(definitions.loc[("1", "min_coverage"), "value"])
    )

    compared = [
        (rounded(score), wide.loc[wave, f"{dimension}_score"])
        for (wave, dimension), score in computed.items()
        if wave in shown.index
    ]
    assert len(shown) == 2
    assert len(compared) == 2 * len(SCORED)
    assert [ours for ours, _stored in compared] == [stored for _ours, stored in compared]
