"""A visitor without a browser: speaks Streamlit's websocket protocol, as its JavaScript would.

Knows what every page of Streamlit has (widgets, fragments, messages by hash), and nothing of ours.
"""

import asyncio
import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect


class Visitor:
    """One tab of one browser.

    Attributes:
        errors: what the page showed as an exception, and why the connection ended if it did.
        messages: what the server sent, in its order, to be taken by whoever waits for something.
        num_messages: how many that were so far.
        num_runs: how often the server has run the page's script, or a fragment of it.
    """

    def __init__(self, url: str, path: str = "/", query: str = "") -> None:
        """Refer to a page of the server at `url`; `query` is its address's, without the "?"."""
        self._url, self._path, self._query = url, path, query
        self._states: dict[str, WidgetState] = {}
        self._ids: dict[str, tuple[str, str]] = {}
        self._cached: dict[str, ForwardMsg] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._page_hash = ""
        self._tasks: list[asyncio.Task[None]] = []
        self.errors: list[str] = []
        self.messages: asyncio.Queue[ForwardMsg] = asyncio.Queue()
        self.num_messages = self.num_runs = 0

    async def open(self) -> None:
        """Fetch the page as a browser does, cookies included, and begin the session."""
        cookies = await asyncio.to_thread(_cookies, self._url, self._path)
        self._socket: ClientConnection = await connect(
            self._url.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self._url,  # type: ignore[arg-type]
            additional_headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())},
            subprotocols=["streamlit", cookies.get("_streamlit_xsrf", "none")],  # type: ignore[list-item]
            max_size=None,
            compression=None,  # the server offers none worth its time
        )
        self._tasks.append(asyncio.create_task(self._receive()))
        await self._send()

    async def close(self) -> None:
        """Leave the page."""
        for task in (*self._timers.values(), *self._tasks):
            task.cancel()
        await self._socket.close()

    def forget_messages(self) -> None:
        """Drop the messages that nobody has taken."""
        while not self.messages.empty():
            self.messages.get_nowait()

    def knows(self, key: str) -> bool:
        """Tell whether the page shows the widget `key`."""
        return key in self._ids

    def key_of(self, prefix: str) -> str:
        """Return the key of the widget whose key begins with this."""
        return next(key for key in self._ids if key.startswith(prefix))

    async def click(self, key: str) -> None:
        """Press the button `key`."""
        await self._send(key, trigger_value=True)

    async def set_json(self, key: str, value: Mapping[str, Any] | str) -> None:
        """Let the component `key` send a value, as JSON or already written as such."""
        text = value if isinstance(value, str) else json.dumps(value)
        await self._send(key, json_value=text)

    async def set_value(self, key: str, **value: Any) -> None:
        """Let the widget `key` send a value, as a field of `WidgetState`."""
        await self._send(key, **value)

    async def send_bytes(self, content: bytes) -> None:
        """Send a whole message as it is."""
        await self._socket.send(content)

    async def _send(self, key: str = "", **value: Any) -> None:
        fragment_id = ""
        if key:
            widget_id, fragment_id = self._ids[key]
            self._states[widget_id] = WidgetState(id=widget_id, **value)
        await self._rerun(fragment_id)
        if "trigger_value" in value:
            del self._states[widget_id]

    async def _rerun(self, fragment_id: str = "", *, is_auto: bool = False) -> None:
        message = BackMsg()
        request = message.rerun_script
        request.query_string = self._query
        request.widget_states.widgets.extend(self._states.values())
        request.page_script_hash = self._page_hash
        # A page's address tells which page it is, until the server has said its hash.
        request.page_name = "" if self._page_hash else self._path.strip("/")
        request.fragment_id = fragment_id
        request.is_auto_rerun = is_auto
        request.cached_message_hashes.extend(self._cached)
        request.context_info.timezone = "UTC"
        request.context_info.url = f"{self._url}{self._path}"
        await self._socket.send(message.SerializeToString())

    async def _receive(self) -> None:
        try:
            async for data in self._socket:
                self.num_messages += 1
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                if message.WhichOneof("type") == "ref_hash":
                    message = self._cached[message.ref_hash]
                elif message.metadata.cacheable:
                    self._cached[message.hash] = message
                self._take(message)
        except Exception as error:  # whatever ends the connection is a result
            self.errors.append(f"{type(error).__name__}: {error}")

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.num_runs += 1
            self._page_hash = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:  # a run of the whole page
                for timer in self._timers.values():
                    timer.cancel()
                self._timers.clear()
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            asked = message.auto_rerun
            if asked.fragment_id in self._timers:
                self._timers[asked.fragment_id].cancel()
            timer = asyncio.create_task(self._repeat(asked.interval, asked.fragment_id))
            self._timers[asked.fragment_id] = timer
        elif kind == "stop_auto_rerun":
            for fragment_id in message.stop_auto_rerun.fragment_ids:
                if fragment_id in self._timers:
                    self._timers.pop(fragment_id).cancel()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._take_element(message)
        elif kind == "delta" and message.delta.WhichOneof("type") == "add_block":
            self._note_widget(message.delta.add_block.id, message)
        elif kind == "session_event":
            self.errors.append(str(message.session_event)[:300])
        self.messages.put_nowait(message)

    def _take_element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"{element.exception.type}: {element.exception.message}")
        self._note_widget(getattr(getattr(element, kind or "", None), "id", ""), message)

    def _note_widget(self, widget_id: object, message: ForwardMsg) -> None:
        if isinstance(widget_id, str) and widget_id.startswith("$$ID-"):
            key = widget_id.split("-", 2)[2]
            self._ids[key] = (widget_id, message.delta.fragment_id)

    async def _repeat(self, seconds: float, fragment_id: str) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._rerun(fragment_id, is_auto=True)


def _cookies(url: str, path: str) -> dict[str, str]:
    """Return the cookies that a first look at the page sets."""
    cookies: dict[str, str] = {}
    # The health check is what Streamlit's own JavaScript asks for next; it sets the XSRF cookie.
    for address in (path, "/_stcore/health", "/_stcore/host-config"):
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        connection.request("GET", address, headers={"Accept": "text/html"})
        response = connection.getresponse()
        response.read()
        for line in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            cookies[name.strip()] = rest.partition(";")[0]
        connection.close()
    return cookies
