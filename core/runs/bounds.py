"""What a value in a run's files may be: ranges that honest values always satisfy.

The files may come from anywhere, and a page computes with every number in them: a count of 10**30
does not fit a table, a date in the year 1 no time zone. Knows no field by name.
"""

import math
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from core.typed_text import clean_text

MAX_NAME_LENGTH = 60
MAX_EPOCHS = 10**6
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# So deep and so large are the settings of no version.
_MAX_DEPTH, _MAX_VALUES = 6, 500
# Beyond it, JavaScript and a column of floats lose digits.
_MAX_INTEGER = 2**53


def _text(most: int) -> Any:
    """Return a validator that makes a text one that can be shown; it is cut and never refused."""
    return AfterValidator(lambda text: clean_text(text, most=most))


def _sane(moment: datetime) -> datetime:
    """Return a moment in UTC; one that no clock shows is refused."""
    if not _EARLIEST <= moment <= _LATEST:
        raise PydanticCustomError("moment", "a date from 1970 to 2200 was expected")
    return moment.astimezone(UTC)


def _plain(values: Any) -> Any:
    """Return a JSON value that is small and shallow and has no number that is out of range."""
    level, seen = [values], 0
    for _ in range(_MAX_DEPTH):
        seen += len(level)
        if seen > _MAX_VALUES or not all(map(_is_plain, level)):
            raise PydanticCustomError("too_large", "it holds too much")
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise PydanticCustomError("too_deep", "it is nested too deeply")
    return values


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= 1000
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or abs(value) <= _MAX_INTEGER


def _finite(value: Any) -> Any:
    """Return None for NaN and infinity, which JSON does not have."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


# A bound larger than any number that training writes, and small enough to be multiplied.
Number = Annotated[float, Field(ge=0, lt=1e300, allow_inf_nan=False)]
# None stands for a value that there is not, or that is NaN or infinite.
Measured = Annotated[Number | None, BeforeValidator(_finite)]
# A mean of probabilities in float32 may be a little above 1.
Share = Annotated[float, Field(ge=0, le=1 + 1e-5, allow_inf_nan=False)]
MeasuredShare = Annotated[Share | None, BeforeValidator(_finite)]
Count = Annotated[int, Field(ge=0, le=_MAX_INTEGER)]
Epochs = Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
# Epochs so far, a fraction within an epoch.
Position = Annotated[float, Field(ge=0, le=MAX_EPOCHS, allow_inf_nan=False)]
# Three hundred years.
Seconds = Annotated[float, Field(ge=0, le=1e10, allow_inf_nan=False)]
LearningRate = Annotated[float, Field(gt=0, lt=1e300, allow_inf_nan=False)]
Moment = Annotated[AwareDatetime, AfterValidator(_sane)]
Name = Annotated[str, _text(MAX_NAME_LENGTH)]
ShortText = Annotated[str, _text(200)]
LongText = Annotated[str, _text(1000)]
# Nobody reads it, and it is compared whole.
Key = Annotated[str, Field(max_length=512)]
OtherSettings = Annotated[dict[str, Any], BeforeValidator(_plain)]
