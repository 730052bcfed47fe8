"""The settings of a run as a person reads them."""

from core.hyperparameters import Hyperparameters, choice_label
from core.runs import Run, RunRecord

NONE = "–"


def setting_text(run: Run, record: RunRecord, name: str) -> str:
    """Return what a run has for field `name`; a dash where that has no effect."""
    settings = record.hyperparameters
    if settings is None or not settings.applies(name):
        return NONE
    if name == "epochs":
        return f"{record.num_epochs:,}"
    if name == "learning_rate":
        return learning_rate_text(run, settings)
    value = getattr(settings, name)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    return choice_label(name, value)


def learning_rate_text(run: Run, settings: Hyperparameters) -> str:
    """Return the learning rate of a run, the last one with a mark where somebody changed it."""
    changed = run.control().learning_rate
    return f"{settings.learning_rate:g}" if changed is None else f"{changed:g} (changed)"
