"""Networks that read digits: plain keyword arguments in, an uncompiled `keras.Model` out.

Every network takes float images of shape `(n, 28, 28)` in [0, 1], where 1 is ink, and returns
ten probabilities for each. The builders know nothing of this app's settings, data or pages.
"""

from collections.abc import Callable

import keras

from models.convnet import convnet
from models.mlp import mlp

ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {"mlp": mlp, "convnet": convnet}
