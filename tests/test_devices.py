"""The device that computes is named, and its memory grows on demand where it is a GPU."""

import pytest
import tensorflow as tf

from core import devices
from core.devices import (
    CPU_INSTEAD,
    choose_strategy,
    is_out_of_gpu_memory,
    name_cpu,
    name_devices,
    prepare_devices,
    with_gpu_or_without,
)
from tests.gpu_errors import OUT_OF_GPU_MEMORY


def test_the_device_that_computes_is_named_the_same_before_and_after_it_is_used():
    before = prepare_devices()
    tf.random.uniform((8, 8))
    gpus = tf.config.list_physical_devices("GPU")
    assert prepare_devices() == before
    assert before.startswith("GPU: " if gpus else "CPU")
    assert all(tf.config.experimental.get_memory_growth(gpu) for gpu in gpus)


def test_gpus_are_counted_where_all_compute():
    two = ["Fast Card 9", "Fast Card 9"]
    assert name_devices(two, all_gpus=True) == "2 GPUs: Fast Card 9"
    assert name_devices(two, all_gpus=False) == "GPU: Fast Card 9"
    assert name_devices(two[:1], all_gpus=True) == "GPU: Fast Card 9"
    assert name_devices([], all_gpus=True) == "CPU"


def test_one_device_shares_with_no_other():
    assert choose_strategy(True, ("CPU:0",)) is None
    assert choose_strategy(False, ("CPU:0", "CPU:1")) is None
    if len(tf.config.list_physical_devices("GPU")) < 2:
        assert choose_strategy(True) is None


@pytest.mark.parametrize("error", OUT_OF_GPU_MEMORY)
def test_a_gpu_whose_memory_is_taken_is_recognised_by_what_tensorflow_says(monkeypatch, error):
    monkeypatch.setattr(devices, "has_gpu", lambda: True)
    assert is_out_of_gpu_memory(error)
    monkeypatch.setattr(devices, "has_gpu", lambda: False)
    assert not is_out_of_gpu_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(
            None,
            None,
            "OOM when allocating tensor with shape[99999999,99] and type float on "
            "/job:localhost/replica:0/task:0/device:CPU:0 by allocator cpu",
        ),
        tf.errors.InvalidArgumentError(None, None, "Incompatible shapes on device:GPU:0"),
        MemoryError(),
        OSError(28, "No space left on device"),
    ],
)
def test_a_gpu_is_not_blamed_for_what_others_did(monkeypatch, error):
    monkeypatch.setattr(devices, "has_gpu", lambda: True)
    assert not is_out_of_gpu_memory(error)


def test_what_a_taken_gpu_cannot_do_is_done_on_the_cpu(monkeypatch):
    monkeypatch.setattr(devices, "has_gpu", lambda: True)
    errors = OUT_OF_GPU_MEMORY[:1]

    def work():
        if errors:
            raise errors.pop()
        return tf.ones(2)

    assert "CPU" in with_gpu_or_without(work).device
    with pytest.raises(ZeroDivisionError):
        with_gpu_or_without(lambda: 1 // 0)


def test_a_cpu_that_stands_in_for_a_gpu_says_so(monkeypatch):
    monkeypatch.setattr(devices, "has_gpu", lambda: False)
    assert name_cpu() == "CPU"
    monkeypatch.setattr(devices, "has_gpu", lambda: True)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda _: [])
    assert name_cpu() == CPU_INSTEAD
