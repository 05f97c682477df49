"""The pages of participants: open a link, choose, answer question by question, check, send. No account.

What a participant's browser holds between pages is one signed cookie for the link's own addresses: the code
and the pass of the answers begun, or the word that they are sent. No page of these writes a session.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assessments.forms.answer import CodeForm, QuestionsForm, SendForm, StartForm, WithdrawForm
from assessments.models import Assessment, Invitation, Item
from assessments.rules.values import Form
from assessments.words.labels import RATING_WORDS
from assessments.workflow import answering
from assessments.workflow.answering import Choices, NotOpen, Sheet, State

COOKIE = "pass"
SENT = "sent"
"""What the cookie holds once the answers are sent."""

COOKIE_SECONDS = answering.DRAFT_DAYS * 24 * 3600
SECONDS_PER_QUESTION = 15


def participants_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for whoever holds a link: ``view`` takes its invitation in place of the link's token.

    No account and no cache. ``strict-origin`` keeps the link out of every Referer header, also on this
    site; with ``no-referrer`` browsers would send forms from the origin "null", which looks like a forgery.
    """

    @login_not_required
    @never_cache
    @wraps(view)
    def page(request: HttpRequest, token: str, **arguments) -> HttpResponse:
        invitations = Invitation.objects.select_related(
            "assessment__activity__service__organisation", "assessment__instrument_version"
        )
        invitation = invitations.by_token(token)
        if invitation is not None:
            try:
                response = view(request, invitation, **arguments)
            except NotOpen as refusal:
                response = _refused(request, invitation, refusal.state)
        elif request.method == "GET" and invitations.by_token(token.lower()) is not None:
            response = redirect(request.resolver_match.view_name, token=token.lower(), **arguments)
        else:
            response = render(request, "answer/mistyped.html", status=404)
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return page


@participants_page
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """/a/<token>/ — who asks and who sees what; then begin, or come back with a code."""
    _must_be_ready(invitation)
    if "code" in request.POST:
        return _come_back(request, invitation)
    form = StartForm(request.POST or None, asked=_lengths(invitation.assessment))
    if request.method == "POST" and form.is_valid():
        choices = Choices(**form.cleaned_data, language=page_language())
        code = answering.begin(invitation, choices, on=timezone.localdate())
        response = redirect("answer-question", invitation.token, 1)
        return _hold(response, invitation, code, answering.make_pass(invitation.token, code))
    sheet = _sheet(request, invitation)
    return render(
        request,
        "answer/welcome.html",
        {
            **_context(invitation),
            "form": form,
            "code_form": CodeForm(),
            "go_on": sheet and _next_address(invitation, sheet),
            "sent": _is_sent(request, invitation),
            "stopped": "stopped" in request.GET,
        },
    )


@participants_page
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, invitation: Invitation, number: int) -> HttpResponse:
    """/a/<token>/<number>/ — one question. Next, Back and Stop all keep what is chosen."""
    _must_be_ready(invitation)
    sheet = _sheet(request, invitation)
    if sheet is None:
        return _code_needed(request, invitation)
    items = answering.items_for(invitation.assessment, sheet.choices)
    if not 1 <= number <= len(items):
        raise Http404
    form = QuestionsForm(
        request.POST if request.method == "POST" else None,
        items=items,
        wording=sheet.choices.wording,
        answers=sheet.answers,
    )
    checking = request.GET.get("from") == "check"
    if request.method == "POST" and form.is_valid():
        given, ticket = form.given(), _ticket(request, invitation)
        if given and answering.save(invitation, ticket, given, on=timezone.localdate()) is None:
            return _code_needed(request, invitation)
        return redirect(*_after(request, invitation.token, number, len(items), checking))
    return render(
        request,
        "answer/question.html",
        {
            **_context(invitation),
            **form.questions()[number - 1],
            "form": form,
            "pages": len(items),
            "wording": sheet.choices.wording,
            "checking": checking,
        },
    )


@participants_page
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """/a/<token>/check/ — all answers on one page; then send them."""
    sheet, ticket = _sheet(request, invitation), _ticket(request, invitation)
    sending = request.method == "POST"
    if sending and _is_sent(request, invitation):
        return redirect("answer-thanks", invitation.token)
    if sending and ticket and (sheet is None or sheet.answers):  # None: perhaps the second of two clicks.
        last = SendForm(request.POST)
        last.full_clean()
        consent = last.cleaned_data["research_consent"]
        code = last.cleaned_data.get("withdrawal", "")  # Not there when it held a null sign.
        if not (consent and answering.is_withdrawal(code)):
            code = ""
        on = timezone.localdate()
        sent = answering.send(invitation, ticket, research_consent=consent, withdrawal=code, on=on)
        if not sent and code and not answering.knows_withdrawal(code):
            code = ""  # Sent from elsewhere, with another code or none: this one would take nothing back.
        return _hold(redirect("answer-thanks", invitation.token), invitation, SENT, code)
    _must_be_ready(invitation)
    if sheet is None:
        return _code_needed(request, invitation)
    return render(
        request,
        "answer/check.html",
        {**_context(invitation), **_summary(invitation, sheet), "wording": sheet.choices.wording},
        status=409 if sending else 200,
    )


@participants_page
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """/a/<token>/stop/ — the code, and until when it works. POST: forget the answers in this browser."""
    _must_be_ready(invitation)
    if request.method == "POST":
        response = redirect(reverse("answer-welcome", args=[invitation.token]) + "?stopped")
        response.delete_cookie(COOKIE, path=_path(invitation), samesite="Lax")
        return response
    sheet = _sheet(request, invitation)
    if sheet is None:
        return _code_needed(request, invitation)
    code = _held(request, invitation).partition(" ")[0]
    return render(
        request,
        "answer/stop.html",
        {
            **_context(invitation),
            "code": f"{code[:4]} {code[4:]}",
            "link": request.build_absolute_uri(_path(invitation)),
            "until": answering.waits_until(invitation, timezone.localdate()),
            "go_on": _next_address(invitation, sheet),
            "wording": sheet.choices.wording,
        },
    )


@participants_page
@require_safe
def thanks(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """/a/<token>/thanks/ — the answers are sent; what happens now."""
    if not _is_sent(request, invitation):
        return redirect("answer-welcome", invitation.token)
    code = _held(request, invitation).partition(" ")[2]
    return render(
        request,
        "answer/thanks.html",
        {
            **_context(invitation),
            "withdrawal": " ".join(code[place : place + 4] for place in range(0, len(code), 4)),
            "address": request.build_absolute_uri(reverse("withdraw")),
        },
    )


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponse:
    """/withdraw/ — take back the agreement that researchers may have one's answers, with a code."""
    form = WithdrawForm(request.POST or None)
    done = False
    if request.method == "POST" and form.is_valid():
        code = answering.plain(form.cleaned_data["code"])
        done = answering.is_withdrawal(code) and answering.withdraw_consent(code)
        if not done:
            form.add_error(
                "code",
                _(
                    "This code is not known here. It has 12 letters and numbers, such as k7qm 2fxd p3ra. "
                    "Check each of them."
                ),
            )
    return render(request, "answer/withdraw.html", {"form": form, "done": done})


# What the browser holds


def _path(invitation: Invitation) -> str:
    return reverse("answer-welcome", args=[invitation.token])


def _held(request: HttpRequest, invitation: Invitation) -> str:
    """What the cookie says: "<code> <pass>", ``SENT`` with the code to withdraw or none, or nothing that is
    still good."""
    return request.get_signed_cookie(
        COOKIE, default="", salt=COOKIE + invitation.token, max_age=COOKIE_SECONDS
    )


def _is_sent(request: HttpRequest, invitation: Invitation) -> bool:
    """Whether this browser has sent its answers."""
    return _held(request, invitation).partition(" ")[0] == SENT


def _hold(response: HttpResponse, invitation: Invitation, *held: str | bytes) -> HttpResponse:
    """``response`` with the cookie, for as long as the browser stays open."""
    value = " ".join(part.hex() if isinstance(part, bytes) else part for part in held)
    response.set_signed_cookie(
        COOKIE,
        value,
        salt=COOKIE + invitation.token,
        path=_path(invitation),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _ticket(request: HttpRequest, invitation: Invitation) -> bytes | None:
    """The pass that the browser holds, or None."""
    word, _blank, ticket = _held(request, invitation).partition(" ")
    return None if word == SENT else bytes.fromhex(ticket) or None  # Behind it may stand a code to withdraw.


def _sheet(request: HttpRequest, invitation: Invitation) -> Sheet | None:
    """The answers that the browser's pass opens, or None."""
    ticket = _ticket(request, invitation)
    return answering.open_draft(ticket) if ticket else None


# What may go wrong


def _must_be_ready(invitation: Invitation) -> None:
    state = answering.state_of(invitation, timezone.localdate())
    if state is not State.READY:
        raise NotOpen(state)


def _refused(request: HttpRequest, invitation: Invitation, state: State) -> HttpResponse:
    """410: the link takes no answers (any more), and why. Whoever has sent theirs is thanked."""
    if _is_sent(request, invitation):
        return redirect("answer-thanks", invitation.token)
    context = {
        **_context(invitation),
        "state": state.value,
        "single": invitation.kind == Invitation.Kind.SINGLE,
        "unsent": _sheet(request, invitation) is not None,
    }
    return render(request, "answer/refused.html", context, status=410)


def _code_needed(request: HttpRequest, invitation: Invitation, form: CodeForm | None = None) -> HttpResponse:
    """401: this browser does not hold the pass. What came with a form is kept in the page until the code
    is typed. Whoever only opens an address goes to the first page."""
    if request.method != "POST":
        return redirect("answer-welcome", invitation.token)
    kept = QuestionsForm(request.POST, items=_all_items(invitation.assessment), wording="")
    given = kept.given() if kept.is_valid() else {}
    return render(
        request,
        "answer/code.html",
        {
            **_context(invitation),
            "form": form or CodeForm(),
            "kept": [
                {"name": item.code, "value": given[item.code], "statement": item.words.participant}
                | {"answer": RATING_WORDS[str(given[item.code])]}
                for item in kept.items
                if item.code in given
            ],
        },
        status=200 if form else 401,
    )


def _come_back(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Open the answers that a code belongs to, with what else the form kept, and go on."""
    form = CodeForm(request.POST)
    if form.is_valid():
        code = answering.plain(form.cleaned_data["code"])
        ticket = answering.make_pass(invitation.token, code)
        sheet = answering.open_draft(ticket)
        if sheet is not None:
            items = answering.items_for(invitation.assessment, sheet.choices)
            kept = QuestionsForm(request.POST, items=items, wording="")
            if kept.is_valid() and kept.given():
                sheet = answering.save(invitation, ticket, kept.given(), on=timezone.localdate()) or sheet
            return _hold(redirect(_next_address(invitation, sheet)), invitation, code, ticket)
        form.add_error(
            "code",
            _(
                "This code opens nothing. Check each letter and number. Answers that are sent cannot be "
                "opened."
            ),
        )
    return _code_needed(request, invitation, form)


# What the pages say


def _context(invitation: Invitation) -> dict:
    """What every page says: whose questions they are, and whom to ask."""
    assessment = invitation.assessment
    return {
        "invitation": invitation,
        "assessment": assessment,
        "activity": assessment.activity,
        "service": assessment.activity.service,
        "thresholds": assessment.instrument_version,
    }


def page_language() -> str:
    """The language of the page, as responses record it: "en" for British English."""
    return (get_language() or settings.LANGUAGE_CODE).split("-")[0]


def _all_items(assessment: Assessment) -> list[Item]:
    return answering.items_for(assessment, Choices(form=Form.FULL.value))


def _lengths(assessment: Assessment) -> dict[str, str]:
    """How long each form is, in words, by its code."""
    items = _all_items(assessment)
    numbers = {Form.SHORT.value: sum(item.short for item in items), Form.FULL.value: len(items)}
    return {code: length(number) for code, number in numbers.items()}


def length(number: int) -> str:
    """How long ``number`` questions take, in words: "15 questions, about 4 minutes"."""
    minutes = -(-number * SECONDS_PER_QUESTION // 60)
    return _("%(questions)s, about %(minutes)s") % {
        "questions": ngettext("%(n)s question", "%(n)s questions", number) % {"n": number},
        "minutes": ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes},
    }


def _after(request: HttpRequest, token: str, number: int, pages: int, checking: bool) -> list:
    """Where the button that was pressed on question ``number`` leads, as ``redirect`` takes it."""
    if "stop" in request.POST:
        return ["answer-stop", token]
    if "back" in request.POST and number > 1:
        return ["answer-question", token, number - 1]
    if checking or number == pages:
        return ["answer-check", token]
    return ["answer-question", token, number + 1]


def _next_address(invitation: Invitation, sheet: Sheet) -> str:
    """Where somebody goes on: behind the last question that they answered."""
    items = answering.items_for(invitation.assessment, sheet.choices)
    answered = [number for number, item in enumerate(items, start=1) if item.code in sheet.answers]
    number = max(answered, default=0) + 1
    if number > len(items):
        return reverse("answer-check", args=[invitation.token])
    return reverse("answer-question", args=[invitation.token, number])


def _summary(invitation: Invitation, sheet: Sheet) -> dict:
    """Every question with its answer in words, and how many were left out."""
    items = answering.items_for(invitation.assessment, sheet.choices)
    form = QuestionsForm(items=items, wording=sheet.choices.wording)
    rows = [
        entry | {"answer": RATING_WORDS.get(str(sheet.answers.get(entry["item"].code)), "")}
        for entry in form.questions()
    ]
    return {
        "rows": rows,
        "answered": len(sheet.answers),
        "left_out": [row["number"] for row in rows if not row["answer"]],
        "form": SendForm(
            initial={
                "research_consent": sheet.choices.research_consent,
                "withdrawal": answering.new_withdrawal(),
            }
        ),
    }
