"""Services: list, one service, add, change, delete."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from assessments import words
from assessments.forms.service import ServiceForm, organisations_for
from assessments.models import Activity, Assessment, Organisation, Service
from assessments.workflow.retention import delete_participant

from .atomic import atomic_post
from .scope import EditableRows, VisibleRows


def number_of(rows: QuerySet) -> Coalesce:
    """How many rows there are, as part of another query."""
    total = rows.order_by().annotate(all=Value(1)).values("all").annotate(number=Count("pk"))
    return Coalesce(Subquery(total.values("number")), 0)


class ServiceList(VisibleRows, ListView):
    """/services/ — the services a person may read, with what they hold."""

    model = Service
    template_name = "service/list.html"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[Service]:
        return (
            super()
            .get_queryset()
            .select_related("organisation")
            # Counted for the services of the page alone: joins would count for all that anybody has.
            .annotate(
                activity_count=number_of(Activity.objects.filter(service=OuterRef("pk"))),
                open_count=number_of(Assessment.objects.filter(activity__service=OuterRef("pk")).open()),
            )
            .order_by("name", "pk")
        )

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(may_add=organisations_for(self.request.user).exists(), **kwargs)


class ServiceDetail(VisibleRows, DetailView):
    """/services/<slug>/ — one service, its activities and what their last closed wave said."""

    model = Service
    template_name = "service/detail.html"

    def get_queryset(self) -> QuerySet[Service]:
        return (
            super()
            .get_queryset()
            .select_related("organisation")
            .annotate(participant_count=Count("participants"))
        )

    def get_context_data(self, **kwargs) -> dict:
        closed = (
            Assessment.objects.filter(activity=OuterRef("pk"), results__ruleset=F("ruleset"))
            .closed()
            .order_by("-wave")
        )
        activities = (
            Activity.objects.filter(service=self.object)
            .annotate(
                last_closed_at=Max("assessments__closed_at"),
                open_wave=Subquery(
                    Assessment.objects.filter(activity=OuterRef("pk")).open().values("pk")[:1]
                ),
                last_closed=Subquery(closed.values("pk")[:1]),
                last_counts=Subquery(closed.values("results__counts")[:1]),
            )
            .order_by("title", "pk")
        )
        for activity in activities:
            activity.last_counts_words = words.COUNTS.get(activity.last_counts)
        return super().get_context_data(activities=activities, **kwargs)


def wait_for_others() -> None:
    """Wait for whoever is adding or renaming a service, so that the form meets the name and the address that
    they take. Addresses are shared by all organisations, and so is what is locked: the first of them."""
    Organisation.objects.select_for_update(no_key=True).order_by("pk").first()


@method_decorator(transaction.atomic, name="post")
class ServiceCreate(CreateView):
    """/services/new/ — add a service to an organisation in which the person is manager or lead."""

    model = Service
    form_class = ServiceForm
    template_name = "service/form.html"

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not organisations_for(request.user).exists():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict:
        if self.request.method == "POST":
            wait_for_others()
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: ServiceForm) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, _("The service is added. Now add an activity."))
        return response


@method_decorator(transaction.atomic, name="post")
class ServiceUpdate(EditableRows, UpdateView):
    """/services/<slug>/edit/ — change a service."""

    model = Service
    form_class = ServiceForm
    template_name = "service/form.html"

    def get_queryset(self) -> QuerySet[Service]:
        if self.request.method != "POST":
            return super().get_queryset()
        wait_for_others()
        return super().get_queryset().select_for_update(of=("self",))

    def get_form_kwargs(self) -> dict:
        return {**super().get_form_kwargs(), "user": self.request.user}

    def form_valid(self, form: ServiceForm) -> HttpResponse:
        messages.success(self.request, _("The service is saved."))
        return super().form_valid(form)


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def service_delete(request: HttpRequest, slug: str) -> HttpResponse:
    """/services/<slug>/delete/ — delete a service that has no activities; one that has some is kept."""
    service = get_object_or_404(Service.objects.editable_by(request.user), slug=slug)
    in_use = service.activities.exists()
    if request.method == "POST" and not in_use:
        for participant in service.participants.all():
            delete_participant(participant)
        service.delete()
        messages.success(request, _("The service is deleted."))
        return redirect("service-list")
    return render(
        request,
        "service/confirm_delete.html",
        {"service": service, "in_use": in_use, "cancel": reverse("service-detail", args=[slug])},
        status=409 if request.method == "POST" else 200,
    )
