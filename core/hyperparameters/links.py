"""Settings that come from outside, by an address or an old file, and what is wrong with them."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.hyperparameters.combined import FIELDS, Hyperparameters

# The old name of each setting that was renamed, and its name now; a name is never used again.
RENAMED: dict[str, str] = {}


def explain_errors(error: ValidationError) -> list[str]:
    """Turn a validation error into one sentence per problem, with the value that was received."""
    return [_explain(problem) for problem in error.errors()]


def from_query(query: Mapping[str, str]) -> tuple[Hyperparameters, list[str]]:
    """Read settings from the parameters of an address.

    Args:
        query: names and values as they stand in the address; unknown names are ignored, since
            other parts of the app may use the address too.

    Returns:
        The settings, with the default where a value is missing or invalid, and one sentence for
        each value that was refused.
    """
    given = {name: value for name, value in query.items() if name in FIELDS}
    sentences: list[str] = []
    while True:
        try:
            return Hyperparameters.model_validate(given), sentences
        except ValidationError as error:
            # Values that are valid alone may not go together, which is seen in a second look.
            for problem in error.errors():
                names = _names(problem)
                ending = "The default is used." if len(names) == 1 else "The defaults are used."
                sentences.append(f"{_explain(problem)} {ending}")
                for name in names:
                    given.pop(name, None)


def upgrade_record(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give settings of another version's `run.json` the names and the meaning they have now.

    Fields that it lacks get defaults that change nothing. Batch normalisation had no effect on an
    mlp, whose form hid a switch that may have been left on.

    Returns:
        The settings that this version knows, and the others.
    """
    renamed = {RENAMED.get(name, name): value for name, value in values.items()}
    if "loss" not in values and renamed.get("architecture") == "mlp":
        renamed.pop("batch_normalization", None)
    known = {name: value for name, value in renamed.items() if name in FIELDS}
    return known, {name: value for name, value in renamed.items() if name not in FIELDS}


def _explain(problem: ErrorDetails) -> str:
    if not problem["loc"]:
        return f"{problem['msg']}."
    name = str(problem["loc"][0])
    label = FIELDS[name].title if name in FIELDS else name
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return f"{label}: {message}, but received {problem.get('input')!r}."


def _names(problem: ErrorDetails) -> tuple[Any, ...]:
    """Return the fields that a problem is about: one, or those that do not go together."""
    return problem["loc"][:1] or problem["ctx"]["fields"]
