"""A run is trained to its end, whatever that end is, and its directory tells the truth about it."""

import threading
import time
from dataclasses import replace

import keras
import numpy as np
import pytest

from core import devices
from core.classifier import Classifier, calibrate, model_fingerprint
from core.data import set_fingerprint
from core.evaluation import ImageSet, collect_load_digits, evaluate
from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import Run
from core.training import TrainingSteps, build_model, train
from core.training import trainer as training
from core.training.evaluator import Evaluator
from tests.gpu_errors import OUT_OF_GPU_MEMORY
from tests.helpers import wait_until
from tests.training.steered_runs import NETWORKS, steered

_ADVICE = "The learning rate is most likely too high: try a tenth."


@pytest.fixture(scope="module")
def results(trained):
    return trained.read().results


def _with(hyperparameters, **changes):
    return Hyperparameters.model_validate(hyperparameters.model_dump() | changes)


def test_a_run_is_completed_and_says_on_what_and_with_what(trained, synthetic, tiny):
    record = trained.read()
    assert record.status == "completed"
    assert record.error is None
    assert record.hyperparameters == tiny
    assert (record.data.name, record.data.fingerprint) == (synthetic.name, synthetic.fingerprint)
    assert (record.data.num_train, record.data.num_val, record.data.num_test) == (320, 80, 120)
    assert record.num_parameters == 25_450
    assert record.steps_per_epoch == 10
    assert record.software["keras"] == keras.__version__
    assert record.device
    assert not trained.is_busy()


def test_a_run_learns(results):
    assert results.test_accuracy > 0.8
    assert results.val_accuracy > 0.8
    assert 1 <= results.best_epoch <= 5
    assert results.seconds > 0
    assert results.images_per_second == pytest.approx(5 * 320 / results.seconds)


def test_the_kept_model_is_measured_on_drawn_digits_too(trained, results):
    drawn = collect_load_digits()
    report = evaluate(Classifier.load(trained.model_path), drawn.images, drawn.labels)
    assert results.drawn_accuracy == report.accuracy
    assert (results.drawn_count, results.drawn_name) == (report.count, drawn.name)
    assert "scikit-learn" in results.drawn_name


def test_a_finished_run_is_visible_before_its_drawn_digits_are_measured(
    monkeypatch, store, small, tiny
):
    run = store.create(_with(tiny, epochs=1))
    seen = []

    def look():
        seen.append((run.read().status, run.read().results.test_accuracy, run.is_busy()))
        return ImageSet("three", np.zeros((3, 28, 28), np.float32), np.arange(3, dtype=np.uint8))

    monkeypatch.setattr(training, "collect_load_digits", look)
    train(run, small)
    results = run.read().results
    assert seen == [("completed", results.test_accuracy, True)]
    assert (results.drawn_accuracy, results.drawn_count) == (pytest.approx(1 / 3), 3)


def test_a_run_whose_drawn_digits_cannot_be_measured_is_completed_all_the_same(
    monkeypatch, caplog, store, small, tiny
):
    def run_out_of_memory():
        raise MemoryError

    monkeypatch.setattr(training, "collect_load_digits", run_out_of_memory)
    run = store.create(_with(tiny, epochs=1))
    train(run, small)
    record = run.read()
    assert (record.status, record.error) == ("completed", None)
    assert record.results.test_accuracy is not None
    assert record.results.drawn_accuracy is None
    assert "could not be measured" in caplog.text


def test_the_model_on_disk_is_the_one_that_was_measured(trained, results, synthetic, tiny):
    model = keras.saving.load_model(trained.model_path)
    probabilities = model.predict_on_batch(synthetic.x_test)
    assert (probabilities.argmax(1) == synthetic.y_test).mean() == results.test_accuracy
    truth = probabilities[np.arange(len(probabilities)), synthetic.y_test]
    assert -np.log(truth).mean() == pytest.approx(results.test_loss, rel=1e-3)
    parts = synthetic.split(validation_split=tiny.validation_split)
    answers = model.predict_on_batch(parts.x_val).argmax(1)
    assert (answers == parts.y_val).mean() == pytest.approx(results.val_accuracy)


@pytest.mark.parametrize("kind", ["validation", "test"])
def test_the_kept_predictions_are_the_model_s_own_answers(trained, synthetic, tiny, kind):
    data = synthetic.split(validation_split=tiny.validation_split)
    if kind == "validation":
        kept, images, labels = trained.validation_predictions(), data.x_val, data.y_val
    else:
        kept, images, labels = trained.test_predictions(), data.x_test, data.y_test
    answers = keras.saving.load_model(trained.model_path).predict_on_batch(images)
    np.testing.assert_allclose(kept.probabilities, answers, atol=1e-5)
    np.testing.assert_array_equal(kept.labels, labels)
    assert kept.model == model_fingerprint(trained.model_path)
    assert kept.data == set_fingerprint(images, labels)


def test_a_run_s_model_is_calibrated_on_its_validation_images_only(trained, synthetic, tiny):
    data = synthetic.split(validation_split=tiny.validation_split)
    classifier = Classifier.load(trained.model_path)
    expected = calibrate(classifier.uncalibrated(data.x_val), data.y_val)
    found = classifier.calibration
    assert found.model == model_fingerprint(trained.model_path)
    assert found.temperature == pytest.approx(expected.temperature, rel=1e-3)
    assert found.threshold == pytest.approx(expected.threshold, rel=1e-3)
    assert found.threshold > 0
    assert 0.1 < found.temperature < 10  # though it reads all of these images


def test_a_run_s_model_is_not_sure_where_its_calibration_says_so(trained, synthetic):
    classifier = Classifier.load(trained.model_path)
    threshold = classifier.calibration.threshold
    digits = synthetic.x_test[:20]
    mixed = (digits + synthetic.x_test[21:41]) / 2
    paper = np.zeros((1, 28, 28), np.float32)
    answers = [classifier.predict(image) for image in (*digits, *mixed, *paper)]
    assert [answer.is_sure for answer in answers] == [a.confidence >= threshold for a in answers]
    assert any(answer.is_sure for answer in answers[:20])
    assert not all(answer.is_sure for answer in answers[20:])


def test_curves_have_an_end_for_every_epoch_and_steps_between(trained, results):
    epochs = trained.metrics().epochs
    assert [(r.epoch, r.step, r.images) for r in epochs] == [
        (n, 10 * n, 320 * n) for n in range(1, 6)
    ]
    assert trained.metrics().steps
    best = max(epochs, key=lambda r: (r.val_accuracy, -r.val_loss))
    assert best.epoch == results.best_epoch
    assert best.val_accuracy == results.val_accuracy
    assert epochs[-1].loss < epochs[0].loss


def test_nothing_but_what_was_promised_is_left_in_the_directory(trained):
    names = {p.name for p in trained.directory.iterdir() if not p.name.endswith(".lock")}
    # A look into the layers comes after a moment, which a run so short need not have.
    assert names - {"first_layer.npy"} == {
        "run.json",
        "metrics.jsonl",
        "model.keras",
        "model.calibration.json",
        "validation_predictions.npz",
        "test_predictions.npz",
        "seen_images.npy",
        "film",
        "reports",
        "checkpoint",
    }
    assert [p.name for p in (trained.directory / "checkpoint").iterdir()] == ["state.npz"]


def test_every_optimizer_and_architecture_trains(store, small):
    choices = [
        {"architecture": "mlp", "optimizer": "sgd", "learning_rate": 0.05},
        {"architecture": "mlp", "optimizer": "rmsprop", "learning_rate_schedule": "one_cycle"},
        {"architecture": "convnet", "optimizer": "adamw", "filters": (4,), "rotation": 10.0},
    ]
    for choice in choices:
        settings = Hyperparameters(**choice, epochs=1, batch_size=64)
        run = store.create(settings)
        train(run, small)
        record = run.read()
        assert (record.status, record.error) == ("completed", None)
        assert 0 <= record.results.test_accuracy <= 1


def test_a_share_of_the_data_trains_on_fewer_images(store, small, tiny):
    run = store.create(_with(tiny, epochs=1, training_share=0.5, batch_size=1024))
    train(run, small)
    record = run.read()
    assert (record.data.num_train, record.data.num_val) == (120, 60)
    assert record.status == "completed"


def test_the_same_seed_gives_the_same_run_and_another_seed_another(store, small, tiny):
    losses = []
    for seed in (3, 3, 4):
        run = store.create(_with(tiny, epochs=1, seed=seed, rotation=10.0, shift=2.0))
        train(run, small)
        losses.append([r.val_loss for r in run.metrics().epochs])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert losses[0] != pytest.approx(losses[2], rel=1e-3)


def test_a_run_that_does_not_wait_is_left_alone(trained, synthetic):
    before = (trained.directory / "run.json").read_bytes()
    assert not train(trained, synthetic)
    assert (trained.directory / "run.json").read_bytes() == before


def test_a_run_that_another_worker_has_is_left_alone(monkeypatch, store, small, tiny):
    monkeypatch.setattr("core.runs.recorded._ACQUIRE_SECONDS", 0.05)
    run = store.create(tiny)
    with run.locked_for_training():
        assert not train(Run(run.directory), small)
    assert run.read().status == "queued"
    assert not run.metrics()


@pytest.fixture
def stopped(store, small, endless):
    """A run that was stopped in its second epoch or later, and how long that took."""
    run = store.create(endless)
    thread = threading.Thread(target=train, args=(run, small))
    thread.start()
    wait_until(lambda: run.metrics().epochs)
    start = time.monotonic()
    run.request_stop()
    wait_until(lambda: run.read().status == "stopped")
    seconds = time.monotonic() - start
    thread.join(60)
    assert not thread.is_alive()
    return run, seconds


def test_a_stopped_run_stops_soon_and_keeps_its_best_weights(stopped, small, endless):
    run, seconds = stopped
    # Within a second on a machine that has nothing else to do; this one may.
    assert seconds < 3
    record = run.read()
    assert (record.status, record.error) == ("stopped", None)
    assert record.results.test_accuracy is not None
    assert 0 <= record.results.drawn_accuracy <= 1
    parts = small.split(validation_split=endless.validation_split)
    model = keras.saving.load_model(run.model_path)
    answers = model.predict_on_batch(parts.x_val).argmax(1)
    assert (answers == parts.y_val).mean() == pytest.approx(record.results.val_accuracy)
    reached = [r.val_accuracy for r in run.metrics().epochs]
    assert record.results.val_accuracy >= max(reached)
    assert len(reached) < 200


def test_a_stop_from_before_the_first_step_leaves_an_untrained_run(store, small, endless):
    run = store.create(endless)
    # What a click in the moment between waiting and running writes.
    (run.directory / "control.json").write_text('{"stop": true}')
    train(run, small)
    record = run.read()
    assert (record.status, record.error, record.results) == ("stopped", None, None)
    assert not run.model_path.exists()


def test_a_loss_that_is_no_number_fails_the_run_with_advice(store, small):
    settings = Hyperparameters(
        architecture="mlp", hidden_units=(64,) * 5, activation="gelu", dropout=0, optimizer="sgd"
    )
    settings = _with(settings, momentum=0.99, learning_rate=10, epochs=20, batch_size=32)
    run = store.create(settings)
    train(run, small)
    record = run.read()
    assert record.status == "failed"
    assert record.error.startswith("The loss stopped being a number at step ")
    assert record.error.endswith(_ADVICE)
    assert record.results is None


def test_an_error_in_training_fails_the_run_with_its_reason(store, small, tiny):
    narrow = {f"x_{part}": getattr(small, f"x_{part}")[:, :20] for part in ("train", "val", "test")}
    run = store.create(tiny)
    train(run, replace(small, **narrow))
    record = run.read()
    assert record.status == "failed"
    assert record.error.startswith("Training ended with an error. ")
    assert "\n" not in record.error
    assert not run.is_busy()


def test_an_error_without_words_fails_the_run_too(monkeypatch, store, small, tiny):
    def run_out_of_memory(*_args):
        raise MemoryError

    monkeypatch.setattr(training, "build_model", run_out_of_memory)
    run = store.create(tiny)
    train(run, small)
    assert run.read().status == "failed"
    assert run.read().error == "Training ended with an error. MemoryError"


def test_a_gpu_without_memory_is_blamed_for_a_run_that_it_fails(monkeypatch, store, small, tiny):
    def take_too_much(*_args):
        raise OUT_OF_GPU_MEMORY[0]

    monkeypatch.setattr(devices, "has_gpu", lambda: True)
    monkeypatch.setattr(training, "build_model", take_too_much)
    run = store.create(tiny)
    train(run, small)
    record = run.read()
    assert record.status == "failed"
    assert record.error.startswith("The GPU has no memory left for this run: other programs")
    assert "make run GPU=0" in record.error


@pytest.mark.parametrize(
    ("name", "parameters"), [("article", 101_770), ("fast", 18_378), ("accurate", 147_610)]
)
def test_a_preset_has_the_parameters_it_is_known_for(name, parameters):
    assert build_model(PRESETS[name]).count_params() == parameters


def test_the_article_s_preset_builds_exactly_the_article_s_network():
    layers = build_model(PRESETS["article"]).layers
    assert [type(layer).__name__ for layer in layers] == ["Flatten", "Dense", "Dropout", "Dense"]
    _, hidden, dropout, output = layers
    assert (hidden.units, hidden.activation) == (128, keras.activations.relu)
    assert dropout.rate == 0.2
    assert (output.units, output.activation) == (10, keras.activations.softmax)


@pytest.fixture
def orders(monkeypatch, store, small, tiny):
    """Return the order in which a run with these settings shows its images, epoch by epoch."""
    step = TrainingSteps.__call__
    seen = []

    def look(self, indices, learning_rates, first_step):
        seen.extend(indices.ravel().tolist())
        return step(self, indices, learning_rates, first_step)

    monkeypatch.setattr(TrainingSteps, "__call__", look)
    monkeypatch.setattr(training, "_add_drawn_digits", lambda *_: None)

    def orders(**changes):
        seen.clear()
        run = store.create(_with(tiny, epochs=2, **changes))
        train(run, small)
        assert run.read().status == "completed"
        half = len(seen) // 2
        return seen[:half], seen[half:]

    return orders


def test_an_epoch_shows_every_image_once_in_another_order_each_time(orders):
    # 240 images: the last batch of 7 is smaller.
    first, second = orders(seed=5, batch_size=32)
    assert sorted(first) == sorted(second) == list(range(240))
    assert first != second
    assert orders(seed=5, batch_size=32) == (first, second)
    assert orders(seed=6, batch_size=32)[0] != first
    # What a batch holds depends on its size, the order of the images does not.
    assert orders(seed=5, batch_size=100) == (first, second)


def test_a_run_of_an_earlier_version_without_segments_trains_all_its_epochs(store, small, tiny):
    run = store.create(_with(tiny, epochs=2))
    assert run.read().segments == ()
    assert train(run, small)
    assert [r.epoch for r in run.metrics().epochs] == [1, 2]


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
    run = store.create(steered(epochs=1, wrong_labels=0.4))
    train(run, small)
    assert run.read().status == "completed"
    (x_train, y_train), (_, y_val) = seen
    true = small.split(validation_split=0.2)
    assert (y_train != true.y_train).mean() == pytest.approx(0.4, abs=1 / 240)
    np.testing.assert_array_equal(x_train, true.x_train)
    np.testing.assert_array_equal(y_val, true.y_val)
    np.testing.assert_array_equal(run.test_predictions().labels, small.y_test)
    np.testing.assert_array_equal(run.validation_predictions().labels, true.y_val)


@pytest.mark.parametrize("network", NETWORKS)
def test_mixed_precision_trains_and_keeps_a_model_that_answers_in_float32(store, small, network):
    run = store.create(steered(network, mixed_precision=True, epochs=1))
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
