"""What the database refuses, whoever writes: every constraint of every table, by its name."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from assessments.models import (
    FACT_COLUMNS,
    Activity,
    Answer,
    Assessment,
    Dimension,
    DimensionText,
    Facts,
    InstrumentVersion,
    Invitation,
    Item,
    ItemText,
    Membership,
    Organisation,
    Participant,
    Participation,
    Project,
    PublicResult,
    Response,
    Result,
    RuleSet,
    RuleSetText,
    Service,
    Token,
    User,
)
from tests.factories import (
    DAY,
    NOON,
    make_activity,
    make_assessment,
    make_participant,
    make_participation,
    make_response,
    make_service,
    make_user,
)

THRESHOLDS = "thresholds_are_on_their_scale"
ITEM_KIND = "item_has_a_pole_or_a_level_or_a_note"
FLOORS = "disclosure_floors_only_rise"
ACCOUNTS = "only_staff_responses_have_an_account"
SIZES = "only_a_group_has_a_size"
CLOSING = "a_closed_wave_has_a_date_and_its_facts"
PUBLIC = "only_a_closed_wave_is_public"
LINKS = "a_single_link_is_for_one"
ANSWERS = "answer_is_a_rating_or_a_reason"

REFUSED_VALUES = [
    *((Facts, f"fact_{column}_is_known", {column: "sometimes"}) for column in FACT_COLUMNS),
    (Membership, "membership_role_is_known", {"role": "owner"}),
    (Service, "service_has_a_name", {"name": ""}),
    (Service, "service_has_an_address", {"slug": ""}),
    (Service, "evidence_is_shared_only_with_the_assessments", {"evidence_shared": True}),
    (Activity, "activity_has_a_title", {"title": ""}),
    (Participant, "participant_has_a_reference", {"reference": ""}),
    (Participant, SIZES, {"kind": "person", "size": 3}),
    (Participant, SIZES, {"kind": "group", "size": 1}),
    (Participant, SIZES, {"kind": "crowd", "size": None}),
    (Participation, "participation_asked_is_known", {"asked": "by chance"}),
    (Participation, "hours_fit_in_a_month", {"hours_a_month": "744.1"}),
    (Participation, "hours_fit_in_a_month", {"hours_a_month": "-0.1"}),
    (InstrumentVersion, "a_published_version_has_a_date", {"status": "published"}),
    (InstrumentVersion, "a_published_version_has_a_date", {"published_at": NOON}),
    (InstrumentVersion, "a_published_version_has_a_date", {"status": "retired"}),
    (InstrumentVersion, FLOORS, {"min_participants": 4}),
    (InstrumentVersion, FLOORS, {"min_participants_public": 7}),
    (InstrumentVersion, FLOORS, {"min_participants": 9, "min_participants_public": 8}),
    (InstrumentVersion, "agreement_needs_two_raters", {"min_raters_for_agreement": 1}),
    (InstrumentVersion, THRESHOLDS, {"additive_gate_from": "100.01"}),
    (InstrumentVersion, THRESHOLDS, {"additive_gate_from": "-0.01"}),
    (InstrumentVersion, THRESHOLDS, {"agree_from": "1.01"}),
    (InstrumentVersion, THRESHOLDS, {"band_coproduction_from": "100.01"}),
    (InstrumentVersion, THRESHOLDS, {"band_mixed_from": "-0.01"}),
    (InstrumentVersion, THRESHOLDS, {"differ_from": "-0.01"}),
    (InstrumentVersion, THRESHOLDS, {"gap_noted_from": "100.01"}),
    (InstrumentVersion, THRESHOLDS, {"high_mean_from": "4.01"}),
    (InstrumentVersion, THRESHOLDS, {"individualised_additive_below": "100.01"}),
    (InstrumentVersion, THRESHOLDS, {"low_mean_to": "-0.01"}),
    (InstrumentVersion, THRESHOLDS, {"strong_level_from": "100.01"}),
    (InstrumentVersion, THRESHOLDS, {"weak_level_to": "-0.01"}),
    (InstrumentVersion, "bands_are_in_order", {"band_mixed_from": 60}),
    (InstrumentVersion, "agreement_is_in_order", {"differ_from": "0.7"}),
    (InstrumentVersion, "mean_ratings_are_in_order", {"low_mean_to": 3}),
    (InstrumentVersion, "levels_are_in_order", {"weak_level_to": 75}),
    (RuleSet, "a_rule_set_requires_a_gate", dict.fromkeys(
        ["voluntary", "production", "agency", "resources", "additive", "delivery"], False
    )),
    (Dimension, "dimension_code_is_known", {"code": "kindness"}),
    (Item, "item_weight_is_above_zero", {"weight": 0}),
    (Item, "item_who_is_known", {"who": "everybody"}),
    (Item, ITEM_KIND, {"pole": "", "level": "", "note": ""}),
    (Item, ITEM_KIND, {"pole": "+", "level": "group"}),
    (Item, ITEM_KIND, {"pole": "-", "note": "alone"}),
    (Item, ITEM_KIND, {"pole": "", "level": "group", "note": "alone"}),
    (Item, ITEM_KIND, {"pole": "?"}),
    (Item, ITEM_KIND, {"pole": "", "level": "town"}),
    (Assessment, "waves_count_from_one", {"wave": 0}),
    (Assessment, CLOSING, {"status": "closed"}),
    (Assessment, CLOSING, {"closed_at": NOON}),
    (Assessment, CLOSING, {"status": "closed", "closed_at": NOON}),
    (Assessment, CLOSING, {"status": "paused"}),
    (Assessment, PUBLIC, {"published_on": DAY}),
    (Assessment, PUBLIC, {"published_on": DAY, "public_slug": "a1b2"}),
    (Invitation, LINKS, {"limit": 2}),
    (Invitation, LINKS, {"limit": 0}),
    (Invitation, LINKS, {"kind": "group", "participant": None, "limit": 1}),
    (Invitation, LINKS, {"kind": "group", "participant": None, "limit": 1001}),
    (Invitation, LINKS, {"kind": "group", "limit": 20}),
    (Invitation, LINKS, {"kind": "group", "participant": None, "limit": 20, "email": "ann@example.org"}),
    (Invitation, LINKS, {"kind": "crowd"}),
    (Invitation, "no_more_answers_than_the_limit", {"completed": 2}),
    (Response, ACCOUNTS, {"side": "participant"}),
    (Response, ACCOUNTS, {"respondent": None}),
    (Response, ACCOUNTS, {"form": "short"}),
    (Response, ACCOUNTS, {"side": "visitor"}),
    (Response, "response_form_is_known", {"side": "participant", "respondent": None, "form": "long"}),
    (Answer, ANSWERS, {"rating": 5}),
    (Answer, ANSWERS, {"rating": 3, "missing": "dk"}),
    (Answer, ANSWERS, {"rating": None, "missing": "no"}),
    (Result, "result_counts_is_known", {"counts": "perhaps"}),
    (Project, "a_project_has_a_name_and_a_purpose", {"name": ""}),
    (Project, "a_project_has_a_name_and_a_purpose", {"purpose": ""}),
    (Token, "a_token_ends_after_it_began", {"expires_on": DAY - timedelta(days=1)}),
]  # fmt: skip
"""A table, the constraint that stands guard, and a change of a good row that it refuses."""

REFUSED_TWINS = [
    (User, "username", {}),
    (Organisation, "name", {}),
    (Membership, "one_membership_per_person", {}),
    (Service, "slug", {"name": "Another"}),
    (Service, "one_service_per_name", {"slug": "another"}),
    (Activity, "facts", {"title": "Another"}),
    (Activity, "one_activity_per_title", {"facts": Facts}),
    (Participant, "one_participant_per_reference", {}),
    (Participation, "one_participation_per_activity", {}),
    (InstrumentVersion, "version", {}),
    (RuleSet, "one_rule_set_per_code", {}),
    (RuleSetText, "one_rule_set_text_per_language", {}),
    (Dimension, "one_dimension_per_code", {}),
    (DimensionText, "one_dimension_text_per_language", {}),
    (Item, "one_item_per_code", {}),
    (ItemText, "one_item_text_per_language", {}),
    (Assessment, "one_assessment_per_wave", {"status": "closed", "closed_at": NOON, "facts": Facts}),
    (Assessment, "one_open_wave_per_activity", {"wave": 7}),
    (Assessment, "facts", {"wave": 7, "public_slug": None}),
    (Response, "one_response_per_colleague", {}),
    (Assessment, "public_slug", {"wave": 7, "facts": Facts}),
    (Invitation, "key", {"participant": None}),
    (Invitation, "one_standing_link_per_participant", {"key": "another2"}),
    (Result, "one_result_per_rule_set", {}),
    (PublicResult, "one_public_result_per_rule_set", {}),
    (Project, "slug", {"name": "Another"}),
    (Project, "one_project_per_name", {"slug": "another"}),
    (Token, "hash", {}),
]
"""A table, its unique constraint or column, and how a copy of a good row differs apart from its key.

A model stands for a new row of it.
"""


@pytest.fixture
def good(instrument) -> dict[type[models.Model], models.Model]:
    """A good row of every table: an open wave, a staff response, and a draft of the instrument."""
    alice = make_user("alice")
    service = make_service(managers=[alice])
    activity = make_activity(service)
    participant = make_participant(service)
    assessment = make_assessment(activity, by=alice)
    response = make_response(assessment, {"A1": 3}, respondent=alice)
    draft = InstrumentVersion.objects.create(version="2", title="A draft")
    ruleset = RuleSet.objects.create(version=draft, code="bussu-2014")
    dimension = Dimension.objects.create(version=draft, code="additive", order=1)
    item = Item.objects.create(version=draft, dimension=dimension, code="A1", order=1, pole="+")
    project = Project.objects.create(researcher=alice, name="Study", purpose="To learn.")
    rows = [
        alice,
        service.organisation,
        alice.memberships.get(),
        service,
        activity,
        activity.facts,
        participant,
        make_participation(participant, activity),
        draft,
        ruleset,
        RuleSetText.objects.create(ruleset=ruleset),
        dimension,
        DimensionText.objects.create(dimension=dimension),
        item,
        ItemText.objects.create(item=item),
        assessment,
        Invitation.objects.create(
            assessment=assessment, kind="single", participant=participant, ends_on=DAY, completed=1
        ),
        response,
        response.answers.get(),
        PublicResult.objects.create(assessment=assessment, ruleset="bussu-2014", rules_version=1, profile={}),
        Result.objects.create(
            assessment=assessment, ruleset="bussu-2014", rules_version=1, counts="yes", profile={}
        ),
        project,
        Token.objects.create(project=project, name="A", hash="1", files=[], created_on=DAY, expires_on=DAY),
    ]
    return {type(row): row for row in rows}


def closed(assessment: Assessment, wave: int) -> Assessment:
    """Another wave of the same activity, closed without a result."""
    return Assessment.objects.create(
        activity=assessment.activity,
        wave=wave,
        instrument_version=assessment.instrument_version,
        opened_at=NOON,
        status="closed",
        closed_at=NOON,
        facts=Facts.objects.create(),
        public_slug=f"slug-{wave}",
    )


def names(cases: list[tuple]) -> list[str]:
    return [f"{model.__name__}-{name}" for model, name, *_ in cases]


@pytest.mark.parametrize(("model", "name", "change"), REFUSED_VALUES, ids=names(REFUSED_VALUES))
def test_check_constraint_refuses(good, model, name: str, change: dict) -> None:
    row = model.objects.filter(pk=good[model].pk)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        row.update(**change)

    assert row.exists()


@pytest.mark.parametrize(("model", "name", "change"), REFUSED_TWINS, ids=names(REFUSED_TWINS))
def test_unique_constraint_refuses_a_twin(good, model, name: str, change: dict) -> None:
    of_a_closed_wave = (model, name) in {(Assessment, "facts"), (Assessment, "public_slug")}
    twin = closed(good[Assessment], wave=2) if of_a_closed_wave else good[model]
    twin.pk = None if model is not Response else "00000000-0000-4000-8000-000000000000"
    for column, value in change.items():
        setattr(twin, column, value.objects.create() if isinstance(value, type) else value)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        twin.save(force_insert=True)

    constraint = {one.name: one for one in model._meta.constraints}.get(name)
    columns = constraint.fields if constraint else [name]
    for column in columns:
        assert model._meta.get_field(column).column in str(refused.value)


def test_answer_is_given_once_to_an_item(good) -> None:
    answer = good[Answer]

    with pytest.raises(IntegrityError, match="item_id"), transaction.atomic():
        Answer.objects.create(response=answer.response, item=answer.item, rating=2)


def test_every_constraint_is_tried() -> None:
    tried = {(model, name) for model, name, _ in [*REFUSED_VALUES, *REFUSED_TWINS]}
    there = {
        (model, name)
        for model in apps.get_app_config("assessments").get_models()
        for name in [
            *(constraint.name for constraint in model._meta.constraints),
            *(field.name for field in model._meta.fields if field.unique and not field.primary_key),
        ]
    }

    assert tried == there


# What is good is taken


@pytest.mark.parametrize("column", FACT_COLUMNS)
def test_fact_takes_every_value_it_may_have(good, column: str) -> None:
    facts = Facts.objects.filter(pk=good[Facts].pk)

    for value in ["", *FACT_COLUMNS[column]]:
        assert facts.update(**{column: value}) == 1


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Participant, {"kind": "group", "size": 2}),
        (Participant, {"kind": "group", "size": None}),
        (Participation, {"hours_a_month": 0}),
        (Participation, {"hours_a_month": 744}),
        (Invitation, {"kind": "group", "participant": None, "limit": 2}),
        (Invitation, {"kind": "group", "participant": None, "limit": 1000, "completed": 1000}),
        (Invitation, {"participant": None, "email": "ann@example.org"}),
        (Answer, {"rating": 0}),
        (Answer, {"rating": 4}),
        (Answer, {"rating": None, "missing": "dk"}),
        (Answer, {"rating": None, "missing": "na"}),
        (Answer, {"rating": None, "missing": ""}),
        (Response, {"side": "participant", "respondent": None, "form": "short"}),
        (Item, {"pole": "", "level": "collective", "note": ""}),
        (Item, {"pole": "", "level": "", "note": "bridge"}),
        (InstrumentVersion, {"min_participants": 10, "min_participants_public": 10}),
        (InstrumentVersion, {"band_mixed_from": 0, "band_coproduction_from": 100}),
    ],
)
def test_constraints_take_what_is_good(good, model, change: dict) -> None:
    assert model.objects.filter(pk=good[model].pk).update(**change) == 1


def test_closed_waves_of_an_activity_may_be_many(good) -> None:
    for wave in (2, 3):
        closed(good[Assessment], wave)

    assert good[Activity].assessments.closed().count() == 2


def test_participants_have_no_account_and_may_be_many(good) -> None:
    for _ in range(2):
        make_response(good[Assessment], {})

    assert good[Assessment].responses.filter(respondent=None).count() == 2


def test_a_revoked_link_makes_room_for_another(good) -> None:
    Invitation.objects.update(revoked_on=DAY)
    first = good[Invitation]

    Invitation.objects.create(
        assessment=first.assessment, kind="single", participant=first.participant, ends_on=DAY
    )

    assert first.participant.invitations.count() == 2


def test_single_links_for_people_no_longer_listed_may_be_many(good) -> None:
    for _ in range(2):
        Invitation.objects.create(assessment=good[Assessment], kind="single", ends_on=DAY)

    assert good[Assessment].invitations.filter(participant=None).count() == 2
