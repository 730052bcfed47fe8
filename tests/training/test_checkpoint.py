"""A checkpoint brings everything back, whole or not at all, and refuses what does not belong."""

import errno

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.training.callbacks.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from core.training.state import Best, LoopState


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


def _variables(seed=0, shapes=((3, 2), (4,), ())):
    random = np.random.default_rng(seed)
    floats = [keras.Variable(random.normal(size=shape).astype("float32")) for shape in shapes]
    return [*floats, keras.Variable(np.array([seed, 2**32 - 1], "uint32"), dtype="uint32")]


def _values(variables):
    return [variable.numpy() for variable in variables]


_STATE = LoopState(
    step=7,
    epoch=1,
    images=48,
    loss_sum=0.1 + 0.2,
    correct=5,
    seconds=1 / 3,
    learning_rate_scale=1 / 7,
    learning_rate_changes=2,
    best=Best(epoch=1, val_loss=1 / 3, val_accuracy=0.7),
    plateau={"best": 1 / 3, "waited": 1, "stalls": 2},
    early_stopping={"best": None, "waited": 0, "stalls": 0},
)


def test_variables_and_state_come_back_bit_for_bit(run):
    saved, other = _variables(1), _variables(2)
    save_checkpoint(run, _STATE, saved)
    assert run.has_checkpoint
    assert load_checkpoint(run, other) == _STATE
    for one, another in zip(_values(saved), _values(other), strict=True):
        assert one.dtype == another.dtype
        np.testing.assert_array_equal(one, another)


def test_a_run_without_a_checkpoint_begins_anew(run):
    variables = _variables()
    before = _values(variables)
    assert load_checkpoint(run, variables) is None
    for one, another in zip(before, _values(variables), strict=True):
        np.testing.assert_array_equal(one, another)


@pytest.mark.parametrize(
    "shapes", [((3, 2), (4,)), ((3, 2), (4,), (), ()), ((2, 3), (4,), ()), ((3, 2), (5,), ())]
)
def test_another_network_s_checkpoint_is_refused_and_changes_nothing(run, shapes):
    save_checkpoint(run, _STATE, _variables(1))
    variables = _variables(2, shapes)
    before = _values(variables)
    with pytest.raises(CheckpointError, match=r"^Its checkpoint belongs to another network\.$"):
        load_checkpoint(run, variables)
    for one, another in zip(before, _values(variables), strict=True):
        np.testing.assert_array_equal(one, another)


def _cut(content):
    return content[: len(content) // 2]


def _flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [_cut, _flip, lambda _: b"", lambda _: b"nonsense"])
def test_a_damaged_checkpoint_is_refused_in_one_sentence(run, damage):
    # Large enough that its middle is a variable's content, which its checksum protects.
    save_checkpoint(run, _STATE, [keras.Variable(np.zeros(5000, "float32"))])
    path = run.checkpoint_path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CheckpointError, match=r"^Its checkpoint cannot be read \(.*\)\.$"):
        load_checkpoint(run, [keras.Variable(np.ones(5000, "float32"))])


def test_a_checkpoint_that_would_run_code_is_refused(run):
    run.checkpoint_path.parent.mkdir()

    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("code from a checkpoint was run",))

    np.savez(run.checkpoint_path, state=np.array([Trap()], dtype=object))
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(run, [])


@pytest.mark.parametrize("wrong", [b"{}", b'{"step": -1}', b"[]", b'{"step": "many"}'])
def test_a_state_that_cannot_be_is_refused(run, wrong):
    run.checkpoint_path.parent.mkdir()
    np.savez(run.checkpoint_path, state=np.frombuffer(wrong, np.uint8), variable_0=np.zeros(2))
    with pytest.raises(CheckpointError):
        load_checkpoint(run, [keras.Variable(np.zeros(3))])


def test_a_disk_that_fills_keeps_the_earlier_checkpoint(monkeypatch, run):
    variables = _variables(1)
    save_checkpoint(run, _STATE, variables)

    def half(path, **_arrays):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(np, "savez", half)
        save_checkpoint(run, LoopState(step=8), _variables(3))
    assert load_checkpoint(run, _variables(4)) == _STATE
    assert [path.name for path in run.checkpoint_path.parent.iterdir()] == ["state.npz"]
