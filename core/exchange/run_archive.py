"""A whole run as a zip: what it was and reached, its curves, its model and what it was trained on.

Not what was measured with its model, such as its answers to images: whoever gets the zip has them
measured anew. What comes in is somebody else's: nothing of the zip decides where anything is
written.
"""

import shutil
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from core.classifier import calibration_path
from core.reading import UnusableFile, is_file, open_file, open_zip, read_file
from core.runs import Run, RunRecord, explain_damage
from core.runs.files import METRICS, MODEL, MOST_METRICS, MOST_RECORD, RECORD, SEEN_IMAGES

# How large each part may be, in bytes.
_PARTS = {
    RECORD: MOST_RECORD,
    METRICS: MOST_METRICS,
    MODEL: 100_000_000,
    calibration_path(Path(MODEL)).name: 10_000,
    SEEN_IMAGES: 10_000_000,
}


def write_run_archive(run: Run, target: Path) -> None:
    """Write a zip of a run.

    Raises:
        OSError: a file cannot be read or written.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, most in _PARTS.items():
            path = run.directory / name
            if is_file(path):
                archive.writestr(name, read_file(path, most=most))


def is_run_archive(path: Path) -> bool:
    """Tell whether a file says that it holds a run."""
    try:
        with open_file(path, most=sum(_PARTS.values())) as file, _open(file) as archive:
            return RECORD in archive.namelist()
    except OSError:
        return False


def read_run_archive(path: Path, folder: Path) -> tuple[RunRecord, Mapping[str, Path]]:
    """Unpack a run's zip into a folder.

    Returns:
        What the run was, and by their names in a run's folder the other parts.

    Raises:
        UnusableFile: it is refused; the message says why.
        OSError: it cannot be read.
    """
    parts: dict[str, Path] = {}
    with open_file(path, most=sum(_PARTS.values())) as file, _open(file) as archive:
        names = archive.namelist()
        if strangers := sorted(set(names) - set(_PARTS)):
            raise UnusableFile(f"it holds {strangers[0][:60]!r}, which is no part of a run")
        for name in names:
            if archive.getinfo(name).file_size > _PARTS[name]:
                raise UnusableFile(f"its {name} is larger than that of any run")
            try:
                with archive.open(name) as member, (folder / name).open("wb") as unpacked:
                    shutil.copyfileobj(member, unpacked)
            except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
                raise UnusableFile(f"its {name} is damaged ({error})") from None
            parts[name] = folder / name
    if RECORD not in parts:
        raise UnusableFile("it holds no run.json")
    try:
        record = RunRecord.model_validate_json(parts.pop(RECORD).read_bytes())
    except ValidationError as error:
        raise UnusableFile(_lower(explain_damage(error))) from None
    return record, parts


def _open(file: BinaryIO) -> zipfile.ZipFile:
    return open_zip(file, most=sum(_PARTS.values()), most_entries=len(_PARTS))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
