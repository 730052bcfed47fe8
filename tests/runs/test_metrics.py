"""Metrics are typed, validated once, and what is damaged is left out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import Hyperparameters
from core.runs import LearningRateRecord, Metrics, Run
from core.runs.metrics import parse_record
from tests.record_curves import CURVES
from tests.records import drawing_record, epoch_record, layers_record, metrics_of, step_record

_POSITION = {"step": 1, "epoch": 0.5, "images": 128, "seconds": 0.25}
_CHANGE = LearningRateRecord(**_POSITION, before=0.1, learning_rate=0.01, changes=2)
_LAYER = {"name": "Dense 1", "gradient_norm": 0.5, "update_ratio": 1e-3, "dead_share": 0.25}
_ONE_OF_EACH = (
    step_record(1),
    layers_record(1, layers=[_LAYER, {"name": "Dense 2"}]),
    epoch_record(1),
    _CHANGE,
    drawing_record(2),
)


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


def test_records_come_back_in_their_order_and_by_kind(run):
    assert not run.metrics()
    for record in _ONE_OF_EACH:
        run.append_metrics(record)
    metrics = run.metrics()
    assert metrics == Metrics(_ONE_OF_EACH)
    assert len(metrics) == 5
    step, layers, epoch, change, drawing = _ONE_OF_EACH
    assert (metrics.steps, metrics.layers, metrics.epochs) == ((step,), (layers,), (epoch,))
    assert (metrics.learning_rates, metrics.drawings) == ((change,), (drawing,))


def test_a_line_is_a_record_s_kind_its_position_and_its_own_fields(run):
    run.append_metrics(_CHANGE)
    (line,) = (run.directory / "metrics.jsonl").read_text().splitlines()
    values = {"kind": "learning_rate", **_POSITION, "before": 0.1, "learning_rate": 0.01}
    assert line == json.dumps({**values, "changes": 2})


def test_every_record_of_earlier_versions_is_read_as_it_was_written():
    for path in CURVES.glob("*.jsonl"):
        for line in path.read_bytes().splitlines()[1:]:
            record = parse_record(line)
            assert record is not None, (path.name, line)
            assert record.model_dump(mode="json").items() >= json.loads(line).items()


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_loss_that_is_not_a_number_is_none(wrong):
    assert step_record(loss=wrong, accuracy=wrong).loss is None
    with pytest.raises(ValidationError):
        epoch_record(val_loss=wrong)


_MISSING = object()


@pytest.mark.parametrize("record", _ONE_OF_EACH, ids=lambda record: record.kind)
@pytest.mark.parametrize("wrong", [_MISSING, "much", True, -1, 1e300, [1], {}, float("inf")])
def test_a_record_with_a_damaged_field_is_left_out(record, wrong):
    optional = {"changes"} if wrong is _MISSING else {"loss", "accuracy"}  # null is NaN there
    values = record.model_dump(mode="json")
    for field in (
        values.keys() - {"kind"} - (optional if wrong in (_MISSING, float("inf")) else set())
    ):
        damaged = {key: value for key, value in values.items() if key != field}
        if wrong is not _MISSING:
            damaged[field] = wrong
        assert parse_record(json.dumps(damaged).encode()) is None, (field, damaged)


def test_a_line_cut_off_by_a_crash_is_left_out(run):
    run.append_metrics(step_record(1))
    with (run.directory / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "step", "ste')
    assert run.metrics() == metrics_of(step_record(1))


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"[1]", b"null", b"9" * 5000])))
def test_no_damage_ends_in_an_exception(tmp_path_factory, lines):
    run = Run(tmp_path_factory.getbasetemp() / "metrics")
    run.directory.mkdir(exist_ok=True)
    good = step_record(1).model_dump_json().encode()
    (run.directory / "metrics.jsonl").write_bytes(b"\n".join([*lines, good, b""]))
    assert run.metrics().records[-1] == step_record(1)


def test_records_that_are_dropped_are_gone_for_good(run):
    for step in range(6):
        run.append_metrics(step_record(step, loss=step / 3))
    run.keep_metrics(lambda record: record.step % 2 == 0)
    assert [(r.step, r.loss) for r in run.metrics().steps] == [(s, s / 3) for s in (0, 2, 4)]
    assert [(r.step, r.loss) for r in Run(run.directory).metrics().steps] == [
        (s, s / 3) for s in (0, 2, 4)
    ]
    run.keep_metrics(lambda record: False)
    assert not run.metrics()


def test_what_is_computed_of_records_is_computed_further_and_not_anew():
    seen = []

    def add(total, more):
        seen.extend(record.step for record in more)
        return total + len(more)

    metrics = metrics_of(*(step_record(step) for step in range(3)))
    assert metrics.folded("count", 0, add) == metrics.folded("count", 0, add) == 3
    longer = metrics.extended([step_record(3), layers_record(4)])
    assert (longer.folded("count", 0, add), metrics.folded("count", 0, add)) == (5, 3)
    assert seen == [0, 1, 2, 3, 4]
    assert [record.step for record in longer.steps] == [0, 1, 2, 3]
    assert [record.step for record in longer.layers] == [4]
    assert longer == metrics_of(*longer.records)
