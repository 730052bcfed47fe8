"""A drawing becomes a 28 x 28 image, made as MNIST's were; drawings are kept with their digit.

Knows nothing of canvases, pages or networks.
"""

from core.drawing.archive import DrawingArchive
from core.drawing.image_text import image_from_text, image_to_text
from core.drawing.ink import find_ink
from core.drawing.labelled_drawings import (
    MAX_WRITER_LENGTH,
    DrawingLimits,
    DrawingStore,
    LabelledDrawing,
    TooManyDrawings,
)
from core.drawing.pictures import decode_picture
from core.drawing.preprocessing import (
    SIZE,
    DrawnImages,
    collect_drawings,
    naive_shrink,
    preprocess_drawing,
    stages,
)
