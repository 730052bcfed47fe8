"""Hyperparameters with a name: presets that work well, and lessons that fail on purpose."""

from functools import partial

from core.hyperparameters.combined import Hyperparameters

_plain_mlp = partial(
    Hyperparameters,
    architecture="mlp",
    dropout=0.0,
    learning_rate_schedule="constant",
    batch_size=64,
    epochs=5,
)

PRESETS: dict[str, Hyperparameters] = {
    "article": Hyperparameters(
        architecture="mlp",
        hidden_units=(128,),
        activation="relu",
        dropout=0.2,
        optimizer="adam",
        learning_rate=0.001,
        learning_rate_schedule="constant",
        batch_size=32,
        epochs=5,
    ),
    "fast": Hyperparameters(
        architecture="convnet",
        filters=(16, 32),
        kernel_size=5,
        padding="valid",
        dense_units=0,
        dropout=0.0,
        label_smoothing=0.05,
        learning_rate=0.015,
        batch_size=64,
        epochs=1,
    ),
    "accurate": Hyperparameters(
        architecture="convnet",
        filters=(16, 32, 64),
        convolutions_per_block=2,
        kernel_size=3,
        dense_units=128,
        batch_normalization=True,
        dropout=0.3,
        learning_rate=0.005,
        batch_size=128,
        epochs=15,
        rotation=12.0,
        shift=2.0,
        zoom=0.1,
        shear=0.2,
    ),
    "too_high_learning_rate": _plain_mlp(hidden_units=(64, 64), learning_rate=0.3),
    "sigmoid_squared_error": _plain_mlp(
        hidden_units=(64, 64, 64, 64),
        activation="sigmoid",
        loss="mean_squared_error",
        optimizer="sgd",
        momentum=0.0,
        learning_rate=0.1,
    ),
    "little_data": _plain_mlp(
        hidden_units=(256, 256), learning_rate=0.001, epochs=30, training_share=0.1
    ),
    "wrong_labels": _plain_mlp(
        hidden_units=(512,), learning_rate=0.001, batch_size=128, epochs=15, wrong_labels=0.5
    ),
}

# They fail on purpose: what goes wrong is what they show.
LESSONS = ("too_high_learning_rate", "sigmoid_squared_error", "little_data", "wrong_labels")

PRESET_LABELS = {
    "article": "One hidden layer (128)",
    "fast": "99 % in seconds",
    "accurate": "As accurate as it gets",
    "too_high_learning_rate": "Learning rate too high",
    "sigmoid_squared_error": "Vanishing gradients",
    "little_data": "Too little data",
    "wrong_labels": "Half the labels wrong",
}

# One sentence each on what to look for.
PRESET_NOTES = {
    "article": "The network of the article that this app began with, and of many first courses: "
    "the loss falls fastest in the first epoch, and validation ends near 98 % on MNIST.",
    "fast": "A small convolutional network sees each image once, with a learning rate that rises "
    "and falls: near 99 % on MNIST after a single epoch.",
    "accurate": "Training images are rotated, shifted and slanted at random, which is harder than "
    "validation, so validation accuracy is above training accuracy throughout.",
    "too_high_learning_rate": "The loss jumps up within the first steps and then stays at 2.3, "
    "the loss of guessing: one answer in ten is right.",
    "sigmoid_squared_error": "The loss stays at 0.09 and one answer in ten is right, because "
    "through four sigmoid layers almost nothing of the gradient reaches the first one.",
    "little_data": "Training reaches 100 % while validation stops far below it, and the "
    "validation loss turns and rises: the network overfits, it memorises its few images.",
    "wrong_labels": "Validation is best within the first few epochs and then falls while "
    "training rises: first the network learns what digits have in common, then it memorises the "
    "wrong labels.",
}
