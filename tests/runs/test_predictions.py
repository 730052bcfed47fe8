"""What a network answered is kept as it was, and a damaged file of answers stops nobody."""

import io
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import Hyperparameters
from core.runs import Predictions, Run

KINDS = ("validation", "test")


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


def predictions(count=20, **fingerprints):
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet(np.ones(10), count).astype(np.float32)
    return Predictions(probabilities, (np.arange(count) % 10).astype(np.uint8), **fingerprints)


def read(run, kind):
    return getattr(run, f"{kind}_predictions")()


def path_of(run, kind):
    return run.directory / f"{kind}_predictions.npz"


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_come_back_as_they_were(run, kind):
    assert read(run, kind) is None
    kept = predictions(model="0123456789ab", data="ba9876543210")
    getattr(run, f"write_{kind}_predictions")(kept)
    found = read(run, kind)
    np.testing.assert_array_equal(found.probabilities, kept.probabilities)
    np.testing.assert_array_equal(found.labels, kept.labels)
    assert (found.model, found.data) == ("0123456789ab", "ba9876543210")
    assert [read(run, other) for other in KINDS if other != kind] == [None]


def test_predictions_of_earlier_versions_are_read_without_fingerprints(run):
    kept = predictions()
    np.savez_compressed(
        path_of(run, "test"), probabilities=kept.probabilities, labels=kept.labels.astype(np.int64)
    )
    found = run.test_predictions()
    np.testing.assert_array_equal(found.probabilities, kept.probabilities)
    assert found.labels.dtype == np.uint8
    assert (found.model, found.data) == ("", "")


_P, _L = np.full((4, 10), 0.1, np.float32), np.arange(4)
DAMAGED = {
    "nothing": b"",
    "nonsense": b"nonsense",
    "half of it": npz(probabilities=_P, labels=_L)[:300],
    "no labels": npz(probabilities=_P),
    "no images": npz(probabilities=_P[:0], labels=_L[:0]),
    "labels of others": npz(probabilities=_P, labels=_L[:3]),
    "labels beyond 9": npz(probabilities=_P, labels=_L + 7),
    "labels that are no numbers": npz(probabilities=_P, labels=np.array(["a"] * 4)),
    "three sides": npz(probabilities=_P[None], labels=_L),
    "NaN": npz(probabilities=_P * np.nan, labels=_L),
    "other numbers": npz(probabilities=_P.astype(np.float64), labels=_L),
    "a pickle": npz(probabilities=np.array([{}] * 4), labels=_L),
    "more parts": npz(probabilities=_P, labels=_L, model=_L, data=_L, more=_L),
    "huge": npz(probabilities=np.zeros((400_000, 10), np.float32), labels=_L),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_predictions_are_ignored(run, kind, name):
    path_of(run, kind).write_bytes(DAMAGED[name])
    assert read(run, kind) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_of_predictions_is_ignored(run, kind, tmp_path):
    path = path_of(run, kind)
    (tmp_path / "elsewhere.npz").write_bytes(npz(probabilities=_P, labels=_L))
    for make in (path.mkdir, lambda: path.symlink_to(tmp_path / "elsewhere.npz")):
        make()
        assert read(run, kind) is None
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    os.mkfifo(path)
    assert read(run, kind) is None


_SOUND = npz(probabilities=_P, labels=_L, model=np.array("0123456789ab"))


@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(_SOUND) - 1), st.integers(0, 255)), min_size=1, max_size=8
    )
)
def test_changed_bytes_lead_to_valid_predictions_or_none(tmp_path_factory, changes):
    content = bytearray(_SOUND)
    for place, value in changes:
        content[place] = value
    run = Run(tmp_path_factory.getbasetemp() / "changed bytes")
    run.directory.mkdir(exist_ok=True)
    path_of(run, "validation").write_bytes(content)
    found = run.validation_predictions()
    assert found is None or (
        found.probabilities.shape == (len(found.labels), 10)
        and np.isfinite(found.probabilities).all()
    )
