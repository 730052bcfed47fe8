"""Who is a teacher: by an identity that the server's owner lists, or by a key typed once.

Knows neither cookies nor pages.
"""

import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from core.identity import Identity

# As many wrong keys may be typed, by all together, within so many seconds.
_MAX_WRONG, _SECONDS = 10, 60.0
_MAX_TEACHERS = 1000


class TooManyTries(Exception):
    """So many wrong keys were typed that no more are looked at for a minute."""


class Teachers:
    """Knows who may change everything on a shared server; thread-safe."""

    def __init__(
        self, identity: Identity, *, key: str | None, listed: Collection[str], path: Path
    ) -> None:
        """Prepare to tell teachers from others.

        Args:
            identity: signs what is kept of those who typed the key.
            key: the key; without one nobody becomes a teacher by typing.
            listed: the identities of teachers: verified e-mail addresses, subjects of a login, or
                the pseudonyms of browsers.
            path: the file that keeps who has typed the key; they are forgotten with another key.
        """
        self._identity, self._key, self._path = identity, key, path
        self._listed = frozenset(name.casefold() for name in listed)
        self._wrong: deque[float] = deque(maxlen=_MAX_WRONG)
        self._lock = threading.Lock()
        self._admitted = self._load()

    @property
    def has_key(self) -> bool:
        """Tell whether somebody can become a teacher by typing a key."""
        return self._key is not None

    def includes(self, person_id: str | None, identities: Collection[str] = ()) -> bool:
        """Tell whether a person is a teacher, by pseudonym or one of their verified identities."""
        if person_id is None:
            return False
        names = {name.casefold() for name in (person_id, *identities)}
        return bool(names & self._listed) or self._digest(person_id) in self._admitted

    def admit(self, person_id: str, key: str) -> bool:
        """Make a person a teacher where the key is right; tell whether it was.

        Raises:
            TooManyTries: there were too many wrong ones in the last minute.
        """
        with self._lock:
            now = time.monotonic()
            if len(self._wrong) == _MAX_WRONG and now - self._wrong[0] < _SECONDS:
                raise TooManyTries
            if self._key is None or not hmac.compare_digest(self._key.encode(), key.encode()):
                self._wrong.append(now)
                return False
            # The dict keeps who came first; a key that is handed around is not to fill the disk.
            known = dict.fromkeys([*self._admitted, self._digest(person_id)])
            self._admitted = dict.fromkeys(list(known)[-_MAX_TEACHERS:])
            self._save()
            return True

    def dismiss(self, person_id: str) -> None:
        """Make somebody who typed the key no teacher any more."""
        with self._lock:
            self._admitted.pop(self._digest(person_id), None)
            self._save()

    def _digest(self, person_id: str) -> str:
        return self._identity.keyed_digest("teacher", self._key or "", person_id)

    def _load(self) -> dict[str, None]:
        try:
            kept = json.loads(self._path.read_bytes()[:1_000_000])
        except (OSError, ValueError, RecursionError):
            return {}
        return dict.fromkeys(d for d in kept if isinstance(d, str)) if type(kept) is list else {}

    def _save(self) -> None:
        # Where it cannot be kept, it holds until the server ends.
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps([*self._admitted]), encoding="utf-8")
