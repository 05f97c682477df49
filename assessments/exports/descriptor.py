"""The descriptor of the package: a Data Package (version 2) with a schema for every file.

Source of the form: the Data Package standard, version 2.0, with its profiles for data packages, data
resources and table schemas.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments import __version__
from assessments.rules import RULES_VERSION
from assessments.words.labels import RATING_WORDS

from .export import Column, Export, Kind, Selection

PACKAGE_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
SCHEMA_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"

MISSING = {
    "": gettext_lazy("there is nothing to say"),
    "DK": gettext_lazy("does not know"),
    "NA": gettext_lazy("does not apply"),
    "REF": gettext_lazy("refused; no form offers this yet"),
    "SKIP": gettext_lazy("asked and left unanswered, or not recorded"),
    "SUPP": gettext_lazy("withheld, so that nobody can be made out"),
}
"""Why a cell holds no value. Letters, never numbers that somebody could add up."""

TYPES = {
    Kind.ID: "string",
    Kind.CODE: "string",
    Kind.CODES: "string",
    Kind.TEXT: "string",
    Kind.YES_NO: "boolean",
    Kind.WHOLE: "integer",
    Kind.ONE_DECIMAL: "number",
    Kind.TWO_DECIMALS: "number",
    Kind.THREE_DECIMALS: "number",
    Kind.DATE: "date",
}


@dataclass(frozen=True)
class Written:
    """A file that was written: how many rows and bytes, and their SHA-256 in hexadecimal digits."""

    export: Export
    rows: int
    size: int
    sha256: str


def describe(selection: Selection, found: list[Written]) -> dict:
    """The descriptor as plain values for JSON. Two queries: which versions and rule-sets, and until when."""
    stamped = stamp(selection)
    return {
        "$schema": PACKAGE_PROFILE,
        "name": f"coproduce-{selection.project.slug}",
        "title": _("Coproduce: shared assessments"),
        "description": _(
            "Closed assessments of activities in public services on the dimensions of Bussu’s Defining "
            "Coproduction, under codes instead of names. README.txt says how to use and to cite them."
        ),
        "version": stamped["app_version"],
        "keywords": ["coproduction", "public services", "participation"],
        "sources": [{"title": "Bussu, S. (2014), Defining Coproduction, Involve"}],
        "stamp": stamped,
        "resources": [resource(written, found) for written in found],
    }


def stamp(selection: Selection) -> dict:
    """Out of what the files were made: the program, the versions, the filter, and the last close."""
    used = selection.results.order_by()
    versions = used.values_list(
        "assessment__instrument_version__version", "ruleset", "rules_version"
    ).distinct()
    found = sorted(versions)
    last = used.order_by("-assessment__closed_at").values_list("assessment__closed_at", flat=True).first()
    return {
        "app_version": __version__,
        "rules_version": RULES_VERSION,
        "instrument_versions": sorted({version for version, _ruleset, _rules in found}),
        "rulesets": sorted({ruleset for _version, ruleset, _rules in found}),
        "rules_versions": sorted({rules for _version, _ruleset, rules in found}),
        "filter": selection.query,
        "closed_until": timezone.localdate(last).isoformat() if last else None,
    }


def resource(written: Written, found: list[Written]) -> dict:
    """One file."""
    export = written.export
    present = {other.export.name for other in found}
    schema: dict = {
        "$schema": SCHEMA_PROFILE,
        "fields": [field(column) for column in export.columns],
        "missingValues": missing(()),
    }
    if export.key:
        schema["primaryKey"] = list(export.key)
    if keys := [
        {"fields": list(columns), "reference": {"resource": other, "fields": list(columns)}}
        for columns, other in export.refers
        if other in present
    ]:
        schema["foreignKeys"] = keys
    return {
        "$schema": RESOURCE_PROFILE,
        "name": export.name,
        "type": "table",
        "path": export.file,
        "title": str(export.title),
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "bytes": written.size,
        "hash": f"sha256:{written.sha256}",
        "rows": written.rows,
        "schema": schema,
    }


def field(column: Column) -> dict:
    """One column."""
    found: dict = {
        "name": column.name,
        "type": TYPES[column.kind],
        "description": str(column.meaning),
    }
    if column.kind is Kind.YES_NO:
        found |= {"trueValues": ["yes"], "falseValues": ["no"]}
    if column.kind is Kind.ID:
        found["constraints"] = {"required": True, "pattern": "[0-9a-f]{16}"}
    if isinstance(column.values, tuple):
        codes = [code for code in column.values if code not in column.missing]
        found["constraints"] = {"enum": codes}
        if all(code in RATING_WORDS for code in codes) and codes[0].isdigit():
            found["categories"] = [{"value": code, "label": str(RATING_WORDS[code])} for code in codes]
            found["categoriesOrdered"] = True
    elif column.values:
        found["values"] = str(column.values)
    if column.missing:
        found["missingValues"] = missing(column.missing)
    return found


def missing(codes: tuple[str, ...]) -> list[dict[str, str]]:
    """What stands for no value, and why. An empty cell always does."""
    return [{"value": code, "label": str(MISSING[code])} for code in ("", *codes)]
