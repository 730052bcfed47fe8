"""What a client sends that no page would, too often, or in too large a piece."""

import time

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.identity import COOKIE, Identity
from web import gate
from web.gate import Gate

_IDENTITY = Identity(b"a secret of this server, long enough")
_RERUN = BackMsg(rerun_script={"page_name": "train"}).SerializeToString()


async def _echo(websocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send_bytes(await websocket.receive_bytes())
    except WebSocketDisconnect:
        pass


async def _page(_):
    return PlainTextResponse("a page")


def _client(*, max_sessions=100):
    routes = [WebSocketRoute("/_stcore/stream", _echo), Route("/{path:path}", _page)]
    app = Gate(
        Starlette(routes=routes),
        identity=lambda: _IDENTITY,
        max_sessions=max_sessions,
        max_message_bytes=1000,
    )
    return TestClient(app)


@pytest.fixture
def connect():
    client = _client()
    return lambda: client.websocket_connect("/_stcore/stream")


@pytest.mark.parametrize(
    "message",
    [
        {"rerun_script": {"query_string": "run=1", "fragment_id": "no such fragment"}},
        {"stop_script": True},
        {"app_heartbeat": True},
        {"backend_operation_request": {"request_id": "1", "deferred_file": {"file_id": "2"}}},
        {"file_urls_request": {"request_id": "1", "file_names": ["model.keras"]}},
    ],
)
def test_what_pages_send_arrives(connect, message):
    sent = BackMsg(**message).SerializeToString()
    with connect() as connection:
        connection.send_bytes(sent)
        assert connection.receive_bytes() == sent


@pytest.mark.parametrize(
    "message",
    [
        {"clear_cache": True},
        {"set_run_on_save": True},
        {"load_git_info": True},
        {"debug_disconnect_websocket": True},
        {"debug_shutdown_runtime": True},
        {"file_urls_request": {"request_id": "1", "file_names": ["a"] * 2}},
        {"file_urls_request": {"request_id": "1", "file_names": ["a" * 301]}},
        {"backend_operation_request": {"request_id": "1", "install_skills": {}}},
        {"backend_operation_request": {"request_id": "1"}},
        {},
    ],
)
def test_what_no_page_sends_is_dropped(connect, message):
    with connect() as connection:
        connection.send_bytes(BackMsg(**message).SerializeToString())
        connection.send_bytes(_RERUN)
        assert connection.receive_bytes() == _RERUN


def test_a_message_that_is_too_large_ends_the_connection(connect):
    with connect() as connection:
        connection.send_bytes(
            BackMsg(rerun_script={"query_string": "x" * 2000}).SerializeToString()
        )
        with pytest.raises(WebSocketDisconnect) as closed:
            connection.receive_bytes()
    assert closed.value.code == 1009


def test_messages_that_come_too_fast_wait_and_are_not_lost(connect, monkeypatch):
    monkeypatch.setattr(gate, "_BURST", 5.0)
    monkeypatch.setattr(gate, "_MESSAGES_PER_SECOND", 20.0)
    with connect() as connection:
        start = time.monotonic()
        for _ in range(15):
            connection.send_bytes(_RERUN)
        assert [connection.receive_bytes() for _ in range(15)] == [_RERUN] * 15
        # Some of the first may have been sent in the time of the others.
        assert time.monotonic() - start > 0.4


def test_one_client_and_all_together_have_so_many_connections(monkeypatch):
    monkeypatch.setattr(gate, "_MAX_CONNECTIONS", 2)
    client = _client(max_sessions=3)

    def connect(browser):
        cookie = {"cookie": f"{COOKIE}={browser}"}
        return client.websocket_connect("/_stcore/stream", headers=cookie)

    one, other, third = (_IDENTITY.issue() for _ in range(3))
    with connect(one), connect(one):
        with pytest.raises(WebSocketDisconnect), connect(one):
            pass
        with connect(other), pytest.raises(WebSocketDisconnect), connect(third):
            pass
        # A connection that has ended makes room.
        with connect(third):
            pass


def test_a_class_without_cookies_behind_one_address_leaves_room_for_others(monkeypatch):
    monkeypatch.setattr(gate, "_MAX_CONNECTIONS", 1)
    client = _client(max_sessions=5)
    cookie = {"cookie": f"{COOKIE}={_IDENTITY.issue()}"}

    def connect(headers=()):
        return client.websocket_connect("/_stcore/stream", headers=dict(headers))

    with connect(), connect():
        with pytest.raises(WebSocketDisconnect), connect():
            pass
        with connect(cookie) as connection:
            connection.send_bytes(_RERUN)
            assert connection.receive_bytes() == _RERUN


@pytest.mark.parametrize("path", ["metrics", "agent/interact", "agent/mcp"])
@pytest.mark.parametrize("base", ["", "/digits"])
def test_addresses_of_streamlit_that_no_page_uses_are_closed(path, base):
    client = _client()
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert client.request(method, f"{base}/_stcore/{path}").status_code == 404
    assert client.get(f"{base}/train").text == "a page"
    assert client.get("/_stcore/health").text == "a page"
