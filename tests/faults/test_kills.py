"""Server or worker killed at a random moment: every run ends as if nobody had killed anything.

`make faults` tries twenty moments; the tests of every day two: a server's and a worker's.
"""

import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from core.hyperparameters import Hyperparameters
from core.runs import Run, RunStore
from tests.helpers import has_ended, wait_until, worker_processes
from tests.training.steered_runs import assert_no_record_twice, assert_same_end, steered

_PROJECT = Path(__file__).parents[2]
_MOMENTS, _EVERY_DAY = 20, 2
_SECONDS = 180
# Whatever a line says, it lets the server look at its queue, as a page does after a click.
_SERVER = """
import sys
from pathlib import Path
from core.engine import TrainingEngine
from core.runs import RunStore
engine = TrainingEngine(RunStore(sys.argv[1]), mnist=Path(sys.argv[2]))
for _ in sys.stdin:
    engine.wake()
"""
# One that trains step after step, and one that spends most of its time in compiling.
_SETTINGS = {
    "mlp": steered("mlp", epochs=40),
    "convnet": steered("convnet", epochs=2, elastic=0.0),
}


class _Server:
    """A server without pages, started anew whenever it was killed."""

    def __init__(self, store: RunStore, images: Path) -> None:
        self.store = store
        self._command = [sys.executable, "-c", _SERVER, str(store.root), str(images)]
        self._process: subprocess.Popen[str] | None = None

    def wake(self) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, cwd=_PROJECT, stdin=subprocess.PIPE, text=True
            )
        print(file=self._process.stdin, flush=True)

    def worker(self) -> psutil.Process:
        return wait_until(lambda: worker_processes(self._process.pid))[0]

    def kill(self) -> None:
        if self._process:
            with self._process:
                self._process.kill()
            self._process = None

    def create(self) -> dict[str, Run]:
        """Put a run of each kind into the queue."""
        runs = {name: self.store.create(settings) for name, settings in _SETTINGS.items()}
        self.wake()
        return runs

    def finish(self, runs: Mapping[str, Run]) -> None:
        """Train runs to their end, resuming what was interrupted, as somebody on a page would."""

        def are_completed() -> bool:
            records = {run: run.read() for run in runs.values()}
            for run, record in records.items():
                assert record.status in ("queued", "running", "interrupted", "completed"), record
                assert isinstance(record.hyperparameters, Hyperparameters)
                run.metrics()
                if record.status == "interrupted":
                    _request_resume(run)
            self.wake()
            time.sleep(0.1)
            # A run whose worker was killed while it measured drawn digits has all that it needs.
            return all(r.status == "completed" and not run.is_busy() for run, r in records.items())

        wait_until(are_completed, seconds=_SECONDS)


def _request_resume(run: Run) -> None:
    run.request_resume()


@pytest.fixture(scope="module")
def server(tmp_path_factory, small_npz):
    server = _Server(RunStore(tmp_path_factory.mktemp("server") / "runs"), small_npz)
    yield server
    server.kill()


@pytest.fixture(scope="module")
def undisturbed(server):
    """Runs that nobody disturbed, and how long they took in a worker that was warm."""
    server.finish(server.create())
    started = time.monotonic()
    runs = server.create()
    server.finish(runs)
    return runs, time.monotonic() - started


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(number, marks=() if number < _EVERY_DAY else pytest.mark.faults)
        for number in range(_MOMENTS)
    ],
)
def test_whatever_is_killed_at_whatever_moment_every_run_ends_with_the_same_weights(
    server, undisturbed, moment
):
    whole, seconds = undisturbed
    chance = random.Random(moment)
    runs = server.create()
    worker = server.worker()
    delay = chance.uniform(0, seconds)
    time.sleep(delay)
    standing = {name: run.recorded().status for name, run in runs.items()}
    if moment % 2:
        worker.kill()
    else:
        server.kill()
    print(f"Killed the {('server', 'worker')[moment % 2]} after {delay:.2f} s: {standing}")
    wait_until(lambda: has_ended(worker), seconds=10)
    assert {run.id for run in server.store.list()} >= {run.id for run in runs.values()}
    server.finish(runs)
    for name, run in runs.items():
        assert_same_end(run, whole[name])
        assert_no_record_twice(run)
