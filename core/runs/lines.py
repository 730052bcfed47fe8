"""Read the complete lines of a file that grows, in pieces and up to a limit. Knows no meaning."""

from collections.abc import Iterator
from typing import BinaryIO

# In bytes; larger than the longest line that is read.
_PIECE = 1_000_000
# So much of what was read last is compared, to notice a file that was begun anew.
_TAIL = 256


class LineReader:
    """Where a reader of a growing file stands; it continues there.

    Attributes:
        offset: bytes read.
        tail: the last of them.
        is_cut_off: whether the file has more than the reader may read.
    """

    def __init__(self, *, most_bytes: int, most_lines: int, most_in_line: int) -> None:
        """Begin at the start of a file.

        Args:
            most_bytes: bytes that are read in all.
            most_lines: lines that are read in all.
            most_in_line: bytes of a line; a longer one is left out.
        """
        self.offset, self.tail, self.is_cut_off = 0, b"", False
        self._most_bytes, self._most_in_line = most_bytes, most_in_line
        self._lines_left = most_lines
        self._in_long_line = False

    def continues(self, file: BinaryIO) -> bool:
        """Tell whether what was read last is still there."""
        file.seek(self.offset - len(self.tail))
        return file.read(len(self.tail)) == self.tail

    def read(self, file: BinaryIO) -> Iterator[list[bytes]]:
        """Yield the lines that were added, some at a time; one that is not complete waits."""
        while not self.is_cut_off:
            file.seek(self.offset)
            piece = file.read(_PIECE)
            end = piece.rfind(b"\n") + 1
            if not end and len(piece) < _PIECE:
                return
            lines = piece[:end].split(b"\n")[:-1] if end else []
            if lines and self._in_long_line:
                del lines[0]
            self._in_long_line = not end
            read = piece[:end] or piece
            self.tail = (self.tail + read)[-_TAIL:]
            self.offset += len(read)
            self.is_cut_off = self.offset > self._most_bytes or len(lines) > self._lines_left
            lines = lines[: self._lines_left]
            self._lines_left -= len(lines)
            yield [line for line in lines if len(line) <= self._most_in_line]
