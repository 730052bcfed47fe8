"""How much one client, and all together, may have a server keep of what they send as files."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from core.identity import COOKIE, Identity
from web import upload_gate
from web.upload_gate import UploadGate

_IDENTITY = Identity(b"a secret of this server, long enough")


class _Server:
    """Keeps each file as Streamlit does, under the gate; a file named "slow" takes its time."""

    def __init__(self):
        self.files, self.go_on = MemoryUploadedFileManager("/upload"), asyncio.Event()
        routes = [
            Route("/_stcore/upload_file/{session}/{file}", self._receive, methods=["PUT"]),
            Route("/{path:path}", lambda _: PlainTextResponse("else")),
        ]
        app = UploadGate(
            Starlette(routes=routes), identity=lambda: _IDENTITY, files=lambda: self.files
        )
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    async def _receive(self, request):
        session, file = request.path_params["session"], request.path_params["file"]
        content = await request.body()
        if file == "slow":
            await self.go_on.wait()
        self.files.add_file(session, UploadedFileRec(file, file, "", content))
        return Response(status_code=204)

    async def send(self, path, *, browser=None, method="PUT"):
        headers = {"cookie": f"{COOKIE}={browser}"} if browser else {}
        url = f"/_stcore/upload_file/{path}"
        response = await self._client.request(method, url, content=b"x" * 100, headers=headers)
        return response.status_code

    def kept(self, session):
        return {file for file in ("a", "b", "slow") if self.files.get_files(session, [file])}


@pytest.fixture
def server():
    return _Server()


def _browser():
    return _IDENTITY.issue()


def test_of_each_client_the_last_file_is_kept(server):
    async def send_all():
        first, second = _browser(), _browser()
        for path, browser in (("s/a", first), ("t/a", second), ("s/b", first)):
            assert await server.send(path, browser=browser) == 204
        assert server.kept("s") == {"b"}
        assert server.kept("t") == {"a"}
        # Those without a cookie of ours are one client.
        assert [await server.send(path) for path in ("u/a", "v/a")] == [204, 204]
        assert (server.kept("u"), server.kept("v")) == (set(), {"a"})

    asyncio.run(send_all())


def test_a_client_sends_one_file_at_a_time_and_others_are_not_kept_waiting(server):
    async def send_all():
        first, second = _browser(), _browser()
        slow = asyncio.create_task(server.send("s/slow", browser=first))
        await asyncio.sleep(0.05)
        assert await server.send("s/a", browser=first) == 429
        assert await server.send("t/a", browser=second) == 204
        server.go_on.set()
        assert await slow == 204
        assert await server.send("s/b", browser=first) == 204

    asyncio.run(send_all())


def test_few_files_come_at_a_time(server):
    async def send_all():
        slow = [
            asyncio.create_task(server.send(f"s{number}/slow", browser=_browser()))
            for number in range(4)
        ]
        await asyncio.sleep(0.05)
        assert await server.send("t/a", browser=_browser()) == 429
        server.go_on.set()
        assert await asyncio.gather(*slow) == [204] * 4

    asyncio.run(send_all())


def test_nothing_more_is_received_while_too_much_is_kept(server, monkeypatch):
    monkeypatch.setattr(upload_gate, "_MOST_HELD", 150)

    async def send_all():
        answers = [await server.send(f"s{n}/a", browser=_browser()) for n in range(3)]
        assert answers == [204, 204, 429]
        server.files.remove_session_files("s0")
        assert await server.send("s3/a", browser=_browser()) == 204

    asyncio.run(send_all())


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "s/a"), ("POST", "s/a"), ("PUT", "s"), ("PUT", "s/a/b")]
)
def test_nothing_else_is_answered_there(server, method, path):
    assert asyncio.run(server.send(path, method=method)) == 404
