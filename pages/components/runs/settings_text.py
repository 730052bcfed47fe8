"""The settings of a run as a person reads them."""

from core.hyperparameters import FIELDS, Hyperparameters, choice_label
from core.runs import Run, RunRecord

NONE = "–"


def setting_title(name: str) -> str:
    """Return what field `name` is called."""
    return str(FIELDS[name].title)


def setting_place(settings: Hyperparameters | None, name: str) -> float | str:
    """Return where a run stands on an axis of field `name`: a number, or a choice's full name."""
    value = getattr(settings, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else choice_label(name, value)


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
