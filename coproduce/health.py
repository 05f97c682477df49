"""Asks the site on this machine whether it is well: ``python -m coproduce.health``. Made for containers.

Ends with 0 when ``/healthz`` answers ok, and otherwise with 1 and one line that says what happened.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

SECONDS = 5


def place() -> tuple[str, int]:
    """The host and port where gunicorn listens on this machine, as gunicorn.conf.py reads them.

    Raises ValueError when BIND is no host and port: a socket file, say.
    """
    bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
    host, _, port = bind.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"BIND is {bind!r}; only an address such as 0.0.0.0:8000 can be asked.")
    host = host.strip("[]")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port)


def name() -> str:
    """A name under which the site answers: the first of ALLOWED_HOSTS."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return "localhost" if first in {"", "*"} else first


def problem() -> str:
    """What is wrong with the site, or nothing."""
    try:
        connection = HTTPConnection(*place(), timeout=SECONDS)
        connection.request("GET", "/healthz", headers={"Host": name()})
        answer = connection.getresponse()
        said = answer.read(100).decode(errors="replace").strip()
    except (OSError, HTTPException, ValueError) as error:
        return f"The site does not answer: {error}"
    return "" if (answer.status, said) == (200, "ok") else f"The site is not well: status {answer.status}."


if __name__ == "__main__":
    sys.exit(problem() or 0)
