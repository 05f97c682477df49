"""A site of every released version comes to this one with nothing lost, and its results can be shown.

``VERSION.zip`` is a backup made under that release, ``VERSION.json`` what must be found in it; ``make.py``
made both. Every version in the changelog is released but the newest, and the newest too once its heading has
a date.
"""

import json
import re
from pathlib import Path

import pytest

from assessments import __version__
from assessments.workflow.backup import restore
from assessments.workflow.rescore import check
from tests import databases
from tests.releases import site

FOLDER = Path(__file__).parent
CHANGELOG = FOLDER.parents[1] / "CHANGELOG.md"
BACKUPS = sorted(FOLDER.glob("*.zip"))


def headings(text: str) -> list[tuple[str, str]]:
    """The versions of a changelog, the newest first, and what their headings say of when."""
    return re.findall(r"^## (\d+(?:\.\d+)*) – (.+)$", text, re.MULTILINE)


def released(text: str) -> list[str]:
    """The versions of a changelog that people may have."""
    return [version for place, (version, when) in enumerate(headings(text)) if place or when != "unreleased"]


def test_released_are_all_versions_but_one_that_is_being_made():
    older = "## 0.2.0 – 1 December 2026\n\n## 0.1.0 – unreleased\n"

    assert released(older) == ["0.2.0", "0.1.0"]
    assert released("## 0.3.0 – unreleased\n\n" + older) == ["0.2.0", "0.1.0"]


def test_the_changelog_begins_with_this_version():
    assert headings(CHANGELOG.read_text(encoding="utf-8"))[0][0] == __version__


def test_every_released_version_has_its_backup():
    missing = [
        version
        for version in released(CHANGELOG.read_text(encoding="utf-8"))
        if not (FOLDER / f"{version}.zip").exists() or not (FOLDER / f"{version}.json").exists()
    ]

    assert not missing, "run python -m tests.releases.make under each of them"


def test_there_is_a_backup_to_try():
    assert "0.1.0" in [path.stem for path in BACKUPS]


@pytest.mark.parametrize("path", BACKUPS, ids=lambda path: path.stem)
def test_a_site_of_a_release_comes_to_this_one_whole(path, tmp_path, elsewhere):
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    with databases.own(tmp_path):
        restore(path)

        found = site.held()
        more = {name for name, rows in expected["rows"].items() if found["rows"][name] != rows}
        assert more <= site.OF_THE_RELEASE
        assert all(found["rows"][name] > expected["rows"][name] for name in more)
        assert found["results"] == expected["results"]
        assert site.opened(expected["draft"]) == expected["draft"]["answers"]
        assert not [one for results in check() for one in results if one.differences]
        pages = site.shown(expected)
        assert expected["activity"] in pages["result"].decode()
        assert len(pages["export"].splitlines()) == expected["rows"]["assessments.answer"]
