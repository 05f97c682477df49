"""Names: what each code is called, in a word or a few."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

COUNTS = {
    "yes": _("Coproduction"),
    "partial": _("Partly coproduction"),
    "no": _("Not coproduction"),
    "contested": _("Contested"),
    "undetermined": _("Not yet clear"),
}

KINDS = {
    "full": _("designed and delivered together"),
    "co_delivery": _("delivered together"),
    "shaping": _("shaped together, delivered by staff"),
    "compliance": _("compliance"),
    "consultation": _("consultation"),
    "conventional": _("conventional service"),
    "substitution": _("substitution"),
    "parallel": _("parallel production"),
}

GATES = {
    "voluntary": _("People take part freely and knowingly"),
    "production": _("People help to produce the service"),
    "agency": _("A public service works with them"),
    "resources": _("Public resources support it"),
    "additive": _("It adds to what staff do, and does not replace them"),
    "delivery": _("People help to deliver it"),
}

STATES = {
    "pass": _("Met"),
    "fail": _("Not met"),
    "unknown": _("Not known"),
    "contested": _("Contested by participants"),
}

DIMENSIONS = {
    "additive": _("Additive"),
    "voluntary": _("Voluntary"),
    "individual_collective": _("Individual and collective"),
    "relational": _("Relational"),
    "product": _("Product"),
    "motives": _("Motives"),
}

BANDS = {
    "additive": {
        "opposite": _("towards substitutive"),
        "mixed": _("mixed"),
        "coproduction": _("towards additive"),
    },
    "voluntary": {
        "opposite": _("towards compliant"),
        "mixed": _("mixed"),
        "coproduction": _("towards voluntary"),
    },
    "individual_collective": {
        "opposite": _("weak on every level"),
        "mixed": _("partly there"),
        "coproduction": _("strong on one level at least"),
    },
    "relational": {
        "opposite": _("towards transactional"),
        "mixed": _("mixed"),
        "coproduction": _("towards relational"),
    },
    "product": {
        "opposite": _("towards counting outputs"),
        "mixed": _("mixed"),
        "coproduction": _("towards outcomes"),
    },
}

LEVELS = {
    "individual": _("individual"),
    "group": _("group"),
    "collective": _("collective"),
}

MOTIVES = {
    "M1": _("It helps me feel better about who I am"),
    "M2": _("I belong here"),
    "M3": _("I have a say and act for myself"),
    "M4": _("I do it with and for people I know"),
    "M5": _("It is right to do"),
    "M6": _("I get something material for it"),
    "M7": _("Someone I know and trust asked me"),
}

SIDES = {"staff": _("staff"), "participants": _("participants")}

AGREEMENT = {
    "agree": _("they agree"),
    "differ": _("they differ"),
    "split": _("they are split"),
}

RULESETS = {
    "bussu-2014": _("Bussu’s Defining Coproduction (2014)"),
    "four-cos": _("the wider reading, the four Cos"),
}

FACTS = {
    "phases.commission": _("Deciding what is needed"),
    "phases.design": _("Designing it"),
    "phases.deliver": _("Delivering it"),
    "phases.assess": _("Judging how it went"),
    "agency": _("Working contact with a public service"),
    "public_resources": _("Public resources"),
    "basis": _("Terms of taking part"),
    "intentional": _("People know what it involves and mean to contribute"),
    "staff_time": _("Staff time for the tasks that people now do"),
    "levels": _("Recorded levels"),
    "task": _("People’s part in the service"),
}

CONTEXT = {
    "relational_service": _("The service depends on people knowing one another"),
    "specialised": _("The work needs highly specialised skills"),
    "decentralised": _("The people on the spot decide how it is done"),
    "invested": _("Money or time was put in to get it going"),
    "asked_personally": _("People were asked by someone they know and trust"),
    "capital": _("People have the networks, confidence and time it needs"),
    "leadership": _("Senior people back it"),
    "easy_access": _("It is easy to join and to get to"),
    "cuts": _("The budget was cut in the last two years"),
    "costs_on_people": _("People pay costs that the service used to pay"),
    "liability_on_people": _("People carry risks that the service used to carry"),
    "same_few_people": _("It always rests on the same few people"),
    "support_withdrawn": _("Support for people was taken away"),
    "hostility": _("There is hostility between staff and people, or among people"),
    "unspoken_duty": _("People feel they must take part, even if nobody says so"),
}

_PART = {
    "none": _("staff do this alone, or nobody does"),
    "consulted": _("people are asked, and staff decide"),
    "shared": _("people and staff do this together"),
    "alone": _("people do this without staff"),
}

_YES_NO = {"yes": pgettext_lazy("fact", "yes"), "no": pgettext_lazy("fact", "no")}

VALUES = {
    "phases.commission": _PART,
    "phases.design": _PART,
    "phases.deliver": _PART,
    "phases.assess": _PART,
    "agency": {
        "none": pgettext_lazy("contact", "none"),
        "occasional": _("now and then"),
        "ongoing": _("ongoing"),
    },
    "public_resources": _YES_NO,
    "basis": {
        "chosen": _("chosen freely"),
        "chosen_with_duties": _("chosen freely, with duties inside"),
        "required": _("required of them"),
        "general_rule": _("a rule that applies to everybody"),
    },
    "intentional": _YES_NO,
    "staff_time": {
        "kept": _("kept"),
        "reduced": _("reduced"),
        "withdrawn": _("withdrawn"),
    },
    "task": {"core": _("in the core of the service"), "complementary": _("beside the core of the service")},
    **{f"context.{name}": _YES_NO for name in CONTEXT},
}
"""What each fact may be, by its code; ``unknown`` is "not known" everywhere."""

UNKNOWN = _("not known")

RATINGS = [
    ("0", pgettext_lazy("rating", "Not at all")),
    ("1", pgettext_lazy("rating", "A little")),
    ("2", pgettext_lazy("rating", "Partly")),
    ("3", pgettext_lazy("rating", "Mostly")),
    ("4", pgettext_lazy("rating", "Fully")),
    ("dk", pgettext_lazy("rating", "I don’t know")),
    ("na", pgettext_lazy("rating", "Does not apply")),
]
"""What may be answered to an item, in words. Each radio carries its own."""

RATING_WORDS = dict(RATINGS)
"""The same by what stands for them."""
