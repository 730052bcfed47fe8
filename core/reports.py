"""Judge models in the background, once for everybody, and keep what takes time to find out.

What a model answers is kept by the fingerprints of model and images: in the folder of its run, or
of the server for the shipped model. Labelled drawings are their owner's alone, so answers to those
are kept in memory only. Knows nothing of pages.
"""

from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

import numpy as np

from core.background import Background
from core.classifier import Calibration, ModelError, load_calibration, model_fingerprint
from core.data import data_stamp, load_embedded
from core.drawing import DrawingStore, LabelledDrawing
from core.evaluation import (
    Evaluation,
    ImageSet,
    NotJudged,
    Robustness,
    collect_drawings_of,
    collect_load_digits,
    collect_test_images,
    find_answers,
    find_unseen,
    judge,
    keep_curves,
    measure_robustness,
    read_curves,
    sample_images,
)
from core.loading import Loader, model_stamp
from core.reading import explain_os_error
from core.runs import Run
from core.runs.files import REPORTS
from core.settings import PRETRAINED, SERVER_FOLDER, ServerSettings

# What is kept in memory: of 10,000 images a set takes 8 MB and answers 0.4 MB, an accuracy nothing.
# With fewer accuracies than a page shows, it would measure the same models endlessly.
_MAX_IMAGE_SETS, _MAX_ANSWERS, _MAX_REPORTS, _MAX_ACCURACIES = 64, 64, 64, 5000

Kind = Literal["test", "embedded", "load_digits", "drawings"]
T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """Where the images of an evaluation come from.

    Attributes:
        kind: the test images of the server's dataset; those of the embedded dataset; scikit-learn's
            `load_digits`; or somebody's labelled drawings.
        store: where those drawings are.
        drawings: which of them.
    """

    kind: Kind
    store: DrawingStore | None = None
    drawings: Sequence[LabelledDrawing] = ()


@dataclass(frozen=True)
class Measurement(Generic[T]):
    """Something that is being measured, or is done.

    Attributes:
        future: raises `NotJudged` or `core.classifier.ModelError` with a sentence for the user.
        share: how much is done, in [0, 1].
    """

    future: Future[T]
    share: float


@dataclass(frozen=True)
class Share:
    """How many images a model reads correctly.

    Attributes:
        name: what to call the images.
        count: how many there are.
        accuracy: in [0, 1].
    """

    name: str
    count: int
    accuracy: float


@dataclass(frozen=True, eq=False)
class _Answers:
    """A model's answers to images before its calibration, and which of them it had not seen."""

    images: ImageSet
    probabilities: np.ndarray
    unseen: np.ndarray


class Reports:
    """Judges each model on each set of images once; thread-safe."""

    def __init__(self, settings: ServerSettings, loader: Loader) -> None:
        """Prepare to judge models that `loader` loads; nothing is done before it is asked for."""
        self._settings, self._loader = settings, loader
        self._images = Background("images", max_kept=_MAX_IMAGE_SETS)
        self._answering = Background("answering", max_kept=_MAX_ANSWERS)
        self._reporting = Background("reporting", max_kept=_MAX_REPORTS)
        # A report must not wait for the curves of another.
        self._distorting = Background("distorting", max_kept=_MAX_REPORTS)
        self._accuracies = Background("accuracies", max_kept=_MAX_ACCURACIES)
        self._shares: dict[Hashable, float] = {}

    def accuracy(self, run: Run | None, source: Source) -> Future[Share | None]:
        """Measure how many images a model reads correctly; None where there are none.

        `run` is whose model it is, None for the shipped one.
        """
        answers = self._answers(run, source)

        def measure() -> Share | None:
            given = answers.result()
            if not given.unseen.any():
                return None
            correct = (given.probabilities.argmax(axis=1) == given.images.labels)[given.unseen]
            return Share(given.images.name, len(correct), float(correct.mean()))

        return self._accuracies.once(self._key("accuracy", run, source), measure)

    def evaluation(self, run: Run | None, source: Source) -> Measurement[Evaluation]:
        """Judge a model; `run` as for `accuracy`."""
        answers, path = self._answers(run, source), model_path(run)

        def measure() -> Evaluation:
            given = answers.result()
            # From its file: where answers are kept, the model need not be loaded.
            calibration = load_calibration(path) or Calibration()
            return judge(given.images, given.probabilities, calibration, given.unseen)

        future = self._reporting.once(self._key("evaluation", run, source), measure)
        return self._measurement(future, self._key("answers", run, source))

    def robustness(self, run: Run | None, source: Source) -> Measurement[Robustness]:
        """Measure a model on distorted images; `run` as for `accuracy`."""
        key, images = self._key("robustness", run, source), self.images(source)
        path = model_path(run)

        def measure() -> Robustness:
            whole = images.result()
            unseen = whole.only(find_unseen(run, whole, mnist=self._settings.mnist))
            sample = ImageSet(whole.name, *sample_images(unseen.images, unseen.labels))
            folder, model = self._folder(run, source), _fingerprint(path)
            if kept := read_curves(folder, sample, model=model):
                return kept
            predict = self._loader.classifier(path).result().predict_batch
            curves = measure_robustness(
                predict,
                sample.images,
                sample.labels,
                on_progress=self._note(key, self._distorting),
            )
            keep_curves(folder, sample, curves, model=model)
            return curves

        return self._measurement(self._distorting.once(key, measure), key)

    def images(self, source: Source) -> Future[ImageSet]:
        """Load a set of images; raises `NotJudged` where it holds none that can be read."""

        def load() -> ImageSet:
            # All that takes long to import is imported by one thread.
            self._loader.libraries().result()
            images = self._load(source)
            if len(images.labels) == 0:
                raise NotJudged("None of these images can be read.")
            return images

        return self._images.once(self._stamp(source), load)

    def _answers(self, run: Run | None, source: Source) -> Future[_Answers]:
        images, key = self.images(source), self._key("answers", run, source)
        path = model_path(run)

        def answer() -> _Answers:
            judged, model = images.result(), _fingerprint(path)
            unseen = find_unseen(run, judged, mnist=self._settings.mnist)
            probabilities = find_answers(
                run,
                judged,
                model=model,
                folder=self._folder(run, source),
                classifier=self._loader.classifier(path).result,
                on_progress=self._note(key, self._answering),
            )
            return _Answers(judged, probabilities, unseen)

        return self._answering.once(key, answer)

    def _load(self, source: Source) -> ImageSet:
        if source.store:
            return collect_drawings_of(source.store, source.drawings)
        if source.kind == "load_digits":
            return collect_load_digits()
        if source.kind == "embedded":
            return collect_test_images(load_embedded())
        return self._loader.data().result().test

    def _folder(self, run: Run | None, source: Source) -> Path | None:
        """Return where what is found out is kept; None where nothing is to be written."""
        if source.store:
            return None
        if run:
            return run.reports_path
        own = self._settings.runs / SERVER_FOLDER
        with suppress(OSError):  # whoever writes there says so
            own.mkdir(parents=True, exist_ok=True)
        return own / REPORTS

    def _stamp(self, source: Source) -> Hashable:
        """Return a value that changes when a source would give other images."""
        if source.store:
            drawn = tuple((drawing.id, drawing.writer) for drawing in source.drawings)
            return ("drawings", source.store.root, drawn)
        return (source.kind, data_stamp(self._settings.mnist) if source.kind == "test" else None)

    def _key(self, what: str, run: Run | None, source: Source) -> Hashable:
        path = model_path(run)
        model, calibration = model_stamp(path)
        # Of the others, a calibration changes nothing: neither answers nor which are right.
        stamp = (model, calibration) if what == "evaluation" else model
        return (what, path, stamp, self._stamp(source))

    def _note(self, key: Hashable, background: Background) -> Callable[[float], None]:
        def note(share: float) -> None:
            background.raise_if_closed()
            self._shares[key] = share
            if share >= 1:
                self._shares.pop(key, None)

        return note

    def _measurement(self, future: Future[T], key: Hashable) -> Measurement[T]:
        return Measurement(future, 1.0 if future.done() else self._shares.get(key, 0.0))


def model_path(run: Run | None) -> Path:
    """Return the path of a run's model, or of the shipped one."""
    return run.model_path if run else PRETRAINED


def _fingerprint(path: Path) -> str:
    """Return the fingerprint of a model's file.

    Raises:
        ModelError: it cannot be read.
    """
    try:
        return model_fingerprint(path)
    except OSError as error:
        reason = explain_os_error(error)
    raise ModelError(f"{path.name} is not a usable model: {reason}.")
