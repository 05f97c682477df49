"""What would change: every closed wave judged again under a version, beside what was stored. Writes nothing.

Answers are matched to the version's items by code. What it no longer asks is left out; what it asks anew
counts as "does not apply". Participants are protected by the higher floor of the two versions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from django.db.models import F, QuerySet

from assessments.disclosure import Disclosed, disclose, disclose_again
from assessments.models import Assessment, InstrumentVersion, Result
from assessments.rules import Judgement, judge, values
from assessments.rules.figures import rounded

from .closed import Crossing, Instruments, Wave, chunks, crossing
from .instrument import as_instrument

Reasons = tuple[str, ...]
"""What moved, as codes: ``additive=41.7→38.2``, ``gates.additive=pass→fail``, ``band_mixed_from=40→45``."""

NONE = "none"
RAISED, NOT_RAISED = "yes", "no"

GATE_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "voluntary": ("low_mean_to", "high_mean_from"),
    "agency": ("high_mean_from",),
    "additive": ("min_coverage", "additive_gate_from", "high_mean_from"),
}
BAND_NUMBERS = ("min_coverage", "band_mixed_from", "band_coproduction_from")
FLAG_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "offloading": ("additive_gate_from", "high_mean_from"),
    "individualised_substitutive": ("individualised_additive_below",),
    "contested": ("low_mean_to", "high_mean_from"),
    "transactional": ("band_mixed_from",),
    "perception": ("gap_noted_from",),
    "no_outcomes": ("band_mixed_from",),
    "hidden_duty": ("high_mean_from",),
}
"""The thresholds that a gate, a band or a flag reads: they are named as reasons where they changed."""


HEADER = ["assessment", "activity", "wave", "version", "ruleset", "what", "from", "to", "because"]
"""The columns of the list of changes. ``what`` is ``unread`` for a wave that could not be judged."""


COMPARED = ("counts", "kind", "gates", "dimensions", "product", "flags")
"""The keys of a stored record that a wave is compared by."""


class Unread(StrEnum):
    """Why a wave could not be judged under the version."""

    NO_RESULT = "no_result"
    """Nothing is stored under the wave's rule-set."""
    NO_RULESET = "no_ruleset"
    """The version has no such rule-set."""
    NO_ITEM = "no_item"
    """People rated items, and the version asks none of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would come out differently: ``counts``, ``kind``, ``bands.<dimension>`` or
    ``flags.<flag>`` (``yes`` when raised), from what, to what, and because of what."""

    what: str
    before: str
    after: str
    because: Reasons

    @property
    def topic(self) -> str:
        """``counts``, ``kind``, ``bands`` or ``flags``."""
        return self.what.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """One closed wave: what would change, or why it could not be judged."""

    assessment: Assessment
    version: str
    """The number of the version that it was answered under."""
    changes: tuple[Change, ...] = ()
    unread: Unread | None = None

    def lines(self, *, assessment: str, activity: str, figures: bool) -> Iterator[list[str]]:
        """A line for each change, or for why there is none to tell; cells as in :data:`HEADER`.

        ``assessment`` and ``activity`` are what the wave and its activity are called. Without ``figures``
        the reasons say only what moved: a score of few people is nothing for whoever may not read results.
        """
        place = [assessment, activity, str(self.assessment.wave), self.version, self.assessment.ruleset]
        if self.unread:
            yield [*place, "unread", "", "", self.unread.value]
        for change in self.changes:
            reasons = change.because if figures else dict.fromkeys(map(_subject, change.because))
            yield [*place, change.what, change.before, change.after, ";".join(reasons)]


@dataclass
class Totals:
    """How many waves there are, could not be judged, would change at all, and in what."""

    waves: int = 0
    changed: int = 0
    unread: Counter[Unread] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    """Waves by what changes in them: counts, kind, bands, flags."""
    moves: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Waves by what changes, from what, to what."""

    def counting(self, waves: Iterable[Recomputed]) -> Iterator[Recomputed]:
        """The same waves, each counted as it goes by."""
        for found in waves:
            self.waves += 1
            self.changed += bool(found.changes)
            if found.unread:
                self.unread[found.unread] += 1
            self.topics.update({change.topic for change in found.changes})
            self.moves.update((change.what, change.before, change.after) for change in found.changes)
            yield found


def impact(version: InstrumentVersion, waves: QuerySet[Assessment] | None = None) -> Iterator[Recomputed]:
    """Every closed wave (of ``waves``) by its key, judged under ``version``, be it a draft or published.

    Takes a fixed number of queries for each chunk of waves, and three for each version that they used.
    """
    draft, instruments = as_instrument(version), Instruments()
    crossings: dict[int, Crossing] = {}
    for chunk in chunks(Assessment.objects.all() if waves is None else waves):
        stored = _stored(chunk)
        for wave in chunk:
            used = wave.assessment.instrument_version_id
            own = instruments[used]
            if used not in crossings:
                crossings[used] = crossing(own, draft)
            shown = disclose(wave.case, own)
            case = crossings[used](shown.case)
            yield _recompute(wave, shown, case, stored.get(wave.assessment.pk), own, draft)


def _stored(chunk: Collection[Wave]) -> dict[int, tuple[bool, Mapping]]:
    """What is stored of each wave under its own rule-set: whether participants are withheld, the record.

    Of the record only :data:`COMPARED`: to read the rest takes as long again.
    """
    rows = Result.objects.filter(
        assessment__in=[wave.assessment.pk for wave in chunk], ruleset=F("assessment__ruleset")
    ).values_list("assessment_id", "participants_withheld", *(f"profile__{key}" for key in COMPARED))
    return {pk: (withheld, dict(zip(COMPARED, found, strict=True))) for pk, withheld, *found in rows}


def _recompute(
    wave: Wave,
    shown: Disclosed,
    case: values.Case,
    stored: tuple[bool, Mapping] | None,
    own: values.Instrument,
    draft: values.Instrument,
) -> Recomputed:
    """One wave. ``shown`` is what its result rests on; ``case`` is the same with the items of ``draft``."""
    ruleset = wave.assessment.ruleset
    if stored is None:
        return Recomputed(wave.assessment, own.version, unread=Unread.NO_RESULT)
    if ruleset not in draft.rulesets:
        return Recomputed(wave.assessment, own.version, unread=Unread.NO_RULESET)
    if _rated(shown.case) and not _rated(case):
        return Recomputed(wave.assessment, own.version, unread=Unread.NO_ITEM)
    floor = max(own.thresholds.min_participants, draft.thresholds.min_participants)
    disclosed = disclose_again(shown, case, own, draft, floor=floor)
    before = Outcome.of_record(stored[1], withheld=stored[0])
    after = Outcome.of_judgement(
        judge(disclosed.case, draft, ruleset=ruleset, min_participants=floor),
        withheld=disclosed.participants_withheld,
    )
    if before.tells == after.tells:
        return Recomputed(wave.assessment, own.version)
    return Recomputed(
        wave.assessment, own.version, tuple(_changes(before, after, own.thresholds, draft.thresholds))
    )


def _rated(case: values.Case) -> bool:
    """Whether anybody rated anything."""
    return any(isinstance(answer, int) for response in case.responses for answer in response.answers.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a wave comes out: from a stored record, or from the rules."""

    tells: Mapping[str, str]
    """Counts, kind, the bands and the flags that are raised: what a change is counted by."""
    gates: Mapping[str, tuple[str, bool, Reasons]]
    """State, whether it is required, and the reasons, by gate."""
    scores: Mapping[str, str]
    flags: Mapping[str, Reasons]
    withheld: bool

    @classmethod
    def of_record(cls, record: Mapping, *, withheld: bool) -> Outcome:
        """From the stored record of a result, as far as :data:`COMPARED`."""
        dimensions = {**record["dimensions"], "product": record["product"]}
        flags = {flag["code"]: tuple(flag["because"]) for flag in record["flags"]}
        bands = {code: found["band"] for code, found in dimensions.items()}
        return cls(
            tells=_tells(record["counts"], record["kind"], bands, flags),
            gates={
                name: (gate["state"], gate["required"], tuple(gate["because"]))
                for name, gate in record["gates"].items()
            },
            scores={code: _shown(found["score"]) for code, found in dimensions.items()},
            flags=flags,
            withheld=withheld,
        )

    @classmethod
    def of_judgement(cls, found: Judgement, *, withheld: bool) -> Outcome:
        """From what the rules say now."""
        flags = {flag.code: flag.because for flag in found.flags}
        bands = {code: score.band for code, score in found.dimensions.items()}
        return cls(
            tells=_tells(found.verdict.counts, found.verdict.kind, bands, flags),
            gates={name: (gate.state, gate.required, gate.because) for name, gate in found.gates.items()},
            scores={
                code: _shown(None if score.score is None else rounded(score.score))
                for code, score in found.dimensions.items()
            },
            flags=flags,
            withheld=withheld,
        )


def _tells(
    counts: str, kind: str | None, bands: Mapping[str, str | None], flags: Iterable[str]
) -> dict[str, str]:
    return {
        "counts": str(counts),
        "kind": str(kind or NONE),
        **{f"bands.{code}": str(band or NONE) for code, band in bands.items()},
        **{f"flags.{code}": RAISED for code in flags},
    }


def _shown(score: float | None) -> str:
    return NONE if score is None else str(score)


def _changes(
    before: Outcome, after: Outcome, old: values.Thresholds, new: values.Thresholds
) -> Iterator[Change]:
    """What is told differently, each with what moved it."""
    both = _moved("participants_withheld", _yes(before.withheld), _yes(after.withheld))
    # In the order of the rules: a database may keep the keys of a record in its own.
    for what in {**after.tells, **before.tells}:
        ways = (before.tells.get(what, NOT_RAISED), after.tells.get(what, NOT_RAISED))
        if ways[0] == ways[1]:
            continue
        topic, _, code = what.partition(".")
        if topic == "bands":
            because = (
                f"{code}={before.scores[code]}→{after.scores[code]}",
                *_numbers(BAND_NUMBERS, old, new),
            )
        elif topic == "flags":
            # A flag is raised for its reasons, and no longer raised for want of those it had.
            reasons = after.flags.get(code) or before.flags[code]
            because = (*reasons, *_numbers(FLAG_NUMBERS.get(_family(code), ()), old, new))
        else:
            because = tuple(_gates_moved(before, after, old, new))
        yield Change(what, *ways, because=because + both)


def _gates_moved(
    before: Outcome, after: Outcome, old: values.Thresholds, new: values.Thresholds
) -> Iterator[str]:
    """The gates that say something else or are required no longer, with the reasons that moved."""
    for name, (state_now, required_now, because_now) in after.gates.items():
        state, required, because = before.gates[name]
        yield from _moved(f"gates.{name}.required", _yes(required), _yes(required_now))
        if state == state_now:
            continue
        yield from _moved(f"gates.{name}", state, state_now)
        reasons, reasons_now = (
            dict(reason.split("=", 1) for reason in found) for found in (because, because_now)
        )
        for what in {**reasons, **reasons_now}:
            yield from _moved(what, reasons.get(what, NONE), reasons_now.get(what, NONE))
        yield from _numbers(GATE_NUMBERS.get(name, ()), old, new)


def _numbers(names: Iterable[str], old: values.Thresholds, new: values.Thresholds) -> Iterator[str]:
    """The thresholds among ``names`` that the version changes."""
    for name in names:
        yield from _moved(name, _number(getattr(old, name)), _number(getattr(new, name)))


def _moved(what: str, before: str, after: str) -> Reasons:
    return () if before == after else (f"{what}={before}→{after}",)


def _subject(reason: str) -> str:
    """What a reason is about, without its figure."""
    return reason.partition("=")[0]


def _number(number: int | Fraction) -> str:
    """A threshold as curators write it: 40, 0.7 or 2/3."""
    return f"{float(number):g}" if (number * 100) % 1 == 0 else str(number)


def _yes(so: bool) -> str:
    return "yes" if so else "no"


def _family(flag: str) -> str:
    """The name under which a flag's thresholds are listed."""
    return flag if flag in FLAG_NUMBERS else flag.partition("_")[0]
