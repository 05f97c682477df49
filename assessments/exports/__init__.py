"""What researchers download: CSV files, each printed from one table of columns, and the package."""

from .assessments_wide import ASSESSMENTS_WIDE, preview
from .codebook import CODEBOOK
from .definitions import DEFINITIONS
from .evidence import EVIDENCE
from .export import Export, Selection
from .items import ITEMS
from .participation import PARTICIPATION
from .ratings_long import RATINGS_LONG

EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (ASSESSMENTS_WIDE, RATINGS_LONG, PARTICIPATION, ITEMS, DEFINITIONS, EVIDENCE, CODEBOOK)
}
"""Every file by its name, in the order in which the page shows them."""


def files_for(selection: Selection) -> list[Export]:
    """The files of a project: evidence only where the project asked for it."""
    return [
        export for export in EXPORTS.values() if export is not EVIDENCE or selection.project.asks_for_evidence
    ]


__all__ = [
    "ASSESSMENTS_WIDE",
    "CODEBOOK",
    "DEFINITIONS",
    "EVIDENCE",
    "EXPORTS",
    "ITEMS",
    "PARTICIPATION",
    "RATINGS_LONG",
    "Export",
    "Selection",
    "files_for",
    "preview",
]
