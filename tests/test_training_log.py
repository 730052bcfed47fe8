"""What training writes while it goes on: records that add up, and the best weights, whole."""

import errno

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.training import metrics_log as training_log
from core.training.checkpoint import Best, LoopState
from core.training.metrics_log import MetricsLog, save_if_best, save_model
from models.mlp import mlp


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    return mlp(hidden_units=(8,), dropout=0.0)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until somebody moves it."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(training_log, "time", clock)
    return clock


def _after(state, *, images, loss_sum, correct, steps=1):
    """Return the state after some more steps in the same epoch."""
    return state.model_copy(
        update={
            "step": state.step + steps,
            "images": state.images + images,
            "loss_sum": state.loss_sum + loss_sum,
            "correct": state.correct + correct,
        }
    )


def test_records_of_steps_add_up_to_what_the_epoch_s_record_says(run):
    log = MetricsLog(run, num_images=100)
    random = np.random.default_rng(0)
    state = LoopState()
    log.begin(state)
    for epoch in range(2):
        state = LoopState(step=state.step, epoch=epoch, seconds=1.5)
        for count in (16, 48, 16, 20):
            loss_sum, correct = random.uniform(0, 3 * count), int(random.integers(0, count + 1))
            state = _after(state, images=count, loss_sum=loss_sum, correct=correct)
            log.step(state, learning_rate=0.1)
        log.epoch(state, val_loss=0.5, val_accuracy=0.25)
        log.begin_epoch()
    records = run.metrics()
    epochs = [r for r in records if r["kind"] == "epoch"]
    assert [(r["epoch"], r["step"], r["images"]) for r in epochs] == [(1, 4, 100), (2, 8, 200)]
    assert all((r["val_loss"], r["val_accuracy"], r["seconds"]) == (0.5, 0.25, 1.5) for r in epochs)
    for number, whole in enumerate(epochs):
        steps = [r for r in records if r["kind"] == "step" and number < r["epoch"] <= number + 1]
        images = np.diff([100 * number] + [r["images"] for r in steps])
        assert images.tolist() == [16, 48, 16, 20]
        for name in ("loss", "accuracy"):
            assert np.average([r[name] for r in steps], weights=images) == pytest.approx(
                whole[name]
            )
        assert {r["learning_rate"] for r in steps} == {0.1}


def test_records_do_not_come_faster_than_an_eye_can_follow(run, clock):
    log = MetricsLog(run, num_images=1000)
    state = LoopState()
    written = []
    for _ in range(100):
        state = _after(state, images=10, loss_sum=10.0, correct=5)
        if log.is_due(state):
            log.step(state, learning_rate=0.1)
            written.append(clock.now)
        clock.now += 0.07
    assert np.diff(written).min() >= 0.25
    # Slower would look like jumps.
    assert np.diff(written).max() <= 0.25 + 0.07 + 1e-9
    assert [r["accuracy"] for r in run.metrics()] == [0.5] * len(written)


def test_every_epoch_has_a_record_however_short_it_is(run, clock):
    log = MetricsLog(run, num_images=100)
    state = LoopState()
    for epoch in range(3):
        for images in (60, 40):
            state = _after(state, images=images, loss_sum=images, correct=images)
            if log.is_due(state):
                log.step(state, learning_rate=0.1)
        state = LoopState(step=state.step, epoch=epoch + 1)
        log.begin_epoch()
    assert [record["epoch"] for record in run.metrics()] == [0.6, 2.0, 3.0]


def test_a_new_run_forgets_what_an_earlier_attempt_left(run):
    run.append_metrics(kind="step", step=3, epoch=0.3)
    MetricsLog(run, num_images=100).begin(LoopState())
    assert run.metrics() == []


def test_what_came_after_the_checkpoint_is_dropped_and_what_came_before_is_kept(run):
    kept = [
        {"kind": "layers", "step": 9, "epoch": 0.9},
        {"kind": "step", "step": 10, "epoch": 1.0},
        {"kind": "epoch", "step": 10, "epoch": 1.0},
        {"kind": "learning_rate", "step": 20, "epoch": 2.0, "changes": 1},
        {"kind": "step", "step": 20, "epoch": 2.0},
        {"kind": "drawing", "step": 20, "epoch": 2.0},
    ]
    dropped = [
        {"kind": "epoch", "step": 20, "epoch": 2.0},
        {"kind": "learning_rate", "step": 20, "epoch": 2.0, "changes": 2},
        {"kind": "layers", "step": 20, "epoch": 2.0},
        {"kind": "step", "step": 21, "epoch": 2.1},
        {"kind": "drawing", "step": 21, "epoch": 2.1},
        {"kind": "step", "step": "many", "epoch": 0.1},
        {"kind": "step"},
    ]
    for record in (*kept, *dropped):
        run.append_metrics(**record)
    # The last step of epoch 2 is done, its validation is not.
    state = LoopState(step=20, epoch=1, images=100, loss_sum=50.0, learning_rate_changes=1)
    log = MetricsLog(run, num_images=100)
    log.begin(state)
    assert run.metrics() == kept
    log.step(_after(state, images=10, loss_sum=20.0, correct=1), learning_rate=0.1)
    assert run.metrics()[-1]["loss"] == 2.0


def test_a_drawing_s_probabilities_and_the_layers_are_written_as_they_are(run):
    log = MetricsLog(run, num_images=100)
    state = LoopState(step=3, images=50)
    log.drawing(state, np.full(10, 0.1, np.float32))
    log.layers(state, [{"name": "Dense 1", "gradient_norm": 0.5, "dead_share": None}])
    drawing, layers = run.metrics()
    assert (drawing["kind"], drawing["step"], drawing["epoch"]) == ("drawing", 3, 0.5)
    assert drawing["probabilities"] == [0.1] * 10
    assert layers["layers"] == [{"name": "Dense 1", "gradient_norm": 0.5, "dead_share": None}]


def test_only_better_weights_replace_the_best(run, model):
    state = LoopState()
    offers = [(0.5, 0.8), (0.4, 0.7), (0.4, 0.8), (float("nan"), 0.9), (0.4, 0.8)]
    taken = []
    for epoch, (val_loss, val_accuracy) in enumerate(offers):
        state.epoch, state.images = epoch, 100
        model.layers[-1].bias.assign(np.full(10, epoch + 1))
        taken.append(save_if_best(run, model, state, val_loss=val_loss, val_accuracy=val_accuracy))
    assert taken == [True, False, True, False, False]
    assert state.best == Best(epoch=3, val_loss=0.4, val_accuracy=0.8)
    kept = keras.saving.load_model(run.model_path)
    np.testing.assert_array_equal(kept.layers[-1].bias.numpy(), np.full(10, 3))


def test_a_saved_model_answers_the_same_and_is_not_compiled(run, model, synthetic):
    save_model(model, run)
    loaded = keras.saving.load_model(run.model_path)
    assert not loaded.compiled
    images = synthetic.x_test[:20]
    np.testing.assert_allclose(loaded.predict_on_batch(images), model.predict_on_batch(images))


def test_a_disk_that_fills_while_a_model_is_saved_keeps_the_earlier_one(monkeypatch, run, model):
    save_model(model, run)
    before = run.model_path.read_bytes()

    def save_half(self, path):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keras.Sequential, "save", save_half)
    state = LoopState(images=100)
    with pytest.raises(OSError, match="No space left"):
        save_if_best(run, model, state, val_loss=0.1, val_accuracy=0.9)
    assert state.best is None
    assert run.model_path.read_bytes() == before
    assert sorted(path.name for path in run.directory.glob("*model*")) == ["model.keras"]
    assert not list(run.directory.glob(".new*"))
