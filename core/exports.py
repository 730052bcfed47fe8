"""Convert networks for others in the background, measure them there, and keep what came out.

A network is converted and measured in a process of its own: a converter takes much memory, and may
end its process. What came out is kept by the network's fingerprint in the server's own folder.
Knows nothing of pages.
"""

import logging
from concurrent.futures import BrokenExecutor, Future
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from core.background import Background
from core.classifier import model_fingerprint
from core.data import as_floats
from core.evaluation import ImageSet, NotJudged, find_unseen, may_have_seen
from core.exchange import FORMATS, Format, Measured, export_run, measure
from core.loading import model_stamp
from core.process_apart import ProcessApart
from core.reading import explain_os_error, is_file, read_file
from core.reports import Reports, Source, model_path
from core.runs import Run
from core.runs.files import replacing, write_text
from core.settings import SERVER_FOLDER, ServerSettings
from core.worker_process import TaskError

_log = logging.getLogger(__name__)
_MOST_FILES = 60
# Somebody who wants one format often wants the next, and TensorFlow takes seconds to import.
_SECONDS_IDLE = 60.0
_MOST_FIGURES = 10_000  # bytes
_MOST_KEPT = 100
_LONGEST_REASON = 200  # characters


class ExportFailed(Exception):
    """A network could not be converted; the message says why."""


class Exported(BaseModel):
    """A network in another format, as its own runtime has measured it.

    Attributes:
        size: of the file, in bytes.
        accuracy: in [0, 1].
        images: of which it is the accuracy, how many those were, and what is to be known of them.
        milliseconds: for one digit, on this server.
    """

    model_config = ConfigDict(frozen=True)

    size: int
    accuracy: float
    images: str
    milliseconds: float


class Exports:
    """Converts each network into each format once; thread-safe."""

    def __init__(self, settings: ServerSettings, reports: Reports) -> None:
        """Prepare; nothing is done before it is asked for."""
        self._settings, self._reports = settings, reports
        self._folder = settings.runs / SERVER_FOLDER / "exports"
        self._process = ProcessApart(seconds_idle=_SECONDS_IDLE)
        self._converting = Background("exports", max_kept=_MOST_KEPT)

    def path(self, run: Run | None, format: Format) -> Path:
        """Return where the network of a run, or the shipped one, is kept in a format.

        Raises:
            OSError: the network's own file cannot be read.
        """
        source = model_path(run)
        fingerprint = _fingerprint(source, model_stamp(source))
        return self._folder / f"{fingerprint}{FORMATS[format].suffix}"

    def kept(self, run: Run | None, format: Format) -> Exported | None:
        """Return what was measured of a network in a format; None where it was not converted."""
        try:
            path = self.path(run, format)
            if not is_file(path):
                return None
            return Exported.model_validate_json(read_file(_figures(path), most=_MOST_FIGURES))
        except (OSError, ValidationError):
            return None

    def prepare(self, run: Run | None, format: Format) -> Future[Exported]:
        """Convert and measure a network; the future raises `ExportFailed`."""
        source = model_path(run)

        def work() -> Exported:
            return self.kept(run, format) or self._convert(run, format)

        return self._converting.once((source, model_stamp(source), format), work)

    def under_way(self, run: Run | None, format: Format) -> Future[Exported] | None:
        """Return what `prepare` has returned for a network as it is now; None where it did not."""
        source = model_path(run)
        return self._converting.known((source, model_stamp(source), format))

    def close(self) -> None:
        """End the process that converts."""
        self._process.close()

    def _convert(self, run: Run | None, format: Format) -> Exported:
        try:
            images = self._reports.images(Source("test")).result()
            images, called = self._unseen(run, images)
            path = self.path(run, format)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary:
                measured = self._process.run(
                    export_and_measure,
                    None if run is None else Run(run.directory),
                    format,
                    temporary,
                    as_floats(images.images),
                )
            exported = Exported(
                size=path.stat().st_size,
                accuracy=float((measured.answers.argmax(axis=1) == images.labels).mean()),
                images=called,
                milliseconds=measured.milliseconds,
            )
            write_text(_figures(path), exported.model_dump_json())
            self._drop_oldest()
        except (BrokenExecutor, NotJudged) as error:
            reason = str(error)
        except TaskError as error:  # what it was, in another process, stands before
            reason = str(error).partition(": ")[2]
        except OSError as error:
            reason = explain_os_error(error)
        except Exception as error:  # converters raise anything
            _log.warning("A network could not be converted to %s.", format, exc_info=error)
            reason = str(error)
        else:
            return exported
        line = next(iter(reason.strip().splitlines()), "")[:_LONGEST_REASON]
        raise ExportFailed(f"It cannot be converted to {FORMATS[format].label}: {line}")

    def _unseen(self, run: Run | None, images: ImageSet) -> tuple[ImageSet, str]:
        """Return the images that a network is measured on, and what to call them."""
        try:
            unseen = find_unseen(run, images, mnist=self._settings.mnist)
        except NotJudged:
            return images, f"{images.name}, which it was or may have been trained on"
        if may_have_seen(run):
            return images, f"{images.name}, which it may have been trained on"
        chosen = images.only(unseen)
        if unseen.all():
            return chosen, images.name
        return chosen, f"{len(chosen.labels):,} of {images.name} that it was not trained on"

    def _drop_oldest(self) -> None:
        """Drop the files that were converted first where there are more than are kept."""
        kept = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
        kept.sort(key=lambda path: path.lstat().st_mtime, reverse=True)
        for path in kept[2 * _MOST_FILES :]:  # each with its figures
            path.unlink(missing_ok=True)


def export_and_measure(
    run: Run | None, format: Format, target: Path, images: np.ndarray
) -> Measured:
    """Write the network of a run in a format, and have its runtime classify images."""
    from core.devices import prepare_devices

    prepare_devices()
    export_run(run, format, target)
    return measure(target, format, images)


def _figures(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


@lru_cache(maxsize=1000)
def _fingerprint(path: Path, _: tuple[float, float]) -> str:
    return model_fingerprint(path)
