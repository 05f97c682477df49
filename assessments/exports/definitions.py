"""definitions.csv: what every published version means by its dimensions and rule-sets, and its thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from assessments.models import DimensionText, InstrumentVersion, RuleSetText
from assessments.rules.values import THRESHOLDS

from .export import CHUNK, Export, Kind, Selection, column


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One line: a dimension or a rule-set in one language, or a number."""

    version: InstrumentVersion
    entry: str
    code: str
    language: str | None = None
    name: str | None = None
    definition: str | None = None
    coproduction_pole: str | None = None
    opposite_pole: str | None = None
    source: str | None = None
    gates: list[str] | None = None
    value: str | None = None


COLUMNS = (
    column("instrument_version", Kind.TEXT, _("The version."), "version.version", _("a published version")),
    column(
        "published_on", Kind.DATE, _("The day it was published."), "version.published_at", _("YYYY-MM-DD")
    ),
    column("entry", Kind.CODE, _("What the line defines."), values=("dimension", "ruleset", "threshold")),
    column("code", Kind.TEXT, _("The code of the dimension or rule-set, or the name of the threshold.")),
    column(
        "language",
        Kind.TEXT,
        _("The language of the words; empty for a threshold."),
        values=_("a language code such as en"),
    ),
    column("name", Kind.TEXT, _("The name of the dimension or rule-set.")),
    column("definition", Kind.TEXT, _("What the dimension or rule-set means.")),
    column("coproduction_pole", Kind.TEXT, _("The name of the end that speaks for coproduction.")),
    column("opposite_pole", Kind.TEXT, _("The name of the other end.")),
    column("source", Kind.TEXT, _("The phrase on which the dimension rests.")),
    column(
        "gates",
        Kind.CODES,
        _("The gates that the rule-set requires, joined by semicolons."),
        values=_("codes of gates"),
    ),
    column(
        "value",
        Kind.TEXT,
        _("The threshold: points of 100, a mean rating of 0 to 4, a share, or a number of people."),
        values=_("a number, or a fraction such as 2/3"),
    ),
    # Columns are only ever added, and only here.
)


def rows(selection: Selection) -> Iterator[Definition]:
    """Dimensions, then rule-sets, then thresholds, version by version. Three queries."""
    versions = InstrumentVersion.objects.published().order_by("published_at", "pk")
    published = InstrumentVersion.Status.PUBLISHED
    order = ("published_at", "pk")
    for text in (
        DimensionText.objects.filter(dimension__version__status=published)
        .select_related("dimension__version")
        .order_by(
            *(f"dimension__version__{name}" for name in order), "dimension__order", "dimension_id", "language"
        )
        .iterator(chunk_size=CHUNK)
    ):
        yield Definition(
            version=text.dimension.version,
            entry="dimension",
            code=text.dimension.code,
            language=text.language,
            name=text.name,
            definition=text.definition,
            coproduction_pole=text.coproduction_pole,
            opposite_pole=text.opposite_pole,
            source=text.dimension.source,
        )
    for text in (
        RuleSetText.objects.filter(ruleset__version__status=published)
        .select_related("ruleset__version")
        .order_by(*(f"ruleset__version__{name}" for name in order), "ruleset_id", "language")
        .iterator(chunk_size=CHUNK)
    ):
        yield Definition(
            version=text.ruleset.version,
            entry="ruleset",
            code=text.ruleset.code,
            language=text.language,
            name=text.name,
            definition=text.description,
            gates=sorted(text.ruleset.gates),
        )
    for version in versions.iterator(chunk_size=CHUNK):
        for name in THRESHOLDS:
            yield Definition(version=version, entry="threshold", code=name, value=str(getattr(version, name)))


def count(selection: Selection) -> int:
    """How many definitions there are; three queries."""
    published = InstrumentVersion.Status.PUBLISHED
    return (
        DimensionText.objects.filter(dimension__version__status=published).count()
        + RuleSetText.objects.filter(ruleset__version__status=published).count()
        + InstrumentVersion.objects.published().count() * len(THRESHOLDS)
    )


DEFINITIONS = Export(
    name="definitions",
    title=_("What every published version means by its dimensions and rule-sets, and its thresholds."),
    columns=COLUMNS,
    count=count,
    rows=rows,
)
