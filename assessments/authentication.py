"""Who may sign in: accounts that are active, and demo accounts in the demo alone; and from where they ask."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address, ip_network

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

NAME_MAX = 255
NETWORK_BITS = 64
WITH_PORT = re.compile(r"^(?:\[(.+)\]|(\d+(?:\.\d+){3}))(?::\d+)?$")
"""An address with its port behind it, as some proxies write it."""


class AccountBackend(ModelBackend):
    """Django's own backend, which also refuses demo accounts and their sessions outside the demo."""

    def user_can_authenticate(self, user) -> bool:
        """Whether ``user`` is active and, for a demo account, whether this is the demo."""
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)


def tried_name(request: HttpRequest, credentials: dict | None) -> str:
    """The name under which a sign-in is counted: what was typed, as far as the database has room for it."""
    return str((credentials or {}).get("username") or "")[:NAME_MAX]


def client_address(request: HttpRequest) -> str | None:
    """The address of the machine that asks; None when there is none, as on a socket.

    Behind a proxy it is the last one in ``X-Forwarded-For``: the proxy's own word, not the visitor's. Of an
    address of version 6 it is the network, as one machine has many addresses in it.
    """
    nearest = request.META.get("REMOTE_ADDR")
    if settings.SECURE_PROXY_SSL_HEADER:
        nearest = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or nearest
    try:
        found = ip_address(WITH_PORT.sub(r"\1\2", nearest or ""))
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, NETWORK_BITS), strict=False).network_address)
