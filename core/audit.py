"""A log of what people did to runs, searches and drawings: a line of JSON each, in one file.

People are in it by their pseudonym only. Does not know what the actions mean.
"""

import json
import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from core.access import Person

Action = Literal[
    "stop",
    "set threshold",
    "delete run",
    "stop search",
    "delete search",
    "delete drawings",
    "export",
    "import",
    "login",
    "teacher key",
]
# When the file gets larger than this, in bytes, it is set aside and the one before is dropped.
_MAX_BYTES = 10_000_000
_MAX_KEYS = 10_000

_log = logging.getLogger(__name__)


class AuditLog:
    """Appends to `audit.jsonl`; thread-safe."""

    def __init__(self, path: Path) -> None:
        """Refer to a file, which is created with the first line."""
        self.path = path
        self._lock = threading.Lock()
        self._keys: dict[str, None] = {}

    def record_once(self, key: str, action: Action, *, by: Person) -> None:
        """Append a line the first time that this is called with `key`, as far as is remembered."""
        with self._lock:
            is_known = key in self._keys
            self._keys[key] = None
            while len(self._keys) > _MAX_KEYS:
                del self._keys[next(iter(self._keys))]
        if not is_known:
            self.record(action, by=by)

    def record(
        self, action: Action, *, by: Person, run: str | None = None, search: str | None = None
    ) -> None:
        """Append a line: the time, what was done, by whom by their pseudonym, to what.

        What cannot be written goes to the server's own log: nothing is refused because of that.
        """
        line = json.dumps(
            {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "action": action,
                "by": by.id,
                "run": run,
                **({"search": search} if search else {}),
            }
        )
        with self._lock:
            try:
                self._rotate()
                self.path.parent.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(f"{line}\n")
            except OSError as error:
                _log.warning("audit.jsonl cannot be written (%s): %s", error.strerror, line)

    def _rotate(self) -> None:
        if self.path.exists() and self.path.stat().st_size > _MAX_BYTES:
            self.path.replace(self.path.with_suffix(".1.jsonl"))
