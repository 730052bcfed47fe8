"""What is asked of a run is done once, soon, and survives resuming."""

import shutil

import numpy as np
import pytest

from core.schedules import learning_rates
from core.training import train
from core.training import trainer as training
from core.training.callbacks import control
from core.training.state import LoopState
from tests.training.steered_runs import (
    STEPS,
    Killed,
    ask,
    assert_no_record_twice,
    constant_rate,
    kill,
    records,
    release,
    resume,
    save,
    steered,
    weights,
)

pytestmark = pytest.mark.usefixtures("without_drawn_digits")


def test_a_changed_learning_rate_is_marked_obeyed_once_and_survives_resuming(
    store, small, at, every_step
):
    run = store.create(constant_rate())
    at(5, ask("request_learning_rate", 0.002))
    at(10, release)
    train(run, small)
    resume(run, small)
    assert run.read().status == "completed"
    (mark,) = records(run, "learning_rate")
    assert (mark.step, mark.learning_rate) == (5, 0.002)
    assert mark.before == pytest.approx(0.01)
    rates = {r.step: r.learning_rate for r in records(run, "step")}
    assert [rates[step] for step in range(1, 31)] == pytest.approx([0.01] * 5 + [0.002] * 25)


def test_a_change_after_the_last_checkpoint_of_a_killed_run_is_obeyed_and_marked_once(
    store, small, at, every_step
):
    run = store.create(constant_rate())
    at(5, save)
    at(5, ask("request_learning_rate", 0.002))
    at(8, kill)
    with pytest.raises(Killed):
        train(run, small)
    resume(run, small)
    (mark,) = records(run, "learning_rate")
    assert mark.step == 5
    rates = [r.learning_rate for r in records(run, "step")]
    assert rates == pytest.approx([0.01] * 5 + [0.002] * 25)


def test_a_schedule_goes_on_from_a_changed_learning_rate(store, small, at, every_step):
    settings = steered(learning_rate_schedule="cosine", learning_rate=0.01)
    run = store.create(settings)
    run.request_learning_rate(0.02)  # while it waits
    train(run, small)
    planned = learning_rates(settings, np.arange(30), num_steps=30, steps_per_epoch=STEPS)
    rates = [r.learning_rate for r in records(run, "step")]
    assert rates == pytest.approx(list(2 * planned), rel=1e-5)


def test_a_run_deleted_while_it_is_trained_ends_quietly_and_does_not_come_back(
    store, small, at, caplog
):
    run = store.create(steered())
    at(20, lambda control, _: shutil.rmtree(run.directory))
    assert train(run, small)
    assert list(store.root.iterdir()) == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_completed_run_trains_on_with_its_schedule_anew(store, small, every_step):
    settings = steered(epochs=1)
    run = store.create(settings)
    train(run, small)
    first = weights(run)
    for epochs, segments in ((2, (1, 3)), (1, (1, 3, 4))):
        run.request_more_epochs(epochs)
        assert (run.read().status, run.read().segments) == ("queued", segments)
        train(run, small)
        assert run.read().status == "completed"
        assert run.read().num_epochs == segments[-1]
    assert [r.epoch for r in records(run, "epoch")] == [1, 2, 3, 4]
    assert any((first[name] != array).any() for name, array in weights(run).items())
    rates = [r.learning_rate for r in records(run, "step")]
    planned = [
        learning_rates(settings, np.arange(n * STEPS), num_steps=n * STEPS, steps_per_epoch=15)
        for n in (1, 2, 1)
    ]
    assert rates == pytest.approx(list(np.concatenate(planned)), rel=1e-5)
    assert_no_record_twice(run)


def test_early_stopping_ends_a_run_and_more_epochs_can_follow_all_the_same(
    store, small, validation
):
    validation(1.0, 0.9, 0.95, 0.95, 0.97, 0.98)
    run = store.create(steered(epochs=9, early_stopping_patience=2))
    train(run, small)
    record = run.read()
    assert (record.status, record.stopped_early_at) == ("completed", 4)
    assert [r.epoch for r in records(run, "epoch")] == [1, 2, 3, 4]
    run.request_more_epochs(3)
    assert run.read().segments == (4, 7)
    train(run, small)
    record = run.read()
    # Its patience begins anew: epoch 5 is the best of the new part.
    assert (record.status, record.stopped_early_at) == ("completed", 7)
    assert len(records(run, "epoch")) == 7


def test_a_run_that_stopped_early_and_could_not_be_measured_does_not_train_on(
    monkeypatch, store, small, validation
):
    validation(1.0, 2.0)
    run = store.create(steered(epochs=5, early_stopping_patience=1))
    with monkeypatch.context() as patch:
        patch.setattr(training, "_measure_best", lambda *_: 1 / 0)
        train(run, small)
    assert run.read().status == "failed"
    resume(run, small)
    record = run.read()
    assert (record.status, record.stopped_early_at) == ("completed", 2)
    assert len(records(run, "epoch")) == 2


def test_a_plateau_lowers_the_learning_rate_and_is_remembered_when_resumed(
    store, small, validation, at, every_step
):
    validation(0.5)
    settings = constant_rate(
        learning_rate_schedule="reduce_on_plateau", plateau_patience=1, decay_rate=0.5, epochs=4
    )
    run = store.create(settings)
    at(2 * STEPS + 3, release)
    train(run, small)
    resume(run, small)
    rates = {r.learning_rate: None for r in records(run, "step")}
    assert list(rates) == pytest.approx([0.01, 0.005, 0.0025])
    per_epoch = [r.learning_rate for r in records(run, "step")][::STEPS]
    assert per_epoch == pytest.approx([0.01, 0.01, 0.005, 0.0025])


def test_a_request_never_waits_for_an_epoch_s_end(monkeypatch, store, small):
    original = control.Control.between_calls

    def between_calls(self, loop):
        if loop.state.step >= 30:
            self._run.request_stop()
        original(self, loop)

    monkeypatch.setattr(control.Control, "between_calls", between_calls)
    run = store.create(steered(epochs=1, batch_size=1))
    train(run, small)
    assert run.read().status == "stopped"
    with np.load(run.checkpoint_path) as file:
        state = LoopState.model_validate_json(file["state"].tobytes())
    # A call does so many steps as take a moment, and the first ones only a few.
    assert 30 <= state.step < 240


def test_a_drawing_rides_along(store, small, every_step):
    run = store.create(steered(), drawing=small.x_test[0])
    train(run, small)
    readings = records(run, "drawing")
    assert [r.step for r in readings] == [r.step for r in records(run, "step")]
    tables = np.array([r.probabilities for r in readings])
    assert tables.shape == (2 * STEPS, 10)
    np.testing.assert_allclose(tables.sum(axis=1), 1, atol=1e-4)
    assert np.abs(tables[0] - tables[-1]).max() > 0.01


def test_without_a_drawing_nothing_is_read(uninterrupted):
    assert records(uninterrupted(steered()), "drawing") == []
