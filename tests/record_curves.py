"""Train real runs on the embedded images and keep their records for the tests of the coach.

Run it anew where the kinds of records change: `python -m tests.record_curves [name ...]`. The
curves that come out depend a little on the machine's speed, which decides when a record is due.
"""

import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import Metrics, RunRecord, RunStore
from core.runs.metrics import parse_record

CURVES = Path(__file__).parent / "curves"
_MAX_RECORDS = 60  # of each kind: a page's worth, and a small file
_MLP = {"architecture": "mlp", "learning_rate_schedule": "constant"}
_ARTICLE = PRESETS["article"].model_dump()
_DEEP = {**_MLP, "hidden_units": (64, 64, 64, 64, 64), "epochs": 5}

SETTINGS = {
    "convnet": Hyperparameters(),
    "batch_norm": Hyperparameters(epochs=4, batch_normalization=True, dropout=0.3),
    "sgd": Hyperparameters(**_MLP, optimizer="sgd", learning_rate=0.1, epochs=15, dropout=0.0),
    "strong_dropout": Hyperparameters(**_MLP, dropout=0.7, learning_rate=0.001, epochs=10),
    "short": Hyperparameters(**{**_ARTICLE, "epochs": 1}),
    "settled": Hyperparameters(architecture="mlp", epochs=8),
    "sgd_rate_1": Hyperparameters(**_MLP, optimizer="sgd", learning_rate=1.0, epochs=3),
    "adam_rate_10": Hyperparameters(**_MLP, learning_rate=10.0, epochs=3),
    "adam_rate_1": Hyperparameters(**_MLP, learning_rate=1.0, epochs=3),
    "gelu_sgd_rate_10": Hyperparameters(
        **_DEEP, activation="gelu", optimizer="sgd", learning_rate=10.0
    ),
    "low_rate_convnet": Hyperparameters(
        learning_rate=1e-5, learning_rate_schedule="constant", epochs=3
    ),
    "lowest_rate": Hyperparameters(**_MLP, learning_rate=1e-6, epochs=3),
    "overfit": Hyperparameters(
        **_MLP, dropout=0.0, training_share=0.1, epochs=40, learning_rate=0.003
    ),
    "overfit_all_data": Hyperparameters(
        **_MLP, hidden_units=(256, 256), dropout=0.0, epochs=40, learning_rate=0.003
    ),
    "sigmoid_deep_sgd": Hyperparameters(
        **_DEEP, activation="sigmoid", optimizer="sgd", learning_rate=0.01
    ),
    "sigmoid_deep_adam": Hyperparameters(**_DEEP, activation="sigmoid", learning_rate=0.001),
    "zero_weights": Hyperparameters(**_MLP, epochs=3, initial_weights="zeros"),
    "small_weights": Hyperparameters(epochs=3, initial_weights="small_normal"),
    "wrong_labels": Hyperparameters(**_MLP, epochs=6, wrong_labels=0.8, learning_rate=0.001),
    "plateau": Hyperparameters(
        epochs=12, learning_rate_schedule="reduce_on_plateau", rotation=12.0, shift=2.0
    ),
    "warmed_up": Hyperparameters(
        epochs=4, learning_rate_schedule="cosine", warmup_epochs=2.0, learning_rate=0.001
    ),
    "lion_rate_01": Hyperparameters(epochs=3, optimizer="lion", learning_rate=0.1),
    "lenet5_sigmoid": Hyperparameters(epochs=4, architecture="lenet5", activation="sigmoid"),
    "resnet": Hyperparameters(epochs=2, architecture="resnet"),
    "lstm": Hyperparameters(epochs=4, architecture="lstm"),
    "rate_raised": Hyperparameters(
        **_MLP, activation="gelu", optimizer="sgd", learning_rate=0.1, dropout=0.0
    ),
    "low_rate_convnet_longer": Hyperparameters(
        learning_rate=3e-5, learning_rate_schedule="constant", epochs=5
    ),
    "moderate_rate": Hyperparameters(**_MLP, learning_rate=1e-4, epochs=8),
    "highest_dropout": Hyperparameters(**_MLP, dropout=0.9, learning_rate=0.001, epochs=6),
    "small_batch": Hyperparameters(**_MLP, batch_size=4, learning_rate=0.0005, epochs=3),
    "few_images": Hyperparameters(training_share=0.02, epochs=10),
    # On the whole of MNIST, as most runs are; the file is the one that DIGIT_LAB_MNIST names.
    "mnist_article": PRESETS["article"],
    "tanh_deep_rate_03": Hyperparameters(**_DEEP, activation="tanh", learning_rate=0.3),
}


def record(name: str) -> None:
    """Train the run called `name` and write its curve: its record, then a line for each metric."""
    # Here, so that the tests can read the settings without TensorFlow.
    from core.training import train
    from core.training.callbacks import layer_probe, metrics_log

    # A run of seconds is to hold what one of minutes does.
    changes: list[tuple[Any, str, Any]] = [
        (layer_probe, "_SECONDS_BETWEEN_PROBES", 0.3),
        (layer_probe, "_PROBE_SHARE", 0.2),
        (metrics_log, "_SECONDS_BETWEEN_RECORDS", 0.03),
    ]
    if name == "rate_raised":
        log = metrics_log.MetricsLog
        changes.append((log, "on_epoch_end", _raising_the_rate(log.on_epoch_end)))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        for place, attribute, value in changes:
            stack.enter_context(mock.patch.object(place, attribute, value))
        run = RunStore(folder).create(SETTINGS[name], name=name)
        train(run, _images(name))
        curve = [
            run.read().model_dump(mode="json", exclude_none=True),
            *_downsampled(run.metrics()),
        ]
    lines = [json.dumps(_rounded(line)) + "\n" for line in curve]
    CURVES.mkdir(exist_ok=True)
    (CURVES / f"{name}.jsonl").write_text("".join(lines))


def load(name: str) -> tuple[RunRecord, Metrics]:
    """Return the record and the metrics of the curve called `name`."""
    first, *rest = (CURVES / f"{name}.jsonl").read_bytes().splitlines()
    records = [parse_record(line) for line in rest]
    return RunRecord.model_validate_json(first), Metrics(tuple(r for r in records if r))


def _images(name):
    from core.data import load_dataset, load_embedded

    whole = name.startswith("mnist")
    return load_dataset(os.environ["DIGIT_LAB_MNIST"]) if whole else load_embedded()


def _raising_the_rate(on_epoch_end):
    def end_and_ask(self, loop, logs):
        on_epoch_end(self, loop, logs)
        self._run.request_learning_rate(1e8)

    return end_and_ask


def _downsampled(metrics):
    kept = set()
    for kind in {record.kind for record in metrics.records}:
        places = [i for i, record in enumerate(metrics.records) if record.kind == kind]
        count = min(len(places), _MAX_RECORDS)
        kept |= {places[round(i)] for i in np.linspace(0, len(places) - 1, count)}
    return [metrics.records[place].model_dump(mode="json") for place in sorted(kept)]


def _rounded(value):
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    for chosen in sys.argv[1:] or SETTINGS:
        print(chosen, flush=True)
        record(chosen)
