"""The browser and the servers of the tests, which begin without what other tests left."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.server import Server
from web.failures import FAILURE_KEY

# Two cores train, serve and show at once.
expect.set_options(timeout=30_000)
# In the order in which they are set up: a page is closed before its server is emptied.
_SERVERS = ("server", "own_server", "fresh_server", "class_server")
_PAGES = ("page", "phone")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": install_browser(),
        "args": LAUNCH_ARGUMENTS,
    }


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def server(_shared_server) -> Iterator[Server]:
    """The server of all tests that need no other, with TensorFlow loaded by whoever came first."""
    yield _shared_server
    _shared_server.empty()


@pytest.fixture
def phone(new_context) -> Page:
    context: BrowserContext = new_context(
        viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True
    )
    return context.new_page()


@pytest.fixture(autouse=True)
def no_page_breaks(request) -> Iterator[None]:
    """Fail where a page shows an exception or the browser's console an error of ours."""
    for name in set(request.fixturenames).intersection(_SERVERS):
        request.getfixturevalue(name)
    pages: list[Page] = [
        request.getfixturevalue(name) for name in _PAGES if name in request.fixturenames
    ]
    errors: list[str] = []
    for page in pages:
        page.on("pageerror", lambda error: errors.append(str(error)))
    yield
    for page in pages:
        failure = page.locator(f"[data-testid=stException], .st-key-{FAILURE_KEY}")
        expect(failure).to_have_count(0)
    assert not errors
