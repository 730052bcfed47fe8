"""Combine the groups into `Hyperparameters`, and answer what a field says about itself."""

from collections.abc import Mapping
from typing import Any

from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from core.hyperparameters.data import AUGMENTATION, Augmentation, Data
from core.hyperparameters.fields import to_text
from core.hyperparameters.network import Network
from core.hyperparameters.optimization import Computation, Optimization
from core.hyperparameters.versions import defaults_version


# Pydantic lists the fields of the last base first, and the form shows them in that order.
class Hyperparameters(Computation, Augmentation, Data, Optimization, Network):
    """All hyperparameters of one training run; immutable, valid by construction."""

    @property
    def augmentation(self) -> dict[str, float]:
        """Return the augmentations that are switched on, each with its strength."""
        return {name: getattr(self, name) for name in AUGMENTATION if getattr(self, name)}

    @property
    def augments(self) -> bool:
        """Tell whether training images are augmented at all."""
        return bool(self.augmentation)

    def applies(self, name: str) -> bool:
        """Tell whether field `name` has any effect, given the others."""
        return is_applicable(name, {other: getattr(self, other) for other in FIELDS})

    def to_query(self) -> dict[str, str]:
        """Return the parameters of a link: `v`, the version of the defaults, and what differs."""
        differing = {
            name: to_text(value)
            for name, value in self.model_dump().items()
            if value != FIELDS[name].default
        }
        return {"v": str(defaults_version()), **differing}


FIELDS: dict[str, FieldInfo] = Hyperparameters.model_fields
_GROUPS = {
    name: group.__name__
    for group in (Network, Optimization, Data, Augmentation, Computation)
    for name in group.model_fields
}


def extra(name: str) -> dict[str, Any]:
    """Return how the form shows field `name`: group, widget, and what it depends on."""
    described = FIELDS[name].json_schema_extra
    assert isinstance(described, dict)
    return {**described, "group": _GROUPS[name]}


def applies_to(name: str) -> dict[str, tuple[Any, ...]]:
    """Return the fields that `name` depends on, each with the choices that it needs."""
    return dict(extra(name)["applies_to"])


def bounds(name: str) -> tuple[float, float]:
    """Return the lowest and the highest number that field `name` takes.

    Raises:
        ValueError: it is not a number between bounds.
    """
    limits = {type(limit): limit for limit in FIELDS[name].metadata}
    if Ge not in limits or Le not in limits:
        raise ValueError(f"{name} has no bounds")
    return limits[Ge].ge, limits[Le].le


def choice_label(name: str, value: Any) -> str:
    """Return how a person reads a value of field `name`: a choice by its full name."""
    labels = extra(name)["labels"]
    return str(labels[value]) if labels and value in labels else to_text(value)


def epochs_text(count: int) -> str:
    """Return how a person reads a number of epochs."""
    return "1 epoch" if count == 1 else f"{count:,} epochs"


def is_applicable(name: str, values: Mapping[str, Any]) -> bool:
    """Tell whether field `name` has any effect, given all `values`, which need not be valid.

    A field that depends on one without effect has no effect either.
    """
    return all(
        values[other] in choices and is_applicable(other, values)
        for other, choices in applies_to(name).items()
    )
