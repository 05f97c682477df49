"""Which colleagues are invited to answer a wave."""

from assessments.forms.colleagues import ColleaguesForm


def test_whoever_chooses_keeps_their_own_invitation(world):
    alice, lena, olga = (world.people[name] for name in ("alice", "lena", "olga"))
    world.open.invited.set([alice, lena])
    unbound = ColleaguesForm(instance=world.open, by=alice)

    form = ColleaguesForm(
        {"seen": unbound["seen"].value(), "invited": [olga.pk]}, instance=world.open, by=alice
    )

    assert alice not in form.fields["invited"].queryset
    assert form.is_valid(), form.errors
    form.save()
    assert set(world.open.invited.all()) == {alice, olga}
