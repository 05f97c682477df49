"""What participants fill in: how they want to answer, their code, and the questions; on paper all at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from assessments.models import Item, Response
from assessments.rules.values import Form
from assessments.words.labels import RATINGS

FORMS = [(Form.SHORT.value, _("The short form")), (Form.FULL.value, _("The full form"))]
WORDINGS = [
    (Response.Wording.PLAIN.value, _("Plain words")),
    (Response.Wording.EASY_READ.value, _("Easy read: very short sentences in large letters")),
]
MODES = [
    (Response.Mode.ONLINE.value, _("No, I answer by myself")),
    (Response.Mode.ASSISTED.value, _("Yes, someone helps me to answer")),
]
PAPERS = {
    ("short", "plain"): _("Short form, plain words"),
    ("short", "easy_read"): _("Short form, easy read"),
    ("full", "plain"): _("Full form, plain words"),
    ("full", "easy_read"): _("Full form, easy read"),
}
"""What each form is called, by its length and its wording; the same words stand on the printed form."""

CODE_MAX = 40
"""The longest code that is looked at, in signs: people may type blanks and hyphens with it."""


def statement(item: Item, wording: str) -> list[str]:
    """What an item asks of participants, as the lines in which it is shown. Needs the item's words."""
    easy = item.words.easy_read if wording == Response.Wording.EASY_READ else ""
    return (easy or item.words.participant).splitlines()


class ConsentForm(forms.Form):
    """Whether researchers may have the answers: asked at the start, and open until they are sent."""

    research_consent = forms.BooleanField(label=_("Yes, researchers may have my answers"), required=False)


class SendForm(ConsentForm):
    """The last word on research, and a code with which it can be taken back. The page carries the code, so
    that a second click sends the same one."""

    withdrawal = forms.CharField(widget=forms.HiddenInput, required=False)


class WithdrawForm(forms.Form):
    """The code that was shown when the answers were sent."""

    code = forms.CharField(
        label=_("Your code"),
        help_text=_("12 letters and numbers. Spaces and capital letters do not matter."),
        max_length=CODE_MAX,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the code that you were given when you sent your answers.")},
    )


class StartForm(ConsentForm):
    """What a participant chooses before the first question. ``asked`` says how long each form is, by its
    code; the first choice of each question is ticked already."""

    form = forms.ChoiceField(label=_("How much do you want to answer?"), widget=forms.RadioSelect)
    wording = forms.ChoiceField(
        label=_("Which words do you want?"),
        choices=WORDINGS,
        initial=WORDINGS[0][0],
        widget=forms.RadioSelect,
    )
    mode = forms.ChoiceField(
        label=_("Is someone helping you?"), choices=MODES, initial=MODES[0][0], widget=forms.RadioSelect
    )

    def __init__(self, *args, asked: Mapping[str, str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form"].choices = [(code, f"{label}: {asked[code]}") for code, label in FORMS]
        self.fields["form"].initial = FORMS[0][0]


class CodeForm(forms.Form):
    """The code to come back with."""

    code = forms.CharField(
        label=_("Your code"),
        max_length=CODE_MAX,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type your code.")},
    )


class QuestionsForm(forms.Form):
    """Items as radios, in one of the two wordings. Nothing is required: any question may be left out.

    Each field has the name of its item's code, so that an answer always goes to the item that was read.
    """

    def __init__(
        self, *args, items: Iterable[Item], wording: str, answers: Mapping[str, int | str] = {}, **kwargs
    ) -> None:
        self.items = list(items)
        self.wording = wording
        kwargs["initial"] = {code: str(answer) for code, answer in answers.items()} | kwargs.get(
            "initial", {}
        )
        super().__init__(*args, **kwargs)
        for item in self.items:
            self.fields[item.code] = forms.ChoiceField(
                label=" ".join(statement(item, wording)),
                choices=RATINGS,
                required=False,
                widget=forms.RadioSelect,
            )

    def questions(self) -> list[dict]:
        """Each item as a page shows it: its ``number``, ``item``, ``lines`` and ``field``."""
        return [
            {"number": number, "item": item, "lines": statement(item, self.wording), "field": self[item.code]}
            for number, item in enumerate(self.items, start=1)
        ]

    def given(self) -> dict[str, int | str]:
        """What was answered, by item code: 0 to 4, ``dk`` or ``na``. What was left out is not in it."""
        chosen = {item.code: self.cleaned_data.get(item.code, "") for item in self.items}
        return {
            code: int(answer) if answer.isdecimal() else answer for code, answer in chosen.items() if answer
        }


class PaperForm(QuestionsForm):
    """A form filled in on paper, typed in on one page. ``key`` makes sending the page twice add it once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    research_consent = forms.BooleanField(
        label=_("The box for researchers is ticked on the paper"), required=False
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, initial={"key": uuid.uuid4()}, **kwargs)

    def take_as_another(self) -> None:
        """Shown again, it is another paper with the same answers: sending it adds it beside the first."""
        self.data = {**self.data.dict(), "key": str(uuid.uuid4())}

    def clean(self) -> dict:
        cleaned = super().clean()
        if not self.errors and not self.given():
            raise ValidationError(
                _("Nothing is chosen yet. Choose what is ticked on the paper."), code="empty"
            )
        return cleaned
