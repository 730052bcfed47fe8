"""Each optimizer has the settings that belong to it, and one that a step's learning rate sets."""

import numpy as np
import pytest

from core.hyperparameters import FIELDS, Hyperparameters
from core.training import build_optimizer

_NAMES = FIELDS["optimizer"].annotation.__args__


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("sgd", "SGD", {"momentum": 0.5, "nesterov": False, "weight_decay": None}),
        ("nesterov", "SGD", {"momentum": 0.5, "nesterov": True, "weight_decay": None}),
        ("rmsprop", "RMSprop", {"momentum": 0.0, "weight_decay": None}),
        ("adam", "Adam", {"weight_decay": None}),
        ("adamw", "AdamW", {"weight_decay": 0.25}),
        ("lion", "Lion", {"weight_decay": 0.25}),
        ("muon", "Muon", {"weight_decay": 0.25}),
    ],
)
def test_an_optimizer_has_the_settings_that_belong_to_it(name, kind, expected):
    settings = Hyperparameters(optimizer=name, momentum=0.5, weight_decay=0.25)
    optimizer = build_optimizer(settings)
    assert type(optimizer).__name__ == kind
    assert {key: getattr(optimizer, key) for key in expected} == expected


def test_every_choice_of_the_form_can_be_built():
    for name in _NAMES:
        optimizer = build_optimizer(Hyperparameters(optimizer=name, learning_rate=0.125))
        assert float(optimizer.learning_rate) == 0.125
        optimizer.learning_rate.assign(np.float32(0.5))  # a plan of Keras's own could not be set
        assert float(optimizer.learning_rate) == 0.5


@pytest.mark.parametrize("name", _NAMES)
def test_clipping_is_by_the_norm_of_all_gradients_together_and_off_at_zero(name):
    on = build_optimizer(Hyperparameters(optimizer=name, gradient_clipping=2.0))
    off = build_optimizer(Hyperparameters(optimizer=name))
    assert (on.global_clipnorm, off.global_clipnorm) == (2.0, None)
    assert on.clipnorm is on.clipvalue is None
