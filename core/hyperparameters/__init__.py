"""Hyperparameters: every choice that a training run depends on, declared once with its default.

The form, the bounds, the error messages, `run.json` and the link in the address bar all come from
these fields. Does not know how a widget looks or how a network is built.
"""

from core.hyperparameters.combined import (
    FIELDS,
    Hyperparameters,
    applies_to,
    choice_label,
    extra,
    is_applicable,
)
from core.hyperparameters.data import AUGMENTATION
from core.hyperparameters.fields import to_text
from core.hyperparameters.links import explain_errors, from_query, upgrade_record
from core.hyperparameters.presets import LESSONS, PRESET_LABELS, PRESET_NOTES, PRESETS
