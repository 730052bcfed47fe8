"""A search whose runs are trained by a formula: fast, and with a best setting that is known."""

import math

from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from core.search import Dimension, SearchRunner, SearchStore
from core.settings import ServerSettings
from tests.records import epoch_record, results_record

BASE = Hyperparameters(architecture="mlp", epochs=4)
RATES = Dimension(field="learning_rate", low=1e-5, high=1.0, log=True)
BEST_RATE = 1e-2


def accuracy(settings, epoch):
    """Return what a run has reached after an epoch: most where the learning rate is the best."""
    distance = abs(math.log10(settings.learning_rate / BEST_RATE))
    return max(0.1, 0.95 - 0.2 * distance) * (0.8 + 0.05 * epoch)


class Simulated:
    """Searches and runs in a folder, without a queue: `train` is the worker."""

    def __init__(self, folder, **settings):
        self.runs = RunStore(folder / "runs")
        self.searches = SearchStore(folder / "searches")
        self.woken = 0
        self.runner = SearchRunner(
            self.searches, self.runs, ServerSettings(**settings), wake=self._wake
        )
        self.runner.close()  # tests take each step themselves

    def _wake(self):
        self.woken += 1

    def create(self, **values):
        own = {"name": "A search", "method": "tpe", "space": (RATES,), "num_runs": 12}
        return self.searches.create(BASE, **own | values)

    def trials(self, search):
        records = {run: run.read() for run in self.runs.list()}
        found = [run for run, record in records.items() if record.search == search.id]
        return sorted(found, key=lambda run: run.id)

    def train(self, run, *, epochs=None, seconds=10.0):
        """Train a run for some epochs, at the end of all of them to its end."""
        settings = run.read().hyperparameters
        run.update(status="running")
        for epoch in range(1, (epochs or settings.epochs) + 1):
            reached = accuracy(settings, epoch)
            run.append_metrics(
                epoch_record(epoch, val_accuracy=reached, seconds=seconds * epoch / settings.epochs)
            )
        if epochs is None:
            self.end(run, val_accuracy=accuracy(settings, settings.epochs), seconds=seconds)

    def end(self, run, *, status="completed", val_accuracy=0.5, seconds=10.0):
        results = results_record(
            val_accuracy=val_accuracy, seconds=seconds, drawn_accuracy=0.5, drawn_count=2
        )
        run.update(status=status, results=results)

    def finish(self, search, *, most=200):
        """Go on until the search has ended; return its runs in their order."""
        for _ in range(most):
            if search.read().status in ("completed", "stopped"):
                return self.trials(search)
            self.runner.advance(search)
            for run in self.trials(search):
                if run.read().status == "queued":
                    self.train(run)
        raise AssertionError("the search has not ended")
