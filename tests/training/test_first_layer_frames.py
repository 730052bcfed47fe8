"""A run keeps its first layer over time, and one that continues keeps on with its film."""

import numpy as np
import pytest

from core.classifier import Classifier
from core.training import TrainingSteps, train
from core.training.callbacks import first_layer_frames
from tests.training.steered_runs import Killed, kill, release, resume, steered

pytestmark = pytest.mark.usefixtures("without_drawn_digits")


@pytest.fixture
def every_step(monkeypatch, every_step):
    """Take a frame after every single step."""
    monkeypatch.setattr(first_layer_frames, "_SECONDS_BETWEEN_FRAMES", -1e9)
    monkeypatch.setattr(first_layer_frames, "MOST_FRAMES", 1e9)


def _steps(run):
    return [step for step, _ in run.film.frames()]


def test_even_a_short_run_has_its_weights_before_the_first_step_and_after_the_last(store, small):
    run = store.create(steered(epochs=1, weight_averaging=0.0))
    train(run, small)
    first, *_, last = run.film.frames()
    assert (first[0], last[0]) == (0, 15)
    assert first[1].shape == (8, 28, 28)
    kernel = Classifier.load(run.model_path).model.get_weights()[0]
    np.testing.assert_allclose(last[1].reshape(8, -1), kernel.T, atol=1e-3)
    assert abs(last[1] - first[1]).max() > 1e-3


@pytest.mark.usefixtures("every_step")
def test_a_run_that_is_resumed_after_a_crash_has_the_film_of_one_that_was_not(
    store, small, at, uninterrupted
):
    whole = uninterrupted(steered(epochs=1))
    assert _steps(whole) == list(range(16))
    run = store.create(steered(epochs=1))
    at(6, release)
    train(run, small)
    at(10, kill)
    with pytest.raises(Killed):
        resume(run, small)
    resume(run, small)
    assert run.read().status == "completed"
    assert _steps(run) == _steps(whole)
    for (_, one), (_, other) in zip(run.film.frames(), whole.film.frames(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_run_that_diverges_keeps_only_weights_that_are_numbers(store, small, monkeypatch):
    run = store.create(steered())
    monkeypatch.setattr(TrainingSteps, "__call__", lambda *_: (float("nan"), 0))
    train(run, small)
    assert run.read().error.startswith("The loss stopped being a number")
    assert _steps(run) == [0]
