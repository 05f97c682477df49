"""What researchers download: three CSV files, each printed from one table of columns."""

from .answers import ANSWERS
from .assessments import ASSESSMENTS, preview
from .codebook import CODEBOOK
from .export import Export, Selection

EXPORTS: dict[str, Export] = {export.name: export for export in (ASSESSMENTS, ANSWERS, CODEBOOK)}
"""Every file by its name, in the order in which the page shows them."""

__all__ = ["ANSWERS", "ASSESSMENTS", "CODEBOOK", "EXPORTS", "Export", "Selection", "preview"]
