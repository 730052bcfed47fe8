"""What training writes while it goes on, and what it obeys."""

import keras
import numpy as np
import pytest

from core import callbacks
from core.callbacks import (
    MetricsLog,
    SaveBest,
    StopOnRequest,
    TrainingDiverged,
    TrainingStopped,
    save_model,
)
from core.hyperparameters import Hyperparameters
from models.mlp import mlp


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    model = mlp(hidden_units=(8,), dropout=0.0)
    _compile(model)
    return model


def _compile(model, *, steps_per_execution=1, learning_rate=0.1):
    model.compile(
        keras.optimizers.SGD(learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
        jit_compile=False,
    )


def _fit(model, data, *its_callbacks, num_images=100, batch_size=16, epochs=1):
    return model.fit(
        data.x_train[:num_images],
        data.y_train[:num_images],
        batch_size=batch_size,
        epochs=epochs,
        validation_data=(data.x_val, data.y_val),
        callbacks=list(its_callbacks),
        verbose=0,
    )


@pytest.mark.parametrize("steps_per_execution", [1, 3, 50])
def test_records_add_up_to_what_keras_says_of_the_epoch(
    monkeypatch, run, model, synthetic, steps_per_execution
):
    monkeypatch.setattr(callbacks, "_SECONDS_BETWEEN_RECORDS", 0)
    _compile(model, steps_per_execution=steps_per_execution)
    log = MetricsLog(run, num_images=100, batch_size=16)
    history = _fit(model, synthetic, log, epochs=2).history
    records = run.metrics()
    epochs = [r for r in records if r["kind"] == "epoch"]
    assert [(r["epoch"], r["step"], r["images"]) for r in epochs] == [(1, 7, 100), (2, 14, 200)]
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert [r[name] for r in epochs] == pytest.approx(history[name])
    for number in (1, 2):
        steps = [r for r in records if r["kind"] == "step" and number - 1 < r["epoch"] <= number]
        images = np.diff([100 * (number - 1)] + [r["images"] for r in steps])
        for name in ("loss", "accuracy"):
            mean = np.average([r[name] for r in steps], weights=images)
            assert mean == pytest.approx(history[name][number - 1], abs=1e-4)
        assert steps[-1]["step"] == 7 * number
        assert steps[-1]["learning_rate"] == pytest.approx(0.1)


def test_records_do_not_come_faster_than_an_eye_can_follow(run, model, synthetic):
    _fit(model, synthetic, MetricsLog(run, num_images=100, batch_size=1), batch_size=1)
    steps = [r for r in run.metrics() if r["kind"] == "step"]
    assert 1 <= len(steps) < 50
    assert np.diff([r["seconds"] for r in steps] + [np.inf]).min() >= 0.25


def test_a_loss_that_is_no_number_ends_training_with_advice(run, model, synthetic):
    _compile(model, learning_rate=1e30)
    with pytest.raises(
        TrainingDiverged, match=r"epoch 1.*The learning rate is most likely too high"
    ):
        _fit(model, synthetic, MetricsLog(run, num_images=100, batch_size=16))


def test_weights_ruined_by_the_last_step_of_an_epoch_end_training_too(run, model, synthetic):
    log, best = MetricsLog(run, num_images=100, batch_size=100), SaveBest(run)
    _compile(model, learning_rate=1e38)
    with pytest.raises(TrainingDiverged, match="at step 1 "):
        _fit(model, synthetic, log, best, batch_size=100)
    assert best.best is None
    assert not run.model_path.exists()


def test_a_request_to_stop_ends_training_at_the_next_step(run, model, synthetic):
    class StopAtStep3(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                run.request_stop()

    log = MetricsLog(run, num_images=100, batch_size=16)
    with pytest.raises(TrainingStopped):
        _fit(model, synthetic, log, StopAtStep3(), StopOnRequest(run))
    assert log.images == 48


def test_a_request_during_validation_does_not_wait_for_its_end(run, model, synthetic):
    class StopInValidation(keras.callbacks.Callback):
        def on_test_batch_begin(self, batch, logs=None):
            run.request_stop()

    best = SaveBest(run)
    with pytest.raises(TrainingStopped):
        _fit(model, synthetic, StopInValidation(), StopOnRequest(run), best)
    assert best.best is None


def test_a_request_from_before_the_start_lets_no_step_happen(run, model, synthetic):
    run.request_stop()
    log = MetricsLog(run, num_images=100, batch_size=16)
    with pytest.raises(TrainingStopped):
        _fit(model, synthetic, StopOnRequest(run), log)
    assert log.images == 0


def test_only_better_weights_replace_the_best(run, model):
    best = SaveBest(run)
    best.set_model(model)
    offers = [(1, 0.5, 0.8), (2, 0.4, 0.7), (3, 0.4, 0.8), (4, float("nan"), 0.9), (5, 0.4, 0.8)]
    for epoch, val_loss, val_accuracy in offers:
        model.layers[-1].bias.assign(np.full(10, epoch))
        best.offer(epoch, val_loss, val_accuracy)
    assert best.best == {"epoch": 3, "val_loss": 0.4, "val_accuracy": 0.8}
    kept = keras.saving.load_model(run.model_path)
    np.testing.assert_array_equal(kept.layers[-1].bias.numpy(), np.full(10, 3))


def test_a_saved_model_answers_the_same_without_the_optimizer(run, model, synthetic):
    _fit(model, synthetic)
    save_model(model, run)
    loaded = keras.saving.load_model(run.model_path)
    assert not loaded.compiled
    np.testing.assert_allclose(
        loaded.predict_on_batch(synthetic.x_test), model.predict_on_batch(synthetic.x_test)
    )


def test_a_disk_that_fills_while_a_model_is_saved_keeps_the_earlier_one(monkeypatch, run, model):
    save_model(model, run)
    before = run.model_path.read_bytes()

    def save_half(self, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Sequential, "save", save_half)
    with pytest.raises(OSError, match="No space left"):
        save_model(model, run)
    assert run.model_path.read_bytes() == before
    assert sorted(path.name for path in run.directory.glob("*model*")) == ["model.keras"]
    assert not list(run.directory.glob(".new*"))
