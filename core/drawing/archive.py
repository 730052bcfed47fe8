"""Whose labelled drawings are where, and how many there may be.

On a server that several people share, each has a folder of their own, and nobody sees another's.
"""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

from core.access import NotAllowed, Person
from core.drawing.labelled_drawings import DrawingLimits, DrawingStore, TooManyDrawings

_PEOPLE = "people"
# As `core.identity` makes them; nothing else becomes a part of a path.
_PSEUDONYM = re.compile(r"[0-9a-f]{12}")


class DrawingArchive:
    """The labelled drawings of everybody who uses a server; thread-safe."""

    def __init__(
        self, root: Path | str, *, is_shared: bool, limits: DrawingLimits | None = None
    ) -> None:
        """Refer to the drawings in `root`: of one user, or a folder for each of several."""
        self.root = Path(root)
        self._is_shared, self._limits = is_shared, limits or DrawingLimits()
        self._lock = threading.Lock()
        self._count: int | None = None

    def of(self, person: Person) -> DrawingStore:
        """Return the drawings of a person; nobody, not even a teacher, gets those of another.

        Raises:
            NotAllowed: the server is shared, and nobody could tell later whose they are.
        """
        if not self._is_shared:
            return self._store(self.root)
        if person.id is None or not _PSEUDONYM.fullmatch(person.id):
            raise NotAllowed(person.no_id)
        return self._store(self.root / _PEOPLE / person.id)

    def _check_room(self) -> None:
        """Refuse where all people together keep as many drawings as they may.

        Raises:
            TooManyDrawings: they do.
        """
        with self._lock:
            # Counted anew when it is near, as drawings are deleted too.
            if self._count is None or self._count >= self._limits.in_all:
                self._count = sum(store.count() for store in self._stores())
            if self._count >= self._limits.in_all:
                raise TooManyDrawings(
                    f"This server keeps at most {self._limits.in_all:,} drawings, and has as many."
                )
            self._count += 1

    def delete_expired(self) -> int:
        """Delete what is older than drawings are kept; return how many there were."""
        return sum(store.delete_expired() for store in self._stores())

    def _stores(self) -> Iterator[DrawingStore]:
        yield self._store(self.root)
        for folder in self.root.glob(f"{_PEOPLE}/*"):
            yield self._store(folder)

    def _store(self, root: Path) -> DrawingStore:
        return DrawingStore(root, limits=self._limits, check_room=self._check_room)
