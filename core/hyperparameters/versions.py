"""The defaults of earlier versions, so that a link keeps its meaning when a default changes.

A link holds only what differs from the defaults, and the version of those. To change a default,
append its old value to `EARLIER_DEFAULTS`: the version counts up by itself.
"""

from typing import Any

# For each version but the present one, from the first: the values of the defaults that the next
# version changed or added, such as {"epochs": 3}.
EARLIER_DEFAULTS: tuple[dict[str, Any], ...] = ()


def defaults_version() -> int:
    """Return the version of the present defaults, from 1."""
    return len(EARLIER_DEFAULTS) + 1


def changed_defaults(version: int) -> dict[str, Any]:
    """Return the defaults of a version, from 1, that are others today, as they were then."""
    changed: dict[str, Any] = {}
    for values in reversed(EARLIER_DEFAULTS[version - 1 :]):
        changed |= values
    return changed
