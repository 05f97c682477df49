"""The site and the browser that the browser tests use. The tests meet the site through these alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .chromium import launch
from .site import Site, demo_site
from .watch import complaints

PHONE = 390
DESK = 1280
"""The widths of the two screens that the pages are tested on, in CSS pixels."""


# Playwright's event loop would make Django refuse its database to tests of other packages, so the browser
# and the site last as long as this package, and no longer.


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, launch(playwright) as chromium:
        yield chromium


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, served with a database of its own that every test of a process shares."""
    with demo_site(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def width(request: pytest.FixtureRequest) -> int:
    """The width of the screen. A test that needs one width parametrises ``width`` itself."""
    return request.param


@pytest.fixture
def javascript() -> bool:
    """Whether pages run scripts. A test of both parametrises ``javascript`` itself."""
    return True


@pytest.fixture
def context(browser: Browser, site: Site, width: int, javascript: bool) -> Iterator[BrowserContext]:
    """One person's browser. At the end its pages must have had nothing to complain about."""
    with browser.new_context(
        base_url=site.address,
        viewport={"width": width, "height": 900},
        java_script_enabled=javascript,
        locale="en-GB",
    ) as person:
        found = complaints(person)
        yield person
    assert not found, "\n".join([*found, "", site.log.read_text()[-4000:]])


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
