"""The reference that ties an error page to the line in the log."""

import logging


class ReferenceFilter(logging.Filter):
    """Gives each record ``reference``: what the error page showed, or ``-``."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = getattr(getattr(record, "request", None), "reference", "-")
        return True
