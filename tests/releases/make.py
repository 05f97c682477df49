"""The backup of a release, kept for all releases after it: ``python -m tests.releases.make``.

Run it at a release, when ``__version__`` names it. It builds a small site (``site.py``) under the code as it
is, and writes two files beside this one: ``VERSION.zip``, its backup, and ``VERSION.json``, what every later
release must find in it. Both are committed, and never change again.
"""

# ruff: noqa: T201 - this is a program, and it speaks by printing.
# ruff: noqa: PLC0415 - models can be imported only once the settings have been read.

import json
import os
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> int:
    """Make both files. Returns 1, and changes nothing, when they are there."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder}/site.sqlite3",
        }
        import django

        django.setup()
        from django.core.management import call_command

        from assessments import __version__
        from assessments.workflow.backup import backup
        from tests.releases import site

        target, expected = FOLDER / f"{__version__}.zip", FOLDER / f"{__version__}.json"
        if target.exists() or expected.exists():
            print(f"{target.name} or {expected.name} is there already: it never changes.", file=sys.stderr)
            return 1
        call_command("migrate", verbosity=0)
        found = site.fill()
        backup(target)
        target.chmod(0o644)  # Nobody's answers are in it.
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"Wrote {target.name} ({target.stat().st_size // 1000} kB) and {expected.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
