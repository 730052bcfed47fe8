"""The figures of a network's inside show what its records say, and damaged records stop nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import drawing_records, layer_figure, layer_records, reading_figure


def _reading(epoch, probabilities, step=1):
    return {"kind": "drawing", "epoch": epoch, "step": step, "probabilities": probabilities}


def _layers(epoch, **dead):
    layers = [
        {"name": name, "gradient_norm": 0.5, "update_ratio": 1e-3, "dead_share": share}
        for name, share in dead.items()
    ]
    return {"kind": "layers", "epoch": epoch, "layers": layers}


_EVEN = [0.1] * 10
_SURE = [0.0] * 7 + [1.0, 0.0, 0.0]


def test_a_reading_is_ten_areas_one_upon_the_other():
    figure = reading_figure([_reading(0.5, _EVEN), _reading(1.0, _SURE)], num_epochs=3)
    assert [trace.name for trace in figure.data] == [str(digit) for digit in range(10)]
    assert {trace.stackgroup for trace in figure.data} == {"all"}
    assert len({trace.line.color for trace in figure.data}) == 10
    for digit, trace in enumerate(figure.data):
        assert list(trace.x) == [0.5, 1.0]
        assert list(trace.y) == [0.1, _SURE[digit]]
    assert figure.layout.xaxis.range == (0, 3)
    assert figure.layout.yaxis.range == (0, 1)
    assert not figure.layout.shapes


def test_the_moment_that_is_shown_is_marked():
    figure = reading_figure([_reading(0.5, _EVEN)], num_epochs=3, at=0.5)
    (line,) = figure.layout.shapes
    assert line.x0 == line.x1 == 0.5


def test_without_readings_there_is_an_empty_figure():
    assert reading_figure([], num_epochs=3).to_json()


def test_a_long_run_s_readings_are_thinned_and_keep_their_ends():
    records = [_reading(n / 1000, _EVEN) for n in range(1, 5001)]
    trace = reading_figure(records, num_epochs=5).data[0]
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


def test_records_of_other_kinds_and_damaged_ones_are_left_out():
    good, layers = _reading(0.5, _EVEN), _layers(0.5, first=0.1)
    damaged = [
        _reading(0.5, _EVEN[:9]),
        _reading(0.5, [None] * 10),
        _reading(0.5, None),
        _reading(None, _EVEN),
        _reading(0.5, _EVEN, step=None),
        _reading(0.5, [float("nan")] * 10),
        {"kind": "layers", "epoch": 0.5, "layers": ["first"]},
        {"kind": "layers", "epoch": "soon", "layers": []},
        {"kind": "layers", "epoch": 0.5},
        {"kind": "step", "epoch": 0.5},
    ]
    metrics = [*damaged, good, layers]
    assert drawing_records(metrics) == [good]
    assert layer_records(metrics) == [layers]


_any = st.recursive(
    st.none() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "gradient_norm", "dead_share"]), inner)
    ),
    max_leaves=8,
)
_records = st.fixed_dictionaries(
    {"kind": st.sampled_from(["drawing", "layers", "step"])},
    optional={
        "epoch": _any,
        "step": _any,
        "probabilities": _any | st.lists(st.floats() | st.integers(), min_size=10, max_size=10),
        "layers": _any,
    },
)


@given(st.lists(_records, max_size=5), st.sampled_from(["gradient_norm", "dead_share"]))
def test_no_damaged_record_stops_the_page(metrics, measure):
    assert layer_figure(metrics, measure, num_epochs=2).to_json()
    records = drawing_records(metrics)
    assert reading_figure(records, num_epochs=2).to_json()
    assert all(np.isfinite(record["probabilities"]).all() for record in records)
