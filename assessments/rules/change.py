"""What would change the result: the facts and ratings nearest to a gate or a band.

Found by asking the gates again with one thing changed at a time, and with the smallest set of facts that
would make an activity count.
"""

from __future__ import annotations

from assessments.rules.candidate import Candidate
from assessments.rules.change_facts import single_facts, smallest_set
from assessments.rules.change_ratings import shifts
from assessments.rules.profile import Change
from assessments.rules.standing import Standing
from assessments.rules.values import Counts

MOST = 12
"""How many changes are listed at the most."""


def would_change(standing: Standing) -> tuple[Change, ...]:
    """At most twelve changes, the most decisive first: what moves the verdict, then gates and bands.

    The smallest set of facts stands among them when the activity does not count and no single fact
    would make it count.
    """
    facts = list(single_facts(standing))
    candidates = [*facts, *shifts(standing)]
    if standing.verdict.counts is not Counts.YES and all(one.counts is not Counts.YES for one in facts):
        candidates = [*smallest_set(standing), *candidates]
    candidates.sort(key=Candidate.place)
    return tuple(candidate.change for candidate in candidates[:MOST])
