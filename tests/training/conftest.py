"""Fixtures of the tests that steer a run on its way."""

import pytest

from core.runs import RunStore
from core.training import loop as training_loop
from core.training import train
from core.training import trainer as training
from core.training.callbacks import control, layer_probe, metrics_log
from core.training.evaluator import Evaluator


@pytest.fixture(scope="module")
def without_drawn_digits():
    """Leave out the measurement that comes after everything that is looked at here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_add_drawn_digits", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, small):
    """Return the run with these settings that nobody disturbed; nobody may change it."""
    runs = {}

    def uninterrupted(settings):
        key = settings.model_dump_json()
        if key not in runs:
            runs[key] = RunStore(tmp_path_factory.mktemp("whole")).create(settings)
            train(runs[key], small)
            assert runs[key].read().status == "completed"
        return runs[key]

    return uninterrupted


@pytest.fixture
def every_step(monkeypatch):
    """Let every single step be recorded."""
    monkeypatch.setattr(training_loop, "_SECONDS_PER_CALL", 0)
    monkeypatch.setattr(metrics_log, "_SECONDS_BETWEEN_RECORDS", 0)


@pytest.fixture
def every_look(monkeypatch, every_step):
    """Let every single step be recorded and looked into."""
    monkeypatch.setattr(layer_probe, "_SECONDS_BETWEEN_PROBES", 0)
    monkeypatch.setattr(layer_probe, "_PROBE_SHARE", 1e9)


@pytest.fixture
def at(monkeypatch):
    """Return a function that has something done to the run when so many steps are done.

    What is done gets the run's `Control`, which knows run and checkpoint, and the loop.
    """
    monkeypatch.setattr(training_loop, "_SECONDS_PER_CALL", 0)  # one step at a time
    plans = []
    original = control.Control.between_calls

    def between_calls(self, loop):
        for plan in [plan for plan in plans if loop.state.step == plan[0]]:
            plans.remove(plan)
            plan[1](self, loop)
        original(self, loop)

    monkeypatch.setattr(control.Control, "between_calls", between_calls)
    return lambda step, action: plans.append((step, action))


@pytest.fixture
def validation(monkeypatch):
    """Return a function that says which losses validation is to give, the last one for ever."""

    def say(*losses):
        left = list(losses)

        def evaluate(self, *, is_interrupted=lambda: False):
            return (left.pop(0) if len(left) > 1 else left[0]), 0.5

        monkeypatch.setattr(Evaluator, "evaluate", evaluate)

    return say
