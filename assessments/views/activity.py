"""Activities: one activity, add, change, delete, and its facts page by page."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import F, FilteredRelation, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.generic import CreateView, DetailView, UpdateView

from assessments import words
from assessments.forms.activity import ActivityForm
from assessments.forms.facts import PAGES, FactsForm, Page
from assessments.models import Activity, Assessment, Facts, Participation

from .atomic import atomic_post
from .scope import CreateInService, UpdateInService, VisibleRows


class ActivityDetail(VisibleRows, DetailView):
    """/activities/<id>/ — one activity: its facts, who takes part, and its waves."""

    model = Activity
    template_name = "activity/detail.html"

    def get_queryset(self) -> QuerySet[Activity]:
        waves = (
            Assessment.objects.annotate(
                main=FilteredRelation("results", condition=Q(results__ruleset=F("ruleset")))
            )
            .annotate(counts=F("main__counts"))
            .order_by("-wave")
        )
        return (
            super()
            .get_queryset()
            .select_related("service", "facts")
            .prefetch_related(
                Prefetch("participations", Participation.objects.select_related("participant")),
                Prefetch("assessments", waves),
            )
        )

    def get_context_data(self, **kwargs) -> dict:
        waves = list(self.object.assessments.all())
        for wave in waves:
            wave.counts_words = words.COUNTS.get(wave.counts)
        return super().get_context_data(
            waves=waves,
            open_wave=next((wave for wave in waves if wave.is_open), None),
            fact_sections=[{"tasks": fact_pages(self.object)}],
            **kwargs,
        )


class ActivityCreate(CreateInService, CreateView):
    """/services/<slug>/activities/new/ — add an activity to a service."""

    model = Activity
    form_class = ActivityForm
    template_name = "activity/form.html"

    def get_success_url(self) -> str:
        messages.success(self.request, _("The activity is added. Now describe its facts."))
        return reverse("facts-edit", args=[self.object.pk, PAGES[0].slug])


class ActivityUpdate(UpdateInService, UpdateView):
    """/activities/<id>/edit/ — change an activity's title and description."""

    model = Activity
    form_class = ActivityForm
    template_name = "activity/form.html"

    def form_valid(self, form: ActivityForm) -> HttpResponse:
        messages.success(self.request, _("The activity is saved."))
        return super().form_valid(form)


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def activity_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """/activities/<id>/delete/ — delete an activity that was never assessed; others are kept."""
    activity = get_object_or_404(
        Activity.objects.editable_by(request.user).select_related("service", "facts"), pk=pk
    )
    in_use = activity.assessments.exists()
    if request.method == "POST" and not in_use:
        activity.delete()
        activity.facts.delete()
        messages.success(request, _("The activity is deleted."))
        return redirect(activity.service)
    return render(
        request,
        "activity/confirm_delete.html",
        {"activity": activity, "in_use": in_use},
        status=409 if request.method == "POST" else 200,
    )


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def facts_edit(request: HttpRequest, pk: int, page: str) -> HttpResponse:
    """/activities/<id>/facts/<page>/ — one short page of facts, saved on its own."""
    number, current = _numbered(page)
    activity = get_object_or_404(
        Activity.objects.editable_by(request.user).select_related("service", "facts"), pk=pk
    )
    facts = activity.facts
    if request.method == "POST":
        facts = Facts.objects.select_for_update().get(pk=activity.facts_id)
    form = FactsForm(request.POST or None, instance=facts, page=current)
    if request.method == "POST" and form.is_valid():
        form.save()
        if "save-and-return" in request.POST or number == len(PAGES):
            messages.success(request, _("Your facts are saved."))
            return redirect(activity)
        return redirect("facts-edit", pk, PAGES[number].slug)
    return render(
        request,
        "activity/facts.html",
        {"activity": activity, "form": form, "page": current, "number": number, "pages": len(PAGES)},
    )


def task(title: str, url: str, answered: int, asked: int) -> dict:
    """A line of a task list: what to answer, where, and how far it is, in words."""
    if answered == 0:
        status, tone = _("Not started"), "info"
    elif answered < asked:
        status, tone = (
            _("%(answered)s of %(asked)s answered") % {"answered": answered, "asked": asked},
            "warn",
        )
    else:
        status, tone = _("Done"), ""
    return {
        "title": title,
        "url": url,
        "status": status,
        "tone": tone,
        "answered": answered,
        "asked": asked,
    }


def fact_pages(activity: Activity) -> list[dict]:
    """Each page of facts as a line of a task list."""
    return [
        task(page.title, reverse("facts-edit", args=[activity.pk, page.slug]), *page.progress(activity.facts))
        for page in PAGES
    ]


def _numbered(slug: str) -> tuple[int, Page]:
    """The page of facts at ``slug`` with its number from 1, or 404."""
    for number, page in enumerate(PAGES, start=1):
        if page.slug == slug:
            return number, page
    raise Http404
