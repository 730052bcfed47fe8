"""What the server loads behind the pages: TensorFlow, models, and a look at the data.

Everything here takes seconds, so it happens in background threads and a page gets a future.
Knows nothing of pages; pages never import TensorFlow themselves.
"""

import gc
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.background import Background
from core.data import MNIST_CACHE, DownloadError, download_mnist, load_configured
from core.drawing import DrawingStore, LabelledDrawing
from core.hyperparameters import Hyperparameters
from core.settings import ServerSettings

if TYPE_CHECKING:
    from core.classifier import Classifier
    from core.drawing import DrawnImages
    from core.evaluation import DrawnDigitAccuracy

_log = logging.getLogger(__name__)
_MAX_LOADED = 64
# Each is a few numbers. Fewer than a page shows at once would be measured again for ever.
_MAX_MEASURED = 5000
# Importing TensorFlow holds the interpreter for seconds. The first page that asks is just being
# sent to its browser, and has at most this long to say that it is there (`Loader.begin`).
_SECONDS_FOR_FIRST_PAGE = 2.0


@dataclass(frozen=True)
class DataSummary:
    """What a run started now would train on.

    Attributes:
        name: what to call the data.
        fingerprint: as in `Dataset`.
        num_images: images for training and validation together.
        num_test: images for the final test.
        notice: a sentence for the user where this is not the data that was asked for.
    """

    name: str
    fingerprint: str
    num_images: int
    num_test: int
    notice: str | None


class Loader:
    """Loads in the background, each thing once; safe to call from many sessions at once."""

    def __init__(self, settings: ServerSettings) -> None:
        """Prepare to load; nothing is loaded before it is asked for."""
        self._settings = settings
        self._loading = Background("loading", max_kept=_MAX_LOADED)
        self._page_is_there = threading.Event()
        self._loading.submit(self._page_is_there.wait, _SECONDS_FOR_FIRST_PAGE)
        # A thread of its own: whoever wants to draw must not wait until twenty models are measured.
        self._measuring = Background("measuring", max_kept=_MAX_MEASURED)
        self._lock = threading.Lock()
        self._download: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to load: a page that asked has arrived in its browser."""
        self._page_is_there.set()

    def classifier(self, path: Path) -> "Future[Classifier]":
        """Load the model at `path`; loaded anew when the file changes.

        The future raises `core.classifier.ModelError` where it cannot be used.
        """
        return self._loading.once(
            ("classifier", path, _modified(path)), lambda: _load_classifier(path)
        )

    def num_parameters(self, hyperparameters: Hyperparameters) -> Future[int]:
        """Count the weights of the network that these settings describe."""
        return self._loading.once(
            ("parameters", hyperparameters), lambda: _count_parameters(hyperparameters)
        )

    def data(self) -> Future[DataSummary]:
        """Find the data that a run started now would train on; looked at anew when it changes."""
        mnist = self._settings.mnist
        return self._loading.once(("data", self._data_stamp()), lambda: _summarise(mnist))

    def augmentation_preview(self, hyperparameters: Hyperparameters) -> Future[bytes]:
        """Draw a PNG of what these settings would do to training images."""
        stamp, mnist = self._data_stamp(), self._settings.mnist
        examples = self._loading.once(("examples", stamp), lambda: _load_examples(mnist))
        # Other settings do not change the picture.
        settings = Hyperparameters.model_validate(hyperparameters.augmentation)

        def draw() -> bytes:
            from core.training import preview_augmentation

            return preview_augmentation(examples.result(), settings)

        return self._loading.once(("augmentation", stamp, settings), draw)

    def drawn_digits(self, path: Path) -> "Future[DrawnDigitAccuracy]":
        """Measure the model at `path` on drawn digits that are always there.

        The future raises `core.classifier.ModelError` where the model cannot be used.
        """

        def measure() -> "DrawnDigitAccuracy":
            classifier = self.classifier(path).result()
            from core.evaluation import drawn_digit_accuracy

            return drawn_digit_accuracy(classifier)

        return self._measuring.once(("drawn digits", path, _modified(path)), measure)

    def labelled_drawings(
        self, path: Path, store: DrawingStore, drawings: Sequence[LabelledDrawing]
    ) -> "Future[DrawnDigitAccuracy | None]":
        """Measure the model at `path` on a user's drawings.

        The future gives None where no drawing can be read, and raises
        `core.classifier.ModelError` where the model cannot be used.
        """
        chosen = (store.root, *(drawing.id for drawing in drawings))

        def read() -> "DrawnImages":
            from core.evaluation import read_labelled_drawings

            return read_labelled_drawings(store, drawings)

        images = self._loading.once(("drawings", chosen), read)

        def measure() -> "DrawnDigitAccuracy | None":
            classifier = self.classifier(path).result()
            from core.evaluation import labelled_drawing_accuracy

            return labelled_drawing_accuracy(classifier, images.result())

        key = ("labelled drawings", path, _modified(path), chosen)
        return self._measuring.once(key, measure)

    def start_download(self) -> None:
        """Download MNIST behind the pages where the server has none and may; tried once."""
        wanted = self._settings.download and self._settings.mnist is None
        with self._lock:
            if not wanted or self._download is not None or MNIST_CACHE.exists():
                return
            self._download = threading.Thread(target=self._fetch, name="download", daemon=True)
            self._download.start()

    @property
    def is_downloading(self) -> bool:
        """Tell whether MNIST is on its way."""
        return self._download is not None and self._download.is_alive()

    def _data_stamp(self) -> tuple[Any, ...]:
        """Return what changes when a run would train on other data."""
        mnist = self._settings.mnist
        return mnist and _modified(mnist), _modified(MNIST_CACHE)

    def _fetch(self) -> None:
        try:
            download_mnist(MNIST_CACHE, seconds=self._settings.download_seconds)
        except DownloadError as error:
            _log.warning("%s The embedded images are used.", error)


def prepare_server_process() -> None:
    """Import TensorFlow and make it live beside Streamlit in one process; safe to call again.

    After every script run Streamlit calls `keras.backend.clear_session()`, which would discard the
    state of models that other sessions are using and costs up to 250 ms. It looks the function up
    by that public name, so replacing it there stops Streamlit and nothing inside Keras. Nobody
    trains in this process, so nothing has to be cleared. What importing TensorFlow left behind is
    also taken out of the garbage collector's sight, which otherwise visits it again and again.
    """
    import keras

    from core.devices import prepare_devices

    if keras.backend.clear_session is not _keep_session:
        prepare_devices()  # before anything uses a GPU
        keras.backend.clear_session = _keep_session
        gc.collect()
        gc.freeze()


def _keep_session(free_memory: bool = True) -> None:
    """Do nothing, in place of `keras.backend.clear_session`."""


def _load_classifier(path: Path) -> "Classifier":
    prepare_server_process()
    from core.classifier import Classifier

    return Classifier.load(path)


def _count_parameters(hyperparameters: Hyperparameters) -> int:
    prepare_server_process()
    from core.training import build_model

    return build_model(hyperparameters).count_params()


def _summarise(mnist: Path | None) -> DataSummary:
    dataset = load_configured(mnist)
    return DataSummary(
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        num_images=len(dataset.x_train) + len(dataset.x_val),
        num_test=len(dataset.x_test),
        notice=dataset.notice,
    )


def _load_examples(mnist: Path | None) -> np.ndarray:
    prepare_server_process()
    from core.training import example_images

    return example_images(load_configured(mnist))


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
