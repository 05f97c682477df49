"""The curator's pages: copy an instrument version, change the draft, publish it with a reason."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Count, QuerySet
from django.forms import NumberInput, Textarea
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.forms.instrument import CopyForm, PartForm, PartsFormSet, PublishForm, WordsField
from assessments.forms.seen import SEEN
from assessments.models import (
    Dimension,
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSet,
    RuleSetText,
)
from assessments.workflow.instrument import (
    COMPLETE_IN,
    NotReady,
    copy_version,
    languages,
    next_number,
    problems,
    publish,
)

from .comparison import ComparisonPage
from .exchange import ExchangePages
from .impact import ImpactPage
from .languages import LanguagePages
from .preview import PreviewPages


def version_of(part: InstrumentVersion | RuleSet | Dimension | Item) -> InstrumentVersion:
    """The version that a row of the instrument belongs to."""
    return part if isinstance(part, InstrumentVersion) else part.version


def to_version(version: InstrumentVersion) -> HttpResponse:
    """The way to the page of a version."""
    return redirect("admin:assessments_instrumentversion_change", quote(version.pk))


class ClosedWhenPublished:
    """Pages and inlines of a published version show and never change. Goes before Django's own class."""

    formfield_overrides = {
        models.TextField: {
            "form_class": WordsField,
            "widget": Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        }
    }

    form = PartForm

    def get_fieldsets(self, request: HttpRequest, obj=None) -> list:
        """The same, with the digest of what is shown (``forms/seen.py``) where something may change."""
        sets = [
            (name, {**options, "fields": [field for field in options["fields"] if field != SEEN]})
            for name, options in super().get_fieldsets(request, obj)
        ]
        if self.has_change_permission(request, obj):
            sets[-1][1]["fields"].append(SEEN)
        return sets

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return super().has_change_permission(request, obj) and not self.is_closed(obj)

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and not self.is_closed(obj)

    def is_closed(self, part) -> bool:
        return part is not None and version_of(part).is_published


class ClosedInline(ClosedWhenPublished):
    """The parts of a row; none can be added to a published version."""

    extra = 0
    formset = PartsFormSet

    def has_add_permission(self, request: HttpRequest, obj=None) -> bool:
        return super().has_add_permission(request, obj) and not self.is_closed(obj)


class DraftAdmin(ClosedWhenPublished, admin.ModelAdmin):
    """A page on which a draft changes: one at a time saves, so that each sees what the other has saved."""

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *args, **kwargs):
        if request.method != "POST" or object_id is None:
            return super().changeform_view(request, object_id, *args, **kwargs)
        with transaction.atomic():
            if part := self.get_object(request, unquote(object_id)):
                InstrumentVersion.objects.select_for_update().get(pk=version_of(part).pk)
            return super().changeform_view(request, object_id, *args, **kwargs)


# A version


class PartsInline(ClosedInline, admin.TabularInline):
    """Parts at a glance. New ones begin on a page of their own, as they need words."""

    template = "admin/assessments/instrumentversion/parts.html"
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


class RuleSetInline(PartsInline):
    model = RuleSet


class DimensionInline(PartsInline):
    model = Dimension
    fields = ["code", "order", "source"]
    formfield_overrides = {
        models.TextField: {"form_class": WordsField, "widget": Textarea(attrs={"rows": 2, "cols": 50})}
    }


class ItemInline(PartsInline):
    """All items at a glance: their words and how they count, with the order and weights to change. The rest
    changes on an item's own page."""

    model = Item
    fields = ["words", "dimension", "who", "counts", "order", "weight", "short"]
    readonly_fields = ["words", "dimension", "who", "counts"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        items = super().get_queryset(request)
        return items.select_related("dimension", "version").prefetch_related("texts")

    @admin.display(description=_("words"))
    def words(self, item: Item) -> str:
        texts = sorted(item.texts.all(), key=lambda text: text.language != COMPLETE_IN)
        return next((words for text in texts if (words := text.staff or text.participant)), "")

    @admin.display(description=_("counts as"))
    def counts(self, item: Item) -> str:
        return item.get_pole_display() or item.get_level_display() or item.note

    def formfield_for_dbfield(self, field, request: HttpRequest, **kwargs):
        if field.name == "weight":
            kwargs["widget"] = NumberInput(attrs={"class": "vIntegerField", "step": "any"})
        return super().formfield_for_dbfield(field, request, **kwargs)


@admin.register(InstrumentVersion)
class InstrumentVersionAdmin(
    PreviewPages, ComparisonPage, LanguagePages, ImpactPage, ExchangePages, DraftAdmin
):
    """The versions. A new one begins as a copy."""

    list_display = ["version", "title", "status", "published_at", "number_of_items"]
    list_display_links = ["version", "title"]
    inlines = [RuleSetInline, DimensionInline, ItemInline]
    readonly_fields = ["status", "based_on", "published_at", "published_by", "reason"]
    fieldsets = [
        (None, {"fields": ["version", "title", *readonly_fields]}),
        (
            _("When there is a score"),
            {
                "classes": ["collapse"],
                "fields": ["min_coverage"],
                "description": _("A response with fewer answers than this share has no score. From 0 to 1."),
            },
        ),
        (
            _("Bands and gaps"),
            {
                "classes": ["collapse"],
                "fields": ["band_mixed_from", "band_coproduction_from", "gap_noted_from"],
                "description": _(
                    "Scores run from 0, the opposite pole, to 100, coproduction. A gap is the difference "
                    "between what participants and staff say."
                ),
            },
        ),
        (
            _("Gates and flags"),
            {
                "classes": ["collapse"],
                "fields": [
                    "additive_gate_from",
                    "individualised_additive_below",
                    "low_mean_to",
                    "high_mean_from",
                ],
                "description": _(
                    "The first two are scores from 0 to 100, the others mean ratings from 0 to 4."
                ),
            },
        ),
        (
            _("Levels"),
            {
                "classes": ["collapse"],
                "fields": ["weak_level_to", "strong_level_from"],
                "description": _("Strengths from 0 to 100 that contradict what was recorded."),
            },
        ),
        (
            _("Agreement within a side"),
            {
                "classes": ["collapse"],
                "fields": ["agree_from", "differ_from", "min_raters_for_agreement"],
                "description": _("Agreement runs from 0 to 1. Below “differs”, a side is split."),
            },
        ),
        (
            _("How many participants protect each other"),
            {
                "classes": ["collapse"],
                "fields": ["min_participants", "min_participants_public"],
                "description": _(
                    "With fewer, their side is withheld. These numbers can never be lower than 5 and 8."
                ),
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(items_count=Count("items"))

    @admin.display(description=_("items"), ordering="items_count")
    def number_of_items(self, version: InstrumentVersion) -> int:
        return version.items_count

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def may_copy(self, request: HttpRequest) -> bool:
        return request.user.has_perm("assessments.add_instrumentversion")

    def may_publish(self, request: HttpRequest) -> bool:
        return request.user.has_perm("assessments.publish_instrumentversion")

    def get_urls(self) -> list:
        own = [
            path(
                "<int:pk>/copy/",
                self.admin_site.admin_view(self.copy_view),
                name="assessments_instrumentversion_copy",
            ),
            path(
                "<int:pk>/publish/",
                self.admin_site.admin_view(self.publish_view),
                name="assessments_instrumentversion_publish",
            ),
        ]
        return own + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: dict, *args, **kwargs) -> HttpResponse:
        context |= {"may_copy": self.may_copy(request), "may_publish": self.may_publish(request)}
        # As it is stored: what was typed and refused is no part of the draft.
        version = self.model.objects.get(pk=context["original"].pk)
        context["missing"] = [] if version.is_published else self.missing(version)
        return super().render_change_form(request, context, *args, **kwargs)

    def copy_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the number of the new draft, then copy the version and show the draft."""
        version = self.version_or_404(request, pk)
        if not self.may_copy(request):
            raise PermissionDenied
        form = CopyForm(request.POST or None, initial={"version": next_number()})
        if request.method == "POST" and form.is_valid():
            try:
                draft = copy_version(version, number=form.cleaned_data["version"])
            except NotReady as error:
                form.add_error(None, error.problems)
            else:
                self.log_addition(request, draft, gettext("Copied from version %s.") % version.version)
                messages.success(
                    request, gettext("Version %s is a draft. Change what you want.") % draft.version
                )
                return self.show(draft)
        return self.ask(request, version, form, "copy", _("Copy into a new draft"))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what is missing in a draft, or ask for the reason and publish it."""
        version = self.version_or_404(request, pk)
        if not self.may_publish(request):
            raise PermissionDenied
        form = PublishForm(request.POST or None)
        missing = [] if version.is_published else self.missing(version)
        if request.method == "POST" and form.is_valid():
            try:
                published = publish(
                    version, by=request.user, reason=form.cleaned_data["reason"], at=timezone.now()
                )
            except NotReady as error:
                form.add_error(None, error.problems)
            else:
                self.log_change(request, published, gettext("Published: %s") % published.reason)
                messages.success(
                    request,
                    gettext("Version %s is published. New assessments use it from now on.") % version.version,
                )
                return self.show(published)
        return self.ask(request, version, form, "publish", _("Publish"), missing=missing)

    def missing(self, version: InstrumentVersion) -> list[tuple[str, str]]:
        """What keeps a draft from being published, each with the address where it is mended."""
        parts = {
            f"{kind}.{part.code}": reverse(f"admin:assessments_{model}_change", args=[part.pk])
            for kind, model in (("rulesets", "ruleset"), ("dimensions", "dimension"), ("items", "item"))
            for part in getattr(version, kind).all()
        }
        parts |= {f"texts.{code}": self.language_page(version.pk, code) for code in languages(version)}
        return [(problem, _mended_at(problem.at, parts, version)) for problem in problems(version)]

    def version_or_404(self, request: HttpRequest, pk: int) -> InstrumentVersion:
        version = self.get_object(request, str(pk))
        if version is None or not self.has_view_permission(request, version):
            raise Http404
        return version

    def show(self, version: InstrumentVersion) -> HttpResponse:
        return to_version(version)

    def ask(
        self, request: HttpRequest, version: InstrumentVersion | None, form, page: str, title: str, **context
    ):
        return TemplateResponse(
            request,
            f"admin/assessments/instrumentversion/{page}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "version": version,
                "form": form,
                "title": title,
                **context,
            },
        )


def _mended_at(at: str, parts: Mapping[str, str], version: InstrumentVersion) -> str:
    """The address where a problem is mended. ``parts`` holds the pages of parts and languages by their names
    in an instrument file."""
    kind, *rest = at.split(".")
    part = ".".join([kind, *rest[:1]])
    if part in parts:
        return parts[part] + ("#texts-group" if rest[1:] == ["texts"] else "")
    if kind in ADDED_AT:
        return f"{reverse(ADDED_AT[kind])}?version={version.pk}"
    own = reverse("admin:assessments_instrumentversion_change", args=[version.pk])
    return f"{own}#{kind}-group"


ADDED_AT = {"rulesets": "admin:assessments_ruleset_add", "dimensions": "admin:assessments_dimension_add"}
"""Where a part that is missing is added. Of items, some may be there and not asked."""


# Its parts, each with its words


class WordsInline(ClosedInline, admin.StackedInline):
    """The words of a part, a language each; a new part begins with one."""

    def get_extra(self, request: HttpRequest, obj=None, **kwargs) -> int:
        return 0 if obj else 1


class PartAdmin(DraftAdmin):
    """A part of a version. New parts go into drafts, and no part moves to another version. Whoever has saved
    or deleted one is back at the version."""

    list_filter = ["version"]
    list_select_related = ["version"]

    def get_readonly_fields(self, request: HttpRequest, obj=None) -> list[str]:
        return ["version"] if obj else []

    def formfield_for_foreignkey(self, field, request: HttpRequest, **kwargs):
        if field.name == "version":
            kwargs["queryset"] = InstrumentVersion.objects.filter(status=InstrumentVersion.Status.DRAFT)
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def response_post_save_add(self, request: HttpRequest, obj) -> HttpResponse:
        return to_version(obj.version)

    def response_post_save_change(self, request: HttpRequest, obj) -> HttpResponse:
        return to_version(obj.version)

    def delete_model(self, request: HttpRequest, obj) -> None:
        request.part_of = obj.version
        super().delete_model(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: object) -> HttpResponse:
        super().response_delete(request, obj_display, obj_id)  # Says what was deleted.
        return to_version(request.part_of)

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Left out of the index: parts are reached from their version."""
        return {}


class RuleSetTextInline(WordsInline):
    model = RuleSetText


@admin.register(RuleSet)
class RuleSetAdmin(PartAdmin):
    """A rule-set: which gates it requires, and its words in each language."""

    list_display = [
        "code",
        "version",
        "voluntary",
        "production",
        "agency",
        "resources",
        "additive",
        "delivery",
    ]
    fields = ["version", *list_display[:1], *list_display[2:]]
    inlines = [RuleSetTextInline]


class DimensionTextInline(WordsInline):
    model = DimensionText


@admin.register(Dimension)
class DimensionAdmin(PartAdmin):
    """A dimension: the phrase it rests on, and its words in each language."""

    list_display = ["code", "version", "order"]
    fields = ["version", "code", "order", "source"]
    inlines = [DimensionTextInline]


class ItemTextInline(WordsInline):
    model = ItemText


def _version_in(initial: Mapping[str, object]) -> int | None:
    """The version that an address names for a new item; None when it names none that there is."""
    named = str(initial.get("version", ""))
    keys = InstrumentVersion.objects.values_list("pk", flat=True) if named else []
    return next((key for key in keys if str(key) == named), None)


class ItemForm(PartForm):
    """An item whose dimension is one of its own version."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance.version_id or _version_in(self.initial)
        if version and "dimension" in self.fields:
            self.fields["dimension"].queryset = Dimension.objects.filter(version=version)
            for way in ("add", "change", "delete", "view"):
                setattr(self.fields["dimension"].widget, f"can_{way}_related", False)

    def clean(self) -> dict:
        data = super().clean()
        version = data["version"].pk if data.get("version") else self.instance.version_id
        if (dimension := data.get("dimension")) and dimension.version_id != version:
            self.add_error("dimension", _("Choose a dimension of the same version."))
        return data


@admin.register(Item)
class ItemAdmin(PartAdmin):
    """An item: how it counts, and its words in each language."""

    form = ItemForm
    list_display = ["code", "version", "dimension", "who", "pole", "level", "note", "weight", "short"]
    list_filter = ["version", "dimension__code", "who"]
    list_select_related = ["version", "dimension"]
    search_fields = ["code", "texts__staff", "texts__participant"]
    fields = [
        "version",
        "dimension",
        "code",
        "order",
        "who",
        "pole",
        "level",
        "note",
        "weight",
        "short",
        "source",
    ]
    inlines = [ItemTextInline]
