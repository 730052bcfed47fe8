"""Why this server would not start a run: the limits that its owner set. Starts nothing."""

from pathlib import Path

from core.hyperparameters import Hyperparameters
from core.network_size import network_size
from core.runs import Look, RunStore, free_bytes
from core.settings import ServerSettings

_BYTES = 4  # of a float32
_MEGABYTE = 10**6
# The weights, their gradients, two numbers that Adam keeps of each, their average, the best so far.
_COPIES_OF_WEIGHTS = 6
# Measured on a CPU: a step takes 1.0 to 2.1 times what the outputs of all layers take, because the
# gradients of some are there at the same time.
_COPIES_OF_ACTIVATIONS = 2


def refuse_settings(settings: ServerSettings, hyperparameters: Hyperparameters) -> str | None:
    """Return why no run with these hyperparameters may be started here; None where it may."""
    if hyperparameters.epochs > settings.max_epochs:
        return (
            f"This server trains at most {settings.max_epochs:,} epochs; "
            f"these settings ask for {hyperparameters.epochs:,}. Lower the epochs."
        )
    return refuse_size(settings, hyperparameters)


def refuse_size(settings: ServerSettings, hyperparameters: Hyperparameters) -> str | None:
    """Return why this machine should not train such a network; None where it may.

    Nothing is built to find out: what is refused would take the memory that it is refused for.
    """
    size = network_size(hyperparameters)
    if size.num_parameters > settings.max_parameters:
        return (
            f"This server trains networks of at most {settings.max_parameters:,} parameters; "
            f"this one has {size.num_parameters:,}. Choose fewer or smaller layers."
        )
    weights = _BYTES * _COPIES_OF_WEIGHTS * size.num_parameters
    each_image = _BYTES * _COPIES_OF_ACTIVATIONS * size.activations_per_image
    most = settings.max_megabytes * _MEGABYTE
    needed = weights + hyperparameters.batch_size * each_image
    if needed <= most:
        return None
    fitting = (most - weights) // each_image
    advice = (
        f"Lower the batch size to {fitting:,}, or choose" if fitting > 0 else "Choose"
    ) + " fewer or smaller layers."
    return (
        f"Training this network on {hyperparameters.batch_size:,} images at a time would need "
        f"about {-(-needed // _MEGABYTE):,} MB of memory; this server allows "
        f"{settings.max_megabytes:,} MB. {advice}"
    )


def refuse_start(settings: ServerSettings, store: RunStore, *, owner: str | None) -> str | None:
    """Return why this browser may not start one more run now; None where it may."""
    keeping = refuse_keeping(settings, store, owner=owner)
    return keeping or refuse_waiting(settings, store, owner=owner)


def refuse_keeping(settings: ServerSettings, store: RunStore, *, owner: str | None) -> str | None:
    """Return why this server may not keep one more run of `owner`; None where it may."""
    look = store.look()
    if len(look.records) >= settings.max_runs:
        return (
            f"This server keeps at most {settings.max_runs:,} runs. "
            "Delete some on the Runs page first."
        )
    quota = _refuse_quota(settings, store, look, owner)
    return quota or refuse_disk(settings, store.root)


def refuse_waiting(settings: ServerSettings, store: RunStore, *, owner: str | None) -> str | None:
    """Return why one more run of `owner` may not be put into the queue now; None where it may."""
    look = store.look()
    waiting = sum(look.records[run].owner == owner for run in look.queued)
    if waiting >= settings.max_waiting:
        noun = "run" if waiting == 1 else "runs"
        return (
            f"You have {waiting} {noun} waiting, as many as one person may have here. "
            "Wait until one has started, or cancel one."
        )
    return None


def refuse_disk(settings: ServerSettings, directory: Path) -> str | None:
    """Return why no run may write below `directory` now: too little is free; None where it may."""
    free = free_bytes(directory)
    if free is None or free >= settings.min_free_disk * _MEGABYTE:
        return None
    return (
        f"The server's disk has {free // _MEGABYTE:,} MB left, and {settings.min_free_disk:,} MB "
        "have to stay free. Delete some runs on the Runs page first."
    )


def _refuse_quota(
    settings: ServerSettings, store: RunStore, look: Look, owner: str | None
) -> str | None:
    """Return why this person, or this server, has too much on disk for one more run."""
    sizes = store.sizes(look)
    own = sum(size for run, size in sizes.items() if look.records[run].owner == owner)
    if own >= settings.max_disk_per_person * _MEGABYTE:
        return (
            f"Your runs take {own // _MEGABYTE:,} MB of the server's disk, and each person's "
            f"may take {settings.max_disk_per_person:,} MB. Delete some on the Runs page first."
        )
    total = sum(sizes.values())
    if total >= settings.max_disk * _MEGABYTE:
        return (
            f"All runs together take {total // _MEGABYTE:,} MB of the server's disk, and may take "
            f"{settings.max_disk:,} MB. Delete some on the Runs page first."
        )
    return None


def epochs_left(settings: ServerSettings, *, num_epochs: int) -> int:
    """Return how many epochs may be added to a run that has `num_epochs`."""
    return max(0, settings.max_epochs - num_epochs)
