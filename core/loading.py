"""Load models and data in a background thread, so that a page gets a future.

Lets TensorFlow and Streamlit share the server's process. Knows nothing of pages, which never import
TensorFlow themselves.
"""

import gc
import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# What pages use as well as background threads is imported here, once, before one of them begins: a
# thread may see what another one has imported half. Plotly and scikit-learn look at pandas, and
# that at pyarrow, wherever it is being imported; SciPy imports its parts where they are first used.
import pandas  # noqa: F401
import scipy.ndimage
import scipy.special  # noqa: F401

from core.background import Background
from core.classifier import Classifier, ModelError, calibration_path
from core.data import MNIST_CACHE, DownloadError, data_stamp, download_mnist, load_configured
from core.evaluation import ImageSet, collect_test_images
from core.hyperparameters import Hyperparameters
from core.settings import PRETRAINED, ServerSettings

_log = logging.getLogger(__name__)
_MAX_LOADED = 64
# Importing TensorFlow holds the interpreter for seconds, in which no page reaches its browser. So
# loading waits until the first page has arrived (`Loader.begin`), but no longer than this.
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
        test: the images for the final test.
    """

    name: str
    fingerprint: str
    num_images: int
    num_test: int
    notice: str | None
    test: ImageSet


class Loader:
    """Loads each thing once, in the background; thread-safe.

    A future raises `core.classifier.ModelError` where it needs a model that cannot be used.
    """

    def __init__(self, settings: ServerSettings) -> None:
        """Prepare to load; nothing is loaded before it is asked for."""
        self._settings = settings
        self._loading = Background("loading", max_kept=_MAX_LOADED)
        self._page_has_arrived = threading.Event()
        self._loading.submit(self._page_has_arrived.wait, _SECONDS_FOR_FIRST_PAGE)
        self._lock = threading.Lock()
        self._download: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to load: the first page has arrived in its browser."""
        self._page_has_arrived.set()

    def classifier(self, path: Path) -> Future[Classifier]:
        """Load the model at `path`; loaded again when the file or its calibration changes."""
        key = ("classifier", path, model_stamp(path))
        return self._loading.once(key, lambda: _load_classifier(path))

    def data(self) -> Future[DataSummary]:
        """Find the data that a run started now would train on; checked again when it changes."""
        mnist = self._settings.mnist
        return self._loading.once(("data", data_stamp(mnist)), lambda: _summarise(mnist))

    def augmentation_preview(self, hyperparameters: Hyperparameters) -> Future[bytes]:
        """Draw a PNG of what these hyperparameters would do to training images."""
        mnist = self._settings.mnist
        stamp = data_stamp(mnist)
        examples = self._loading.once(("examples", stamp), lambda: _load_examples(mnist))
        # Other hyperparameters do not change the picture.
        augmentation = Hyperparameters.model_validate(hyperparameters.augmentation)

        def draw() -> bytes:
            from core.training import preview_augmentation

            return preview_augmentation(examples.result(), augmentation)

        return self._loading.once(("augmentation", stamp, augmentation), draw)

    def libraries(self) -> Future[None]:
        """Import what measuring a model takes: all that takes long is imported by one thread."""
        return self._loading.once("libraries", _import_to_measure)

    def start_download(self) -> None:
        """Download MNIST in the background where the server lacks it and may; tried once."""
        wanted = self._settings.download and self._settings.mnist is None
        with self._lock:
            if wanted and self._download is None and not MNIST_CACHE.exists():
                self._download = threading.Thread(target=self._fetch, name="download", daemon=True)
                self._download.start()

    @property
    def is_downloading(self) -> bool:
        """Tell whether MNIST is being downloaded."""
        return self._download is not None and self._download.is_alive()

    def _fetch(self) -> None:
        try:
            download_mnist(MNIST_CACHE, seconds=self._settings.download_seconds)
        except DownloadError as error:
            _log.warning("%s The embedded images are used.", error)


def _import_to_measure() -> None:
    import sklearn.datasets
    import sklearn.metrics  # noqa: F401


def _load_classifier(path: Path) -> Classifier:
    prepare_server_process()
    # What a link in somebody's run leads to is not theirs to show; the server's owner may use one.
    if path != PRETRAINED and (path.is_symlink() or path.parent.is_symlink()):
        raise ModelError(f"{path.name} is not a usable model: it is a link, which is not followed.")
    return Classifier.load(path)


def _summarise(mnist: Path | None) -> DataSummary:
    dataset = load_configured(mnist)
    return DataSummary(
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        num_images=len(dataset.x_train) + len(dataset.x_val),
        num_test=len(dataset.x_test),
        notice=dataset.notice,
        test=collect_test_images(dataset),
    )


def _load_examples(mnist: Path | None) -> np.ndarray:
    prepare_server_process()
    from core.training import example_images

    return example_images(load_configured(mnist))


def model_stamp(path: Path) -> tuple[float, float]:
    """Return a value that changes with the model at `path`, and with its calibration."""
    return _modified(path), _modified(calibration_path(path))


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def prepare_server_process() -> None:
    """Import TensorFlow and protect its state from Streamlit; later calls do nothing.

    After every script run Streamlit calls `keras.backend.clear_session()`, which would discard the
    state of models that other sessions are using and costs up to 250 ms. It finds the function by
    that public name, so replacing it there stops Streamlit and nothing inside Keras. Nothing is
    trained in this process, so nothing has to be cleared. The objects that importing TensorFlow
    created are also frozen: the garbage collector would visit them again and again.
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
