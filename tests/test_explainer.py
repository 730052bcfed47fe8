"""Explanations in the background: once for the same question, each with its own answer."""

import shutil
import threading

import numpy as np
import pytest

from core.classifier import Classifier, ModelError
from core.explainer import Explainer
from core.explanation import NotExplained
from core.hyperparameters import Hyperparameters
from core.loading import Loader
from core.settings import PRETRAINED, ServerSettings

IMAGE = np.zeros((28, 28), np.float32)
IMAGE[5:23, 14] = 1
calls = []


def read(classifier: Classifier, image: np.ndarray, *, times: int = 1) -> int:
    calls.append(times)
    return classifier.predict(image).digit * times


def search(classifier, note, gate: threading.Event) -> str:
    note(0.25)
    assert gate.wait(30)
    return "found"


def refuse(classifier: Classifier) -> None:
    raise NotExplained("This network has nothing to explain.")


@pytest.fixture
def explainer(tmp_path, monkeypatch, small_npz):
    monkeypatch.setattr("core.loading._SECONDS_FOR_FIRST_PAGE", 0.0)
    settings = ServerSettings(runs=tmp_path / "runs", mnist=small_npz, download=False)
    calls.clear()
    return Explainer(settings, Loader(settings))


def test_the_same_question_is_answered_once_and_another_anew(explainer):
    first = explainer.explain(read, None, IMAGE, times=1)
    assert first.future.result(60) == 1
    assert explainer.explain(read, None, IMAGE.copy(), times=1).future is first.future
    moved = np.roll(IMAGE, 1, axis=1)
    for other in (
        explainer.explain(read, None, moved, times=1),
        explainer.explain(read, None, IMAGE, times=2),
    ):
        assert other.future is not first.future
        other.future.result(60)
    assert calls == [1, 1, 2]


def test_a_search_tells_its_progress_and_nobody_who_wants_an_explanation_waits_for_it(explainer):
    gate = threading.Event()
    found = explainer.search(search, None, gate)
    assert explainer.explain(read, None, IMAGE).future.result(60) == 1
    while not (running := explainer.search(search, None, gate)).share:
        assert not running.future.done()
    assert running.share == 0.25
    gate.set()
    assert found.future.result(60) == "found"
    assert explainer.search(search, None, gate).share == 1


def test_what_cannot_be_explained_says_why(explainer, store):
    with pytest.raises(NotExplained, match="nothing to explain"):
        explainer.explain(refuse, None).future.result(60)
    run = store.create(Hyperparameters())
    run.model_path.write_text("not a model")
    with pytest.raises(ModelError, match="not a usable model"):
        explainer.explain(read, run, IMAGE).future.result(60)


def test_a_model_that_was_replaced_is_asked_anew(explainer, store):
    run = store.create(Hyperparameters())
    shutil.copy(PRETRAINED, run.model_path)
    first = explainer.explain(read, run, IMAGE)
    first.future.result(60)
    run.model_path.touch()
    assert explainer.explain(read, run, IMAGE).future is not first.future


def test_training_images_are_those_of_the_servers_data(explainer, small):
    images = explainer.training_images().result(60)
    assert images.dataset == small.fingerprint
    assert images.images.dtype == np.uint8
    np.testing.assert_allclose(images.images / 255, small.x_train, atol=1e-6)
    np.testing.assert_array_equal(images.labels, small.y_train)
