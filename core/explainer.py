"""Explain answers in the background: each function of `core.explanation` once for what it is given.

What is kept is found again only by whoever has the same image. Knows nothing of pages.
"""

import hashlib
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np

from core.background import Background
from core.classifier import Classifier
from core.data import as_bytes, data_stamp, load_configured
from core.evaluation import ImageSet
from core.loading import Loader, model_stamp
from core.reports import Measurement, model_path
from core.runs import Run
from core.settings import ServerSettings

# Maps of a few kilobytes, seldom pictures of all layers.
_MAX_KEPT = 256

P = ParamSpec("P")
T = TypeVar("T")
_Progress = Callable[[float], None]


class Explainer:
    """Computes each explanation once, in one of two threads; thread-safe."""

    def __init__(self, settings: ServerSettings, loader: Loader) -> None:
        """Prepare to explain models that `loader` loads; nothing is done before it is asked for."""
        self._settings, self._loader = settings, loader
        self._explaining = Background("explaining", max_kept=_MAX_KEPT)
        # What takes seconds has a thread of its own: nobody waits for it who did not ask for it.
        self._searching = Background("searching", max_kept=_MAX_KEPT)
        self._training_images = Background("training images", max_kept=1)
        self._shares: dict[Hashable, float] = {}

    def explain(
        self,
        function: Callable[Concatenate[Classifier, P], T],
        run: Run | None,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Measurement[T]:
        """Call a function that takes less than a second with a model and what it is given.

        Args:
            function: such as `integrated_gradients`; it always gives the same for the same.
            run: whose model it is; None is the shipped one.
            args: what follows the classifier: arrays, and whatever can be hashed.
            kwargs: the same, by name.

        Returns:
            Its future raises what the function does, or `core.classifier.ModelError`.
        """
        key = self._key(function, run, args, kwargs)
        classifier = self._loader.classifier(model_path(run))

        def work() -> T:
            self._loader.libraries().result()
            return function(classifier.result(), *args, **kwargs)

        future = self._explaining.once(key, work)
        return Measurement(future, 1.0 if future.done() else 0.0)

    def search(
        self,
        function: Callable[Concatenate[Classifier, _Progress, P], T],
        run: Run | None,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Measurement[T]:
        """Call a function that takes seconds, and after the classifier a function of its progress.

        It is given shares in [0, 1]. Everything else is as for `explain`.
        """
        key = self._key(function, run, args, kwargs)
        classifier = self._loader.classifier(model_path(run))

        def note(share: float) -> None:
            self._searching.raise_if_closed()
            self._shares[key] = share

        def work() -> T:
            try:
                self._loader.libraries().result()
                return function(classifier.result(), note, *args, **kwargs)
            finally:
                self._shares.pop(key, None)

        future = self._searching.once(key, work)
        return Measurement(future, 1.0 if future.done() else self._shares.get(key, 0.0))

    def training_images(self) -> Future[ImageSet]:
        """Load the images that a run started now would train on, as bytes."""
        mnist = self._settings.mnist

        def load() -> ImageSet:
            dataset = load_configured(mnist)
            pixels = as_bytes(dataset.x_train)
            return ImageSet(dataset.name, pixels, dataset.y_train, dataset.fingerprint)

        return self._training_images.once(data_stamp(mnist), load)

    def _key(self, function: Any, run: Run | None, args: Any, kwargs: Any) -> Hashable:
        path = model_path(run)
        named = tuple((name, _hashable(value)) for name, value in sorted(kwargs.items()))
        given = (tuple(_hashable(value) for value in args), named)
        return (function.__module__, function.__qualname__, path, model_stamp(path), given)


def _hashable(value: Any) -> Hashable:
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).digest()
        return (value.shape, value.dtype.str, digest)
    return value
