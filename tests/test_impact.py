"""What a version would change: each closed wave judged again beside its result, by the workflow, the command
and the curator's page."""

import csv
import io
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.admin.impact import code
from assessments.models import Assessment, InstrumentVersion, Item, PublicResult, Response, Result
from assessments.workflow import assessment as workflow
from assessments.workflow.closed import chunks
from assessments.workflow.impact import Change, Totals, Unread, impact
from assessments.workflow.instrument import publish
from tests.views.pages import text_of

from .factories import (
    NOON,
    make_activity,
    make_assessment,
    make_response,
    make_service,
    make_user,
    ratings,
)

PASSING = {
    "phases_commission": "none",
    "phases_design": "shared",
    "phases_deliver": "shared",
    "phases_assess": "none",
    "agency": "ongoing",
    "public_resources": "yes",
    "basis": "chosen",
    "intentional": "yes",
    "staff_time": "kept",
}
"""An activity that passes every gate by its facts."""


@pytest.fixture
def alice(db):
    return make_user("alice")


def towards(rating: int) -> dict[str, int]:
    """Staff's answers that rate every item ``rating`` steps (0 to 4) towards coproduction."""
    against = set(InstrumentVersion.objects.current().items.filter(pole="-").values_list("code", flat=True))
    return {code: 4 - rating if code in against else rating for code in ratings("staff")}


def make_wave(by, *, participants: int = 0, theirs: dict | None = None, **answers) -> Assessment:
    """A closed wave of a new activity: staff rate all three steps upwards, but for ``answers``."""
    wave = make_assessment(make_activity(make_service(), facts=PASSING), by=by)
    make_response(wave, {**towards(3), **answers}, respondent=by)
    for _ in range(participants):
        make_response(wave, theirs or ratings("participant", 2))
    return workflow.close(wave, by=by, at=NOON)


def change(version: InstrumentVersion, **columns) -> InstrumentVersion:
    for name, value in columns.items():
        setattr(version, name, value)
    version.save()
    return version


def new_item(version: InstrumentVersion, code: str, **columns) -> Item:
    """One more item of the additive dimension, with the words that it needs."""
    dimension = version.dimensions.get(code="additive")
    item = Item.objects.create(
        version=version, dimension=dimension, code=code, order=99, pole="+", source="added value", **columns
    )
    item.texts.create(staff="It is new.", participant="It is new.", easy_read="It is new.")
    return item


def stored() -> list:
    """Everything that is stored of results and answers."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Result, PublicResult, Response, Assessment, InstrumentVersion)
    ]


def changes_of(version: InstrumentVersion) -> dict[int, tuple[Change, ...]]:
    return {found.assessment.pk: found.changes for found in impact(version)}


# What is found


def test_impact_of_an_unchanged_copy_is_nothing(alice, draft):
    waves = [make_wave(alice, participants=6), make_wave(alice, participants=2), make_wave(alice, A1=0)]

    assert changes_of(draft) == {wave.pk: () for wave in waves}


def test_impact_tells_a_band_that_a_threshold_moves_and_the_verdict_that_it_leaves(alice, draft):
    wave = make_wave(alice)
    change(draft, band_coproduction_from=Decimal("75.01"))

    (counts,) = Result.objects.filter(assessment=wave, ruleset=wave.ruleset).values_list("counts", flat=True)
    found = changes_of(draft)[wave.pk]

    assert counts == "yes"
    assert [(one.what, one.before, one.after) for one in found] == [
        (f"bands.{code}", "coproduction", "mixed")
        for code in ("additive", "voluntary", "individual_collective", "relational", "product")
    ]
    assert found[0].because == ("additive=75.0→75.0", "band_coproduction_from=60→75.01")


def test_impact_tells_a_verdict_that_weights_move_with_the_gate_and_the_score(alice, draft):
    against = make_wave(alice, A1=0, A2=0)
    make_wave(alice)
    draft.items.filter(code__in=["A1", "A2"]).update(weight=Decimal("4"))

    found = {change.what: change for change in changes_of(draft)[against.pk]}

    # (4·75) / 6 = 50; with the new weights (4·75) / 12 = 25.
    assert (found["counts"].before, found["counts"].after) == ("yes", "no")
    assert (found["kind"].before, found["kind"].after) == ("full", "substitution")
    assert found["counts"].because == (
        "gates.additive=pass→fail",
        "additive=50.0→25.0",
        "additive.staff=50.0→25.0",
    )
    assert (found["bands.additive"].before, found["bands.additive"].after) == ("mixed", "opposite")
    assert set(found) == {"counts", "kind", "bands.additive"}


def test_impact_tells_a_flag_that_is_raised_and_one_that_is_dropped(alice, draft):
    wave = make_wave(alice, participants=6, theirs=ratings("participant", 2))
    change(draft, gap_noted_from=Decimal("90"))
    draft.items.filter(code="P1").update(weight=Decimal("90"))

    dropped = {change.what: change for change in changes_of(draft)[wave.pk] if change.topic == "flags"}
    change(draft, gap_noted_from=Decimal("15"), high_mean_from=Decimal("2"))
    raised = {change.what: change for change in changes_of(draft)[wave.pk] if change.topic == "flags"}

    assert (dropped["flags.perception_gap_relational"].before, raised["flags.offloading"].before) == (
        "yes",
        "no",
    )
    assert "gap_noted_from=15→90" in dropped["flags.perception_gap_relational"].because
    assert raised["flags.offloading"].because == ("A4.participants=2.0", "high_mean_from=3→2")


def test_impact_counts_an_item_that_a_wave_was_not_asked_as_not_applying(alice, draft):
    wave = make_wave(alice, **dict.fromkeys(["A5", "A6"], "dk"))
    # Four of six answered is just enough; one more to answer would leave the wave without a score.
    new_item(draft, "A7")

    assert changes_of(draft)[wave.pk] == ()


def test_impact_leaves_out_what_the_version_does_not_ask(alice, draft):
    wave = make_wave(alice, A1=0, A2=0, A3=0)
    draft.items.filter(code__in=["A1", "A2", "A3"]).delete()

    found = {change.what: change for change in changes_of(draft)[wave.pk]}

    # Three of six items at 75 and three at 0 give 37.5; the three that stay give 75.
    assert (found["counts"].before, found["counts"].after) == ("no", "yes")
    assert found["bands.additive"].because == ("additive=37.5→75.0",)


def test_impact_leaves_out_what_the_version_no_longer_asks_on_the_short_form(alice, draft):
    wave = make_assessment(make_activity(make_service(), facts=PASSING), by=alice)
    make_response(wave, towards(3), respondent=alice)
    for _ in range(5):
        make_response(wave, {**ratings("participant", 3, form="short"), "A4": 0}, form="short")
    workflow.close(wave, by=alice, at=NOON)
    draft.items.filter(code="A1").update(short=False)
    draft.items.filter(code="A5").update(short=True)

    assert changes_of(draft)[wave.pk] == ()
    totals = Totals()
    assert [found.unread for found in totals.counting(impact(draft))] == [None]


def test_impact_protects_participants_by_the_draft_s_floor(alice, draft):
    wave = make_wave(alice, participants=6, theirs={**ratings("participant", 3), "A4": 4})
    change(draft, min_participants=7)

    (verdict,) = [one for one in changes_of(draft)[wave.pk] if one.what == "counts"]

    assert (verdict.before, verdict.after) == ("contested", "yes")
    assert "participants_withheld=no→yes" in verdict.because


def test_impact_tells_nothing_of_one_person_whom_the_result_leaves_out(alice, draft):
    """The sixth rated one item of a dimension: no score under the wave's own version, one under the draft."""
    change(draft, min_coverage="1/100", band_mixed_from=98, band_coproduction_from=99)
    voluntary = [code for code in ratings("participant") if code.startswith("V")]
    told = []
    for rating in (0, 4):
        wave = make_assessment(make_activity(make_service(), facts=PASSING), by=alice)
        make_response(wave, towards(3), respondent=alice)
        for _person in range(5):
            make_response(wave, ratings("participant", 2))
        sixth = {**dict.fromkeys(voluntary, "dk"), voluntary[0]: rating}
        make_response(wave, {**ratings("participant", 2), **sixth})
        workflow.close(wave, by=alice, at=NOON)
        told.append(changes_of(draft)[wave.pk])

    assert told[0] == told[1]
    assert "bands.voluntary" in {one.what for one in told[0]}


def test_impact_says_which_waves_cannot_be_judged_and_why(alice, draft):
    plain, wider, bare = make_wave(alice), make_wave(alice), make_wave(alice)
    Assessment.objects.filter(pk=wider.pk).update(ruleset="four-cos")
    Result.objects.filter(assessment=bare).delete()
    draft.rulesets.filter(code="four-cos").delete()

    unread = {found.assessment.pk: found.unread for found in impact(draft)}

    assert unread == {plain.pk: None, wider.pk: Unread.NO_RULESET, bare.pk: Unread.NO_RESULT}
    draft.items.all().delete()
    assert {found.unread for found in impact(draft)} == {
        Unread.NO_ITEM,
        Unread.NO_RULESET,
        Unread.NO_RESULT,
    }


def test_impact_leaves_open_waves_alone_and_stores_nothing(alice, draft):
    closed = make_wave(alice, participants=8)
    opened = make_assessment(closed.activity, by=alice)
    change(draft, band_coproduction_from=Decimal("80"))
    before = stored()

    found = list(impact(draft))

    assert [one.assessment for one in found] == [closed]
    assert opened not in [one.assessment for one in found]
    assert stored() == before


def test_totals_count_waves_by_topic_and_by_move(alice, draft):
    make_wave(alice)
    make_wave(alice)
    make_wave(alice, A1=0, A2=0)
    draft.items.filter(code__in=["A1", "A2"]).update(weight=Decimal("4"))
    totals = Totals()

    list(totals.counting(impact(draft)))

    assert (totals.waves, totals.changed, totals.topics["flags"]) == (3, 1, 0)
    assert totals.topics == {"counts": 1, "kind": 1, "bands": 1}
    assert totals.moves["counts", "yes", "no"] == 1


@pytest.mark.parametrize("number", [10, 40])
def test_impact_takes_as_many_queries_for_ten_waves_as_for_forty(alice, draft, number):
    for _ in range(number):
        make_wave(alice, participants=1)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(list(impact(draft))) == number

    # The draft 2, the items, version 1 with its parts 3, and for the one chunk its waves, responses, answers
    # and results; then the chunk that is not there.
    assert len(queries) == 11


def test_chunks_hand_out_every_closed_wave_once_whatever_their_size(alice):
    waves = [make_wave(alice) for _ in range(5)]

    found = [[wave.assessment.pk for wave in chunk] for chunk in chunks(Assessment.objects.all(), size=2)]

    assert found == [[wave.pk for wave in waves[:2]], [wave.pk for wave in waves[2:4]], [waves[4].pk]]


def test_a_running_wave_goes_on_under_the_version_it_began_with(alice, draft):
    wave = make_assessment(make_activity(make_service(), facts=PASSING), by=alice)
    make_response(wave, {**towards(3), "A1": 0, "A2": 0}, respondent=alice)
    draft.items.filter(code__in=["A1", "A2"]).update(weight=Decimal("4"))
    publish(draft, by=None, reason="Weights", at=timezone.now())

    workflow.close(wave, by=alice, at=NOON)

    result = Result.objects.get(assessment=wave, ruleset=wave.ruleset)
    assert (result.profile["instrument"], result.counts) == ("1", "yes")
    assert result.profile["dimensions"]["additive"]["score"] == 50.0
    assert make_assessment(wave.activity, by=alice).instrument_version == draft


# The command


def test_command_prints_totals_and_writes_every_change(alice, draft, tmp_path, capsys):
    wave = make_wave(alice, A1=0, A2=0)
    make_wave(alice)
    draft.items.filter(code__in=["A1", "A2"]).update(weight=Decimal("4"))
    file = tmp_path / "impact.csv"

    call_command("impact", "2", csv=file)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Under version 2, 1 of 2 closed waves change."
    assert "       1  Verdict: Coproduction → Not coproduction" in lines
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["what"], row["from"], row["to"]) for row in rows] == [
        ("counts", "yes", "no"),
        ("kind", "full", "substitution"),
        ("bands.additive", "mixed", "opposite"),
    ]
    assert {(row["assessment"], row["activity"], row["version"]) for row in rows} == {
        (str(wave.pk), wave.activity.title, "1")
    }


def test_command_refuses_a_version_that_is_not_there(instrument):
    with pytest.raises(CommandError, match=r"There is no version 9\."):
        call_command("impact", "9")


# The curator's page


def address(version: InstrumentVersion) -> str:
    return reverse("admin:assessments_instrumentversion_impact", args=[version.pk])


@pytest.fixture
def moved(people, draft) -> Assessment:
    """A wave of "Parents' group" that version 2 would turn from yes to no."""
    wave = make_wave(people["alice"], A1=0, A2=0)
    wave.activity.title = "Parents’ group"
    wave.activity.save()
    draft.items.filter(code__in=["A1", "A2"]).update(weight=Decimal("4"))
    return wave


def test_page_works_it_out_only_when_asked(client, people, draft, moved):
    client.force_login(people["ada"])
    change_page = reverse("admin:assessments_instrumentversion_change", args=[draft.pk])

    assert address(draft) in client.get(change_page).content.decode()
    assert client.get(address(draft)).context.get("found") is None
    page = text_of(client.post(address(draft)))

    assert "1 of 1 closed assessment would change" in page
    assert "Verdict Coproduction Not coproduction 1" in page


def test_page_names_no_activity_and_no_figure_to_a_curator(client, people, draft, moved):
    client.force_login(people["ada"])

    page = text_of(client.post(address(draft)))

    assert code("activity", moved.activity_id) in page
    assert "Parents’ group" not in page
    assert "gates.additive · additive · additive.staff" in page
    assert "50.0" not in page


def test_page_tells_a_superuser_all_of_it(client, people, draft, moved):
    client.force_login(people["root"])

    page = text_of(client.post(address(draft)))

    assert "Parents’ group" in page
    assert "additive=50.0→25.0" in page


@pytest.mark.parametrize("name", ["alice", "rosa", "bob"])
def test_page_is_closed_to_everybody_else(client, people, draft, moved, name):
    client.force_login(people[name])

    assert client.get(address(draft)).status_code == 302
    assert client.post(address(draft)).status_code == 302


def test_page_above_its_limit_names_the_command_and_still_gives_the_file(
    client, people, draft, moved, monkeypatch
):
    monkeypatch.setattr("assessments.admin.impact.WAVES_AT_ONCE", 0)
    client.force_login(people["ada"])

    response = client.post(address(draft))
    file = client.post(address(draft), {"csv": "1"})

    assert response.context.get("found") is None
    assert "manage.py impact 2" in text_of(response)
    rows = list(csv.DictReader(io.StringIO(b"".join(file.streaming_content).decode(), newline="")))
    assert [row["what"] for row in rows] == ["counts", "kind", "bands.additive"]
    assert rows[0]["assessment"] == code("assessment", moved.pk)
    assert rows[0]["because"] == "gates.additive;additive;additive.staff"
