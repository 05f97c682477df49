"""The guides for people who bring Coproduce into a service: written once, in ``docs/``, and shown here."""

import re
from functools import cache
from pathlib import Path
from struct import unpack

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from markdown import Markdown

GUIDES = {"managers": "guide", "leaflet": "guide-leaflet"}
"""The documents that have a page, and the name of each one's address. Each is ``docs/<document>.md``."""

PICTURES = re.compile(r'src="\.\./static/([^"]+)"')
DOCUMENTS = re.compile(r'href="(\w+)\.md"')


@login_not_required
@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """From “my boss says: show me the evidence” to a result to take into a meeting."""
    return render(request, "guide/managers.html", {"document": read("managers")})


@login_not_required
@require_safe
def leaflet(request: HttpRequest) -> HttpResponse:
    """A page to print and hand out: what participants are asked, and what they are promised."""
    return render(request, "guide/leaflet.html", {"document": read("leaflet")})


def read(name: str) -> dict[str, SafeString]:
    """The guide ``name`` in the visitor's language, or in English where there is none: its ``title``, its
    ``contents`` (a list of links to its parts) and its ``body``."""
    language = (get_language() or "en").partition("-")[0]
    folder = settings.BASE_DIR / "docs"
    translated = folder / f"{name}.{language}.md"
    return written(translated if translated.exists() else folder / f"{name}.md")


@cache
def written(place: Path) -> dict[str, SafeString]:
    """The Markdown in ``place`` as HTML. It is the project's own, so nothing in it is kept out."""
    text = place.read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    maker = Markdown(extensions=["tables", "toc"], extension_configs={"toc": {"toc_depth": "2"}})
    body = maker.convert(rest)
    body = PICTURES.sub(lambda found: picture(found[1]), body)
    body = DOCUMENTS.sub(lambda found: f'href="{reverse(GUIDES[found[1]])}"', body)
    return {
        "title": mark_safe(title.removeprefix("# ").strip()),
        "contents": mark_safe(maker.toc),
        "body": mark_safe(body),
    }


def picture(name: str) -> str:
    """The attributes of a PNG in ``static/``: where it is, and its size, so that the page does not jump."""
    with (settings.BASE_DIR / "static" / name).open("rb") as file:
        width, height = unpack(">II", file.read(24)[16:])
    return f'loading="lazy" width="{width}" height="{height}" src="{static(name)}"'
