"""Offline: how the shipped model is trained, calibrated, measured and described.

`python -m core.pretraining` does it all; nothing that serves a page imports this package.
"""

from core.pretraining.drawings import TEST_WRITERS, by_writers
from core.pretraining.measuring import (
    accuracy,
    measure_drawings,
    read_picture_folder,
    share_refused,
)
