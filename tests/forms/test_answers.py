"""Ratings and evidence: what was typed comes back as it was typed."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains

from assessments.forms.answers import AnswersForm, EvidenceField
from assessments.models import EVIDENCE_MAX, Answer, Item, ItemText
from tests.factories import make_activity, make_assessment, make_service, make_user
from tests.views.pages import errors_of, send


@pytest.fixture
def wave(client, instrument):
    """An open wave; its manager is signed in."""
    manager = make_user("alice")
    client.force_login(manager)
    return make_assessment(make_activity(make_service(managers=[manager])), by=manager)


def rate(client, wave, **fields):
    return send(client, reverse("assessment-answers", args=[wave.pk, "additive"]), **fields)


def evidence(wave) -> str:
    return Answer.objects.get(response__assessment=wave, item__code="A1").evidence


TYPED = {
    "right to left": "قالت إنّ الموظفين معنا",
    "emoji": "👩🏽‍⚕️ helped 👍",
    "formula": "=1+1",
    "markup": "<script>alert('x')</script> & \"so on\"",
    "leading spaces": "   three before, two after  ",
    "several lines": "one\n\n  two\n",
    "first line empty": "\nsecond",
    "template signs": "{{ form }} {% url 'home' %}",
    "combining signs": "e\u0301 is not \u00e9",
}


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
def test_evidence_is_kept_and_shown_as_it_was_typed(client, wave, text):
    rate(client, wave, A1="3", A1_evidence=text.replace("\n", "\r\n"))

    assert evidence(wave) == text
    page = client.get(reverse("assessment-answers", args=[wave.pk, "additive"]))
    assert page.context["form"]["A1_evidence"].value() == text
    assertNotContains(page, "<script>alert")
    assertNotContains(client.get(reverse("assessment-check", args=[wave.pk])), "<script>alert")


def test_evidence_stands_in_its_field_sign_by_sign(client, wave):
    """A browser drops one line end after the opening tag, so the page writes one of its own."""
    rate(client, wave, A1_evidence="\r\n  <b>x</b>")

    page = client.get(reverse("assessment-answers", args=[wave.pk, "additive"]))

    assertContains(page, ">\n\n  &lt;b&gt;x&lt;/b&gt;</textarea>")


def test_evidence_of_ten_thousand_signs_is_taken_however_lines_end(client, wave):
    text = ("x" * 99 + "\r\n") * (EVIDENCE_MAX // 100)

    rate(client, wave, A1_evidence=text)

    assert evidence(wave) == text.replace("\r\n", "\n")
    assert len(evidence(wave)) == 10_000


def test_one_sign_more_is_refused_and_comes_back_whole(client, wave):
    text = "é" * 10_001

    page = rate(client, wave, A1="3", A2="2", A1_evidence=text)

    assert errors_of(page) == {
        "A1_evidence": ["Ensure this value has at most 10000 characters (it has 10001)."]
    }
    assert page.context["form"]["A1_evidence"].value() == text
    assert page.context["form"]["A1"].value() == "3"
    assert not Answer.objects.exists()


@given(st.text(alphabet=st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])))
def test_line_ends_of_a_browser_make_no_difference(text):
    field = EvidenceField()

    assert field.clean(text.replace("\n", "\r\n")) == text
    assert field.has_changed(text, text.replace("\n", "\r\n")) is False


def plain_form(data, saved):
    """The form of one item that stands in no database, with the answer that is saved for it."""
    item = Item(pk=1, code="A1")
    item._prefetched_objects_cache = {"texts": [ItemText(language="en", staff="Staff work on this.")]}
    return AnswersForm(data, items=[item], answers={1: saved})


@given(st.sampled_from([None, 0, 1, 2, 3, 4]), st.sampled_from(["", "dk", "na"]), st.text(max_size=20))
def test_a_saved_answer_is_given_back_the_same(rating, missing, text):
    saved = Answer(rating=None if missing else rating, missing=missing, evidence=text.replace("\x00", ""))
    form = plain_form(None, saved)

    data = {name: form[name].value() for name in ("A1", "A1_evidence", "seen")}
    (given_again,) = answered(data, saved)

    assert (given_again.rating, given_again.missing) == (saved.rating, saved.missing)


def answered(data, saved):
    form = plain_form({name: value for name, value in data.items() if value is not None}, saved)
    assert form.is_valid(), form.errors
    return form.given()
