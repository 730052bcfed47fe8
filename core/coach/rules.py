"""What a run's curves say, in plain sentences, and what to try next.

Silent where there is nothing to say. Knows a run's record and its metrics only: it opens no file,
holds no network, and gives the same notes for a run under way as for one that has ended.
"""

import math
from dataclasses import dataclass
from statistics import median
from typing import Literal

from core.coach.curve import Curve, Metrics
from core.runs import RunRecord

# The figures below are those of the runs in tests/curves.
# Before so much training, even a good network may read one digit in ten.
_ENOUGH_IMAGES, _ENOUGH_STEPS = 8_000, 70
# Guessing gives 0.1; by then, good settings give 0.7 or more.
_HARDLY_LEARNED = 0.3
# So much dropout hides from the training accuracy what a network has learned.
_STRONG_DROPOUT = 0.7
# The loss of a network that learns rises to 1.2 times the first one; exploded ones, to over 4.5.
_EXPLODED = 4.0
# Half of the first loss: less is learning, whatever came before.
_RECOVERED = 0.5
# Near its highest rate a network that learns moves its quickest layer by 0.001 of its weights a
# step or more, one that stands still by 0.0002 or less.
_TINY_UPDATE = 5e-4
# Networks that learn well have up to 0.4 of a layer silent for a whole batch, of 32 or more.
_MANY_DEAD, _NEARLY_ALL_DEAD, _LARGE_BATCH = 0.6, 0.9, 32
_READS_WELL = 0.9
# In a network that learns, the first layer's gradient is at least 0.03 of the last one's.
_VANISHING = 0.01
# Validation loss goes up and down by a few percent; most of three epochs 5 % above are no noise.
_EPOCHS_RISING, _CLEARLY = 3, 0.05
# What is learned by heart has half the loss of new images or less, whatever dropout adds to it.
_STILL_FALLING, _BY_HEART = 0.8, 0.5
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
    """

    kind: str
    severity: Literal["problem", "hint"]
    headline: str
    evidence: str


def advise(record: RunRecord, metrics: Metrics) -> list[Note]:
    """Return what there is to say about a run, the most important first.

    Args:
        record: the run, under way or ended; one without settings gets no notes.
        metrics: its records so far, as `core.runs.Run.metrics` gives them.
    """
    if record.hyperparameters is None:
        return []
    case = _Case(record, metrics)
    for failure in (case.not_a_number, case.exploded, case.low_learning_rate, case.nothing_learned):
        if note := failure():
            return [note]
    hints = (case.dead_neurons(), case.overfitting(), case.still_improving())
    return [note for note in hints if note]


class _Case:
    """One run to judge; each method is a rule and returns its note or None."""

    def __init__(self, record: RunRecord, metrics: Metrics) -> None:
        assert record.hyperparameters is not None
        self._record, self._settings = record, record.hyperparameters
        # Wrong labels teach nothing; where all are wrong, nothing can be said.
        right = 1 - self._settings.wrong_labels
        enough = _ENOUGH_IMAGES / right if right else math.inf
        self._curve = curve = Curve(
            self._settings, metrics, num_images=enough, num_steps=_ENOUGH_STEPS
        )
        self._low, self._high = _USUAL_RATES.get(self._settings.optimizer, _OTHER_USUAL_RATES)
        # A tenth, or less where that is still unusually high.
        lower = min(curve.rate / 10, self._high)
        self._try_lower = f"The learning rate is most likely too high: try {lower:.1g}."
        self._first = curve.steps[0]["loss"] if curve.steps else 0.0
        self._loss = curve.lately("loss") if curve.steps else 0.0
        self._accuracy = curve.lately("accuracy") if curve.steps else 0.0
        self._images = curve.steps[-1]["images"] if curve.steps else 0
        self._dead = max(curve.layers, key=lambda layer: layer.dead, default=None)

    def not_a_number(self) -> Note | None:
        """Notice a loss that was NaN or infinite; such a run has failed."""
        end = self._curve.not_a_number
        if end is None:
            return None
        headline = f"Training diverged: the loss stopped being a number. {self._try_lower}"
        evidence = (
            f"In step {end['step']:,} the loss was no finite number any more, at a learning rate "
            f"of {end['learning_rate']:.3g}."
        )
        good = [r for r in self._curve.epochs if r["val_accuracy"] > _HARDLY_LEARNED]
        if self._record.status == "failed" and good:
            evidence += (
                f" After epoch {round(good[-1]['epoch'])} it read {good[-1]['val_accuracy']:.0%} "
                "of the validation images, so it may do well when it is resumed from its "
                "checkpoint at a lower learning rate."
            )
        return Note("diverged", "problem", headline, evidence)

    def exploded(self) -> Note | None:
        """Notice a loss that rose far above the first one and has not come down since."""
        if not self._curve.steps:
            return None
        worst = max([*self._curve.steps, *self._curve.epochs], key=lambda r: r["loss"])
        if worst["loss"] <= _EXPLODED * self._first or self._loss < _RECOVERED * self._first:
            return None
        return Note(
            "diverged",
            "problem",
            f"Training diverged: the loss exploded. {self._try_lower}",
            f"The training loss rose from {self._first:.3g} at the start to {worst['loss']:.3g} in "
            f"epoch {math.ceil(worst['epoch'])}, at a learning rate of up to "
            f"{self._curve.rate:.3g}; lately it was {self._loss:.3g}.",
        )

    def low_learning_rate(self) -> Note | None:
        """Notice weights that hardly move although there is a gradient and much to learn."""
        updates, layers = self._curve.updates[-10:], self._curve.layers
        stuck = any(layer.gradient == 0 or layer.dead >= _NEARLY_ALL_DEAD for layer in layers)
        if not self._curve.has_begun or stuck or self._loss < _RECOVERED * self._first:
            return None
        if not updates or median(updates) >= _TINY_UPDATE:
            return None
        return Note(
            "low_learning_rate",
            "problem",
            "The learning rate is too low: the loss hardly moves. "
            f"Try {max(10 * self._curve.rate, self._low):.1g}.",
            f"In {self._images:,} images the training loss has come from {self._first:.3g} to "
            f"{self._loss:.3g}. A step at a learning rate of {self._curve.rate:.3g} moves no "
            f"layer's weights by more than {median(updates):.1g} of their size; 0.001 and more "
            "is usual.",
        )

    def nothing_learned(self) -> Note | None:
        """Notice a network that still guesses, and say what most likely keeps it from learning."""
        epochs = self._curve.epochs
        validation = epochs[-1]["val_accuracy"] if epochs else 0.0
        # Where training is made hard on purpose, only validation shows what was learned.
        hard = self._settings.wrong_labels or self._settings.dropout >= _STRONG_DROPOUT
        if hard and not epochs:
            return None
        if not self._curve.has_begun:
            return None
        latest = self._curve.steps[-1]["accuracy"]  # it may be learning just now
        if max(self._accuracy, latest, validation) >= _HARDLY_LEARNED:
            return None
        advice, evidence = self._cause()
        return Note(
            "nothing_learned",
            "problem",
            f"It has hardly learned anything. {advice}",
            f"After {self._images:,} images it reads {self._accuracy:.0%} of the latest training "
            f"images; guessing gives 10%. {evidence}",
        )

    def _cause(self) -> tuple[str, str]:
        """Return what to try and what speaks for it."""
        settings, layers, rate = self._settings, self._curve.layers, self._curve.rate
        if zero := [layer for layer in layers if layer.update is None]:
            return (
                "Weights that are all zero stay alike: begin with random ones.",
                f"In {zero[0].name} every weight is zero.",
            )
        if self._dead and self._dead.dead >= _NEARLY_ALL_DEAD:
            return f"Its ReLU neurons have died. {self._try_lower}", self._say_dead()
        saturates = settings.applies("activation") and settings.activation in ("sigmoid", "tanh")
        if saturates and layers and layers[0].gradient < _VANISHING * layers[-1].gradient:
            return (
                f"Through so many layers of {settings.activation} the gradient vanishes: try relu, "
                "or fewer layers.",
                f"The gradient of {layers[0].name} is {layers[0].gradient:.2g}, that of "
                f"{layers[-1].name} {layers[-1].gradient:.2g}.",
            )
        usual = (
            f"With {settings.optimizer}, learning rates of {self._low:g} to {self._high:g} are "
            f"usual; it was {rate:.3g}."
        )
        if rate > self._high:
            return self._try_lower, usual
        if rate < self._low:
            return f"The learning rate is most likely too low: try {self._low:g}.", usual
        return "Begin with a preset, and change one setting at a time.", usual

    def dead_neurons(self) -> Note | None:
        """Notice ReLU neurons that no image reaches any more, in a network that reads badly."""
        if self._dead is None or self._dead.dead < _MANY_DEAD or not self._curve.has_begun:
            return None
        if self._settings.batch_size < _LARGE_BATCH or self._accuracy >= _READS_WELL:
            return None
        return Note(
            "dead_neurons",
            "hint",
            f"Most ReLU neurons of {self._dead.name} have died. {self._try_lower}",
            f"{self._say_dead()} {self._accuracy:.0%} of the latest training images are read "
            f"right, at a learning rate of up to {self._curve.rate:.3g}.",
        )

    def _say_dead(self) -> str:
        assert self._dead is not None
        return (
            f"{self._dead.dead:.0%} of {self._dead.name} gave zero for every image of the batch "
            "that was looked at last."
        )

    def overfitting(self) -> Note | None:
        """Notice a validation loss that has risen since its lowest while training's fell on."""
        epochs = self._curve.epochs
        if len(epochs) <= _EPOCHS_RISING:
            return None
        best, last = min(epochs, key=lambda r: r["val_loss"]), epochs[-1]
        lately = median(r["val_loss"] for r in epochs[-_EPOCHS_RISING:])
        if (
            lately <= (1 + _CLEARLY) * best["val_loss"]
            or last["loss"] > _STILL_FALLING * best["loss"]
            or last["loss"] > _BY_HEART * lately
        ):
            return None
        remedies = [
            (self._settings.training_share < 1, "more of the data"),
            (not self._settings.augments, "random rotation and shift"),
            (self._settings.applies("dropout") and self._settings.dropout < 0.2, "dropout"),
            (True, "fewer epochs"),
        ]
        chosen = " or ".join([remedy for applies, remedy in remedies if applies][:2])
        results, since = self._record.results, round(best["epoch"])
        return Note(
            "overfitting",
            "hint",
            f"Since epoch {since} it learns the training images by heart and reads new ones no "
            f"better. Try {chosen}.",
            f"The validation loss was lowest after epoch {since}, {best['val_loss']:.3g}, and is "
            f"{last['val_loss']:.3g} after epoch {round(last['epoch'])}; the training loss fell "
            f"from {best['loss']:.3g} to {last['loss']:.3g}."
            + (f" The weights kept are those of epoch {results.best_epoch}." if results else ""),
        )

    def still_improving(self) -> Note | None:
        """Notice a completed run whose last epochs still brought something."""
        epochs = self._curve.epochs
        before = epochs[: -max(1, round(_LAST_PART * len(epochs)))]
        if self._record.status != "completed" or self._record.stopped_early_at or not before:
            return None
        best, last = min(before, key=lambda r: r["val_loss"]), epochs[-1]
        lowest = min(r["val_loss"] for r in epochs)
        if last["val_loss"] > lowest or lowest > (1 - _CLEARLY) * best["val_loss"]:
            return None
        return Note(
            "still_improving",
            "hint",
            "It was still improving when it ended: train on for more epochs.",
            f"The validation loss fell from {best['val_loss']:.3g} after epoch "
            f"{round(best['epoch'])} to {last['val_loss']:.3g} after the last, epoch "
            f"{round(last['epoch'])}.",
        )
