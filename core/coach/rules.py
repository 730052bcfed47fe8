"""What a run's curves say, in plain sentences, and what to try next: a function for each rule.

Silent where there is nothing to say. Knows a run's record and its metrics only: it opens no file,
holds no network, and gives the same notes for a run under way as for one that has ended.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal, NamedTuple

from core.coach.curve import Curve, read_curve
from core.hyperparameters import bounds
from core.runs import EpochRecord, LayerRecord, Metrics, RunRecord

# The figures below are those of the runs in tests/curves.
# Guessing gives 0.1; by then, good settings give 0.7 or more.
_HARDLY_LEARNED = 0.3
# So much dropout hides from the training accuracy what a network has learned.
_STRONG_DROPOUT = 0.7
# The loss of a network that learns rises to 1.2 times the first one; exploded ones, to over 4.5.
_EXPLODED = 4.0
# Near its highest rate a network that learns moves its quickest layer by 0.001 of its weights a
# step or more, one that stands still by 0.0002 or less.
_TINY_UPDATE = 5e-4
# Networks that learn well have up to 0.4 of a layer silent for a whole batch, of 32 or more.
_MANY_DEAD, _NEARLY_ALL_DEAD, _LARGE_BATCH = 0.6, 0.9, 32
_CLASSIFIES_WELL = 0.9
# In a network that learns, the first layer's gradient is at least 0.03 of the last one's.
_VANISHING = 0.01
# Validation loss goes up and down by a few percent; most of three epochs 5 % above are no noise.
_EPOCHS_RISING, _CLEARLY = 3, 0.05
# Memorised images have half the loss of new ones or less, whatever dropout adds to it.
_STILL_FALLING, _MEMORISED = 0.8, 0.5
# The last fifth of the epochs is to have brought something if there is more to come.
_LAST_PART = 0.2
# Where learning rates that work usually lie.
_USUAL_RATES = {
    "sgd": (0.01, 0.3),
    "nesterov": (0.01, 0.3),
    "lion": (0.00003, 0.001),
    "muon": (0.001, 0.05),
}
_OTHER_USUAL_RATES = (0.0003, 0.01)  # of Adam and its relatives


@dataclass(frozen=True)
class Note:
    """Something that a run's curves say.

    Attributes:
        kind: "diverged", "nothing_learned", "dead_neurons", "low_learning_rate", "overfitting" or
            "still_improving".
        severity: "problem" where the run is no good, "hint" where it could be better.
        headline: what is the matter and what to try, in a sentence or two.
        evidence: the numbers behind it, and where they come from.
        changes: hyperparameters with which it advises to train instead, by name; empty where it
            names none.
        block: the name of the block in `core.teaching` that explains why; empty where none does.
    """

    kind: str
    severity: Literal["problem", "hint"]
    headline: str
    evidence: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    block: str = ""


def advise(record: RunRecord, metrics: Metrics) -> list[Note]:
    """Return what there is to say about a run, under way or ended, the most important first."""
    if record.hyperparameters is None:
        return []
    curve = read_curve(record, record.hyperparameters, metrics)
    for failure in (_not_a_number, _exploded, _low_learning_rate, _nothing_learned):
        if note := failure(curve):
            return [note]
    notes = (hint(curve) for hint in (_dead_neurons, _overfitting, _still_improving))
    return [note for note in notes if note]


def _not_a_number(curve: Curve) -> Note | None:
    """Notice a loss that was NaN or infinite; such a run has failed."""
    end = curve.not_a_number
    if end is None:
        return None
    evidence = (
        f"In step {end.step:,} the loss was not a finite number any more, at a learning rate of "
        f"{end.learning_rate:.3g}."
    )
    good = [r for r in curve.epochs if r.val_accuracy > _HARDLY_LEARNED]
    if curve.record.status == "failed" and good:
        evidence += (
            f" After epoch {round(good[-1].epoch)} it classified {good[-1].val_accuracy:.0%} of "
            "the validation images correctly, so it may do well when it is resumed from its "
            "checkpoint at a lower learning rate."
        )
    return Note(
        "diverged",
        "problem",
        f"Training diverged: the loss stopped being a number. {_try_lower(curve)}",
        evidence,
        _lower_rate(curve),
        "learning_rate",
    )


def _exploded(curve: Curve) -> Note | None:
    """Notice a loss that rose far above the first one and has not come down since."""
    loss, epoch = curve.worst
    if curve.has_halved or loss <= _EXPLODED * curve.first_loss:
        return None
    return Note(
        "diverged",
        "problem",
        f"Training diverged: the loss exploded. {_try_lower(curve)}",
        f"The training loss rose from {curve.first_loss:.3g} at the start to {loss:.3g} in epoch "
        f"{math.ceil(epoch)}, at a learning rate of up to {curve.learning_rate:.3g}; lately it was "
        f"{curve.loss:.3g}.",
        _lower_rate(curve),
        "learning_rate",
    )


def _low_learning_rate(curve: Curve) -> Note | None:
    """Notice weights that hardly move although there is a gradient and much to learn."""
    stuck = any(r.gradient_norm == 0 or _dead(r) >= _NEARLY_ALL_DEAD for r in curve.layers)
    update = curve.update_ratio
    if not curve.has_begun or stuck or curve.has_halved or update is None or update >= _TINY_UPDATE:
        return None
    low, _ = _usual_rates(curve)
    higher = _rounded(max(10 * curve.learning_rate, low))
    return Note(
        "low_learning_rate",
        "problem",
        f"The learning rate is too low: the loss hardly moves. Try {higher:g}.",
        f"In {curve.images:,} images the training loss has come from {curve.first_loss:.3g} to "
        f"{curve.loss:.3g}. A step at a learning rate of {curve.learning_rate:.3g} moves no "
        f"layer's weights by more than {update:.1g} of their size; 0.001 and more is usual.",
        {"learning_rate": higher},
        "learning_rate",
    )


def _nothing_learned(curve: Curve) -> Note | None:
    """Notice a network that still guesses, and say what most likely keeps it from learning."""
    settings, epochs = curve.settings, curve.epochs
    # Where training is made hard on purpose, only validation shows what was learned.
    hard = settings.wrong_labels or settings.dropout >= _STRONG_DROPOUT
    if not curve.has_begun or (hard and not epochs):
        return None
    validation = epochs[-1].val_accuracy if epochs else 0.0
    # The latest record counts alone, too: it may be learning just now.
    if max(curve.accuracy, curve.latest_accuracy, validation) >= _HARDLY_LEARNED:
        return None
    cause = _cause(curve)
    return Note(
        "nothing_learned",
        "problem",
        f"It has hardly learned anything. {cause.advice}",
        f"After {curve.images:,} images it classifies {curve.accuracy:.0%} of the latest training "
        f"images correctly; guessing gives 10%. {cause.evidence}",
        cause.changes,
        cause.block,
    )


class _Cause(NamedTuple):
    """What to try against having learned nothing, what speaks for it, and the rest of a note."""

    advice: str
    evidence: str
    changes: Mapping[str, Any]
    block: str


def _cause(curve: Curve) -> _Cause:
    """Return why most likely nothing was learned."""
    settings, layers, rate = curve.settings, curve.layers, curve.learning_rate
    if zero := [layer for layer in layers if layer.update_ratio is None]:
        return _Cause(
            "Weights that are all zero stay alike: begin with random ones.",
            f"In {zero[0].name} every weight is zero.",
            {"initial_weights": "glorot_uniform"},
            "worked_network",
        )
    if curve.deadest and _dead(curve.deadest) >= _NEARLY_ALL_DEAD:
        return _Cause(
            f"Its ReLU neurons have died. {_try_lower(curve)}",
            _say_dead(curve.deadest),
            _lower_rate(curve),
            "activations",
        )
    if settings.applies("activation") and settings.activation in ("sigmoid", "tanh") and layers:
        first, last = layers[0].gradient_norm or 0.0, layers[-1].gradient_norm or 0.0
        if first < _VANISHING * last:
            return _Cause(
                f"Through so many layers of {settings.activation} the gradient vanishes: try relu, "
                "or fewer layers.",
                f"The gradient of {layers[0].name} is {first:.2g}, that of {layers[-1].name} "
                f"{last:.2g}.",
                {"activation": "relu"},
                "activations",
            )
    low, high = _usual_rates(curve)
    usual = (
        f"With {settings.optimizer}, learning rates of {low:g} to {high:g} are usual; it was "
        f"{rate:.3g}."
    )
    if rate > high:
        return _Cause(_try_lower(curve), usual, _lower_rate(curve), "learning_rate")
    if rate < low:
        advice = f"The learning rate is most likely too low: try {low:g}."
        return _Cause(advice, usual, {"learning_rate": low}, "learning_rate")
    return _Cause("Begin with a preset, and change one setting at a time.", usual, {}, "")


def _dead_neurons(curve: Curve) -> Note | None:
    """Notice ReLU neurons that no image reaches any more, in a network that does badly."""
    layer = curve.deadest
    if layer is None or _dead(layer) < _MANY_DEAD or not curve.has_begun:
        return None
    if curve.settings.batch_size < _LARGE_BATCH or curve.accuracy >= _CLASSIFIES_WELL:
        return None
    return Note(
        "dead_neurons",
        "hint",
        f"Most ReLU neurons of {layer.name} have died. {_try_lower(curve)}",
        f"{_say_dead(layer)} {curve.accuracy:.0%} of the latest training images are classified "
        f"correctly, at a learning rate of up to {curve.learning_rate:.3g}.",
        _lower_rate(curve),
        "activations",
    )


def _overfitting(curve: Curve) -> Note | None:
    """Notice a validation loss that has risen since its lowest while training's kept falling."""
    settings, epochs = curve.settings, curve.epochs
    if len(epochs) <= _EPOCHS_RISING:
        return None
    best, last = min(epochs, key=lambda r: r.val_loss), epochs[-1]
    lately = median(r.val_loss for r in epochs[-_EPOCHS_RISING:])
    if (
        lately <= (1 + _CLEARLY) * best.val_loss
        or last.loss > _STILL_FALLING * best.loss
        or last.loss > _MEMORISED * lately
    ):
        return None
    since, kept, results = round(best.epoch), _kept(curve), curve.record.results
    # Fewer epochs would lose what they brought.
    disagree = kept.val_accuracy > best.val_accuracy and kept.epoch > best.epoch
    remedies: list[tuple[bool, str, dict[str, Any]]] = [
        (settings.training_share < 1, "more of the data", {"training_share": 1.0}),
        (not settings.augments, "random rotation and shift", {"rotation": 10.0, "shift": 2.0}),
        (settings.applies("dropout") and settings.dropout < 0.2, "dropout", {"dropout": 0.3}),
        (not disagree, "fewer epochs", {"epochs": since}),
        (
            settings.applies("label_smoothing") and not settings.label_smoothing,
            "label smoothing",
            {"label_smoothing": 0.1},
        ),
        (disagree, "a smaller network", {}),
    ]
    chosen = [(remedy, changes) for applies, remedy, changes in remedies if applies][:2]
    evidence = (
        f"The validation loss was lowest after epoch {since}, {best.val_loss:.3g}, and is "
        f"{last.val_loss:.3g} after epoch {round(last.epoch)}; the training loss fell from "
        f"{best.loss:.3g} to {last.loss:.3g}."
    )
    if results and not disagree:
        evidence += f" The weights kept are those of epoch {results.best_epoch}."
    if disagree:
        epoch = results.best_epoch if results else round(kept.epoch)
        evidence += (
            f" The weights kept are those of epoch {epoch}, with the best validation accuracy: "
            f"{kept.val_accuracy:.2%} against {best.val_accuracy:.2%} after epoch {since}. The two "
            "disagree because accuracy counts only how many answers are right, and the loss also "
            "how sure the wrong ones are."
        )
    effect = (
        "it becomes surer of its mistakes on new images, although it still gets a few more right"
        if disagree
        else "it memorises the training images and does no better on new ones"
    )
    named = " or ".join(remedy for remedy, _ in chosen)
    headline = f"Since epoch {since} it overfits: {effect}. Try {named}."
    # One at a time, so that one can tell what helped.
    return Note("overfitting", "hint", headline, evidence, chosen[0][1], "dropout")


def _kept(curve: Curve) -> EpochRecord:
    """Return the epoch whose weights are kept, of those that are complete."""
    return max(curve.epochs, key=lambda epoch: (epoch.val_accuracy, -epoch.val_loss))


def _still_improving(curve: Curve) -> Note | None:
    """Notice a completed run whose last epochs still brought something."""
    record, epochs = curve.record, curve.epochs
    before = epochs[: -max(1, round(_LAST_PART * len(epochs)))]
    if record.status != "completed" or record.stopped_early_at or not before:
        return None
    best, last = min(before, key=lambda r: r.val_loss), epochs[-1]
    lowest = min(r.val_loss for r in epochs)
    if last.val_loss > lowest or lowest > (1 - _CLEARLY) * best.val_loss:
        return None
    more = min(int(bounds("epochs")[1]), 2 * record.num_epochs)
    return Note(
        "still_improving",
        "hint",
        "It was still improving when it ended: train it for more epochs.",
        f"The validation loss fell from {best.val_loss:.3g} after epoch {round(best.epoch)} to "
        f"{last.val_loss:.3g} after the last, epoch {round(last.epoch)}.",
        {"epochs": more} if more > record.num_epochs else {},
        "worked_network",
    )


def _usual_rates(curve: Curve) -> tuple[float, float]:
    """Return the lowest and the highest usual learning rate of the run's optimizer."""
    return _USUAL_RATES.get(curve.settings.optimizer, _OTHER_USUAL_RATES)


def _lower_rate(curve: Curve) -> dict[str, float]:
    # A tenth, or less where that is still unusually high.
    return {"learning_rate": _rounded(min(curve.learning_rate / 10, _usual_rates(curve)[1]))}


def _try_lower(curve: Curve) -> str:
    lower = _lower_rate(curve)["learning_rate"]
    return f"The learning rate is most likely too high: try {lower:g}."


def _rounded(rate: float) -> float:
    """Return a learning rate to one digit, as far as the form allows."""
    low, high = bounds("learning_rate")
    return min(high, max(low, float(f"{rate:.1g}")))


def _dead(layer: LayerRecord) -> float:
    return layer.dead_share or 0.0


def _say_dead(layer: LayerRecord) -> str:
    return (
        f"{_dead(layer):.0%} of {layer.name} gave zero for every image of the batch that was "
        "looked at last."
    )
