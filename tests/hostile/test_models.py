"""Models that somebody else made run no code, take little memory, or are refused with a reason."""

import gc
import time
import weakref

import keras
import numpy as np
import pytest

from core.background import Background
from core.classifier import Classifier, ModelError
from core.loading import Loader
from core.settings import PRETRAINED, ServerSettings
from models import ARCHITECTURES
from tests.hostile.memory import at_most, resident
from tests.hostile.model_cases import MODELS


@pytest.fixture(scope="module")
def folder(model_files):
    """The folder of these models, once TensorFlow has all the memory that it keeps."""
    Classifier.load(PRETRAINED)
    return model_files


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_cannot_be_used_is_refused_in_one_sentence(folder, name):
    path, begun = folder / f"{name}.keras", time.monotonic()
    with at_most(250, name), pytest.raises(ModelError) as caught:
        Classifier.load(path)
    assert time.monotonic() - begun < 20
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}.keras is not a usable model: ")
    assert MODELS[name][1] in sentence
    assert sentence.isprintable() and len(sentence) < 320
    assert str(folder) not in sentence
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_nothing_is_kept_of_models_that_were_refused(folder):
    loader = Loader(ServerSettings())
    loader.begin()

    def refuse_all():
        futures = [loader.classifier(path) for path in sorted(folder.glob("*.keras"))]
        assert all(isinstance(future.exception(60), ModelError) for future in futures)
        assert all(future.exception().__traceback__ is None for future in futures)
        return futures

    refuse_all()  # libraries are loaded
    before, loader = resident(), Loader(ServerSettings())
    loader.begin()
    futures = refuse_all()
    assert len(futures) == len(MODELS)
    assert resident() < 1.1 * before


def test_an_error_that_is_kept_keeps_nothing_else():
    class Large:
        pass

    large, background = Large(), Background("test", max_kept=5)
    kept = weakref.ref(large)

    def fail(held):
        try:
            raise KeyError(held)
        except KeyError as error:
            raise ModelError("It is too large.") from error

    future = background.once("key", lambda held=large: fail(held))
    assert str(future.exception(10)) == "It is too large."
    assert isinstance(future.exception(), ModelError)
    del large
    background.submit(lambda: None).result(10)  # the thread has let go of the task
    gc.collect()
    assert kept() is None


def test_links_to_models_are_followed_for_nobody(tmp_path):
    loader = Loader(ServerSettings())
    loader.begin()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model.keras").symlink_to(PRETRAINED)
    (tmp_path / "link").symlink_to(PRETRAINED.parent)
    for path in (tmp_path / "run" / "model.keras", tmp_path / "link" / PRETRAINED.name):
        assert "is a link" in str(loader.classifier(path).exception(60))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_of_our_own_networks_passes(tmp_path, architecture):
    path = tmp_path / "model.keras"
    ARCHITECTURES[architecture]().save(path)
    answers = Classifier.load(path).predict_batch(np.zeros((600, 28, 28)))
    assert answers.shape == (600, 10)


def test_of_a_network_with_many_outputs_few_images_are_classified_at_a_time():
    model = keras.saving.load_model(PRETRAINED, compile=False)
    images = np.random.default_rng(0).random((20, 28, 28))
    few = Classifier(model, outputs_per_image=10**8)
    np.testing.assert_allclose(
        few.predict_batch(images), Classifier(model).predict_batch(images), atol=1e-5
    )
