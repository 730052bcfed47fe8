"""What the coach looks at among a run's records. Judges nothing; `core.coach.rules` does."""

from dataclasses import dataclass
from statistics import median

from core.hyperparameters import Hyperparameters
from core.runs import EpochRecord, LayerRecord, LayersRecord, Metrics, RunRecord, StepRecord

# Before so much training, even a good network may classify one digit in ten correctly.
_ENOUGH_IMAGES, _ENOUGH_STEPS = 8_000, 70
_LATELY = 10  # records


@dataclass(frozen=True)
class Curve:
    """A run so far, as the rules need it.

    Attributes:
        layers: what the last look inside saw, first layer first.
        update_ratio: the median, over the latest looks while the learning rate was high, of the
            quickest layer's; None where there was no such look.
        not_a_number: the step whose loss was not finite, where that has ended training.
        learning_rate: the highest so far.
        images: training images seen.
        first_loss: of the first record of steps; 0 where there is none.
        loss: the median of the latest records of steps, as is `accuracy`.
        worst: the highest loss so far and its epoch.
        has_begun: whether there was enough training at a high learning rate to judge by.
    """

    record: RunRecord
    settings: Hyperparameters
    epochs: tuple[EpochRecord, ...]
    layers: tuple[LayerRecord, ...]
    update_ratio: float | None
    not_a_number: StepRecord | None
    learning_rate: float
    images: int
    first_loss: float
    loss: float
    accuracy: float
    latest_accuracy: float
    worst: tuple[float, float]
    has_begun: bool

    @property
    def has_halved(self) -> bool:
        """Tell whether the loss is less than half of the first one, which is learning."""
        return self.loss < self.first_loss / 2

    @property
    def deadest(self) -> LayerRecord | None:
        """Return the layer with the largest share of ReLU units that gave zero; None without."""
        return max(self.layers, key=lambda layer: layer.dead_share or 0.0, default=None)


def read_curve(record: RunRecord, settings: Hyperparameters, metrics: Metrics) -> Curve:
    """Summarise a run's records so far."""
    # Some schedules begin and end with rates that say nothing of the one that was chosen.
    high = settings.learning_rate / 2
    steps: list[StepRecord] = []
    layers: tuple[LayerRecord, ...] = ()
    updates: list[float] = []
    not_a_number, rate = None, 0.0
    for entry in metrics.records:
        if isinstance(entry, StepRecord):
            rate = entry.learning_rate
            # Training that continued after such a loss was resumed before it.
            not_a_number = entry if entry.loss is None else None
            if entry.loss is not None and entry.accuracy is not None:
                steps.append(entry)
        elif isinstance(entry, LayersRecord):
            seen = tuple(layer for layer in entry.layers if layer.gradient_norm is not None)
            layers = seen or layers
            if seen and rate >= high:
                updates.append(max(layer.update_ratio or 0.0 for layer in seen))
    losses = [entry.loss or 0.0 for entry in steps] or [0.0]
    accuracies = [entry.accuracy or 0.0 for entry in steps] or [0.0]
    lossy: list[StepRecord | EpochRecord] = [*steps, *metrics.epochs]
    seen_losses = [(entry.loss or 0.0, entry.epoch) for entry in lossy]
    full = [entry for entry in steps if entry.learning_rate >= high]
    # Wrong labels teach nothing; where all are wrong, nothing can be said.
    right = 1 - settings.wrong_labels
    has_begun = (
        bool(full and right)
        and steps[-1].images - full[0].images >= _ENOUGH_IMAGES / right
        and steps[-1].step - full[0].step >= _ENOUGH_STEPS
    )
    return Curve(
        record=record,
        settings=settings,
        epochs=metrics.epochs,
        layers=layers,
        update_ratio=median(updates[-_LATELY:]) if updates else None,
        not_a_number=not_a_number,
        learning_rate=max((entry.learning_rate for entry in metrics.steps), default=0.0),
        images=steps[-1].images if steps else 0,
        first_loss=losses[0],
        loss=median(losses[-_LATELY:]),
        accuracy=median(accuracies[-_LATELY:]),
        latest_accuracy=accuracies[-1],
        worst=max(seen_losses, key=lambda pair: pair[0]) if steps else (0.0, 0.0),
        has_begun=has_begun,
    )
