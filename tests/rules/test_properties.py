"""What must hold for every case, tried on many."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.rules import SCORED, Case, Context, Facts, Form, Missing, Phase, Response, Side, assess
from assessments.rules.values import Agency, Basis, Known, Level, Part, StaffTime, Task
from tests.rules.cases import INSTRUMENT

POLES = {item.code: item.pole for item in INSTRUMENT.items}
DIMENSION_OF = {item.code: item.dimension for item in INSTRUMENT.items}

ratings = st.integers(0, 4)
answers = st.one_of(ratings, ratings, ratings, st.sampled_from(list(Missing)))


@st.composite
def responses(draw):
    side = draw(st.sampled_from(list(Side)))
    form = draw(st.sampled_from(list(Form))) if side is Side.PARTICIPANT else Form.FULL
    own = [item.code for item in INSTRUMENT.items if item.asked_of(side, form)]
    full = draw(st.booleans())
    given_answers = {code: draw(answers) for code in own if full or draw(st.booleans())}
    return Response(side=side, answers=given_answers, form=form)


facts = st.builds(
    Facts,
    phases=st.fixed_dictionaries({}, optional={phase: st.sampled_from(list(Part)) for phase in Phase}),
    agency=st.sampled_from(list(Agency)),
    public_resources=st.sampled_from(list(Known)),
    basis=st.sampled_from(list(Basis)),
    intentional=st.sampled_from(list(Known)),
    staff_time=st.sampled_from(list(StaffTime)),
    levels=st.frozensets(st.sampled_from(list(Level))),
    task=st.sampled_from(list(Task)),
    context=st.fixed_dictionaries({}, optional={name: st.sampled_from(list(Known)) for name in Context}),
)

cases = st.builds(
    Case,
    facts=facts,
    responses=st.lists(responses(), max_size=4)
    .flatmap(lambda found: st.sampled_from([found, found * 5]))
    .map(tuple),
)

rulesets = st.sampled_from(sorted(INSTRUMENT.rulesets))
many = settings(max_examples=60, deadline=None)


def text(case, **options):
    return json.dumps(assess(case, INSTRUMENT, **options).as_dict())


@many
@given(cases, rulesets, st.randoms(use_true_random=False))
def test_order_of_responses_and_answers_changes_nothing(case, ruleset, dice):
    shuffled = []
    for response in case.responses:
        items = list(response.answers.items())
        dice.shuffle(items)
        shuffled.append(replace(response, answers=dict(items)))
    dice.shuffle(shuffled)

    assert text(replace(case, responses=tuple(shuffled)), ruleset=ruleset) == text(case, ruleset=ruleset)


@many
@given(cases, st.data())
def test_raising_an_item_never_moves_its_dimension_the_wrong_way(case, data):
    rated = [
        (place, code)
        for place, response in enumerate(case.responses)
        for code, answer in response.answers.items()
        if POLES[code] and type(answer) is int and answer < 4
    ]
    if not rated:
        return
    place, code = data.draw(st.sampled_from(rated))
    response = case.responses[place]
    higher = replace(response, answers={**response.answers, code: response.answers[code] + 1})
    raised = replace(case, responses=(*case.responses[:place], higher, *case.responses[place + 1 :]))

    before, after = (assess(one, INSTRUMENT).dimensions[DIMENSION_OF[code]].score for one in (case, raised))

    assert (before is None) == (after is None)
    if before is not None:
        assert after >= before if POLES[code] == "+" else after <= before


@many
@given(cases, st.data())
def test_dont_know_never_counts_as_a_rating(case, data):
    unsure = [
        (place, code)
        for place, response in enumerate(case.responses)
        for code, answer in response.answers.items()
        if answer == Missing.DK
    ]
    if not unsure:
        return
    place, code = data.draw(st.sampled_from(unsure))
    response = case.responses[place]
    silent = replace(response, answers={one: two for one, two in response.answers.items() if one != code})
    without = replace(case, responses=(*case.responses[:place], silent, *case.responses[place + 1 :]))

    said, unsaid = assess(case, INSTRUMENT), assess(without, INSTRUMENT)

    assert said.dimensions == unsaid.dimensions
    assert (said.gates, said.verdict, said.flags) == (unsaid.gates, unsaid.verdict, unsaid.flags)


@many
@given(cases, st.integers(2, 6))
def test_headcount_of_a_side_never_outweighs_the_other(case, times):
    participants = tuple(one for one in case.responses if one.side is Side.PARTICIPANT)
    crowd = replace(case, responses=case.responses + participants * times)

    before, after = assess(case, INSTRUMENT), assess(crowd, INSTRUMENT)

    for name in SCORED:
        assert before.dimensions[name].score == after.dimensions[name].score
        assert before.dimensions[name].gap == after.dimensions[name].gap


@many
@given(cases, rulesets)
def test_unknown_facts_never_pass_and_open_gates_never_count(case, ruleset):
    found = assess(case, INSTRUMENT, ruleset=ruleset)

    states = {name: gate.state for name, gate in found.gates.items()}
    required = [states[name] for name in INSTRUMENT.rulesets[ruleset]]
    if case.facts.basis is Basis.UNKNOWN or case.facts.intentional is Known.UNKNOWN:
        assert states["voluntary"] in ("unknown", "fail")
    if case.facts.agency is Agency.UNKNOWN:
        assert states["agency"] == "unknown"
    if case.facts.public_resources is Known.UNKNOWN:
        assert states["resources"] == "unknown"
    if case.facts.part(Phase.DELIVER) is Part.UNKNOWN:
        assert states["delivery"] == "unknown"
    if case.facts.staff_time is StaffTime.UNKNOWN and found.dimensions["additive"].score is None:
        assert states["additive"] == "unknown"
    if found.counts == "yes":
        assert set(required) == {"pass"}
    assert (found.kind is None) == (found.counts in ("contested", "undetermined"))
    assert (found.decided_by is None) == (found.counts not in ("no", "partial"))
    assert bool(found.verdict.open_gates) == (found.counts in ("contested", "undetermined"))


@many
@given(cases, rulesets)
def test_figures_stay_in_their_ranges(case, ruleset):
    record = assess(case, INSTRUMENT, ruleset=ruleset).as_dict()

    scores = {**record["dimensions"], "product": record["product"]}
    for name, found in scores.items():
        band = record["robustness"]["dimensions"][name]
        assert (found["score"] is None) == (band["low"] is None) == (band["high"] is None)
        assert (found["score"] is None) == (found["band"] is None)
        if found["score"] is not None:
            assert 0 <= found["score"] <= 100
            assert 0 <= band["low"] <= band["high"] <= 100
        if found["coverage"] is not None:
            assert 0 <= found["coverage"] <= 1
        if found["gap"] is not None:
            assert -100 <= found["gap"] <= 100
    assert 0 <= record["robustness"]["verdict_holds"] <= 1
    assert len(record["would_change"]) <= 12
    assert "-0.0" not in json.dumps(record)
    assert json.loads(json.dumps(record, allow_nan=False)) == record


@many
@given(cases)
def test_same_input_gives_the_same_bytes(case):
    assert text(case) == text(case)


@many
@given(cases, rulesets)
def test_every_gate_is_computed_under_every_ruleset(case, ruleset):
    states = [gate.state for gate in assess(case, INSTRUMENT, ruleset=ruleset).gates.values()]

    assert states == [gate.state for gate in assess(case, INSTRUMENT).gates.values()]
