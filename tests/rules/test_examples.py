"""The worked examples come out as the definition says they must."""

from pathlib import Path

import pytest

from assessments.rules import assess, default_instrument, read_case

FOLDER = Path(__file__).resolve().parents[2] / "examples"

WARNING = ["offloading", "individualised_substitutive"]

# File: counts, kind, decided by; flags that must be raised, and flags that must not.
EXPECTED = {
    "personalised-budget": ("yes", "full", None, [], "any"),
    "family-nurse-partnership": ("yes", "co_delivery", None, [], "any"),
    "mental-health-peer-group": ("yes", "full", None, [], WARNING),
    "community-programme": ("yes", "full", None, [], WARNING),
    "speed-limits": ("no", "compliance", "voluntary", [], []),
    "cafe-temperature-records": ("no", "compliance", "voluntary", [], []),
    "satisfaction-survey": ("no", "consultation", "production", [], []),
    "babysitting-circle": ("no", "parallel", "agency", [], []),
    "nurse-coaching": ("yes", "co_delivery", None, [], WARNING),
    "residents-food-project": ("yes", "full", None, [], WARNING),
    "closed-day-centre": ("no", "substitution", "additive", WARNING, []),
    "volunteers-co-run-sessions": ("yes", "co_delivery", None, [], WARNING),
    "choice-of-provider": ("no", "conventional", "production", [], []),
    "clinic-redesign-panel": ("partial", "shaping", "delivery", [], WARNING),
}

LEVELS = {
    "personalised-budget": {"individual"},
    "family-nurse-partnership": {"individual"},
    "mental-health-peer-group": {"group"},
    "community-programme": {"collective"},
}


def profile(name, **options):
    instrument = default_instrument()
    return assess(read_case(FOLDER / f"{name}.toml", instrument).case, instrument, **options)


def test_every_example_is_in_the_table():
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_example_comes_out_as_the_definition_says(name):
    counts, kind, decided_by, raised, silent = EXPECTED[name]

    found = profile(name)

    assert (found.counts, found.kind, found.decided_by) == (counts, kind, decided_by)
    flags = [flag.code for flag in found.flags]
    assert [code for code in raised if code not in flags] == []
    assert [code for code in flags if silent == "any" or code in silent] == []
    assert found.contradictions == ()


@pytest.mark.parametrize("name", LEVELS)
def test_example_shows_its_levels(name):
    levels = profile(name).dimensions["individual_collective"].levels

    assert {level for level, figures in levels.items() if figures.recorded} >= LEVELS[name]


def test_family_nurse_partnership_is_answered_by_both_sides():
    sides = profile("family-nurse-partnership").dimensions["additive"].sides

    assert list(sides) == ["staff", "participant"]


def test_high_voluntary_does_not_lift_the_satisfaction_survey():
    assert profile("satisfaction-survey").dimensions["voluntary"].band == "coproduction"


def test_warm_relations_do_not_rescue_the_babysitting_circle():
    assert profile("babysitting-circle").dimensions["relational"].band == "coproduction"


def test_clinic_redesign_panel_counts_under_the_wider_reading():
    found = profile("clinic-redesign-panel", ruleset="four-cos")

    assert (found.counts, found.kind) == ("yes", "shaping")
