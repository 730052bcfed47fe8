"""Records of training for tests: what a test does not name has a value that fits the step."""

import json

from core.runs import (
    DrawingRecord,
    EpochRecord,
    LayerRecord,
    LayersRecord,
    Metrics,
    Results,
    StepRecord,
)

EVEN = (0.1,) * 10


def _position(step, values):
    defaults = {"epoch": step / 1000, "images": 128 * step, "seconds": step / 10}
    return {"step": step, **defaults, **values}


def step_record(step=1, **values):
    """Return the record of a step that learned a little."""
    own = {"loss": 1.0, "accuracy": 0.5, "learning_rate": 0.01}
    return StepRecord(**_position(step, own | values))


def epoch_record(epoch=1, **values):
    """Return the record of an epoch of a thousand steps."""
    own = {"loss": 1.0, "accuracy": 0.5, "val_loss": 0.8, "val_accuracy": 0.7}
    return EpochRecord(**_position(1000 * epoch, {"epoch": epoch, **own, **values}))


def drawing_record(step=1, probabilities=EVEN, **values):
    """Return the record of a drawing's classification."""
    return DrawingRecord(**_position(step, values), probabilities=probabilities)


def layers_record(step=1, layers=(), **values):
    """Return the record of layers, each a LayerRecord or a dictionary of its fields."""
    typed = [layer if isinstance(layer, LayerRecord) else LayerRecord(**layer) for layer in layers]
    return LayersRecord(**_position(step, values), layers=tuple(typed))


def results_record(**values):
    """Return the results of a completed run."""
    own = {"best_epoch": 1, "val_loss": 0.1, "val_accuracy": 0.9}
    return Results(**own | {"seconds": 10.0, "images_per_second": 1000.0} | values)


def metrics_of(*records):
    """Return the metrics of a run that has written these records."""
    return Metrics(records)


def edit_record(run, **changes):
    """Change a run's run.json as somebody with an editor would."""
    path = run.directory / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
