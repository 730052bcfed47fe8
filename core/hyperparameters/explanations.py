"""What is wrong with hyperparameters from outside: one sentence for each, in a person's words.

The words come from the fields, not from the errors of Pydantic, which speak of Python.
"""

from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.hyperparameters.combined import FIELDS
from core.hyperparameters.fields import to_text

_LONGEST_SHOWN = 40  # characters


def explain_errors(error: ValidationError) -> list[str]:
    """Turn a validation error into sentences: one for each field, or for fields that clash."""
    return [*explain_each(error).values()]


def explain_each(error: ValidationError) -> dict[tuple[str, ...], str]:
    """Return a sentence for each field that is wrong, or for those that do not go together."""
    sentences: dict[tuple[str, ...], str] = {}
    for problem in error.errors():
        sentences.setdefault(_names(problem), _explain(problem))
    return sentences


def explain_value(name: str, value: object) -> str:
    """Say what field `name` takes, and that it was given this."""
    if name not in FIELDS:
        return f"{_shortened(name)}: there is no such setting."
    return f"{FIELDS[name].title}: {_expected(name)}; received {shown_value(value)}."


def shown_value(value: object) -> str:
    """Write any value so that a person can recognise it, in few letters."""
    match value:
        case None | "" | [] | ():
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return f"'{_shortened(value)}'"
        case int() if abs(value) >= 10**_LONGEST_SHOWN:  # Python refuses to write some of them
            return f"a number of more than {_LONGEST_SHOWN} digits"
        case int() | float():
            return "a value that is not a number" if value != value else str(value)
        case list() | tuple():
            return _shortened(", ".join(map(_shown_inside, value[:_LONGEST_SHOWN])))
        case _:
            return "something else"


def _shown_inside(value: object) -> str:
    """Write what a list holds; a list in a list, which no setting is, is not looked into."""
    return "a list" if isinstance(value, list | tuple) else shown_value(value)


def _shortened(text: str) -> str:
    text = " ".join(text[: 4 * _LONGEST_SHOWN].split())
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def _explain(problem: ErrorDetails) -> str:
    if problem["loc"]:
        return explain_value(str(problem["loc"][0]), problem.get("input"))
    return f"{problem['msg']}."


def _names(problem: ErrorDetails) -> tuple[str, ...]:
    """Return the fields that a problem is about: one, or those that do not go together."""
    return tuple(map(str, problem["loc"][:1])) or tuple(problem["ctx"]["fields"])


def _expected(name: str) -> str:
    """Say which values a field takes."""
    field = FIELDS[name]
    kind, bounds = field.annotation, {type(bound): bound for bound in field.metadata}
    if kind is bool:
        return "true or false"
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(to_text, get_args(kind)))}"
    if kind in (int, float):
        noun = "a whole number" if kind is int else "a number"
        return f"{noun} from {_number(bounds[Ge].ge)} to {_number(bounds[Le].le)}"
    each = {type(bound): bound for bound in _bounds_of_each(kind)}
    # A field may allow fewer layers than its type.
    most = min(bound.max_length for bound in field.metadata if isinstance(bound, MaxLen))
    return (
        f"whole numbers from {_number(each[Ge].ge)} to {_number(each[Le].le)}, "
        f"separated by commas, at most {most}"
    )


def _bounds_of_each(layers: Any) -> list[Any]:
    """Return the bounds of each number of a field of type `LayerSizes`."""
    annotated, _ = get_args(layers)
    return [*get_args(annotated)[1].metadata]


def _number(bound: float) -> str:
    if isinstance(bound, int):
        return f"{bound:,}"
    return f"{bound:.6f}".rstrip("0").rstrip(".")
