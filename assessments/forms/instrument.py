"""What curators type: words of an instrument, the number of a copy, the reason of a publication."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assessments.models import Dimension, InstrumentVersion, Item, ItemText, RuleSet
from assessments.models.instrument import LANGUAGE

from .seen import SeenField, SeenMixin

Part = RuleSet | Dimension | Item
"""A part of a version that has words."""


class WordsField(forms.CharField):
    """A long text whose lines end as in an instrument file, whatever the browser sends."""

    def to_python(self, value: str | None) -> str:
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


class SeenAtFieldsMixin(SeenMixin):
    """The guard, for pages of the admin: what is saved now stands as an error at each field that differs, and
    the field keeps what was typed."""

    stale_message = _(
        "Someone else changed this after you opened the page. Nothing of yours is saved yet. What is saved "
        "now stands at each field. Save again to keep yours."
    )

    def clean(self) -> dict:
        try:
            return super().clean()
        except ValidationError:
            for difference in self.differences:
                saved = difference.saved or _now("nothing")
                self.add_error(difference.field.name, _now("Saved by someone else: %s") % saved)
            raise


class PartForm(SeenAtFieldsMixin, forms.ModelForm):
    """A row of a draft, refused when somebody else has changed or deleted it since it was shown."""

    seen = SeenField(required=False)  # Declared, so that pages of the admin may name it.

    @property
    def is_gone(self) -> bool:
        """Whether the row was there when the page was opened, and is no more."""
        return self.instance._state.adding and self.instance.pk is not None

    def clean(self) -> dict:
        if self.is_gone:
            raise ValidationError(
                _("Someone else deleted this after you opened the page. Tick “Delete” to leave it out."),
                code="gone",
            )
        if self.instance._state.adding:
            return super(SeenMixin, self).clean()  # A new row has nothing to overwrite.
        return super().clean()


class PartsFormSet(forms.BaseInlineFormSet):
    """The rows that a page shows of a draft. What others add or delete meanwhile moves none of them."""

    def get_queryset(self) -> list[models.Model] | models.QuerySet:
        """The rows as the page showed them: one that is gone is there with its key alone."""
        rows = super().get_queryset()
        if not self.is_bound:
            return rows
        if not hasattr(self, "_shown"):
            present = {str(row.pk): row for row in rows}
            name = self.model._meta.pk.name
            keys = [
                self.data.get(f"{self.add_prefix(place)}-{name}", "")
                for place in range(self.initial_form_count())
            ]
            self._shown = [present.get(key) or self.model(pk=self._key(key)) for key in keys]
        return self._shown

    def _key(self, text: str) -> int:
        """The key that the page sent, or 0, which no row has."""
        return int(text) if text.isdecimal() and len(text) < 19 else 0

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.differences:
                raise ValidationError(
                    _(
                        "Someone else changed “%s” after you opened the page, so it is not deleted yet. Open "
                        "the page again, and look at it first."
                    )
                    % form.instance
                )

    def delete_existing(self, obj: models.Model, commit: bool = True) -> None:
        """Delete a row, unless somebody else has."""
        if not obj._state.adding:
            super().delete_existing(obj, commit=commit)


class CopyForm(forms.ModelForm):
    """The number of a new draft; one that is taken is refused."""

    class Meta:
        model = InstrumentVersion
        fields = ["version"]
        labels = {"version": _("Number of the new version")}


class PublishForm(forms.Form):
    """Why a version is published."""

    reason = WordsField(
        label=_("What changed, and why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Stays with the version for everybody to read, and cannot be changed afterwards."),
    )


class CompareForm(forms.Form):
    """Which version ``version`` is compared with; ``default`` is the one that it was copied from."""

    before = forms.ModelChoiceField(
        InstrumentVersion.objects.none(), label=_("Compare with"), empty_label=None
    )

    def __init__(self, *args, version: InstrumentVersion, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        others = InstrumentVersion.objects.exclude(pk=version.pk).order_by("pk")
        self.fields["before"].queryset = others
        self.default = version.based_on or others.filter(pk__lt=version.pk).last() or others.first()
        self.initial["before"] = self.default


class CodeField(forms.CharField):
    """The code of a language, in small letters however it was typed."""

    def to_python(self, value: str | None) -> str:
        return super().to_python(value).lower()


class LanguageForm(forms.Form):
    """Another language for a draft, by its code."""

    language = CodeField(
        label=_("Code of the language"),
        max_length=ItemText._meta.get_field("language").max_length,
        validators=LANGUAGE,
        help_text=_("Such as cy for Welsh, pl for Polish or ar for Arabic."),
    )


class WordsForm(SeenAtFieldsMixin, forms.Form):
    """The words of several parts of a draft in one language. Nothing is required: it may be saved half done.

    ``parts`` are rule-sets, dimensions or items with their texts, each with the words that it needs. A word
    that it does not need is asked for when it is there in English or in the language.
    """

    def __init__(self, *args, language: str, parts: Iterable[tuple[Part, tuple[str, ...]]], **kwargs) -> None:
        self.groups: list[tuple[Part, list[tuple[str, str, str, bool]]]] = []
        """Each part with its lines: the field's name, the word, the English, whether it is needed."""
        self.base_fields, initial = {}, {}
        for part, needed in parts:
            texts = {text.language: text for text in part.texts.all()}
            group = []
            for column in part.texts.model._meta.concrete_fields:
                word = column.name
                if column.is_relation or column.primary_key or word == "language":
                    continue
                english, own = (getattr(texts.get(code), word, "") for code in ("en", language))
                if not (english or own or word in needed):
                    continue
                name = f"{part._meta.model_name}-{part.code}-{word}"
                self.base_fields[name] = self._field(column, language)
                initial[name] = own
                group.append((name, word, english if language != "en" else "", word in needed))
            self.groups.append((part, group))
        super().__init__(*args, initial=initial, **kwargs)

    def _field(self, column: models.Field, language: str) -> forms.Field:
        """A field for a column of words, as long as the column."""
        attrs = {"lang": language, "dir": "auto"}
        if isinstance(column, models.TextField):
            widget = forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", **attrs})
            return WordsField(label=capfirst(column.verbose_name), required=False, widget=widget)
        widget = forms.TextInput(attrs={"class": "vTextField", **attrs})
        return forms.CharField(
            label=capfirst(column.verbose_name), required=False, max_length=column.max_length, widget=widget
        )

    def lines(self) -> list[dict]:
        """Each part as a page shows it: the ``part``, and its ``fields``, each with the English and whether
        it is needed."""
        return [
            {
                "part": part,
                "fields": [
                    {"field": self[name], "english": english, "needed": needed}
                    for name, _word, english, needed in group
                ],
            }
            for part, group in self.groups
        ]

    def given(self) -> list[tuple[Part, dict[str, str]]]:
        """What was typed, word by word, for each part."""
        return [
            (part, {word: self.cleaned_data[name] for name, word, _english, _needed in group})
            for part, group in self.groups
        ]
