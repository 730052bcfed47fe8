"""Files of a run are written whole or not at all, and a damaged one stops nobody."""

import errno
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import Hyperparameters
from core.runs.files import read_array, read_seen_images, replacing, write_array, write_text


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "notes.txt"
    write_text(path, "whole")
    with pytest.raises(OSError, match="No space left"), replacing(path) as temporary:
        temporary.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_an_array_comes_back_as_it_was(tmp_path):
    array = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    write_array(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(read_array(tmp_path / "a.npy"), array)
    assert read_array(tmp_path / "none.npy") is None


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00", b"PK\x03\x04"])
def test_a_damaged_array_is_none(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    assert read_array(tmp_path / "a.npy") is None


def test_an_array_that_would_run_code_is_none(tmp_path):
    np.save(tmp_path / "a.npy", np.array([print], dtype=object), allow_pickle=True)
    assert read_array(tmp_path / "a.npy") is None


def test_a_drawing_or_pictures_of_another_shape_are_none(store):
    run = store.create(Hyperparameters())
    run.write_drawing(np.zeros((27, 28)))
    run.write_first_layer(np.zeros((28, 28)))
    assert run.drawing() is None
    assert run.first_layer() is None
    run.write_first_layer(np.zeros((2, 5, 5)))
    assert run.first_layer().shape == (2, 5, 5)


def test_a_stashed_model_is_put_back_once(store):
    run = store.create(Hyperparameters())
    assert not run.restore_model()
    run.model_path.write_bytes(b"of epoch 1")
    run.stash_model()
    run.model_path.write_bytes(b"of the middle of epoch 2")
    assert run.restore_model()
    assert run.model_path.read_bytes() == b"of epoch 1"
    assert not run.restore_model()
    run.stash_model()
    run.model_path.unlink()
    run.stash_model()  # an earlier copy is not kept where there is no model any more
    assert not run.restore_model()


def _npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def test_the_images_that_were_seen_come_back_as_they_were(store):
    run = store.create(Hyperparameters())
    assert run.seen_images() is None
    seen = np.sort(np.random.default_rng(0).integers(0, 2**64, 70_000, np.uint64))
    run.write_seen_images(seen)
    np.testing.assert_array_equal(run.seen_images(), seen)
    assert run.seen_images().dtype == np.uint64


_SEEN = np.arange(100, dtype=np.uint64)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        _npy(_SEEN)[:400],
        _npy(_SEEN.astype(np.float64)),
        _npy(_SEEN.astype(np.uint8)),
        _npy(_SEEN.astype(np.int64)),
        _npy(_SEEN.astype(">u8")),
        _npy(_SEEN.reshape(10, 10)),
        _npy(_SEEN[0]),
        _npy(_SEEN[:0]),
        _npy(_SEEN[::-1]),
        _npy(np.zeros(1_000_001, np.uint64)),
    ],
)
def test_damaged_huge_or_other_arrays_are_no_images_that_were_seen(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    assert read_seen_images(tmp_path / "a.npy") is None


@given(changes=st.dictionaries(st.integers(0, 927), st.integers(0, 255), min_size=1, max_size=8))
def test_changed_bytes_give_sorted_numbers_or_none(tmp_path_factory, changes):
    content = bytearray(_npy(_SEEN))
    for place, value in changes.items():
        content[place] = value
    path = tmp_path_factory.getbasetemp() / "changed.npy"
    path.write_bytes(content)
    found = read_seen_images(path)
    assert found is None or (found.dtype == np.uint64 and (np.sort(found) == found).all())
