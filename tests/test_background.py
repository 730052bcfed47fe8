"""Each thing is done once, in the background, and the newest results are kept."""

import subprocess
import sys
import threading
import time

import pytest

from core import background as background_module
from core.background import Background


def test_a_thing_is_done_once_in_another_thread():
    background = Background("test", max_kept=5)
    threads = []
    futures = [
        background.once("key", lambda: threads.append(threading.current_thread().name))
        for _ in range(3)
    ]
    assert all(future is futures[0] for future in futures)
    futures[0].result(10)
    assert [name.startswith("test") for name in threads] == [True]


def test_what_goes_wrong_comes_out_of_the_future_and_stops_nothing_else():
    background = Background("test", max_kept=5)
    failed = background.once("bad", lambda: 1 / 0)
    assert background.once("good", lambda: 7).result(10) == 7
    with pytest.raises(ZeroDivisionError):
        failed.result(10)


def test_the_result_that_nobody_asked_for_longest_is_forgotten():
    background = Background("test", max_kept=2)
    first = background.once("first", lambda: 1)
    second = background.once("second", lambda: 2)
    assert background.once("first", lambda: 3) is first
    background.once("third", lambda: 4)
    assert background.once("first", lambda: 5) is first
    assert background.once("second", lambda: 6) is not second


def test_what_failed_by_chance_is_tried_again_but_not_at_each_look(monkeypatch):
    background = Background("test", max_kept=5)
    results = [lambda: 1 / 0, lambda: 7]
    first = background.once("key", lambda: results.pop(0)())
    with pytest.raises(ZeroDivisionError):
        first.result(10)
    assert background.once("key", lambda: results.pop(0)()) is first
    monkeypatch.setattr(background_module, "_SECONDS_BEFORE_RETRY", 0.0)
    second = background.once("key", lambda: results.pop(0)())
    assert second.result(10) == 7
    assert background.once("key", lambda: 1 / 0) is second


def test_a_task_of_many_steps_ends_with_the_step_in_which_it_is_closed():
    background, began = Background("test", max_kept=5), threading.Event()

    def work():
        while True:
            background.raise_if_closed()
            began.set()
            time.sleep(0.01)

    background.submit(work)
    assert began.wait(10)
    background.close()
    assert background.join(5)


def test_nobody_waits_any_longer_for_what_is_closed():
    background, go_on = Background("test", max_kept=5), threading.Event()
    under_way = background.submit(go_on.wait, 60)
    waiting = background.once("key", lambda: 7)
    background.close()
    later = background.once("another key", lambda: 8)
    for future in (under_way, waiting, later):
        with pytest.raises(background_module.CancelledError):
            future.result(10)
    assert not background.join(0.01)
    go_on.set()
    assert background.join(10)


_ENDING = """
import sys, threading, time
from core.background import Background, drop_tasks_at_exit
if sys.argv[1] == "server":
    drop_tasks_at_exit()
background = Background("test", max_kept=5)
running = background.submit(time.sleep, float(sys.argv[2]))
waiting = [background.submit(time.sleep, 60) for _ in range(5)]
threading.Thread(target=waiting[-1].result).start()  # a page
background.submit(print, "never")
while not running.running():
    time.sleep(0.01)
print("ends")
"""


@pytest.mark.parametrize(("process", "seconds"), [("server", "60"), ("script", "0.5")])
def test_a_process_ends_soon_whatever_waits_in_the_background(process, seconds):
    start = time.monotonic()
    command = [sys.executable, "-c", _ENDING, process, seconds]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert (ended.returncode, ended.stdout) == (0, "ends\n")
    assert time.monotonic() - start < 20  # a Python has to start, perhaps on a busy machine
