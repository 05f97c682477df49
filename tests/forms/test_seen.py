"""The guard against overwriting: what was seen, what is saved now, and what was typed."""

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from assessments.forms.seen import SeenMixin

CHOICES = [("a", "First"), ("b", "Second")]


class NoteForm(SeenMixin, forms.Form):
    """A field of each shape."""

    text = forms.CharField(required=False)
    agreed = forms.BooleanField(required=False)
    one = forms.ChoiceField(choices=CHOICES, required=False)
    several = forms.MultipleChoiceField(choices=CHOICES, required=False)


def opened(**saved) -> str:
    """The fingerprint of a form that was opened on what is saved."""
    return NoteForm(initial=saved).initial["seen"]


def sent(seen: str, saved: dict, **typed) -> NoteForm:
    """A form that was opened on ``seen`` and is sent while ``saved`` is there."""
    return NoteForm({"seen": seen, **typed}, initial=saved)


def test_a_form_nobody_else_touched_is_taken():
    form = sent(opened(text="old"), {"text": "old"}, text="new")

    assert form.is_valid()
    assert "seen" not in form.cleaned_data


def test_a_stale_form_is_refused_with_both_texts():
    form = sent(opened(text="old"), {"text": "theirs"}, text="mine")

    assert not form.is_valid()
    assert form.errors.get_json_data()["__all__"][0]["code"] == "stale"
    assert [(one.field.name, one.saved, one.typed) for one in form.differences] == [
        ("text", "theirs", "mine")
    ]


def test_the_form_that_comes_back_keeps_what_was_typed_and_sees_what_is_saved():
    first = sent(opened(text="old"), {"text": "theirs"}, text="mine")
    assert not first.is_valid()

    assert first["text"].value() == "mine"
    assert sent(first["seen"].value(), {"text": "theirs"}, text="mine").is_valid()


def test_a_third_save_in_between_is_refused_again():
    first = sent(opened(text="old"), {"text": "theirs"}, text="mine")
    assert not first.is_valid()

    again = sent(first["seen"].value(), {"text": "somebody else’s"}, text="mine")

    assert not again.is_valid()
    assert again.differences[0].saved == "somebody else’s"


def test_sending_what_is_saved_already_is_no_conflict():
    assert sent(opened(text="old"), {"text": "same"}, text="same").is_valid()


@pytest.mark.parametrize("seen", ["", "made up", "\x00", "0" * 20])
def test_a_form_without_its_fingerprint_counts_as_stale(seen):
    form = sent(seen, {"text": "theirs"}, text="mine")

    assert not form.is_valid()
    assert [one.saved for one in form.differences] == ["theirs"]


def test_differences_are_in_the_words_of_the_page():
    saved = {"agreed": True, "one": "a", "several": ["a", "b"]}
    form = sent(opened(), saved, one="b", several=["b"])

    assert not form.is_valid()
    assert [(one.field.name, one.saved, one.typed) for one in form.differences] == [
        ("agreed", "Yes", "No"),
        ("one", "First", "Second"),
        ("several", "First, Second", "Second"),
    ]


def test_the_order_of_several_choices_does_not_matter():
    assert opened(several=["a", "b"]) == opened(several=["b", "a"])


@given(st.text(), st.text())
def test_the_fingerprint_changes_exactly_when_the_text_does(first, second):
    assert (opened(text=first) == opened(text=second)) == (first == second)


@given(st.lists(st.text(), min_size=2, max_size=2), st.lists(st.text(), min_size=2, max_size=2))
def test_no_text_moves_unseen_from_one_field_to_another(first, second):
    alike = opened(text=first[0], one=first[1]) == opened(text=second[0], one=second[1])

    assert alike == (first == second)
