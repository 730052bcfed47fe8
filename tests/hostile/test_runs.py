"""A damaged run folder gives one sentence and takes little memory, and the others are as before."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import numpy as np
import pytest

from core.classifier import Calibration, choose_threshold, load_calibration, save_calibration
from core.coach import advise
from core.hyperparameters import Hyperparameters
from core.runs import (
    Predictions,
    RunStore,
    changes_by_itself,
    distinct_names,
    estimate_duration,
    estimate_starts,
    measure_progress,
    read_state,
)
from tests.hostile.file_cases import file_cases
from tests.hostile.folders import write_cases
from tests.hostile.memory import at_most, resident
from tests.hostile.record_cases import record_cases

CASES = [*record_cases(), *file_cases()]
_NAMES = [case.name for case in CASES]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A folder of runs with every case in it and a sound run."""
    root = tmp_path_factory.mktemp("hostile") / "runs"
    write_cases(root, CASES)
    return RunStore(root)


def listing(folder):
    """Return what is in a folder, links not followed: names, sizes and times of change."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


def look_at(run):
    """Read all of a run, as the pages do; return its record."""
    record, metrics = run.read(), run.metrics()
    assert run.recorded().id == record.id == run.id
    read_state(run, record, position=1)
    changes_by_itself(run, record)
    num_epochs = max(1, record.num_epochs)
    progress = measure_progress(metrics, num_epochs=num_epochs)
    assert 0 <= progress.share <= 1
    advise(record, metrics)
    assert len(metrics.steps) + len(metrics.epochs) <= len(metrics)
    drawing, pictures = run.drawing(), run.first_layer()
    assert drawing is None or (
        drawing.shape == (28, 28) and 0 <= drawing.min() <= drawing.max() <= 1
    )
    assert pictures is None or np.isfinite(pictures).all()
    assert run.film.frames() == []
    assert run.seen_images() is None
    assert run.validation_predictions() is run.test_predictions() is None
    assert load_calibration(run.model_path) is None
    run.control()
    run.model_stamp()
    assert not run.has_checkpoint
    return record


def test_there_are_enough_cases():
    assert len({case.name for case in CASES}) == len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=_NAMES)
def test_a_damaged_run_gives_a_record_or_one_sentence(store, case):
    run, begun = store.get(case.name), time.monotonic()
    with at_most(150, case.name):
        record = look_at(run)
    assert time.monotonic() - begun < 10
    assert (record.status != "unreadable") == case.is_readable, record.error
    if record.status == "unreadable":
        sentence = record.error
        assert sentence.endswith(".") and len(sentence) < 400 and sentence.isprintable()
        assert str(store.root) not in sentence and "Errno" not in sentence
    assert len(record.name) <= 60 and record.name.isprintable()
    # What a table, a calendar and a time zone do with it.
    assert f"{record.created.astimezone():%H:%M}" and record.created < datetime(
        2200, 1, 2, tzinfo=UTC
    )


def test_all_of_them_together_stop_nobody(store):
    with at_most(400, "a look at all runs"):
        assert {run.id for run in store.list()} >= {*_NAMES}
        look = store.look()
        assert store.look() is look
        records = [*look.records.values()]
        assert len({*distinct_names(records, timezone="Pacific/Kiritimati").values()}) == len(
            records
        )
        assert all(run.recorded().status == "queued" for run in store.queued())
        for current in (None, _NAMES[0], "none"):
            assert all(
                seconds is None or seconds < 1e30
                for seconds in estimate_starts(store, current).values()
            )
        estimate = estimate_duration(store, Hyperparameters(), 4500)
        assert 0 < estimate.seconds < 1e30
    sound = [record for record in records if record.name == "A run" and record.id not in _NAMES]
    assert [record.status for record in sound] == ["completed"]


def test_memory_is_back_once_the_damage_has_been_seen(store):
    for run in store.list():  # caches are full, libraries loaded
        look_at(run)
    before = resident()
    for run in store.list():
        look_at(run)
    assert resident() < 1.1 * before


def _asks(run):
    yield run.request_stop
    yield run.request_pause
    yield run.request_resume
    yield lambda: run.request_learning_rate(0.1)
    yield lambda: run.request_more_epochs(1)
    yield lambda: run.rename("Another")
    yield lambda: choose_threshold(run, 0.5)
    yield lambda: run.fail("It failed.")
    yield lambda: run.append_metrics(next(iter(run.metrics().records)))
    yield lambda: run.keep_metrics(lambda record: True)
    yield run.stash_model
    yield run.restore_model
    yield lambda: run.write_drawing(np.zeros((28, 28)))
    yield lambda: run.write_seen_images(np.arange(3))
    yield lambda: run.film.add(3, np.zeros((2, 3, 3)))
    yield lambda: run.film.cut(0)
    yield lambda: run.write_test_predictions(Predictions(np.full((1, 10), 0.1), np.zeros(1)))
    yield lambda: save_calibration(Calibration(), run.model_path)


def test_nothing_is_written_outside_of_the_folder_of_runs(tmp_path):
    store = RunStore(tmp_path / "runs")
    # What a file holds is written elsewhere no more than what another one holds.
    odd = [case for case in CASES if " is " in case.name or "link" in case.name]
    write_cases(store.root, [*odd, *record_cases()[::10]])
    outside = tmp_path / "outside"
    before = listing(outside)
    assert before
    for run in store.list():
        for ask in _asks(run):
            # A folder that cannot be used says so; StopIteration is of metrics that are empty.
            with suppress(OSError, ValueError, StopIteration):
                ask()
        with run.locked_for_training():
            pass
    for run in store.list():
        store.delete(run.id)
    assert listing(outside) == before
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "outside"}
    assert [*store.root.iterdir()] == []
