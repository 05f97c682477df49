"""The result of a closed wave, with its reasons, for the staff who may read it."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments import words
from assessments.models import Answer, Assessment, Dimension, Item, Result, Service
from assessments.rules import PHRASES
from assessments.rules.values import PROCESS, GateName, Level, Side

SIDES = ("staff", "participants")

NEAREST = 5
"""How many of the changes that would move the result are shown at once; the others on request."""


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
    items = list(
        Item.objects.filter(version=assessment.instrument_version_id)
        .order_by("order")
        .select_related("dimension")
        .prefetch_related("texts", "dimension__texts")
    )
    editable = Service.objects.editable_by(request.user).filter(pk=assessment.activity.service_id)
    return render(
        request,
        "assessment/result.html",
        {
            "assessment": assessment,
            "activity": assessment.activity,
            "edits": editable.exists(),
            "result": result,
            **result_words(result, items, _evidence(assessment)),
            "others": [
                {"name": words.RULESETS.get(row.ruleset, row.ruleset), "verdict": words.verdict(row.profile)}
                for row in stored
                if row.assessment == assessment and row != result
            ],
            "earlier": _earlier(stored, assessment),
            "facts": _facts(assessment),
        },
    )


def result_words(result: Result, items: list[Item], evidence: Mapping[int, list[str]]) -> dict:
    """Everything that a result page says, in words and figures, from the stored record.

    ``items`` are those of the instrument version, with their texts; ``evidence`` is by item.
    """
    record = result.profile
    statements = {item.code: item.words.staff or item.words.participant for item in items}
    dimensions = {item.dimension.code: item.dimension for item in items}
    product = _dimension(dimensions["product"], record["product"], record, items, evidence)
    changes = [words.change(entry, statements) for entry in record["would_change"]]
    open_verdict = result.counts in {"contested", "undetermined"}
    return {
        "record": record,
        "counts": words.COUNTS[result.counts],
        "tone": {"yes": "good", "no": "bad", "partial": "info"}.get(result.counts, "warn"),
        "verdict": words.verdict(record),
        "whose_rule": words.whose_rule(record),
        "firmness": words.firmness(record),
        "open_gates": [words.open_gate(entry, statements) for entry in record["open_gates"]]
        if open_verdict
        else [],
        "flags": [words.flag(entry, statements) for entry in record["flags"]],
        "process": [
            _dimension(dimensions[code], record["dimensions"][code], record, items, evidence)
            for code in PROCESS
        ],
        "product": product,
        "product_list": [product],
        "levels": _levels(record["dimensions"]["individual_collective"]["levels"]),
        "gates": [_gate(name, record["gates"][name], statements) for name in GateName],
        "helps": [words.CONTEXT[name] for name in record["context"]["helps"]],
        "hinders": [words.CONTEXT[name] for name in record["context"]["hinders"]],
        "not_recorded": [words.CONTEXT[name] for name in record["context"]["unknown"]],
        "would_change": changes[:NEAREST],
        "would_change_too": changes[NEAREST:],
        "contradictions": [words.contradiction(entry) for entry in record["contradictions"]],
        "motives": [
            {"name": statements[code], **figures}
            for code, figures in (record["motives"] or {}).items()
            if figures["mean"] is not None
        ],
    }


def _dimension(
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
        "gap_words": words.gap(found["gap"]) if code != "individual_collective" else "",
        "low": spread["low"],
        "high": spread["high"],
        "picture": _picture(found, spread),
        "alternative": _alternative(named.name, sides, band),
        "items": [
            _item(item, record["items"].get(item.code), evidence.get(item.pk, []))
            for item in items
            if item.dimension_id == dimension.pk and item.code in record["items"]
        ],
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


def _picture(found: Mapping, spread: Mapping) -> dict:
    """Where the marks of a dimension stand on a line of 600 units with a margin of 20 on either side."""

    def place(score: float | None) -> int | None:
        return None if score is None else round(20 + score * 5.6)

    low, high = place(spread["low"]), place(spread["high"])
    return {
        "staff": place(found["staff"]["score"]) if found["staff"] else None,
        "participants": place(found["participants"]["score"]) if found["participants"] else None,
        "low": low,
        "width": None if low is None or high is None else high - low,
    }


def _item(item: Item, found: Mapping, evidence: list[str]) -> dict:
    """One item: its words for each side, and what each side said."""
    return {
        "code": item.code,
        "statement": item.words.staff or item.words.participant,
        "participant": item.words.participant if item.words.staff else "",
        "against": item.pole == "-",
        "staff": found["staff"],
        "participants": found["participants"],
        "evidence": evidence,
    }


def _levels(found: Mapping) -> list[dict]:
    """The three levels: recorded or not, how strong, and how far the sides are apart."""
    return [{"name": words.LEVELS[level], **found[level]} for level in Level]


def _gate(name: GateName, found: Mapping, statements: Mapping[str, str]) -> dict:
    """One condition: what it says, what it used, and the phrase it rests on."""
    return {
        "name": words.GATES[name],
        "state": found["state"],
        "state_label": words.STATES[found["state"]],
        "required": found["required"],
        "used": words.reasons(found["because"], statements),
        "phrase": PHRASES[name],
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


def _facts(assessment: Assessment) -> list[dict]:
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
