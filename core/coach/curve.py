"""What can be reckoned with among a run's records. Judges nothing; `core.coach` does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from core.hyperparameters import Hyperparameters

Metrics = Sequence[Mapping[str, Any]]
# Larger than any number that training writes, and small enough to be multiplied.
_HUGE = 1e300


@dataclass(frozen=True)
class Layer:
    """What `core.layer_probe` saw of one layer.

    Attributes:
        name: such as "Dense 1".
        gradient: the Euclidean norm of its gradient.
        update: how far a step moved its weights, as a share of their norm; None where that is 0.
        dead: the share of its ReLU neurons that gave zero for a whole batch; 0 without a ReLU.
    """

    name: str
    gradient: float
    update: float | None
    dead: float


class Curve:
    """A run's records so far, without the damaged ones.

    Attributes:
        steps: records of steps, with `images`, `step`, `epoch`, `loss`, `accuracy` and
            `learning_rate`.
        epochs: records of epochs, with `val_loss` and `val_accuracy`, too.
        layers: what the last look inside saw, first layer first.
        updates: the `update` of the quickest layer at each look while the rate was high.
        not_a_number: the record of the step whose loss was no finite number, if there was one.
        rate: the highest learning rate so far.
        has_begun: whether there was enough training at a high rate to judge by.
    """

    def __init__(
        self, settings: Hyperparameters, metrics: Metrics, *, num_images: float, num_steps: int
    ) -> None:
        """Read `metrics`; training is enough after `num_images` images and `num_steps` steps."""
        self.steps: list[Mapping[str, Any]] = []
        self.epochs: list[Mapping[str, Any]] = []
        self.layers: list[Layer] = []
        self.updates: list[float] = []
        self.not_a_number: Mapping[str, Any] | None = None
        # Some schedules begin and end with rates that say nothing of the one that was chosen.
        high = settings.learning_rate / 2
        rates = [0.0]
        for r in metrics:
            if not has_numbers(r, "images", "step", "epoch"):
                continue
            match r.get("kind"):
                case "step" if has_numbers(r, "loss", "accuracy", "learning_rate"):
                    self.steps.append(r)
                    rates.append(r["learning_rate"])
                    self.not_a_number = None  # the run has been resumed since
                # `core.training_log` writes null for the loss that ends a run.
                case "step" if r.get("loss", 0) is None and has_numbers(r, "learning_rate"):
                    self.not_a_number = r
                    rates.append(r["learning_rate"])
                case "epoch" if has_numbers(r, "loss", "accuracy", "val_loss", "val_accuracy"):
                    self.epochs.append(r)
                case "layers" if layers := _read_layers(r.get("layers")):
                    self.layers = layers
                    if rates[-1] >= high:
                        self.updates.append(max(layer.update or 0.0 for layer in layers))
        self.rate = max(rates)
        full = [r for r in self.steps if r["learning_rate"] >= high]
        self.has_begun = bool(full) and (
            self.steps[-1]["images"] - full[0]["images"] >= num_images
            and self.steps[-1]["step"] - full[0]["step"] >= num_steps
        )

    def lately(self, name: str) -> float:
        """Return the median of the last ten records of steps, of which there has to be one."""
        return median(r[name] for r in self.steps[-10:])


def has_numbers(record: Mapping[str, Any], *names: str) -> bool:
    """Tell whether these values can be reckoned with; a damaged file may hold anything."""
    values = [record.get(name) for name in names]
    return all(isinstance(value, int | float) and 0 <= value < _HUGE for value in values)


def _read_layers(value: object) -> list[Layer]:
    if not isinstance(value, list):
        return []
    return [
        Layer(
            name=str(layer.get("name")),
            gradient=layer["gradient_norm"],
            update=layer["update_ratio"] if has_numbers(layer, "update_ratio") else None,
            dead=layer["dead_share"] if has_numbers(layer, "dead_share") else 0.0,
        )
        for layer in value
        if isinstance(layer, dict) and has_numbers(layer, "gradient_norm")
    ]
