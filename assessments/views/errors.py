"""The pages for what went wrong, and the page that tells a monitor all is well."""

import secrets
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments.models import Assessment

from .account import typed_fields

CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii"}


def only_what_can_be_read(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable:
    """Middleware: 400 for a request whose letters no database of ours could hold, or that are not UTF-8 as
    every browser sends them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in CHARSETS or any("\0" in value for value in request.COOKIES.values()):
            return bad_request(request, BadRequest())
        return get_response(request)

    return middleware


class GoneMeanwhile:
    """Middleware: 404 for a form about a wave that was discarded after the page had found it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.method == "POST" and isinstance(exception, Assessment.DoesNotExist):
            return not_found(request, exception)
        return None


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the browser sent something that no form of ours sends."""
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: a page that exists, for somebody with another role."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not theirs; the page does not say which."""
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. The reference on the page stands in the log as well."""
    request.reference = secrets.token_hex(4)
    return render(request, "500.html", {"reference": request.reference}, status=500)


@login_not_required
def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's protection has expired. What was typed is shown, so that nothing is lost; it is not
    saved, because nothing proves that this person sent it."""
    return render(
        request,
        "expired_form.html",
        {"typed": [(name, value) for name, value in typed_fields(request.POST) if value.strip()]},
        status=403,
    )


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """``ok`` while the site and its database answer; an error page with status 500 otherwise."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return HttpResponse("ok\n", content_type="text/plain")
