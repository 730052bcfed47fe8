"""Runs and searches that are put into a server's folder, as training would have written them."""

import numpy as np

from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, Predictions, RunStore
from core.search import Dimension, SearchStore
from core.settings import SERVER_FOLDER
from tests.browser.server import Server
from tests.records import epoch_record, results_record, step_record

_NUM_TEST = 200
_DATA = DataRecord(name="images", fingerprint="abc", num_train=80, num_val=10, num_test=_NUM_TEST)
_RATES = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05)


def add_runs(server: Server, count: int) -> None:
    """Add completed runs, "network 0" and so on, each better than the one before."""
    for number in range(count):
        settings = Hyperparameters(architecture="mlp", learning_rate=0.001 * (number + 1))
        _add(server, f"network {number}", settings, right=100 + 90 * number // max(1, count - 1))


def add_search(server: Server) -> None:
    """Add a search that has ended, with six runs."""
    base = Hyperparameters(architecture="mlp", epochs=3)
    search = SearchStore(server.runs / SERVER_FOLDER / "searches").create(
        base,
        name="A search",
        method="tpe",
        space=(
            Dimension(field="learning_rate", low=1e-4, high=0.1, log=True),
            Dimension(field="activation", choices=("relu", "gelu")),
        ),
        num_runs=len(_RATES),
    )
    for number, rate in enumerate(_RATES):
        activation = ("relu", "gelu")[number % 2]
        changes = {"learning_rate": rate, "activation": activation}
        settings = base.model_copy(update=changes)
        _add(server, f"A search, run {number}", settings, right=150 + number, search=search.id)


def _add(
    server: Server, name: str, settings: Hyperparameters, *, right: int, search: str | None = None
) -> None:
    run = RunStore(server.runs).create(settings, name, search=search)
    for epoch in (1, 2, 3):
        run.append_metrics(step_record(1000 * epoch - 500, epoch=epoch - 0.5))
        run.append_metrics(epoch_record(epoch, val_accuracy=right / _NUM_TEST))
    answers = np.where(np.arange(_NUM_TEST) < right, 0, 1)
    labels = np.zeros(_NUM_TEST, np.uint8)
    run.write_test_predictions(
        Predictions(np.eye(10, dtype=np.float32)[answers], labels, "", _DATA.fingerprint)
    )
    share = right / _NUM_TEST
    results = results_record(
        val_accuracy=share, test_accuracy=share, drawn_accuracy=0.5, drawn_count=2
    )
    run.update(status="completed", data=_DATA, results=results, num_parameters=1000)
