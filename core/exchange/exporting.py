"""Write a run, or a part of it, into one file: what of it leaves the app, and in which format."""

from pathlib import Path
from typing import Literal

import numpy as np

from core.data import as_floats, load_embedded
from core.exchange.conversion import convert
from core.exchange.formats import FORMATS, Format
from core.exchange.metrics_table import metrics_csv
from core.exchange.run_archive import write_run_archive
from core.exchange.script import training_script
from core.runs import Run
from core.settings import PRETRAINED

Export = Format | Literal["script", "metrics", "run"]
_NUM_EXAMPLES = 200


def export_run(run: Run | None, format: Export, path: Path | str) -> None:
    """Write what somebody wants of a run into a file; blocking.

    Args:
        run: which; None is the shipped model, of which there is a network only.
        format: one of `FORMATS` for its network; "script" for a program that trains it, "metrics"
            for its curves as CSV, "run" for a zip that another installation imports.
        path: of the file, which is replaced.

    Raises:
        ValueError: there is no such thing of this run.
        Exception: whatever a converter raises.
    """
    path = Path(path)
    if format in FORMATS:
        source = run.model_path if run else PRETRAINED
        examples = _representative_images() if format == "litert_int8" else None
        convert(source, format, path, examples=examples)
    elif run is None:
        raise ValueError("The shipped model is a network only: it has no run.")
    elif format == "script":
        path.write_text(training_script(run.read()), encoding="utf-8")
    elif format == "metrics":
        path.write_text(metrics_csv(run.metrics()), encoding="utf-8")
    else:
        write_run_archive(run, path)


def _representative_images() -> np.ndarray:
    """Return the images by which numbers of 8 bits are divided, float32 `(200, 28, 28)`.

    Of MNIST's training images, whichever data a run had: no model is tested on those.
    """
    return as_floats(load_embedded().x_train[:_NUM_EXAMPLES])
