"""The device that computes is named, and its memory grows on demand where it is a GPU."""

import tensorflow as tf

from core.devices import choose_strategy, name_devices, prepare_devices


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
