"""The pages that everybody may read: definitions, accessibility and privacy."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Model, Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from assessments.models.instrument import (
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSetText,
)
from assessments.rules import PHRASES, GateName
from assessments.words.labels import GATES

FALLBACK_LANGUAGE = "en"


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


def _languages() -> list[str]:
    """The reader's language, then the one every text is written in."""
    return [(get_language() or FALLBACK_LANGUAGE)[:2], FALLBACK_LANGUAGE]


def _texts(model: type[Model]) -> Prefetch:
    """The related ``texts`` in the languages that the reader may be shown."""
    return Prefetch("texts", model.objects.filter(language__in=_languages()))


def _words(row: Model) -> Model | None:
    """The text of ``row`` in the reader's language, else in the fallback language, else None."""
    by_language = {text.language: text for text in row.texts.all()}
    return next((by_language[code] for code in _languages() if code in by_language), None)


def _dimensions(version: InstrumentVersion) -> list[dict[str, Any]]:
    """Each dimension with its words and items; each item with its words."""
    items = Item.objects.order_by("order", "pk").prefetch_related(_texts(ItemText))
    dimensions = version.dimensions.order_by("order", "pk").prefetch_related(
        _texts(DimensionText), Prefetch("items", items)
    )
    return [
        {
            "dimension": dimension,
            "words": _words(dimension),
            "items": [{"item": item, "words": _words(item)} for item in dimension.items.all()],
        }
        for dimension in dimensions
    ]


def _rulesets(version: InstrumentVersion) -> list[dict[str, Any]]:
    """Each rule-set with its words and the names of the conditions it requires, in their order."""
    rulesets = version.rulesets.order_by("pk").prefetch_related(_texts(RuleSetText))
    return [
        {
            "ruleset": ruleset,
            "words": _words(ruleset),
            "gates": [GATES[gate.value] for gate in GateName if gate in ruleset.gates],
        }
        for ruleset in rulesets
    ]
