"""README.txt of the package: what the files are, on whose consent, their limits, and how to cite them."""

from __future__ import annotations

import hashlib
from textwrap import fill

from django.utils.translation import gettext as _

from .export import Selection

WIDTH = 80


def readme(selection: Selection, descriptor: dict) -> str:
    """The text, for the files in ``descriptor``. Lines of 80 signs, ended as the CSV files' are."""
    stamp, resources = descriptor["stamp"], descriptor["resources"]
    together = hashlib.sha256("".join(found["hash"] for found in resources).encode()).hexdigest()
    nothing = _("none")
    parts = [
        _("COPRODUCE: SHARED ASSESSMENTS"),
        _("Project: %(name)s") % {"name": selection.project.name},
        heading(_("Files")),
        "\n".join(f"{found['path']}: {found['rows']}\n  sha256 {found['hash'][7:]}" for found in resources),
        _(
            "Behind each name stands its number of rows, the header not counted. datapackage.json describes "
            "every column, with the codes that may stand in it. codebook.csv says the same as a table."
        ),
        heading(_("Made from")),
        "\n".join(
            (
                _("Coproduce %(version)s") % {"version": stamp["app_version"]},
                _("Instrument versions: %(found)s")
                % {"found": ", ".join(stamp["instrument_versions"]) or nothing},
                _("Rule-sets: %(found)s") % {"found": ", ".join(stamp["rulesets"]) or nothing},
                _("Rules versions: %(found)s")
                % {"found": ", ".join(map(str, stamp["rules_versions"])) or nothing},
                _("Filter: %(filter)s") % {"filter": stamp["filter"] or nothing},
                _("Last assessment closed: %(day)s") % {"day": stamp["closed_until"] or nothing},
                _("Package: %(together)s") % {"together": together},
            )
        ),
        _(
            "The same data, project and filter give the same files, byte for byte, and the same package "
            "number. When somebody takes back their agreement, or a service stops sharing, their rows are "
            "gone from the next download. Fetch the files again before you publish, and delete older ones."
        ),
        heading(_("Consent")),
        _(
            "Services decide whether their closed assessments are shared for research; their staff’s ratings "
            "go with them. Participants’ ratings are here only if the participant agreed to research, and "
            "participation only if the service recorded that the participant agreed. What staff wrote beside "
            "their ratings is here only if the project asked for it and the service shares it."
        ),
        heading(_("What is withheld")),
        _(
            "Participants have rows, and figures, only where they are at least as many as the floor of the "
            "instrument version, five or more. Where participants did not agree, they must be that many "
            "too, so that nobody follows from the difference to the stored result. An item that too few "
            "rated, and a trait that too few share, says SUPP throughout the assessment. Activities with too "
            "few participants have no rows in participation.csv."
        ),
        _(
            "Codes are made for this project alone. They cannot be joined to those of another project, and "
            "no code of a participant stands beside a response. Do not try to find out who answered, and do "
            "not pass on the rows of participants."
        ),
        heading(_("Known limits")),
        "\n".join(
            fill(f"- {line}", WIDTH, subsequent_indent="  ")
            for line in (
                _("Services choose to assess, and to share. The assessments are no sample of anything."),
                _("Ratings are opinions of those who answered. Who did not answer is not known."),
                _(
                    "The stored scores rest on everybody who answered, those who did not agree to research "
                    "included. Scores computed again from the ratings are the stored ones only where all "
                    "agreed and nothing is withheld."
                ),
                _(
                    "Two projects that hold the same assessment hold the same ratings. Whoever has both "
                    "files can match rows that are alike, though not by their codes or their order."
                ),
                _("“Additive” and the product are formative: their items need not agree with each other."),
                _("A result belongs to its rule-set, rules version and instrument version. Name all three."),
            )
        ),
        heading(_("How to read the files")),
        _(
            "CSV as in RFC 4180: UTF-8, commas, decimal points, dates as YYYY-MM-DD. DK, NA, SKIP and SUPP "
            "say why there is no value; none of them is zero. Many programs take the text NA for an empty "
            'cell: use keep_default_na=False in pandas and na.strings = "" in R. A text that a spreadsheet '
            "would read as a formula starts with an apostrophe."
        ),
        heading(_("How to cite")),
        _(
            "Coproduce (%(version)s), shared assessments, package %(together)s, filter: %(filter)s. Method "
            "after Bussu, S. (2014), Defining Coproduction, Involve. Add the day of your download."
        )
        % {
            "version": stamp["app_version"],
            "together": together[:16],
            "filter": stamp["filter"] or nothing,
        },
    ]
    return "\n\n".join(wrapped(part) for part in parts).replace("\n", "\r\n") + "\r\n"


def heading(words: str) -> str:
    """A heading, underlined."""
    return f"{words}\n{'-' * len(words)}"


def wrapped(part: str) -> str:
    """A paragraph in lines; what has lines already stays as it is."""
    return part if "\n" in part else fill(part, WIDTH, break_long_words=False, break_on_hyphens=False)
