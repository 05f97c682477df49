"""The front page: what this is, and for people who are signed in, what waits for them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments import words
from assessments.forms.service import organisations_for
from assessments.models import Assessment, Response, User

SHOWN = 6
"""How many open waves and how many results stand on the front page."""


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """/ — what this is, in a minute's reading; for people who are signed in, their work comes first."""
    return render(request, "home.html", _work(request.user) if request.user.is_authenticated else {})


def _work(user: User) -> dict:
    """The open waves that a person may answer, and the latest results they may read."""
    waves = Assessment.objects.visible_to(user).select_related("activity__service")
    sent = Response.objects.filter(assessment=OuterRef("pk"), respondent=user).exclude(submitted_on=None)
    results = (
        waves.closed()
        .alias(main=FilteredRelation("results", condition=Q(results__ruleset=F("ruleset"))))
        .annotate(counts=F("main__counts"))
        .order_by("-closed_at", "-pk")[:SHOWN]
    )
    return {
        "open_waves": waves.open().annotate(sent=Exists(sent)).order_by("sent", "opened_at", "pk")[:SHOWN],
        "results": [{"wave": wave, "counts": words.COUNTS[wave.counts]} for wave in results],
        "has_services": organisations_for(user).exists(),
    }
