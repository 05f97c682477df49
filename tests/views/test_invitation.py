"""Inviting participants: the pages of links, what they do, and what they must not tell."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse
from django.utils import timezone
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from assessments.models import Invitation
from assessments.workflow import assessment as waves
from assessments.workflow import invitations
from tests.factories import NOON, in_a_month, make_participant, make_participation

from .pages import errors_of, messages_of, send, text_of


class Unreachable(BaseEmailBackend):
    """A mail server that is not there."""

    def open(self):
        raise ConnectionRefusedError

    def send_messages(self, messages):
        self.open()


@pytest.fixture
def manager(client, people):
    """alice's browser."""
    client.force_login(people["alice"])
    return client


@pytest.fixture
def wave(world):
    return world.open


@pytest.fixture
def link(world) -> Invitation:
    """A link for the one participant of the world."""
    (single,) = invitations.invite(world.open, [world.participant], ends_on=in_a_month())
    return single


@pytest.fixture
def group(world) -> Invitation:
    return invitations.invite_group(world.open, limit=20, ends_on=in_a_month())


def of_wave(name: str, wave) -> str:
    return reverse(name, args=[wave.pk])


def at(name: str, link: Invitation) -> str:
    return reverse(f"invitation-{name}", args=[link.pk])


def address(link: Invitation) -> str:
    return f"http://testserver/a/{link.token}/"


def set_columns(link: Invitation, **columns) -> None:
    Invitation.objects.filter(pk=link.pk).update(**columns)
    link.refresh_from_db()


def today() -> date:
    return timezone.localdate()


def make_group(client, wave, **fields):
    typed = {"make": "group", "group-limit": "20", "group-ends_on": str(in_a_month()), "group-after": "0"}
    return client.post(of_wave("invitation-list", wave), {**typed, **fields})


def make_singles(client, wave, participants, **fields):
    typed = {"make": "people", "people-people": [one.pk for one in participants]}
    return client.post(
        of_wave("invitation-list", wave), {**typed, "people-ends_on": str(in_a_month()), **fields}
    )


# How much each page asks of the database


@pytest.fixture(params=[1, 3])
def busy(request, world):
    """The open wave with one link for a person and one for a group, or with three of each."""
    chosen = [world.participant]
    for _ in range(request.param - 1):
        chosen.append(make_participant(world.service))
        make_participation(chosen[-1], world.activity)
    for _ in range(request.param):
        waiting = make_participant(world.service)
        make_participation(waiting, world.activity)
        invitations.invite_group(world.open, limit=20, ends_on=in_a_month())
    invitations.invite(world.open, chosen, ends_on=in_a_month())
    return world.open


def test_list_takes_six_queries(manager, busy, django_assert_num_queries):
    with django_assert_num_queries(6):
        manager.get(of_wave("invitation-list", busy))


def test_sheets_take_four_queries(manager, busy, django_assert_num_queries):
    with django_assert_num_queries(4):
        manager.get(of_wave("invitation-sheets", busy))


@pytest.mark.parametrize("name", ["detail", "sheet", "email", "remind", "extend", "revoke"])
def test_page_of_one_link_takes_three_queries(manager, busy, name, django_assert_num_queries):
    single = busy.invitations.filter(kind="single").first()
    with django_assert_num_queries(3):
        manager.get(at(name, single))


# The list


def test_list_of_a_new_wave_says_nobody_is_invited(manager, wave):
    text = text_of(manager.get(of_wave("invitation-list", wave)))

    assert "Links 0 links, for up to 0 answers Sent by e-mail 0 Opened and begun 0 Completed 0" in text
    assert "P-001" in text
    assert "All links of this wave" not in text


def test_list_shows_totals_and_each_link_by_its_dates(manager, wave, link, group):
    set_columns(link, sent_on=date(2026, 3, 4), reminded_on=date(2026, 3, 9), ends_on=date(2026, 3, 30))
    set_columns(group, begun=7, completed=5)

    text = text_of(manager.get(of_wave("invitation-list", wave)))

    assert "2 links, for up to 21 answers Sent by e-mail 1 Opened and begun 7 Completed 5" in text
    assert "P-001 Ended 30 March 2026 4 March 2026 9 March 2026" in text
    assert f"Group link, up to 20 Open {in_a_month():%-d %B %Y} – –" in text


def test_no_page_tells_that_one_person_has_answered(manager, wave, link):
    """Before and after the person of a link has answered, every page of it reads the same."""
    other = make_participant(wave.activity.service)
    make_participation(other, wave.activity)
    (second,) = invitations.invite(wave, [other], ends_on=in_a_month())
    for one, email in ((link, "ann@example.org"), (second, "")):
        set_columns(one, sent_on=today(), email=email)
    pages = [at(name, link) for name in ("detail", "sheet", "email", "remind", "extend", "revoke")]

    def read() -> list[str]:
        listed = manager.get(of_wave("invitation-list", wave)).content.decode()
        return [text_of(manager.get(page)) for page in pages] + [
            listed.partition("<table")[2].partition("</table>")[0]
        ]

    before = read()
    set_columns(link, begun=1, completed=1, completed_on=today(), email="")

    assert read() == before


def test_a_kept_address_is_never_shown(manager, wave, link):
    set_columns(link, sent_on=today(), email="ann@example.org")

    for page in [of_wave("invitation-list", wave), at("detail", link), at("email", link), at("remind", link)]:
        assertNotContains(manager.get(page), "ann@example.org")


def test_task_list_leads_there_and_counts(manager, wave, link, group):
    set_columns(group, completed=3)

    page = manager.get(of_wave("assessment-detail", wave))

    assertContains(page, of_wave("invitation-list", wave))
    assertContains(page, "3 of 21 completed")


def test_invited_colleague_finds_no_way_to_the_links(client, people, wave):
    client.force_login(people["stan"])

    assertNotContains(client.get(of_wave("assessment-detail", wave)), "Invite participants")


# Making links


def test_a_group_link_is_made_with_one_click_and_shown(manager, wave):
    page = make_group(manager, wave)

    made = Invitation.objects.get()
    assertRedirects(page, at("detail", made), fetch_redirect_response=False)
    assert (made.kind, made.limit, made.participant) == ("group", 20, None)
    assertContains(manager.get(at("detail", made)), address(made))


def test_the_group_form_comes_filled_in(manager, wave):
    form = manager.get(of_wave("invitation-list", wave)).context["group"]

    assert (form["limit"].value(), form["ends_on"].value()) == (20, in_a_month())


def test_a_double_click_makes_one_group_link(manager, wave):
    for _ in range(2):
        make_group(manager, wave)

    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"group-limit": "1"}, "limit"),
        ({"group-limit": "1001"}, "limit"),
        ({"group-limit": ""}, "limit"),
        ({"group-ends_on": "yesterday"}, "ends_on"),
        ({"group-ends_on": "2020-01-01"}, "ends_on"),
        ({"group-ends_on": "2999-01-01"}, "ends_on"),
    ],
)
def test_a_wrong_group_link_is_refused_at_its_field(manager, wave, fields, field):
    page = make_group(manager, wave, **fields)

    assert list(errors_of(page)) == [field]
    assertContains(page, "There is a problem")
    assertContains(page, f'href="#id_group-{field}"')
    assert not Invitation.objects.exists()


def test_today_is_a_good_last_day(manager, wave):
    make_group(manager, wave, **{"group-ends_on": str(today())})

    assert Invitation.objects.get().ends_on == today()


def test_chosen_people_get_a_link_each(manager, world, wave):
    other = make_participant(world.service, "P-002")
    make_participation(other, world.activity)

    page = make_singles(manager, wave, [world.participant, other])

    assertRedirects(page, of_wave("invitation-list", wave), fetch_redirect_response=False)
    assert {link.participant for link in Invitation.objects.all()} == {world.participant, other}
    assert messages_of(manager.get(of_wave("invitation-list", wave))) == ["2 links are made."]


def test_one_chosen_person_leads_to_the_link(manager, world, wave):
    page = make_singles(manager, wave, [world.participant])

    assertRedirects(page, at("detail", Invitation.objects.get()), fetch_redirect_response=False)


def test_nobody_chosen_is_said_at_the_field(manager, wave):
    assert errors_of(make_singles(manager, wave, [])) == {"people": ["Choose at least one person."]}


def test_people_with_a_link_or_of_another_service_cannot_be_chosen(manager, people, world, wave, link):
    elsewhere = make_participant(world.service, "P-777")

    for chosen in (world.participant, elsewhere):
        assert list(errors_of(make_singles(manager, wave, [chosen]))) == ["people"]
    assert Invitation.objects.count() == 1


def test_a_group_among_the_participants_is_not_offered_a_single_link(manager, world, wave):
    tuesday = make_participant(world.service, "Tuesday group", kind="group", size=6)
    make_participation(tuesday, world.activity)

    assertNotContains(manager.get(of_wave("invitation-list", wave)), "Tuesday group")


# One link


def test_detail_shows_the_link_and_its_picture_without_inline_style(manager, link):
    page = manager.get(at("detail", link))

    assertContains(page, f'value="{address(link)}" readonly')
    assertContains(page, 'role="img" aria-label="QR code of the link"')
    assertContains(page, "<path", count=2)
    assertNotContains(page, "style=")


def test_the_picture_of_another_link_is_another(manager, link, group):
    pictures = {manager.get(at("detail", one)).context["picture"] for one in (link, group)}

    assert len(pictures) == 2


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"revoked_on": date(2026, 3, 4)}, "This link was revoked on 4 March 2026."),
        ({"ends_on": date(2026, 3, 4)}, "This link ended on 4 March 2026."),
    ],
)
def test_a_link_that_does_not_stand_is_not_handed_out(manager, link, columns, sentence):
    set_columns(link, **columns)

    page = manager.get(at("detail", link))

    assertContains(page, sentence)
    assertNotContains(page, link.token)
    for name in ("sheet", "email"):
        assertRedirects(manager.get(at(name, link)), at("detail", link), fetch_redirect_response=False)


def test_a_link_outlives_its_participant(manager, wave, link):
    link.participant.delete()

    assertContains(manager.get(of_wave("invitation-list", wave)), "One person, no longer listed")


def test_extending_moves_the_last_day(manager, link):
    new = today() + timedelta(days=90)

    page = manager.post(at("extend", link), {"ends_on": str(new)}, follow=True)

    link.refresh_from_db()
    assert link.ends_on == new
    assert messages_of(page) == ["The new last day is saved."]


def test_extending_into_the_past_is_refused(manager, link):
    page = manager.post(at("extend", link), {"ends_on": str(today() - timedelta(days=1))})

    assert errors_of(page) == {"ends_on": ["This day is over. Choose today or a later day."]}


def test_a_revoked_link_is_not_extended(manager, link):
    set_columns(link, revoked_on=today())

    page = manager.post(at("extend", link), {"ends_on": str(today() + timedelta(days=90))})

    assertRedirects(page, at("detail", link), fetch_redirect_response=False)
    link.refresh_from_db()
    assert link.ends_on == in_a_month()


def test_revoking_asks_first_and_then_makes_room_for_another(manager, world, wave, link):
    assertContains(manager.get(at("revoke", link)), "This cannot be undone.")
    link.refresh_from_db()
    assert link.revoked_on is None

    manager.post(at("revoke", link))

    link.refresh_from_db()
    assert link.revoked_on == today()
    make_singles(manager, wave, [world.participant])
    assert Invitation.objects.filter(participant=world.participant).count() == 2


# Sheets


def test_sheet_says_who_asks_what_until_when_and_whom_to_ask(manager, world, link):
    world.service.contact = "Jo Green, 020 7946 0001"
    world.service.save()

    text = text_of(manager.get(at("sheet", link)))

    for words in (
        "Elm Road Family Centre (Elm Borough Council) would like to know how Parents’ group works",
        "You choose whether to answer.",
        address(link),
        f"until the end of {in_a_month():%-d %B %Y}",
        "This address is for you alone",
        "Ask Jo Green, 020 7946 0001",
        "For handing out: P-001",
    ):
        assert words in text


def test_a_service_says_whom_participants_can_ask(manager, world, link):
    address = reverse("service-update", args=[world.service.slug])
    assertContains(manager.get(address), "Whom participants can ask")

    send(manager, address, name=world.service.name, contact="Jo Green, 020 7946 0001")

    assertContains(manager.get(at("sheet", link)), "Jo Green, 020 7946 0001")
    send(manager, address, name=world.service.name, contact="")
    assertContains(manager.get(at("sheet", link)), "Ask whoever gave you this sheet.")


def test_sheets_are_for_links_that_stand_alone(manager, wave, link, group):
    ended = invitations.invite_group(wave, limit=5, ends_on=today() - timedelta(days=1))
    revoked = invitations.invite_group(wave, limit=6, ends_on=in_a_month())
    invitations.revoke(revoked, on=today())

    page = manager.get(of_wave("invitation-sheets", wave))

    assertContains(page, 'class="sheet"', count=2)
    for one in (link, group):
        assertContains(page, address(one))
    for one in (ended, revoked):
        assertNotContains(page, one.token)


def test_sheets_without_a_link_lead_to_making_one(manager, wave):
    page = manager.get(of_wave("invitation-sheets", wave))

    assertContains(page, "No link is open at the moment.")
    assertContains(page, of_wave("invitation-list", wave))


# Letters


def test_the_letter_is_shown_and_then_sent_as_shown(manager, world, link):
    shown = manager.get(at("email", link)).context["letter"]

    page = manager.post(at("email", link), {"email": "ann@example.org"}, follow=True)

    (letter,) = mail.outbox
    assert messages_of(page) == ["The e-mail is sent."]
    assert (letter.to, letter.subject, letter.body) == (["ann@example.org"], shown.subject, shown.body)
    assert letter.content_subtype == "plain"
    for words in (address(link), "Parents’ group", "voluntary", f"{in_a_month():%-d %B %Y}"):
        assert words in letter.body


def test_the_subject_names_nobody_and_no_service(manager, link):
    manager.post(at("email", link), {"email": "ann@example.org"})

    assert mail.outbox[0].subject == "Your view is asked for"


def test_signs_of_html_stay_signs_in_page_and_letter(manager, world, link):
    world.service.name = "<b>Elm</b> & Oak"
    world.service.save()

    page = manager.post(at("email", link), {"email": "wrong"})

    assertContains(page, "&lt;b&gt;Elm&lt;/b&gt; &amp; Oak")
    assertNotContains(page, "<b>Elm</b>")
    manager.post(at("email", link), {"email": "ann@example.org"})
    assert "<b>Elm</b> & Oak" in mail.outbox[0].body


@pytest.mark.parametrize("typed", ["", "ann", "ann@example.org\nBcc: bob@example.org"])
def test_a_wrong_address_is_refused_at_the_field(manager, link, typed):
    assert list(errors_of(manager.post(at("email", link), {"email": typed}))) == ["email"]
    assert mail.outbox == []


def test_a_mail_server_that_is_not_there_is_named_and_nothing_is_marked(manager, link, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"

    page = manager.post(at("email", link), {"email": "ann@example.org"})

    assertContains(page, "ConnectionRefusedError")
    assertContains(page, "Nothing is marked as sent.")
    link.refresh_from_db()
    assert (link.sent_on, link.email) == (None, "")


def test_a_group_link_is_not_sent_to_one_address(manager, group):
    for page in (manager.get(at("email", group)), manager.post(at("email", group), {"email": "a@b.org"})):
        assertRedirects(page, at("detail", group), fetch_redirect_response=False)
    assert mail.outbox == []


def test_reminding_everybody_says_how_many_and_works_once_a_day(manager, wave, link):
    set_columns(link, sent_on=today(), email="ann@example.org")

    first = manager.post(of_wave("invitations-remind", wave), follow=True)
    second = manager.post(of_wave("invitations-remind", wave), follow=True)

    (letter,) = mail.outbox
    assert letter.subject == "A reminder: your view is asked for"
    assert address(link) in letter.body
    assert messages_of(first) == ["1 reminder is sent."]
    assert messages_of(second) == ["0 reminders are sent."]


def test_reminding_one_person_reads_the_same_whether_they_have_answered_or_not(manager, link):
    set_columns(link, sent_on=today(), email="ann@example.org")
    waiting = messages_of(manager.post(at("remind", link), follow=True))
    set_columns(link, email="", completed=1, reminded_on=None)
    answered = messages_of(manager.post(at("remind", link), follow=True))

    assert len(mail.outbox) == 1
    assert waiting == answered


def test_a_reminder_that_no_server_takes_is_said(manager, wave, link, settings):
    set_columns(link, sent_on=today(), email="ann@example.org")
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"

    for page in (of_wave("invitations-remind", wave), at("remind", link)):
        assert "ConnectionRefusedError" in messages_of(manager.post(page, follow=True))[0]
    link.refresh_from_db()
    assert link.reminded_on is None


# When the wave is closed


def test_a_closed_wave_shows_no_link_and_changes_none(manager, people, wave, link):
    set_columns(link, sent_on=today(), email="ann@example.org")
    waves.close(wave, by=people["alice"], at=NOON)
    before = list(Invitation.objects.values())
    pages = [of_wave(name, wave) for name in ("invitation-list", "invitation-sheets", "invitations-remind")]
    pages += [at(name, link) for name in ("detail", "sheet", "email", "remind", "extend", "revoke")]

    for page in pages:
        shown = manager.get(page)
        assertContains(shown, "This wave is closed")
        assertNotContains(shown, link.token)
        if "sheet" not in page and page != at("detail", link):
            fields = {"email": "ann@example.org", "ends_on": str(today()), "make": "group"}
            assert manager.post(page, fields).status_code == 409

    assert list(Invitation.objects.values()) == before
    assert before[0]["email"] == ""
    assert mail.outbox == []
