"""A choice among rows that any sender may get wrong."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError


class RowsField(forms.ModelMultipleChoiceField):
    """Some of the rows of a table. A key that no database could hold is a wrong choice like any other."""

    def clean(self, value: object) -> object:
        try:
            return super().clean(value)
        except OverflowError:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from None
