"""assessments_wide.csv: one row for each closed wave, with the result that was stored when it closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import itemgetter
from typing import Any

from django.db.models import Func, JSONField, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from assessments.models import FACT_COLUMNS, LEVEL_COLUMNS, Result
from assessments.rules.values import (
    SCORED,
    Band,
    Counts,
    Dimension,
    GateName,
    Level,
    State,
)
from assessments.rules.values import Kind as Outcome

from .export import CHUNK, Column, Export, Kind, Selection, in_fixed_order, lines

Row = dict[str, Any]
"""One wave: what :data:`FIELDS` names, its codes and its flags."""

NOT_RECORDED = "SKIP"

MOTIVES = ("M1", "M2", "M3", "M4", "M5", "M6", "M7")

FLAGS = (
    "offloading",
    "individualised_substitutive",
    "contested_voluntary",
    "contested_agency",
    "contested_additive",
    "transactional",
    *(f"perception_gap_{dimension}" for dimension in SCORED),
    "one_sided",
    "no_outcomes",
    "under_invested",
    "hidden_duty",
)
"""Every flag of section 6 of the method. A new one becomes a new column at the end of the file."""


def one_of(*codes: str) -> tuple[str, ...]:
    """The codes that may stand in a column."""
    return tuple(str(code) for code in codes)


def at(*path: str) -> Callable[[Row], Any]:
    """Takes one figure from a stored profile, by names. None where the profile has none."""

    first, *others = map(str, path)

    def value(row: Row) -> Any:
        try:
            found = row["figures"][first]
            for name in others:
                found = found[name]
        except (KeyError, TypeError):  # Not there, or None on the way.
            return None
        return found

    value.path = (first, *others)  # So that a benchmark can ask the database for the same cell.
    return value


def dimension_at(dimension: Dimension, *path: str) -> Callable[[Row], Any]:
    """Takes a figure of one dimension; the product stands beside the four of the process."""
    place = (dimension,) if dimension is Dimension.PRODUCT else ("dimensions", dimension)
    return at(*place, *path)


def flagged(code: str) -> Callable[[Row], bool]:
    """Whether the profile raises the flag ``code``."""
    return lambda row: code in row["flags"]


def fact(name: str) -> Callable[[Row], str]:
    """What staff recorded of one fact when the wave closed."""
    place = f"assessment__facts__{name}"
    return lambda row: row[place] or NOT_RECORDED


def recorded_level(name: str) -> Callable[[Row], str]:
    """Whether staff recorded a level of involvement when the wave closed."""
    words = {True: "yes", False: "no", None: NOT_RECORDED}
    place = f"assessment__facts__{name}"
    return lambda row: words[row[place]]


def of_dimension(dimension: Dimension) -> Iterator[Column]:
    """The columns of one dimension: its headline, then staff, then participants."""
    points = _("0 to 100")

    def column(name: str, kind: Kind, values: Any, meaning: Any, *path: str) -> Column:
        return Column(
            name=f"{dimension}_{name}",
            kind=kind,
            values=values,
            meaning=format_lazy(meaning, dimension=dimension.value),
            value=dimension_at(dimension, *path),
        )

    yield column(
        "score",
        Kind.ONE_DECIMAL,
        points,
        _("Score of {dimension}: the mean of the two sides, or the one side there is."),
        "score",
    )
    yield column("band", Kind.CODE, one_of(*Band), _("Where the score of {dimension} lies."), "band")
    yield column(
        "coverage",
        Kind.TWO_DECIMALS,
        _("0 to 1"),
        _("Share of the {dimension} items asked that were rated, by weight, over all responses."),
        "coverage",
    )
    yield column(
        "gap",
        Kind.ONE_DECIMAL,
        _("-100 to 100"),
        _("Participants less staff on {dimension}: below 0, participants see it less well."),
        "gap",
    )
    for side in ("staff", "participants"):
        words = {"staff": _("staff"), "participants": _("participants")}[side]

        def of_side(suffix: str, kind: Kind, values: Any, meaning: Any, path: str, side=side, words=words):
            return Column(
                name=f"{dimension}_{side}{suffix}",
                kind=kind,
                values=values,
                meaning=format_lazy(meaning, dimension=dimension.value, side=words),
                value=dimension_at(dimension, side, path),
            )

        yield of_side("", Kind.ONE_DECIMAL, points, _("Score of {dimension} on the side of {side}."), "score")
        yield of_side("_n", Kind.WHOLE, _("from 1"), _("Responses of {side} with a {dimension} score."), "n")
        yield of_side(
            "_spread",
            Kind.ONE_DECIMAL,
            _("from 0"),
            _("Sample standard deviation of the {dimension} scores of {side}; empty below two."),
            "spread",
        )
        yield of_side(
            "_agreement",
            Kind.TWO_DECIMALS,
            _("0 to 1"),
            _("Agreement of {side} on {dimension} (mean r_wg of its items); empty below three."),
            "agreement",
        )


def of_levels() -> Iterator[Column]:
    """Strength and gap of each level of involvement."""
    for level in Level:
        place = ("levels", level)
        yield Column(
            name=f"level_{level}_strength",
            kind=Kind.ONE_DECIMAL,
            values=_("0 to 100"),
            meaning=format_lazy(_("Strength of the {level} level, as rated."), level=level.value),
            value=dimension_at(Dimension.INDIVIDUAL_COLLECTIVE, *place, "strength"),
        )
        yield Column(
            name=f"level_{level}_gap",
            kind=Kind.ONE_DECIMAL,
            values=_("-100 to 100"),
            meaning=format_lazy(_("Participants less staff on the {level} level."), level=level.value),
            value=dimension_at(Dimension.INDIVIDUAL_COLLECTIVE, *place, "gap"),
        )


def of_motives() -> Iterator[Column]:
    """Mean and number of ratings of each motive."""
    for code in MOTIVES:
        yield Column(
            name=f"{code.lower()}_mean",
            kind=Kind.ONE_DECIMAL,
            values=_("0 to 4"),
            meaning=format_lazy(_("Mean rating of motive {code} by participants."), code=code),
            value=at("motives", code, "mean"),
        )
        yield Column(
            name=f"{code.lower()}_n",
            kind=Kind.WHOLE,
            values=_("from 0"),
            meaning=format_lazy(_("How many participants rated motive {code}."), code=code),
            value=at("motives", code, "n"),
        )


def of_robustness() -> Iterator[Column]:
    """How firm the result is under small changes of the weights and items."""
    yield Column(
        name="verdict_holds",
        kind=Kind.TWO_DECIMALS,
        values=_("0 to 1"),
        meaning=_("Share of 1,000 runs with other weights and one item less that give the same verdict."),
        value=at("robustness", "verdict_holds"),
    )
    for dimension in SCORED:
        for end, percentile in (("low", "5"), ("high", "95")):
            yield Column(
                name=f"{dimension}_{end}",
                kind=Kind.ONE_DECIMAL,
                values=_("0 to 100"),
                meaning=format_lazy(
                    _("Percentile {percentile} of the {dimension} score over the 1,000 runs."),
                    percentile=percentile,
                    dimension=dimension.value,
                ),
                value=at("robustness", "dimensions", dimension, end),
            )


def of_facts() -> Iterator[Column]:
    """The facts that staff had recorded when the wave closed."""
    for name, choices in FACT_COLUMNS.items():
        yield Column(
            name=name,
            kind=Kind.CODE,
            values=one_of(*choices, NOT_RECORDED),
            missing=(NOT_RECORDED,),
            meaning=format_lazy(
                _("Fact {fact} as staff recorded it; SKIP when nobody was asked."),
                fact=name.replace("phases_", "phases.").replace("context_", "context."),
            ),
            value=fact(name),
        )
    for name, level in LEVEL_COLUMNS.items():
        yield Column(
            name=name,
            kind=Kind.CODE,
            values=one_of("yes", "no", NOT_RECORDED),
            missing=(NOT_RECORDED,),
            meaning=format_lazy(_("Whether staff recorded the {level} level."), level=level.value),
            value=recorded_level(name),
        )


COLUMNS = (
    Column(
        name="assessment_id",
        kind=Kind.ID,
        values=_("16 hexadecimal digits"),
        meaning=_("Code of the wave; the same in every file of the project."),
        value=itemgetter("assessment_code"),
    ),
    Column(
        name="activity_id",
        kind=Kind.ID,
        values=_("16 hexadecimal digits"),
        meaning=_("Code of the activity; the same in all of its waves."),
        value=itemgetter("activity_code"),
    ),
    Column(
        name="wave",
        kind=Kind.WHOLE,
        values=_("from 1"),
        meaning=_("Which assessment of this activity it is."),
        value=itemgetter("assessment__wave"),
    ),
    Column(
        name="opened_on",
        kind=Kind.DATE,
        values=_("YYYY-MM-DD"),
        meaning=_("The day the wave was opened."),
        value=itemgetter("assessment__opened_at"),
    ),
    Column(
        name="closed_on",
        kind=Kind.DATE,
        values=_("YYYY-MM-DD"),
        meaning=_("The day the wave was closed and its result stored."),
        value=itemgetter("assessment__closed_at"),
    ),
    Column(
        name="instrument_version",
        kind=Kind.TEXT,
        values=_("a published version"),
        meaning=_("Version of the instrument that was used. Its items stand in items.csv."),
        value=itemgetter("assessment__instrument_version__version"),
    ),
    Column(
        name="ruleset",
        kind=Kind.TEXT,
        values=_("a rule-set of that version"),
        meaning=_("Whose rule decided what counts."),
        value=itemgetter("ruleset"),
    ),
    Column(
        name="rules_version",
        kind=Kind.WHOLE,
        values=_("from 1"),
        meaning=_("Version of the rules that computed the result. A result is never computed again."),
        value=itemgetter("rules_version"),
    ),
    Column(
        name="counts",
        kind=Kind.CODE,
        values=one_of(*Counts),
        meaning=_("Whether the activity counts as coproduction under that rule-set."),
        value=itemgetter("counts"),
    ),
    Column(
        name="kind",
        kind=Kind.CODE,
        values=one_of(*Outcome),
        meaning=_("The kind of coproduction, or what it is instead; empty while that is open."),
        value=itemgetter("kind"),
    ),
    Column(
        name="decided_by",
        kind=Kind.CODE,
        values=one_of(*GateName),
        meaning=_("The first gate that failed; empty when none did."),
        value=at("decided_by"),
    ),
    Column(
        name="open_gates",
        kind=Kind.CODES,
        values=_("codes of gates"),
        meaning=_("Required gates that are contested or unknown while that decides, joined by semicolons."),
        value=lambda row: [gate["gate"] for gate in row["figures"]["open_gates"]],
    ),
    Column(
        name="staff_responses",
        kind=Kind.WHOLE,
        values=_("from 0"),
        meaning=_("How many staff responses the result rests on."),
        value=at("responses", "staff"),
    ),
    Column(
        name="participant_responses",
        kind=Kind.WHOLE,
        values=_("from 0"),
        meaning=_("How many participants' responses the result rests on; empty when they were withheld."),
        value=lambda row: (
            None if row["participants_withheld"] else row["figures"]["responses"]["participants"]
        ),
    ),
    Column(
        name="participants_withheld",
        kind=Kind.YES_NO,
        meaning=_("Whether too few participants answered, so that the result leaves them out altogether."),
        value=itemgetter("participants_withheld"),
    ),
    *(
        Column(
            name=f"gate_{gate}",
            kind=Kind.CODE,
            values=one_of(*State),
            meaning=format_lazy(_("What the {gate} gate says."), gate=gate.value),
            value=at("gates", gate, "state"),
        )
        for gate in GateName
    ),
    *(column for dimension in SCORED for column in of_dimension(dimension)),
    *of_levels(),
    *of_motives(),
    *(
        Column(
            name=f"flag_{code}",
            kind=Kind.YES_NO,
            meaning=format_lazy(_("Whether the result raises the flag {flag}."), flag=code),
            value=flagged(code),
        )
        for code in FLAGS
    ),
    Column(
        name="contradictions",
        kind=Kind.CODES,
        values=_("codes"),
        meaning=_("Facts that contradict each other or the staff's ratings, joined by semicolons."),
        value=lambda row: [found["code"] for found in row["figures"]["contradictions"]],
    ),
    *of_robustness(),
    *of_facts(),
    # Columns are only ever added, and only here.
)


FIELDS = (
    "assessment_id",
    "assessment__activity_id",
    "assessment__wave",
    "assessment__opened_at",
    "assessment__closed_at",
    "assessment__instrument_version__version",
    "ruleset",
    "rules_version",
    "counts",
    "kind",
    "participants_withheld",
    *(f"assessment__facts__{name}" for name in (*FACT_COLUMNS, *LEVEL_COLUMNS)),
    "figures",
)
"""What the columns take their values from, beside the codes and the flags."""


def results(selection: Selection) -> QuerySet:
    """The results with what is told of their waves, facts and versions, in their order; one query."""
    found = in_fixed_order(selection.results, "assessment_id", selection)
    return found.annotate(figures=Figures("profile")).values(*FIELDS)


class Figures(Func):
    """A stored profile without its longest parts, of which no column tells: the database leaves them out."""

    UNTOLD = ("items", "would_change", "agreement")
    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **extra):
        paths = ", ".join(f"'$.{name}'" for name in self.UNTOLD)
        return self.as_sql(compiler, connection, template=f"JSON_REMOVE(%(expressions)s, {paths})")

    def as_postgresql(self, compiler, connection, **extra):
        names = ",".join(self.UNTOLD)
        return self.as_sql(compiler, connection, template=f"(%(expressions)s - '{{{names}}}'::text[])")


def coded(found: Iterable[Row], selection: Selection) -> Iterator[Row]:
    """Each of ``found`` with the codes of this project for its wave and activity, and its flags."""
    wave, activity = selection.pseudonyms("assessment"), selection.pseudonyms("activity")
    for row in found:
        row["assessment_code"] = wave(row["assessment_id"])
        row["activity_code"] = activity(row["assessment__activity_id"])
        row["flags"] = {flag["code"] for flag in row["figures"]["flags"]}
        yield row


ASSESSMENTS_WIDE = Export(
    name="assessments_wide",
    title=_("One row for each assessment: facts, gates, scores, flags and how firm the result is."),
    columns=COLUMNS,
    count=lambda selection: selection.results.count(),
    rows=lambda selection: coded(results(selection).iterator(chunk_size=CHUNK), selection),
    key=("assessment_id",),
)

PREVIEW_COLUMNS = 12
PREVIEW_ROWS = 5


def preview(selection: Selection) -> dict:
    """The first columns (``header``) of the first rows (``lines``), and how many ``columns`` there are."""
    shown = COLUMNS[:PREVIEW_COLUMNS]
    # Which rows come first is asked apart, so that the database need not carry every profile while it sorts.
    first = in_fixed_order(selection.results, "assessment_id", selection).values_list("pk", flat=True)
    few = replace(selection, results=Result.objects.filter(pk__in=list(first[:PREVIEW_ROWS])))
    return {
        "header": [column.name for column in shown],
        "lines": list(lines(shown, coded(results(few), few))),
        "columns": len(COLUMNS),
    }
