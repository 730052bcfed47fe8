"""A run's curves as a table that any program reads."""

import csv
import io

from core.runs import EpochRecord, LearningRateRecord, Metrics, StepRecord

_COLUMNS = (
    "kind",
    "step",
    "epoch",
    "images",
    "seconds",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
)


def metrics_csv(metrics: Metrics) -> str:
    """Return the steps, epochs and changes of the learning rate of a run as CSV, one in each line.

    The columns are called as in `core.runs.metrics`; what a kind does not have is empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for record in metrics.records:
        if isinstance(record, (StepRecord, EpochRecord, LearningRateRecord)):
            writer.writerow(record.model_dump())
    return text.getvalue()
