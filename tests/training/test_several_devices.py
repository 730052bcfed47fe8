"""Devices that share each batch train as one does; the devices are parts of this CPU.

TensorFlow divides a CPU only before it starts, so what happens then happens in another process.
"""

import json
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from core.runs import RunStore

_START = """
import sys
from contextlib import nullcontext
import keras
import numpy as np
import tensorflow as tf
from core.training import trainer as training
from core.data import load_dataset
from core.devices import choose_strategy
from core.hyperparameters import Hyperparameters
from core.runs import RunStore

cpu, = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, 2 * [tf.config.LogicalDeviceConfiguration()])
dataset = load_dataset(sys.argv[1])
"""

# Nine images are no multiple of two devices, and one is fewer than those.
_STEPS = """
from core.training import TrainingSteps

def weights(settings, strategy):
    keras.utils.set_random_seed(settings.seed)
    with nullcontext() if strategy is None else strategy.scope():
        model = training.build_model(settings)
        steps = TrainingSteps(
            model,
            training.build_optimizer(settings),
            dataset.x_train,
            dataset.y_train,
            settings,
            batch_size=9,
            strategy=strategy,
        )
    results = [
        steps(np.arange(36).reshape(4, 9), np.full(4, 0.01, np.float32), 0),
        steps(np.array([[50]]), np.full(1, 0.01, np.float32), 4),
    ]
    return results, [keras.ops.convert_to_numpy(v.value) for v in steps.variables], steps

settings = Hyperparameters.model_validate_json(sys.argv[2])
strategy = choose_strategy(True, ("CPU:0", "CPU:1"))
one, several = weights(settings, None), weights(settings, strategy)
np.testing.assert_allclose(several[0], one[0], rtol=1e-4)
for alone, shared in zip(one[1], several[1], strict=True):
    np.testing.assert_allclose(shared, alone, atol=1e-4)
for variable in several[2].variables:
    first, second = strategy.experimental_local_results(variable.value)
    np.testing.assert_array_equal(first, second)
"""

# An epoch is a batch of 239 images and one of a single image; each call looks into the layers.
_RUNS = """
from core.training.callbacks import control, layer_probe

training.choose_strategy = lambda wanted: choose_strategy(wanted, ("CPU:0", "CPU:1"))
layer_probe._SECONDS_BETWEEN_PROBES, layer_probe._PROBE_SHARE = 0.0, 1e9
settings = Hyperparameters.model_validate_json(sys.argv[2])
store = RunStore(sys.argv[3])

def train(run, stop_at):
    apply_control = control.Control.between_calls
    def stop_and_apply(self, loop):
        if loop.state.step == stop_at:
            run.request_stop()
        apply_control(self, loop)
    control.Control.between_calls = stop_and_apply
    training.train(run, dataset)
    control.Control.between_calls = apply_control
    return run.read().status

whole, parted = store.create(settings, "Whole"), store.create(settings, "Parted")
assert train(whole, None) == "completed", whole.read().error
assert train(parted, 3) == "stopped", parted.read().error
parted.request_resume()
assert train(parted, None) == "completed", parted.read().error
with np.load(whole.checkpoint_path) as one, np.load(parted.checkpoint_path) as other:
    for name in one.files:
        if name.startswith("variable"):
            np.testing.assert_allclose(one[name], other[name], atol=1e-5, err_msg=name)
"""

_NETWORKS = {
    "mlp": {
        "architecture": "mlp",
        "hidden_units": (16,),
        "optimizer": "adamw",
        "weight_averaging": 0.9,
        "gradient_clipping": 0.5,
    },
    "convnet": {
        "architecture": "convnet",
        "filters": (4,),
        "convolutions_per_block": 1,
        "dense_units": 16,
        "batch_normalization": True,
        "optimizer": "sgd",
        "gradient_clipping": 0.5,
        "rotation": 10.0,
    },
}


def _run_apart(code, *arguments):
    shown = subprocess.run(
        [sys.executable, "-c", _START + code, *map(str, arguments)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert shown.returncode == 0, shown.stderr


@pytest.mark.parametrize("network", _NETWORKS)
def test_two_devices_learn_the_same_as_one(network, small_npz):
    settings = {"dropout": 0.0, "seed": 7} | _NETWORKS[network]
    _run_apart(_STEPS, small_npz, json.dumps(settings))


def test_a_run_on_two_devices_is_stopped_resumed_and_completed(tmp_path, small_npz, small):
    settings = _NETWORKS["convnet"] | {
        "all_gpus": True,
        "weight_averaging": 0.9,
        "batch_size": 239,
        "epochs": 2,
        "validation_split": 0.2,
    }
    _run_apart(_RUNS, small_npz, json.dumps(settings), tmp_path)
    for run in RunStore(tmp_path).list():
        epochs = run.metrics().epochs
        assert [(record.step, record.images) for record in epochs] == [(2, 240), (4, 480)]
        layers = run.metrics().layers
        assert all(layer.update_ratio > 0 for layer in layers[-1].layers)
        # What was trained on several devices is read on one.
        model = keras.saving.load_model(run.model_path)
        answers = model.predict(small.x_test, verbose=0).argmax(axis=1)
        assert (answers == small.y_test).mean() == run.read().results.test_accuracy
