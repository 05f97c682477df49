"""The researcher's projects, their files, and the tokens with which scripts read them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assessments.audit import record_export
from assessments.exports import EXPORTS, Selection, files_for, preview
from assessments.exports.package import DESCRIPTOR, PACKAGE, README, package, papers_alone
from assessments.exports.reliability import RELIABILITY
from assessments.exports.stream import stream
from assessments.forms.project import ProjectForm, TokenForm
from assessments.forms.research import DownloadForm, FilterForm
from assessments.models import Project, Token, User
from assessments.workflow import tokens

from .atomic import atomic_post

logger = logging.getLogger("assessments.exports")

TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "zip": "application/zip",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}

researchers_only = permission_required("assessments.export_assessment", raise_exception=True)


# Projects


@require_safe
@never_cache
@researchers_only
def project_list(request: HttpRequest) -> HttpResponse:
    """/research/ — the researcher's projects, and what is shared and how to use it."""
    return render(request, "research/list.html", {"projects": Project.objects.visible_to(request.user)})


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
@researchers_only
def project_create(request: HttpRequest) -> HttpResponse:
    """/research/new/ — begin a project."""
    return _project_form(request, Project(), _("The project is added. Now choose assessments."))


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
@researchers_only
def project_update(request: HttpRequest, slug: str) -> HttpResponse:
    """/research/<slug>/edit/ — change what a project says of itself. Its codes stay the same."""
    projects = Project.objects.visible_to(request.user)
    if request.method == "POST":
        projects = projects.select_for_update(of=("self",))
    return _project_form(request, get_object_or_404(projects, slug=slug), _("The project is saved."))


def _project_form(request: HttpRequest, project: Project, done: str) -> HttpResponse:
    if (
        request.method == "POST"
    ):  # One after the other, so that the second of two clicks finds the name taken.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=request.user.pk)
    form = ProjectForm(request.POST or None, instance=project, user=request.user)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, done)
        return redirect(saved)
    return render(request, "research/form.html", {"form": form, "project": project if project.pk else None})


@require_safe
@never_cache
@researchers_only
def project_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """/research/<slug>/ — the filters, how much they find, a first look at it, and the files. Wrong filters
    find nothing."""
    project = get_object_or_404(Project.objects.visible_to(request.user), slug=slug)
    form = FilterForm(request.GET)
    context = {
        "form": form,
        "project": project,
        "address": request.build_absolute_uri(project.get_absolute_url()),
    }
    if form.is_valid():
        selection = Selection(form.selection(request.user), project, form.query())
        files = files_for(selection)
        context |= {
            "query": form.query(),
            "files": [(export, export.count(selection)) for export in files],
            "found": selection.results.count(),
            "preview": preview(selection),
        }
    return render(request, "research/detail.html", context)


# Files


def with_session_or_token(view: Callable) -> Callable:
    """The view gets ``project`` and ``token``: for a researcher who is signed in to whom the project belongs
    (``token`` is None), or for a script whose ``Authorization: Bearer`` header opens the file.

    A script gets its refusal as JSON when it accepts that, else as a line of text; never a sign-in page.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, slug: str, name: str) -> HttpResponse:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            try:
                token = tokens.admit(
                    text.strip(), slug=slug, file=name, now=timezone.now(), on=timezone.localdate()
                )
            except tokens.Refused as refused:
                return refusal(request, refused)
            return view(request, token.project, name, token=token)
        if request.user.is_authenticated:  # Whatever else is sent may be for a proxy before the site.
            if not request.user.has_perm("assessments.export_assessment"):
                raise PermissionDenied
            project = get_object_or_404(Project.objects.visible_to(request.user), slug=slug)
            project.researcher = request.user  # The same row, with its permissions looked up already.
            return view(request, project, name, token=None)
        if scheme:
            words = _("Send a token as “Authorization: Bearer …”.")
            return refusal(request, tokens.Refused(HTTPStatus.UNAUTHORIZED, "no-token", words))
        return redirect_to_login(request.get_full_path())

    return login_not_required(never_cache(require_safe(wrapped)))


def refusal(request: HttpRequest, refused: tokens.Refused) -> HttpResponse:
    """Why a script gets nothing."""
    try:
        wants_json = request.accepts("application/json") and not request.accepts("text/plain")
    except ValueError:  # A header that cannot be read, such as one in an encoding that does not exist.
        wants_json = False
    if wants_json:
        response: HttpResponse = JsonResponse({"error": refused.code, "reason": refused.reason})
    else:
        response = HttpResponse(f"{refused.reason}\n", content_type=TYPES["txt"])
    response.status_code = refused.status
    if refused.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = f'Bearer error="{refused.code}"'
    if refused.wait is not None:
        response["Retry-After"] = str(refused.wait)
    return response


@with_session_or_token
def project_file(request: HttpRequest, project: Project, name: str, *, token: Token | None) -> HttpResponse:
    """/research/<slug>/<name> — a file as a stream. Of a CSV file, ``X-Row-Count`` says how many rows come
    after the header.

    Wrong filters give 400 and the reasons as plain text. Every download is logged and recorded.
    """
    form = DownloadForm(request.GET)
    if not form.is_valid():
        reasons = [str(reason) for reasons in form.errors.values() for reason in reasons]
        return HttpResponse("\n".join(reasons) + "\n", status=400, content_type=TYPES["txt"])
    selection = Selection(form.selection(project.researcher), project, form.query())
    reading = request.method == "GET"
    files = files_for(selection)
    headers = {"Content-Disposition": f'attachment; filename="coproduce-{project.slug}-{name}"'}
    chunks: Iterator[str | bytes] | tuple
    if name == PACKAGE:
        rows = None
        chunks = package(selection, files)
    elif name in (README, DESCRIPTOR):
        rows = None
        chunks = iter((papers_alone(selection, files)[name],)) if reading else ()
    else:
        export = next((found for found in (*files, RELIABILITY) if found.file == name), None)
        if export is None:
            raise Http404
        rows = export.count(selection)
        headers["X-Row-Count"] = str(rows)
        chunks = stream(export, selection, rows, excel=bool(form.cleaned_data["excel"]))
    if reading:
        by = project.researcher
        logger.info(
            "%s downloads %s of %s with filter %r", by.get_username(), name, project.slug, form.query()
        )
        record_export(by=by, file=name, query=form.query(), rows=rows, project=project, token=token)
    return StreamingHttpResponse(
        chunks if reading else (), content_type=TYPES[name.rpartition(".")[2]], headers=headers
    )


FILES = [*(export.file for export in EXPORTS.values()), RELIABILITY.file, PACKAGE, DESCRIPTOR, README]
"""Every name that a file of a project may have."""


# Tokens


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@researchers_only
def token_list(request: HttpRequest, slug: str) -> HttpResponse:
    """/research/<slug>/tokens/ — the tokens of a project, and a form that makes one and shows it once."""
    project = get_object_or_404(Project.objects.visible_to(request.user), slug=slug)
    today = timezone.localdate()
    names = [name for name in FILES if name != EXPORTS["evidence"].file or project.asks_for_evidence]
    shown = {"files": names, "today": today, "text": tokens.new_text()}
    form = TokenForm(request.POST or None, **shown)
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            tokens.issue(project, on=today, **form.cleaned_data)
        except tokens.MadeAlready:
            form.add_error(
                None,
                _("This page has made a token already. Open it again to make another. Nothing was changed."),
            )
        else:
            made = form.cleaned_data["text"]
            form = TokenForm(**shown)
    return render(
        request,
        "research/tokens.html",
        {
            "project": project,
            "form": form,
            "made": made,
            "limit": tokens.LIMIT,
            "tokens": [(token, token.is_good(today)) for token in project.tokens.all()],
            "address": request.build_absolute_uri(project.get_absolute_url()),
        },
    )


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
@researchers_only
def token_revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """/research/<slug>/tokens/<pk>/revoke/ — end a token today."""
    found = Token.objects.visible_to(request.user).select_related("project")
    token = get_object_or_404(found, project__slug=slug, pk=pk)
    if request.method == "POST":
        tokens.revoke(token, on=timezone.localdate())
        messages.success(request, _("The token is revoked."))
        return redirect("project-tokens", slug)
    return render(request, "research/confirm_revoke.html", {"token": token, "project": token.project})
