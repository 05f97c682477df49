"""Who may sign in: accounts that are active, and demo accounts in the demo alone; and from where they ask."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest


class AccountBackend(ModelBackend):
    """Django's own backend, which also refuses demo accounts and their sessions outside the demo."""

    def user_can_authenticate(self, user) -> bool:
        """Whether ``user`` is active and, for a demo account, whether this is the demo."""
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)


def client_address(request: HttpRequest) -> str | None:
    """The address of the machine that asks; None when there is none, as on a socket.

    Behind a proxy it is the last one in ``X-Forwarded-For``: the proxy's own word, not the visitor's.
    """
    nearest = request.META.get("REMOTE_ADDR")
    if settings.SECURE_PROXY_SSL_HEADER:
        nearest = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or nearest
    try:
        return str(ip_address(nearest or ""))
    except ValueError:
        return None
