"""Packages that an explanation needs and that may not be installed: imported when first used."""

import importlib
from typing import Any

from core.explanation.network import NotExplained


def import_optional(module: str, *, package: str, title: str) -> Any:
    """Import a module of a package that may be missing; takes seconds at first.

    Args:
        module: such as `lime.lime_image`.
        package: what pip calls it.
        title: what it is needed for, as the sentence for the user begins.

    Raises:
        NotExplained: it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise NotExplained(
            f"{title} needs the package {package}: install it with "
            f"`.venv/bin/pip install {package}` and start the server again."
        ) from None
