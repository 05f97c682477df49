"""Signing in, without losing what somebody typed before their session ended."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import LoginView
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from assessments.models import Membership, User
from assessments.models.user import DEMO_PASSWORD

TYPED = "typed"
"""The name of the field that carries a form through the sign-in page."""

TYPED_SALT = "assessments.typed"
TYPED_MAX_AGE = 12 * 3600
"""How long a form may wait on the sign-in page, in seconds."""

DEMO_PARTS = {
    Membership.Role.MANAGER: _("Service manager. Describes activities and starts assessments."),
    Membership.Role.LEAD: _("Lead. Sees every service of the organisation."),
    Membership.Role.STAFF: _("Front-line staff. Rates an activity."),
    "researchers": _("Researcher. Downloads what services share."),
    "curators": _("Curator. Keeps the definitions and statements."),
}
"""What a demo account is for, by its role in the organisation or its group."""


class SignInForm(AuthenticationForm):
    """Django's own. In the demo the first field takes no focus, as the page begins with something else."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if settings.DEMO:
            del self.fields["username"].widget.attrs["autofocus"]


def demo_accounts() -> list[dict[str, object]]:
    """In the demo, whom one may sign in as: ``username``, ``name``, ``part`` and ``password`` of each, in the
    order in which they were made. Empty on every other site."""
    if not settings.DEMO:
        return []
    people = User.objects.filter(is_demo=True, is_active=True).exclude(password__startswith="!")
    return [
        {"username": person.username, "name": str(person), "part": part, "password": DEMO_PASSWORD}
        for person in people.order_by("pk").prefetch_related("memberships", "groups")
        for part in demo_parts(person)
    ]


def demo_parts(person: User) -> Iterable[object]:
    """What ``person`` is for in the demo, in words; empty for somebody who plays no part."""
    codes = [membership.role for membership in person.memberships.all()]
    codes += [group.name for group in person.groups.all()]
    return [DEMO_PARTS[code] for code in codes if code in DEMO_PARTS][:1]


def typed_fields(data: QueryDict) -> Iterable[tuple[str, str]]:
    """What a form sent, as pairs of name and value, without the protection token."""
    return [
        (name, value)
        for name, values in data.lists()
        if name not in {"csrfmiddlewaretoken", TYPED}
        for value in values
    ]


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """429: the sign-in page after too many wrong passwords, here or in the admin. What waits is kept."""
    return render(
        request,
        "registration/login.html",
        {
            "form": SignInForm(request),
            "next": request.POST.get("next", ""),
            "typed": request.POST.get(TYPED, ""),
            "wait": settings.AXES_COOLOFF_TIME // timedelta(minutes=1),
            "demo_accounts": demo_accounts(),
        },
        status=429,
    )


class KeepTypedLoginRequiredMiddleware(LoginRequiredMiddleware):
    """Django's own middleware; a form sent after the session ended waits, signed, on the sign-in page.

    One with a password in it does not: passwords are never sent back to a browser.
    """

    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        """Redirect to the sign-in page; a POST shows it at once, with what was typed kept inside."""
        if request.method != "POST" or any("password" in name for name in request.POST):
            return super().handle_no_permission(request, view_func)
        address = request.get_full_path()
        kept = signing.dumps([address, request.POST.urlencode()], salt=TYPED_SALT, compress=True)
        return render(
            request,
            "registration/login.html",
            {
                "form": SignInForm(request),
                "next": address,
                "typed": kept,
                "demo_accounts": demo_accounts(),
            },
            status=401,
        )


@method_decorator(login_not_required, name="dispatch")
class SignInView(LoginView):
    """The sign-in page. When it carries a form, the next page offers to save what was typed."""

    redirect_authenticated_user = False
    authentication_form = SignInForm

    def get_context_data(self, **kwargs) -> dict:
        kept = self.request.POST.get(TYPED, "")
        return super().get_context_data(**{TYPED: kept, "demo_accounts": demo_accounts(), **kwargs})

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        kept = self.request.POST.get(TYPED)
        if not kept:
            return response
        try:
            path, encoded = signing.loads(kept, salt=TYPED_SALT, max_age=TYPED_MAX_AGE)
        except signing.BadSignature:
            return response
        if not url_has_allowed_host_and_scheme(path, allowed_hosts=None):
            return redirect("home")
        fields = typed_fields(QueryDict(encoded))
        return render(self.request, "registration/typed.html", {"path": path, "fields": fields})
