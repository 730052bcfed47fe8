"""The program of a run trains the same network in the same way, wherever Keras is installed."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
import pytest

from core.classifier import Classifier
from core.data import EMBEDDED_NAME, MNIST_NAME, load_embedded
from core.drawing import preprocess_drawing
from core.exchange import training_script
from core.hyperparameters import FIELDS, PRESETS, Hyperparameters
from core.runs import DataRecord, RunRecord
from core.schedules import learning_rates
from core.settings import PRETRAINED
from core.training import build_optimizer, train
from core.training.losses import losses
from models import ARCHITECTURES
from tests.helpers import STROKES, draw

# Settings with which each network reads nearly all printed digits within seconds.
_SURE = {
    "mlp": {"hidden_units": (32,), "epochs": 8},
    "lenet5": {"activation": "tanh", "epochs": 6},
    "convnet": {"filters": (8,), "dense_units": 32, "epochs": 6},
    "resnet": {"filters": (8, 16), "batch_normalization": True, "learning_rate": 0.02, "epochs": 8},
    "lstm": {"lstm_units": 48, "learning_rate": 0.03, "epochs": 15},
    "vit": {"embedding_size": 32, "transformer_blocks": 1, "patch_size": 14, "epochs": 12},
}
_TINY = {"architecture": "mlp", "hidden_units": (8,), "validation_split": 0.2}
_AUGMENTED = {
    "rotation": 12.0,
    "shift": 1.5,
    "zoom": 0.1,
    "shear": 0.2,
    "thickness": 0.5,
    "elastic": 0.8,
}
_EVERYTHING = {
    **_TINY,
    **_AUGMENTED,
    "hidden_units": (64,),
    "batch_size": 16,
    "learning_rate": 0.02,
    "optimizer": "adamw",
    "learning_rate_schedule": "step",
    "decay_epochs": 4,
    "warmup_epochs": 0.5,
    "loss": "cross_entropy",
    "label_smoothing": 0.1,
    "gradient_clipping": 1.0,
    "weight_averaging": 0.9,
    "early_stopping_patience": 5,
    "wrong_labels": 0.1,
    "training_share": 0.9,
    "batch_normalization": True,
    "initial_weights": "small_normal",
    "mixed_precision": True,
    "epochs": 8,
}
_LONG_NUMBERS = {
    **_EVERYTHING,
    **{name: value + 0.0123456 for name, value in _AUGMENTED.items()},
    "optimizer": "nesterov",
    "learning_rate": 0.000123456,
    "momentum": 0.123456,
    "gradient_clipping": 12.3456,
    "decay_rate": 0.123456,
    "decay_epochs": 100,
    "label_smoothing": 0.123456,
    "warmup_epochs": 1.23456,
    "validation_split": 0.123456,
    "training_share": 0.123456,
    "dropout": 0.123456,
}
_SCHEDULES = FIELDS["learning_rate_schedule"].annotation.__args__
_OPTIMIZERS = FIELDS["optimizer"].annotation.__args__
_CASES = {
    **{f"long {name}": {**_LONG_NUMBERS, "learning_rate_schedule": name} for name in _SCHEDULES},
    "everything": _EVERYTHING,
    "squared error": {**_EVERYTHING, "loss": "mean_squared_error"},
    "plateau": {**_EVERYTHING, "learning_rate_schedule": "reduce_on_plateau", "xla": True},
    **{name: {**_TINY, name: value} for name, value in _AUGMENTED.items()},
    **{
        f"{name} {warmup}": {**_TINY, "learning_rate_schedule": name, "warmup_epochs": warmup}
        for name in _SCHEDULES
        for warmup in (0.0, 1.5)
    },
    **{name: {**_TINY, "optimizer": name, "gradient_clipping": 2.0} for name in _OPTIMIZERS},
    **{name: {"architecture": name, **settings} for name, settings in _SURE.items()},
    "widest": {"architecture": "mlp", "hidden_units": (1024,) * 5, "activation": "gelu"},
    "deepest": {"architecture": "resnet", "filters": (4, 4, 4, 4), "residual_blocks": 4},
    "zeros": {"architecture": "vit", "initial_weights": "zeros", "transformer_blocks": 3},
    **{name: preset.model_dump() for name, preset in PRESETS.items()},
}


def _record(settings, *, name="A run", data=EMBEDDED_NAME):
    return RunRecord(
        id="a-run",
        name=name,
        created=datetime.now(UTC),
        status="completed",
        hyperparameters=settings,
        data=DataRecord(name=data, fingerprint="0", num_train=1, num_val=1, num_test=1),
    )


def _program(settings, **values):
    return training_script(_record(Hyperparameters(**settings), **values))


def _accuracy(program, images, folder):
    """Run a program in a process that finds nothing of this app; return what it measures."""
    path = folder / "train.py"
    path.write_text(program, encoding="utf-8")
    command = [sys.executable, "-I", path, images]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    (percent,) = re.findall(r"Test accuracy: (.+)% of", ended.stdout)
    return float(percent) / 100


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Return what runs a program here up to `fit`: its variables, its model, what `fit` gets."""

    def run(program, *arguments):
        fitted = []

        def fit(model, *images, **options):
            fitted.append((model, images, options))
            model.save("model.keras")

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        monkeypatch.setattr(keras.Model, "fit", fit)
        variables = {}
        exec(compile(program, "train.py", "exec"), variables)
        return variables, *fitted[0]

    return run


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_program_reaches_the_accuracy_of_the_run(
    architecture, store, synthetic, synthetic_npz, tmp_path
):
    usual = {"batch_size": 16, "learning_rate": 0.01, "validation_split": 0.2, "dropout": 0.0}
    settings = {"architecture": architecture, **usual, **_SURE[architecture]}
    run = store.create(Hyperparameters(**settings))
    train(run, synthetic)
    record = run.read()
    assert record.results.test_accuracy > 0.95
    accuracy = _accuracy(training_script(record), synthetic_npz, tmp_path)
    assert accuracy == pytest.approx(record.results.test_accuracy, abs=0.05)


def test_a_program_with_every_option_learns(synthetic_npz, tmp_path):
    accuracy = _accuracy(_program(_EVERYTHING), synthetic_npz, tmp_path)
    assert accuracy > 0.8


def test_programs_look_as_ruff_would_write_them(tmp_path):
    programs = [_program(settings) for settings in _CASES.values()]
    programs += [_program(_EVERYTHING, data=data) for data in (MNIST_NAME, "digits.npz")]
    for number, program in enumerate(programs):
        compile(program, "train.py", "exec")
        (tmp_path / f"{number}.py").write_text(program, encoding="utf-8")
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["format", "--diff"], ["check"]):
        ended = subprocess.run(
            [ruff, *command, "--isolated", "--no-cache", tmp_path], capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("warmup", [0.0, 1.5])
@pytest.mark.parametrize("schedule", _SCHEDULES)
def test_each_step_has_the_learning_rate_of_the_run(schedule, warmup, begin, synthetic_npz):
    settings = Hyperparameters(
        **_TINY, learning_rate_schedule=schedule, warmup_epochs=warmup, epochs=6, decay_epochs=2
    )
    program = training_script(_record(settings))
    variables, model, _, options = begin(program, synthetic_npz)
    each = -(-len(variables["x_train"]) // settings.batch_size)
    expected = learning_rates(settings, range(6 * each), num_steps=6 * each, steps_per_epoch=each)
    found = []
    for step in range(6 * each):
        for callback in options["callbacks"]:
            callback.set_model(model)
            callback.on_train_batch_begin(step)
        model.optimizer.iterations.assign(step)
        found.append(float(model.optimizer.learning_rate))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", _OPTIMIZERS)
def test_the_optimizer_has_the_settings_of_the_run(name, begin, synthetic_npz):
    given = {"momentum": 0.5, "weight_decay": 0.25, "gradient_clipping": 2.0}
    settings = Hyperparameters(**_TINY, **given, optimizer=name, learning_rate_schedule="constant")
    _, model, _, _ = begin(training_script(_record(settings)), synthetic_npz)
    assert type(model.optimizer) is type(expected := build_optimizer(settings))
    assert {**model.optimizer.get_config(), "name": ""} == {**expected.get_config(), "name": ""}


@pytest.mark.parametrize(
    "given",
    [{}, {"label_smoothing": 0.1}, {"loss": "mean_squared_error", "label_smoothing": 0.1}],
)
def test_the_loss_is_that_of_the_run(given, begin, synthetic_npz):
    settings = Hyperparameters(**_TINY, **given)
    variables, model, _, _ = begin(training_script(_record(settings)), synthetic_npz)
    images, digits = variables["x_train"][:50], variables["y_train"][:50]
    answers = model(images)
    expected = losses(settings, keras.ops.convert_to_tensor(digits), answers)
    found = model.compute_loss(x=images, y=digits[:, None], y_pred=answers)
    assert float(found) == pytest.approx(float(np.mean(expected)), rel=1e-4)


def test_the_images_are_those_of_the_run(begin):
    given = {"validation_split": 0.2, "training_share": 0.5, "wrong_labels": 0.3}
    variables, _, (x_train, y_train), options = begin(_program({**_TINY, **given}))
    data = load_embedded().split(validation_split=0.2, training_share=0.5)
    np.testing.assert_array_equal(variables["x_test"], data.x_test)
    np.testing.assert_array_equal(variables["y_test"], data.y_test)
    x_val, y_val = options["validation_data"]
    assert (len(x_train), len(x_val)) == (len(data.x_train), len(data.x_val))
    assert x_train.dtype == data.x_train.dtype
    truth = {
        image.tobytes(): digit
        for x, y in (
            (load_embedded().x_train, load_embedded().y_train),
            (load_embedded().x_val, load_embedded().y_val),
        )
        for image, digit in zip(x, y, strict=True)
    }
    assert [truth[image.tobytes()] for image in x_val] == y_val.tolist()
    wrong = [truth[image.tobytes()] for image in x_train] != y_train
    assert np.mean(wrong) == pytest.approx(0.3, abs=0.001)


def test_augmentation_changes_images_and_keeps_their_digits(begin, synthetic_npz):
    for name, value in _AUGMENTED.items():
        program = _program({**_TINY, name: value, "batch_size": 1000})
        variables, _, (batches,), _ = begin(program, synthetic_npz)
        x, y = next(iter(batches))
        assert x.shape == variables["x_train"].shape
        assert np.bincount(y).tolist() == [32] * 10
        assert -1e-5 < np.min(x) < np.max(x) < 1.3
        assert np.mean(x) == pytest.approx(variables["x_train"].mean(), rel=0.25)
        assert not set(map(bytes, np.asarray(x))) & set(map(bytes, variables["x_train"]))


def test_the_program_of_the_article_s_network_has_the_lines_of_the_article():
    record = _record(PRESETS["article"], data=MNIST_NAME)
    program, position = training_script(record), 0
    for line in (
        "keras.datasets.mnist.load_data()",
        "keras.Sequential(",
        "layers.Flatten(),",
        'layers.Dense(128, activation="relu"),',
        "layers.Dropout(0.2),",
        'layers.Dense(10, activation="softmax"),',
        "model.compile(",
        'optimizer="adam",',
        'loss="sparse_categorical_crossentropy",',
        'metrics=["accuracy"],',
        "model.fit(",
        "epochs=5,",
    ):
        position = program.index(line, position)


@pytest.mark.parametrize(
    "name",
    [
        *('"', '"""', "'''", 'ends with "', "ends with \\", "\\N{no}", "\\u12", "$seed ${loss}"),
        *("two\nlines", "a\rb\u2028c\x00d", "\ud800", "#", "{x} %s", "π ≈ 3", "   ", '"""\nexit()'),
    ],
)
def test_whatever_a_run_is_called_its_program_compiles(name):
    record = _record(Hyperparameters(**_TINY)).model_copy(update={"name": name})
    program = training_script(record)
    compile(program, "train.py", "exec")
    program.encode("utf-8")
    usual = training_script(_record(Hyperparameters(**_TINY)))
    assert program.splitlines()[1:] == usual.splitlines()[1:]


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("width", [0.06, 0.08])
def test_a_drawing_becomes_nearly_the_image_that_the_app_makes(digit, width, shipped, normalise):
    drawing = draw(STROKES[digit], width=width)
    expected = preprocess_drawing(drawing)
    found = normalise(1 - drawing[..., 0] / 255)
    assert found.shape == (28, 28) and found.dtype == np.float32
    assert np.abs(found - expected).mean() < 0.015
    assert shipped.predict(found).digit == shipped.predict(expected).digit == digit


@pytest.fixture(scope="module")
def shipped():
    return Classifier.load(PRETRAINED)


@pytest.fixture(scope="module")
def normalise():
    """The function of a program that makes an image of a drawing."""
    program = _program(_TINY)
    variables = {}
    imports = "import numpy as np\nfrom PIL import Image\n"
    exec(imports + program[program.index("def normalise") :], variables)
    return variables["normalise"]


@pytest.mark.parametrize("unknown", ["hyperparameters", "data"])
def test_of_a_run_whose_settings_or_images_are_unknown_there_is_no_program(unknown):
    record = _record(Hyperparameters(**_TINY)).model_copy(update={unknown: None})
    with pytest.raises(ValueError, match="A run are not known"):
        training_script(record)
