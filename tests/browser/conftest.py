"""The site and the browser that the browser tests use. The tests meet the site through these alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    StorageState,
    expect,
    sync_playwright,
)

from .chromium import launch
from .people import sign_in
from .site import Site, demo_site
from .watch import complaints

PHONE = 390
DESK = 1280
"""The widths of the two screens that the pages are tested on, in CSS pixels."""

expect.set_options(timeout=20_000)  # A busy machine is slow; what is expected comes, or the test fails.


# Playwright's event loop would make Django refuse its database to tests of other packages, so the browser
# and the site last as long as this package, and no longer.


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with launch(playwright) as chromium:
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
def new_context(
    browser: Browser, site: Site, width: int, javascript: bool
) -> Iterator[Callable[..., BrowserContext]]:
    """Opens the browsers of several people. At the end none of their pages must have complained."""
    found: list[list[str]] = []
    with ExitStack() as stack:

        def open_one(**options) -> BrowserContext:
            context = browser.new_context(
                base_url=site.address,
                viewport={"width": width, "height": 900},
                java_script_enabled=javascript,
                locale="en-GB",
                **options,
            )
            found.append(complaints(stack.enter_context(context)))
            return context

        yield open_one
    lines = [line for lines in found for line in lines]
    assert not lines, "\n".join([*lines, "", site.log.read_text()[-4000:]])


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    """One person's browser, nobody signed in."""
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="package")
def session_of(browser: Browser, site: Site) -> Callable[[str], StorageState]:
    """The cookies of a demo person who has signed in. Each signs in once: a password takes a second."""

    @cache
    def cookies(username: str) -> StorageState:
        with browser.new_context(base_url=site.address) as context:
            sign_in(context.new_page(), username)
            return context.storage_state()

    return cookies


@pytest.fixture
def page_of(
    new_context: Callable[..., BrowserContext], session_of: Callable[[str], StorageState]
) -> Callable[[str], Page]:
    """Opens a browser in which a demo person is signed in: ``page_of("manager")``."""

    def open_one(username: str) -> Page:
        return new_context(storage_state=session_of(username)).new_page()

    return open_one
