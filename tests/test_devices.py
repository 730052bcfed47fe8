"""Which device computes; the GPU itself is only pretended."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

from core.devices import choose_strategy, prepare_devices


def test_the_device_that_is_there_is_named_the_same_twice():
    kind = "GPU: " if tf.config.list_physical_devices("GPU") else "CPU"
    assert prepare_devices().startswith(kind)
    assert prepare_devices() == prepare_devices()


@pytest.mark.parametrize(
    ("details", "name"), [({"device_name": "Fast Card 9"}, "Fast Card 9"), ({}, "/gpu:0")]
)
@pytest.mark.parametrize("in_use", [False, True])
def test_a_gpu_grows_its_memory_and_is_named(monkeypatch, details, name, in_use):
    grown = []

    def set_memory_growth(gpu: object, grows: bool) -> None:
        if in_use:
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        grown.append(grows)

    gpu = SimpleNamespace(name="/gpu:0")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu])
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", set_memory_growth)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert prepare_devices() == f"GPU: {name}"
    assert grown == ([] if in_use else [True])


def test_several_gpus_are_counted_where_all_compute(monkeypatch):
    gpus = [SimpleNamespace(name=f"/gpu:{number}") for number in range(2)]
    details = {"device_name": "Fast Card 9"}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: gpus)
    monkeypatch.setattr(tf.config.experimental, "set_memory_growth", lambda gpu, grows: None)
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details)
    assert prepare_devices(all_gpus=True) == "2 GPUs: Fast Card 9"
    assert prepare_devices() == "GPU: Fast Card 9"


def test_one_device_shares_with_nobody():
    assert choose_strategy(True, ("CPU:0",)) is None
    assert choose_strategy(False, ("CPU:0", "CPU:1")) is None
    if len(tf.config.list_physical_devices("GPU")) < 2:
        assert choose_strategy(True) is None
