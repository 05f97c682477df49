"""One transaction around a form that is sent, and none around a page that is read."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps

from django.db import transaction
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def atomic_post(view: View) -> View:
    """Do what a POST asks whole or not at all. A GET takes no transaction: on SQLite each of them asks for
    the one lock of writers, and readers must never wait for it."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        with transaction.atomic() if request.method == "POST" else nullcontext():
            return view(request, *args, **kwargs)

    return wrapper
