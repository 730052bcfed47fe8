"""Why this server would not start a run: the limits that its owner set. Starts nothing."""

from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from core.settings import ServerSettings


def refuse_settings(
    settings: ServerSettings, hyperparameters: Hyperparameters, *, num_parameters: int
) -> str | None:
    """Return why no run with these hyperparameters may be started here; None where it may."""
    if hyperparameters.epochs > settings.max_epochs:
        return (
            f"This server trains at most {settings.max_epochs:,} epochs; "
            f"these settings ask for {hyperparameters.epochs:,}."
        )
    if num_parameters > settings.max_parameters:
        return (
            f"This server trains networks of at most {settings.max_parameters:,} parameters; "
            f"this one has {num_parameters:,}. Choose fewer or smaller layers."
        )
    return None


def refuse_start(settings: ServerSettings, store: RunStore, *, owner: str) -> str | None:
    """Return why this browser may not start one more run now; None where it may."""
    runs = store.list()
    if len(runs) >= settings.max_runs:
        return (
            f"This server keeps at most {settings.max_runs:,} runs. "
            "Delete some on the Runs page first."
        )
    waiting = sum(run.recorded().owner == owner for run in store.queued())
    if waiting >= settings.max_waiting:
        noun = "run" if waiting == 1 else "runs"
        return (
            f"You have {waiting} {noun} waiting, as many as one browser may have here. "
            "Wait until one has started, or cancel one."
        )
    return None


def epochs_left(settings: ServerSettings, *, num_epochs: int) -> int:
    """Return how many epochs may be added to a run that has `num_epochs`."""
    return max(0, settings.max_epochs - num_epochs)
