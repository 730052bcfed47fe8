"""Open files that somebody else may have made: regular ones only, bounded, never through a link.

A run's folder may come from anywhere. A named pipe in place of a file would block its reader for
ever, a link would lead out of the folder, and a file of a terabyte would take all memory. Knows no
file's meaning.
"""

import errno
import hashlib
import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

# A pipe is to give an error at once and not block until somebody writes to it.
_ANY = os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Of the commonest failures, in words that need no manual.
_REASONS = {
    errno.EACCES: "the server may not open it",
    errno.EPERM: "the server may not open it",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "it is a link, which is not followed",
    errno.ENOENT: "there is no such file",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENOTDIR: "its folder is a link or a file",
    errno.ENXIO: "it is not a file",
    errno.EROFS: "the disk can only be read",
}
# The ways of packing that unpack as little at a time as they are asked to.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What a zip file ends with, where it has no comment (APPNOTE.TXT 4.3.16), and what stands before
# that where its directory is in another place (4.3.15).
_END = struct.Struct("<4s4H2LH")
_END_MARK, _LOCATOR_MARK, _LOCATOR_SIZE = b"PK\x05\x06", b"PK\x06\x07", 20


class UnusableFile(OSError):
    """A file is not what it should be; `strerror` and the message say what it is instead."""

    def __init__(self, reason: str) -> None:
        """Say why, as in "it is a folder"."""
        super().__init__(errno.EINVAL, reason)

    def __str__(self) -> str:
        return str(self.strerror)


def explain_os_error(error: OSError) -> str:
    """Say why a file could not be used, without its path or a number, as in "it is a folder"."""
    if isinstance(error, UnusableFile):
        return str(error)
    code = error.errno or 0
    return _REASONS.get(code) or (os.strerror(code) if code else "its disk has a problem")


def open_descriptor(path: Path, flags: int) -> int:
    """Open the file at `path` as `os.open` does, and nothing but a file.

    Neither the last part of the path nor the folder that it is in may be a link; what that folder
    is in may be, as the server's owner likes it.

    Raises:
        FileNotFoundError: there is nothing.
        UnusableFile: it is not a file.
        OSError: it cannot be opened.
    """
    folder = os.open(path.parent, _FOLDER)
    try:
        descriptor = os.open(path.name, flags | _ANY, 0o644, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnusableFile("it is not a file")
    return descriptor


@contextmanager
def open_file(path: Path, *, most: int) -> Iterator[BufferedReader]:
    """Open a file of at most `most` bytes for reading; raises as `open_descriptor` does."""
    with os.fdopen(open_descriptor(path, os.O_RDONLY), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise UnusableFile(f"it has {size:,} bytes, more than the {most:,} that it may have")
        yield file


def read_file(path: Path, *, most: int) -> bytes:
    """Return the content of a file of at most `most` bytes; raises as `open_file` does."""
    with open_file(path, most=most) as file:
        return file.read(most)


def file_fingerprint(path: Path, *, most: int) -> str:
    """Return 12 hexadecimal digits that depend on each byte of a file; raises as `open_file`."""
    with open_file(path, most=most) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def is_file(path: Path) -> bool:
    """Tell whether there is a file at `path`, and neither it nor its folder is a link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode) and not path.parent.is_symlink()
    except (OSError, ValueError):
        return False


def open_zip(file: BinaryIO, *, most: int, most_entries: int) -> zipfile.ZipFile:
    """Open a zip file that unpacks to at most `most` bytes in at most `most_entries` entries.

    What it says of itself is looked at before anything is unpacked, and before the list of entries
    is read: that list may be as large as the file. Nobody unpacks more of an entry than it says.

    Raises:
        UnusableFile: it is not a zip file, or a larger one.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END.size - _LOCATOR_SIZE))
    end = file.read()
    if size < _END.size or not end[-_END.size :].startswith(_END_MARK):
        raise UnusableFile("it is damaged or not finished")
    _, _, _, _, entries, length, _, _ = _END.unpack(end[-_END.size :])
    if entries > most_entries or length > 400 * most_entries or end.startswith(_LOCATOR_MARK):
        raise UnusableFile("it holds more parts than it may have")
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError):
        raise UnusableFile("it is damaged") from None
    if any(entry.compress_type not in _PACKINGS for entry in archive.infolist()):
        raise UnusableFile("it is packed in a way that is not unpacked here")
    names = archive.namelist()
    if len(set(names)) < len(names) or len(names) > most_entries:
        raise UnusableFile("it holds the same part twice, or too many parts")
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > most:
        raise UnusableFile(f"it unpacks to {unpacked:,} bytes, more than the {most:,} it may have")
    return archive
