"""Which device TensorFlow computes on. Knows nothing of models or pages."""

import os

# TensorFlow's start-up notices say nothing that a user of this app can act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

# Each run compiles functions of its own, which TensorFlow warns of as if it were a mistake.
tf.get_logger().setLevel("ERROR")


def prepare_devices() -> str:
    """Let a GPU's memory grow on demand and return what to call the device that computes.

    Safe to call again. Without this, TensorFlow takes a GPU's whole memory at first use, and the
    server and its training worker could not share one.
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
    return f"GPU: {names[0] or gpus[0].name}"
