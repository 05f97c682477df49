"""``manage.py export``: the same files as on the page, for whoever runs the site."""

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command

from assessments.exports import RATINGS_LONG, files_for
from assessments.exports.package import package
from assessments.exports.reliability import RELIABILITY

from .exports.waves import make_project, make_researcher, make_wave, selection, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db):
    make_wave(agreed=6)
    return make_project(make_researcher())


def test_a_file_is_the_one_of_the_page(project, tmp_path):
    path = tmp_path / "long.csv"

    call_command("export", project.slug, "ratings_long.csv", output=path, filters=["counts=yes"], excel=True)

    text = text_of(RATINGS_LONG, project.researcher, "counts=yes", excel=True, project=project)
    assert path.read_bytes() == text.encode()
    (line,) = LogEntry.objects.filter(object_repr="ratings_long.csv")
    assert (line.actor, line.additional_data["project"]) == (None, project.slug)
    assert list(tmp_path.iterdir()) == [path]


def test_the_figures_of_reliability_are_those_of_the_page(project, capfdbinary):
    call_command("export", project.slug, "reliability.csv")

    assert capfdbinary.readouterr().out.decode() == text_of(RELIABILITY, project.researcher, project=project)


def test_without_a_name_it_is_the_package_on_standard_output(project, capfdbinary):
    call_command("export", project.slug)

    chosen = selection(project.researcher, project=project)
    assert capfdbinary.readouterr().out == b"".join(package(chosen, files_for(chosen)))


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (["nothing"], {}, "no research project at “nothing”"),
        (["PROJECT", "people.csv"], {}, "There is no file people.csv. There are: assessments_wide.csv"),
        (["PROJECT", "evidence.csv"], {}, "There is no file evidence.csv"),
        (["PROJECT"], {"filters": ["cuonts=yes"]}, "There is no filter called “cuonts”"),
        (["PROJECT"], {"filters": ["counts=yes", "counts=no"]}, "Give each filter once"),
        (["PROJECT"], {"filters": ["counts=perhaps"]}, "There is no verdict called “perhaps”"),
        (["PROJECT"], {"filters": ["closed_from=last"]}, "Enter a year from 2000 to 2100"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(project, tmp_path, arguments, options, words):
    given = [project.slug if argument == "PROJECT" else argument for argument in arguments]

    with pytest.raises(CommandError, match=words):
        call_command("export", *given, output=tmp_path / "file", **options)

    assert list(tmp_path.iterdir()) == []
    assert not LogEntry.objects.filter(additional_data__project=project.slug).exists()


def test_a_file_that_is_there_is_not_written_over(project, tmp_path):
    path = tmp_path / "package.zip"
    path.write_text("mine")

    with pytest.raises(CommandError, match="is there already"):
        call_command("export", project.slug, output=path)

    assert path.read_text() == "mine"


def test_a_researcher_who_is_none_any_more_gets_nothing(project, tmp_path):
    project.researcher.groups.clear()

    with pytest.raises(CommandError, match="rosa may no longer take data"):
        call_command("export", project.slug, output=tmp_path / "file")
