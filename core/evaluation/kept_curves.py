"""A model's robustness in a file, so that it is measured once. Knows no model."""

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.evaluation.image_sets import ImageSet
from core.evaluation.robustness import Robustness
from core.reading import explain_os_error, read_file
from core.runs.files import write_text

_log = logging.getLogger(__name__)
_MOST_BYTES = 100_000


class _Kept(BaseModel):
    """What the file holds; `model` is the fingerprint of the model's file."""

    model_config = ConfigDict(frozen=True)

    model: str = Field(max_length=12)
    robustness: Robustness


def read_curves(folder: Path | None, images: ImageSet, *, model: str) -> Robustness | None:
    """Return what was measured with a model, by its fingerprint, on distortions of these images.

    None where nothing was, where that was damaged, and without a folder.
    """
    if folder is None:
        return None
    path = _path(folder, images)
    try:
        kept = _Kept.model_validate_json(read_file(path, most=_MOST_BYTES))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        _log.warning("%s is ignored: it holds no curves (%s).", path.name, type(error).__name__)
        return None
    is_its = kept.model == model and kept.robustness.count == len(images.labels)
    return kept.robustness if is_its else None


def keep_curves(folder: Path | None, images: ImageSet, curves: Robustness, *, model: str) -> None:
    """Write what was measured; a folder that takes nothing costs only time."""
    if folder is None:
        return
    try:
        folder.mkdir(exist_ok=True)
        kept = _Kept(model=model, robustness=curves)
        write_text(_path(folder, images), kept.model_dump_json())
    except OSError as error:
        _log.warning("Curves of robustness cannot be kept: %s.", explain_os_error(error))


def _path(folder: Path, images: ImageSet) -> Path:
    return folder / f"{images.fingerprint}.robustness.json"
