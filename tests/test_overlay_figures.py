"""Figures of several runs show every run's numbers, over what was asked for."""

import numpy as np
import pytest

from core.charts import (
    Axis,
    RunPoint,
    band_figure,
    importance_figure,
    overlay_figure,
    parallel_figure,
    runs_figure,
)
from core.charts.overlay import smoothed
from tests.records import epoch_record, metrics_of, step_record


def _run(*, learning_rate=0.01, accuracies=(0.8, 0.9)):
    records = []
    for epoch, reached in enumerate(accuracies, 1):
        records.append(
            step_record(
                1000 * epoch - 500, epoch=epoch - 0.5, loss=1 / epoch, learning_rate=learning_rate
            )
        )
        records.append(epoch_record(epoch, val_accuracy=reached, val_loss=1 - reached))
    return metrics_of(*records)


@pytest.mark.parametrize("measure", ["loss", "accuracy", "learning_rate"])
@pytest.mark.parametrize("over", ["epoch", "images", "seconds"])
def test_each_run_is_shown_over_what_was_asked_for(measure, over):
    runs = {"a": _run(), "b": _run(learning_rate=0.1)}
    figure = overlay_figure(runs, measure, over=over)
    traces = {trace.name: trace for trace in figure.data}
    for name, metrics in runs.items():
        training = traces[name if measure == "learning_rate" else f"{name}: training"]
        assert list(training.x) == [getattr(step, over) for step in metrics.steps]
        assert list(training.y) == [getattr(step, measure) for step in metrics.steps]
        if measure != "learning_rate":
            validation = traces[f"{name}: validation"]
            assert list(validation.y) == [getattr(e, f"val_{measure}") for e in metrics.epochs]
    assert len({trace.line.color for trace in figure.data}) == 2


def test_more_runs_than_colours_differ_by_dashes():
    figure = overlay_figure({f"run {n}": _run() for n in range(14)}, "loss")
    looks = {(t.line.color, t.line.dash) for t in figure.data if t.name.endswith("training")}
    assert len(looks) == 14


def test_a_logarithmic_axis_is_that_of_losses_and_rates_only():
    for measure, kind in (("loss", "log"), ("learning_rate", "log"), ("accuracy", None)):
        assert overlay_figure({"a": _run()}, measure, is_log=True).layout.yaxis.type == kind


def test_smoothing_keeps_what_is_constant_and_evens_out_the_rest():
    assert smoothed([2.0] * 5, 0.9) == pytest.approx([2.0] * 5)
    noisy = np.random.default_rng(0).normal(1, 0.5, 500)
    even = smoothed(noisy, 0.95)
    assert np.std(even[100:]) < 0.3 * np.std(noisy)
    assert smoothed(noisy, 0.0) == pytest.approx(noisy)


def test_only_training_is_smoothed():
    runs = {"a": _run(accuracies=(0.5, 0.9, 0.6))}
    plain, smooth = (overlay_figure(runs, "loss", smoothing=s) for s in (0.0, 0.9))
    (before, val_before), (after, val_after) = (
        (figure.data[0].y, figure.data[1].y) for figure in (plain, smooth)
    )
    assert list(before) != list(after)
    assert list(val_before) == list(val_after)


def test_a_run_without_records_and_no_run_at_all_are_empty_figures():
    assert not overlay_figure({}, "loss", is_log=True).data
    assert not overlay_figure({"a": metrics_of()}, "accuracy").data
    assert all(len(trace.y or ()) == 0 for trace in band_figure([], "loss").data)


def test_the_band_reaches_from_the_lowest_to_the_highest_of_the_epochs_that_all_have():
    runs = [_run(accuracies=own) for own in ((0.8, 0.9, 0.95), (0.6, 0.95), (0.7, 0.7))]
    high, low, mean = band_figure(runs, "accuracy").data
    assert list(high.y) == pytest.approx([0.8, 0.95])
    assert list(low.y) == pytest.approx([0.6, 0.7])
    assert list(mean.y) == pytest.approx([0.7, 0.85])


def test_parallel_coordinates_have_an_axis_for_each_setting_and_one_for_the_accuracy():
    axes = [
        Axis("Learning rate", [0.001, 0.01, 0.1], log=True),
        Axis("Activation", ["relu", "gelu", "relu"]),
        Axis("Dropout", [0.1, 0.1, 0.1]),
    ]
    (trace,) = parallel_figure(axes, [0.9, 0.95, 0.5]).data
    rate, activation, dropout, accuracy = trace.dimensions
    assert list(rate.values) == pytest.approx([-3, -2, -1])
    assert list(activation.ticktext) == ["gelu", "relu"]
    assert list(activation.values) == [1, 0, 1]
    assert list(dropout.values) == [0.1] * 3
    assert list(accuracy.values) == list(trace.line.color) == [0.9, 0.95, 0.5]


def test_the_most_important_setting_is_on_top():
    (bars,) = importance_figure({"a": 0.2, "b": 0.7, "c": 0.1}).data
    assert list(bars.y) == ["c", "a", "b"]


def test_each_run_is_a_point_with_its_interval_and_its_id():
    points = [
        RunPoint("1", "one", 10.0, 0.9, (0.85, 0.93), "mlp"),
        RunPoint("2", "two", 20.0, 0.8, (0.75, 0.84), "lenet5"),
    ]
    figure = runs_figure(points, title="Training time")
    found = {trace.name: trace for trace in figure.data}
    one = found["mlp"]
    assert list(map(list, one.customdata)) == [["1"]]
    assert one.error_y.array[0] == pytest.approx(0.03)
    assert one.error_y.arrayminus[0] == pytest.approx(0.05)
    assert found["lenet5"].marker.symbol != one.marker.symbol


def test_names_are_shown_as_they_were_typed():
    runs = {"<b>x</b> & <a href='http://y'>z</a>": _run(), "A" * 30 + "1": _run()}
    names = [trace.name for trace in overlay_figure(runs, "loss").data]
    assert names[0].startswith("&lt;b&gt;x&lt;/b&gt; &amp; ")
    assert not any("<" in name for name in names)
    assert names[2].endswith("…AAAAAAAAAAAA1: training")


def test_among_runs_of_which_one_learned_nothing_all_are_seen():
    runs = {"stuck": _run(accuracies=(0.11,) * 3), "good": _run(accuracies=(0.99,) * 3)}
    assert overlay_figure(runs, "accuracy").layout.yaxis.range[0] == 0
