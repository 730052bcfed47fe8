"""A drawing becomes a 28 x 28 image, made as MNIST's images were; drawings kept with a label.

Knows nothing of canvases, pages or networks.
"""

from core.drawing.drawn_images import DrawnImages, collect_drawings
from core.drawing.labelled_drawings import DrawingStore, LabelledDrawing
from core.drawing.preprocessing import (
    SIZE,
    find_ink,
    naive_shrink,
    normalise_ink,
    preprocess_drawing,
    reduction,
    remove_specks,
    stages,
)

__all__ = [
    "SIZE",
    "DrawingStore",
    "DrawnImages",
    "LabelledDrawing",
    "collect_drawings",
    "find_ink",
    "naive_shrink",
    "normalise_ink",
    "preprocess_drawing",
    "reduction",
    "remove_specks",
    "stages",
]
