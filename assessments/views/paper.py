"""Answers on paper: the form to print, and the page on which staff type in what came back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms.answer import PAPERS, PaperForm, QuestionsForm
from assessments.models import Assessment, Response
from assessments.rules.values import Form
from assessments.words.labels import RATING_WORDS
from assessments.workflow import answering
from assessments.workflow.answering import Choices, NotOpen, Sheet, TypedInBefore

from .answer import page_language


@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/paper/ — choose which form is on the paper, then type in what it says."""
    assessment = _editable(request, pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    chosen = _chosen(request)
    if chosen is None:
        return render(request, "answer/paper_choose.html", _context(assessment))
    items = answering.items_for(assessment, chosen)
    form = PaperForm(request.POST if request.method == "POST" else None, items=items, wording=chosen.wording)
    if request.method == "POST" and form.is_valid():
        choices = _chosen(request, research_consent=form.cleaned_data["research_consent"])
        try:
            answering.type_in(assessment, Sheet(choices, form.given()), form.cleaned_data["key"])
        except NotOpen:
            return _closed(request, assessment)
        except TypedInBefore:
            form.add_error(
                None,
                _(
                    "Another form was typed in from this page already, and is kept. Is this the next one? "
                    "Then send it once more."
                ),
            )
            form.take_as_another()
        else:
            messages.success(request, _("Typed in. Next one."))
            return redirect(request.get_full_path())
    title = PAPERS[chosen.form, chosen.wording]
    return render(request, "answer/paper.html", {**_context(assessment), "form": form, "title": title})


@require_safe
def paper_form(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/paper/form/ — the form to print: ``?form=short&wording=easy_read``; short and
    plain unless the address says so."""
    assessment = _editable(request, pk)
    chosen = _chosen(request) or Choices(form=Form.SHORT.value)
    form = QuestionsForm(items=answering.items_for(assessment, chosen), wording=chosen.wording)
    return render(
        request,
        "answer/paper_form.html",
        {
            **_context(assessment),
            "service": assessment.activity.service,
            "thresholds": assessment.instrument_version,
            "questions": form.questions(),
            "ratings": RATING_WORDS.values(),
            "title": PAPERS[chosen.form, chosen.wording],
            "wording": chosen.wording,
        },
    )


def _editable(request: HttpRequest, pk: int) -> Assessment:
    waves = Assessment.objects.editable_by(request.user)
    return get_object_or_404(
        waves.select_related("activity__service__organisation", "instrument_version"), pk=pk
    )


def _chosen(request: HttpRequest, *, research_consent: bool = False) -> Choices | None:
    """Which paper the address names; None when it names no form. Raises Http404 for one there is not."""
    form = request.GET.get("form")
    if form is None:
        return None
    wording = request.GET.get("wording", Response.Wording.PLAIN.value)
    if (form, wording) not in PAPERS:
        raise Http404
    return Choices(form, wording, Response.Mode.PAPER.value, page_language(), research_consent)


def _context(assessment: Assessment) -> dict:
    """What every page about paper says: the wave, its activity, and the kinds of paper there are."""
    papers = [
        {"title": title, "query": f"?form={form}&wording={wording}"}
        for (form, wording), title in PAPERS.items()
    ]
    return {
        "assessment": assessment,
        "activity": assessment.activity,
        "edits": True,
        "papers": papers,
        "paper_url": reverse("assessment-paper", args=[assessment.pk]),
        "form_url": reverse("assessment-paper-form", args=[assessment.pk]),
    }


def _closed(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    """The wave takes no answers any more. What was typed is shown, not saved."""
    assessment.refresh_from_db(fields=["status", "closed_at"])  # It may have closed since it was read.
    ratings = [(name, RATING_WORDS[given]) for name, given in request.POST.items() if given in RATING_WORDS]
    return render(
        request,
        "assessment/closed.html",
        {**_context(assessment), "ratings": ratings},
        status=409 if request.method == "POST" else 200,
    )
