"""How gunicorn serves the site: on loopback unless told otherwise, behind a proxy that speaks HTTPS."""

import logging
import os

wsgi_app = "coproduce.wsgi"
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
control_socket_disable = True  # Nothing outside the process may steer it.
accesslog = None  # It would hold the links of participants, and when each of them answered.


def on_starting(server: object) -> None:
    """Keeps the links of participants out of gunicorn's own complaints as well."""
    from coproduce.log import LinkFilter  # noqa: PLC0415 - the project is found only now.

    logging.getLogger("gunicorn.error").addFilter(LinkFilter())
