"""The limits that a server's owner set are kept, and say so in words."""

import time

import pytest

from core.hyperparameters import PRESETS, Hyperparameters
from core.limits import epochs_left, refuse_settings, refuse_start
from core.settings import ServerSettings

_ARTICLE = PRESETS["article"].model_copy(update={"epochs": 10})
# What an address on the web asked for: 565 million weights.
_EXHAUSTING = Hyperparameters(
    filters=(1024, 1024, 1024, 1024), kernel_size=7, convolutions_per_block=3
)


@pytest.fixture
def settings():
    return ServerSettings(
        max_epochs=10, max_parameters=101_770, max_megabytes=10, max_runs=4, max_waiting=2
    )


def _changed(**changes):
    return _ARTICLE.model_copy(update=changes)


def test_settings_up_to_the_limits_may_be_started(settings):
    assert refuse_settings(settings, _ARTICLE) is None


def test_too_many_epochs_and_too_large_a_network_are_refused(settings):
    assert refuse_settings(settings, _changed(epochs=11)) == (
        "This server trains at most 10 epochs; these settings ask for 11. Lower the epochs."
    )
    assert refuse_settings(settings, _changed(hidden_units=(129,))) == (
        "This server trains networks of at most 101,770 parameters; this one has 102,565. "
        "Choose fewer or smaller layers."
    )


def test_too_many_images_at_a_time_are_refused_and_as_many_as_fit_are_named(settings):
    assert refuse_settings(settings, _changed(batch_size=4096)) == (
        "Training this network on 4,096 images at a time would need about 12 MB of memory; this "
        "server allows 10 MB. Lower the batch size to 3,551, or choose fewer or smaller layers."
    )
    assert refuse_settings(settings, _changed(batch_size=3551)) is None


def test_a_network_that_is_too_large_for_a_single_image_is_not_made_to_fit_by_the_batch_size():
    tight = ServerSettings(max_megabytes=1)
    reason = refuse_settings(tight, Hyperparameters(batch_size=1, filters=(512,), dense_units=0))
    assert reason.endswith("this server allows 1 MB. Choose fewer or smaller layers.")


def test_every_preset_and_the_default_with_the_largest_batch_may_be_started_on_a_small_machine():
    for hyperparameters in (*PRESETS.values(), Hyperparameters(batch_size=4096)):
        assert refuse_settings(ServerSettings(), hyperparameters) is None


def test_settings_that_ran_out_of_memory_are_refused():
    wide = Hyperparameters(filters=(256, 256), batch_size=4096)
    assert "Lower the batch size to" in refuse_settings(ServerSettings(), wide)
    assert "parameters" in refuse_settings(ServerSettings(), _EXHAUSTING)


def test_to_refuse_takes_no_longer_than_a_page_can_spare():
    started = time.perf_counter()
    for _ in range(100):
        refuse_settings(ServerSettings(), _EXHAUSTING)
    assert time.perf_counter() - started < 5.0


def test_a_run_that_no_page_has_checked_is_refused_before_anything_is_built(
    store, synthetic, monkeypatch
):
    from core import training

    monkeypatch.setitem(training.trainer.ARCHITECTURES, "convnet", None)
    run = store.create(_EXHAUSTING)
    assert training.train(run, synthetic)
    record = run.read()
    assert record.status == "failed"
    assert record.error == refuse_settings(ServerSettings(), _EXHAUSTING)


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


def _fill(run, megabytes):
    """Let a run take so much of the disk, and no blocks of it."""
    with run.model_path.open("wb") as file:
        file.truncate(megabytes * 10**6)


def test_who_has_too_much_on_disk_deletes_some_and_nobody_else_has_to(store):
    settings = ServerSettings(max_disk_per_person=3, max_disk=10)
    mine = store.create(Hyperparameters(), owner="me")
    _fill(mine, 2)
    assert refuse_start(settings, store, owner="me") is None
    another = store.create(Hyperparameters(), owner="me")
    _fill(another, 2)
    assert refuse_start(settings, store, owner="me") == (
        "Your runs take 4 MB of the server's disk, and each person's may take 3 MB. "
        "Delete some on the Runs page first."
    )
    assert refuse_start(settings, store, owner="somebody else") is None
    store.delete(another.id)
    assert refuse_start(settings, store, owner="me") is None


def test_a_server_whose_runs_take_too_much_starts_nobody_s(store):
    for number in range(3):
        _fill(store.create(Hyperparameters(), owner=str(number)), 2)
    assert refuse_start(ServerSettings(max_disk=7), store, owner="me") is None
    assert refuse_start(ServerSettings(max_disk=6), store, owner="me") == (
        "All runs together take 6 MB of the server's disk, and may take 6 MB. "
        "Delete some on the Runs page first."
    )


def test_nothing_starts_on_a_disk_that_is_almost_full(store, monkeypatch):
    monkeypatch.setattr("core.limits.free_bytes", lambda _: 499_000_000)
    assert refuse_start(ServerSettings(), store, owner="me") == (
        "The server's disk has 499 MB left, and 500 MB have to stay free. "
        "Delete some runs on the Runs page first."
    )
    assert refuse_start(ServerSettings(min_free_disk=0), store, owner="me") is None
    monkeypatch.setattr("core.limits.free_bytes", lambda _: None)
    assert refuse_start(ServerSettings(), store, owner="me") is None


@pytest.mark.parametrize(("had", "left"), [(0, 10), (9, 1), (10, 0), (12, 0)])
def test_epochs_may_be_added_up_to_the_limit(settings, had, left):
    assert epochs_left(settings, num_epochs=had) == left
