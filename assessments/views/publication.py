"""Publishing a result: preview, publish, withdraw; and the page that everybody may read."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms.publication import PublicationForm
from assessments.models import Assessment, PublicResult
from assessments.workflow import assessment as workflow

from .atomic import atomic_post
from .result import result_words


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/publish/ — show what everybody would read, take a sentence for it, and publish."""
    assessment = _editable(request, pk)
    if assessment.is_open:
        return redirect(assessment)
    context = {"assessment": assessment, "activity": assessment.activity, "edits": True}
    stored = _stored(assessment)
    if stored is None:
        status = 409 if request.method == "POST" else 200
        return render(request, "publication/refused.html", context, status=status)
    form = PublicationForm(request.POST or None, instance=assessment)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        workflow.publish(assessment, note=form.cleaned_data["public_note"], on=timezone.localdate())
        messages.success(request, _("The result is published."))
        return redirect("assessment-publish", pk)
    return render(
        request,
        "publication/publish.html",
        {**context, "form": form, "public": public_words(assessment, stored, form["public_note"].value())},
    )


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/withdraw/ — ask whether the public page should go, and take it away."""
    assessment = _editable(request, pk)
    if assessment.published_on is None:
        return redirect("assessment-publish", pk)
    if request.method == "POST":
        workflow.withdraw(assessment)
        messages.success(request, _("The public page is withdrawn."))
        return redirect("assessment-publish", pk)
    return render(
        request,
        "publication/confirm_withdraw.html",
        {"assessment": assessment, "activity": assessment.activity, "edits": True},
    )


@login_not_required
@require_safe
def public_result(request: HttpRequest, slug: str) -> HttpResponse:
    """/results/<slug>/ — the result of a wave that its service has published, for everybody.

    404 when there is none at this address, or it was withdrawn.
    """
    assessment = get_object_or_404(_with_service(Assessment.objects.published()), public_slug=slug)
    stored = get_object_or_404(PublicResult, assessment=assessment, ruleset=assessment.ruleset)
    response = render(
        request,
        "publication/public.html",
        {
            "activity": assessment.activity,
            "public": public_words(assessment, stored, assessment.public_note),
        },
    )
    response["X-Robots-Tag"] = "noindex"
    return response


def public_words(assessment: Assessment, stored: PublicResult, note: str) -> dict:
    """Everything that the public page says, from the public record alone.

    No item, no evidence and no name of anybody is in it.
    """
    said = result_words(stored.profile, assessment.instrument_version)
    participants = stored.profile["responses"]["participants"]
    return {
        "assessment": assessment,
        "activity": assessment.activity,
        "note": note,
        "participants": participants,
        **{
            name: said[name]
            for name in (
                "counts",
                "tone",
                "verdict",
                "whose_rule",
                "open_gates",
                "flags",
                "process",
                "product",
                "helps",
                "hinders",
            )
        },
        "decided_by": next(
            (gate for gate in said["gates"] if gate["code"] == stored.profile["decided_by"]), None
        ),
        "floor": assessment.instrument_version.min_participants_public,
        "too_few": [
            dimension["name"]
            for dimension in [*said["process"], said["product"]]
            if participants and not dimension["participants"]
        ],
    }


def _with_service(waves: QuerySet[Assessment]) -> QuerySet[Assessment]:
    """The waves with what a public page says about them."""
    return waves.select_related("activity__service__organisation", "instrument_version")


def _editable(request: HttpRequest, pk: int) -> Assessment:
    """The wave ``pk`` for somebody who may change it, or 404; locked for a POST."""
    waves = _with_service(Assessment.objects.editable_by(request.user))
    if request.method == "POST":
        waves = waves.select_for_update(of=("self",))
    return get_object_or_404(waves, pk=pk)


def _stored(assessment: Assessment) -> PublicResult | None:
    """The public record of a wave under its own rule-set, if it may be published."""
    return PublicResult.objects.filter(assessment=assessment, ruleset=assessment.ruleset).first()
