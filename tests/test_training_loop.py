"""A run that is steered on its way: interrupted, resumed, paused, extended, its rate changed."""

import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from core.schedules import learning_rates
from core.training import loop as training_loop
from core.training import train
from core.training import trainer as training
from core.training.callbacks import control, layer_probe, metrics_log
from core.training.evaluator import Evaluator
from core.training.state import LoopState
from models import ARCHITECTURES
from tests.helpers import wait_until

# Dropout, batch statistics, augmentation and a schedule: whatever a step may depend on.
_NETWORKS = {
    "mlp": {"architecture": "mlp", "optimizer": "sgd", "weight_averaging": 0.9},
    "convnet": {
        "architecture": "convnet",
        "batch_normalization": True,
        "rotation": 10.0,
        "elastic": 0.5,
    },
}
# Small in every architecture; most of it matters to one of them only.
_TINY = {
    "hidden_units": (8,),
    "filters": (4,),
    "kernel_size": 3,
    "dense_units": 8,
    "lstm_units": 8,
    "patch_size": 14,
    "embedding_size": 8,
    "attention_heads": 2,
    "transformer_blocks": 1,
}
_STEPS = 15  # in an epoch: 240 images in batches of 16


def _settings(network="mlp", **changes):
    common = {"epochs": 2, "batch_size": 16, "dropout": 0.3, "seed": 7, "validation_split": 0.2}
    return Hyperparameters(**(_TINY | common | _NETWORKS[network] | changes))


def _constant(**changes):
    """Settings whose learning rate changes only where somebody changes it."""
    rate = {"learning_rate": 0.01, "learning_rate_schedule": "constant"}
    return _settings(**(rate | changes))


@pytest.fixture(scope="module", autouse=True)
def _without_drawn_digits():
    """Leave out the measurement that comes after everything that is looked at here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_add_drawn_digits", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, small):
    """Return the run with these settings that nobody disturbed; nobody may change it."""
    runs = {}

    def uninterrupted(settings):
        key = settings.model_dump_json()
        if key not in runs:
            runs[key] = RunStore(tmp_path_factory.mktemp("whole")).create(settings)
            train(runs[key], small)
            assert runs[key].read().status == "completed"
        return runs[key]

    return uninterrupted


@pytest.fixture
def every_step(monkeypatch):
    """Let every single step be recorded."""
    monkeypatch.setattr(training_loop, "_SECONDS_PER_CALL", 0)
    monkeypatch.setattr(metrics_log, "_SECONDS_BETWEEN_RECORDS", 0)


@pytest.fixture
def every_look(monkeypatch, every_step):
    """Let every single step be recorded and looked into."""
    monkeypatch.setattr(layer_probe, "_SECONDS_BETWEEN_PROBES", 0)
    monkeypatch.setattr(layer_probe, "_PROBE_SHARE", 1e9)


@pytest.fixture
def at(monkeypatch):
    """Return a function that has something done to the run when so many steps are done.

    What is done gets the run's `Control`, which knows run and checkpoint, and the loop.
    """
    monkeypatch.setattr(training_loop, "_SECONDS_PER_CALL", 0)  # one step at a time
    plans = []
    original = control.Control.between_calls

    def between_calls(self, loop):
        for plan in [plan for plan in plans if loop.state.step == plan[0]]:
            plans.remove(plan)
            plan[1](self, loop)
        original(self, loop)

    monkeypatch.setattr(control.Control, "between_calls", between_calls)
    return lambda step, action: plans.append((step, action))


@pytest.fixture
def validation(monkeypatch):
    """Return a function that says which losses validation is to give, the last one for ever."""

    def say(*losses):
        left = list(losses)

        def evaluate(self, *, is_interrupted=lambda: False):
            return (left.pop(0) if len(left) > 1 else left[0]), 0.5

        monkeypatch.setattr(Evaluator, "evaluate", evaluate)

    return say


def _ask(request, *arguments):
    """Return an action that asks something of the run."""
    return lambda control, _: getattr(control._run, request)(*arguments)


_stop = _ask("request_stop")


def _release(control, _):
    """Pause, and let others have the worker."""
    control._run.request_pause()
    control._run.request_release()


def _save(control, loop):
    control._checkpoint.save(loop)


class _Killed(BaseException):
    """Stands for the end of the process: nothing in training catches it."""


def _kill(*_):
    raise _Killed


def _resume(run, data):
    run.request_resume()
    assert run.read().status == "queued"
    train(run, data)


def _weights(run):
    with np.load(run.checkpoint_path) as file:
        return {name: file[name] for name in file.files if name.startswith("variable")}


def _records(run, kind):
    return [record for record in run.metrics().records if record.kind == kind]


def _assert_same_end(first, second):
    """Check that two runs have the same weights, validation, kept model and test result."""
    assert first.read().status == second.read().status == "completed"
    weights, others = _weights(first), _weights(second)
    assert weights.keys() == others.keys()
    for name, array in weights.items():
        np.testing.assert_array_equal(array, others[name], err_msg=name)
    epochs, other_epochs = _records(first, "epoch"), _records(second, "epoch")
    assert [r.loss for r in epochs] == pytest.approx([r.loss for r in other_epochs])
    for name in ("accuracy", "val_loss", "val_accuracy", "step", "images", "epoch"):
        assert [getattr(r, name) for r in epochs] == [getattr(r, name) for r in other_epochs]
    results, other_results = first.read().results, second.read().results
    for name in ("best_epoch", "val_loss", "val_accuracy", "test_loss", "test_accuracy"):
        assert getattr(results, name) == getattr(other_results, name)
    kept = [keras.saving.load_model(run.model_path).get_weights() for run in (first, second)]
    for one, other in zip(*kept, strict=True):
        np.testing.assert_array_equal(one, other)


def _assert_no_record_twice(run):
    marks = [(r.kind, r.step) for r in run.metrics().records if r.kind != "learning_rate"]
    assert len(marks) == len(set(marks))


@pytest.mark.parametrize("network", _NETWORKS)
@pytest.mark.parametrize("step", [0, 5, 15, 20])
def test_a_run_that_was_stopped_and_resumed_ends_as_if_it_had_not_been_bit_for_bit(
    store, small, at, uninterrupted, network, step
):
    whole = uninterrupted(_settings(network))
    at(step, _stop)
    run = store.create(_settings(network))
    train(run, small)
    assert run.read().status == "stopped"
    assert (run.read().results is None) == (step == 0)
    _resume(run, small)
    _assert_same_end(whole, run)


@pytest.mark.parametrize("network", _NETWORKS)
def test_a_run_whose_process_was_killed_goes_on_from_its_checkpoint_bit_for_bit(
    store, small, at, uninterrupted, every_look, network
):
    whole = uninterrupted(_settings(network))
    run = store.create(_settings(network), drawing=small.x_test[0])
    # In the second epoch, so that there are best weights that the checkpoint knows of.
    at(18, _save)
    at(22, _kill)
    with pytest.raises(_Killed):
        train(run, small)
    assert run.read().status == "interrupted"
    assert run.metrics().records[-1].step == 22
    _resume(run, small)
    _assert_same_end(whole, run)
    _assert_no_record_twice(run)
    for kind, steps in (("step", range(1, 31)), ("drawing", range(1, 31)), ("layers", range(30))):
        assert [r.step for r in _records(run, kind)] == list(steps)


def test_a_run_killed_before_its_first_checkpoint_begins_anew(store, small, at, uninterrupted):
    run = store.create(_settings())
    at(5, _kill)
    with pytest.raises(_Killed):
        train(run, small)
    assert not run.has_checkpoint
    _resume(run, small)
    _assert_same_end(uninterrupted(_settings()), run)
    _assert_no_record_twice(run)


def test_a_run_killed_while_it_measured_a_stop_goes_on_bit_for_bit(
    monkeypatch, store, small, at, uninterrupted
):
    run = store.create(_settings())
    at(20, _stop)
    with monkeypatch.context() as patch, pytest.raises(_Killed):
        patch.setattr(training, "_measure_best", _kill)
        train(run, small)
    assert run.read().status == "stopped"
    _resume(run, small)
    _assert_same_end(uninterrupted(_settings()), run)


@pytest.mark.parametrize("step", [0, 7, 15])
def test_a_paused_run_that_gave_way_to_others_goes_on_bit_for_bit(
    store, small, at, uninterrupted, step
):
    run = store.create(_settings())
    at(step, _release)
    assert train(run, small)
    record = run.read()
    assert (record.status, record.results, run.is_busy()) == ("paused", None, False)
    assert not record.is_finished
    assert not train(run, small)
    _resume(run, small)
    _assert_same_end(uninterrupted(_settings()), run)


def test_a_pause_during_validation_keeps_the_weights_and_not_their_average(
    monkeypatch, store, small, uninterrupted
):
    original = Evaluator.evaluate
    run = store.create(_settings())
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
    assert _records(run, "epoch") == []
    assert not run.model_path.exists()
    _resume(run, small)
    _assert_same_end(uninterrupted(_settings()), run)


@pytest.fixture
def paused(store, small, at):
    """A run that a worker holds paused, and the thread that is this worker."""
    run = store.create(_settings())
    at(7, _ask("request_pause"))
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
    _assert_same_end(uninterrupted(_settings()), run)
    assert run.read().results.seconds <= elapsed.total_seconds() - held


def test_a_paused_run_can_be_stopped_and_resumed_later(paused, small, uninterrupted):
    run, thread = paused
    run.request_stop()
    thread.join(60)
    assert run.read().status == "stopped"
    assert run.read().results is not None
    _resume(run, small)
    _assert_same_end(uninterrupted(_settings()), run)


def test_a_run_resumed_while_its_stop_is_measured_goes_on_too(
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
    run = store.create(_settings())
    at(7, _stop)
    train(run, small)
    assert run.read().status == "queued"
    train(run, small)
    _assert_same_end(uninterrupted(_settings()), run)


def test_a_changed_learning_rate_is_marked_obeyed_once_and_survives_resuming(
    store, small, at, every_step
):
    run = store.create(_constant())
    at(5, _ask("request_learning_rate", 0.002))
    at(10, _release)
    train(run, small)
    _resume(run, small)
    assert run.read().status == "completed"
    (mark,) = _records(run, "learning_rate")
    assert (mark.step, mark.learning_rate) == (5, 0.002)
    assert mark.before == pytest.approx(0.01)
    rates = {r.step: r.learning_rate for r in _records(run, "step")}
    assert [rates[step] for step in range(1, 31)] == pytest.approx([0.01] * 5 + [0.002] * 25)


def test_a_change_after_the_last_checkpoint_of_a_killed_run_is_obeyed_and_marked_once(
    store, small, at, every_step
):
    run = store.create(_constant())
    at(5, _save)
    at(5, _ask("request_learning_rate", 0.002))
    at(8, _kill)
    with pytest.raises(_Killed):
        train(run, small)
    _resume(run, small)
    (mark,) = _records(run, "learning_rate")
    assert mark.step == 5
    rates = [r.learning_rate for r in _records(run, "step")]
    assert rates == pytest.approx([0.01] * 5 + [0.002] * 25)


def test_a_schedule_goes_on_from_a_changed_learning_rate(store, small, at, every_step):
    settings = _settings(learning_rate_schedule="cosine", learning_rate=0.01)
    run = store.create(settings)
    run.request_learning_rate(0.02)  # while it waits
    train(run, small)
    planned = learning_rates(settings, np.arange(30), num_steps=30, steps_per_epoch=_STEPS)
    rates = [r.learning_rate for r in _records(run, "step")]
    assert rates == pytest.approx(list(2 * planned), rel=1e-5)


def test_a_completed_run_trains_on_with_its_schedule_anew(store, small, every_step):
    settings = _settings(epochs=1)
    run = store.create(settings)
    train(run, small)
    first = _weights(run)
    for epochs, segments in ((2, (1, 3)), (1, (1, 3, 4))):
        run.request_more_epochs(epochs)
        assert (run.read().status, run.read().segments) == ("queued", segments)
        train(run, small)
        assert run.read().status == "completed"
        assert run.read().num_epochs == segments[-1]
    assert [r.epoch for r in _records(run, "epoch")] == [1, 2, 3, 4]
    assert any((first[name] != array).any() for name, array in _weights(run).items())
    rates = [r.learning_rate for r in _records(run, "step")]
    planned = [
        learning_rates(settings, np.arange(n * _STEPS), num_steps=n * _STEPS, steps_per_epoch=15)
        for n in (1, 2, 1)
    ]
    assert rates == pytest.approx(list(np.concatenate(planned)), rel=1e-5)
    _assert_no_record_twice(run)


def test_early_stopping_ends_a_run_and_more_epochs_can_follow_all_the_same(
    store, small, validation
):
    validation(1.0, 0.9, 0.95, 0.95, 0.97, 0.98)
    run = store.create(_settings(epochs=9, early_stopping_patience=2))
    train(run, small)
    record = run.read()
    assert (record.status, record.stopped_early_at) == ("completed", 4)
    assert [r.epoch for r in _records(run, "epoch")] == [1, 2, 3, 4]
    run.request_more_epochs(3)
    assert run.read().segments == (4, 7)
    train(run, small)
    record = run.read()
    # Its patience begins anew: epoch 5 is the best of the new part.
    assert (record.status, record.stopped_early_at) == ("completed", 7)
    assert len(_records(run, "epoch")) == 7


def test_a_run_that_stopped_early_and_could_not_be_measured_does_not_train_on(
    monkeypatch, store, small, validation
):
    validation(1.0, 2.0)
    run = store.create(_settings(epochs=5, early_stopping_patience=1))
    with monkeypatch.context() as patch:
        patch.setattr(training, "_measure_best", lambda *_: 1 / 0)
        train(run, small)
    assert run.read().status == "failed"
    _resume(run, small)
    record = run.read()
    assert (record.status, record.stopped_early_at) == ("completed", 2)
    assert len(_records(run, "epoch")) == 2


def test_a_plateau_lowers_the_learning_rate_and_is_remembered_when_resumed(
    store, small, validation, at, every_step
):
    validation(0.5)
    settings = _constant(
        learning_rate_schedule="reduce_on_plateau", plateau_patience=1, decay_rate=0.5, epochs=4
    )
    run = store.create(settings)
    at(2 * _STEPS + 3, _release)
    train(run, small)
    _resume(run, small)
    rates = {r.learning_rate: None for r in _records(run, "step")}
    assert list(rates) == pytest.approx([0.01, 0.005, 0.0025])
    per_epoch = [r.learning_rate for r in _records(run, "step")][::_STEPS]
    assert per_epoch == pytest.approx([0.01, 0.01, 0.005, 0.0025])


@pytest.fixture
def stopped(store, small, at):
    """A run that was stopped in its second epoch."""
    run = store.create(_settings())
    at(20, _stop)
    train(run, small)
    return run


def _assert_refused(run, sentence, before):
    record = run.read()
    assert record.status == "failed"
    assert sentence in record.error
    assert record.error.endswith((".", "anew."))
    assert "\n" not in record.error
    assert run.model_path.read_bytes() == before
    assert keras.saving.load_model(run.model_path)


def test_another_network_s_checkpoint_is_refused_and_the_model_kept(stopped, small, uninterrupted):
    before = stopped.model_path.read_bytes()
    other = uninterrupted(_settings("convnet"))
    shutil.copy(other.checkpoint_path, stopped.checkpoint_path)
    _resume(stopped, small)
    _assert_refused(stopped, "Its checkpoint belongs to another network.", before)


def test_a_damaged_checkpoint_is_refused_and_the_model_kept(stopped, small):
    before = stopped.model_path.read_bytes()
    content = stopped.checkpoint_path.read_bytes()
    stopped.checkpoint_path.write_bytes(content[: len(content) // 2])
    _resume(stopped, small)
    _assert_refused(stopped, "Its checkpoint cannot be read (", before)


def test_a_run_does_not_go_on_with_other_images(stopped, small):
    before = stopped.model_path.read_bytes()
    _resume(stopped, replace(small, fingerprint="0" * 12, name="Other images"))
    _assert_refused(stopped, f"It began on other images ({small.name})", before)
    assert "(Other images)" in stopped.read().error
    # With the right ones it still can.
    _resume(stopped, small)
    assert stopped.read().status == "completed"


def test_a_run_that_diverged_goes_on_with_a_lower_learning_rate(store, small, at):
    run = store.create(_constant())
    at(20, _ask("request_learning_rate", 1e30))
    train(run, small)
    assert run.read().status == "failed"
    assert run.read().error.startswith("The loss stopped being a number at step 22 (epoch 2).")
    assert run.model_path.exists()
    run.request_learning_rate(0.005)
    _resume(run, small)
    record = run.read()
    assert (record.status, record.error) == ("completed", None)
    assert np.isfinite(record.results.test_loss)
    assert [r.epoch for r in _records(run, "epoch")] == [1, 2]


def test_a_drawing_rides_along(store, small, every_step):
    run = store.create(_settings(), drawing=small.x_test[0])
    train(run, small)
    readings = _records(run, "drawing")
    assert [r.step for r in readings] == [r.step for r in _records(run, "step")]
    tables = np.array([r.probabilities for r in readings])
    assert tables.shape == (2 * _STEPS, 10)
    np.testing.assert_allclose(tables.sum(axis=1), 1, atol=1e-4)
    assert np.abs(tables[0] - tables[-1]).max() > 0.01


def test_without_a_drawing_nothing_is_read(uninterrupted):
    assert _records(uninterrupted(_settings()), "drawing") == []


def _of(architecture):
    return Hyperparameters(
        **_TINY,
        architecture=architecture,
        epochs=1,
        batch_size=60,
        validation_split=0.2,
        dropout=0.3,
        seed=7,
    )


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_looking_into_the_layers_changes_nothing_and_gives_sane_numbers(
    store, small, uninterrupted, every_look, monkeypatch, architecture
):
    with monkeypatch.context() as patch:
        patch.setattr(layer_probe, "_SECONDS_BETWEEN_PROBES", 1e9)
        whole = uninterrupted(_of(architecture))
    assert _records(whole, "layers") == []
    run = store.create(_of(architecture))
    train(run, small)
    _assert_same_end(whole, run)
    records = _records(run, "layers")
    assert len(records) == run.read().steps_per_epoch == 4
    for record in records:
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


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_goes_on_bit_for_bit(store, small, at, uninterrupted, architecture):
    run = store.create(_of(architecture))
    at(2, _release)
    train(run, small)
    assert run.read().status == "paused"
    _resume(run, small)
    _assert_same_end(uninterrupted(_of(architecture)), run)


def test_wrong_labels_are_trained_on_and_never_measured_with(monkeypatch, store, small):
    seen = []

    class Steps(training.TrainingSteps):
        def __init__(self, model, optimizer, images, targets, *more, **options):
            seen.append((images, targets))
            super().__init__(model, optimizer, images, targets, *more, **options)

    class Validation(Evaluator):
        def __init__(self, model, images, labels, *more):
            seen.append((images, labels))
            super().__init__(model, images, labels, *more)

    monkeypatch.setattr(training, "TrainingSteps", Steps)
    monkeypatch.setattr(training, "Evaluator", Validation)
    run = store.create(_settings(epochs=1, wrong_labels=0.4))
    train(run, small)
    assert run.read().status == "completed"
    (x_train, y_train), (_, y_val) = seen
    true = small.split(validation_split=0.2)
    assert (y_train != true.y_train).mean() == pytest.approx(0.4, abs=1 / 240)
    np.testing.assert_array_equal(x_train, true.x_train)
    np.testing.assert_array_equal(y_val, true.y_val)
    with np.load(run.directory / "test_predictions.npz") as kept:
        np.testing.assert_array_equal(kept["labels"], small.y_test)


@pytest.mark.parametrize("network", _NETWORKS)
def test_mixed_precision_trains_and_keeps_a_model_that_answers_in_float32(store, small, network):
    run = store.create(_settings(network, mixed_precision=True, epochs=1))
    train(run, small)
    record = run.read()
    assert (record.status, record.error) == ("completed", None)
    model = keras.saving.load_model(run.model_path)
    answers = model(small.x_test[:5])
    assert keras.backend.standardize_dtype(answers.dtype) == "float32"
    np.testing.assert_allclose(np.asarray(answers).sum(axis=1), 1, atol=1e-5)
    layers = [layer for layer in model.layers if layer.trainable_weights]
    assert {layer.compute_dtype for layer in layers[:-1]} == {"bfloat16"}
    assert {weight.dtype for layer in layers for weight in layer.weights} == {"float32"}


def test_a_request_never_waits_for_an_epoch_s_end(monkeypatch, store, small):
    original = control.Control.between_calls

    def between_calls(self, loop):
        if loop.state.step >= 30:
            self._run.request_stop()
        original(self, loop)

    monkeypatch.setattr(control.Control, "between_calls", between_calls)
    run = store.create(_settings(epochs=1, batch_size=1))
    train(run, small)
    assert run.read().status == "stopped"
    with np.load(run.checkpoint_path) as file:
        state = LoopState.model_validate_json(file["state"].tobytes())
    # A call does so many steps as take a moment, and the first ones only a few.
    assert 30 <= state.step < 240
