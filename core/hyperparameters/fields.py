"""What the groups of hyperparameters share: types of values, and a field's form metadata.

Knows no hyperparameter by name; the groups beside this file declare them.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class FieldGroup(BaseModel):
    """Hyperparameters that belong together; immutable, valid by construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _split_commas(value: object) -> object:
    """Turn "128, 64", as a person types it, into a list that Pydantic validates."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _to_number(value: object) -> object:
    """Turn "3", as a link has it, into the number that a choice of numbers compares with."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


# Before a `Literal` of numbers.
CHOICE_OF_NUMBERS = BeforeValidator(_to_number)

LayerSizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=1024)], ...],
    BeforeValidator(_split_commas),
    Field(min_length=1, max_length=5),
]


def form_metadata(
    group: str,
    *,
    advanced: bool = False,
    when: Mapping[str, tuple[Any, ...]] | None = None,
    **widget: Any,
) -> dict[str, Any]:
    """Describe how the form shows a field, and when.

    Args:
        group: the tab of the form that holds the field.
        advanced: whether the form shows it only in the tab's folded part.
        when: other fields, each with the choices with which this one has an effect; all of them
            must be met, and those fields must have an effect themselves.
        **widget: `step` and `format` of the number's widget.
    """
    return {"group": group, "advanced": advanced, "applies_to": dict(when or {}), **widget}


def to_text(value: object) -> str:
    """Write a value as a person would type it: `(128, 64)` becomes "128, 64"."""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(item) for item in value)
    return str(value)
