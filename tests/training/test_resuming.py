"""A run that was stopped, paused or killed continues as if it had not been."""

import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import keras
import numpy as np
import pytest

from core.classifier import Calibration, Classifier, choose_threshold, model_fingerprint
from core.training import train
from core.training import trainer as training
from core.training.callbacks import layer_probe
from core.training.evaluator import Evaluator
from models import ARCHITECTURES
from tests.helpers import wait_until
from tests.training.steered_runs import (
    NETWORKS,
    Killed,
    ask,
    assert_no_record_twice,
    assert_same_end,
    constant_rate,
    kill,
    of_architecture,
    records,
    release,
    resume,
    save,
    steered,
    stop,
)

pytestmark = pytest.mark.usefixtures("without_drawn_digits")


@pytest.mark.parametrize(
    ("network", "step"), [("mlp", 0), ("mlp", 15), ("mlp", 20), ("convnet", 5)]
)
def test_a_run_that_was_stopped_and_resumed_ends_as_if_it_had_not_been_bit_for_bit(
    store, small, at, uninterrupted, network, step
):
    whole = uninterrupted(steered(network))
    at(step, stop)
    run = store.create(steered(network))
    train(run, small)
    assert run.read().status == "stopped"
    assert (run.read().results is None) == (step == 0)
    resume(run, small)
    assert_same_end(whole, run)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_run_whose_process_was_killed_continues_from_its_checkpoint_bit_for_bit(
    store, small, at, uninterrupted, every_look, network
):
    whole = uninterrupted(steered(network))
    run = store.create(steered(network), drawing=small.x_test[0])
    # In the second epoch, so that there are best weights that the checkpoint knows of.
    at(18, save)
    at(22, kill)
    with pytest.raises(Killed):
        train(run, small)
    assert run.read().status == "interrupted"
    assert run.metrics().records[-1].step == 22
    resume(run, small)
    assert_same_end(whole, run)
    assert_no_record_twice(run)
    for kind, steps in (("step", range(1, 31)), ("drawing", range(1, 31)), ("layers", range(30))):
        assert [r.step for r in records(run, kind)] == list(steps)


def test_a_run_killed_before_its_first_checkpoint_starts_anew(store, small, at, uninterrupted):
    run = store.create(steered())
    at(5, kill)
    with pytest.raises(Killed):
        train(run, small)
    assert not run.has_checkpoint
    resume(run, small)
    assert_same_end(uninterrupted(steered()), run)
    assert_no_record_twice(run)


def test_a_run_killed_while_it_measured_a_stop_continues_bit_for_bit(
    monkeypatch, store, small, at, uninterrupted
):
    run = store.create(steered())
    at(20, stop)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training, "_measure_best", kill)
        train(run, small)
    assert run.read().status == "stopped"
    resume(run, small)
    assert_same_end(uninterrupted(steered()), run)


@pytest.mark.parametrize("step", [7, 15])
def test_a_paused_run_that_gave_way_to_others_continues_bit_for_bit(
    store, small, at, uninterrupted, step
):
    run = store.create(steered())
    at(step, release)
    assert train(run, small)
    record = run.read()
    assert (record.status, record.results, run.is_busy()) == ("paused", None, False)
    assert not record.is_finished
    assert not train(run, small)
    resume(run, small)
    assert_same_end(uninterrupted(steered()), run)


def test_a_pause_during_validation_keeps_the_weights_and_not_their_average(
    monkeypatch, store, small, uninterrupted
):
    original = Evaluator.evaluate
    run = store.create(steered())
    asked = []

    def evaluate(self, *, is_interrupted):
        def ask():
            if not asked:
                asked.append(1)
                run.request_pause()
                run.request_release()
            return is_interrupted()

        return original(self, is_interrupted=ask)

    monkeypatch.setattr(Evaluator, "evaluate", evaluate)
    train(run, small)
    assert run.read().status == "paused"
    assert records(run, "epoch") == []
    assert not run.model_path.exists()
    resume(run, small)
    assert_same_end(uninterrupted(steered()), run)


@pytest.fixture
def paused(store, small, at):
    """A run that a worker holds paused, and the thread that is this worker."""
    run = store.create(steered())
    at(7, ask("request_pause"))
    thread = threading.Thread(target=train, args=(run, small))
    thread.start()
    wait_until(lambda: run.read().status == "paused")
    yield run, thread
    if thread.is_alive():
        run.request_stop()
    thread.join(60)


def test_a_pause_holds_a_run_and_is_not_counted_as_its_time(paused, uninterrupted):
    run, thread = paused
    before = (run.directory / "metrics.jsonl").read_bytes()
    start = time.monotonic()
    time.sleep(0.6)
    assert (run.directory / "metrics.jsonl").read_bytes() == before
    assert run.read().status == "paused"
    assert run.is_busy()
    held = time.monotonic() - start
    run.request_resume()
    thread.join(60)
    elapsed = datetime.now(UTC) - run.read().created
    assert_same_end(uninterrupted(steered()), run)
    assert run.read().results.seconds <= elapsed.total_seconds() - held


def test_a_paused_run_can_be_stopped_and_resumed_later(paused, small, uninterrupted):
    run, thread = paused
    run.request_stop()
    thread.join(60)
    assert run.read().status == "stopped"
    assert run.read().results is not None
    resume(run, small)
    assert_same_end(uninterrupted(steered()), run)


def test_a_run_resumed_while_its_stop_is_measured_continues_too(
    monkeypatch, store, small, at, uninterrupted
):
    measure = training._measure_best
    asked = []

    def resume_and_measure(run, loop, data):
        if not asked:
            asked.append(1)
            run.request_resume()
        return measure(run, loop, data)

    monkeypatch.setattr(training, "_measure_best", resume_and_measure)
    run = store.create(steered())
    at(7, stop)
    train(run, small)
    assert run.read().status == "queued"
    train(run, small)
    assert_same_end(uninterrupted(steered()), run)


@pytest.fixture
def stopped(store, small, at):
    """A run that was stopped in its second epoch."""
    run = store.create(steered())
    at(20, stop)
    train(run, small)
    return run


def _assert_refused(run, sentence, before):
    record = run.read()
    assert record.status == "stopped"
    assert record.results is not None
    assert sentence in record.error
    assert record.error.endswith((".", "anew."))
    assert "\n" not in record.error
    assert run.model_path.read_bytes() == before
    assert keras.saving.load_model(run.model_path)


def test_another_network_s_checkpoint_is_refused_and_the_model_kept(stopped, small, uninterrupted):
    before = stopped.model_path.read_bytes()
    other = uninterrupted(steered("convnet"))
    shutil.copy(other.checkpoint_path, stopped.checkpoint_path)
    resume(stopped, small)
    _assert_refused(stopped, "Its checkpoint belongs to another network.", before)


def test_a_damaged_checkpoint_is_refused_and_the_model_kept(stopped, small):
    before = stopped.model_path.read_bytes()
    content = stopped.checkpoint_path.read_bytes()
    stopped.checkpoint_path.write_bytes(content[: len(content) // 2])
    resume(stopped, small)
    _assert_refused(stopped, "Its checkpoint cannot be read (", before)


def test_a_run_does_not_continue_with_other_images(stopped, small):
    before = stopped.model_path.read_bytes()
    resume(stopped, replace(small, fingerprint="0" * 12, name="Other images"))
    _assert_refused(stopped, f"It began on other images ({small.name})", before)
    assert "(Other images)" in stopped.read().error
    # With the right ones it still can.
    resume(stopped, small)
    record = stopped.read()
    assert (record.status, record.error) == ("completed", None)
    # Nor is anything lost where it was complete and was to have more epochs.
    stopped.request_more_epochs(2)
    train(stopped, replace(small, fingerprint="0" * 12, name="Other images"))
    after = stopped.read()
    assert "It began on other images" in after.error
    assert after == record.model_copy(update={"error": after.error, "queued": after.queued})
    stopped.request_more_epochs(1)
    train(stopped, small)
    assert (stopped.read().status, stopped.read().segments) == ("completed", (2, 3))


def test_a_run_that_diverged_continues_with_a_lower_learning_rate(store, small, at):
    run = store.create(constant_rate())
    at(20, ask("request_learning_rate", 1e30))
    train(run, small)
    assert run.read().status == "failed"
    assert run.read().error.startswith("The loss stopped being a number at step 22 (epoch 2).")
    assert run.model_path.exists()
    run.request_learning_rate(0.005)
    resume(run, small)
    record = run.read()
    assert (record.status, record.error) == ("completed", None)
    assert np.isfinite(record.results.test_loss)
    assert [r.epoch for r in records(run, "epoch")] == [1, 2]


def test_a_completed_run_whose_further_training_diverges_keeps_what_it_had_reached(
    store, small, at
):
    run = store.create(constant_rate(epochs=1))
    train(run, small)
    reached, model = run.read().results, run.model_path.read_bytes()
    run.request_more_epochs(2)
    at(17, ask("request_learning_rate", 1e30))
    train(run, small)
    record = run.read()
    assert (record.status, record.results) == ("failed", reached)
    assert run.model_path.read_bytes() == model


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_neither_a_pause_nor_looking_into_the_layers_changes_any_architecture_s_run(
    store, small, at, uninterrupted, every_look, monkeypatch, architecture
):
    with monkeypatch.context() as patch:
        patch.setattr(layer_probe, "_SECONDS_BETWEEN_PROBES", 1e9)
        whole = uninterrupted(of_architecture(architecture))
    assert not whole.metrics().layers
    run = store.create(of_architecture(architecture))
    at(2, release)
    train(run, small)
    assert run.read().status == "paused"
    resume(run, small)
    assert_same_end(whole, run)
    looks = run.metrics().layers
    assert len(looks) == run.read().steps_per_epoch == 4
    for record in looks:
        names = [layer.name for layer in record.layers]
        assert len(names) == len(set(names)) >= 2
        for layer in record.layers:
            assert 0 <= layer.gradient_norm < 1e4
            assert 0 < layer.update_ratio < 10
            assert layer.dead_share is None or 0 <= layer.dead_share <= 1
        assert any(layer.gradient_norm > 0 for layer in record.layers)
    pictures = run.first_layer()
    assert pictures.ndim == 3
    assert pictures.dtype == np.float32


def _loaded(run):
    """Return the calibration of the kept model, which holds for it and no other."""
    calibration = Classifier.load(run.model_path).calibration
    assert calibration.model == model_fingerprint(run.model_path)
    assert run.validation_predictions().model == calibration.model
    return calibration


def test_a_resumed_run_ends_with_a_calibration_of_its_new_weights(store, small, at, uninterrupted):
    run = store.create(steered())
    at(20, stop)
    train(run, small)
    stopped = _loaded(run)
    resume(run, small)
    ended = _loaded(run)
    assert ended.model != stopped.model
    assert replace(ended, model="") == replace(_loaded(uninterrupted(steered())), model="")


def test_while_a_continued_run_has_new_weights_the_old_calibration_is_not_used(
    store, small, at, validation
):
    validation(0.9, 0.8, 0.7)
    run = store.create(steered(epochs=1))
    train(run, small)
    before, between = _loaded(run), []
    at(31, lambda *_: between.append(Classifier.load(run.model_path).calibration))
    run.request_more_epochs(2)
    train(run, small)
    assert between == [Calibration()]
    assert _loaded(run).model != before.model


@pytest.mark.parametrize("is_better", [True, False])
def test_a_chosen_threshold_stays_as_long_as_the_weights_do(store, small, validation, is_better):
    validation(0.9, 0.8 if is_better else 1.0)
    run = store.create(steered(epochs=1))
    train(run, small)
    choose_threshold(run, 0.123)
    run.request_more_epochs(1)
    train(run, small)
    assert run.read().status == "completed"
    assert (_loaded(run).threshold == 0.123) == (not is_better)
