"""What lives as long as the server: training ends with it, and old drawings go meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager

from core.background import drop_tasks_at_exit
from core.memory import limit_heaps, release_memory
from core.server import close_server, current_server

_SECONDS_BETWEEN_COLLECTIONS = 20.0
# To find drawings that have expired, the records of all of them are read.
_SECONDS_BETWEEN_DELETIONS = 3600.0


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Serve, and end what the pages have begun."""
    # Until `st.navigation` is called, Streamlit takes the files in `pages` for an app of the older
    # kind, and a direct link to one, such as /train, would show it without the frame.
    PagesManager.uses_pages_directory = False
    limit_heaps()
    # When a page of another site opens a websocket, Streamlit would ask a server on the internet
    # for this machine's address, and everybody would wait for the answer. No page is at "".
    net_util._external_ip = ""
    server = current_server()
    if server.runs.queued():
        server.engine  # noqa: B018 - continues with what an earlier server left in the queue
    tasks = [
        asyncio.create_task(_repeat(release_memory, seconds=_SECONDS_BETWEEN_COLLECTIONS)),
        asyncio.create_task(
            _repeat(server.delete_expired_drawings, seconds=_SECONDS_BETWEEN_DELETIONS)
        ),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        close_server()
        drop_tasks_at_exit()


async def _repeat(act: Callable[[], None], *, seconds: float) -> None:
    while True:
        await asyncio.to_thread(act)
        await asyncio.sleep(seconds)
