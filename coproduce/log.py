"""What the log says and what it leaves out: a reference to the error page, and no participant's link."""

import logging
import re

TOKEN = re.compile(r"((?:/|%2[Ff])[aA](?:/|%2[Ff]))[^/\s\"'<>?#&,;)\]}%]+")
"""What follows ``/a/`` in an address, also in one that is written inside another address."""

SECRET = re.compile(r"(coproduce_)[\w-]{20,}")
"""A token of a research project, wherever somebody put it."""

PLAIN = logging.Formatter()


class ReferenceFilter(logging.Filter):
    """Gives each record ``reference``: what the error page showed, or ``-``."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = getattr(getattr(record, "request", None), "reference", "-")
        return True


class LinkFilter(logging.Filter):
    """Writes ``/a/…`` for the address of a participant's link, in the message and in the traceback.

    Whoever reads the log could otherwise answer in a participant's place, or see when somebody answered.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_links(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = PLAIN.formatException(record.exc_info)
        for name in ("exc_text", "stack_info"):
            if text := getattr(record, name):
                setattr(record, name, without_links(text))
        return True


def without_links(text: str) -> str:
    """``text`` without the token of any participant's link or research project."""
    return SECRET.sub(r"\1…", TOKEN.sub(r"\1…", text))
