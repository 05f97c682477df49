"""Inviting participants: links for one person or a group, to copy, e-mail, print, extend and revoke.

Every page is for whoever may change the wave, and only while it is open. None of them tells whether a
single person has answered (:mod:`assessments.workflow.invitations`).
"""

from __future__ import annotations

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms.invitation import AddressForm, GroupForm, LastDayForm, PeopleForm
from assessments.models import Assessment, Invitation
from assessments.workflow import invitations as workflow
from assessments.workflow.assessment import Refused
from assessments.workflow.invitations import Letter, NotSent, Standing


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_list(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/invitations/ — all links of a wave with their totals; make more of them."""
    assessment = _wave(request, pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    today = timezone.localdate()
    making = request.POST.get("make")
    links = list(assessment.invitations.select_related("participant"))
    people = PeopleForm(
        request.POST if making == "people" else None,
        people=workflow.without_a_link(assessment),
        on=today,
        prefix="people",
    )
    group = GroupForm(
        request.POST if making == "group" else None,
        on=today,
        prefix="group",
        initial={"after": links[-1].pk if links else 0},
    )
    sent = people if making == "people" else group if making == "group" else None
    if sent is not None and sent.is_valid():
        try:
            made = _make(assessment, sent.cleaned_data)
        except Refused:
            return _closed(request, assessment)
        count = len(made)
        messages.success(
            request, ngettext("%(n)s link is made.", "%(n)s links are made.", count) % {"n": count}
        )
        return redirect("invitation-detail", made[0].pk) if count == 1 else redirect("invitation-list", pk)
    return render(
        request,
        "invitation/list.html",
        {
            **_context(assessment),
            "totals": workflow.totals(assessment),
            "rows": [{"link": link, "standing": workflow.standing(link, today)} for link in links],
            "people": people,
            "group": group,
            "form": sent,
        },
    )


@require_safe
def invitation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """/invitations/<id>/ — one link, with its picture, and what can be done with it."""
    invitation = _invitation(request, pk)
    if not invitation.assessment.is_open:
        return _closed(request, invitation.assessment)
    return render(request, "invitation/detail.html", _link_context(request, invitation))


@require_safe
def invitation_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """/invitations/<id>/sheet/ — a sheet to print and hand out, with the link in large type."""
    invitation = _invitation(request, pk)
    if not invitation.assessment.is_open:
        return _closed(request, invitation.assessment)
    if workflow.standing(invitation, timezone.localdate()) is not Standing.STANDING:
        return redirect("invitation-detail", pk)
    return _sheets(request, invitation.assessment, [invitation])


@require_safe
def invitation_sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/invitations/sheet/ — the sheets of all standing links, one to a page."""
    assessment = _wave(request, pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    links = workflow.still_standing(assessment, timezone.localdate()).select_related("participant")
    return _sheets(request, assessment, list(links))


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_email(request: HttpRequest, pk: int) -> HttpResponse:
    """/invitations/<id>/email/ — show the letter, ask where to, and send it."""
    invitation = _invitation(request, pk)
    if not invitation.assessment.is_open:
        return _closed(request, invitation.assessment)
    today = timezone.localdate()
    if invitation.kind == Invitation.Kind.GROUP or workflow.standing(invitation, today) != Standing.STANDING:
        return redirect("invitation-detail", pk)
    letter = _letter(request, invitation)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.send(invitation, letter, to=form.cleaned_data["email"], on=today)
        except Refused:
            return _closed(request, invitation.assessment)
        except NotSent as problem:
            form.add_error("email" if problem.address_refused else None, _not_sent(problem))
        else:
            messages.success(request, _("The e-mail is sent."))
            return redirect("invitation-detail", pk)
    return render(
        request,
        "invitation/email.html",
        {**_link_context(request, invitation), "form": form, "letter": letter},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """/invitations/<id>/remind/ — remind one person, if they have not answered; the page does not say."""
    invitation = _invitation(request, pk)
    if not invitation.assessment.is_open:
        return _closed(request, invitation.assessment)
    if request.method == "POST":
        try:
            workflow.remind(
                Invitation.objects.filter(pk=pk),
                lambda link: _letter(request, link, reminder=True),
                on=timezone.localdate(),
            )
        except NotSent as problem:
            messages.error(request, _not_sent(problem))
        else:
            messages.success(
                request, _("If this person has not answered yet, they have now been reminded once today.")
            )
        return redirect("invitation-detail", pk)
    return render(request, "invitation/remind.html", _link_context(request, invitation))


@require_http_methods(["GET", "HEAD", "POST"])
def invitations_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """/assessments/<id>/invitations/remind/ — remind everybody who was written to and has not answered."""
    assessment = _wave(request, pk)
    if not assessment.is_open:
        return _closed(request, assessment)
    if request.method == "POST":
        try:
            posted = workflow.remind(
                Invitation.objects.filter(assessment=assessment),
                lambda link: _letter(request, link, reminder=True),
                on=timezone.localdate(),
            )
        except NotSent as problem:
            messages.error(request, _not_sent(problem))
        else:
            messages.success(request, _posted(posted))
        return redirect("invitation-list", pk)
    return render(request, "invitation/remind.html", _context(assessment))


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_extend(request: HttpRequest, pk: int) -> HttpResponse:
    """/invitations/<id>/extend/ — give a link a new last day."""
    invitation = _invitation(request, pk)
    if not invitation.assessment.is_open:
        return _closed(request, invitation.assessment)
    if invitation.revoked_on is not None:
        return redirect("invitation-detail", pk)
    form = LastDayForm(request.POST or None, on=timezone.localdate(), standing_until=invitation.ends_on)
    if request.method == "POST" and form.is_valid():
        try:
            workflow.extend(invitation, ends_on=form.cleaned_data["ends_on"])
        except Refused:
            return redirect("invitation-detail", pk)
        messages.success(request, _("The new last day is saved."))
        return redirect("invitation-detail", pk)
    return render(request, "invitation/extend.html", {**_link_context(request, invitation), "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def invitation_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """/invitations/<id>/revoke/ — ask whether a link should end for good, and end it."""
    invitation = _invitation(request, pk)
    if not invitation.assessment.is_open:
        return _closed(request, invitation.assessment)
    if request.method == "POST":
        try:
            workflow.revoke(invitation, on=timezone.localdate())
        except Refused:
            return _closed(request, invitation.assessment)
        messages.success(request, _("The link is revoked."))
        return redirect("invitation-list", invitation.assessment_id)
    return render(request, "invitation/confirm_revoke.html", _link_context(request, invitation))


def _wave(request: HttpRequest, pk: int) -> Assessment:
    """The wave ``pk`` for somebody who may change it, or 404."""
    waves = Assessment.objects.editable_by(request.user)
    return get_object_or_404(waves.select_related("activity__service__organisation"), pk=pk)


def _invitation(request: HttpRequest, pk: int) -> Invitation:
    """The invitation ``pk`` for somebody who may change its wave, or 404."""
    invitations = Invitation.objects.editable_by(request.user)
    return get_object_or_404(
        invitations.select_related("assessment__activity__service__organisation", "participant"), pk=pk
    )


def _context(assessment: Assessment) -> dict:
    """What every page of invitations says."""
    return {"assessment": assessment, "activity": assessment.activity, "edits": True}


def _link_context(request: HttpRequest, invitation: Invitation) -> dict:
    """What every page of one link says."""
    return {
        **_context(invitation.assessment),
        "invitation": invitation,
        "standing": workflow.standing(invitation, timezone.localdate()),
        "address": _address(request, invitation),
        "picture": qr(_address(request, invitation)),
    }


def _closed(request: HttpRequest, assessment: Assessment) -> HttpResponse:
    """The page for a wave that is closed."""
    assessment.refresh_from_db(fields=["status", "closed_at"])  # It may have closed since it was read.
    status = 409 if request.method == "POST" else 200
    return render(request, "assessment/closed.html", _context(assessment), status=status)


def _make(assessment: Assessment, wanted: dict) -> list[Invitation]:
    """The links that a form asked for."""
    if "people" in wanted:
        return workflow.invite(assessment, wanted["people"], ends_on=wanted["ends_on"])
    return [workflow.invite_group(assessment, **wanted)]


def _address(request: HttpRequest, invitation: Invitation) -> str:
    """The whole address of a link, as somebody types it."""
    return request.build_absolute_uri(invitation.get_absolute_url())


def qr(address: str) -> SafeString:
    """An address as a QR code: SVG with classes and attributes alone, whose size the page gives."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(omitsize=True, svgclass=None, lineclass=None, light="white"))


def _letter(request: HttpRequest, invitation: Invitation, *, reminder: bool = False) -> Letter:
    """The letter that brings a link, or reminds of it. Its subject names nobody and no service."""
    activity = invitation.assessment.activity
    body = render_to_string(
        "invitation/email.txt",
        {
            "service": activity.service,
            "activity": activity,
            "address": _address(request, invitation),
            "ends_on": invitation.ends_on,
            "reminder": reminder,
        },
    )
    subject = _("A reminder: your view is asked for") if reminder else _("Your view is asked for")
    return Letter(subject, body)


def _sheets(request: HttpRequest, assessment: Assessment, links: list[Invitation]) -> HttpResponse:
    """The page of sheets for some links of a wave."""
    addresses = [(link, _address(request, link)) for link in links]
    return render(
        request,
        "invitation/sheet.html",
        {
            **_context(assessment),
            "service": assessment.activity.service,
            "sheets": [
                {"invitation": link, "address": address, "picture": qr(address)}
                for link, address in addresses
            ],
        },
    )


def _not_sent(problem: NotSent) -> str:
    """Why no letter went out, and what to do."""
    if problem.address_refused:
        return _("The mail server does not take e-mails for this address. Check it, or use another way.")
    return _(
        "The mail server could not be reached, or took no e-mail (%(name)s). Nothing is marked as sent. Try "
        "again later, or hand over the link in another way."
    ) % {"name": problem.name}


def _posted(posted: workflow.Posted) -> str:
    """How many letters went out, in a sentence or two."""
    text = ngettext("%(n)s reminder is sent.", "%(n)s reminders are sent.", posted.taken) % {
        "n": posted.taken
    }
    if not posted.refused:
        return text
    refused = ngettext(
        "The mail server refused %(n)s other.", "The mail server refused %(n)s others.", posted.refused
    )
    return f"{text} {refused % {'n': posted.refused}}"
