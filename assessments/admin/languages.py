"""The curator's pages for another language: each of its words beside the English, dimension by dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.forms.instrument import LanguageForm, WordsForm
from assessments.models import Dimension, InstrumentVersion, Item, RuleSet
from assessments.workflow.instrument import (
    COMPLETE_IN,
    languages,
    needed_words,
    remove_language,
    unwritten,
    write_words,
)
from assessments.workflow.instrument_file import as_data

RULESETS = "rulesets"


class LanguagePages:
    """Pages of a draft's admin. Goes before the admin's own class."""

    def get_urls(self) -> list:
        pages = {
            "languages": ("", self.languages_view),
            "language": ("<slug:language>/", self.language_view),
            "language_remove": ("<slug:language>/remove/", self.language_remove_view),
            "language_words": ("<slug:language>/<slug:part>/", self.language_words_view),
        }
        own = [
            path(
                f"<int:pk>/languages/{address}",
                self.admin_site.admin_view(view),
                name=f"assessments_instrumentversion_{name}",
            )
            for name, (address, view) in pages.items()
        ]
        return own + super().get_urls()

    def languages_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The languages of a draft and how complete they are; a form to begin another."""
        version = self.draft_or_refuse(request, pk)
        form = LanguageForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return redirect(self.language_page(pk, form.cleaned_data["language"]))
        data = as_data(version)
        found = [
            {
                "language": language,
                "address": self.language_page(pk, language),
                "missing": len([*unwritten(data, language)]),
            }
            for language in languages(version)
        ]
        return self.ask(request, version, form, "languages", _("Languages"), languages=found)

    def language_view(self, request: HttpRequest, pk: int, language: str) -> HttpResponse:
        """How complete each page of a language is."""
        version = self.draft_or_refuse(request, pk)
        self.must_be_a_language(language)
        data = as_data(version)
        missing = {at for _name, at, _words in unwritten(data, language)}
        names = {part.code: part for part in version.dimensions.prefetch_related("texts")}
        pages = [
            {
                "title": _title(names.get(page)),
                "address": self.language_page(pk, language, page),
                "parts": len(parts),
                "complete": len(parts) - len(missing.intersection(parts)),
            }
            for page, parts in _pages(data).items()
        ]
        return self.ask(
            request,
            version,
            None,
            "language",
            _("Words in %s") % language,
            language=language,
            pages=pages,
            missing=len(missing),
            removable=language != COMPLETE_IN and language in languages(version),
        )

    def language_words_view(self, request: HttpRequest, pk: int, language: str, part: str) -> HttpResponse:
        """The words of one dimension and its items, or of the rule-sets, beside the English."""
        self.must_be_a_language(language)
        with transaction.atomic():
            version = self.draft_or_refuse(request, pk, lock=request.method == "POST")
            parts = _parts(version, part)
            if not parts:
                raise Http404
            form = WordsForm(request.POST or None, language=language, parts=parts)
            if request.method == "POST" and form.is_valid():
                write_words(version, language, form.given())
                self.log_change(
                    request,
                    version,
                    gettext("Words in %(language)s: %(part)s.") % {"language": language, "part": part},
                )
                messages.success(request, gettext("The words are saved."))
                return redirect(self._following(version, language, part, go_on="go_on" in request.POST))
        shown = parts[0][0] if part != RULESETS else None
        title = _("%(part)s in %(language)s") % {"part": _title(shown), "language": language}
        return self.ask(request, version, form, "language_words", title, language=language)

    def language_remove_view(self, request: HttpRequest, pk: int, language: str) -> HttpResponse:
        """Ask, then take a language out of a draft."""
        with transaction.atomic():
            version = self.draft_or_refuse(request, pk, lock=request.method == "POST")
            if language not in languages(version) or language == COMPLETE_IN:
                raise Http404
            if request.method == "POST":
                remove_language(version, language)
        if request.method == "POST":
            self.log_change(request, version, gettext("Language %s removed.") % language)
            messages.success(request, gettext("The draft has no words in %s any more.") % language)
            return redirect(self.language_page(pk))
        return self.ask(
            request, version, None, "language_remove", _("Remove the language"), language=language
        )

    def draft_or_refuse(self, request: HttpRequest, pk: int, *, lock: bool = False) -> InstrumentVersion:
        """The draft, locked when it is to change; Http404 or PermissionDenied."""
        if lock:
            InstrumentVersion.objects.select_for_update().filter(pk=pk).first()
        version = self.version_or_404(request, pk)
        if not self.has_change_permission(request, version):
            raise PermissionDenied
        return version

    def must_be_a_language(self, language: str) -> None:
        if not LanguageForm({"language": language}).is_valid() or language != language.lower():
            raise Http404

    def language_page(self, pk: int, language: str = "", part: str = "") -> str:
        """The address of a page of words; of a language, of the list of them."""
        name = "language_words" if part else "language" if language else "languages"
        arguments = [pk, *filter(None, (language, part))]
        return reverse(f"admin:assessments_instrumentversion_{name}", args=arguments)

    def _following(self, version: InstrumentVersion, language: str, part: str, *, go_on: bool) -> str:
        """Where a saved page leads: to the next one, or to the list of them."""
        pages = [*_pages(as_data(version))]
        rest = pages[pages.index(part) + 1 :] if go_on else []
        return self.language_page(version.pk, language, *rest[:1])


def _pages(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The pages of a language by their word in the address, each with its parts as a file names them."""
    pages = {
        given["code"]: [
            f"dimensions.{given['code']}",
            *(f"items.{item['code']}" for item in data["items"] if item["dimension"] == given["code"]),
        ]
        for given in data["dimensions"]
    }
    return {**pages, RULESETS: [f"rulesets.{code}" for code in data["rulesets"]]}


def _parts(version: InstrumentVersion, page: str) -> list[tuple[RuleSet | Dimension | Item, tuple[str, ...]]]:
    """The parts on a page with their texts, each with the words that it needs; none for another page."""
    if page == RULESETS:
        rulesets = version.rulesets.prefetch_related("texts")
        return [(part, needed_words("rulesets")) for part in rulesets]
    dimensions = version.dimensions.filter(code=page).prefetch_related("texts")
    items = version.items.filter(dimension__code=page).prefetch_related("texts")
    return [
        *((part, needed_words("dimensions")) for part in dimensions),
        *((item, needed_words("items", item.who)) for item in items),
    ]


def _title(dimension: Dimension | None) -> str:
    """What a page is called: as its dimension, or for the rule-sets."""
    if dimension is None:
        return gettext("Rule-sets")
    return dimension.words.name if dimension.texts.all() else dimension.code
