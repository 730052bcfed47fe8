"""Messages that no page sends: whoever sends them breaks nobody's page and takes no memory."""

import asyncio
import time
from contextlib import suppress

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from tests.browser.server import Server
from tests.hostile.message_cases import RAW_MESSAGES, WIDGET_CASES
from tests.visitor import Visitor

_AT_ONCE = 6
_SECONDS = 60.0
_PAGES = sorted({case.page for case in WIDGET_CASES})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("messages")


@pytest.fixture(scope="module")
def server(folder):
    """A server that has been visited before, so that it has loaded what it needs."""
    with Server(folder / "server", environment={"DIGIT_LAB_SHARED": "true"}) as running:
        RunStore(running.runs).create(Hyperparameters(architecture="mlp")).update(status="stopped")
        for _ in range(2):
            visits = [(f"{page} {n}", page, None) for page in _PAGES for n in range(8)]
            assert not asyncio.run(_visit_all(running, visits))
            _settle(running)
        yield running


def _settle(server):
    """Wait until a server takes no more memory: what it loads takes longer on a busy machine."""
    deadline, highest, steady = time.monotonic() + 90, 0, 0
    while steady < 5 and time.monotonic() < deadline:
        time.sleep(2)
        now = _memory(server)
        steady = steady + 1 if now <= 1.01 * highest else 0
        highest = max(highest, now)


async def _visit(server, page, send=None):
    """Visit a page and send it something; return what it shows of an exception."""
    path, _, query = page.partition("?")
    visitor = Visitor(server.url, path, query)
    await visitor.open()
    try:
        await _finish(visitor)
        if send:
            with suppress(ConnectionClosed):
                await send(visitor)
                # What is dropped has no answer.
                with suppress(TimeoutError):
                    await _finish(visitor, seconds=3.0)
    finally:
        await visitor.close()
    return [error for error in visitor.errors if not error.startswith("ConnectionClosed")]


async def _finish(visitor, seconds=_SECONDS):
    """Wait until the page's script has run to its end."""
    async with asyncio.timeout(seconds):
        while (await visitor.messages.get()).WhichOneof("type") != "script_finished":
            pass


async def _visit_all(server, visits):
    """Make these visits, some at a time; return by name what went wrong in which."""
    gate, wrong = asyncio.Semaphore(_AT_ONCE), {}

    async def visit(name, page, send):
        async with gate:
            try:
                if problems := await _visit(server, page, send):
                    wrong[name] = problems
            except Exception as error:
                wrong[name] = [f"{type(error).__name__}: {error}"]

    await asyncio.gather(*(visit(*each) for each in visits))
    return wrong


def _send_value(case):
    async def send(visitor):
        if case.folded_in:
            await visitor.set_value(case.folded_in, bool_value=True)
            await _finish(visitor)
        await visitor.set_value(visitor.key_of(case.key), **case.value)

    return send


def _send_bytes(content):
    async def send(visitor):
        await visitor.send_bytes(content)

    return send


def _memory(server):
    return psutil.Process(server.process.pid).memory_info().rss


def test_what_no_page_sends_breaks_nobody_s_page_and_takes_no_memory(server, folder):
    before = _memory(server)
    visits = [(case.name, case.page, _send_value(case)) for case in WIDGET_CASES]
    visits += [(name, "/train", _send_bytes(content)) for name, content in RAW_MESSAGES.items()]
    # Where a page cannot be shown it says so in a sentence, to whoever sent this and nobody else.
    assert not asyncio.run(_visit_all(server, visits))
    assert server.is_running()
    assert not asyncio.run(_visit_all(server, [(page, page, None) for page in _PAGES]))
    # Nothing was written where nothing belongs.
    assert {path.name for path in folder.iterdir()} == {"server"}
    assert len(RunStore(server.runs).list()) == 1
    assert not server.drawings.exists()
    # Sessions that are left are kept for half a minute.
    deadline = time.monotonic() + 90
    while _memory(server) > 1.1 * before and time.monotonic() < deadline:
        time.sleep(10)
        assert not asyncio.run(_visit(server, "/"))
    assert _memory(server) <= 1.1 * before
