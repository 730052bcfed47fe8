"""Small runs that are steered on their way: settings, what is done to them, what is compared."""

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.training import train

# Dropout, batch statistics, augmentation and a schedule: whatever a step may depend on.
NETWORKS = {
    "mlp": {"architecture": "mlp", "optimizer": "sgd", "weight_averaging": 0.9},
    "convnet": {
        "architecture": "convnet",
        "batch_normalization": True,
        "rotation": 10.0,
        "elastic": 0.5,
    },
}
# Small in every architecture; most of it matters to one of them only.
TINY = {
    "hidden_units": (8,),
    "filters": (4,),
    "kernel_size": 3,
    "dense_units": 8,
    "lstm_units": 8,
    "patch_size": 14,
    "embedding_size": 8,
    "attention_heads": 2,
    "transformer_blocks": 1,
}
STEPS = 15  # in an epoch: 240 images in batches of 16


def steered(network="mlp", **changes):
    common = {"epochs": 2, "batch_size": 16, "dropout": 0.3, "seed": 7, "validation_split": 0.2}
    return Hyperparameters(**(TINY | common | NETWORKS[network] | changes))


def constant_rate(**changes):
    """Settings whose learning rate changes only where somebody changes it."""
    rate = {"learning_rate": 0.01, "learning_rate_schedule": "constant"}
    return steered(**(rate | changes))


def of_architecture(architecture):
    return Hyperparameters(
        **TINY,
        architecture=architecture,
        epochs=1,
        batch_size=60,
        validation_split=0.2,
        dropout=0.3,
        seed=7,
    )


def ask(request, *arguments):
    """Return an action that asks something of the run."""
    return lambda control, _: getattr(control._run, request)(*arguments)


stop = ask("request_stop")


def release(control, _):
    """Pause, and let others have the worker."""
    control._run.request_pause()
    control._run.request_release()


def save(control, loop):
    control._checkpoint.save(loop)


class Killed(BaseException):
    """Stands for the end of the process: nothing in training catches it."""


def kill(*_):
    raise Killed


def resume(run, data):
    run.request_resume()
    assert run.read().status == "queued"
    train(run, data)


def weights(run):
    with np.load(run.checkpoint_path) as file:
        return {name: file[name] for name in file.files if name.startswith("variable")}


def records(run, kind):
    return [record for record in run.metrics().records if record.kind == kind]


def assert_same_end(first, second):
    """Check that two runs have the same weights, validation, kept model and test result."""
    assert first.read().status == second.read().status == "completed"
    arrays, others = weights(first), weights(second)
    assert arrays.keys() == others.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
    epochs, other_epochs = records(first, "epoch"), records(second, "epoch")
    assert [r.loss for r in epochs] == pytest.approx([r.loss for r in other_epochs])
    for name in ("accuracy", "val_loss", "val_accuracy", "step", "images", "epoch"):
        assert [getattr(r, name) for r in epochs] == [getattr(r, name) for r in other_epochs]
    results, other_results = first.read().results, second.read().results
    for name in ("best_epoch", "val_loss", "val_accuracy", "test_loss", "test_accuracy"):
        assert getattr(results, name) == getattr(other_results, name)
    kept = [keras.saving.load_model(run.model_path).get_weights() for run in (first, second)]
    for one, other in zip(*kept, strict=True):
        np.testing.assert_array_equal(one, other)


def assert_no_record_twice(run):
    marks = [(r.kind, r.step) for r in run.metrics().records if r.kind != "learning_rate"]
    assert len(marks) == len(set(marks))
