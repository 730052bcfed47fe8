"""Hyperparameters that come from outside: by a link, or in a file of an earlier version."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core.hyperparameters.combined import FIELDS, Hyperparameters
from core.hyperparameters.explanations import explain_each, shown_value
from core.hyperparameters.versions import changed_defaults, defaults_version

# The old name of each field that was renamed, and its present one; a name is never used again.
RENAMED: dict[str, str] = {}


def from_query(query: Mapping[str, str]) -> tuple[Hyperparameters, list[str]]:
    """Read hyperparameters from the parameters of a link.

    Args:
        query: names and values as they stand in the link; `v` is the version of the defaults, 1
            where it is missing. Unknown names are ignored: the app puts others there too.

    Returns:
        The hyperparameters, each missing one with its default of that version and each invalid one
        with today's, and one sentence for each value that was refused.
    """
    changed, sentences = _defaults_then(query.get("v", "1"))
    given, _ = _split_known({**changed, **query})
    while True:
        try:
            return Hyperparameters.model_validate(given), sentences
        except ValidationError as error:
            # Values that are valid alone may not go together, which is seen in a second look.
            for names, sentence in explain_each(error).items():
                ending = "The default is used." if len(names) == 1 else "The defaults are used."
                sentences.append(f"{sentence} {ending}")
                for name in names:
                    given.pop(name, None)


def _defaults_then(version: str) -> tuple[dict[str, Any], list[str]]:
    """Return the defaults of a link's version that have changed, and what is wrong with it."""
    newest = defaults_version()
    # At most as many digits as the newest has: Python refuses to read thousands of them.
    if version.isdecimal() and len(version) <= len(str(newest)) and 1 <= int(version) <= newest:
        return changed_defaults(int(version)), []
    return {}, [
        f"Version (v): a whole number from 1 to {newest}; received {shown_value(version)}. "
        "Today's defaults are used for what the link leaves out."
    ]


def upgrade_record(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give hyperparameters of another version's `run.json` their present names and meaning.

    Fields that it lacks get defaults that change nothing. Batch normalisation had no effect on an
    mlp in the first version, whose form hid a switch that may have been left on.

    Returns:
        The hyperparameters that this version knows, and the others.
    """
    known, unknown = _split_known(values)
    if "loss" not in known and known.get("architecture") == "mlp":
        known["batch_normalization"] = False
    return known, unknown


def _split_known(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values that have a field, under its present name, and the others."""
    renamed = {RENAMED.get(name, name): value for name, value in values.items()}
    known = {name: value for name, value in renamed.items() if name in FIELDS}
    return known, {name: value for name, value in renamed.items() if name not in FIELDS}
