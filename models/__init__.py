"""Builders of networks that read digits: plain keyword arguments in, an uncompiled model out.

Every network maps float images of shape `(n, 28, 28)` in [0, 1], ink 1, to probabilities of shape
`(n, 10)`. It has Keras's own layers only, so that its file opens wherever Keras is installed. Its
first weight of two or more dimensions is applied to the pixels. The builders know nothing of this
app's hyperparameters, data or pages.
"""

from collections.abc import Callable

import keras

from models.convnet import convnet
from models.lenet5 import lenet5
from models.lstm import lstm
from models.mlp import mlp
from models.resnet import resnet
from models.vit import vit

ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    "mlp": mlp,
    "lenet5": lenet5,
    "convnet": convnet,
    "resnet": resnet,
    "lstm": lstm,
    "vit": vit,
}
