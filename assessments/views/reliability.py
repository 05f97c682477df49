"""The page on reliability and agreement: figures in tables, and pictures made of the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments.exports import Selection
from assessments.exports.reliability import RELIABILITY, Line, Raters, lines_of, tables
from assessments.forms.research import FilterForm
from assessments.models import Item, Project
from assessments.reliability import Figure
from assessments.rules.values import MAX_RATING, Dimension, Form, Side
from assessments.words.labels import DIMENSIONS, RATINGS
from assessments.words.reliability import AGREEMENT, CONSISTENCY, WHY_NOT

from .research import researchers_only

BAR = 600
"""How wide a bar is, in units of its picture."""
MARGIN, STEP = 12, 74
"""Where 0 stands on the line of means, and how far it is to the next rating."""

HEADINGS = {
    Raters(Side.STAFF, Form.FULL): gettext_lazy("Staff"),
    Raters(Side.PARTICIPANT, Form.FULL): gettext_lazy("Participants"),
    Raters(Side.PARTICIPANT, Form.SHORT): gettext_lazy("Participants, short form’s items"),
}
"""Whose figures stand beside each other."""


@require_safe
@never_cache
@researchers_only
def project_reliability(request: HttpRequest, slug: str) -> HttpResponse:
    """/research/<slug>/reliability/ — how far raters agree and items hang together, by version and dimension.

    Wrong filters find nothing.
    """
    project = get_object_or_404(Project.objects.visible_to(request.user), slug=slug)
    form = FilterForm(request.GET)
    context: dict = {"form": form, "project": project, "address": request.path}
    if form.is_valid():
        selection = Selection(form.selection(request.user), project, form.query())
        found = tables(selection)
        statements = _statements([item.pk for table in found for item in table.items])
        context |= {
            "query": form.query(),
            "file": RELIABILITY.file,
            "shown": True,
            "ratings": [words for _code, words in RATINGS[: MAX_RATING + 1]],
            "versions": [_version(table.version, list(lines_of(table)), statements) for table in found],
        }
    return render(request, "research/reliability.html", context)


def _statements(keys: list[int]) -> dict[tuple[str, str], str]:
    """The words of items, by version and code."""
    items = Item.objects.filter(pk__in=keys).select_related("version").prefetch_related("texts")
    return {(item.version.version, item.code): item.words.staff or item.words.participant for item in items}


def _version(version, lines: list[Line], statements: Mapping[tuple[str, str], str]) -> dict:
    """Everything that the page says of one version."""
    dimensions = []
    for dimension in Dimension:
        own = [line for line in lines if line.dimension == dimension]
        figures = {(line.measure, line.raters): line for line in own if line.item is None}
        items = [
            _item(list(both), statements)
            for _code, both in groupby((line for line in own if line.item), key=lambda line: line.item)
        ]
        if not (figures or items):
            continue
        columns, without = [], []
        for raters, heading in HEADINGS.items():
            theirs = [line.figure for (_measure, who), line in figures.items() if who == raters]
            reasons = {figure.why_not for figure in theirs}
            if len(reasons) == 1 and None not in reasons:
                without.append((heading, WHY_NOT[reasons.pop()]))
            elif theirs:
                columns.append((raters, heading))
        dimensions.append(
            {
                "code": dimension.value,
                "place": f"{version.pk}-{dimension.value}",
                "name": DIMENSIONS[dimension],
                "formative": any(line.formative for line in figures.values()),
                "levels": dimension is Dimension.INDIVIDUAL_COLLECTIVE,
                "headings": [heading for _raters, heading in columns],
                "without": without,
                "groups": [
                    {"name": name, "rows": _rows(labels, columns, figures)}
                    for name, labels in (
                        (_("Agreement within a wave"), AGREEMENT),
                        (_("Consistency over responses"), CONSISTENCY),
                    )
                ],
                "items": items,
            }
        )
    return {"number": version.version, "floor": version.min_participants, "dimensions": dimensions}


def _rows(labels: Mapping, columns: list, figures: Mapping[tuple[str, Raters], Line]) -> list[dict]:
    return [
        {"name": name, "cells": [_cell(figures[measure, raters]) for raters, _heading in columns]}
        for measure, name in labels.items()
    ]


def _cell(line: Line) -> dict:
    """A figure in words: the value, what it rests on, and the range over waves; or why there is none."""
    figure = line.figure
    if figure.value is None:
        return {"why_not": WHY_NOT[figure.why_not]}
    over = {
        "units": ngettext("%(n)s unit", "%(n)s units", figure.n),
        "waves": ngettext("%(n)s wave", "%(n)s waves", figure.n),
        "responses": ngettext("%(n)s response", "%(n)s responses", figure.n),
    }[line.over] % {"n": number_format(figure.n)}
    return {"value": two(figure.value), "over": over, "range": _range(figure)}


def _range(figure: Figure) -> str:
    if figure.low is None or figure.high is None or figure.n < 2:
        return ""
    return _("%(low)s to %(high)s") % {"low": two(figure.low), "high": two(figure.high)}


def two(number: float) -> str:
    """A number with two decimals, and no sign before zero."""
    return number_format(round(number, 2) + 0, 2)


def _item(both: list[Line], statements: Mapping[tuple[str, str], str]) -> dict:
    """One item: its words, a bar for each side that was asked it, and where their means stand."""
    code = both[0].item or ""
    sides = [_side(line) for line in both]
    means = {side["code"]: side for side in sides if side["mean"] is not None}
    picture = {key: side["place"] for key, side in means.items()}
    return {
        "code": code,
        "statement": statements[both[0].version, code],
        "sides": sides,
        "means": picture,
        "means_words": _("%(code)s, mean ratings from 0 to 4: %(means)s.")
        % {"code": code, "means": ", ".join(f"{side['name']} {side['mean']}" for side in means.values())},
    }


def _side(line: Line) -> dict:
    """What one side said to an item: the figures, and the bar made of them."""
    name = _("Staff") if line.raters.side is Side.STAFF else _("Participants")
    asked = sum(line.ratings)
    rated = line.ratings[: MAX_RATING + 1]
    parts, begin = [], 0.0
    for rating, number in enumerate(rated):
        width = BAR * number / asked if asked else 0
        if number:
            parts.append({"rating": rating, "x": round(begin, 1), "width": round(width, 1)})
        begin += width
    words = ", ".join(
        f"{label} {number_format(number)}" for (_code, label), number in zip(RATINGS, rated, strict=False)
    )
    return {
        "code": line.raters.side.value,
        "name": name,
        "asked": asked,
        "cells": list(line.ratings),
        "mean": None if line.mean is None else two(line.mean),
        "place": None if line.mean is None else round(MARGIN + STEP * line.mean),
        "r_wg": _cell(line),
        "parts": parts,
        "alternative": _("%(item)s, %(side)s: %(words)s; no rating %(none)s.")
        % {
            "item": line.item,
            "side": name,
            "words": words,
            "none": number_format(asked - sum(rated)),
        },
    }
