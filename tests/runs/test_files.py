"""Files of a run are written whole or not at all, and a damaged one stops nobody."""

import errno

import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.runs.files import read_array, replacing, write_array, write_text


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
