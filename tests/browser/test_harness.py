"""The browser tests' own eyes: each must see what it is there to see."""

import pytest
from playwright.sync_api import Browser

from .axe import findings
from .watch import complaints

pytestmark = pytest.mark.browser

POLICY = {"content-security-policy": "default-src 'self'; script-src 'unsafe-inline'"}


def complaints_of(browser: Browser, body: str) -> list[str]:
    """What the watch finds on a page with ``body``, served without a network."""
    with browser.new_context() as context:
        found = complaints(context)
        page = context.new_page()
        page.route(
            "**/page", lambda route: route.fulfill(body=body, content_type="text/html", headers=POLICY)
        )
        page.route("**/missing.png", lambda route: route.fulfill(status=404))
        page.goto("http://localhost/page")
        page.wait_for_load_state("networkidle")
        return found


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>console.error('a mistake')</script>", "error: a mistake"),
        ("<script>throw new Error('a fault')</script>", "a fault"),
        ("<p style='color: red'>Red</p>", "Content security policy: style-src"),
        ("<img src='/missing.png' alt=''>", "404: http://localhost/missing.png"),
    ],
)
def test_watch_sees_what_goes_wrong(browser, body, complaint):
    assert any(complaint in line for line in complaints_of(browser, body))


def test_watch_is_silent_on_a_sound_page(browser):
    assert complaints_of(browser, "<p>All is well</p>") == []


def test_axe_names_the_element_and_the_rule(browser):
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<html lang='en'><title>Page</title><main><h1>Page</h1><button></button></main>")
        (finding,) = findings(page)
    assert "button-name" in finding
    assert "<button></button>" in finding
