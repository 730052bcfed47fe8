"""What settings say of themselves before a run is started: parts that cannot have their effect.

Knows the settings only; `core.coach.rules` judges the curves of a run that has begun.
"""

from core.coach.rules import Note
from core.hyperparameters import Hyperparameters, epochs_text


def notes_before_start(hyperparameters: Hyperparameters) -> list[Note]:
    """Return what there is to say about settings before they are trained, as for `advise`."""
    notes = (rule(hyperparameters) for rule in (_never_falls, _warms_up_throughout))
    return [note for note in notes if note]


def _never_falls(settings: Hyperparameters) -> Note | None:
    """Notice a run that ends before its learning rate may fall on a plateau."""
    if settings.learning_rate_schedule != "reduce_on_plateau":
        return None
    stop, fall = settings.early_stopping_patience, settings.plateau_patience
    # The first epoch is always the best so far, and a fall after the last one changes nothing.
    needed = fall + 2
    if settings.epochs < needed:
        return Note(
            "no_time_to_fall",
            "hint",
            "The learning rate cannot fall in so few epochs. Train for more, wait less, or choose "
            "another schedule.",
            f"It waits for {epochs_text(fall)} without a better validation loss, so the earliest "
            f"epoch with a lower rate is epoch {needed}; the run has "
            f"{epochs_text(settings.epochs)}.",
            {"epochs": needed},
            "learning_rate",
        )
    if not 0 < stop <= fall:
        return None
    return Note(
        "early_stopping_first",
        "hint",
        "Training would stop early before the learning rate has fallen. Set early stopping to "
        f"{needed} epochs or more, or to 0, which is off.",
        f"Both wait for a better validation loss: early stopping for {epochs_text(stop)}, the "
        f"fall of the learning rate for {epochs_text(fall)}.",
        {"early_stopping_patience": needed},
        "learning_rate",
    )


def _warms_up_throughout(settings: Hyperparameters) -> Note | None:
    """Notice a warm-up that takes the whole run."""
    if not settings.applies("warmup_epochs") or settings.warmup_epochs < settings.epochs:
        return None
    return Note(
        "warm_up_only",
        "hint",
        "The warm-up takes the whole run, so the schedule after it has no effect. Train for more "
        "epochs, or warm up for fewer.",
        f"The learning rate rises for {settings.warmup_epochs:g} epochs; the run has "
        f"{epochs_text(settings.epochs)}.",
        {"warmup_epochs": settings.epochs / 2},
        "learning_rate",
    )
