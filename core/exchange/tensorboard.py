"""Write the curves of runs as TensorBoard's event files, in a zip.

On demand and not while a run trains: a run's `metrics.jsonl` is the only truth about its curves,
and an event file could not be cut back where a killed run resumes from an earlier checkpoint.
TensorFlow is imported where it is used.
"""

import io
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.exchange.formats import file_name
from core.runs import EpochRecord, LearningRateRecord, Metrics, Record, StepRecord


def export_tensorboard(runs: Mapping[str, Metrics]) -> bytes:
    """Return a zip with a folder for each run's name, to be unpacked for `tensorboard --logdir`.

    TensorBoard shows the steps of training and validation as they were recorded; its relative time
    is the run's training time.
    """
    content = io.BytesIO()
    with (
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        for number, (name, metrics) in enumerate(runs.items(), 1):
            own = Path(folder) / str(number)
            _write(own, metrics)
            (events,) = own.iterdir()
            # Numbered, since two names may become the same.
            safe = file_name(name)
            archive.write(events, f"{number} {safe}/{events.name}")
    return content.getvalue()


def _write(folder: Path, metrics: Metrics) -> None:
    import tensorflow as tf
    from tensorflow.core.framework.summary_pb2 import Summary
    from tensorflow.core.util.event_pb2 import Event

    folder.mkdir()
    path = folder / "events.out.tfevents.digit-lab"
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(Event(wall_time=0.0, file_version="brain.Event:2").SerializeToString())
        for record in metrics.records:
            for tag, value in _values(record):
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                event = Event(wall_time=record.seconds, step=record.step, summary=summary)
                writer.write(event.SerializeToString())


def _values(record: Record) -> Iterator[tuple[str, float]]:
    if isinstance(record, StepRecord):
        named = {
            "loss/training": record.loss,
            "accuracy/training": record.accuracy,
            "learning_rate": record.learning_rate,
        }
    elif isinstance(record, EpochRecord):
        named = {"loss/validation": record.val_loss, "accuracy/validation": record.val_accuracy}
    elif isinstance(record, LearningRateRecord):
        named = {"learning_rate": record.learning_rate}
    else:
        named = {}
    yield from ((tag, value) for tag, value in named.items() if value is not None)
