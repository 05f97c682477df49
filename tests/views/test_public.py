"""The public pages, the account pages, the error pages, and the parts that every form is made of."""

import re
from html.parser import HTMLParser

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django import forms
from django.core import mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from assessments.models.instrument import (
    Dimension,
    DimensionText,
    InstrumentVersion,
    Item,
    ItemText,
    RuleSet,
    RuleSetText,
)
from assessments.models.user import User
from assessments.views import errors

PUBLIC = ["home", "definitions", "accessibility", "privacy", "login", "password_reset"]


class Page(HTMLParser):
    """The tags of a page, each a name with its attributes, in their order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every tag with this name."""
        return [attributes for tag, attributes in self.tags if tag == name]

    @property
    def ids(self) -> list[str]:
        """Every id, as often as it stands on the page."""
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


def make_version(version: str, *, published: bool = True) -> InstrumentVersion:
    """A version with one rule-set, one dimension and two items."""
    made = InstrumentVersion.objects.create(version=version, title="What we do together")
    ruleset = RuleSet.objects.create(version=made, code="bussu-2014", production=True, agency=True)
    RuleSetText.objects.create(ruleset=ruleset, language="en", name="Bussu", description="All together.")
    dimension = Dimension.objects.create(version=made, code="additive", order=0, source="It is Additive")
    DimensionText.objects.create(
        dimension=dimension,
        language="en",
        name="Additive",
        coproduction_pole="additive",
        opposite_pole="substitutive",
        definition="People add to what staff do.",
    )
    for order, (code, pole) in enumerate([("A1", "+"), ("A4", "-")]):
        item = Item.objects.create(
            version=made,
            dimension=dimension,
            code=code,
            order=order,
            pole=pole,
            short=not order,
            source="text",
        )
        ItemText.objects.create(
            item=item, language="en", staff=f"{code} for staff", participant=f"{code} ours"
        )
    if published:
        InstrumentVersion.objects.filter(pk=made.pk).update(status="published", published_at=timezone.now())
    return made


class AskedForm(forms.Form):
    """One field of each kind that a page shows."""

    name = forms.CharField(label="Name of the service", help_text="As people know it.")
    note = forms.CharField(label="Note", required=False)
    basis = forms.ChoiceField(
        label="On what terms?",
        help_text="The first time.",
        widget=forms.RadioSelect,
        choices=[("chosen", "They choose"), ("dk", "Don’t know")],
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", PUBLIC)
def test_public_page_opens_for_everybody(client, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert "sessionid" not in response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("name", PUBLIC)
def test_public_page_has_one_heading_and_nothing_inline(client, name):
    page = Page(client.get(reverse(name)).content.decode())

    assert len(page.all("h1")) == 1
    assert page.all("style") == []
    assert all(script.get("src") for script in page.all("script"))
    assert [tag for tag, attributes in page.tags if "style" in attributes] == []
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["home", "accessibility", "privacy"])
def test_page_of_words_asks_the_database_nothing(client, django_assert_num_queries, name):
    with django_assert_num_queries(0):
        client.get(reverse(name))


@pytest.mark.django_db
def test_header_offers_a_way_out_only_to_those_who_are_in(client):
    before = client.get(reverse("home")).content.decode()
    client.force_login(User.objects.create_user("alice"))
    after = client.get(reverse("home")).content.decode()

    assert reverse("logout") not in before
    assert reverse("login") in before
    assert reverse("logout") in after
    assert reverse("admin:index") not in after


@pytest.mark.django_db
def test_header_marks_the_page_that_is_open(client):
    page = Page(client.get(reverse("definitions")).content.decode())

    assert {"href": reverse("definitions"), "aria-current": "page"} in page.all("a")


def test_definitions_say_so_before_anything_is_published():
    html = render_to_string("definitions/detail.html", {"shown": None, "versions": []})

    assert "Nothing is published yet" in html


@pytest.mark.django_db
def test_definitions_show_both_wordings_and_the_conditions(client):
    make_version("2")

    html = client.get(reverse("definitions")).content.decode()

    for words in ("A1 for staff", "A1 ours", "in the short form", "using public resources", "All together."):
        assert words in html
    assert html.count("in the short form") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_definitions_take_the_same_queries_for_any_number_of_versions(
    client, django_assert_num_queries, count
):
    for number in range(count):
        make_version(f"2.{number}")

    with django_assert_num_queries(7):
        client.get(reverse("definitions"))


@pytest.mark.django_db
def test_definitions_of_an_earlier_version_say_that_it_is_earlier(client):
    make_version("2")

    earlier = client.get(reverse("definitions-version", args=["1"])).content.decode()
    newest = client.get(reverse("definitions-version", args=["2"])).content.decode()

    assert "This is an earlier version." in earlier
    assert "This is an earlier version." not in newest


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["draft", "nowhere"])
def test_definitions_of_a_draft_or_of_nothing_are_not_found(client, version):
    make_version("draft", published=False)

    assert client.get(reverse("definitions-version", args=[version])).status_code == 404


@pytest.mark.django_db
def test_sign_in_that_fails_puts_the_error_first_and_into_the_title(client):
    html = client.post(reverse("login"), {"username": "alice", "password": "wrong"}).content.decode()

    assert re.search(r"<title>\s*Error:", html)
    assert html.count('class="error-summary"') == 1
    assert html.index('class="error-summary"') < html.index("<h1>")


@pytest.mark.django_db
def test_a_forgotten_password_is_chosen_anew_by_the_link_that_was_sent(client):
    user = User.objects.create_user("alice", "alice@example.org", "old-secret-words")

    client.post(reverse("password_reset"), {"email": "alice@example.org"})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    done = client.post(
        form.redirect_chain[-1][0],
        {"new_password1": "new-secret-words", "new_password2": "new-secret-words"},
        follow=True,
    )

    user.refresh_from_db()
    assert user.check_password("new-secret-words")
    assert "Your new password is saved" in done.content.decode()
    assert "This link does not work any more" in client.get(link).content.decode()


@pytest.mark.django_db
def test_password_is_changed_by_somebody_who_is_signed_in(client):
    user = User.objects.create_user("alice", password="old-secret-words")
    client.force_login(user)

    done = client.post(
        reverse("password_change"),
        {
            "old_password": "old-secret-words",
            "new_password1": "new-secret-words",
            "new_password2": "new-secret-words",
        },
        follow=True,
    )

    assert "Your password is changed" in done.content.decode()


def test_server_error_page_asks_the_database_nothing(rf):
    request = rf.get("/")
    request.user = SimpleLazyObject(lambda: User.objects.get(username="alice"))  # No database in this test.

    html = errors.server_error(request).content.decode()

    assert request.reference in html
    assert reverse("logout") not in html


@pytest.mark.django_db
def test_not_found_page_is_ours(client):
    client.force_login(User.objects.create_user("alice"))

    response = client.get("/nowhere/")

    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_expired_form_shows_what_was_typed_and_no_password(rf):
    request = rf.post("/accounts/password/", {"note": "We met & spoke.", "old_password": "secret words"})

    html = errors.expired_form(request).content.decode()

    assert "We met &amp; spoke." in html
    assert "secret words" not in html


def test_field_ties_its_hint_and_error_to_the_control():
    page = Page(as_crispy_form(AskedForm({})))

    (name,) = [tag for tag in page.all("input") if tag["name"] == "name"]
    assert name["aria-describedby"] == "id_name_helptext id_name_error"
    assert name["aria-invalid"] == "true"
    assert {"id_name_helptext", "id_name_error"} <= set(page.ids)


def test_field_of_radios_is_a_group_with_a_name():
    page = Page(as_crispy_form(AskedForm({})))

    assert len(page.all("fieldset")) == len(page.all("legend")) == 1
    assert page.all("fieldset")[0]["aria-describedby"] == "id_basis_helptext id_basis_error"
    assert [label["for"] for label in page.all("label")][-2:] == ["id_basis_0", "id_basis_1"]


def test_field_says_optional_and_draws_no_asterisks():
    html = as_crispy_form(AskedForm())

    assert html.count("(optional)") == 1
    assert "*" not in html


def test_error_summary_links_each_error_to_its_control():
    form = AskedForm({})
    controls = Page(as_crispy_form(form)).ids

    summary = Page(render_to_string("components/error_summary.html", {"form": form}))

    links = [link["href"].removeprefix("#") for link in summary.all("a")]
    assert links == ["id_name", "id_basis_0"]
    assert set(links) <= set(controls)


def test_question_names_its_statement_hint_and_error():
    form = AskedForm({})
    context = {"statement": "Staff work with us.", "guidance": "Side by side.", "field": form["basis"]}

    html = render_to_string("components/question.html", context)

    page = Page(html)
    assert page.all("fieldset")[0]["aria-describedby"].split() == ["id_basis_helptext", "id_basis_error"]
    assert re.search(r"<legend>\s*Staff work with us\.\s*</legend>", html)
    assert html.index("They choose") < html.index(">or<") < html.index("Don’t know")
