"""Train one run to its end: blocking, without threads, all of it written to the run's directory.

Does not know who called it or who watches; `core.engine` decides when and where it happens.
"""

import inspect
import logging
import platform
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
from sklearn.metrics import accuracy_score, log_loss

# Before TensorFlow, whose start-up notices it quietens.
from core.devices import choose_strategy, is_out_of_gpu_memory, prepare_devices

# isort: split
import keras
import tensorflow as tf

from core.classifier import (
    Classifier,
    calibrate,
    load_calibration,
    model_fingerprint,
    save_calibration,
)
from core.data import Dataset, set_fingerprint, with_wrong_labels
from core.evaluation import collect_load_digits, keep_answers
from core.hyperparameters import Hyperparameters
from core.limits import refuse_disk, refuse_size
from core.runs import DataRecord, Predictions, Results, Run, RunRecord, is_disk_full
from core.settings import ServerSettings
from core.training.callbacks import (
    BestModel,
    Checkpoint,
    CheckpointError,
    Control,
    DrawingPredictions,
    FirstLayerFrames,
    LayerProbe,
    MetricsLog,
    Plateaus,
    SeenImages,
    load_checkpoint,
)
from core.training.evaluator import Evaluator
from core.training.loop import Callback, TrainingDiverged, TrainingLoop, shuffled
from core.training.optimizers import build_optimizer
from core.training.steps import TrainingSteps
from models import ARCHITECTURES

_log = logging.getLogger(__name__)
_NO_GPU_MEMORY = (
    "The GPU has no memory left for this run: other programs take it, or the network and its "
    "batches are too large for it. End those programs, lower the batch size, or start the server "
    "without the GPU (make run GPU=0)."
)


class SettingsRefused(Exception):
    """The run asks for more than this machine should be made to do; the message says what."""


def train(run: Run, dataset: Dataset) -> bool:
    """Train `run` on `dataset` until it is completed, stopped, released or failed.

    A run that has a checkpoint continues from there. Does nothing where the run is not queued, or
    where another process trains it already. An exception in training is not raised: the run's
    `error` says why, and its status becomes "failed", or what it was before where a run that had
    ended could not even begin to continue. What a run had reached before it failed stays.

    Args:
        run: a run whose status is "queued".
        dataset: its training and validation parts are divided anew as the settings say. A run that
            continues needs the images that it began with.

    Returns:
        Whether it was this call that trained the run.
    """
    with run.locked_for_training() as alone:
        record = run.read()
        if not alone or record.status != "queued" or record.hyperparameters is None:
            return False
        kept_model = run.model_stamp()
        try:
            run.remove_leftovers()
            with run.space_reserved():
                _train(run, record, record.hyperparameters, dataset)
        except Exception as error:
            if not run.exists():
                _log.info("%s was deleted while it was trained", run.id)
                return True
            run.fail(_explain(run, error))
            if record.results and run.model_stamp() == kept_model:
                run.update(results=record.results)  # which are still those of the kept model
    return True


def _explain(run: Run, error: Exception) -> str:
    """Say in one sentence why training ended; log what nobody foresaw."""
    if isinstance(error, SettingsRefused | TrainingDiverged | CheckpointError):
        return str(error)
    if is_disk_full(error, run.directory):
        _log.error("The disk was full while %s was trained: %s", run.id, error)
        return run.explain_full_disk()
    _log.error("Training of %s failed", run.id, exc_info=error)
    if is_out_of_gpu_memory(error):
        return run.with_next_step(_NO_GPU_MEMORY)
    reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
    return f"Training ended with an error. {reason}"


def build_model(hyperparameters: Hyperparameters) -> keras.Model:
    """Build the untrained network that these settings describe."""
    builder = ARCHITECTURES[hyperparameters.architecture]
    names = inspect.signature(builder).parameters
    model = builder(**hyperparameters.model_dump(include=set(names)))
    return _in_mixed_precision(model) if hyperparameters.mixed_precision else model


def _in_mixed_precision(model: keras.Model) -> keras.Model:
    """Return the same network computing in bfloat16, its weights and its answer in float32.

    Keras's own switch is process-wide; this one is the model's.
    """

    def change(layer: keras.Layer) -> keras.Layer:
        config = layer.get_config()
        if layer is not model.layers[-1]:
            config["dtype"] = "mixed_bfloat16"
        return type(layer).from_config(config)

    return keras.models.clone_model(model, clone_function=change)


def _train(run: Run, record: RunRecord, hyperparameters: Hyperparameters, dataset: Dataset) -> None:
    """Train, then measure; raises what goes wrong."""
    # Asked here too, as the page is not the only way to a run: a run.json can be written by hand,
    # and the disk may have filled since.
    settings = ServerSettings()
    problem = refuse_size(settings, hyperparameters) or refuse_disk(settings, run.directory)
    if problem:
        raise SettingsRefused(problem)
    if record.data and run.has_checkpoint and record.data.fingerprint != dataset.fingerprint:
        raise CheckpointError(
            f"It began on other images ({record.data.name}) than this server has now "
            f"({dataset.name}), so it cannot continue. Its settings can be trained anew."
        )
    data = dataset.split(
        validation_split=hyperparameters.validation_split,
        training_share=hyperparameters.training_share,
    )
    device = prepare_devices(hyperparameters.all_gpus)
    strategy = choose_strategy(hyperparameters.all_gpus)
    keras.utils.set_random_seed(hyperparameters.seed)
    with nullcontext() if strategy is None else strategy.scope():
        loop = _build_loop(run, record, hyperparameters, data, SeenImages(run, dataset), strategy)
    run.update(
        status="running",
        before=None,
        error=None,
        results=None,
        stopped_early_at=None,
        data=DataRecord(
            name=data.name,
            fingerprint=data.fingerprint,
            num_train=len(data.x_train),
            num_val=len(data.x_val),
            num_test=len(data.x_test),
        ),
        num_parameters=loop.steps.model.count_params(),
        steps_per_epoch=loop.steps_per_epoch,
        software={
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        device=device,
    )
    ending = loop.run()
    if ending == "released" or (ending == "stopped" and loop.state.step == 0):
        return
    results, classifier = _measure_best(run, loop, data)
    if ending == "stopped":
        # The status is left alone: somebody may have resumed the run meanwhile.
        run.update(results=results)
    else:
        early = loop.state.epoch if loop.state.stopped_early else None
        run.update(status="completed", results=results, stopped_early_at=early)
    _add_drawn_digits(run, results, classifier)


def _build_loop(
    run: Run,
    record: RunRecord,
    hyperparameters: Hyperparameters,
    data: Dataset,
    seen_images: SeenImages,
    strategy: tf.distribute.Strategy | None,
) -> TrainingLoop:
    """Return the loop of a run, from its checkpoint where it has one."""
    model = build_model(hyperparameters)
    labels = with_wrong_labels(
        data.y_train, share=hyperparameters.wrong_labels, seed=hyperparameters.seed
    )
    num_images = len(data.x_train)
    steps = TrainingSteps(
        model,
        build_optimizer(hyperparameters),
        data.x_train,
        labels,
        hyperparameters,
        batch_size=min(hyperparameters.batch_size, num_images),
        strategy=strategy,
    )
    log, checkpoint = MetricsLog(run), Checkpoint(run)
    probe = LayerProbe(run, steps, hyperparameters)
    callbacks: list[Callback] = [probe, FirstLayerFrames(run, steps.model), log]
    if (drawing := run.drawing()) is not None:
        callbacks.append(DrawingPredictions(run, model, drawing, log))
    # A checkpoint holds what the callbacks before it have noted of the epoch; after a stop it is
    # written before weights from the middle of an epoch may become the best.
    callbacks += [Plateaus(hyperparameters), checkpoint]
    # Whenever there is a model, it is known which images it has seen.
    callbacks += [seen_images, BestModel(run), Control(run, checkpoint)]
    return TrainingLoop(
        steps,
        hyperparameters,
        order=shuffled(num_images, hyperparameters.seed),
        num_images=num_images,
        evaluator=Evaluator(model, data.x_val, data.y_val, hyperparameters),
        callbacks=callbacks,
        state=load_checkpoint(run, steps.variables),
        segments=record.segments,
    )


def _measure_best(run: Run, loop: TrainingLoop, data: Dataset) -> tuple[Results, Classifier]:
    """Calibrate the weights that validation chose, and classify the test images with them, once.

    All that is measured is of the network's own probabilities. The calibration is of validation
    images only; one that is there for just these weights stays, as its threshold may be somebody's
    choice.

    Returns:
        What was reached, and the kept model that reached it.
    """
    best, seconds = loop.state.best, loop.state.seconds
    if best is None:
        raise TrainingDiverged(
            "The loss stopped being a number before any weights could be kept. "
            "The learning rate is most likely too high: try a tenth."
        )
    classifier = Classifier.load(run.model_path)
    validation = _predict(run, classifier, data.x_val, data.y_val)
    run.write_validation_predictions(validation)
    kept = load_calibration(run.model_path)
    if kept is None or kept.model != validation.model:
        found = calibrate(validation.probabilities, validation.labels)
        save_calibration(replace(found, model=validation.model), run.model_path)
    test = _predict(run, classifier, data.x_test, data.y_test)
    run.write_test_predictions(test)
    probabilities = test.probabilities
    results = Results(
        best_epoch=best.epoch,
        val_loss=best.val_loss,
        val_accuracy=best.val_accuracy,
        test_loss=float(log_loss(data.y_test, probabilities, labels=list(range(10)))),
        test_accuracy=float(accuracy_score(data.y_test, probabilities.argmax(axis=1))),
        seconds=seconds,
        images_per_second=loop.position()["images"] / seconds,
    )
    return results, classifier


def _predict(
    run: Run, classifier: Classifier, images: np.ndarray, labels: np.ndarray
) -> Predictions:
    """Return what the kept model answers to images, before any calibration."""
    return Predictions(
        probabilities=classifier.uncalibrated(images),
        labels=labels,
        model=model_fingerprint(run.model_path),
        data=set_fingerprint(images, labels),
    )


def _add_drawn_digits(run: Run, results: Results, classifier: Classifier) -> None:
    """Measure the kept model on drawn digits, too, once everybody can see that the run has ended.

    What goes wrong here is no failure of the run, which has all that it needs.
    """
    try:
        drawn = collect_load_digits()
        answers = _predict(run, classifier, drawn.images, drawn.labels)
        # Where the Evaluate page looks for them, so that nothing is predicted twice.
        keep_answers(run.reports_path, answers)
        is_right = answers.probabilities.argmax(axis=1) == drawn.labels
        measured = {
            "drawn_accuracy": float(is_right.mean()),
            "drawn_count": len(drawn.labels),
            "drawn_name": drawn.name,
        }
        run.update(results=results.model_copy(update=measured))
    except FileNotFoundError:
        _log.info("%s was deleted before its drawn digits were measured", run.id)
    except Exception:
        _log.exception("The drawn-digit accuracy of %s could not be measured", run.id)
