"""Records of a run under training add up, come often enough, and survive a crash once each."""

import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.runs import DrawingRecord, LearningRateRecord
from core.training.callbacks import MetricsLog, metrics_log
from core.training.loop import TrainingLoop
from core.training.state import LoopState
from tests.records import EVEN, epoch_record, layers_record, step_record


class _Loop:
    """What `MetricsLog` sees of a loop: its state, which tests move on by hand."""

    def __init__(self, num_images=100, **state):
        self.num_images = num_images
        self.state = LoopState(**state)

    position = TrainingLoop.position

    def train(self, *, images, loss_sum=0.0, correct=0):
        """Count one more step on so many images."""
        state = self.state
        state.step, state.images = state.step + 1, state.images + images
        state.loss_sum, state.correct = state.loss_sum + loss_sum, state.correct + correct

    def end_epoch(self):
        """Return the epoch's means, and start the next one."""
        state = self.state
        logs = {"loss": state.loss_sum / state.images, "accuracy": state.correct / state.images}
        self.state = LoopState(
            step=state.step,
            epoch=state.epoch + 1,
            seconds=state.seconds,
            unrecorded=state.unrecorded,
        )
        return logs


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until somebody moves it."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(metrics_log, "time", clock)
    return clock


def test_records_of_steps_add_up_to_what_the_epochs_records_say(run, clock):
    log, loop = MetricsLog(run), _Loop(seconds=1.5)
    random = np.random.default_rng(0)
    log.on_train_begin(loop)
    for _ in range(2):
        for count in (16, 48, 16, 20):
            loss_sum, correct = random.uniform(0, 3 * count), int(random.integers(0, count + 1))
            loop.train(images=count, loss_sum=loss_sum, correct=correct)
            log.on_train_batch_end(loop, 0.1)
            clock.now += 1
        log.on_epoch_end(loop, {**loop.end_epoch(), "val_loss": 0.5, "val_accuracy": 0.25})
    metrics = run.metrics()
    assert [(r.epoch, r.step, r.images) for r in metrics.epochs] == [(1, 4, 100), (2, 8, 200)]
    assert {(r.val_loss, r.val_accuracy, r.seconds) for r in metrics.epochs} == {(0.5, 0.25, 1.5)}
    images = np.diff([0] + [r.images for r in metrics.steps])
    assert images.tolist() == [16, 48, 36, 64, 36]
    for name in ("loss", "accuracy"):
        steps = np.average([getattr(r, name) for r in metrics.steps], weights=images)
        assert steps == pytest.approx(np.mean([getattr(r, name) for r in metrics.epochs]))
    assert {r.learning_rate for r in metrics.steps} == {0.1}


@pytest.mark.parametrize("seed", range(8))
def test_records_average_much_the_same_number_of_images(run, clock, seed):
    random = np.random.default_rng(seed)
    batch, calls = 32, int(random.integers(1, 30))
    per_call = int(random.integers(1, 25))
    # Full calls, then full batches that fill no call, then one batch that is not full.
    counts = [batch * per_call] * calls + [batch * int(random.integers(1, 5)), 7]
    log, loop = MetricsLog(run), _Loop(num_images=sum(counts))
    log.on_train_begin(loop)
    for epoch in range(4):
        for number, count in enumerate(counts):
            # A shape of batch that is new is compiled, a single step is looked into: both are slow.
            clock.now += 3 if number % 11 == 5 or (epoch == 0 and count == 7) else 0.08
            loop.train(images=count, loss_sum=count)
            log.on_train_batch_end(loop, 0.1)
        clock.now += 1  # validation
        log.on_epoch_end(loop, {**loop.end_epoch(), "val_loss": 0.5, "val_accuracy": 0.25})
    images = np.diff([0] + [r.images for r in run.metrics().steps])[1:]
    assert (images[1:] >= images[:-1] / 2).all()
    assert images.min() >= np.median(images) / 4
    assert [r.loss for r in run.metrics().steps] == pytest.approx([1.0] * (len(images) + 1))


def test_records_do_not_come_faster_than_an_eye_can_follow(run, clock):
    log, loop = MetricsLog(run), _Loop(num_images=1000)
    written = []
    for _ in range(99):
        loop.train(images=10, loss_sum=10.0, correct=5)
        log.on_train_batch_end(loop, 0.1)
        if log.last_step == loop.state.step:
            written.append(clock.now)
        clock.now += 0.07
    assert np.diff(written).min() >= 0.25
    # Slower would look like jumps.
    assert np.diff(written).max() <= 0.25 + 0.07 + 1e-9
    assert [r.accuracy for r in run.metrics().steps] == [0.5] * len(written)


def test_every_epoch_has_a_record_however_short_it_is(run, clock):
    log, loop = MetricsLog(run), _Loop()
    for _ in range(3):
        for images in (60, 40):
            loop.train(images=images, loss_sum=images, correct=images)
            log.on_train_batch_end(loop, 0.1)
        log.on_epoch_end(loop, {**loop.end_epoch(), "val_loss": 0.5, "val_accuracy": 0.25})
    assert [record.epoch for record in run.metrics().steps] == [0.6, 1.0, 2.0, 3.0]


def test_a_new_run_forgets_what_an_earlier_attempt_left(run):
    run.append_metrics(step_record(3))
    MetricsLog(run).on_train_begin(_Loop())
    assert not run.metrics()


def test_what_came_after_the_checkpoint_is_dropped_and_what_came_before_is_kept(run, clock):
    def changed(changes):
        position = {"step": 20, "epoch": 2.0, "images": 200, "seconds": 1.0}
        return LearningRateRecord(**position, before=0.1, learning_rate=0.2, changes=changes)

    drawing = {"images": 1, "seconds": 1.0, "probabilities": EVEN}
    kept = (
        layers_record(9),
        step_record(10),
        epoch_record(1, step=10),
        changed(1),
        step_record(20),
        DrawingRecord(step=20, epoch=2.0, **drawing),
    )
    dropped = (
        epoch_record(2, step=20),
        changed(2),
        layers_record(20),
        step_record(21),
        DrawingRecord(step=21, epoch=2.1, **drawing),
    )
    for record in (*kept, *dropped):
        run.append_metrics(record)
    # The last step of epoch 2 is done, its validation is not.
    loop = _Loop(step=20, epoch=1, images=90, loss_sum=50.0, learning_rate_changes=1)
    log = MetricsLog(run)
    log.on_train_begin(loop)
    assert run.metrics().records == kept


def test_what_was_not_recorded_yet_comes_back_with_the_checkpoint(run, clock):
    run.append_metrics(step_record(2, images=200))
    state = LoopState(step=3, images=300, loss_sum=900.0, unrecorded=(100, 100.0, 0))
    loop = _Loop(num_images=1000)
    loop.state = LoopState.model_validate_json(state.model_dump_json())
    log = MetricsLog(run)
    log.on_train_begin(loop)
    loop.train(images=300, loss_sum=900.0)
    log.on_train_batch_end(loop, 0.1)
    assert [record.loss for record in run.metrics().steps] == [1.0, 2.5]
