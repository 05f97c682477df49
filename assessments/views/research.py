"""The researcher's page, and the files that it leads to."""

import logging

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments.audit import record_export
from assessments.exports import EXPORTS, preview
from assessments.exports.stream import stream
from assessments.forms.research import DownloadForm, FilterForm

logger = logging.getLogger("assessments.exports")

FORMAT = "v1"
"""Stands in the name of each file. A new column does not change it; a new meaning would."""

researchers_only = permission_required("assessments.export_assessment", raise_exception=True)


@require_safe
@never_cache
@researchers_only
def research(request: HttpRequest) -> HttpResponse:
    """The filters, how much they find, a first look at it, and the files. Wrong filters find nothing."""
    form = FilterForm(request.GET)
    context = {"form": form}
    if form.is_valid():
        selection = form.selection(request.user)
        rows = {name: export.count(selection) for name, export in EXPORTS.items()}
        context |= {"query": form.query(), "rows": rows, "preview": preview(selection)}
    return render(request, "research/detail.html", context)


@require_safe
@never_cache
@researchers_only
def research_file(request: HttpRequest, name: str) -> HttpResponse:
    """The file ``name`` as a stream. ``X-Row-Count`` says how many rows come after the header.

    Wrong filters give 400 and the reasons as plain text. Every download is logged and recorded.
    """
    form = DownloadForm(request.GET)
    if not form.is_valid():
        reasons = [str(reason) for reasons in form.errors.values() for reason in reasons]
        return HttpResponse("\n".join(reasons) + "\n", status=400, content_type="text/plain; charset=utf-8")
    export = EXPORTS[name]
    selection = form.selection(request.user)
    rows = export.count(selection)
    excel = bool(form.cleaned_data["excel"])
    logger.info(
        "%s downloads %s.csv with filter %r: %d rows", request.user.get_username(), name, form.query(), rows
    )
    if request.method == "GET":
        record_export(by=request.user, file=f"{name}.csv", query=form.query(), rows=rows)
    file = f"coproduce-{name}-{timezone.localdate():%Y-%m-%d}-{FORMAT}.csv"
    return StreamingHttpResponse(
        stream(export, selection, rows, excel=excel) if request.method == "GET" else (),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{file}"', "X-Row-Count": str(rows)},
    )
