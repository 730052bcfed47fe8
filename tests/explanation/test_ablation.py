"""The map says what each digit loses without each part, however it is computed."""

import keras
import numpy as np
import pytest
from keras import layers

from core.classifier import PRETRAINED, Classifier
from core.data import load_embedded
from core.evaluation import collect_test_images
from core.explanation import Intervention, NotExplained, ablation_map
from core.explanation.interventions import logits_after, sample
from core.explanation.switchboard import switchboard_of
from models import ARCHITECTURES


@pytest.fixture(scope="module")
def images():
    return collect_test_images(load_embedded())


@pytest.mark.parametrize("architecture", ["mlp", "resnet", "lstm"])
def test_each_part_switched_off_alone_is_the_same_as_an_intervention(architecture):
    small = {
        "mlp": {"hidden_units": (4, 3), "batch_normalization": True},
        "convnet": {"filters": (3, 2), "dense_units": 4},
        "resnet": {"filters": (3,)},
        "lstm": {"lstm_units": 4},
        "vit": {"embedding_size": 8, "attention_heads": 2, "transformer_blocks": 1},
    }
    classifier = Classifier(ARCHITECTURES[architecture](**small[architecture]))
    board = switchboard_of(classifier)
    pixels = np.random.default_rng(0).random((3, 28, 28), np.float32)
    for number, layer in enumerate(board.layers):
        found = list(board.without_each(pixels, number))
        assert len(found) == layer.count
        for part, logits in enumerate(found):
            off = logits_after(classifier, pixels, Intervention(switched_off=((number, part),)))
            np.testing.assert_allclose(logits, off, atol=1e-5)


def _with_a_channel_for_fours(shipped):
    """Return a network whose neuron 1 alone says that it is a 4, and neuron 2 says nothing."""
    images = keras.Input((28, 28))
    x = shipped(images)
    picked = layers.Dense(3, use_bias=False)(x)
    output = layers.Dense(10, activation="softmax")(layers.Concatenate()([x, picked]))
    model = keras.Model(images, output)
    weights = np.zeros((10, 3), np.float32)
    weights[4, 1] = 1
    model.layers[2].set_weights([weights])
    last = np.vstack([20 * np.eye(10), np.zeros((3, 10))]).astype(np.float32)
    last[4, 4], last[11, 4] = 0, 20
    model.layers[-1].set_weights([last, np.zeros(10, np.float32)])
    return Classifier(model)


def test_the_part_that_a_digit_depends_on_is_found(images):
    classifier = _with_a_channel_for_fours(keras.saving.load_model(PRETRAINED, compile=False))
    shares = []
    names = [layer.name for layer in switchboard_of(classifier).layers]
    found = ablation_map(classifier, shares.append, images, names.index("Dense 1"))
    assert (found.layer.part, found.fall.shape) == ("neuron", (3, 10))
    assert found.fall[1, 4] > 0.8
    assert found.correct[1, 4] == 0 < found.correct_before[4]
    others = np.delete(found.fall.ravel(), 14)
    assert abs(others).max() < 0.05
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])
    assert found.num_images.sum() == len(sample(images, 300)[1]) == 300


def test_a_layer_that_is_not_there_is_refused(images):
    classifier = Classifier(ARCHITECTURES["mlp"]())
    for number in (-1, 1):
        with pytest.raises(NotExplained):
            ablation_map(classifier, lambda _: None, images, number)
