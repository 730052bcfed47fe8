"""What the groups of hyperparameters share: types of values, and a field's declaration.

Knows no hyperparameter by name; the groups beside this file declare them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

T = TypeVar("T")
LONGEST_TEXT = 100  # characters of a value that is typed or stands in a link


class FieldGroup(BaseModel):
    """Hyperparameters in one tab of the form, named like the class; immutable, always valid."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_long_text(cls, value: Any) -> Any:
        """Refuse a text that nobody means before it is taken apart."""
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise PydanticCustomError("too_long", "longer than any value")
        return value


def _split_commas(value: object) -> object:
    """Turn "128, 64", as a person types it, into a list that Pydantic validates."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _to_number(value: object) -> object:
    """Turn "3", as a link has it, into the number that a choice of numbers compares with."""
    is_number = isinstance(value, str) and value.isascii() and value.strip().isdecimal()
    return int(str(value)) if is_number else value


# Before a `Literal` of numbers.
CHOICE_OF_NUMBERS = BeforeValidator(_to_number)

LayerSizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=1024)], ...],
    BeforeValidator(_split_commas),
    Field(min_length=1, max_length=5),
]


def setting(
    default: T,
    title: str,
    *,
    when: Mapping[str, tuple[Any, ...]] | None = None,
    advanced: bool = False,
    step: float = 1,
    format: str | None = None,
    labels: Mapping[Any, str] | None = None,
    changes_speed: bool = True,
    **bounds: Any,
) -> T:
    """Declare a field of a group; the docstring under it is its description.

    Args:
        default: what it is unless somebody chooses.
        title: its label.
        when: other fields, each with the choices with which this one has an effect; all of them
            must be met, and those fields must have an effect themselves.
        advanced: whether the form shows it only in the tab's folded part.
        step: by how much the number's widget changes it.
        format: how the number's widget writes it.
        labels: the full name of each choice, for people; links and files keep the short ones.
        changes_speed: whether a training step takes longer with one value than with another.
        **bounds: Pydantic's `ge`, `le`, `max_length`.
    """
    form: dict[str, Any] = {
        "applies_to": dict(when or {}),
        "advanced": advanced,
        "step": step,
        "format": format,
        "labels": dict(labels or {}),
        "changes_speed": changes_speed,
    }
    return Field(default, title=title, json_schema_extra=form, **bounds)


def to_text(value: object) -> str:
    """Write a value as a person would type it: `(128, 64)` becomes "128, 64"."""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(item) for item in value)
    return str(value)
