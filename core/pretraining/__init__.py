"""Offline: how the shipped model is trained, calibrated, measured and described.

`python -m core.pretraining` does it all. Nothing that serves a page imports this package.
"""

from core.pretraining.drawn_digits import TEST_WRITERS, by_writers
from core.pretraining.measuring import measure_drawings, read_picture_folder, refusals

__all__ = ["TEST_WRITERS", "by_writers", "measure_drawings", "read_picture_folder", "refusals"]
