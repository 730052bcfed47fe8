"""Sources of data: MNIST, the images embedded in a package, a download, pen strokes.

Divides images into training, validation and test parts. Knows nothing of networks or runs.
"""

from core.data.dataset import (
    EMBEDDED_NAME,
    EMBEDDED_TEST_IMAGES,
    MNIST_CACHE,
    MNIST_NAME,
    SPLIT_SEED,
    Dataset,
    DatasetError,
    count_split,
    data_stamp,
    find_dataset,
    load_configured,
    load_dataset,
    load_embedded,
    with_wrong_labels,
    without_embedded,
)
from core.data.download import DownloadError, download_mnist
from core.data.fingerprints import image_fingerprints, seen_images_path, set_fingerprint
from core.data.pen_strokes import PenDigit, download_strokes, read_strokes
from core.data.pixels import as_bytes, as_floats
