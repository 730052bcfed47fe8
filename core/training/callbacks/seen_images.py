"""Note which images a run has seen, so that nobody measures it on them by mistake."""

from core.data import Dataset
from core.runs import Run
from core.training.loop import Callback, TrainingLoop


class SeenImages(Callback):
    """Notes the images of training and validation before the first model is kept.

    Not earlier: fingerprints of 60,000 images take up to a second, which the first points of the
    curves do not wait for. What `training_share` leaves out counts as seen.
    """

    def __init__(self, run: Run, dataset: Dataset) -> None:
        """Note the images of `dataset`, as it was before it was split, in the directory of `run`.

        The fingerprints stay with `dataset`, and so does the time that they take.
        """
        self._run, self._dataset = run, dataset
        self._is_noted = False

    def on_train_begin(self, loop: TrainingLoop) -> None:
        """Note them at once where a model is there already: runs of earlier versions lack them."""
        if loop.state.best:
            self._note(loop)

    def on_test_end(self, loop: TrainingLoop, val_loss: float, val_accuracy: float) -> None:
        """Note them the first time that weights may become the best."""
        self._note(loop)

    def _note(self, loop: TrainingLoop) -> None:
        if not self._is_noted:
            with loop.clock_stopped():
                self._run.write_seen_images(self._dataset.seen_images)
            self._is_noted = True
