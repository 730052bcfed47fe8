"""Train the model that the app ships with, calibrate it, measure it, and write its card.

    python -m core.pretraining --mnist mnist.npz --strokes pen_strokes.json.gz

Trains on MNIST without the 5,000 images that the app embeds, so that those remain an honest test,
and on pen strokes drawn with many pens, without the writers kept for validation and test. Without
`--mnist` and `--strokes` the data is downloaded. MNIST's official test set and the writers kept
for test choose no weights, temperature or threshold within the command; the card says what was
seen of them between runs.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from core.data import (
    MNIST_CACHE,
    Dataset,
    download_mnist,
    download_strokes,
    image_fingerprints,
    load_dataset,
    read_strokes,
    seen_images_path,
    without_embedded,
)
from core.pretraining.card import calibrate_and_measure, card_text
from core.pretraining.recipe import PHASES, draw_sources, train
from core.settings import PRETRAINED


def main() -> None:
    """Train, calibrate, measure, and put model and card where the app finds them."""
    parser = argparse.ArgumentParser(description="Train the shipped model.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; downloaded where not given")
    parser.add_argument("--strokes", type=Path, help="pen strokes; UCI's are downloaded otherwise")
    parser.add_argument(
        "--phases", type=int, default=len(PHASES), help="train only the last so many phases"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=PRETRAINED.parent, help="where to write")
    parser.add_argument(
        "--measure-only", action="store_true", help="keep the model; write its card anew"
    )
    arguments = parser.parse_args()
    if arguments.mnist is None and not MNIST_CACHE.exists():
        download_mnist(MNIST_CACHE, seconds=600)
    dataset = without_embedded(load_dataset(arguments.mnist or MNIST_CACHE))
    digits = read_strokes(arguments.strokes or download_strokes())
    arguments.output.mkdir(parents=True, exist_ok=True)
    path, card_path = arguments.output / PRETRAINED.name, arguments.output / "card.json"
    if not arguments.measure_only:
        sources = draw_sources(dataset, digits, seed=arguments.seed)
        # Each phase leaves a model and its card behind, so that training can continue from there.
        for number in range(len(PHASES) - arguments.phases, len(PHASES)):
            minutes = json.loads(card_path.read_text())["minutes"] if number else 0.0
            card = train(path, number, dataset, sources, seed=arguments.seed)
            card["minutes"] += minutes
            card_path.write_text(json.dumps(card, indent=2) + "\n")
    card = json.loads(card_path.read_text())
    if card["fingerprint"] != dataset.fingerprint:
        raise SystemExit(
            f"The model was trained on the images {card['fingerprint']}, and these are "
            f"{dataset.fingerprint}: name the same file."
        )
    write_seen_images(dataset, path)
    card |= calibrate_and_measure(path, dataset, digits)
    card_path.write_text(json.dumps(card, indent=2) + "\n")
    (arguments.output / "README.md").write_text(card_text(card), encoding="utf-8")
    print(json.dumps(card))


def write_seen_images(dataset: Dataset, model_path: Path) -> None:
    """Write beside a model which images trained and validated it: fingerprints, and no image."""
    seen = np.concatenate([dataset.x_train, dataset.x_val])
    np.save(seen_images_path(model_path), np.sort(image_fingerprints(seen)))


if __name__ == "__main__":
    main()
