"""Codes: one project's files cannot be joined to another's, and a person who withdraws is gone."""

from collections import Counter

import pytest
from django.utils import timezone

from assessments.disclosure import may_be_listed
from assessments.exports import ASSESSMENTS_WIDE, EVIDENCE, EXPORTS, PARTICIPATION, RATINGS_LONG
from assessments.models import InstrumentVersion, Participant, Participation, Response, Service
from assessments.workflow.assessment import close
from assessments.workflow.instrument import copy_version, publish
from tests import factories

from .waves import (
    EVIDENCE as WRITTEN,
)
from .waves import (
    make_participations,
    make_project,
    make_researcher,
    make_response,
    make_wave,
    read,
    selection,
    text_of,
)

pytestmark = pytest.mark.django_db

WAVES, PEOPLE = 6, 12


@pytest.fixture
def projects(db):
    """Two projects of two researchers, who hold the same waves. Everybody answered alike, so that only codes
    and order could tell rows apart."""
    for number in range(WAVES):
        wave = make_wave(f"w{number}", staff=1, agreed=PEOPLE, change=lambda number, code, rating: 3)
        make_participations(wave, agreed=PEOPLE)
    Service.objects.update(evidence_shared=True)
    return [
        make_project(make_researcher(name), name=name, evidence_reason="To read.")
        for name in ("rosa", "ruth")
    ]


def true_ids(project, export, what: str) -> list[str]:
    """The keys of the rows behind the codes of a file, in its order."""
    chosen = selection(project.researcher, project=project)
    codes = {
        "assessment_id": ("assessment", chosen.results.values_list("assessment_id", flat=True)),
        "activity_id": ("activity", chosen.results.values_list("assessment__activity_id", flat=True)),
        "response_id": ("response", (key.hex for key in Response.objects.values_list("pk", flat=True))),
        "participant_id": ("participant", Participant.objects.values_list("pk", flat=True)),
    }
    kind, keys = codes[what]
    code = chosen.pseudonyms(kind)
    behind = {code(key): str(key) for key in keys}
    rows = read(text_of(export, project.researcher, project=project))
    return [behind[found] for found in dict.fromkeys(row[what] for row in rows)]


PLACES = [
    (ASSESSMENTS_WIDE, "assessment_id"),
    (ASSESSMENTS_WIDE, "activity_id"),
    (RATINGS_LONG, "assessment_id"),
    (RATINGS_LONG, "response_id"),
    (EVIDENCE, "response_id"),
    (PARTICIPATION, "activity_id"),
    (PARTICIPATION, "participant_id"),
]


def test_no_code_of_one_project_is_a_code_of_another(projects):
    for export, what in PLACES:
        first, second = (
            {row[what] for row in read(text_of(export, project.researcher, project=project))}
            for project in projects
        )
        assert len(first) == len(second) > 0
        assert not first & second


def test_the_order_of_rows_joins_nothing_above_chance(projects):
    """Row by row, the first with the first: a random order puts one in its place on average."""
    hits: Counter = Counter()
    for export, what in PLACES:
        first, second = (true_ids(project, export, what) for project in projects)
        assert sorted(first) == sorted(second)
        hits[export.name, what] = sum(a == b for a, b in zip(first, second, strict=True))

    # A random order of n puts eight or more in their own place once in a hundred thousand times.
    assert max(hits.values()) < 8
    print(dict(hits))  # noqa: T201 - the rate is to be read.


def test_codes_tell_apart_and_stay_the_same_within_a_project(projects):
    for export, what in PLACES:
        first, again = (true_ids(projects[0], export, what) for _time in range(2))
        assert first == again
        assert len(set(first)) == len(first)


def test_codes_need_the_site_s_key_and_the_project_s_secret(projects, settings):
    chosen = selection(projects[0].researcher, project=projects[0])
    ours = chosen.pseudonyms("response")("1")
    settings.SECRET_KEY = "another site"

    assert chosen.pseudonyms("response")("1") != ours


def test_no_participant_s_code_stands_beside_a_response(projects):
    user = projects[0].researcher
    people = {row["participant_id"] for row in read(text_of(PARTICIPATION, user, project=projects[0]))}

    others = "".join(
        text_of(export, user, project=projects[0])
        for export in EXPORTS.values()
        if export is not PARTICIPATION
    )

    assert people
    assert not any(code in others for code in people)


# Who is gone


def withdrawn_from(export, column: str):
    user = make_researcher()
    before = {row[column] for row in read(text_of(export, user))}
    return user, before


def test_a_response_whose_consent_is_withdrawn_is_gone_from_every_file():
    make_wave(agreed=6, others=5)
    user, before = withdrawn_from(RATINGS_LONG, "response_id")
    gone = Response.objects.filter(side="participant", research_consent=True).first()
    code = selection(user).pseudonyms("response")(gone.pk.hex)
    assert code in before

    gone.research_consent = False
    gone.save()

    texts = [text_of(export, user) for export in EXPORTS.values()]
    assert not any(code in text for text in texts)
    after = {row["response_id"] for row in read(text_of(RATINGS_LONG, user))}
    assert after == before - {code}


def test_a_participant_whose_consent_is_withdrawn_is_gone_from_every_file():
    make_participations(make_wave(), agreed=6, others=5)
    user, before = withdrawn_from(PARTICIPATION, "participant_id")
    gone = Participant.objects.filter(research_consent=True).first()
    code = selection(user).pseudonyms("participant")(gone.pk)

    gone.research_consent = False
    gone.save()

    texts = [text_of(export, user) for export in EXPORTS.values()]
    assert code in before
    assert not any(code in text for text in texts)
    assert {row["participant_id"] for row in read(text_of(PARTICIPATION, user))} == before - {code}


@pytest.mark.parametrize(
    ("agreed", "others", "shown"), [(4, 0, 0), (5, 0, 5), (5, 1, 0), (6, 4, 0), (5, 5, 5), (0, 9, 0)]
)
def test_participations_leave_only_when_both_groups_are_large_enough(agreed, others, shown):
    make_participations(make_wave(), agreed=agreed, others=others)

    rows = read(text_of(PARTICIPATION, make_researcher()))

    assert len(rows) == shown
    assert may_be_listed(agreed, agreed + others, 5) == (shown > 0)


def test_a_filter_does_not_lower_the_floor_of_participations():
    first = make_wave()
    draft = copy_version(InstrumentVersion.objects.get(version="1"), number="2")
    InstrumentVersion.objects.filter(pk=draft.pk).update(min_participants=7)
    draft.refresh_from_db()
    publish(draft, by=None, reason="test", at=timezone.now())
    staff = first.responses.get(respondent__username="SECRET-PERSON-A-0").respondent
    second = factories.make_assessment(first.activity, by=staff, at=timezone.now())
    make_response(second, respondent=staff)
    close(second, by=staff, at=timezone.now())
    make_participations(first, agreed=6)

    for query in ("", "version=1", "version=2"):
        assert read(text_of(PARTICIPATION, make_researcher(f"rosa{query}"), query)) == []


def test_a_rare_trait_of_a_participation_is_withheld_from_all_of_the_activity():
    parts = make_participations(make_wave(), agreed=10, asked="personally", deliver=True, hours_a_month=3)
    Participation.objects.filter(pk__in=[part.pk for part in parts[:4]]).update(asked="referred")
    Participation.objects.filter(pk__in=[part.pk for part in parts[:5]]).update(hours_a_month=12)

    rows = read(text_of(PARTICIPATION, make_researcher()))

    assert {row["asked"] for row in rows} == {"SUPP"}
    assert {row["phase_deliver"] for row in rows} == {"yes"}
    assert Counter(row["hours_a_month"] for row in rows) == {"1_to_4": 5, "10_to_19": 5}
    assert {row["since"] for row in rows} == {"SKIP"}
    assert {row["participant_kind"] for row in rows} == {"person"}


def test_traits_that_are_common_one_by_one_are_withheld_when_together_they_are_rare():
    parts = make_participations(make_wave(), agreed=10, asked="personally")
    keys = [part.pk for part in parts]
    Participation.objects.filter(pk__in=keys[:5]).update(asked="referred")
    Participation.objects.filter(pk__in=keys[1:6]).update(deliver=True)

    rows = read(text_of(PARTICIPATION, make_researcher()))

    assert Counter(row["asked"] for row in rows) == {"personally": 5, "referred": 5}
    assert {row["phase_deliver"] for row in rows} == {"SUPP"}


def test_a_size_does_not_tell_who_is_one_person():
    parts = make_participations(make_wave(), agreed=10)
    Participant.objects.filter(pk__in=[part.participant_id for part in parts[:4]]).update(
        kind="group", size=7
    )

    rows = read(text_of(PARTICIPATION, make_researcher()))

    assert {(row["participant_kind"], row["size"]) for row in rows} == {("SUPP", "SUPP")}


# What staff wrote


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("reason", ["", "To read."])
def test_what_staff_wrote_leaves_only_if_asked_for_and_shared(shared, reason):
    make_wave(staff=2, agreed=5)
    Service.objects.update(evidence_shared=shared)
    user = make_researcher()
    project = make_project(user, evidence_reason=reason)

    rows = read(text_of(EVIDENCE, user, project=project))

    assert bool(rows) == (shared and bool(reason))
    assert {row["evidence"] for row in rows} <= {WRITTEN}
    responses = {row["response_id"] for row in rows}
    staff = [row for row in read(text_of(RATINGS_LONG, user, project=project)) if row["side"] == "staff"]
    assert responses <= {row["response_id"] for row in staff}
