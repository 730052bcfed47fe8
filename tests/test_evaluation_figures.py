"""The figures of an evaluation show what was measured, and say so in words."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.charts import (
    answered_figure,
    confusion_figure,
    reliability_figure,
    robustness_figure,
    writers_figure,
)
from core.charts.layout import TRAINING_COLOR, VALIDATION_COLOR
from core.evaluation import (
    AnsweredCurve,
    LevelAccuracy,
    ReliabilityBin,
    answered_curve,
    at_threshold,
    reliability,
)

_MARKUP = "<b>x</b> & <a href='http://y'>z</a>"
_BINS = (
    ReliabilityBin(0.4, 0.5, 100, 0.45, 0.3, (0.2, 0.4)),
    ReliabilityBin(0.9, 1.0, 900, 0.97, 0.95, (0.93, 0.965)),
)
_LEVELS = (
    LevelAccuracy(-20, 0.9, (0.88, 0.92)),
    LevelAccuracy(0, 0.99, (0.98, 0.995)),
    LevelAccuracy(20, 0.7, (0.67, 0.73)),
)
_CURVE = AnsweredCurve(
    threshold=np.array([0.3, 0.5, 0.8, 0.99]),
    share=np.array([1.0, 0.98, 0.9, 0.5]),
    accuracy=np.array([0.95, 0.96, 0.999, 1.0]),
)


def _confusion():
    counts = np.diag(np.full(10, 976))
    counts[4, 9] = 6
    counts[4, 4] = 974
    counts[4, 7] = 2
    counts[0, 6] = 1
    return counts


def _writer(writer, accuracy, count=50):
    interval = (max(0, accuracy - 0.1), min(1, accuracy + 0.1))
    return SimpleNamespace(writer=writer, count=count, accuracy=accuracy, interval=interval)


def _rows_of_text(trace):
    return {
        (true, read): text
        for true, row in enumerate(trace.text)
        for read, text in enumerate(row)
        if text
    }


def test_every_cell_with_images_shows_its_count_and_the_others_nothing():
    right, wrong, _ = confusion_figure(_confusion()).data
    assert _rows_of_text(right) == {(d, d): "974" if d == 4 else "976" for d in range(10)}
    assert _rows_of_text(wrong) == {(4, 9): "6", (4, 7): "2", (0, 6): "1"}
    for trace in (right, wrong):
        assert {tuple(cell) for cell in np.argwhere(np.isfinite(trace.z))} == set(
            _rows_of_text(trace)
        )


def test_one_mistake_of_a_thousand_is_seen_beside_the_diagonal_and_more_are_stronger():
    right, wrong, _ = confusion_figure(_confusion()).data
    strength = (np.array(wrong.z, float) - wrong.zmin) / (wrong.zmax - wrong.zmin)
    assert 0.05 < strength[0, 6] < strength[4, 7] < strength[4, 9] < 1
    assert right.colorscale != wrong.colorscale


def test_a_point_on_each_cell_says_what_a_click_selects():
    *_, points = confusion_figure(_confusion()).data
    cells = [(true, read) for true in range(10) for read in range(10)]
    assert [tuple(cell) for cell in points.customdata] == cells
    assert list(zip(points.y, points.x, strict=True)) == cells
    said = dict(zip(cells, points.hovertext, strict=True))
    assert said[4, 9] == "4 read as 9: 6 of 982 (0.61 %)"
    assert said[4, 4] == "4 read as 4: 974 of 982 (99.19 %)"
    assert said[9, 4] == "9 read as 4: 0 of 976 (0.00 %)"
    # Plotly fades what is not selected; what is invisible stays so.
    opacities = (points.marker, points.selected.marker, points.unselected.marker)
    assert [marker.opacity for marker in opacities] == [0, 0, 0]


def test_the_matrix_is_read_from_the_top_and_its_selected_cell_is_outlined():
    figure = confusion_figure(_confusion(), (4, 9))
    top, bottom = figure.layout.yaxis.range[1], figure.layout.yaxis.range[0]
    assert top < bottom  # 0 is above 9
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert list(axis.ticktext) == [str(digit) for digit in range(10)]
        assert axis.fixedrange and axis.title.text
    (outline,) = figure.layout.shapes
    assert (outline.x0, outline.x1, outline.y0, outline.y1) == (8.5, 9.5, 3.5, 4.5)
    assert not confusion_figure(_confusion()).layout.shapes


def test_a_digit_that_is_not_there_has_an_empty_row():
    counts = _confusion()
    counts[3] = 0
    *_, points = confusion_figure(counts).data
    assert points.hovertext[39] == "3 read as 9: 0 of 0"
    assert confusion_figure(np.zeros((10, 10), int)).to_json()


def test_reliability_shows_both_calibrations_beside_the_ideal():
    ideal, before, after = reliability_figure(_BINS, _BINS[1:]).data
    assert (ideal.x, ideal.y) == ((0, 1), (0, 1))
    assert before.x == (0.45, 0.97) and before.y == (0.3, 0.95)
    assert before.error_y.array == pytest.approx((0.1, 0.015))
    assert before.error_y.arrayminus == pytest.approx((0.1, 0.02))
    assert before.marker.size[0] < before.marker.size[1]
    assert before.hovertext[1] == (
        "Confidence 97.0 %, before calibration:<br>"
        "95.0 % of 900 correct (95 % interval 93.0 to 96.5 %)"
    )
    assert after.marker.color == TRAINING_COLOR != before.marker.color


def test_a_model_without_calibration_has_one_set_of_bins():
    assert [trace.name for trace in reliability_figure(_BINS).data] == ["ideal", "model"]
    assert reliability_figure(()).to_json()


def test_the_answered_curve_is_shown_with_its_present_threshold():
    line, mark = answered_figure({"run": _CURVE}, {"run": (0.98, 0.96)}).data
    np.testing.assert_array_equal(line.x, _CURVE.share)
    np.testing.assert_array_equal(line.y, _CURVE.accuracy)
    np.testing.assert_array_equal(line.customdata, _CURVE.threshold)
    assert (mark.x, mark.y) == ((0.98,), (0.96,))
    assert mark.marker.color == line.line.color


def test_the_axis_of_the_answered_begins_where_hardly_an_error_is_left():
    layout = answered_figure({"run": _CURVE}).layout
    assert 0.85 < layout.xaxis.range[0] < 0.9 and 1 < layout.xaxis.range[1] < 1.05
    assert 0.9 < layout.yaxis.range[0] < 0.95  # the lowest accuracy, with room
    perfect = answered_figure({"run": answered_curve(np.eye(10), np.arange(10))})
    assert perfect.layout.xaxis.range[0] < 1
    assert perfect.layout.yaxis.range[0] < 1
    assert perfect.data[0].mode == "markers"
    hopeless = answered_figure({"run": answered_curve(np.eye(10), np.arange(10)[::-1])})
    assert hopeless.layout.yaxis.range[0] < 0


def test_a_threshold_that_answers_nothing_has_no_mark():
    probabilities = np.full((3, 10), 0.1)
    curve = answered_curve(probabilities, np.zeros(3, int))
    mark = at_threshold(probabilities, np.zeros(3, int), 0.9)
    assert len(answered_figure({"run": curve}, {"run": mark}).data) == 1
    assert answered_figure({}).to_json()


def test_robustness_is_a_line_for_each_of_two_models():
    figure = robustness_figure("Rotation (degrees)", {"a": _LEVELS, "b": _LEVELS[:2]}, neutral=0)
    one, other = figure.data
    assert one.x == (-20, 0, 20) and one.y == (0.9, 0.99, 0.7)
    assert one.error_y.arrayminus[2] == pytest.approx(0.03)
    assert one.customdata[2] == [0.67, 0.73]
    assert [one.line.color, other.line.color] == [TRAINING_COLOR, VALIDATION_COLOR]
    low, high = figure.layout.yaxis.range
    assert low <= 0 and high >= 1
    assert figure.layout.xaxis.title.text == "Rotation (degrees)"
    assert figure.layout.shapes[0].x0 == 0
    assert figure.layout.showlegend
    assert not robustness_figure("Blur (pixels)", {"a": _LEVELS}).layout.showlegend


def test_writers_stand_from_worst_to_best_beside_the_overall_accuracy():
    rows = [_writer("good", 0.9), _writer("bad", 0.5, count=20), _writer("best", 1.0)]
    figure = writers_figure(rows, overall=0.8)
    (dots,) = figure.data
    assert figure.layout.yaxis.ticktext == ("bad", "good", "best")
    assert dots.x == (0.5, 0.9, 1.0)
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first is at the top
    assert dots.hovertext[0] == "bad: 50.0 % of 20 correct (95 % interval 40.0 to 60.0 %)"
    assert figure.layout.shapes[0].x0 == 0.8
    assert figure.layout.xaxis.range[0] < 0.4
    taller = writers_figure([*rows, _writer("more", 0.7)], overall=0.8)
    assert taller.layout.height > figure.layout.height
    assert writers_figure([], overall=0.8).to_json()


def test_writers_of_names_that_look_alike_have_a_row_each():
    rows = [_writer("A" * 40 + "B" * 40, 0.5), _writer("A" * 40 + "C" + "B" * 40, 0.6)]
    (dots,) = writers_figure(rows, overall=0.5).data
    assert len(set(dots.y)) == 2


def test_names_are_shown_as_they_were_typed():
    figures = [
        answered_figure({_MARKUP: _CURVE}, {_MARKUP: (0.98, 0.96)}),
        robustness_figure("Blur (pixels)", {_MARKUP: _LEVELS}),
        writers_figure([_writer(_MARKUP, 0.5)], overall=0.5),
    ]
    for figure in figures:
        text = figure.to_json().replace("\\u003c", "<").replace("<extra>", "").replace("<br>", "")
        assert "<b>" not in text and "<a " not in text
        assert "&lt;b&gt;" in text.replace("\\u0026", "&")


def test_every_axis_has_a_title_and_stays_where_it_is():
    figures = [
        confusion_figure(_confusion()),
        reliability_figure(_BINS),
        answered_figure({"run": _CURVE}),
        robustness_figure("Blur (pixels)", {"run": _LEVELS}),
        writers_figure([_writer("a", 0.5)], overall=0.5),
    ]
    for figure in figures:
        assert figure.layout.height
        assert figure.layout.title.text is None
        for axis in (figure.layout.xaxis, figure.layout.yaxis):
            assert axis.title.text and axis.fixedrange


def test_what_is_measured_fits_the_figures():
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(10), 300)
    labels = random.integers(0, 10, 300)
    bins = reliability(probabilities, labels)
    assert sum(map(len, (trace.x for trace in reliability_figure(bins).data[1:]))) == len(bins)
