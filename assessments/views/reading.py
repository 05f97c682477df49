"""A closed wave read under another version or rule-set: shown as such, stored nowhere."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from assessments import words
from assessments.models import Assessment, InstrumentVersion, Result, Service
from assessments.workflow.reading import read_under

from .result import facts_of, result_words


@require_safe
def assessment_readings(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/result/under/ — the published versions and rule-sets to read a closed wave under."""
    assessment = _wave(request, pk)
    if assessment.is_open:
        return redirect(assessment)
    versions = InstrumentVersion.objects.published().prefetch_related("rulesets__texts")
    return render(
        request,
        "reading/list.html",
        {**_place(request, assessment), "versions": versions},
    )


@require_safe
def assessment_reading(request: HttpRequest, pk: int, version: str, ruleset: str) -> HttpResponse:
    """/assessments/<id>/result/under/<version>/<ruleset>/ — a closed wave, also read under these."""
    assessment = _wave(request, pk)
    if assessment.is_open:
        return redirect(assessment)
    under = get_object_or_404(InstrumentVersion.objects.published(), version=version)
    if under == assessment.instrument_version and ruleset == assessment.ruleset:
        return redirect("assessment-result", pk)
    try:
        reading = read_under(assessment, under, ruleset)
    except LookupError as error:
        raise Http404 from error
    stored = Result.objects.filter(assessment=assessment, ruleset=assessment.ruleset).first()
    return render(
        request,
        "reading/detail.html",
        {
            **_place(request, assessment),
            "reading": reading,
            "own": stored and words.verdict(stored.profile),
            "result": Result(
                ruleset=ruleset,
                rules_version=reading.rules_version,
                participants_withheld=reading.participants_withheld,
            ),
            "version": under,
            "floor": reading.floor,
            **result_words(reading.profile, under),
            "facts": facts_of(assessment),
        },
    )


def _wave(request: HttpRequest, pk: int) -> Assessment:
    """The wave, for whoever may read its result."""
    waves = Assessment.objects.visible_to(request.user)
    return get_object_or_404(waves.select_related("activity__service", "instrument_version", "facts"), pk=pk)


def _place(request: HttpRequest, assessment: Assessment) -> dict:
    """Where the page stands, for its breadcrumbs."""
    editable = Service.objects.editable_by(request.user).filter(pk=assessment.activity.service_id)
    return {"assessment": assessment, "activity": assessment.activity, "edits": editable.exists()}
