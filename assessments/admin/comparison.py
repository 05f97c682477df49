"""The curator's page that compares any two versions, drafts too, as the public page does."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from assessments.forms.instrument import CompareForm
from assessments.workflow.comparison import compare


class ComparisonPage:
    """A page of a version's admin. Goes before the admin's own class."""

    def get_urls(self) -> list:
        page = path(
            "<int:pk>/compare/",
            self.admin_site.admin_view(self.compare_view),
            name="assessments_instrumentversion_compare",
        )
        return [page, *super().get_urls()]

    @method_decorator(require_safe)
    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the version says differently from the one it was copied from, or from ``?before=<key>``."""
        version = self.version_or_404(request, pk)
        form = CompareForm(request.GET if "before" in request.GET else None, version=version)
        if form.is_bound and not form.is_valid():
            raise Http404
        before = form.cleaned_data["before"] if form.is_bound else form.default
        if before is None:
            messages.info(request, gettext("There is no other version to compare this one with."))
            return self.show(version)
        context = {"version": version, "before": before, "after": version, "parts": compare(before, version)}
        return render(request, "preview/changes.html", {**context, "form": form})
