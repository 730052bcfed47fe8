"""The figures show what the numbers say."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.charts import curve_figure, schedule_figure
from core.charts import probability_figure as bars
from core.charts.layout import RUN_COLORS, TRAINING_COLOR, VALIDATION_COLOR
from core.runs import LearningRateRecord
from tests.records import epoch_record, metrics_of, step_record

_STEPS = (
    step_record(epoch=0.5, loss=2.0, accuracy=0.4),
    step_record(epoch=1.0, loss=0.8, accuracy=0.7),
)
_EPOCH = epoch_record(1, loss=1.4, accuracy=0.5, val_loss=0.9, val_accuracy=0.75)
_CHANGE = LearningRateRecord(
    step=1, epoch=1.5, images=1, seconds=1.0, before=0.01, learning_rate=0.002
)
_METRICS = metrics_of(*_STEPS, _EPOCH)
_CHANGED = metrics_of(*_STEPS, _EPOCH, _CHANGE)


def _traces(figure):
    return {trace.name: trace for trace in figure.data}


def test_ten_bars_show_ten_probabilities_and_point_out_the_answer():
    probabilities = np.array([0, 0.01, 0.02, 0.9, 0, 0, 0.07, 0, 0, 0])
    (bar,) = bars(probabilities).data
    assert list(bar.x) == list(range(10))
    np.testing.assert_array_equal(bar.y, probabilities)
    assert [color == TRAINING_COLOR for color in bar.marker.color] == [d == 3 for d in range(10)]
    assert bar.text[3] == "90%"
    assert bar.text[0] == ""


def test_without_an_answer_the_bars_are_empty_and_the_figure_as_large():
    empty, full = bars(None), bars(np.full(10, 0.1))
    (bar,) = empty.data
    assert not np.any(bar.y)
    assert not any(bar.text)
    assert TRAINING_COLOR not in bar.marker.color
    assert empty.layout.height == full.layout.height
    assert empty.layout.yaxis.range == full.layout.yaxis.range


def test_rounding_never_turns_a_doubt_into_certainty():
    (bar,) = bars(np.array([0.9999] + [0.0001 / 9] * 9)).data
    assert bar.text[0] == ">99%"


@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_training_moves_with_steps_and_validation_with_epochs(measure):
    traces = _traces(curve_figure({"run": _METRICS}, measure, num_epochs=3))
    assert list(traces["training"].x) == [0.5, 1.0]
    assert list(traces["training"].y) == [getattr(record, measure) for record in _STEPS]
    assert list(traces["validation"].x) == [1]
    assert list(traces["validation"].y) == [getattr(_EPOCH, f"val_{measure}")]
    assert traces["training"].line.color == TRAINING_COLOR
    assert traces["validation"].line.color == VALIDATION_COLOR


def test_axes_stay_where_they_are_while_a_run_goes_on():
    for measure in ("loss", "accuracy"):
        early = curve_figure({"run": metrics_of(_STEPS[0])}, measure, num_epochs=5).layout
        late = curve_figure({"run": _METRICS}, measure, num_epochs=5).layout
        assert early.xaxis.range == late.xaxis.range == (0, 5)
        assert early.yaxis.range == late.yaxis.range
        assert early.uirevision == late.uirevision


def test_every_axis_has_a_title():
    figures = [bars(None), schedule_figure(np.arange(2), np.ones(2), num_epochs=2)]
    figures += [curve_figure({}, measure, num_epochs=1) for measure in ("loss", "accuracy")]
    assert all(f.layout.xaxis.title.text and f.layout.yaxis.title.text for f in figures)


def test_a_schedule_is_a_line_over_all_epochs_from_zero_up():
    epochs, rates = np.array([0, 0.5, 1.0]), np.array([0.01, 0.02, 0.001], np.float32)
    figure = schedule_figure(epochs, rates, num_epochs=3)
    (line,) = figure.data
    np.testing.assert_array_equal(line.x, epochs)
    np.testing.assert_array_equal(line.y, rates)
    assert line.line.color == TRAINING_COLOR
    assert figure.layout.xaxis.range == (0, 3)
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert high > 0.02


def test_a_schedule_of_a_single_step_can_be_seen():
    (point,) = schedule_figure(np.zeros(1), np.ones(1), num_epochs=1).data
    assert point.mode == "markers"


def test_several_runs_have_a_colour_each_and_dashed_validation():
    traces = _traces(curve_figure({"a": _METRICS, "b": _METRICS}, "loss", num_epochs=3))
    assert set(traces) == {"a: training", "a: validation", "b: training", "b: validation"}
    assert [traces[f"{name}: training"].line.color for name in "ab"] == list(RUN_COLORS[:2])
    assert traces["a: validation"].line.color == traces["a: training"].line.color
    assert traces["b: validation"].line.dash == "dash"


def test_the_loss_axis_has_room_for_the_highest_value():
    for highest in (0.3, 2.3, 7.0, 123.0, 1e25):
        metrics = metrics_of(step_record(loss=highest))
        _, top = curve_figure({"run": metrics}, "loss", num_epochs=1).layout.yaxis.range
        assert highest < top
        assert math.isfinite(top)


def test_a_long_run_is_downsampled_but_keeps_its_ends():
    metrics = metrics_of(*(step_record(epoch=i / 1000) for i in range(1, 20_001)))
    training = _traces(curve_figure({"run": metrics}, "loss", num_epochs=20))["training"]
    assert len(training.x) <= 1000
    assert (training.x[0], training.x[-1]) == (0.001, 20.0)


@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_a_changed_learning_rate_is_marked_where_it_changed(measure):
    figure = curve_figure({"run": _CHANGED}, measure, num_epochs=3)
    (line,), (note,) = figure.layout.shapes, figure.layout.annotations
    assert line.x0 == line.x1 == note.x == 1.5
    assert note.text == "learning rate 0.01 → 0.002"
    assert not curve_figure({"run": _METRICS}, measure, num_epochs=3).layout.shapes


def test_a_mark_beside_several_runs_has_its_run_s_name_and_colour():
    figure = curve_figure({"a": metrics_of(_CHANGE), "b": _CHANGED}, "loss", num_epochs=3)
    assert [note.text.split(":")[0] for note in figure.layout.annotations] == ["a", "b"]
    assert [line.line.color for line in figure.layout.shapes] == list(RUN_COLORS[:2])


def test_a_loss_that_stopped_being_a_number_has_no_point():
    metrics = metrics_of(*_STEPS, step_record(epoch=1.5, loss=None, accuracy=None))
    for measure in ("loss", "accuracy"):
        training = _traces(curve_figure({"run": metrics}, measure, num_epochs=2))["training"]
        assert list(training.x) == [0.5, 1.0]


def test_a_figure_waits_for_pandas_that_another_thread_is_importing():
    code = """
import sys, threading
import numpy as np
from core.charts import schedule_figure
thread = threading.Thread(target=lambda: __import__("pandas"))
thread.start()
while "pandas" not in sys.modules:
    pass
assert not hasattr(sys.modules["pandas"], "Series")
schedule_figure(np.arange(3), np.arange(3), num_epochs=3)
thread.join()
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=True)
