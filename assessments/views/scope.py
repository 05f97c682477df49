"""Where every view of a scoped noun starts: at the rows its person may read or change, never at all rows."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from assessments.models import Service


class VisibleRows:
    """The rows that the person may read; anything else is not there."""

    def get_queryset(self):
        return self.model.objects.visible_to(self.request.user)


class EditableRows:
    """The rows that the person may change; anything else is not there."""

    def get_queryset(self):
        return self.model.objects.editable_by(self.request.user)


class InService:
    """A form for something of a service, whose title or reference is one to the service.

    A POST locks the service, so that a second click waits for the first and then meets what it has taken.
    """

    @transaction.atomic
    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict:
        return {**super().get_form_kwargs(), "service": self.service}

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(service=self.service, **kwargs)


class CreateInService(InService):
    """Adds to the service of the address, if the person may change it."""

    @cached_property
    def service(self) -> Service:
        services = Service.objects.editable_by(self.request.user)
        if self.request.method == "POST":
            services = services.select_for_update(of=("self",))
        return get_object_or_404(services, slug=self.kwargs["slug"])


class UpdateInService(InService, EditableRows):
    """Changes what the person may change."""

    @property
    def service(self) -> Service:
        return self.object.service

    def get_queryset(self):
        rows = super().get_queryset().select_related("service")
        return rows.select_for_update(of=("self", "service")) if self.request.method == "POST" else rows
