"""The values that the rules take and give: frozen, typed, and free of any framework.

Everything that is read from a case file or from database rows becomes one of these values before a
rule sees it, and every rule answers with one of them. The members' values (``"chosen_with_duties"``,
``"A4"`` …) are a public contract: case files, exports and other people's scripts use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fractions import Fraction

RULES_VERSION = 1
"""Raised with every change of behaviour of the rules. Stored with each result."""

MAX_RATING = 4
"""Ratings are whole numbers from 0 (not at all) to 4 (fully)."""


class Phase(StrEnum):
    """A phase of a service in which people may take part."""

    COMMISSION = "commission"
    DESIGN = "design"
    DELIVER = "deliver"
    ASSESS = "assess"


class Part(StrEnum):
    """The part that people (users, carers, residents) play in a phase."""

    NONE = "none"
    CONSULTED = "consulted"
    SHARED = "shared"
    ALONE = "alone"
    UNKNOWN = "unknown"


class Agency(StrEnum):
    """Working contact with a public service."""

    NONE = "none"
    OCCASIONAL = "occasional"
    ONGOING = "ongoing"
    UNKNOWN = "unknown"


class Known(StrEnum):
    """A fact that is so, is not so, or is not known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """On what terms people take part."""

    CHOSEN = "chosen"
    CHOSEN_WITH_DUTIES = "chosen_with_duties"
    REQUIRED = "required"
    GENERAL_RULE = "general_rule"
    UNKNOWN = "unknown"


class StaffTime(StrEnum):
    """What became of staff time for the tasks that people now do."""

    KEPT = "kept"
    REDUCED = "reduced"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """Whose involvement: one person's own plan, people alike together, the whole community."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    COLLECTIVE = "collective"


class Task(StrEnum):
    """People's part in the core service or beside it. Changes wording, never the verdict."""

    CORE = "core"
    COMPLEMENTARY = "complementary"
    UNKNOWN = "unknown"


class Context(StrEnum):
    """Circumstances that help or hinder; they never score."""

    RELATIONAL_SERVICE = "relational_service"
    SPECIALISED = "specialised"
    DECENTRALISED = "decentralised"
    INVESTED = "invested"
    ASKED_PERSONALLY = "asked_personally"
    CAPITAL = "capital"
    LEADERSHIP = "leadership"
    EASY_ACCESS = "easy_access"
    CUTS = "cuts"
    COSTS_ON_PEOPLE = "costs_on_people"
    LIABILITY_ON_PEOPLE = "liability_on_people"
    SAME_FEW_PEOPLE = "same_few_people"
    SUPPORT_WITHDRAWN = "support_withdrawn"
    HOSTILITY = "hostility"
    UNSPOKEN_DUTY = "unspoken_duty"


class Side(StrEnum):
    """Who answered: the service's staff, or the people who take part."""

    STAFF = "staff"
    PARTICIPANT = "participant"


class Form(StrEnum):
    """All items of a side, or a participant's short form (the starred items, no motives)."""

    FULL = "full"
    SHORT = "short"


class Missing(StrEnum):
    """Why an item that was asked has no rating. Neither is ever read as zero."""

    DK = "dk"
    NA = "na"


class Dimension(StrEnum):
    """The four dimensions of the process, then the product and the motives."""

    ADDITIVE = "additive"
    VOLUNTARY = "voluntary"
    INDIVIDUAL_COLLECTIVE = "individual_collective"
    RELATIONAL = "relational"
    PRODUCT = "product"
    MOTIVES = "motives"


PROCESS = (Dimension.ADDITIVE, Dimension.VOLUNTARY, Dimension.INDIVIDUAL_COLLECTIVE, Dimension.RELATIONAL)
"""The dimensions of the process, in the order in which they are shown."""

SCORED = (*PROCESS, Dimension.PRODUCT)
"""Every dimension that gets a score: the process, and the product apart from it."""


class Pole(StrEnum):
    """Whether agreement with an item speaks for the coproduction pole or against it."""

    PLUS = "+"
    MINUS = "-"


class Who(StrEnum):
    """Which side is asked an item."""

    STAFF = "staff"
    PARTICIPANT = "participant"
    BOTH = "both"


ASKED: Mapping[Who, frozenset[Side]] = {
    Who.STAFF: frozenset({Side.STAFF}),
    Who.PARTICIPANT: frozenset({Side.PARTICIPANT}),
    Who.BOTH: frozenset(Side),
}
"""Which sides are asked an item."""


class GateName(StrEnum):
    """The necessary conditions, in the order in which they are evaluated."""

    VOLUNTARY = "voluntary"
    PRODUCTION = "production"
    AGENCY = "agency"
    RESOURCES = "resources"
    ADDITIVE = "additive"
    DELIVERY = "delivery"


class State(StrEnum):
    """What a gate says."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    CONTESTED = "contested"


class Counts(StrEnum):
    """Whether the activity counts as coproduction under a rule-set."""

    YES = "yes"
    PARTIAL = "partial"
    NO = "no"
    CONTESTED = "contested"
    UNDETERMINED = "undetermined"


class Kind(StrEnum):
    """What the activity is: a kind of coproduction, or what it is instead."""

    FULL = "full"
    CO_DELIVERY = "co_delivery"
    SHAPING = "shaping"
    COMPLIANCE = "compliance"
    CONSULTATION = "consultation"
    CONVENTIONAL = "conventional"
    SUBSTITUTION = "substitution"
    PARALLEL = "parallel"


class Agreement(StrEnum):
    """How far the people of one side agree with each other."""

    AGREE = "agree"
    DIFFER = "differ"
    SPLIT = "split"


class Band(StrEnum):
    """Where a score lies between the two poles of its dimension."""

    OPPOSITE = "opposite"
    MIXED = "mixed"
    COPRODUCTION = "coproduction"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What staff recorded of an activity. Everything left out is unknown; no levels means unknown."""

    phases: Mapping[Phase, Part] = field(default_factory=dict)
    agency: Agency = Agency.UNKNOWN
    public_resources: Known = Known.UNKNOWN
    basis: Basis = Basis.UNKNOWN
    intentional: Known = Known.UNKNOWN
    staff_time: StaffTime = StaffTime.UNKNOWN
    levels: frozenset[Level] = frozenset()
    task: Task = Task.UNKNOWN
    context: Mapping[Context, Known] = field(default_factory=dict)

    def part(self, phase: Phase) -> Part:
        """The part people play in ``phase``; ``Part.UNKNOWN`` when it was not recorded."""
        return self.phases.get(phase, Part.UNKNOWN)

    def circumstance(self, name: Context) -> Known:
        """Whether a circumstance holds; ``Known.UNKNOWN`` when it was not recorded."""
        return self.context.get(name, Known.UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One question of the instrument, as far as it bears on a score.

    Exactly one of ``pole`` (it scores), ``level`` (it gives a level its strength) and ``note`` (it is
    reported, never scored; for motives, the kind of motive) is set. ``weight`` is above zero.
    """

    code: str
    dimension: Dimension
    who: Who = Who.BOTH
    pole: Pole | None = None
    level: Level | None = None
    note: str | None = None
    weight: Fraction = Fraction(1)
    short: bool = False

    def __hash__(self) -> int:
        # Equal items have equal codes; the other fields would cost more to hash than they tell apart.
        return hash(self.code)

    def asked_of(self, side: Side, form: Form = Form.FULL) -> bool:
        """Whether this item stands on the given form of the given side."""
        return side in ASKED[self.who] and (self.short or form is Form.FULL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """The numbers that decide; every one of them is data of an instrument version.

    Scores and gaps are on 0–100, ratings on 0–4, agreement and coverage on 0–1, counts in people.
    """

    min_coverage: Fraction = Fraction(2, 3)
    band_mixed_from: Fraction = Fraction(40)
    band_coproduction_from: Fraction = Fraction(60)
    additive_gate_from: Fraction = Fraction(40)
    individualised_additive_below: Fraction = Fraction(50)
    gap_noted_from: Fraction = Fraction(15)
    low_mean_to: Fraction = Fraction(1)
    high_mean_from: Fraction = Fraction(3)
    weak_level_to: Fraction = Fraction(25)
    strong_level_from: Fraction = Fraction(75)
    agree_from: Fraction = Fraction(7, 10)
    differ_from: Fraction = Fraction(3, 10)
    min_raters_for_agreement: int = 3
    min_participants: int = 5
    min_participants_public: int = 8


THRESHOLDS = tuple(field.name for field in fields(Thresholds))
"""Their names, in this order. Whatever has a word for each of them takes the names from here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Instrument:
    """A version of the instrument: its items, its numbers, and which gates each rule-set requires."""

    version: str
    items: tuple[Item, ...]
    rulesets: Mapping[str, frozenset[GateName]]
    thresholds: Thresholds = Thresholds()


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """One filled form: a rating from 0 to 4, or a reason for its absence, by item code."""

    side: Side
    answers: Mapping[str, int | Missing]
    form: Form = Form.FULL


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What is assessed: the facts of an activity and the responses of one wave, in any order."""

    facts: Facts
    responses: tuple[Response, ...] = ()
