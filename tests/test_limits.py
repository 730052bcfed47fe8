"""The limits that a server's owner set are kept, and say so in words."""

import pytest

from core.hyperparameters import Hyperparameters
from core.limits import epochs_left, refuse_settings, refuse_start
from core.settings import ServerSettings


@pytest.fixture
def settings():
    return ServerSettings(max_epochs=10, max_parameters=1000, max_runs=4, max_waiting=2)


def test_settings_up_to_the_limits_may_be_started(settings):
    assert refuse_settings(settings, Hyperparameters(epochs=10), num_parameters=1000) is None


def test_too_many_epochs_and_too_large_a_network_are_refused(settings):
    many = refuse_settings(settings, Hyperparameters(epochs=11), num_parameters=1)
    assert many == "This server trains at most 10 epochs; these settings ask for 11."
    large = refuse_settings(settings, Hyperparameters(epochs=1), num_parameters=1001)
    assert large.startswith("This server trains networks of at most 1,000 parameters; this one has")
    assert "1,001" in large


def test_one_browser_waits_for_its_own_runs_only(settings, store):
    mine = [store.create(Hyperparameters(), owner="me") for _ in range(2)]
    assert "You have 2 runs waiting" in refuse_start(settings, store, owner="me")
    assert refuse_start(settings, store, owner="somebody else") is None
    mine[0].request_stop()
    assert refuse_start(settings, store, owner="me") is None


def test_a_run_under_way_or_paused_does_not_count_as_waiting(settings, store):
    for status in ("running", "paused"):
        store.create(Hyperparameters(), owner="me").update(status=status)
    store.create(Hyperparameters(), owner="me")
    assert refuse_start(settings, store, owner="me") is None


def test_a_full_server_takes_no_more_runs_until_one_is_deleted(settings, store):
    runs = [store.create(Hyperparameters(), owner=str(number)) for number in range(4)]
    reason = refuse_start(settings, store, owner="me")
    assert "at most 4 runs" in reason
    assert "Delete some" in reason
    store.delete(runs[0].id)
    assert refuse_start(settings, store, owner="me") is None


@pytest.mark.parametrize(("had", "left"), [(0, 10), (9, 1), (10, 0), (12, 0)])
def test_epochs_may_be_added_up_to_the_limit(settings, had, left):
    assert epochs_left(settings, num_epochs=had) == left
