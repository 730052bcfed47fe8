"""Which hyperparameters a search varies, and between what bounds; checked as a form would."""

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.hyperparameters import FIELDS, Hyperparameters, bounds, extra, to_text

MAX_CHOICES = 10
# Narrower than what the form allows, most of which learns nothing.
_USUAL: dict[str, tuple[float, float]] = {
    "learning_rate": (1e-4, 0.1),
    "batch_size": (16, 512),
    "epochs": (1, 10),
    "dense_units": (16, 512),
    "dropout": (0.0, 0.6),
    "weight_decay": (1e-4, 0.1),
    "label_smoothing": (0.0, 0.2),
    "weight_averaging": (0.0, 0.999),
    "gradient_clipping": (0.0, 5.0),
    "rotation": (0.0, 20.0),
    "shift": (0.0, 3.0),
}
_Text = Annotated[str, Field(max_length=100)]


class Dimension(BaseModel):
    """One hyperparameter that a search varies: a range of numbers, or a list of values.

    Attributes:
        field: its name.
        low: the smallest number of a range.
        high: its largest number.
        log: whether each factor of it is as likely as any other, not each difference.
        choices: the values, as a person would type them; empty where there is a range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    field: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: Annotated[tuple[_Text, ...], Field(max_length=MAX_CHOICES)] = ()

    @model_validator(mode="after")
    def _check(self) -> "Dimension":
        """Refuse what no run could be trained with."""
        if self.field not in searchable():
            raise PydanticCustomError("unknown", "it cannot be searched")
        values: tuple[Any, ...] = self.choices
        if not self.choices:
            if self.low is None or self.high is None or not self.low < self.high:
                raise PydanticCustomError("order", "the lower bound must be below the upper one")
            if self.log and self.low <= 0:
                raise PydanticCustomError("log", "a logarithmic range must begin above 0")
            values = (self.low, self.high)
        for value in values:
            Hyperparameters.model_validate({self.field: self.value(value)})
        return self

    @property
    def is_integer(self) -> bool:
        """Tell whether the range has whole numbers only."""
        return FIELDS[self.field].annotation is int

    def value(self, value: Any) -> Any:
        """Return a value of the range, or of the choices, as `Hyperparameters` takes it."""
        if self.choices:
            return value
        if self.is_integer:
            return int(value)
        # Three digits, as a person would choose.
        rounded = float(f"{value:.3g}")
        return min(max(rounded, self.low or rounded), self.high or rounded)


def searchable() -> tuple[str, ...]:
    """Return the names of the hyperparameters that a search may vary.

    Not those that decide which images validate, since validation chooses among the runs, nor what
    changes no result.
    """
    return tuple(name for name in FIELDS if extra(name)["group"] not in ("Data", "Computation"))


def is_range(name: str) -> bool:
    """Tell whether a hyperparameter is a number between bounds, and not a choice or a list."""
    return FIELDS[name].annotation in (int, float)


def choices_of(name: str) -> tuple[str, ...]:
    """Return the values of a choice as texts; none where it is typed."""
    annotation: Any = FIELDS[name].annotation
    if annotation is bool:
        return ("False", "True")
    return tuple(map(to_text, get_args(annotation))) if get_origin(annotation) is Literal else ()


def dimension_of(name: str) -> Dimension:
    """Return what to search of a hyperparameter unless somebody says otherwise."""
    if not is_range(name):
        texts = choices_of(name) or (to_text(FIELDS[name].default),)
        return Dimension(field=name, choices=texts[:MAX_CHOICES])
    low, high = _USUAL.get(name) or bounds(name)
    # What spans a power of ten is a matter of factors.
    is_log = low > 0 and high / low >= 10
    return Dimension(field=name, low=low, high=high, log=is_log)
