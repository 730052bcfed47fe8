"""Which devices TensorFlow computes on. Knows nothing of models or pages."""

import functools
import os

# TensorFlow's start-up notices say nothing that a user of this app can act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

# Each run compiles functions of its own, which TensorFlow warns of as if it were a mistake.
tf.get_logger().setLevel("ERROR")


def prepare_devices(all_gpus: bool = False) -> str:
    """Let a GPU's memory grow on demand and return what to call the device that computes.

    Safe to call again. Without this, TensorFlow takes a GPU's whole memory at first use, and the
    server and its training worker could not share one; so this comes before any other use.

    Args:
        all_gpus: whether all GPUs compute, and not the first alone.
    """
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            # Too late to change: this process has used the GPU already, as set the first time.
            break
    if not gpus:
        return "CPU"
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    count = f"{len(gpus)} GPUs" if all_gpus and len(gpus) > 1 else "GPU"
    return f"{count}: {names[0] or gpus[0].name}"


@functools.cache
def choose_strategy(
    all_gpus: bool, devices: tuple[str, ...] | None = None
) -> tf.distribute.Strategy | None:
    """Return how training is shared among several devices; None where one does it all.

    The same object for every run of a process: a second one would number its exchanges between
    devices like the first, and TensorFlow would take the one for the other.

    Args:
        all_gpus: whether sharing is wanted.
        devices: names of those to share among, such as "GPU:1"; all GPUs where it is None.
    """
    if not all_gpus:
        return None
    if devices is None:
        devices = tuple(gpu.name for gpu in tf.config.list_logical_devices("GPU"))
    return tf.distribute.MirroredStrategy(devices) if len(devices) > 1 else None
