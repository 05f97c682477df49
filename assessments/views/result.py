"""The result of a closed wave, with its reasons, for the staff who may read it."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from assessments import words
from assessments.models import Answer, Assessment, Dimension, InstrumentVersion, Item, Result, Service
from assessments.rules import PHRASES
from assessments.rules.context import HINDERING
from assessments.rules.values import PROCESS, GateName, Level, Side

SIDES = ("staff", "participants")

NEAREST = 5
"""How many of the changes that would move the result are shown at once; the others on request."""

POINTS_A_STEP = 25
"""What one step of a rating from 0 to 4 is worth in points of 100."""
BAR_UNITS = 30
"""How long one step of a rating is in the picture of a motive, which is 120 long."""

MOTIVE_KINDS = {
    "intrinsic": gettext_lazy("for oneself"),
    "social": gettext_lazy("with and for others"),
    "normative": gettext_lazy("because it is right"),
    "material": gettext_lazy("for something material"),
    "asked": gettext_lazy("because of who asked"),
}


@require_safe
def assessment_result(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/result/ — what the rules said when the wave was closed, read from what is stored."""
    assessment = get_object_or_404(
        Assessment.objects.visible_to(request.user).select_related(
            "activity__service", "instrument_version", "facts"
        ),
        pk=pk,
    )
    if assessment.is_open:
        return redirect(assessment)
    stored = list(
        Result.objects.filter(
            assessment__activity=assessment.activity_id, assessment__wave__lte=assessment.wave
        )
        .select_related("assessment")
        .order_by("-assessment__wave", "pk")
    )
    result = next(row for row in stored if row.assessment == assessment and row.ruleset == assessment.ruleset)
    editable = Service.objects.editable_by(request.user).filter(pk=assessment.activity.service_id)
    return render(
        request,
        "assessment/result.html",
        {
            "assessment": assessment,
            "activity": assessment.activity,
            "edits": editable.exists(),
            "result": result,
            "version": assessment.instrument_version,
            "floor": assessment.instrument_version.min_participants,
            **result_words(result.profile, assessment.instrument_version, _evidence(assessment)),
            "others": [
                {"name": words.RULESETS.get(row.ruleset, row.ruleset), "verdict": words.verdict(row.profile)}
                for row in stored
                if row.assessment == assessment and row != result
            ],
            "earlier": _earlier(stored, assessment),
            "facts": facts_of(assessment),
        },
    )


def _items_of(version: InstrumentVersion) -> list[Item]:
    return list(
        Item.objects.filter(version=version)
        .order_by("order")
        .select_related("dimension")
        .prefetch_related("texts", "dimension__texts")
    )


def result_words(
    record: Mapping, version: InstrumentVersion, evidence: Mapping[int, list[str]] | None = None
) -> dict:
    """Everything that a result page says, in words and figures, from a stored record.

    ``record`` is the profile of a result, public or not; ``version`` gave it its items and thresholds;
    ``evidence`` is by item.
    """
    items, evidence = _items_of(version), evidence or {}
    statements = {item.code: item.words.staff or item.words.participant for item in items}
    dimensions = {item.dimension.code: item.dimension for item in items}
    product = _dimension(version, dimensions["product"], record["product"], record, items, evidence)
    changes = [words.change(entry, statements) for entry in record["would_change"]]
    open_verdict = record["counts"] in {"contested", "undetermined"}
    return {
        "record": record,
        "counts": words.COUNTS[record["counts"]],
        "tone": {"yes": "good", "no": "bad", "partial": "info"}.get(record["counts"], "warn"),
        "verdict": words.verdict(record),
        "whose_rule": words.whose_rule(record),
        "firmness": words.firmness(record),
        "open_gates": [words.open_gate(entry, statements) for entry in record["open_gates"]]
        if open_verdict
        else [],
        "flags": [words.flag(entry, statements) for entry in record["flags"]],
        "process": [
            _dimension(version, dimensions[code], record["dimensions"][code], record, items, evidence)
            for code in PROCESS
        ],
        "product": product,
        "product_list": [product],
        "levels": _levels(record["dimensions"]["individual_collective"]["levels"]),
        "gates": [_gate(name, record, statements) for name in GateName],
        "helps": [words.CONTEXT[name] for name in record["context"]["helps"]],
        "hinders": [_hinders(name) for name in record["context"]["hinders"]],
        "not_recorded": [words.CONTEXT[name] for name in record["context"]["unknown"]],
        "would_change": changes[:NEAREST],
        "would_change_too": changes[NEAREST:],
        "contradictions": [words.contradiction(entry) for entry in record["contradictions"]],
        "motives": _motives(record["motives"] or {}, items),
    }


def _dimension(
    version: InstrumentVersion,
    dimension: Dimension,
    found: Mapping,
    record: Mapping,
    items: list[Item],
    evidence: Mapping[int, list[str]],
) -> dict:
    """One dimension: its figures, in words too, its picture, and its items."""
    code, named = dimension.code, dimension.words
    spread = record["robustness"]["dimensions"][code]
    sides = [
        {
            "name": words.SIDES[side],
            "code": side,
            **found[side],
            "agreement_words": words.AGREEMENT.get(record["agreement"][code][side], ""),
        }
        for side in SIDES
        if found[side]
    ]
    band = words.BANDS[code][found["band"]] if found["band"] else ""
    rows = [
        _item(version, item, record["items"][item.code], evidence.get(item.pk, []))
        for item in items
        if item.dimension_id == dimension.pk and item.code in record["items"]
    ]
    return {
        "code": code,
        "name": named.name,
        "definition": named.definition,
        "source": dimension.source,
        "coproduction_pole": named.coproduction_pole,
        "opposite_pole": named.opposite_pole,
        "score": found["score"],
        "band": band,
        "coverage": None if found["coverage"] is None else round(found["coverage"] * 100),
        "sides": sides,
        "staff": found["staff"],
        "participants": found["participants"],
        "gap": found["gap"],
        "gap_words": words.gap(found["gap"], version.gap_noted_from)
        if code != "individual_collective"
        else "",
        "low": spread["low"],
        "high": spread["high"],
        "picture": _picture(version, found, spread),
        "alternative": _alternative(named.name, sides, band),
        "items": rows,
        "both_sides": any(row["gap"] is not None for row in rows),
    }


def _alternative(name: str, sides: list[dict], band: str) -> str:
    """The picture of a dimension, in words."""
    if not sides:
        return _("%(name)s: no score.") % {"name": name}
    figures = ", ".join(f"{side['name']} {localize(side['score'])}" for side in sides)
    return _("%(name)s, from 0 to 100: %(figures)s. Together: %(band)s.") % {
        "name": name,
        "figures": figures,
        "band": band,
    }


def _picture(version: InstrumentVersion, found: Mapping, spread: Mapping) -> dict:
    """Where the bands and the marks of a dimension stand on a line of 600 units with a margin of 20 on either
    side."""

    def place(score: float | None) -> int | None:
        return None if score is None else round(20 + float(score) * 5.6)

    low, high = place(spread["low"]), place(spread["high"])
    mixed, coproduction = place(version.band_mixed_from), place(version.band_coproduction_from)
    return {
        "mixed": mixed,
        "coproduction": coproduction,
        "opposite_width": mixed - place(0),
        "mixed_width": coproduction - mixed,
        "coproduction_width": place(100) - coproduction,
        "staff": place(found["staff"]["score"]) if found["staff"] else None,
        "participants": place(found["participants"]["score"]) if found["participants"] else None,
        "low": low,
        "width": None if low is None or high is None else high - low,
    }


def _item(version: InstrumentVersion, item: Item, found: Mapping, evidence: list[str]) -> dict:
    """One item: its words for each side, what each side said, and how far apart they are."""
    gap = _item_gap(item, found)
    return {
        "code": item.code,
        "statement": item.words.staff or item.words.participant,
        "participant": item.words.participant if item.words.staff else "",
        "against": item.pole == "-",
        "staff": found["staff"],
        "participants": found["participants"],
        "gap": gap,
        "gap_words": ""
        if gap is None or abs(gap) < version.gap_noted_from
        else words.gap(gap, version.gap_noted_from),
        "evidence": evidence,
    }


def _item_gap(item: Item, found: Mapping) -> float | None:
    """How many points of 100 participants rate the statement above staff, or below, as it stands.

    None unless both sides rated it.
    """
    staff, participants = found["staff"], found["participants"]
    if not (staff and participants) or None in (staff["mean"], participants["mean"]):
        return None
    if staff["score"] is None or participants["score"] is None:
        return round((participants["mean"] - staff["mean"]) * POINTS_A_STEP, 1)
    difference = participants["score"] - staff["score"]
    return round(-difference if item.pole == "-" else difference, 1)


def _motives(found: Mapping, items: list[Item]) -> list[dict]:
    """Why participants take part: each motive that was rated, its kind, and the length of its bar."""
    return [
        {
            "name": item.words.participant,
            "kind": MOTIVE_KINDS.get(item.note, ""),
            "bar": round(found[item.code]["mean"] * BAR_UNITS),
            **found[item.code],
        }
        for item in items
        if item.code in found and found[item.code]["mean"] is not None
    ]


def _hinders(name: str) -> str:
    """A circumstance that hinders: one that holds, or the lack of one that would help."""
    if name in HINDERING:
        return str(words.CONTEXT[name])
    return _("Not so: %(circumstance)s") % {"circumstance": words.CONTEXT[name]}


def _levels(found: Mapping) -> list[dict]:
    """The three levels: recorded or not, how strong, and how far the sides are apart."""
    return [{"name": words.LEVELS[level], **found[level]} for level in Level]


def _gate(name: GateName, record: Mapping, statements: Mapping[str, str]) -> dict:
    """One condition: what it says, what it used, the phrase it rests on, and what each side says to it when
    participants contest it."""
    found = record["gates"][name]
    contested = [
        code
        for code in (reason.partition(".participants=")[0] for reason in found["because"])
        if found["state"] == "contested" and code in record["items"]
    ]
    return {
        "code": name.value,
        "name": words.GATES[name],
        "state": found["state"],
        "state_label": words.STATES[found["state"]],
        "required": found["required"],
        "used": words.reasons(found["because"], statements),
        "phrase": PHRASES[name],
        "says": [{"statement": statements[code], **record["items"][code]} for code in contested],
    }


def _evidence(assessment: Assessment) -> dict[int, list[str]]:
    """What staff wrote as evidence, by item, without names and in an order that tells nobody's place."""
    texts = (
        Answer.objects.filter(response__assessment=assessment, response__side=Side.STAFF)
        .exclude(response__submitted_on=None)
        .exclude(evidence="")
        .order_by("evidence")
        .values_list("item_id", "evidence")
    )
    by_item: dict[int, list[str]] = {}
    for item, text in texts:
        by_item.setdefault(item, []).append(text)
    return by_item


def _earlier(stored: list[Result], assessment: Assessment) -> list[dict]:
    """This wave and those before it, newest first, each under its own version and its own rule-set."""
    rows = [row for row in stored if row.ruleset == row.assessment.ruleset]
    if len(rows) < 2:
        return []
    return [
        {
            "wave": row.assessment.wave,
            "pk": row.assessment.pk,
            "closed_at": row.assessment.closed_at,
            "this": row.assessment == assessment,
            "counts": words.COUNTS[row.counts],
            "scores": [row.profile["dimensions"][code]["score"] for code in PROCESS]
            + [row.profile["product"]["score"]],
        }
        for row in rows
    ]


def facts_of(assessment: Assessment) -> list[dict]:
    """The facts as they were frozen, as rows of a summary."""
    facts = assessment.facts
    rows = []
    for code, named in words.FACTS.items():
        if code == "levels":
            recorded = [words.LEVELS[level] for level in Level if getattr(facts, f"levels_{level}")]
            text = ", ".join(str(level) for level in recorded) or _("not known")
        else:
            recorded = getattr(facts, code.replace(".", "_"))
            text = words.VALUES[code].get(recorded, _("not known"))
        rows.append({"key": named, "value": text})
    return rows
