"""The site's addresses, and one page that does no more than Django must: the floor for every other page."""

from functools import cache

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import Template, engines
from django.urls import include, path


@cache
def template(size: int) -> Template:
    """A template of ``size`` signs with one variable."""
    return engines["django"].from_string("{{ request.path }}" + "x" * size)


@login_not_required
def bare(request: HttpRequest, size: int) -> HttpResponse:
    """/bare/<size>/ — ``size`` signs, through all middleware and without a query."""
    return HttpResponse(template(size).render({}, request))


urlpatterns = [path("bare/<int:size>/", bare), path("", include("coproduce.urls"))]
