"""A trained network gives the same answers in many threads, and a broken file is refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from core import devices
from core.classifier import (
    Calibration,
    Classifier,
    ModelError,
    calibration_path,
    choose_threshold,
    model_fingerprint,
    save_calibration,
)
from core.drawing import preprocess_drawing
from core.hyperparameters import Hyperparameters
from core.settings import PRETRAINED
from models.mlp import mlp
from tests.gpu_errors import OUT_OF_GPU_MEMORY
from tests.helpers import STROKES, draw


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(PRETRAINED)


def test_an_answer_is_the_most_probable_digit(classifier, small):
    prediction = classifier.predict(small.x_test[0])
    assert prediction.digit == small.y_test[0] == prediction.probabilities.argmax()
    assert prediction.confidence == prediction.probabilities.max() > 0.5
    assert prediction.probabilities.shape == (10,)
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert prediction.device.startswith(("CPU", "GPU"))


def test_images_one_by_one_and_all_at_once_get_the_same_answers(classifier, small):
    images = np.concatenate([small.x_train, small.x_test, small.x_train])
    batch = classifier.predict_batch(images)
    assert batch.shape == (740, 10)
    assert batch.dtype == np.float32
    np.testing.assert_allclose(batch.sum(axis=1), 1, atol=1e-5)
    for i in (0, 499, 500, 739):
        np.testing.assert_allclose(classifier.predict(images[i]).probabilities, batch[i], atol=1e-5)


def test_no_images_get_no_answers(classifier):
    assert classifier.predict_batch(np.zeros((0, 28, 28))).shape == (0, 10)


def test_integers_up_to_255_are_read_like_floats_up_to_1(classifier, small):
    levels = np.rint(255 * small.x_test[7]).astype(np.uint8)
    np.testing.assert_allclose(
        classifier.predict(levels).probabilities,
        classifier.predict(small.x_test[7]).probabilities,
        atol=1e-5,
    )


@settings(max_examples=25)
@given(
    st.sampled_from(sorted(STROKES)),
    st.floats(0.04, 0.08),
    st.floats(0.25, 0.8),
    st.tuples(st.floats(0.08, 0.12), st.floats(0.08, 0.12)),
    st.sampled_from([((17, 24, 39, 255), (255,) * 4), ((255,) * 4, (0, 0, 0, 255))]),
)
def test_a_digit_is_read_whatever_its_pen_size_place_and_colours(
    classifier, digit, width, size, corner, colors
):
    ink, paper = colors
    # A small digit is drawn with a pen that is as thick for its size.
    drawing = draw(
        STROKES[digit], width=width * size, size=size, corner=corner, ink=ink, paper=paper
    )
    assert classifier.predict(preprocess_drawing(drawing)).digit == digit


def test_many_sessions_at_once_get_the_answers_they_would_get_alone(classifier, small):
    alone = [classifier.predict(image).probabilities for image in small.x_test]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda i: classifier.predict(i).probabilities, small.x_test))
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_training_beside_it_changes_no_answer(classifier, synthetic, tiny, store):
    from core.training import train

    before = classifier.predict_batch(synthetic.x_test)
    train(store.create(tiny.model_copy(update={"epochs": 1})), synthetic)
    np.testing.assert_array_equal(classifier.predict_batch(synthetic.x_test), before)


def test_an_image_of_another_shape_is_refused(classifier):
    for shape in ((28,), (27, 28), (1, 28, 28)):
        with pytest.raises(ValueError, match="expected an image of shape"):
            classifier.predict(np.zeros(shape))
    for shape in ((28, 28), (1, 28, 27), (28, 28, 1)):
        with pytest.raises(ValueError, match="expected images of shape"):
            classifier.predict_batch(np.zeros(shape))


def test_pixels_that_are_not_finite_are_refused(classifier):
    image = np.zeros((28, 28), np.float32)
    for value in (np.nan, np.inf, -np.inf):
        image[3, 4] = value
        with pytest.raises(ValueError, match="expected finite numbers"):
            classifier.predict(image)
        with pytest.raises(ValueError, match="expected finite numbers"):
            classifier.predict_batch(image[None])


def _refused(path):
    """Return the sentence with which a file is refused."""
    with pytest.raises(ModelError) as caught:
        Classifier.load(path)
    sentence = str(caught.value)
    assert path.name in sentence
    assert "\n" not in sentence
    return sentence


def test_a_missing_model_is_said_in_one_sentence(tmp_path):
    assert _refused(tmp_path / "none.keras").startswith("There is no model at ")
    (tmp_path / "folder.keras").mkdir()
    assert _refused(tmp_path / "folder.keras").startswith("There is no model at ")


def test_a_model_that_was_cut_off_or_damaged_is_refused(tmp_path):
    path = tmp_path / "damaged.keras"
    content = PRETRAINED.read_bytes()
    middle = len(content) // 2
    overwritten = content[:middle] + bytes(2000) + content[middle + 2000 :]
    for damaged in (b"", content[:1000], content[:middle], content[:-1], overwritten):
        path.write_bytes(damaged)
        assert _refused(path).startswith("damaged.keras is not a usable model: ")


@pytest.mark.parametrize(
    "build",
    [
        lambda: keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()]),
        lambda: keras.Sequential(
            [keras.Input((784,)), keras.layers.Dense(10, activation="softmax")]
        ),
        lambda: keras.Model(
            (a := keras.Input((28, 28)), b := keras.Input((28, 28))),
            keras.layers.Dense(10)(keras.layers.Flatten()(a + b)),
        ),
    ],
)
def test_a_model_that_does_not_read_digits_is_refused(tmp_path, build):
    build().save(tmp_path / "other.keras")
    assert "expected a model from (n, 28, 28) images" in _refused(tmp_path / "other.keras")


def test_code_that_a_model_file_contains_is_not_run(tmp_path):
    marker = tmp_path / "was-run"
    layer = keras.layers.Lambda(lambda x, marker=str(marker): (Path(marker).touch(), x)[1])
    model = mlp()
    model = keras.Sequential([keras.Input((28, 28)), layer, *model.layers])
    model.save(tmp_path / "lambda.keras")
    marker.unlink()  # building the model has run it
    _refused(tmp_path / "lambda.keras")
    assert not marker.exists()


def test_the_file_may_go_once_it_is_loaded(tmp_path, small, classifier):
    path = tmp_path / "gone.keras"
    shutil.copy(PRETRAINED, path)
    shutil.copy(calibration_path(PRETRAINED), calibration_path(path))
    copy = Classifier.load(str(path))
    path.unlink()
    np.testing.assert_allclose(
        copy.predict_batch(small.x_test), classifier.predict_batch(small.x_test), atol=1e-6
    )


def test_a_threshold_that_somebody_chose_makes_a_model_unsure(store, small):
    run = store.create(Hyperparameters())
    run.update(status="completed")
    shutil.copy(PRETRAINED, run.model_path)
    found = Calibration(2.0, 0.0, model_fingerprint(run.model_path))
    save_calibration(found, run.model_path)
    before = Classifier.load(run.model_path).predict(small.x_test[0])
    choose_threshold(run, 1.0)
    after = Classifier.load(run.model_path).predict(small.x_test[0])
    assert (before.is_sure, after.is_sure) == (True, False)
    np.testing.assert_array_equal(before.probabilities, after.probabilities)


def test_a_model_that_is_replaced_while_it_is_loaded_gets_no_calibration(tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    load = keras.saving.load_model

    def write(seed):
        keras.utils.set_random_seed(seed)
        mlp(hidden_units=(4,)).save(path)
        save_calibration(Calibration(1.5, 0.6, model_fingerprint(path)), path)

    def load_model(*arguments, **options):
        model = load(*arguments, **options)
        write(seed=2)
        return model

    write(seed=1)
    assert Classifier.load(path).calibration.threshold == 0.6
    monkeypatch.setattr(keras.saving, "load_model", load_model)
    assert Classifier.load(path).calibration == Calibration()


@pytest.fixture
def taken_gpu(monkeypatch):
    """A GPU, without which this machine may be, that has no memory left."""
    monkeypatch.setattr(devices, "has_gpu", lambda: True)

    def fail(*_args, **_kwargs):
        raise OUT_OF_GPU_MEMORY[0]

    return fail


def test_while_the_gpu_s_memory_is_taken_the_cpu_answers_and_says_so(taken_gpu, small):
    classifier = Classifier.load(PRETRAINED)
    before = classifier.predict_batch(small.x_test[:4])
    classifier._answer = taken_gpu
    answer = classifier.predict(small.x_test[0])
    assert answer.device == "CPU (the GPU's memory is taken)"
    np.testing.assert_allclose(answer.probabilities, before[0], atol=1e-5)
    classifier._answer = taken_gpu
    with pytest.raises(type(OUT_OF_GPU_MEMORY[0])):  # a second time it is not the GPU's
        classifier.predict_batch(small.x_test)


def test_a_model_that_does_not_fit_on_the_gpu_is_loaded_on_the_cpu(taken_gpu, monkeypatch, small):
    load, tried = keras.saving.load_model, []

    def load_model(*arguments, **options):
        tried.append(tf.zeros(1).device)
        return taken_gpu() if len(tried) == 1 else load(*arguments, **options)

    monkeypatch.setattr(keras.saving, "load_model", load_model)
    classifier = Classifier.load(PRETRAINED)
    assert len(tried) == 2
    assert "CPU" in tried[1]
    assert classifier.predict(small.x_test[0]).probabilities.shape == (10,)


def test_what_else_goes_wrong_is_no_reason_for_the_cpu(monkeypatch, small):
    classifier = Classifier.load(PRETRAINED)

    def fail(_):
        raise OUT_OF_GPU_MEMORY[0]

    monkeypatch.setattr(devices, "has_gpu", lambda: False)
    classifier._answer = fail
    with pytest.raises(type(OUT_OF_GPU_MEMORY[0])):
        classifier.predict(small.x_test[0])
