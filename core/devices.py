"""Prepare the devices that TensorFlow computes on. Knows nothing of models or pages."""

import functools
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

# A user of this app cannot act on TensorFlow's start-up notices.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

# Each run compiles its own functions, which TensorFlow warns about as if it were a mistake.
tf.get_logger().setLevel("ERROR")

T = TypeVar("T")
CPU_INSTEAD = "CPU (the GPU's memory is taken)"
# What TensorFlow, CUDA, cuDNN and cuBLAS say where a GPU has no memory left for them: as it is
# first used, as something is copied to it, and as it computes.
_OUT_OF_MEMORY = re.compile(
    "out.of.memory|OOM when allocating|failed to allocate|ALLOC_FAILED|"
    "Dst tensor is not initialized|CUDNN_STATUS_NOT_INITIALIZED|without BLAS support",
    re.IGNORECASE,
)


def prepare_devices(all_gpus: bool = False) -> str:
    """Let GPU memory grow on demand and return the name of the device that computes.

    Call it before anything uses a GPU: TensorFlow takes its whole memory at first use, and the
    server and its training worker could not share it. Later calls only return the name.

    Args:
        all_gpus: whether all GPUs compute, and not the first alone.

    Returns:
        Such as "CPU", "GPU: NVIDIA L4" or "2 GPUs: NVIDIA L4".
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # The process has used the GPU already, as it was set up the first time.
            break
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    names = [found.get("device_name") or gpu.name for found, gpu in zip(details, gpus, strict=True)]
    return name_devices(names, all_gpus=all_gpus)


def name_devices(gpus: Sequence[str], *, all_gpus: bool) -> str:
    """Return what to call the devices that compute, such as "2 GPUs: NVIDIA L4"."""
    if not gpus:
        return "CPU"
    count = f"{len(gpus)} GPUs" if all_gpus and len(gpus) > 1 else "GPU"
    return f"{count}: {gpus[0]}"


def name_cpu() -> str:
    """Return what to call the CPU where it computes, and why it does if a GPU is there as well."""
    hidden = has_gpu() and not tf.config.get_visible_devices("GPU")
    return CPU_INSTEAD if hidden else "CPU"


def has_gpu() -> bool:
    """Tell whether TensorFlow finds a GPU, used or not."""
    return bool(tf.config.list_physical_devices("GPU"))


def is_out_of_gpu_memory(error: BaseException) -> bool:
    """Tell whether something failed because a GPU has no memory left for it."""
    text = str(error)
    is_cpu_s = "device:CPU" in text and "GPU" not in text
    return has_gpu() and not is_cpu_s and bool(_OUT_OF_MEMORY.search(text))


def with_gpu_or_without(work: Callable[[], T]) -> T:
    """Do some work, and on the CPU what cannot be done because the GPU's memory is taken."""
    try:
        return work()
    except Exception as error:
        if not is_out_of_gpu_memory(error):
            raise
    # Where the GPU could not even be prepared, nothing works in this process while it is visible.
    with suppress(RuntimeError):  # it was prepared
        tf.config.set_visible_devices([], "GPU")
    with tf.device("/CPU:0"):
        return work()


@functools.cache
def choose_strategy(
    all_gpus: bool, devices: tuple[str, ...] | None = None
) -> tf.distribute.Strategy | None:
    """Return the strategy that shares training among several devices; None where one does it all.

    The same object for every run of a process: a second one would number its exchanges between
    devices like the first, and TensorFlow would confuse them.

    Args:
        all_gpus: whether to share among several devices.
        devices: their names, such as "GPU:1"; all GPUs where it is None.
    """
    if not all_gpus:
        return None
    if devices is None:
        devices = tuple(gpu.name for gpu in tf.config.list_logical_devices("GPU"))
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else None
