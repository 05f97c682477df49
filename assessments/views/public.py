"""The pages that everybody may read: definitions, accessibility and privacy."""

from itertools import pairwise
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from assessments.models import InstrumentVersion, Item
from assessments.rules import PHRASES, GateName
from assessments.words.labels import GATES
from assessments.workflow.comparison import compare


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """How accessible the site is, how that was checked, and what is not."""
    return render(request, "accessibility.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, and who may see it."""
    return render(request, "privacy.html")


@login_not_required
@require_safe
def definitions(request: HttpRequest, version: str | None = None) -> HttpResponse:
    """The dimensions, items, conditions and numbers of a published version; the newest unless named.

    404 when the named version is not there or not published. Before the first version is published the
    page says so.
    """
    published = InstrumentVersion.objects.published()
    versions = list(published)
    for later, earlier in pairwise(versions):
        later.earlier = earlier.version
    if version is not None:
        shown = get_object_or_404(published, version=version)
    else:
        shown = versions[0] if versions else None
    context: dict[str, Any] = {"shown": shown, "versions": versions}
    if shown:
        context["dimensions"] = _dimensions(shown)
        context["gates"] = [
            {"code": gate.value, "name": GATES[gate.value], "phrase": PHRASES[gate]} for gate in GateName
        ]
        context["rulesets"] = _rulesets(shown)
    return render(request, "definitions/detail.html", context)


@login_not_required
@require_safe
def definitions_changes(request: HttpRequest, before: str, after: str) -> HttpResponse:
    """/definitions/<before>/to/<after>/ — what two published versions say differently, word by word."""
    published = InstrumentVersion.objects.published()
    versions = [get_object_or_404(published, version=number) for number in (before, after)]
    return render(
        request,
        "definitions/changes.html",
        {"before": versions[0], "after": versions[1], "parts": compare(*versions)},
    )


def _dimensions(version: InstrumentVersion) -> list[dict[str, Any]]:
    """Each dimension with its words and items; each item with its words."""
    items = Item.objects.order_by("order", "pk").prefetch_related("texts")
    dimensions = version.dimensions.order_by("order", "pk").prefetch_related(
        "texts", Prefetch("items", items)
    )
    return [
        {
            "dimension": dimension,
            "words": dimension.words,
            "items": [{"item": item, "words": item.words} for item in dimension.items.all()],
        }
        for dimension in dimensions
    ]


def _rulesets(version: InstrumentVersion) -> list[dict[str, Any]]:
    """Each rule-set with its words and the names of the conditions it requires, in their order."""
    return [
        {
            "ruleset": ruleset,
            "words": ruleset.words,
            "gates": [GATES[gate.value] for gate in GateName if gate in ruleset.gates],
        }
        for ruleset in version.rulesets.order_by("pk").prefetch_related("texts")
    ]
