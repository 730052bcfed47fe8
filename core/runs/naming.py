"""What runs are called that nobody named, and how those with the same name are told apart."""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo

from core.hyperparameters import (
    FIELDS,
    PRESET_LABELS,
    PRESETS,
    Hyperparameters,
    choice_label,
    epochs_text,
)
from core.runs.record import MAX_NAME_LENGTH, RunRecord

# More would not be read in a table.
_MAX_DETAILS = 2
# How a value is said that its field's title does not precede.
_PHRASES = {
    "hidden_units": "{} neurons",
    "filters": "{} filters",
    "lstm_units": "{} units",
    "epochs": "{}",
    "optimizer": "{}",
    "activation": "{}",
    "loss": "{}",
}


def automatic_name(
    hyperparameters: Hyperparameters, created: datetime, *, timezone: str | None = None
) -> str:
    """Return a name that says what a run is and when it was created.

    Args:
        hyperparameters: its settings. Those of a preset are named after it, others after the
            architecture and what first differs from the defaults.
        created: when it was created, with a time zone.
        timezone: where the reader is, such as "Europe/Berlin"; without it, where the server is.
    """
    time = f"{local_time(created, timezone=timezone):%H:%M}"
    preset = next((name for name, values in PRESETS.items() if values == hyperparameters), None)
    if preset:
        return f"{PRESET_LABELS[preset]}, {time}"
    name = choice_label("architecture", hyperparameters.architecture)
    for detail in islice(_details(hyperparameters), _MAX_DETAILS):
        longer = f"{name}, {detail}"
        if len(f"{longer}, {time}") <= MAX_NAME_LENGTH:
            name = longer
    return f"{name}, {time}"


def new_id(created: datetime) -> str:
    """Return an id that sorts by time, to the microsecond."""
    return f"{created:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"


def local_time(moment: datetime, *, timezone: str | None = None) -> datetime:
    """Return a moment as the reader's clock shows it; `timezone` is as for `automatic_name`."""
    return moment.astimezone(_zone(timezone))


def distinct_names(records: Sequence[RunRecord], *, timezone: str | None = None) -> dict[str, str]:
    """Return for each run's id a name that no other of these runs has.

    Where several have the same, the time is added, and the id where that is the same too.
    """
    names = {record.id: record.name for record in records}
    local = {r.id: local_time(r.created, timezone=timezone) for r in records}
    times = {run_id: f"{time:%d %b %H:%M:%S}" for run_id, time in local.items()}
    for details in (times, {record.id: record.id for record in records}):
        counts = Counter(names.values())
        names |= {
            record.id: f"{record.name} ({details[record.id]})"
            for record in records
            if counts[names[record.id]] > 1
        }
    return names


def _details(hyperparameters: Hyperparameters) -> Iterator[str]:
    """Yield what has an effect and differs from its default, the network's size first."""
    for name, field in FIELDS.items():
        value = getattr(hyperparameters, name)
        if name == "architecture" or value == field.default or not hyperparameters.applies(name):
            continue
        title = str(field.title)
        title = title if title[:2].isupper() else title[:1].lower() + title[1:]
        if isinstance(value, bool):
            yield title if value else f"no {title}"
            continue
        if isinstance(value, tuple):
            said = "-".join(map(str, value))
        elif isinstance(value, str):
            said = choice_label(name, value)
        elif name == "epochs":
            said = epochs_text(value)
        else:
            said = f"{value:g}" if isinstance(value, float) else str(value)
        yield _PHRASES.get(name, f"{title} {{}}").format(said)


def _zone(name: str | None) -> tzinfo | None:
    """Return the time zone that a browser named; None, the server's own, where it is unknown."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None
