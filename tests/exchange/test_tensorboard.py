"""TensorBoard's own reader finds the curves of a run in what is exported."""

import io
import zipfile

import pytest
import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event

from core.exchange import export_tensorboard
from core.runs import LearningRateRecord
from tests.records import drawing_record, epoch_record, metrics_of, step_record


def _read(content, folder):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
        names = archive.namelist()
    curves = {}
    for name in names:
        found = curves.setdefault(name.split("/")[0], {})
        for raw in tf.data.TFRecordDataset(str(folder / name)).as_numpy_iterator():
            event = Event.FromString(raw)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append(
                    (event.step, event.wall_time, value.simple_value)
                )
    return curves


def test_every_curve_is_there_with_its_steps_and_seconds(tmp_path):
    change = LearningRateRecord(
        step=2, epoch=0.5, images=2, seconds=0.2, before=0.01, learning_rate=0.5
    )
    metrics = metrics_of(
        step_record(1, loss=2.0),
        step_record(2, loss=None),
        change,
        drawing_record(2),
        epoch_record(1),
    )
    curves = _read(export_tensorboard({"a run": metrics}), tmp_path)["1 a run"]
    assert curves["loss/training"] == [(1, pytest.approx(0.1), 2.0)]
    assert [value for *_, value in curves["learning_rate"]] == pytest.approx([0.01, 0.01, 0.5])
    assert curves["accuracy/validation"] == [(1000, pytest.approx(100.0), pytest.approx(0.7))]
    assert set(curves) == {
        *("loss/training", "accuracy/training", "learning_rate"),
        *("loss/validation", "accuracy/validation"),
    }


def test_no_name_leads_out_of_the_folder_and_the_same_name_twice_are_two_runs(tmp_path):
    metrics = metrics_of(step_record(1))
    names = ["../../up", "/etc", "a/b", "a\\b", "", "..", "con\n"]
    curves = _read(export_tensorboard(dict.fromkeys(names, metrics)), tmp_path)
    assert len(curves) == len(names)
    assert all(path.resolve().is_relative_to(tmp_path) for path in tmp_path.rglob("*"))
    assert len(list(tmp_path.iterdir())) == len(names)
