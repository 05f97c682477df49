"""A wave, from its beginning to its close: task list, a page per dimension, check, close."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from assessments import words
from assessments.forms.answers import AnswersForm
from assessments.forms.colleagues import ColleaguesForm
from assessments.models import Activity, Answer, Assessment, Dimension, Response, Service, User
from assessments.rules import assess
from assessments.rules.values import SCORED, Side
from assessments.words.labels import RATING_WORDS
from assessments.workflow import assessment as workflow
from assessments.workflow import invitations
from assessments.workflow.instrument import as_instrument

from .activity import fact_pages, task
from .atomic import atomic_post


@require_http_methods(["GET", "HEAD", "POST"])
def assessment_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """/activities/<id>/assessments/new/ — say what a wave is, and open the next one."""
    activity = get_object_or_404(Activity.objects.editable_by(request.user).select_related("service"), pk=pk)
    if request.method == "POST":
        try:
            assessment = workflow.begin(activity, by=request.user, at=timezone.now())
        except workflow.Refused:
            messages.error(request, _("No questions are published yet. Please ask your curator."))
            return redirect(activity)
        return redirect(assessment)
    return render(request, "assessment/begin.html", {"activity": activity})


@require_safe
def assessment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/ — the task list of a wave, for whoever may answer it."""
    assessment = _visible(request, pk)
    context = _context(request, assessment)
    own = Response.objects.filter(assessment=assessment, respondent=request.user).first()
    if assessment.is_open:
        context["sections"] = _task_sections(assessment, request.user, own, context["edits"])
    return render(request, "assessment/detail.html", {**context, "own": own})


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_answers(request: HttpRequest, pk: int, dimension: str) -> HttpResponse:
    """/assessments/<id>/<dimension>/ — one's own ratings of one dimension, and evidence for them."""
    if dimension not in SCORED:
        raise Http404
    assessment = _visible(request, pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    items = workflow.items_for_staff(assessment).filter(dimension__code=dimension)
    if request.method == "POST":
        try:
            response = workflow.own_response(assessment, request.user)
        except workflow.Refused:
            return _closed(request, assessment)
    answers = Answer.objects.filter(
        response__assessment=assessment, response__respondent=request.user, item__dimension__code=dimension
    )
    form = AnswersForm(
        request.POST or None, items=items, answers={answer.item_id: answer for answer in answers}
    )
    if request.method == "POST" and form.is_valid():
        workflow.save_answers(response, form.given())
        following = SCORED[SCORED.index(dimension) + 1 :]
        if "save-and-return" in request.POST:
            messages.success(request, _("Your answers are saved."))
            return redirect(assessment)
        if following:
            return redirect("assessment-answers", pk, following[0].value)
        return redirect("assessment-check", pk)
    shown = form.items[0].dimension
    prefetch_related_objects([shown], "texts")
    return render(
        request,
        "assessment/answers.html",
        {
            **_context(request, assessment),
            "dimension": shown,
            "form": form,
            "number": SCORED.index(dimension) + 1,
            "pages": len(SCORED),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def assessment_check(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/check/ — one's own answers on one page, with what they contradict; then send them."""
    assessment = _visible(request, pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    if request.method == "POST":
        try:
            workflow.submit(assessment, by=request.user, on=timezone.localdate())
        except workflow.Refused:
            return _closed(request, assessment)
        messages.success(request, _("Your answers are sent. You can change them until the wave is closed."))
        return redirect(assessment)
    context = _context(request, assessment)
    own = Response.objects.filter(assessment=assessment, respondent=request.user).first()
    answers = {answer.item_id: answer for answer in own.answers.all()} if own else {}
    sections = _sections(assessment, answers)
    found = []
    if context["edits"]:
        case = workflow.own_case(assessment, own)
        found = assess(case, as_instrument(assessment.instrument_version)).contradictions
    return render(
        request,
        "assessment/check.html",
        {
            **context,
            "own": own,
            "contradictions": [words.contradiction(finding.as_dict()) for finding in found],
            "sections": sections,
            "unanswered": sum(not row["answer"] for section in sections for row in section["rows"]),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def assessment_close(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/close/ — say what closing does and what is still missing; then close the wave."""
    assessment = get_object_or_404(_with_activity(Assessment.objects.editable_by(request.user)), pk=pk)
    if request.method == "POST":
        workflow.close(assessment, by=request.user, at=timezone.now())
        return redirect("assessment-result", pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    colleagues = _colleagues(assessment)
    participants = invitations.participants_answered(assessment)
    return render(
        request,
        "assessment/close.html",
        {
            **_context(request, assessment),
            "pages": [line for line in fact_pages(assessment.activity) if line["answered"] < line["asked"]],
            "colleagues": colleagues,
            "participants": participants,
            "any_sent": participants or any(person["state"] == "sent" for person in colleagues),
        },
    )


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_colleagues(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/colleagues/ — choose who else answers for staff."""
    waves = Assessment.objects.editable_by(request.user)
    if request.method == "POST":
        waves = waves.select_for_update(of=("self",))
    assessment = get_object_or_404(_with_activity(waves), pk=pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    form = ColleaguesForm(request.POST or None, instance=assessment, by=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your choice of colleagues is saved."))
        return redirect(assessment)
    return render(
        request,
        "assessment/colleagues.html",
        {**_context(request, assessment), "form": form},
    )


@atomic_post
@require_http_methods(["GET", "HEAD", "POST"])
def assessment_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/discard/ — give up an open wave in which nobody has sent answers yet."""
    assessment = get_object_or_404(_with_activity(Assessment.objects.editable_by(request.user)), pk=pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    if request.method == "POST" and workflow.discard(assessment):
        messages.success(request, _("The wave is discarded."))
        return redirect(assessment.activity)
    return render(
        request,
        "assessment/confirm_discard.html",
        {
            **_context(request, assessment),
            "in_use": workflow.anything_sent(assessment),
        },
        status=409 if request.method == "POST" else 200,
    )


def _with_activity(waves: QuerySet[Assessment]) -> QuerySet[Assessment]:
    """The waves with what every page about them needs."""
    return waves.select_related("activity__service", "activity__facts", "instrument_version")


def _visible(request: HttpRequest, pk: int) -> Assessment:
    """The wave ``pk`` for somebody who may read it, or 404."""
    return get_object_or_404(_with_activity(Assessment.objects.visible_to(request.user)), pk=pk)


def _context(request: HttpRequest, assessment: Assessment) -> dict:
    """What every page of a wave says: the wave, its activity, and whether the person may change them."""
    editable = Service.objects.editable_by(request.user)
    return {
        "assessment": assessment,
        "activity": assessment.activity,
        "edits": editable.filter(pk=assessment.activity.service_id).exists(),
    }


def _closed(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    """The page for answers that come after the close. What was sent with them is shown, not saved."""
    assessment.refresh_from_db(fields=["status", "closed_at"])  # It may have closed since it was read.
    ratings = [
        (name, RATING_WORDS[given])
        for name, given in request.POST.items()
        if name.isalnum() and given in RATING_WORDS
    ]
    evidence = [
        (name.removesuffix("_evidence"), text)
        for name, text in request.POST.items()
        if name.endswith("_evidence") and text.strip()
    ]
    return render(
        request,
        "assessment/closed.html",
        {**_context(request, assessment), "ratings": ratings, "evidence": evidence},
        status=409 if request.method == "POST" else 200,
    )


def _task_sections(assessment: Assessment, user: User, own: Response | None, edits: bool) -> list[dict]:
    """The task list: for whoever edits, the facts first and the close last; for everybody, the ratings."""
    sent = own is not None and own.submitted_on is not None
    ratings = _rating_tasks(assessment, user)
    check = {
        "title": _("Check and send your answers"),
        "url": reverse("assessment-check", args=[assessment.pk]),
        "status": _("Sent") if sent else _("Not sent"),
        "tone": "" if sent else "info",
    }
    sections = [{"title": _("Your ratings"), "tasks": [*ratings, check]}]
    if not edits:
        return sections
    colleagues = _colleagues(assessment)
    others = [person for person in colleagues if person["user"] != user]
    taking_part = assessment.activity.participations.count()
    before = [
        {"title": _("Facts of the activity"), "tasks": fact_pages(assessment.activity)},
        {
            "title": _("People"),
            "tasks": [
                {
                    "title": _("Who takes part"),
                    "url": assessment.activity.get_absolute_url(),
                    "status": ngettext("%(n)s listed", "%(n)s listed", taking_part) % {"n": taking_part},
                    "hint": _("Optional. No names are needed."),
                },
                {
                    "title": _("Invite colleagues to answer too"),
                    "url": reverse("assessment-colleagues", args=[assessment.pk]),
                    "status": _("%(sent)s of %(all)s sent")
                    % {"sent": sum(p["state"] == "sent" for p in others), "all": len(others)}
                    if others
                    else _("Nobody invited"),
                    "hint": _("Optional. They answer on their own."),
                },
                _invite_task(assessment),
            ],
        },
    ]
    after = [
        {
            "title": _("Finish"),
            "tasks": [
                {
                    "title": _("Close the wave and see the result"),
                    "url": reverse("assessment-close", args=[assessment.pk]),
                    "status": _("Ready") if sent else _("Send your answers first"),
                    "tone": "good" if sent else "",
                }
            ],
        }
    ]
    return [*before, *sections, *after]


def _invite_task(assessment: Assessment) -> dict:
    """The line of the task list that leads to the participants' links."""
    totals = invitations.totals(assessment)
    return {
        "title": _("Invite participants"),
        "url": reverse("invitation-list", args=[assessment.pk]),
        "status": _("%(completed)s of %(places)s completed")
        % {"completed": totals.completed, "places": totals.places}
        if totals.links
        else _("Nobody invited"),
        "hint": _("They answer without an account. Nobody sees a single person’s answers."),
    }


def _rating_tasks(assessment: Assessment, user: User) -> list[dict]:
    """Each dimension as a line of the task list: how many of its items this person has answered."""
    # Asked of this person's one response: a join would read every answer that anybody ever gave to the item.
    own = Response.objects.filter(assessment=assessment, respondent=user).values("pk")
    answered = Exists(
        Answer.objects.filter(response__in=own, item=OuterRef("pk")).exclude(rating=None, missing="")
    )
    progress: dict[Dimension, list[int]] = {}
    items = workflow.items_for_staff(assessment).prefetch_related("dimension__texts")
    for item in items.annotate(answered=answered):
        counts = progress.setdefault(item.dimension, [0, 0])
        counts[0] += item.answered
        counts[1] += 1
    return [
        task(
            dimension.words.name,
            reverse("assessment-answers", args=[assessment.pk, dimension.code]),
            *counts,
        )
        for dimension, counts in progress.items()
    ]


def _colleagues(assessment: Assessment) -> list[dict]:
    """Who was invited or has begun to answer for staff, and whether they have sent their answers."""
    people = {user.pk: {"user": user, "state": "invited"} for user in assessment.invited.all()}
    for response in assessment.responses.filter(side=Side.STAFF).select_related("respondent"):
        state = "sent" if response.submitted_on else "begun"
        people[response.respondent_id] = {"user": response.respondent, "state": state}
    return sorted(people.values(), key=lambda person: str(person["user"]).lower())


def _sections(assessment: Assessment, answers: dict[int, Answer]) -> list[dict]:
    """The answers as a summary: each dimension with its items, what was answered, and where to change it."""
    sections: dict[str, dict] = {}
    for item in workflow.items_for_staff(assessment).prefetch_related("dimension__texts"):
        section = sections.setdefault(
            item.dimension.code,
            {
                "title": item.dimension.words.name,
                "url": reverse("assessment-answers", args=[assessment.pk, item.dimension.code]),
                "rows": [],
            },
        )
        answer = answers.get(item.pk)
        given = (answer.missing or answer.rating) if answer else None
        section["rows"].append(
            {
                "statement": item.words.staff,
                "answer": RATING_WORDS[str(given)] if given not in (None, "") else "",
                "evidence": answer.evidence if answer else "",
            }
        )
    return list(sections.values())
