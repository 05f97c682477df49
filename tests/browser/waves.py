"""Many closed waves for a site: ``python -m tests.browser.waves NUMBER``, with the site's settings around it.

Copies the demo's closed waves until there are NUMBER. Prints as JSON how many there are, and where a result
and a running wave of the manager are.
"""

# ruff: noqa: PLC0415 - models can be imported only once the settings have been read.

from __future__ import annotations

import json
import subprocess
import sys
from itertools import cycle, islice

from benchmarks.impact import BATCH, copy_waves

from .site import PROJECT, Site


def fill(site: Site, number: int) -> dict:
    """Have ``number`` closed waves on ``site``; what was printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.waves", str(number)],
        cwd=PROJECT,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def main(number: int) -> dict:
    import django

    django.setup()
    from assessments.models import Assessment, User

    # A published wave has an address that no other may have.
    manager = User.objects.get(username="manager")
    own = Assessment.objects.editable_by(manager).select_related("activity__facts", "facts")
    originals = list(own.closed().filter(public_slug=None).order_by("pk"))
    running = own.filter(status=Assessment.Status.OPEN).select_related("activity__service").first()
    missing = range(number - Assessment.objects.closed().count())
    for first in range(0, len(missing), BATCH):
        copy_waves(list(islice(cycle(originals), len(missing[first : first + BATCH]))))
    return {
        "result": f"/assessments/{originals[0].pk}/result/",
        "running": f"/assessments/{running.pk}/",
        "service": running.activity.service.slug,
        "closed": Assessment.objects.closed().count(),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))  # noqa: T201 - the tests read it.
