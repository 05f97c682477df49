"""The curator's pages for files: bring a version in, take it away, take its forms to KoboToolbox and ODK."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.exchange.toml import SIZE_MAX
from assessments.exchange.xlsform import KINDS, Unfit, form_id, workbook
from assessments.forms.exchange import ImportForm
from assessments.words.labels import RATINGS
from assessments.workflow.exchange import Refused, export_version, import_version
from assessments.workflow.instrument_file import as_data

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

KIND_NAMES = {
    "staff-full-plain": _("Staff"),
    "participant-full-plain": _("Participants, full form, plain words"),
    "participant-full-easy_read": _("Participants, full form, easy read"),
    "participant-short-plain": _("Participants, short form, plain words"),
    "participant-short-easy_read": _("Participants, short form, easy read"),
}


class ExchangePages:
    """Pages of a version's admin. Goes before the admin's own class."""

    def get_urls(self) -> list:
        pages = {
            "import": ("import/", self.import_view),
            "export": ("<int:pk>/export/", self.export_view),
            "xlsforms": ("<int:pk>/xlsforms/", self.xlsforms_view),
            "xlsform": ("<int:pk>/xlsforms/<slug:kind>/", self.xlsform_view),
        }
        own = [
            path(address, self.admin_site.admin_view(view), name=f"assessments_instrumentversion_{name}")
            for name, (address, view) in pages.items()
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        context = {**(extra_context or {}), "may_copy": self.may_copy(request)}
        return super().changelist_view(request, context)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, then show the draft that it has become, or what is wrong with it."""
        if not self.may_copy(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                draft = import_version(file.read(SIZE_MAX + 1), number=form.cleaned_data["version"])
            except Refused as error:
                form.add_error("file", error.problems)
            else:
                self.log_addition(request, draft, gettext("Imported from %s.") % file.name)
                messages.success(
                    request, gettext("Version %s is a draft. Check it, then publish it.") % draft.version
                )
                return self.show(draft)
        return self.ask(request, None, form, "import", _("Import a file"))

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The version as a TOML file."""
        version = self.version_or_404(request, pk)
        return as_file(
            export_version(version), f"coproduce-instrument-{version.version}.toml", "application/toml"
        )

    def xlsforms_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Which forms of the version there are for KoboToolbox and ODK."""
        version = self.version_or_404(request, pk)
        return self.ask(
            request, version, None, "xlsforms", _("Forms for KoboToolbox and ODK"), kinds=KIND_NAMES.items()
        )

    def xlsform_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """One form of the version as an XLSX file; back to the version when its words do not suffice."""
        version = self.version_or_404(request, pk)
        if kind not in KINDS:
            raise Http404
        try:
            content = workbook(as_data(version), KINDS[kind], ratings=RATINGS)
        except Unfit as error:
            for problem in error.problems:
                messages.error(request, problem)
            return self.show(version)
        return as_file(content, f"{form_id(version.version, KINDS[kind])}.xlsx", XLSX)


def as_file(content: bytes, name: str, kind: str) -> HttpResponse:
    """A response that the browser saves under ``name``."""
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
