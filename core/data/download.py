"""Download data to where Keras keeps it, within a bounded time. Knows nothing of its content."""

import hashlib
import tempfile
import time
from pathlib import Path

import requests
import urllib3

# The same file, address and checksum as keras.datasets.mnist, so that one cache serves both.
# Keras's own function has no time limit: it waits forever on a connection that stalls.
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
_CONNECT_SECONDS = 5.0
_CHUNK_BYTES = 1 << 16


class DownloadError(Exception):
    """Data could not be downloaded; the message says why, in one sentence."""


def download_mnist(
    destination: Path, *, seconds: float, url: str = MNIST_URL, sha256: str = MNIST_SHA256
) -> None:
    """Download MNIST to `destination`; see `download`."""
    download(url, destination, seconds=seconds, sha256=sha256, what="MNIST")


def download(url: str, destination: Path, *, seconds: float, sha256: str, what: str) -> None:
    """Download a file to `destination`, whole or not at all; its folder is created.

    `seconds` limits the whole download; `what` is what messages call the file.

    Raises:
        DownloadError: no connection, too slow, not the expected file, or nowhere to write it.
    """
    deadline = time.monotonic() + seconds
    digest = hashlib.sha256()
    temporary: Path | None = None
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with (
            requests.get(
                url,
                stream=True,
                timeout=(_CONNECT_SECONDS, min(seconds, _CONNECT_SECONDS)),
                headers={"Accept-Encoding": "identity"},
            ) as response,
            tempfile.NamedTemporaryFile(dir=destination.parent, delete=False) as file,
        ):
            temporary = Path(file.name)
            response.raise_for_status()
            # `iter_content` waits for a whole chunk, which takes hours where bytes only trickle.
            while chunk := response.raw.read1(_CHUNK_BYTES):
                if time.monotonic() > deadline:
                    raise DownloadError(f"{what} did not arrive within {seconds:.0f} seconds.")
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != sha256:
            raise DownloadError(f"What arrived is not {what}: its checksum is wrong.")
        temporary.replace(destination)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise DownloadError(f"{what} could not be downloaded ({type(error).__name__}).") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
