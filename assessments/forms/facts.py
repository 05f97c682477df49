"""The facts of an activity, asked on short pages: what each question says, and the form of a page."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.models import FACT_COLUMNS, LEVEL_COLUMNS, Facts

from .seen import SeenMixin

Text = str | Promise
UNKNOWN = ("unknown", _("Not known"))
YES_NO = [("yes", _("Yes")), ("no", _("No")), UNKNOWN]
PART = [
    ("none", _("Staff do this alone, or nobody does")),
    ("consulted", _("People are asked, and staff decide")),
    ("shared", _("People and staff do this together")),
    ("alone", _("People do this without staff")),
    UNKNOWN,
]


@dataclass(frozen=True)
class Question:
    """One fact as it is asked: its column, the question, an example, and the answers in words."""

    column: str
    label: Text
    example: Text
    choices: list[tuple[str, Text]]
    hint: Text = ""


@dataclass(frozen=True)
class Page:
    """A short page of questions, and its place in the address."""

    slug: str
    title: Text
    lead: Text
    questions: list[Question]

    @property
    def columns(self) -> list[str]:
        """The columns of :class:`Facts` that this page fills."""
        levels = list(LEVEL_COLUMNS) if self.slug == "levels" else []
        return levels + [question.column for question in self.questions]

    def progress(self, facts: Facts) -> tuple[int, int]:
        """How many questions of this page have an answer ("not known" is one), and how many there are."""
        answered = sum(bool(getattr(facts, question.column)) for question in self.questions)
        asked = len(self.questions)
        if self.slug == "levels":
            answered += facts.levels_individual is not None
            asked += 1
        return answered, asked


PAGES = [
    Page(
        "part",
        _("The part people play"),
        _(
            "People are the users, carers or residents the activity is for or about. Say what happens now, "
            "rather than what is planned."
        ),
        [
            Question(
                "phases_commission",
                _("Who decides what is needed and what is paid for?"),
                _("Carers sit on the panel that chooses which respite breaks to fund: together."),
                PART,
            ),
            Question(
                "phases_design",
                _("Who works out how it is done?"),
                _("Staff send out a survey and then write the plan themselves: asked, and staff decide."),
                PART,
            ),
            Question(
                "phases_deliver",
                _("Who does the work itself?"),
                _("A health visitor and a parent practise baby massage at home: together."),
                PART,
                hint=_(
                    "People who work at changing their own situation, with staff, are doing the work too."
                ),
            ),
            Question(
                "phases_assess",
                _("Who judges how well it went?"),
                _("Residents and officers read the results together each spring: together."),
                PART,
            ),
        ],
    ),
    Page(
        "terms",
        _("On what terms people take part"),
        _("What matters is how it is for the people who take part, more than what the leaflet says."),
        [
            Question(
                "basis",
                _("How do people come to take part?"),
                _(
                    "Parents join a nursery run by parents, and then share the cleaning rota: freely joined, "
                    "with duties inside."
                ),
                [
                    ("chosen", _("They choose to join, and can stop when they like")),
                    ("chosen_with_duties", _("They choose to join, and then have duties inside it")),
                    (
                        "required",
                        _("They have to: by an order or contract, or to get a benefit or a service"),
                    ),
                    ("general_rule", _("They follow a rule that applies to everybody")),
                    UNKNOWN,
                ],
            ),
            Question(
                "intentional",
                _("Do people know what it involves, and mean to contribute?"),
                _("Someone signs a form without knowing that it adds them to a rota: no."),
                YES_NO,
            ),
        ],
    ),
    Page(
        "support",
        _("What the public service puts in"),
        _("Think of the last year. Councils, health services, schools and the police are public services."),
        [
            Question(
                "agency",
                _("How much working contact is there with a public service?"),
                _("A link worker joins the group every other week: ongoing."),
                [
                    ("none", _("None")),
                    ("occasional", _("Now and then")),
                    ("ongoing", _("Ongoing")),
                    UNKNOWN,
                ],
            ),
            Question(
                "public_resources",
                _("Does any public money, building, equipment, insurance, data or staff time support it?"),
                _("The group meets free of charge in the library after hours: yes."),
                YES_NO,
            ),
            Question(
                "staff_time",
                _("What became of staff time for the tasks that people now do?"),
                _("Volunteers run the reading corner, and the librarian’s hours were halved: reduced."),
                [
                    ("kept", _("It was kept, or there are new tasks that staff never did")),
                    ("reduced", _("It was reduced")),
                    ("withdrawn", _("It was withdrawn")),
                    UNKNOWN,
                ],
            ),
        ],
    ),
    Page(
        "levels",
        _("Whose involvement it is"),
        _("An activity may involve people one by one, in groups, as a whole community, or in several ways."),
        [
            Question(
                "task",
                _("Is people’s part in the core of the service, or beside it?"),
                _("Parents lead the play sessions that the centre exists for: core."),
                [
                    ("core", _("In the core of the service")),
                    ("complementary", _("Beside the core of the service")),
                    UNKNOWN,
                ],
                hint=_("This changes the wording of the result, never the verdict."),
            ),
        ],
    ),
    Page(
        "helps",
        _("What may help"),
        _("These are circumstances. They explain a result and never change a score."),
        [
            Question(
                "context_relational_service",
                _("Does the service depend on people knowing one another?"),
                _("Mental health support does; issuing parking permits does less."),
                YES_NO,
            ),
            Question(
                "context_specialised",
                _("Does the work need highly specialised skills?"),
                _("Eye surgery does; running a lunch club does less."),
                YES_NO,
            ),
            Question(
                "context_decentralised",
                _("Can the people on the spot decide how it is done?"),
                _("The ward team may move visiting hours without asking head office: yes."),
                YES_NO,
            ),
            Question(
                "context_invested",
                _("Was money or time put in to get it going?"),
                _("Two days of training and a small budget at the start: yes."),
                YES_NO,
            ),
            Question(
                "context_asked_personally",
                _("Were people asked by someone they know and trust?"),
                _("Their community nurse asked them in person: yes."),
                YES_NO,
            ),
            Question(
                "context_capital",
                _("Do the people who take part have the networks, confidence and time it needs?"),
                _("Most are isolated and work shifts: no."),
                YES_NO,
            ),
            Question(
                "context_leadership",
                _("Do senior people back it?"),
                _("The director comes to meetings and protects the hours: yes."),
                YES_NO,
            ),
            Question(
                "context_easy_access",
                _("Is it easy to join and to get to?"),
                _("There is a lift, a bus stop and an interpreter: yes."),
                YES_NO,
            ),
        ],
    ),
    Page(
        "pressures",
        _("What may weigh on people"),
        _("These are circumstances too. Some of them are warning signs, so please answer as it is."),
        [
            Question(
                "context_cuts",
                _("Was the budget cut in the last two years?"),
                _("The team went from five posts to three: yes."),
                YES_NO,
            ),
            Question(
                "context_costs_on_people",
                _("Do people pay costs that the service used to pay?"),
                _("Volunteers buy the craft materials themselves: yes."),
                YES_NO,
            ),
            Question(
                "context_liability_on_people",
                _("Do people carry risks that the service used to carry?"),
                _("Residents must insure the play area themselves: yes."),
                YES_NO,
            ),
            Question(
                "context_same_few_people",
                _("Does it always rest on the same few people?"),
                _("Three people chair every meeting and do every shift: yes."),
                YES_NO,
            ),
            Question(
                "context_support_withdrawn",
                _("Was support for people taken away?"),
                _("The support worker’s post ended, and the group goes on: yes."),
                YES_NO,
            ),
            Question(
                "context_hostility",
                _("Is there hostility between staff and people, or among people?"),
                _("Meetings end in argument, and some people no longer come: yes."),
                YES_NO,
            ),
            Question(
                "context_unspoken_duty",
                _("Do people feel they must take part, even if nobody says so?"),
                _("Carers fear they would be seen as uncaring if they stopped: yes."),
                YES_NO,
            ),
        ],
    ),
]
"""Every page, in the order in which it is offered. Together they ask every fact once."""


class FactsForm(SeenMixin, forms.Form):
    """The questions of one page. Nothing is required: a page may be saved half done."""

    LEVELS = [
        ("individual", _("One person at a time: each has their own plan or goals")),
        ("group", _("People in a similar position, together")),
        ("collective", _("The whole community gains, also those who never take part")),
    ]

    def __init__(self, *args, instance: Facts, page: Page, **kwargs) -> None:
        self.instance, self.page = instance, page
        self.base_fields, initial = {}, {}
        if page.slug == "levels":
            self.base_fields["levels"] = forms.MultipleChoiceField(
                label=_("Whose involvement is it?"),
                help_text=_("Choose all that apply."),
                choices=[*self.LEVELS, UNKNOWN],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )
            initial["levels"] = recorded_levels(instance)
        for question in page.questions:
            self.base_fields[question.column] = forms.ChoiceField(
                label=question.label,
                help_text=question.hint,
                choices=question.choices,
                widget=forms.RadioSelect,
                required=False,
            )
            initial[question.column] = getattr(instance, question.column)
        super().__init__(*args, initial=initial, **kwargs)

    def questions(self) -> list[tuple[forms.BoundField, Text]]:
        """Each field with its example, in the order of the page."""
        examples = {question.column: question.example for question in self.page.questions}
        levels_example = _("Young people meet every week to plan a youth club for the estate: two of these.")
        return [
            (self[name], examples.get(name, levels_example)) for name in self.base_fields if name != "seen"
        ]

    def clean_levels(self) -> list[str]:
        levels = self.cleaned_data["levels"]
        if "unknown" in levels and len(levels) > 1:
            raise ValidationError(
                _("Choose “Not known” alone, or the levels that you know of."), code="unknown-and-known"
            )
        return levels

    def save(self) -> Facts:
        """Write the columns of this page and no others."""
        for name, value in self.cleaned_data.items():
            if name in FACT_COLUMNS:
                setattr(self.instance, name, value)
        if "levels" in self.cleaned_data:
            chosen = self.cleaned_data["levels"]
            for column, level in LEVEL_COLUMNS.items():
                setattr(self.instance, column, level.value in chosen if chosen else None)
        self.instance.save(update_fields=self.page.columns)
        return self.instance


def recorded_levels(facts: Facts) -> list[str]:
    """The levels as the form ticks them: those recorded, "unknown" for none, nothing while not asked."""
    if facts.levels_individual is None:
        return []
    return [level.value for column, level in LEVEL_COLUMNS.items() if getattr(facts, column)] or ["unknown"]
