"""The best weights are kept whole, and survive a stop in the middle of an epoch."""

import errno

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.training.callbacks.best_model import save_if_best
from core.training.state import Best, LoopState
from models.mlp import mlp


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    return mlp(hidden_units=(8,), dropout=0.0)


def test_only_better_weights_replace_the_best_and_the_kept_model_is_not_compiled(run, model):
    state = LoopState()
    offers = [(0.5, 0.8), (0.4, 0.7), (0.4, 0.8), (float("nan"), 0.9), (0.4, 0.8)]
    taken = []
    for epoch, (val_loss, val_accuracy) in enumerate(offers):
        state.epoch, state.images = epoch, 100
        model.layers[-1].bias.assign(np.full(10, epoch + 1))
        taken.append(save_if_best(run, model, state, val_loss=val_loss, val_accuracy=val_accuracy))
    assert taken == [True, False, True, False, False]
    assert state.best == Best(epoch=3, val_loss=0.4, val_accuracy=0.8)
    kept = keras.saving.load_model(run.model_path)
    np.testing.assert_array_equal(kept.layers[-1].bias.numpy(), np.full(10, 3))
    assert not kept.compiled


def test_a_disk_that_fills_while_a_model_is_saved_keeps_the_earlier_one(monkeypatch, run, model):
    save_if_best(run, model, LoopState(images=100), val_loss=0.5, val_accuracy=0.5)
    before = run.model_path.read_bytes()
    files = sorted(run.directory.iterdir())

    def save_half(self, path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keras.Sequential, "save", save_half)
    state = LoopState(images=100)
    with pytest.raises(OSError, match="No space left"):
        save_if_best(run, model, state, val_loss=0.1, val_accuracy=0.9)
    assert state.best is None
    assert run.model_path.read_bytes() == before
    assert sorted(run.directory.iterdir()) == files
