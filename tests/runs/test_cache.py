"""What did not change is not read again, and no change is missed."""

import os
import threading

import pytest

from core.hyperparameters import Hyperparameters
from core.runs import Metrics, Run, RunRecord, RunStore, cache, estimate_starts, files
from tests.records import epoch_record, metrics_of, step_record


@pytest.fixture
def parses(monkeypatch):
    """What is parsed: "record" or "line", in order."""
    parsed = []
    validate, parse = RunRecord.model_validate_json, cache.parse_record

    def parse_line(line):
        parsed.extend(["line"] if line else [])
        return parse(line)

    monkeypatch.setattr(
        RunRecord,
        "model_validate_json",
        lambda content: parsed.append("record") or validate(content),
    )
    monkeypatch.setattr(cache, "parse_record", parse_line)
    return parsed


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


def _age(run):
    """Let the files of a run be older than the file system's clock can be wrong."""
    for path in run.directory.iterdir():
        os.utime(path, (1e9, 1e9))


def _write(run, *records):
    for record in records:
        run.append_metrics(record)


def test_an_unchanged_store_is_not_read_again_whoever_asks(store, parses):
    runs = [store.create(Hyperparameters(seed=seed)) for seed in range(5)]
    for run in runs:
        _age(run)
    look = store.look()
    assert parses == ["record"] * 5
    for _ in range(3):
        assert [run.id for run in store.queued()] == [run.id for run in runs]
        assert len(estimate_starts(store, None)) == 5
        assert store.get(runs[0].id).read().status == "queued"
        assert store.look() is look
    assert parses == ["record"] * 5


def test_one_changed_run_is_read_and_the_others_are_not(store, parses):
    runs = [store.create(Hyperparameters()) for _ in range(5)]
    for run in runs:
        _age(run)
    store.look()
    Run(runs[2].directory).update(status="completed")  # as another process would
    _age(runs[2])
    parses.clear()
    assert [run.id for run in store.queued()] == [run.id for run in runs if run is not runs[2]]
    store.look()
    assert parses == ["record"]


def test_a_change_at_once_after_a_look_is_seen_although_the_clock_stood_still(run):
    other = Run(run.directory)
    for number in range(200):
        run.update(name=f"{number:03}")
        assert other.read().name == f"{number:03}"
        other.request_learning_rate((number + 1) / 256)
        assert run.control().learning_rate == (number + 1) / 256


def test_only_new_lines_of_metrics_are_parsed(run, parses):
    _write(run, step_record(1), step_record(2))
    before = run.metrics()
    _write(run, step_record(3))
    assert run.metrics() == metrics_of(step_record(1), step_record(2), step_record(3))
    assert Run(run.directory).metrics() is run.metrics()
    assert parses == ["line"] * 3
    assert before == metrics_of(step_record(1), step_record(2))


def test_a_line_is_read_once_it_is_complete(run):
    path = run.directory / files.METRICS
    line = step_record(1).model_dump_json().encode() + b"\n"
    for end in range(0, len(line), 7):
        path.write_bytes(line[:end])
        assert run.metrics() == Metrics()
    path.write_bytes(line)
    assert run.metrics() == metrics_of(step_record(1))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_metrics_that_were_begun_anew_are_read_from_their_start(run, count):
    _write(run, *(step_record(step) for step in range(3)))
    assert len(run.metrics()) == 3
    new = [step_record(step, loss=0.25) for step in range(count)]
    (run.directory / files.METRICS).unlink()
    _write(run, *new)
    assert run.metrics() == metrics_of(*new)
    # In place, which this app never does.
    text = "".join(step_record(step, loss=0.5).model_dump_json() + "\n" for step in range(count))
    (run.directory / files.METRICS).write_text(text)
    assert [record.loss for record in run.metrics().steps] == [0.5] * count


def test_records_that_were_dropped_are_not_seen_by_any_reader(run):
    other = Run(run.directory)
    _write(run, *(step_record(step) for step in range(6)))
    assert len(other.metrics()) == 6
    run.keep_metrics(lambda record: record.step < 2)
    _write(run, step_record(2, loss=0.5))
    assert [record.step for record in other.metrics().steps] == [0, 1, 2]


def test_many_threads_see_every_record_once_and_in_order(tmp_path):
    store = RunStore(tmp_path)
    run = store.create(Hyperparameters())
    done, wrong = threading.Event(), []

    def read():
        while not done.is_set():
            steps = [record.step for record in store.get(run.id).metrics().steps]
            if steps != list(range(len(steps))):
                wrong.append(steps)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for step in range(300):
        run.append_metrics(step_record(step))
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert len(run.metrics()) == 300


def test_of_a_long_run_a_part_of_the_steps_is_kept_and_every_epoch(run, monkeypatch):
    monkeypatch.setattr(cache, "_MOST_KEPT", 100)
    for step in range(1, 1001):
        _write(run, step_record(step))
        if step % 100 == 0:
            _write(run, epoch_record(step // 100))
            metrics = run.metrics()
            # A reader that looks once sees as much of the run as one that looks all the time.
            for seen in (metrics, cache.MetricsReader(run.directory / files.METRICS).read()):
                assert len(seen.epochs) == step // 100
                assert 30 <= len(seen) <= 100
                assert step - seen.steps[-1].step < seen.one_in <= 32
                assert not seen.is_cut_off
    run.keep_metrics(lambda record: True)
    assert len((run.directory / files.METRICS).read_text().splitlines()) == 1010


def test_of_a_file_without_end_the_beginning_is_shown_and_the_rest_is_said_to_be_missing(
    run, monkeypatch
):
    monkeypatch.setattr(files, "MOST_METRICS_LINES", 5)
    _write(run, *(step_record(step) for step in range(1, 9)))
    for _ in range(2):
        assert [record.step for record in run.metrics().steps] == [1, 2, 3, 4, 5]
        assert run.metrics().is_cut_off
        _write(run, step_record(9))
