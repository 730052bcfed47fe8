"""A function in a process apart ends, breaks or hangs there alone."""

import os
import time
from concurrent.futures import BrokenExecutor

import pytest

from core import process_apart
from core.process_apart import ProcessApart, run_apart
from tests.helpers import wait_until, worker_processes


def test_each_function_has_a_process_of_its_own_which_ends_with_it():
    first, second = run_apart(os.getpid), run_apart(os.getpid)
    assert len({first, second, os.getpid()}) == 3
    assert not worker_processes()


def test_what_ends_its_process_or_raises_is_told():
    with pytest.raises(BrokenExecutor):
        run_apart(os._exit, 1)
    with pytest.raises(ValueError, match="invalid literal"):
        run_apart(int, "nonsense")
    assert not worker_processes()


def test_what_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(process_apart, "_MOST_SECONDS", 0.2)
    with pytest.raises(BrokenExecutor, match="too long"):
        run_apart(time.sleep, 100)
    assert not worker_processes()


def test_a_process_stays_for_the_next_function_and_ends_when_there_is_none():
    with ProcessApart(seconds_idle=1.0) as process:
        assert process.run(os.getpid) == process.run(os.getpid)
        wait_until(lambda: not worker_processes(), seconds=10)
        with pytest.raises(BrokenExecutor):
            process.run(os._exit, 1)
        assert process.run(abs, -1) == 1
    assert not worker_processes()
