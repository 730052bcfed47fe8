"""What was measured with the shipped model when it was made, from the card beside it."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from core.settings import PRETRAINED


@cache
def shipped_card() -> Mapping[str, Any]:
    """Return the figures of `models/pretrained/card.json`; none where it cannot be read."""
    try:
        card: Mapping[str, Any] = json.loads(PRETRAINED.with_name("card.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return card
