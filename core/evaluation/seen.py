"""Which images a model saw in training, so that it is never judged on them.

Images are compared by fingerprint: it does not matter from which file they come.
"""

from pathlib import Path

import numpy as np

from core.data import find_dataset, image_fingerprints, seen_images_path
from core.evaluation.image_sets import ImageSet
from core.runs import Run
from core.runs.files import read_seen_images
from core.settings import PRETRAINED


class NotJudged(Exception):
    """A model cannot be judged on a set of images; the message says why."""


def find_unseen(run: Run | None, images: ImageSet, *, mnist: Path | None = None) -> np.ndarray:
    """Tell for each image of a set whether a model did not see it, as a bool array `(n,)`.

    What chose the weights counts as seen, as does what the run had but left out of training. Of a
    model from elsewhere nobody knows: none count as seen, and `may_have_seen` says so.

    Args:
        run: whose model; None is the shipped one.
        images: the set.
        mnist: where the images of runs of earlier versions may be, which kept no fingerprints.

    Raises:
        NotJudged: it saw all of them, or nobody knows any more which it saw.
    """
    shipped = seen_images_path(PRETRAINED)
    seen = read_seen_images(shipped) if run is None else _of_run(run, mnist)
    if seen is None:
        if not images.dataset or may_have_seen(run):
            # No version trained on drawings or on load_digits without noting it.
            return np.ones(len(images.labels), bool)
        raise NotJudged(
            "Which images this run was trained on is not known: it is of an earlier version, and "
            "its images are no longer on this server."
        )
    unseen = ~np.isin(image_fingerprints(images.images), seen)
    if not unseen.any() and len(unseen):
        raise NotJudged(
            "This model was trained on these images, so its answers to them would say nothing of "
            "how it reads others. Choose other images."
        )
    return np.asarray(unseen)


def may_have_seen(run: Run | None) -> bool:
    """Tell whether nobody knows which images a model was trained on: it comes from elsewhere."""
    if run is None or not run.recorded().origin:
        return False
    return run.seen_images() is None and run.recorded().data is None


def _of_run(run: Run, mnist: Path | None) -> np.ndarray | None:
    if (kept := run.seen_images()) is not None:
        return kept
    data = run.recorded().data
    dataset = find_dataset(data.fingerprint, mnist) if data else None
    return None if dataset is None else dataset.seen_images
