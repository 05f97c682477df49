"""A backup of the whole site in one file, and its restore, on either database.

``save.py`` and ``restore.py`` are the two verbs, ``archive.py`` is the file, ``rows.py`` turns tables into
lines and back.
"""

from .archive import Manifest, Refused
from .restore import restore
from .save import backup

__all__ = ["Manifest", "Refused", "backup", "restore"]
