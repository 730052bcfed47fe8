"""Each thing is done once, in the background, and the newest results are kept."""

import threading

import pytest

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
