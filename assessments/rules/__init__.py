"""How an activity is assessed: values in, values out; no framework, no clock, no database.

``assess(case, instrument)`` gives a ``Profile``: gates, a verdict with its reason, a profile of scores,
flags. Never one overall score. ``read_case(path)`` and ``default_instrument()`` make its arguments from
files, and ``Profile.as_dict()`` is the public record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assessments.rules import additive, individual_collective, product, relational, voluntary
from assessments.rules.casefile import MAX_BYTES, CaseFile, CaseFileError, Problem, parse_case, read_case
from assessments.rules.change import would_change
from assessments.rules.context import HINDERING, circumstances
from assessments.rules.contradictions import contradictions
from assessments.rules.flags import raise_flags
from assessments.rules.gates import HEARD, PHRASES, evaluate
from assessments.rules.instrument import (
    InstrumentError,
    default_instrument,
    load_instrument,
    parse_instrument,
)
from assessments.rules.motives import motives
from assessments.rules.profile import (
    SIDE_KEYS,
    Change,
    Circumstances,
    DimensionScore,
    Finding,
    Gate,
    ItemFigures,
    Judgement,
    LevelStrength,
    Motive,
    Move,
    Profile,
    Range,
    Robustness,
    SideScore,
    Verdict,
)
from assessments.rules.readings import read
from assessments.rules.robustness import robustness, seed_of
from assessments.rules.scoring import Sheet, Sides
from assessments.rules.sides import STEP, Answers, asked_codes, collect, towards_coproduction
from assessments.rules.standing import Standing
from assessments.rules.values import (
    MAX_RATING,
    PROCESS,
    RULES_VERSION,
    SCORED,
    Agency,
    Agreement,
    Band,
    Basis,
    Case,
    Context,
    Counts,
    Dimension,
    Facts,
    Form,
    GateName,
    Instrument,
    Item,
    Kind,
    Known,
    Level,
    Missing,
    Part,
    Phase,
    Pole,
    Response,
    Side,
    StaffTime,
    State,
    Task,
    Thresholds,
    Who,
)
from assessments.rules.verdict import decide

__all__ = [
    "DEFAULT_RULESET",
    "DIMENSION_PHRASES",
    "HINDERING",
    "MAX_BYTES",
    "MAX_RATING",
    "PHRASES",
    "PROCESS",
    "RULES_VERSION",
    "SCORED",
    "SIDE_KEYS",
    "Agency",
    "Agreement",
    "Band",
    "Basis",
    "Case",
    "CaseFile",
    "CaseFileError",
    "Change",
    "Circumstances",
    "Context",
    "Counts",
    "Dimension",
    "DimensionScore",
    "Facts",
    "Finding",
    "Form",
    "Gate",
    "GateName",
    "Instrument",
    "InstrumentError",
    "Item",
    "ItemFigures",
    "Judgement",
    "Kind",
    "Known",
    "Level",
    "LevelStrength",
    "Missing",
    "Motive",
    "Move",
    "Part",
    "Phase",
    "Pole",
    "Problem",
    "Profile",
    "Range",
    "Response",
    "Robustness",
    "Side",
    "SideScore",
    "StaffTime",
    "State",
    "Task",
    "Thresholds",
    "Verdict",
    "Who",
    "assess",
    "default_instrument",
    "judge",
    "load_instrument",
    "parse_case",
    "parse_instrument",
    "read_case",
]

DEFAULT_RULESET = "bussu-2014"

_RATINGS = range(MAX_RATING + 1)

DIMENSION_PHRASES: Mapping[Dimension, str] = {
    module.DIMENSION: module.PHRASE
    for module in (additive, voluntary, individual_collective, relational, product)
}
"""The phrase of Bussu (2014) that each dimension rests on."""


def assess(
    case: Case,
    instrument: Instrument,
    *,
    ruleset: str = DEFAULT_RULESET,
    min_participants: int | None = None,
) -> Profile:
    """Assess one case: gates, verdict, scores, flags, and how firm they are.

    ``min_participants`` (from 1; the instrument's own, 5, when None) is how many participants must have
    rated an item before that item alone contests a gate or raises a flag. Raises ``ValueError`` for a
    rule-set the instrument does not have, and for answers that could not have been given: an unknown
    item, an item asked of the other side or form, or a rating outside 0–4.
    """
    standing = _stand(case, instrument, ruleset, min_participants)
    return Profile(
        instrument=instrument.version,
        ruleset=ruleset,
        rules_version=RULES_VERSION,
        verdict=standing.verdict,
        gates=standing.gates,
        dimensions=standing.dimensions,
        motives=motives(standing.sides, instrument),
        flags=raise_flags(standing),
        contradictions=contradictions(
            case.facts,
            standing.sides[Side.STAFF],
            standing.dimensions[Dimension.INDIVIDUAL_COLLECTIVE],
            standing.thresholds,
        ),
        context=circumstances(case.facts),
        robustness=robustness(standing, seed_of(case, instrument, ruleset, standing.thresholds)),
        would_change=would_change(standing),
        items=_item_figures(standing.sides, instrument),
        responses={side: len(answers.responses) for side, answers in standing.sides.items()},
    )


def judge(
    case: Case,
    instrument: Instrument,
    *,
    ruleset: str = DEFAULT_RULESET,
    min_participants: int | None = None,
) -> Judgement:
    """The verdict, gates, scores and flags of a case, exactly as :func:`assess` finds them.

    It leaves out how firm they are and what would change them, which take most of the time: for going
    through thousands of cases. Takes the same arguments and raises the same errors.
    """
    standing = _stand(case, instrument, ruleset, min_participants)
    return Judgement(
        verdict=standing.verdict,
        gates=standing.gates,
        dimensions=standing.dimensions,
        flags=raise_flags(standing),
    )


def _stand(case: Case, instrument: Instrument, ruleset: str, min_participants: int | None) -> Standing:
    """Where a case stands under a rule-set: its scores, its gates and its verdict."""
    thresholds = _thresholds(instrument, min_participants)
    required = _required(instrument, ruleset)
    _check(case, instrument)
    sides = {side: collect(side, case.responses, instrument.items) for side in Side}
    sheets = _sheets(sides, instrument)
    dimensions = _dimensions(sheets, sides, case.facts, thresholds)
    readings = read(
        dimensions[Dimension.ADDITIVE], sides[Side.PARTICIPANT], HEARD, at_least=thresholds.min_participants
    )
    gates = evaluate(case.facts, readings, thresholds, required)
    verdict = decide(case.facts, gates)
    return Standing(
        facts=case.facts,
        sides=sides,
        sheets=sheets,
        dimensions=dimensions,
        readings=readings,
        thresholds=thresholds,
        required=required,
        gates=gates,
        verdict=verdict,
    )


def _thresholds(instrument: Instrument, min_participants: int | None) -> Thresholds:
    if min_participants is None:
        return instrument.thresholds
    if min_participants < 1:
        raise ValueError(f"min_participants is {min_participants}; give a whole number from 1.")
    return replace(instrument.thresholds, min_participants=min_participants)


def _required(instrument: Instrument, ruleset: str) -> frozenset[GateName]:
    if ruleset not in instrument.rulesets:
        names = ", ".join(sorted(instrument.rulesets))
        raise ValueError(f"There is no rule-set {ruleset!r}; the instrument has {names}.")
    return instrument.rulesets[ruleset]


def _check(case: Case, instrument: Instrument) -> None:
    """Refuse answers that could not have been given: they are mistakes of the caller."""
    asked = {side: asked_codes(instrument.items, side) for side in Side}
    for response in case.responses:
        own = asked[response.side][response.form]
        for code, answer in response.answers.items():
            if code not in own:
                raise ValueError(f"{code} is not asked on the {response.form} form of {response.side}.")
            # True and 4.0 compare equal to ratings and are none.
            if not isinstance(answer, Missing) and (type(answer) is not int or answer not in _RATINGS):
                raise ValueError(f"{code} is {answer!r}; ratings are whole numbers from 0 to {MAX_RATING}.")


def _sheets(sides: Sides, instrument: Instrument) -> dict[Dimension, Sheet]:
    modules = (additive, voluntary, individual_collective, relational, product)
    return {module.DIMENSION: module.sheet(sides, instrument) for module in modules}


def _dimensions(
    sheets: Mapping[Dimension, Sheet], sides: Sides, facts: Facts, thresholds: Thresholds
) -> dict[Dimension, DimensionScore]:
    return {
        Dimension.ADDITIVE: additive.score(sheets[Dimension.ADDITIVE], sides, thresholds),
        Dimension.VOLUNTARY: voluntary.score(sheets[Dimension.VOLUNTARY], sides, thresholds),
        Dimension.INDIVIDUAL_COLLECTIVE: individual_collective.score(
            sheets[Dimension.INDIVIDUAL_COLLECTIVE], sides, facts, thresholds
        ),
        Dimension.RELATIONAL: relational.score(sheets[Dimension.RELATIONAL], sides, thresholds),
        Dimension.PRODUCT: product.score(sheets[Dimension.PRODUCT], sides, thresholds),
    }


def _item_figures(sides: Sides, instrument: Instrument) -> dict[str, dict[Side, ItemFigures]]:
    """The figures of every item by the sides that were asked it; items that nobody was asked are left out."""
    figures = {}
    for item in instrument.items:
        asked = {
            side: _figures(item, answers) for side, answers in sides.items() if item.code in answers.tallies
        }
        if asked:
            figures[item.code] = asked
    return figures


def _figures(item: Item, answers: Answers) -> ItemFigures:
    tally = answers.tally(item.code)
    scores = tally.mean is not None and (item.pole is not None or item.level is not None)
    return ItemFigures(
        mean=tally.mean,
        n=tally.n,
        dk=tally.dk,
        na=tally.na,
        score=STEP * towards_coproduction(item, tally.mean) if tally.mean is not None and scores else None,
    )
