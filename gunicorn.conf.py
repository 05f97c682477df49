"""How gunicorn serves the site: on loopback unless told otherwise, behind a proxy that speaks HTTPS."""

import os

wsgi_app = "coproduce.wsgi"
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = 4
control_socket_disable = True  # Nothing outside the process may steer it.
