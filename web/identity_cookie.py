"""Give each browser a signed cookie, by which the pages know it again. Knows no pages.

Streamlit's own cookie does not serve: it is missing where its protection against forged requests is
off, and in some browsers behind proxies.
"""

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.identity import COOKIE, COOKIE_SECONDS, Identity


class IdentityCookie:
    """ASGI middleware that sets the cookie, or renews it, with each page that is opened."""

    def __init__(self, app: ASGIApp, *, identity: Callable[[], Identity], base_path: str) -> None:
        """Wrap `app`.

        Args:
            app: what answers.
            identity: returns what issues the cookies.
            base_path: below which this server is, such as "/digits"; others get no cookie of ours.
        """
        self._app, self._identity, self._path = app, identity, f"/{base_path.strip('/')}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with the cookie where a browser opens a page."""
        if scope["type"] != "http" or not _opens_page(request := HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        identity, value = self._identity(), request.cookies.get(COOKIE, "")
        if not identity.is_valid(value):
            value = identity.issue()
        # Not sent with requests that other sites make, except for following a link.
        cookie = (
            f"{COOKIE}={value}; Path={self._path}; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
        )
        if request.url.scheme == "https":
            cookie += "; Secure"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", []), (b"set-cookie", cookie.encode("latin-1"))]
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _opens_page(request: HTTPConnection) -> bool:
    is_read = request.scope["method"] in ("GET", "HEAD")
    return is_read and "text/html" in request.headers.get("accept", "")
