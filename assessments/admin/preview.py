"""The curator's previews: a version as each form that people will see, before anybody is asked.

The pages are the real ones, with their real forms and templates, around an activity that is never saved.
Nothing on them can be sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.forms.answer import PAPERS, QuestionsForm
from assessments.forms.answers import AnswersForm
from assessments.models import Activity, Assessment, Dimension, InstrumentVersion, Item, Organisation, Service
from assessments.models.instrument import in_language
from assessments.rules.values import SCORED
from assessments.words.labels import RATING_WORDS
from assessments.workflow.answering import Choices, items_for
from assessments.workflow.assessment import items_for_staff
from assessments.workflow.instrument import languages

NEEDED = {
    "staff": ("staff",),
    "plain": ("participant",),
    "easy_read": ("easy_read", "participant"),  # Whatever is not in easy read is shown in plain words.
}
"""The words that a form shows of an item, by whose form it is or how it is worded; the first there is."""

STAFF = gettext_lazy("Staff")

only_to_read = method_decorator(require_safe)


class PreviewPages:
    """Pages of a version's admin. Goes before the admin's own class."""

    def get_urls(self) -> list:
        pages = {
            "preview": ("", self.preview_view),
            "preview_staff": ("<slug:language>/staff/<slug:dimension>/", self.preview_staff_view),
            "preview_question": (
                "<slug:language>/participants/<slug:form>/<slug:wording>/<int:number>/",
                self.preview_question_view,
            ),
            "preview_paper": ("<slug:language>/paper/<slug:form>/<slug:wording>/", self.preview_paper_view),
        }
        own = [
            path(
                f"<int:pk>/preview/{address}",
                self.admin_site.admin_view(view),
                name=f"assessments_instrumentversion_{name}",
            )
            for name, (address, view) in pages.items()
        ]
        return own + super().get_urls()

    @only_to_read
    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The forms of the version, in each of its languages."""
        version = self.version_or_404(request, pk)
        dimensions = version.dimensions.filter(code__in=SCORED).prefetch_related("texts")
        groups = {
            STAFF: lambda language: [
                (_name(dimension, language), self.page("staff", pk, language, dimension.code))
                for dimension in dimensions
            ],
            gettext_lazy("Participants"): lambda language: [
                (title, self.page("question", pk, language, *kind, 1)) for kind, title in PAPERS.items()
            ],
            gettext_lazy("On paper"): lambda language: [
                (title, self.page("paper", pk, language, *kind)) for kind, title in PAPERS.items()
            ],
        }
        written = languages(version)
        offered = [(name, [(code, forms(code)) for code in written]) for name, forms in groups.items()]
        return self.ask(request, version, None, "preview", gettext_lazy("Preview"), offered=offered)

    @only_to_read
    def preview_staff_view(
        self, request: HttpRequest, pk: int, language: str, dimension: str
    ) -> HttpResponse:
        """One page of the staff's form."""
        version, offered = self.version_in(request, pk, language)
        parts = {
            part.code: part for part in version.dimensions.filter(code__in=SCORED).prefetch_related("texts")
        }
        if dimension not in parts:
            raise Http404
        with override(language):
            if not _has_words(parts[dimension], ("name",)):
                return self.nothing_to_show(request, version, _("Dimension %s has no name yet.") % dimension)
            wave = sample(version)
            asked = items_for_staff(wave).filter(dimension__code=dimension)
            items, notes = self.shown(asked, NEEDED["staff"], language)
            number = list(parts).index(dimension) + 1
            following = list(parts)[number : number + 1]
            context = {
                "dimension": parts[dimension],
                "form": AnswersForm(items=items, answers={}),
                "number": number,
                "pages": len(parts),
                "following": [self.page("staff", pk, language, code) for code in following],
            }
            kinds = [(STAFF, other, self.page("staff", pk, other, dimension)) for other in offered]
            return self.as_seen(request, wave, "staff", kinds, {**context, **notes})

    @only_to_read
    def preview_question_view(
        self, request: HttpRequest, pk: int, language: str, form: str, wording: str, number: int
    ) -> HttpResponse:
        """One question of a participants' form."""
        version, offered = self.version_in(request, pk, language)
        if (form, wording) not in PAPERS:
            raise Http404
        with override(language):
            wave = sample(version)
            items, notes = self.shown(items_for(wave, Choices(form=form)), NEEDED[wording], language)
            if not items:
                return self.nothing_to_show(request, version, _("This form has no question with words yet."))
            if not 1 <= number <= len(items):
                raise Http404
            questions = QuestionsForm(items=items, wording=wording)
            around = {
                name: [self.page("question", pk, language, form, wording, place)]
                for name, place in (("previous", number - 1), ("following", number + 1))
                if 1 <= place <= len(items)
            }
            context = {
                **questions.questions()[number - 1],
                "form": questions,
                "pages": len(items),
                "wording": wording,
                **around,
            }
            kinds = [
                (title, other, self.page("question", pk, other, *kind, number if kind[0] == form else 1))
                for other in offered
                for kind, title in PAPERS.items()
            ]
            return self.as_seen(request, wave, "question", kinds, {**context, **notes})

    @only_to_read
    def preview_paper_view(
        self, request: HttpRequest, pk: int, language: str, form: str, wording: str
    ) -> HttpResponse:
        """A participants' form as it is printed."""
        version, offered = self.version_in(request, pk, language)
        if (form, wording) not in PAPERS:
            raise Http404
        with override(language):
            wave = sample(version)
            items, notes = self.shown(items_for(wave, Choices(form=form)), NEEDED[wording], language)
            context = {
                "questions": QuestionsForm(items=items, wording=wording).questions(),
                "ratings": RATING_WORDS.values(),
                "title": PAPERS[form, wording],
                "wording": wording,
                "paper_url": self.page("", pk),
            }
            kinds = [
                (title, other, self.page("paper", pk, other, *kind))
                for other in offered
                for kind, title in PAPERS.items()
            ]
            return self.as_seen(request, wave, "paper", kinds, {**context, **notes})

    def page(self, name: str, *arguments: object) -> str:
        """The address of a preview; the list of them without a name."""
        page = f"preview_{name}" if name else "preview"
        return reverse(f"admin:assessments_instrumentversion_{page}", args=arguments)

    def version_in(self, request: HttpRequest, pk: int, language: str) -> tuple[InstrumentVersion, list[str]]:
        """The version, and the languages that it has; Http404 when ``language`` is none of them."""
        version = self.version_or_404(request, pk)
        offered = languages(version)
        if language not in offered:
            raise Http404
        return version, offered

    def shown(self, asked: Iterable[Item], needed: tuple[str, ...], language: str) -> tuple[list[Item], dict]:
        """The items that have words to show; and those that have none, or have them in English alone."""
        items, wordless, elsewhere = [], [], []
        for item in asked:
            if not _has_words(item, needed):
                wordless.append(item)
                continue
            items.append(item)
            if item.words.language != language:
                elsewhere.append(item)
        return items, {"wordless": _links(wordless), "elsewhere": _links(elsewhere)}

    def nothing_to_show(self, request: HttpRequest, version: InstrumentVersion, why: str) -> HttpResponse:
        """Back to the list of forms, which says why."""
        messages.warning(request, why)
        return redirect(self.page("", version.pk))

    def as_seen(
        self,
        request: HttpRequest,
        wave: Assessment,
        name: str,
        kinds: Iterable[tuple[str, str, str]],
        context: dict,
    ) -> HttpResponse:
        """The page as people see it, under a line that says what it is. It goes into no cache."""
        return render(
            request,
            f"preview/{name}.html",
            {
                "assessment": wave,
                "activity": wave.activity,
                "service": wave.activity.service,
                "version": wave.instrument_version,
                "thresholds": wave.instrument_version,
                "forms_url": self.page("", wave.instrument_version.pk),
                "kinds": list(kinds),
                "language": get_language(),
                "several_languages": len({language for _title, language, _url in kinds}) > 1,
                **context,
            },
        )


def sample(version: InstrumentVersion) -> Assessment:
    """A wave to hang the forms of ``version`` on; neither it nor anything around it is ever saved."""
    organisation = Organisation(name=_("Your organisation"))
    service = Service(name=_("Your service"), organisation=organisation)
    activity = Activity(service=service, title=_("your activity"))
    return Assessment(activity=activity, wave=1, instrument_version=version)


def _has_words(part: Dimension | Item, needed: Iterable[str]) -> bool:
    """Whether people would read one of the ``needed`` words of ``part`` in the language of the page."""
    texts = part.texts.all()
    return bool(texts) and any(getattr(in_language(texts), word).strip() for word in needed)


def _name(dimension: Dimension, language: str) -> str:
    """What a dimension is called in a language; its code while it has no name."""
    with override(language):
        return dimension.words.name if _has_words(dimension, ("name",)) else dimension.code


def _links(items: Iterable[Item]) -> list[tuple[str, str]]:
    """Where the words of each item are changed."""
    return [(item.code, reverse("admin:assessments_item_change", args=[item.pk])) for item in items]
