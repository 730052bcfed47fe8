"""The first layer's weights over a run's training: a bounded number of frames, spread evenly.

Each frame is a file of a folder of its own, named by the step after which it was taken. Knows
nothing of how or when training takes one.
"""

import os
import re
from itertools import islice
from pathlib import Path

import numpy as np

from core.reading import UnusableFile
from core.runs import files

MOST_FRAMES = 40
_NAME = re.compile(r"(\d{1,12})\.npy", re.ASCII)
# A folder that somebody else made may hold millions of files.
_MOST_ENTRIES = 4 * MOST_FRAMES


class LayerFilm:
    """Pictures of the first layer's weights, each of the same shape `(n, height, width)`."""

    def __init__(self, directory: Path) -> None:
        """Refer to the film in `directory`, a run's, which need not have one."""
        self._directory = directory
        self._folder = directory / files.FILM

    def frames(self) -> list[tuple[int, np.ndarray]]:
        """Return the step and the float32 weights of each frame, in order.

        Whatever is no frame, or one of another shape than the last, is left out.
        """
        read = [(step, files.read_array(path)) for step, path in self._paths()[:MOST_FRAMES]]
        frames = [
            (step, array)
            for step, array in read
            if array is not None and array.ndim == 3 and array.dtype == np.float16
        ]
        return [
            (step, array.astype(np.float32))
            for step, array in frames
            if array.shape == frames[-1][1].shape
        ]

    def add(self, step: int, weights: np.ndarray) -> None:
        """Add a frame; where there are too many, drop the one whose neighbours are closest.

        Frames that come at equal distances thereby stay at much the same distances, and the first
        is always there. Weights that are no longer finite numbers are left out.
        """
        if self._is_elsewhere():
            raise UnusableFile("its folder is a link, which is not followed")
        if not np.isfinite(weights).all():
            return
        largest = np.finfo(np.float16).max
        self._folder.mkdir(exist_ok=True)
        files.write_array(
            self._folder / f"{step}.npy", np.clip(weights, -largest, largest).astype(np.float16)
        )
        kept = self._paths()
        while len(kept) > MOST_FRAMES:
            gaps = [after[0] - before[0] for before, after in zip(kept, kept[2:], strict=False)]
            _, path = kept.pop(1 + int(np.argmin(gaps)))
            path.unlink(missing_ok=True)

    def cut(self, last_step: int) -> None:
        """Drop the frames after a step, from which training continues; all of them after none."""
        for step, path in self._paths():
            if step > last_step or last_step == 0:
                path.unlink(missing_ok=True)

    def _is_elsewhere(self) -> bool:
        return self._directory.is_symlink() or self._folder.is_symlink()

    def _paths(self) -> list[tuple[int, Path]]:
        """Return step and path of each frame, in order."""
        if self._is_elsewhere():
            return []
        try:
            with os.scandir(self._folder) as entries:
                names = [entry.name for entry in islice(entries, _MOST_ENTRIES)]
        except OSError:
            return []
        matches = [match for name in names if (match := _NAME.fullmatch(name))]
        return sorted((int(match[1]), self._folder / match[0]) for match in matches)
