"""Choices among rows with keys that no page offered."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.utils import timezone

from assessments.forms.colleagues import ColleaguesForm
from assessments.forms.invitation import PeopleForm
from assessments.models import Participant


@pytest.mark.parametrize("key", [str(10**30), str(-(10**30)), "0", "-1", "12 34", "x", "١٢٣٤٥٦", "\x00"])
def test_a_key_that_was_never_offered_is_a_wrong_choice(world, key):
    sent = QueryDict(mutable=True)
    sent.setlist("invited", [key])
    sent.setlist("people", [key])

    colleagues = ColleaguesForm(sent, instance=world.open, by=world.people["alice"])
    people = PeopleForm(sent, people=Participant.objects.all(), on=timezone.localdate())

    assert colleagues.errors["invited"]
    assert people.errors["people"]
