"""A provider of logins by OpenID Connect, on this machine, for tests.

Whoever comes is logged in at once, as whom the test says. See OpenID Connect Core 1.0, section 3.1.
"""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "digit-lab"


class Provider:
    """Serves with `with`, on a free port; `person` holds the claims of whoever logs in next."""

    def __init__(self) -> None:
        """Prepare a provider with a key of its own."""
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._nonces: dict[str, str] = {}
        self.person: Mapping[str, Any] = {"sub": "somebody"}
        self.seconds_valid = 3600.0
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Start."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()

    def secrets_toml(self, *, base_path: str = "") -> str:
        """Return what the owner of a server writes into Streamlit's `secrets.toml`."""
        return f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}{base_path}/oauth2callback"
cookie_secret = "{secrets.token_hex(16)}"
client_id = "{CLIENT}"
client_secret = "a secret of the client"
server_metadata_url = "{self.url}/.well-known/openid-configuration"
"""

    def configuration(self) -> dict[str, Any]:
        """Return where everything is, as OpenID Connect Discovery 1.0 describes it."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict[str, Any]:
        """Return the public key."""
        return {"keys": [self._key.as_dict(private=False)]}

    def authorize(self, query: Mapping[str, list[str]]) -> str:
        """Return where a browser goes after the login that it asked for."""
        code = secrets.token_hex(8)
        self._nonces[code] = query.get("nonce", [""])[0]
        answer = urlencode({"code": code, "state": query["state"][0]})
        return f"{query['redirect_uri'][0]}?{answer}"

    def token(self, code: str) -> dict[str, Any]:
        """Return who has logged in, signed."""
        now = time.time()
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": int(now),
            "exp": int(now + self.seconds_valid),
            "nonce": self._nonces.pop(code),
            **self.person,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self._key)
        return {"id_token": signed, "access_token": "unused", "token_type": "Bearer"}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(parse_qs(address.query)))
            self.end_headers()
        elif address.path == "/keys":
            self._answer(self.provider.keys())
        else:
            self._answer(self.provider.configuration())

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(self.provider.token(parse_qs(content)["code"][0]))

    def _answer(self, content: Mapping[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: Any) -> None:
        """Print nothing."""
