"""Let a browser send one file at a time, so that files do not fill the server's memory.

Streamlit bounds how large each is, and keeps it until its page ends; a page of ours takes it at
once. Does not know what the files are for.
"""

import re
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.identity import COOKIE, Identity

_PATH = re.compile(r"/_stcore/upload_file/(?P<session>[^/]{1,100})/(?P<file>[^/]{1,100})$")
_MOST_AT_ONCE = 4
# What all files that no page has taken may have together, in bytes.
_MOST_HELD = 500_000_000
_MOST_CLIENTS = 1000  # whose last file is remembered


def current_files() -> MemoryUploadedFileManager:
    """Return what keeps the files that were sent to this server."""
    files = get_instance().uploaded_file_mgr
    assert isinstance(files, MemoryUploadedFileManager)
    return files


class UploadGate:
    """ASGI middleware that bounds what one client, and all together, may upload."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        identity: Callable[[], Identity],
        files: Callable[[], MemoryUploadedFileManager] = current_files,
    ) -> None:
        """Wrap `app`; a client is a browser with a cookie of ours, or else an IP address."""
        self._app, self._identity, self._files = app, identity, files
        self._sending: set[str] = set()
        # The last file of each client that has been received, by session and file.
        self._received: dict[str, tuple[str, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on where it is within the bounds."""
        if scope["type"] != "http" or "/_stcore/upload_file" not in scope["path"]:
            await self._app(scope, receive, send)
            return
        found = _PATH.search(scope["path"])
        if found is None or scope["method"] not in ("PUT", "DELETE", "OPTIONS"):
            await PlainTextResponse("Not found", status_code=404)(scope, receive, send)
        elif scope["method"] == "PUT":
            await self._receive_file((found["session"], found["file"]), scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _receive_file(
        self, file: tuple[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        client = self._client(HTTPConnection(scope))
        if last := self._received.pop(client, None):
            self._files().remove_file(*last)
        is_busy = client in self._sending or len(self._sending) >= _MOST_AT_ONCE
        if is_busy or self._num_bytes() > _MOST_HELD:
            refused = PlainTextResponse("Too many files at a time", status_code=429)
            await refused(scope, receive, send)
            return

        async def send_noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                self._received[client] = file
                if len(self._received) > _MOST_CLIENTS:
                    del self._received[next(iter(self._received))]
            await send(message)

        self._sending.add(client)
        try:
            await self._app(scope, receive, send_noting)
        finally:
            self._sending.discard(client)

    def _client(self, connection: HTTPConnection) -> str:
        browser = self._identity().browser(connection.cookies.get(COOKIE, ""))
        return browser or f"address {connection.client.host if connection.client else ''}"

    def _num_bytes(self) -> int:
        """Return how many bytes the files have that are kept for all pages together."""
        families = self._files().get_stats().values()
        return sum(stat.byte_length for family in families for stat in family)
