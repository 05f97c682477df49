"""Participants of a service, and their participation in its activities."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django.views.generic import CreateView, ListView, UpdateView

from assessments.audit import record_access
from assessments.forms.participant import ParticipantForm, ParticipationForm
from assessments.models import Activity, Participant, Participation, Service
from assessments.workflow.retention import delete_participant, held_about

from .atomic import atomic_post
from .scope import CreateInService, EditableRows, UpdateInService, VisibleRows


class ParticipantList(VisibleRows, ListView):
    """/services/<slug>/participants/ — who takes part in the activities of a service."""

    model = Participant
    template_name = "participant/list.html"
    paginate_by = 100

    def get_queryset(self) -> QuerySet[Participant]:
        self.service = get_object_or_404(
            Service.objects.visible_to(self.request.user), slug=self.kwargs["slug"]
        )
        return (
            super()
            .get_queryset()
            .filter(service=self.service)
            .annotate(activity_count=Count("participations"))
            .order_by("reference")
        )

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(service=self.service, **kwargs)


class ParticipantCreate(CreateInService, CreateView):
    """/services/<slug>/participants/new/ — add a participant to a service."""

    model = Participant
    form_class = ParticipantForm
    template_name = "participant/form.html"

    def get_success_url(self) -> str:
        messages.success(self.request, _("The participant is added."))
        return reverse("participant-list", args=[self.service.slug])


class ParticipantUpdate(UpdateInService, UpdateView):
    """/participants/<id>/ — change a participant."""

    model = Participant
    form_class = ParticipantForm
    template_name = "participant/form.html"

    def get_success_url(self) -> str:
        messages.success(self.request, _("The participant is saved."))
        return reverse("participant-list", args=[self.object.service.slug])


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def participant_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """/participants/<id>/delete/ — delete a participant and their participations, and take their reference
    out of the record. Answers stay: none of them is tied to a participant."""
    participant = get_object_or_404(
        Participant.objects.editable_by(request.user).select_related("service"), pk=pk
    )
    back = reverse("participant-list", args=[participant.service.slug])
    if request.method == "POST":
        delete_participant(participant)
        messages.success(request, _("The participant is deleted."))
        return redirect(back)
    return render(request, "participant/confirm_delete.html", {"participant": participant, "cancel": back})


@require_GET
@never_cache
def participant_data(request: HttpRequest, pk: int) -> HttpResponse:
    """/participants/<id>/data/ — everything that is held about a participant, as a JSON file to give them."""
    participant = get_object_or_404(
        Participant.objects.editable_by(request.user).select_related("service"), pk=pk
    )
    record_access(participant, by=request.user)
    return JsonResponse(
        held_about(participant),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": f'attachment; filename="participant-{pk}.json"'},
    )


@method_decorator(transaction.atomic, name="post")
class ParticipationCreate(CreateView):
    """/activities/<id>/participations/new/ — say that a participant takes part in an activity."""

    model = Participation
    form_class = ParticipationForm
    template_name = "participation/form.html"

    @cached_property
    def activity(self) -> Activity:
        """The activity of the address, if the person may change it; locked for a POST."""
        activities = Activity.objects.editable_by(self.request.user).select_related("service")
        if self.request.method == "POST":
            activities = activities.select_for_update(of=("self",))
        return get_object_or_404(activities, pk=self.kwargs["pk"])

    def get_form_kwargs(self) -> dict:
        return {**super().get_form_kwargs(), "activity": self.activity}

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(activity=self.activity, **kwargs)
        context["anybody_left"] = context["form"].fields["participant"].queryset.exists()
        return context

    def get_success_url(self) -> str:
        messages.success(self.request, _("The participant is added to the activity."))
        return self.activity.get_absolute_url()


@method_decorator(transaction.atomic, name="post")
class ParticipationUpdate(EditableRows, UpdateView):
    """/participations/<id>/ — change how a participant takes part in an activity."""

    model = Participation
    form_class = ParticipationForm
    template_name = "participation/form.html"

    def get_queryset(self) -> QuerySet[Participation]:
        rows = super().get_queryset().select_related("activity__service", "participant")
        return rows.select_for_update(of=("self",)) if self.request.method == "POST" else rows

    def get_form_kwargs(self) -> dict:
        return {**super().get_form_kwargs(), "activity": self.object.activity}

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(activity=self.object.activity, **kwargs)

    def get_success_url(self) -> str:
        messages.success(self.request, _("The participation is saved."))
        return self.object.activity.get_absolute_url()


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def participation_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """/participations/<id>/delete/ — say that a participant no longer belongs to an activity."""
    participation = get_object_or_404(
        Participation.objects.editable_by(request.user).select_related("activity__service", "participant"),
        pk=pk,
    )
    if request.method == "POST":
        participation.delete()
        messages.success(request, _("The participant no longer belongs to this activity."))
        return redirect(participation.activity)
    return render(request, "participation/confirm_delete.html", {"participation": participation})
