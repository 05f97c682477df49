"""``manage.py seed_demo``: a believable organisation with assessed activities, in the demo alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from assessments.models import (
    Activity,
    Assessment,
    Facts,
    InstrumentVersion,
    Invitation,
    Membership,
    Organisation,
    Participant,
    Participation,
    Project,
    Service,
    User,
)
from assessments.models.user import DEMO_PASSWORD
from assessments.rules import Case, Instrument, Side, read_case, values
from assessments.workflow import assessment as workflow
from assessments.workflow import invitations
from assessments.workflow.instrument import as_instrument

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


class Account(NamedTuple):
    """A demo account: who it is, and which part it has."""

    username: str
    first_name: str
    last_name: str
    role: str | None
    group: str | None


ACCOUNTS = [
    Account("manager", "Mina", "Marsh", "manager", None),
    Account("lead", "Leo", "Lund", "lead", None),
    Account("staff", "Sam", "Stone", "staff", None),
    Account("researcher", "Rosa", "Reed", None, "researchers"),
    Account("curator", "Cora", "Cole", None, "curators"),
]
COLLEAGUES = [("Ana", "Ash"), ("Bilal", "Birch"), ("Chloe", "Cedar"), ("Dev", "Dale")]


class DemoActivity(NamedTuple):
    """A worked example as the demo shows it: its file, its title in the service, and its waves' months."""

    example: str
    title: str
    description: str
    waves: tuple[date, ...] = (date(2026, 6, 15),)


class DemoService(NamedTuple):
    """A service of the demo and its activities."""

    name: str
    description: str
    activities: tuple[DemoActivity, ...]


SERVICES = [
    DemoService(
        "Family and Early Years",
        "Support for families from pregnancy until school.",
        (
            DemoActivity(
                "family-nurse-partnership",
                "Home visits to young mothers",
                "A family nurse visits a young mother at home until the child is two. They plan each visit "
                "together.",
                (date(2025, 5, 12), date(2026, 5, 18)),
            ),
            DemoActivity(
                "babysitting-circle",
                "Neighbours’ babysitting circle",
                "Parents look after one another’s children and keep count of the hours among themselves.",
            ),
        ),
    ),
    DemoService(
        "Health and Wellbeing",
        "Community health: long-term conditions, mental health and the eye clinic.",
        (
            DemoActivity(
                "nurse-coaching",
                "Living with diabetes",
                "People manage their condition day by day, with a nurse as their coach.",
            ),
            DemoActivity(
                "mental-health-peer-group",
                "Thursday peer group",
                "Members plan and lead a weekly group, hosted by the community mental health team.",
            ),
            DemoActivity(
                "clinic-redesign-panel",
                "Eye clinic panel",
                "Patients and staff redesigned the clinic together. Staff now run it.",
            ),
        ),
    ),
    DemoService(
        "Adult Social Care",
        "Care and support for disabled and older people.",
        (
            DemoActivity(
                "personalised-budget",
                "Personal budgets",
                "Disabled people plan and direct their own support with a support planner.",
            ),
            DemoActivity(
                "closed-day-centre",
                "After the day centre",
                "The day centre was closed. Each user now arranges their own days with a small payment.",
            ),
            DemoActivity(
                "choice-of-provider",
                "Choosing a home care agency",
                "People choose an agency from a list. The agency then delivers the care.",
            ),
        ),
    ),
    DemoService(
        "Neighbourhoods and Libraries",
        "Libraries, leisure, safer streets and community projects.",
        (
            DemoActivity(
                "community-programme",
                "Safer Elm Road",
                "Residents and officials run a neighbourhood safety programme together.",
                (date(2024, 10, 7), date(2025, 10, 6)),
            ),
            DemoActivity(
                "residents-food-project",
                "Saturday community meal",
                "Residents cook a weekly meal in the school kitchen, with help from a council worker.",
            ),
            DemoActivity(
                "volunteers-co-run-sessions",
                "Reading hour",
                "Volunteers and library staff run reading sessions for children.",
            ),
            DemoActivity(
                "satisfaction-survey",
                "Leisure centre survey",
                "The leisure centre sends its users a survey every year.",
            ),
        ),
    ),
    DemoService(
        "Public Protection",
        "Food safety and road safety.",
        (
            DemoActivity(
                "cafe-temperature-records",
                "Cafés’ temperature records",
                "Cafés keep the records that their food inspector requires.",
            ),
            DemoActivity(
                "speed-limits",
                "Speed limits outside schools",
                "Drivers keep to the limit outside schools.",
            ),
        ),
    ),
]

BEING_ASSESSED = DemoActivity(
    "volunteers-co-run-sessions",
    "Home library visits",
    "Volunteers and library staff bring books to people who cannot leave home.",
)
"""An activity of the last but one service whose first wave is open."""

PUBLISHED = "Safer Elm Road"
"""The activity whose last result everybody may read: enough participants answered."""


class Command(BaseCommand):
    """Add the demo's accounts and its assessed activities, once; a second call keeps everything."""

    help = "Seeds a believable organisation. Refuses outside the demo (DEMO=yes)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--site", default="", help="the site's address, to give whole links")

    def handle(self, *args, **options) -> None:
        if not settings.DEMO:
            raise CommandError("Demo accounts belong in the demo alone. Set DEMO=yes to seed one.")
        version = InstrumentVersion.objects.current()
        if version is None:
            raise CommandError("No instrument is published. Run manage.py load_instrument first.")
        if not User.objects.filter(is_demo=True).exists():
            with transaction.atomic():
                self.seed(as_instrument(version))
        if options["verbosity"]:
            self.stdout.write(f"Sign in as one of these people (the password of each is {DEMO_PASSWORD}):")
            for account in ACCOUNTS:
                self.stdout.write(f"  {account.username:12}{account.first_name} {account.last_name}")
            for link in Invitation.objects.filter(
                kind=Invitation.Kind.GROUP,
                revoked_on=None,
                assessment__in=Assessment.objects.open().filter(opened_by__is_demo=True),
            ):
                self.stdout.write(
                    f"To answer as a participant, open {options['site']}{link.get_absolute_url()}"
                )

    def seed(self, instrument: Instrument) -> None:
        """Write everything."""
        organisation = Organisation.objects.create(name="Elm Borough Council")
        people = {account.username: self.account(account, organisation) for account in ACCOUNTS}
        colleagues = [self.colleague(names, organisation) for names in COLLEAGUES]
        staff = [people["manager"], people["staff"], *colleagues]
        for number, demo in enumerate(SERVICES):
            service = Service.objects.create(
                organisation=organisation,
                name=demo.name,
                slug=demo.name.lower().replace(" ", "-"),
                description=demo.description,
                contact=f"the {demo.name} team, 020 7946 0000",
                shared_for_research=number != len(SERVICES) - 1,
            )
            service.managers.add(people["manager"])
            for activity in demo.activities:
                self.activity(service, activity, instrument, staff)
        self.open_wave(Service.objects.get(slug="neighbourhoods-and-libraries"), instrument, staff)
        Project.objects.create(
            researcher=people["researcher"],
            name="Who does the work in shared services",
            purpose="A doctoral thesis on what staff and the people who use a service see differently.",
        )
        shown = Assessment.objects.filter(activity__title=PUBLISHED).order_by("wave").last()
        workflow.publish(
            shown,
            note="Thank you to everybody who answered. In spring we will talk about this result together.",
            on=timezone.localdate(shown.closed_at),
        )

    def account(self, account: Account, organisation: Organisation) -> User:
        user = User.objects.create_user(
            account.username,
            f"{account.username}@example.org",
            DEMO_PASSWORD,
            first_name=account.first_name,
            last_name=account.last_name,
            is_demo=True,
            is_staff=account.group == "curators",
        )
        if account.role:
            Membership.objects.create(user=user, organisation=organisation, role=account.role)
        if account.group:
            user.groups.add(Group.objects.get(name=account.group))
        return user

    def colleague(self, names: tuple[str, str], organisation: Organisation) -> User:
        """A member of staff who answered, but cannot sign in."""
        user = User.objects.create_user(
            names[0].lower(), first_name=names[0], last_name=names[1], is_demo=True
        )
        Membership.objects.create(user=user, organisation=organisation, role="staff")
        return user

    def activity(
        self, service: Service, demo: DemoActivity, instrument: Instrument, staff: list[User]
    ) -> None:
        """One activity with its closed waves. An earlier wave rates a little lower than the last."""
        case = read_case(EXAMPLES / f"{demo.example}.toml", instrument).case
        activity = self.described(service, demo, case)
        for number, day in enumerate(reversed(demo.waves)):
            opened = datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
            wave = Assessment.objects.create(
                activity=activity,
                wave=len(demo.waves) - number,
                instrument_version=InstrumentVersion.objects.current(),
                opened_by=staff[0],
                opened_at=opened,
            )
            earlier = bool(number)
            self.answers(
                wave,
                lowered(case) if earlier else case,
                staff,
                day + timedelta(days=7),
                all_agree=not earlier,
            )
            workflow.close(wave, by=staff[0], at=opened + timedelta(days=21))

    def open_wave(self, service: Service, instrument: Instrument, staff: list[User]) -> None:
        """An activity that is being assessed now: one colleague has answered, another is invited, and
        participants have a link for all of them."""
        case = read_case(EXAMPLES / f"{BEING_ASSESSED.example}.toml", instrument).case
        activity = self.described(service, BEING_ASSESSED, case)
        wave = workflow.begin(activity, by=staff[0], at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC))
        wave.invited.add(*staff[1:3])
        answer = next(response for response in case.responses if response.side is Side.STAFF)
        workflow.record(wave, [(answer, {"respondent": staff[2], "submitted_on": date(2026, 11, 4)})])
        invitations.invite_group(wave, limit=20, ends_on=timezone.localdate() + timedelta(days=90))

    def described(self, service: Service, demo: DemoActivity, case: Case) -> Activity:
        """The activity with its facts and with people who take part."""
        activity = Activity.objects.create(
            service=service,
            title=demo.title,
            description=demo.description,
            facts=Facts.objects.create(**workflow.facts_columns(case.facts)),
        )
        people = sum(response.side is Side.PARTICIPANT for response in case.responses)
        phases = {
            phase.value: case.facts.part(phase) in {values.Part.SHARED, values.Part.ALONE}
            for phase in values.Phase
        }
        for number in range(1, people + 1):
            participant = Participant.objects.create(
                service=service,
                research_consent=True,
                reference=f"{''.join(word[0] for word in demo.title.split()).upper()}-{number:02}",
            )
            Participation.objects.create(
                participant=participant,
                activity=activity,
                asked=("personally", "by_staff", "open_call", "unknown")[number % 4],
                since=date(2024, 1 + number % 12, 1),
                **phases,
            )
        return activity

    def answers(self, wave: Assessment, case: Case, staff: list[User], on: date, *, all_agree: bool) -> None:
        """Everybody's answers; all participants agree to research, or one in seven does not."""
        respondents = iter(staff)
        workflow.record(
            wave,
            [
                (
                    response,
                    {"respondent": next(respondents), "submitted_on": on}
                    if response.side is Side.STAFF
                    else {"submitted_on": on, "research_consent": all_agree or number % 7 != 0},
                )
                for number, response in enumerate(case.responses)
            ],
        )


def lowered(case: Case) -> Case:
    """The case as it may have been a year before: every second rating of 3 or 4 one step lower."""
    responses = []
    for response in case.responses:
        answers = dict(response.answers)
        for number, (code, answer) in enumerate(response.answers.items()):
            if number % 2 and isinstance(answer, int) and answer >= 3:
                answers[code] = answer - 1
        responses.append(values.Response(side=response.side, form=response.form, answers=answers))
    return values.Case(facts=case.facts, responses=tuple(responses))
