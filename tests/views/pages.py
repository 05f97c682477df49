"""What tests read off a page, and how they fill in its form."""

import html
import re

from django.http import HttpResponse
from django.test import Client


def text_of(response: HttpResponse) -> str:
    """The words of a page as they are read: no tags, no signs written as codes, single spaces."""
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def seen(client: Client, address: str) -> str:
    """The fingerprint that the form at ``address`` carries when it is opened now."""
    return client.get(address).context["form"]["seen"].value()


def send(client: Client, address: str, **fields) -> HttpResponse:
    """Opens the form at ``address`` and sends it with ``fields``, as a browser would."""
    return client.post(address, {"seen": seen(client, address), **fields})


def errors_of(response: HttpResponse) -> dict[str, list[str]]:
    """What the form of a page refused, by field; ``__all__`` is the form as a whole."""
    assert response.status_code == 200
    return response.context["form"].errors.get_json_data() and {
        field: list(errors) for field, errors in response.context["form"].errors.items()
    }


def messages_of(response: HttpResponse) -> list[str]:
    """What the page says just happened."""
    return [str(message) for message in response.context["messages"]]
