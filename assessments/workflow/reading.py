"""A closed wave read under another version or rule-set, beside its result. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assessments.disclosure import disclose, disclose_again
from assessments.models import Assessment, InstrumentVersion, Result
from assessments.rules import RULES_VERSION, assess

from .closed import chunks, crossing
from .instrument import as_instrument


@dataclass(frozen=True)
class Reading:
    """What the rules say of a wave under a version and a rule-set that need not be its own."""

    profile: Mapping
    """The record, as a :class:`assessments.models.Result` stores it."""
    rules_version: int
    participants_withheld: bool
    floor: int
    """How many participants had to answer for their side to be heard."""
    left_out: tuple[str, ...]
    """Items that the wave rated and the version does not ask, by their codes."""
    added: tuple[str, ...]
    """Items that the version asks and the wave was not asked."""


def read_under(assessment: Assessment, version: InstrumentVersion, ruleset: str) -> Reading:
    """A closed wave under ``version``. Under its own version it is what was stored.

    Raises LookupError when the version has no such rule-set.
    """
    own = as_instrument(assessment.instrument_version)
    if version == assessment.instrument_version:
        stored = Result.objects.filter(assessment=assessment, ruleset=ruleset).first()
        if stored is None:
            raise LookupError(ruleset)
        return Reading(
            profile=stored.profile,
            rules_version=stored.rules_version,
            participants_withheld=stored.participants_withheld,
            floor=own.thresholds.min_participants,
            left_out=(),
            added=(),
        )
    other = as_instrument(version)
    if ruleset not in other.rulesets:
        raise LookupError(ruleset)
    [[wave]] = chunks(Assessment.objects.filter(pk=assessment.pk))
    floor = max(own.thresholds.min_participants, other.thresholds.min_participants)
    shown = disclose(wave.case, own)
    found = disclose_again(shown, crossing(own, other)(shown.case), own, other)
    profile = assess(found.case, other, ruleset=ruleset, min_participants=floor)
    before, now = ({item.code for item in instrument.items} for instrument in (own, other))
    return Reading(
        profile=profile.as_dict(),
        rules_version=RULES_VERSION,
        participants_withheld=found.participants_withheld,
        floor=floor,
        left_out=tuple(sorted(before - now)),
        added=tuple(sorted(now - before)),
    )
