"""Fixtures that several files of tests share: little data, a store, settings that train at once."""

import gc

import hypothesis
import numpy as np
import pytest

from core import loading
from core.data import dataset, load_dataset, load_embedded
from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from tests.helpers import synthetic_digits

# The same examples every time: a test that fails by luck teaches to try again.
hypothesis.settings.register_profile(
    "repeatable",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _no_mnist_cache(tmp_path_factory):
    """Hide Keras's cache of MNIST, which some machines have and others have not."""
    nowhere = tmp_path_factory.mktemp("cache") / "mnist.npz"
    with pytest.MonkeyPatch.context() as patch:
        for module in (dataset, loading):
            patch.setattr(module, "MNIST_CACHE", nowhere)
        yield


@pytest.fixture(scope="module")
def libraries_are_no_garbage():
    """Spare each look for garbage half a second, in which TensorFlow's objects are gone over."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def synthetic_npz(tmp_path_factory):
    """An `mnist.npz` of printed digits: 40 of each to train on, 12 of each to test."""
    path = tmp_path_factory.mktemp("data") / "synthetic.npz"
    (x, y), (x_test, y_test) = synthetic_digits(40, seed=1), synthetic_digits(12, seed=2)
    np.savez_compressed(path, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture(scope="session")
def synthetic(synthetic_npz):
    return load_dataset(synthetic_npz)


@pytest.fixture(scope="session")
def small_npz(tmp_path_factory):
    """An `mnist.npz` of real digits: 30 of each to train on, 20 of each to test."""
    embedded = load_embedded()
    parts = {}
    for part, count in (("train", 30), ("test", 20)):
        x, y = getattr(embedded, f"x_{part}"), getattr(embedded, f"y_{part}")
        chosen = np.concatenate([np.flatnonzero(y == digit)[:count] for digit in range(10)])
        parts |= {f"x_{part}": np.rint(255 * x[chosen]).astype(np.uint8), f"y_{part}": y[chosen]}
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez_compressed(path, **parts)
    return path


@pytest.fixture(scope="session")
def small(small_npz):
    return load_dataset(small_npz)


@pytest.fixture
def store(tmp_path):
    return RunStore(tmp_path / "runs")


@pytest.fixture(scope="session")
def tiny():
    """Settings whose training takes a second and gets printed digits right."""
    return Hyperparameters(
        architecture="mlp",
        hidden_units=(32,),
        learning_rate=0.01,
        learning_rate_schedule="constant",
        batch_size=32,
        epochs=5,
        validation_split=0.2,
    )


@pytest.fixture(scope="session")
def endless():
    """Settings whose training goes on until somebody stops it."""
    return Hyperparameters(architecture="mlp", hidden_units=(16,), batch_size=1, epochs=200)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, synthetic, tiny):
    """A run that has been trained to its end on printed digits; nobody may change it."""
    from core.training import train

    run = RunStore(tmp_path_factory.mktemp("trained")).create(tiny, "Trained")
    train(run, synthetic)
    return run
