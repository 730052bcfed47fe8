"""Let through what the pages send, as often as a person could, and nothing else.

Streamlit's protocol has messages that none of our pages sends, such as one that empties the caches
of everybody. A message that comes too early waits, so that nothing is lost; what is too large, or
comes over too many connections, is refused. Does not know what the messages mean to a page.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import DecodeError
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from core.identity import COOKIE, Identity

_log = logging.getLogger(__name__)

# Streamlit's own addresses that no page of ours uses: its figures and its interface for programs
# are not for everybody.
_CLOSED = ("metrics", "agent")
# What pages send: widgets' values, the stop button, a sign of life, a download, and the request for
# an address to which one file can be sent.
_MESSAGES = ("rerun_script", "stop_script", "app_heartbeat")
_LONGEST_FILE_NAME = 300
_OPERATIONS = ("deferred_file", "dataframe_chunk")
# Several tabs that each look at a run, and somebody who draws in one of them.
_MAX_CONNECTIONS = 20
_MESSAGES_PER_SECOND, _BURST = 15.0, 60.0
_TOO_MANY, _TOO_LARGE = 1013, 1009  # close codes of RFC 6455 and of its registry


@dataclass
class _Allowance:
    """How many messages a client may send now: it grows with time, up to a limit."""

    messages: float = _BURST
    at: float = 0.0

    def seconds_to_wait(self) -> float:
        """Take one message, and return for how long it has to wait."""
        now = time.monotonic()
        grown = self.messages + (now - self.at) * _MESSAGES_PER_SECOND
        self.messages, self.at = min(_BURST, grown) - 1, now
        return max(0.0, -self.messages / _MESSAGES_PER_SECOND)


class Gate:
    """ASGI middleware that bounds what one client, and all together, may send."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        identity: Callable[[], Identity],
        max_sessions: int,
        max_message_bytes: int,
    ) -> None:
        """Wrap `app`.

        A client is a browser with a cookie of ours. Those without one may take half of the
        connections from one IP address, and each of theirs has a pace of its own.
        """
        self._app, self._identity = app, identity
        self._max_sessions, self._max_message_bytes = max_sessions, max_message_bytes
        self._connections: Counter[str] = Counter()
        self._allowances: dict[str, _Allowance] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or serve a connection, where it is within the bounds."""
        if scope["type"] == "http" and _is_closed(scope["path"]):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        client, is_known = self._client(HTTPConnection(scope))
        # Behind one address there may be a whole class whose browsers keep no cookies.
        most = _MAX_CONNECTIONS if is_known else max(1, self._max_sessions // 2)
        is_full = self._connections.total() >= self._max_sessions
        if is_full or self._connections[client] >= most:
            await receive()  # the request to connect
            await send({"type": "websocket.close", "code": _TOO_MANY})
            return
        self._connections[client] += 1
        allowance = _Allowance()
        if is_known:
            allowance = self._allowances.setdefault(client, allowance)

        async def receive_allowed() -> Message:
            while True:
                message = await receive()
                content = message.get("bytes")
                if message["type"] != "websocket.receive" or content is None:
                    return message
                await asyncio.sleep(allowance.seconds_to_wait())
                if len(content) > self._max_message_bytes:
                    await send({"type": "websocket.close", "code": _TOO_LARGE})
                    return {"type": "websocket.disconnect", "code": _TOO_LARGE}
                if _is_sent_by_pages(content):
                    return message

        try:
            await self._app(scope, receive_allowed, send)
        finally:
            self._connections[client] -= 1
            if not self._connections[client]:
                del self._connections[client]
                self._forget_idle()

    def _client(self, connection: HTTPConnection) -> tuple[str, bool]:
        """Return what to call a client, and whether that is a browser with a cookie of ours."""
        if browser := self._identity().browser(connection.cookies.get(COOKIE, "")):
            return browser, True
        return f"address {connection.client.host if connection.client else ''}", False

    def _forget_idle(self) -> None:
        """Drop the allowances that have grown to their limit: a new one is the same."""
        now, full = time.monotonic(), _BURST / _MESSAGES_PER_SECOND
        for client in [c for c, a in self._allowances.items() if now - a.at > 2 * full]:
            if client not in self._connections:
                del self._allowances[client]


def _is_closed(path: str) -> bool:
    _, core, rest = path.partition("/_stcore/")
    return bool(core) and rest.split("/")[0] in _CLOSED


def _is_sent_by_pages(content: bytes) -> bool:
    message = BackMsg()
    try:
        message.ParseFromString(content)
    except DecodeError:
        return True  # Streamlit ends the connection
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    if kind == "file_urls_request":
        names = message.file_urls_request.file_names
        return len(names) == 1 and len(names[0]) <= _LONGEST_FILE_NAME
    if kind not in _MESSAGES:
        _log.info("A message of the kind %s was dropped: no page sends it.", kind)
        return False
    return True
