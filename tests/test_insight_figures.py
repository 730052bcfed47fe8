"""The figures of a network's inside show what its records say."""

import pytest

from core.charts import drawing_figure, layer_figure
from tests.records import drawing_record, layers_record


def _drawing(epoch, probabilities):
    return drawing_record(epoch=epoch, probabilities=probabilities)


def _layers(epoch, **dead):
    layers = [
        {"name": name, "gradient_norm": 0.5, "update_ratio": 1e-3, "dead_share": share}
        for name, share in dead.items()
    ]
    return layers_record(epoch=epoch, layers=layers)


_EVEN = (0.1,) * 10
_SURE = (0.0,) * 7 + (1.0, 0.0, 0.0)


def test_a_drawing_s_probabilities_are_ten_stacked_areas():
    figure = drawing_figure([_drawing(0.5, _EVEN), _drawing(1.0, _SURE)], num_epochs=3)
    assert [trace.name for trace in figure.data] == [str(digit) for digit in range(10)]
    assert {trace.stackgroup for trace in figure.data} == {"all"}
    assert len({trace.line.color for trace in figure.data}) == 10
    for digit, trace in enumerate(figure.data):
        assert list(trace.x) == [0.5, 1.0]
        assert list(trace.y) == [0.1, _SURE[digit]]
    assert figure.layout.xaxis.range[0] == 0
    assert 1.0 < figure.layout.xaxis.range[1] < 1.1
    assert figure.layout.yaxis.range == (0, 1)
    assert not figure.layout.shapes


def test_the_moment_that_is_shown_is_marked():
    figure = drawing_figure([_drawing(0.5, _EVEN)], num_epochs=3, at=0.5)
    (line,) = figure.layout.shapes
    assert line.x0 == line.x1 == 0.5


def test_without_records_there_is_an_empty_figure():
    assert drawing_figure([], num_epochs=3).to_json()


def test_a_long_run_s_drawing_is_downsampled_and_keep_their_ends():
    records = [_drawing(n / 1000, _EVEN) for n in range(1, 5001)]
    trace = drawing_figure(records, num_epochs=5).data[0]
    assert len(trace.x) <= 1000
    assert (trace.x[0], trace.x[-1]) == (0.001, 5.0)


@pytest.mark.parametrize("measure", ["gradient_norm", "update_ratio", "dead_share"])
def test_every_layer_that_has_the_measure_has_a_line(measure):
    metrics = [_layers(n / 2, first=0.25, last=None) for n in range(3)]
    figure = layer_figure(metrics, measure, num_epochs=2)
    names = [trace.name for trace in figure.data]
    assert names == (["first"] if measure == "dead_share" else ["first", "last"])
    assert list(figure.data[0].x) == [0.0, 0.5, 1.0]
    wanted = {"gradient_norm": 0.5, "update_ratio": 1e-3, "dead_share": 0.25}[measure]
    assert list(figure.data[0].y) == [wanted] * 3
    assert figure.layout.yaxis.title.text and figure.layout.xaxis.title.text
    assert figure.layout.yaxis.type == (None if measure == "dead_share" else "log")


def test_a_single_look_can_be_seen():
    (trace,) = layer_figure([_layers(0.5, one=0.1)], "dead_share", num_epochs=1).data
    assert trace.mode == "markers"
