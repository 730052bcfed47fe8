"""The browser and one server for all tests that need no other."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.server import Server

# Two cores train, serve and show at once.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": install_browser(),
        "args": LAUNCH_ARGUMENTS,
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def own_server(tmp_path) -> Iterator[Server]:
    """A server for a test that kills it or changes its files."""
    with Server(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def no_page_breaks(request) -> Iterator[None]:
    """Fail where a page shows an exception or the browser's console an error of ours."""
    page: Page | None = request.getfixturevalue("page") if "page" in request.fixturenames else None
    errors: list[str] = []
    if page:
        page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    if page:
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        assert not errors
