"""Tell browsers and logged-in people apart, without knowing who they are.

A browser gets a cookie with a random token, signed with a secret of this server, so that nobody can
make one up. What is written to files is a pseudonym, a digest that needs the secret too, so that it
reveals neither the token nor the person. Knows neither HTTP nor pages.
"""

import hashlib
import hmac
import logging
import os
import secrets
from pathlib import Path
from urllib.parse import unquote

from itsdangerous import BadSignature, Signer

COOKIE = "digit_lab_id"
# The longest that browsers keep a cookie; it is renewed at every visit.
COOKIE_SECONDS = 400 * 24 * 3600
_TOKEN_BYTES = 16
_PSEUDONYM_LENGTH = 12  # hexadecimal digits
# More than a cookie of ours has; longer ones are not even looked at.
_MAX_COOKIE_LENGTH = 200

_log = logging.getLogger(__name__)


class Identity:
    """Issues and reads the cookies of one server."""

    def __init__(self, secret: bytes) -> None:
        """Sign with `secret`; cookies that were signed with another one are not valid."""
        self._secret = secret
        self._signer = Signer(secret, salt="digit-lab identity", digest_method=hashlib.sha256)

    def issue(self) -> str:
        """Return the value of a new browser's cookie: letters, digits, `-`, `_` and `.` only."""
        return self._signer.sign(secrets.token_urlsafe(_TOKEN_BYTES)).decode()

    def is_valid(self, cookie: str) -> bool:
        """Tell whether this server has issued the value of a cookie."""
        return self._token(cookie) is not None

    def browser(self, cookie: str) -> str | None:
        """Return the pseudonym of the browser that sent a cookie; None where it is not ours."""
        token = self._token(cookie)
        return None if token is None else self._pseudonym("browser", token)

    def login(self, issuer: str, subject: str) -> str:
        """Return the pseudonym of whom a login's provider, the issuer, knows as this subject."""
        return self._pseudonym("login", issuer, subject)

    def keyed_digest(self, *parts: str) -> str:
        """Return a digest of texts, which nobody can compute without this server's secret."""
        message = "\0".join(parts).encode()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def _pseudonym(self, *parts: str) -> str:
        return self.keyed_digest(*parts)[:_PSEUDONYM_LENGTH]

    def _token(self, cookie: str) -> str | None:
        if len(cookie) > _MAX_COOKIE_LENGTH:
            return None
        try:
            # Some proxies percent-encode cookies, and some browsers put them into quotes.
            return self._signer.unsign(unquote(cookie).strip('"')).decode()
        except (BadSignature, UnicodeError):
            return None


def load_secret(path: Path) -> bytes:
    """Return the secret in the file at `path`, which is made where there is none.

    Where it can be neither read nor made, the secret is as old as the process: after a restart
    everybody is somebody else.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            secret = path.read_bytes()
        else:
            secret = secrets.token_hex(32).encode()
            with os.fdopen(descriptor, "wb") as file:
                file.write(secret)
        if len(secret) >= 32:
            return secret
        problem = "it is too short"
    except OSError as error:
        problem = str(error.strerror)
    _log.warning(
        "The secret that signs cookies cannot be kept (%s): %s. Until that is mended, nobody's "
        "runs are theirs after a restart of the server.",
        path,
        problem,
    )
    return secrets.token_hex(32).encode()
