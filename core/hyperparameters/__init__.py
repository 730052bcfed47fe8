"""Hyperparameters: every choice that a training run depends on, declared once with its default.

The form, the bounds, the error messages, `run.json` and the link in the address bar all come from
these fields. Does not know how a widget looks or how a network is built.
"""

from core.hyperparameters.combined import (
    FIELDS,
    Hyperparameters,
    applies_to,
    bounds,
    choice_label,
    epochs_text,
    extra,
    is_applicable,
)
from core.hyperparameters.data import AUGMENTATION
from core.hyperparameters.explanations import explain_errors, explain_value
from core.hyperparameters.fields import LONGEST_TEXT, to_text
from core.hyperparameters.links import from_query, upgrade_record
from core.hyperparameters.presets import LESSONS, PRESET_LABELS, PRESET_NOTES, PRESETS
