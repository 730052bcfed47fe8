"""What every group of settings is made of: types of values, and a field's place in the form.

Knows no setting by name; the groups beside this file declare them.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class FieldGroup(BaseModel):
    """Settings that belong together; immutable, valid by construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _split_commas(value: object) -> object:
    """Turn "128, 64", as a person types it, into a list that Pydantic validates."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _to_number(value: object) -> object:
    """Turn "3", as an address has it, into the number that a choice of numbers compares with."""
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
    """Describe where a field stands in the form and which choices it belongs to.

    Args:
        group: the heading under which the form shows the field.
        advanced: whether the form folds it away from a beginner.
        when: for each other setting that the field needs, the choices with which it matters; it
            matters when all of them are met and those settings matter themselves.
        **widget: `step` and `format` of the number's widget.
    """
    return {"group": group, "advanced": advanced, "applies_to": dict(when or {}), **widget}


def to_text(value: object) -> str:
    """Write a setting as a person would type it: `(128, 64)` becomes "128, 64"."""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(item) for item in value)
    return str(value)
