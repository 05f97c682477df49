"""The pages for what went wrong, and the page that tells a monitor all is well."""

import secrets

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .account import typed_fields


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
