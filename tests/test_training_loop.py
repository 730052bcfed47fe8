"""A run that is steered on its way: interrupted, resumed, paused, extended, its rate changed."""

import keras
import numpy as np
import pytest

from core import training_loop
from core.hyperparameters import Hyperparameters
from core.runs import Run
from core.training import train

# Dropout, batch statistics, augmentation and a schedule: whatever a step may depend on.
_NETWORKS = {
    "mlp": {"architecture": "mlp", "hidden_units": (16,), "optimizer": "sgd"},
    "convnet": {
        "architecture": "convnet",
        "filters": (4, 4),
        "dense_units": 16,
        "batch_normalization": True,
        "rotation": 10.0,
        "elastic": 0.5,
    },
}


def _settings(network, **changes):
    common = {"epochs": 2, "batch_size": 16, "dropout": 0.3, "seed": 7, "validation_split": 0.2}
    return Hyperparameters(**(common | _NETWORKS[network] | changes))


def _weights(run):
    with np.load(run.checkpoint_path) as file:
        return {name: file[name] for name in file.files if name.startswith("variable")}


def _assert_same(first, second):
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


def _epochs(run):
    return [record for record in run.metrics() if record["kind"] == "epoch"]


@pytest.fixture
def ask_at(monkeypatch):
    """Return a function that asks something of a run as soon as it has done so many steps."""

    def ask(step, request):
        original = training_loop.TrainingLoop._obey

        def obey(self):
            if self.state.step >= step and not asked:
                asked.append(step)
                request(self._run)
            original(self)

        asked = []
        monkeypatch.setattr(training_loop.TrainingLoop, "_obey", obey)

    return ask


@pytest.mark.parametrize("network", _NETWORKS)
@pytest.mark.parametrize("step", [0, 5, 15, 20])
def test_a_run_that_was_stopped_and_resumed_ends_with_the_same_weights_bit_for_bit(
    store, small, ask_at, network, step
):
    settings = _settings(network)
    whole = store.create(settings)
    train(whole, small)
    assert whole.read().status == "completed"
    ask_at(step, Run.request_stop)
    resumed = store.create(settings)
    train(resumed, small)
    assert resumed.read().status == "stopped"
    resumed.request_resume()
    train(resumed, small)
    assert resumed.read().status == "completed"
    _assert_same(_weights(whole), _weights(resumed))
    assert [r["loss"] for r in _epochs(whole)] == pytest.approx(
        [r["loss"] for r in _epochs(resumed)]
    )
    for name in ("accuracy", "val_loss", "val_accuracy", "step", "images", "epoch"):
        assert [r[name] for r in _epochs(whole)] == [r[name] for r in _epochs(resumed)]
    first, second = whole.read().results, resumed.read().results
    assert first.test_loss == second.test_loss
    kept = [keras.saving.load_model(run.model_path).get_weights() for run in (whole, resumed)]
    for one, other in zip(*kept, strict=True):
        np.testing.assert_array_equal(one, other)
