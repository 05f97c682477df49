"""The curator's page "What would change": every closed wave judged under a version, beside its result.

Curators may not read results. They see codes in place of waves and activities, and what moved without
figures. Superusers see both.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from assessments.audit import record_export
from assessments.exports.export import as_csv, guarded, pseudonyms
from assessments.models import Assessment, InstrumentVersion
from assessments.words.impact import TOPICS, UNREAD, changed, value
from assessments.workflow.impact import HEADER, Recomputed, Totals, impact

WAVES_AT_ONCE = 2000
"""How many waves a page works out while somebody waits; the file and the command have no such limit."""

LISTED = 100
"""How many changes stand on the page; the file has them all."""


class ImpactPage:
    """A page of a version's admin. Goes before the admin's own class."""

    def get_urls(self) -> list:
        page = path(
            "<int:pk>/impact/",
            self.admin_site.admin_view(self.impact_view),
            name="assessments_instrumentversion_impact",
        )
        return [page, *super().get_urls()]

    def impact_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what it is about; when asked, work it out, as a page or as a file."""
        version = self.version_or_404(request, pk)
        if not self.may_publish(request):
            raise PermissionDenied
        waves = Assessment.objects.closed().count()
        if request.method == "POST" and "csv" in request.POST:
            file = f"impact-{version.version}.csv"
            record_export(by=request.user, file=file, query=f"version={version.version}", waves=waves)
            return StreamingHttpResponse(
                in_file(version, named=request.user.is_superuser),
                content_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{file}"'},
            )
        context = {"waves": waves, "limit": WAVES_AT_ONCE, "fits": waves <= WAVES_AT_ONCE}
        if request.method == "POST" and context["fits"]:
            context["found"] = on_page(version, named=request.user.is_superuser)
        return TemplateResponse(
            request,
            "admin/assessments/instrumentversion/impact.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "version": version,
                "title": _("What would change"),
                **context,
            },
        )


def lines(found: Recomputed, *, named: bool) -> Iterator[list[str]]:
    """The lines of one wave; its activity and its figures stay out unless ``named``."""
    wave = found.assessment
    yield from found.lines(
        assessment=str(wave.pk) if named else code("assessment", wave.pk),
        activity=wave.activity.title if named else code("activity", wave.activity_id),
        figures=named,
    )


def code(what: str, key: int) -> str:
    """What stands for a wave or an activity before curators; no research project has the same codes."""
    return pseudonyms(what, b"curators")(key)


def in_file(version: InstrumentVersion, *, named: bool) -> Iterator[str]:
    """Every change as CSV, wave by wave."""
    yield as_csv([HEADER])
    for found in impact(version):
        if rows := [[guarded(cell) for cell in line] for line in lines(found, named=named)]:
            yield as_csv(rows)


def on_page(version: InstrumentVersion, *, named: bool) -> dict:
    """The totals in words, and the first changes."""
    totals, listed = Totals(), []
    for found in totals.counting(impact(version)):
        if found.changes and len(listed) < LISTED:
            listed += [dict(zip(HEADER, line, strict=True)) for line in lines(found, named=named)]
    return {
        "changed": totals.changed,
        "topics": [(name, totals.topics[topic]) for topic, name in TOPICS.items()],
        "moves": [
            (changed(what), value(what, before), value(what, after), number)
            for (what, before, after), number in totals.moves.most_common()
        ],
        "unread": [(UNREAD[reason], number) for reason, number in totals.unread.most_common()],
        "listed": [
            {
                **line,
                "what": changed(line["what"]),
                "before": value(line["what"], line["from"]),
                "after": value(line["what"], line["to"]),
                "because": line["because"].split(";"),
            }
            for line in listed[:LISTED]
        ],
    }
