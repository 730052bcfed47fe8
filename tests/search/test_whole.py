"""A search in a real server that trains: it finds the best rate, survives a kill, gives way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from core.search import Dimension, SearchStore
from core.settings import SERVER_FOLDER
from tests.helpers import wait_until

_PROJECT = Path(__file__).parents[2]
_BASE = Hyperparameters(
    architecture="mlp", hidden_units=(16,), epochs=1, training_share=0.3, batch_size=32
)
_RATES = Dimension(field="learning_rate", low=1e-6, high=10.0, log=True)
_NUM_RUNS, _SECONDS = 12, 240
_SERVER = """
import sys
from core.server import current_server
current_server().engine
sys.stdin.read()
"""


class _Server:
    """A server without pages, which can be killed and started again."""

    def __init__(self, runs):
        self._environment = {
            **os.environ,
            "DIGIT_LAB_RUNS": str(runs),
            "DIGIT_LAB_DOWNLOAD": "false",
        }
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            cwd=_PROJECT,
            stdin=subprocess.PIPE,
            env=self._environment,
        )

    def kill(self):
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def searched(tmp_path):
    """The folder of runs of a server that runs, its searches, and the server."""
    root = tmp_path / "runs"
    store, searches = RunStore(root), SearchStore(root / SERVER_FOLDER / "searches")
    server = _Server(root)
    yield store, searches, server
    server.kill()


def _trials(store, search):
    records = {run: run.read() for run in store.list()}
    return {run: record for run, record in records.items() if record.search == search.id}


def _num_ended(store, search):
    return sum(record.is_measured for record in _trials(store, search).values())


def test_it_finds_the_best_rate_survives_a_kill_and_keeps_nobody_waiting(searched):
    store, searches, server = searched
    search = searches.create(_BASE, name="rates", method="tpe", space=(_RATES,), num_runs=_NUM_RUNS)
    wait_until(lambda: _num_ended(store, search) >= 3, seconds=_SECONDS)
    server.kill()
    server.start()
    other = store.create(_BASE, "somebody's")
    before = _num_ended(store, search)
    wait_until(lambda: other.read().is_finished, seconds=_SECONDS)
    # The run that was under way, and perhaps one that was made before the other came.
    assert _num_ended(store, search) <= before + 2
    wait_until(lambda: search.read().status == "completed", seconds=_SECONDS)
    trials = _trials(store, search)
    assert len(trials) == search.read().num_created == _NUM_RUNS
    assert all(record.search == search.id for record in trials.values())
    reached = {
        record.hyperparameters.learning_rate: record.results.val_accuracy
        for record in trials.values()
        if record.results
    }
    assert len(reached) >= _NUM_RUNS - 1  # the one that was killed may have nothing to show
    best = max(reached, key=reached.get)
    assert 3e-4 < best < 0.1
