"""The figures show what the numbers say."""

import math

import numpy as np
import pytest

from core.charts import curve_figure, drawing_figure, layer_figure, schedule_figure
from core.charts import probability_figure as bars
from core.charts.layout import TRAINING_COLOR, VALIDATION_COLOR
from core.runs import LearningRateRecord
from tests.records import drawing_record, epoch_record, layers_record, metrics_of, step_record

_STEPS = (
    step_record(epoch=0.5, loss=2.0, accuracy=0.4),
    step_record(epoch=1.0, loss=0.8, accuracy=0.7),
)
_EPOCH = epoch_record(1, loss=1.4, accuracy=0.5, val_loss=0.9, val_accuracy=0.75)
_CHANGE = LearningRateRecord(
    step=1, epoch=1.5, images=1, seconds=1.0, before=0.01, learning_rate=0.002
)
_METRICS = metrics_of(*_STEPS, _EPOCH)


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
    traces = _traces(curve_figure(_METRICS, measure, num_epochs=3))
    assert list(traces["training"].x) == [0.5, 1.0]
    assert list(traces["training"].y) == [getattr(record, measure) for record in _STEPS]
    assert list(traces["validation"].x) == [1]
    assert list(traces["validation"].y) == [getattr(_EPOCH, f"val_{measure}")]
    assert traces["training"].line.color == TRAINING_COLOR
    assert traces["validation"].line.color == VALIDATION_COLOR


def test_axes_stay_where_they_are_while_a_run_goes_on():
    for measure in ("loss", "accuracy"):
        earlier, later = (
            curve_figure(
                metrics_of(*_STEPS, _EPOCH, step_record(epoch=at, loss=0.7, accuracy=0.7)),
                measure,
                num_epochs=60,
            ).layout
            for at in (1.1, 1.4)
        )
        assert earlier.xaxis.range == later.xaxis.range
        assert earlier.yaxis.range == later.yaxis.range
        assert earlier.uirevision == later.uirevision


@pytest.mark.parametrize("seen", [0.003, 0.4, 1.0, 7.3, 12.0, 59.9, 60.0])
def test_the_data_fill_most_of_the_time_axis_whatever_is_to_come(seen):
    metrics = metrics_of(step_record(epoch=seen), drawing_record(epoch=seen))
    figures = [curve_figure(metrics, m, num_epochs=60) for m in ("loss", "accuracy")]
    figures.append(drawing_figure(metrics.drawings, num_epochs=60))
    figures.append(layer_figure([layers_record(epoch=seen)], "dead_share", num_epochs=60))
    for figure in figures:
        begin, end = figure.layout.xaxis.range
        assert begin == 0
        assert 0.6 * end < seen < end
        still = f" ({math.ceil(seen)} of 60)" if seen < 60 else ""
        assert figure.layout.xaxis.title.text == f"Epoch{still}"


def test_what_came_of_a_run_fills_the_axes_and_not_how_it_began():
    quick = metrics_of(
        step_record(epoch=0.01, loss=2.4, accuracy=0.1),
        *(
            step_record(epoch=e, loss=0.2 / e, accuracy=1 - 0.04 / e)
            for e in np.linspace(0.5, 60, 240)
        ),
        *(epoch_record(e, val_loss=0.3 / e, val_accuracy=1 - 0.05 / e) for e in range(1, 61)),
    )
    accuracy = curve_figure(quick, "accuracy", num_epochs=60).layout.yaxis
    assert 0.9 < accuracy.range[0] < 1 < accuracy.range[1]
    loss = curve_figure(quick, "loss", num_epochs=60).layout.yaxis
    assert loss.type == "log"
    low, high = 10 ** np.array(loss.range)
    # Both ends of the curve are seen, and each decade has its share of the height.
    assert 0.5 * 0.2 / 60 < low <= 0.2 / 60
    assert 2.4 < high < 5


@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_the_whole_range_is_there_on_demand(measure):
    shown = curve_figure(_METRICS, measure, num_epochs=3)
    whole = curve_figure(_METRICS, measure, num_epochs=3, whole_range=True)
    low, high = whole.layout.yaxis.range
    assert whole.layout.yaxis.type != "log"
    assert low == 0 and high > max(_STEPS[0].loss if measure == "loss" else 1.0, 1.0)
    # What was zoomed into on the one scale is not kept on the other.
    assert shown.layout.uirevision != whole.layout.uirevision


def test_every_axis_has_a_title():
    figures = [bars(None), schedule_figure(np.arange(2), np.ones(2), num_epochs=2)]
    figures += [
        curve_figure(metrics_of(), measure, num_epochs=1) for measure in ("loss", "accuracy")
    ]
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


@pytest.mark.parametrize("whole_range", [False, True])
@pytest.mark.parametrize("highest", [0.0, 1e-30, 0.003, 0.3, 2.3, 7.0, 123.0, 1e25, 1e299])
def test_the_loss_axis_has_room_for_every_value(highest, whole_range):
    metrics = metrics_of(step_record(loss=highest), step_record(2, loss=None, accuracy=None))
    figure = curve_figure(metrics, "loss", num_epochs=1, whole_range=whole_range)
    axis, (drawn,) = figure.layout.yaxis, _traces(figure)["training"].y
    low, high = axis.range
    place = drawn if whole_range else math.log10(drawn)
    assert low <= place + 1e-9 and place <= high + 1e-9
    assert math.isfinite(low) and math.isfinite(high) and low < high
    assert _traces(figure)["training"].customdata == (highest,)
    if not whole_range:
        assert 2 <= len(axis.tickvals) <= 12
        assert all(low - 0.01 <= math.log10(tick) <= high + 0.01 for tick in axis.tickvals)


@pytest.mark.parametrize("lowest", [0.0, 1e-30, 1e-6])
def test_memorised_images_do_not_squeeze_the_validation_loss_and_stand_at_the_edge(lowest):
    metrics = metrics_of(
        step_record(loss=2.3), step_record(2, loss=lowest), epoch_record(1, val_loss=0.3)
    )
    figure = curve_figure(metrics, "loss", num_epochs=1)
    assert 10 ** figure.layout.yaxis.range[0] == pytest.approx(0.003)
    drawn = _traces(figure)["training"]
    assert drawn.y == (2.3, pytest.approx(0.003))
    assert drawn.customdata == (2.3, lowest)


def test_a_long_run_is_downsampled_but_keeps_its_ends():
    metrics = metrics_of(*(step_record(epoch=i / 1000) for i in range(1, 20_001)))
    training = _traces(curve_figure(metrics, "loss", num_epochs=20))["training"]
    assert len(training.x) <= 1000
    assert (training.x[0], training.x[-1]) == (0.001, 20.0)


@pytest.mark.parametrize("whole_range", [False, True])
@pytest.mark.parametrize("measure", ["loss", "accuracy"])
def test_a_changed_learning_rate_is_marked_on_the_training_curve(measure, whole_range):
    change = _CHANGE.model_copy(update={"epoch": 0.75})
    figure = curve_figure(
        metrics_of(*_STEPS, change), measure, num_epochs=3, whole_range=whole_range
    )
    mark = _traces(figure)["learning rate changed"]
    first, second = (getattr(record, measure) for record in _STEPS)
    straight = (first + second) / 2
    assert mark.x == (0.75,)
    on_log = measure == "loss" and not whole_range
    assert mark.y[0] == pytest.approx(math.sqrt(first * second) if on_log else straight)
    assert mark.customdata == ("0.01 → 0.002",)
    (line,), (note,) = figure.layout.shapes, figure.layout.annotations
    assert line.x0 == line.x1 == note.x == 0.75
    assert note.text == "0.01 → 0.002"
    assert not curve_figure(_METRICS, measure, num_epochs=3).layout.shapes


def test_labels_of_changes_that_would_cover_each_other_are_left_to_hover():
    changes = [
        LearningRateRecord(
            step=n, epoch=epoch, images=n, seconds=n, before=0.01 * n, learning_rate=0.02 * n
        )
        for n, epoch in enumerate((0.2, 0.25, 0.3, 0.9), start=1)
    ]
    figure = curve_figure(metrics_of(*_STEPS, *changes), "loss", num_epochs=1)
    assert [note.x for note in figure.layout.annotations] == [0.2, 0.9]
    assert len(_traces(figure)["learning rate changed"].customdata) == 4


def test_a_loss_that_stopped_being_a_number_has_no_point():
    metrics = metrics_of(*_STEPS, step_record(epoch=1.5, loss=None, accuracy=None))
    for measure in ("loss", "accuracy"):
        training = _traces(curve_figure(metrics, measure, num_epochs=2))["training"]
        assert list(training.x) == [0.5, 1.0]
