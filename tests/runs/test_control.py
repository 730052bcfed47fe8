"""What a user asks of a run under way is told to its worker, once and without a wait."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import Hyperparameters
from core.runs import Run
from core.runs.record import Control


@pytest.fixture
def run(store):
    return store.create(Hyperparameters())


def test_nothing_is_asked_of_a_new_run(run):
    assert run.control() == Control()


def test_requests_stand_beside_each_other(run):
    run.update(status="running")
    with run.locked_for_training():
        run.request_learning_rate(0.5)
        run.request_pause()
        assert run.control() == Control(pause=True, learning_rate=0.5, learning_rate_changes=1)
        run.request_release()
        assert run.control().release
        run.request_stop()
        control = run.control()
        assert (control.stop, control.pause, control.learning_rate) == (True, False, 0.5)
        assert run.read().status == "running"


def test_resuming_takes_back_every_request_but_the_learning_rate(run):
    run.update(status="paused")
    run.request_learning_rate(0.5)
    run.request_pause()
    run.request_release()
    run.request_resume()
    assert run.control() == Control(learning_rate=0.5, learning_rate_changes=1)


def test_every_change_of_the_learning_rate_counts_even_to_the_same_value(run):
    for changes in (1, 2, 3):
        run.request_learning_rate(0.25)
        assert run.control().learning_rate_changes == changes


@pytest.mark.parametrize("wrong", [0.0, -0.1, float("nan"), float("inf")])
def test_a_learning_rate_that_cannot_be_is_refused_and_changes_nothing(run, wrong):
    run.request_learning_rate(0.5)
    with pytest.raises(ValueError, match="learning_rate"):
        run.request_learning_rate(wrong)
    assert run.control() == Control(learning_rate=0.5, learning_rate_changes=1)


def test_a_control_cannot_be_changed_in_passing():
    with pytest.raises(ValidationError):
        Control().stop = True


@given(
    st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from(["stop", "pause", "release", "learning_rate", "learning_rate_changes"]),
        st.none() | st.text(max_size=5) | st.floats(max_value=0) | st.just("9" * 400),
        min_size=1,
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_content_of_control_json_stops_or_holds_a_run(tmp_path_factory, content):
    run = Run(tmp_path_factory.getbasetemp() / "controlled")
    run.directory.mkdir(exist_ok=True)
    (run.directory / "control.json").write_bytes(content)
    control = run.control()
    assert not (control.stop or control.pause or control.release)
    assert control.learning_rate is None or control.learning_rate > 0


def test_a_waiting_run_that_is_stopped_never_begins(store, run):
    run.request_stop()
    assert run.read().status == "stopped"
    assert store.queued() == []


def test_a_stop_asked_of_a_running_run_is_seen_by_its_worker(run):
    assert not run.control().stop
    run.update(status="running")
    with run.locked_for_training():
        run.request_stop()
        assert run.read().status == "running"
    assert run.control().stop


def test_a_resumed_run_goes_to_the_end_of_the_line(store):
    first, second, third = (store.create(Hyperparameters()) for _ in range(3))
    first.update(status="interrupted", error="gone")
    first.request_resume()
    assert [run.id for run in store.queued()] == [second.id, third.id, first.id]
    record = first.read()
    assert (record.status, record.error) == ("queued", None)
    assert record.created < record.queued


@pytest.mark.parametrize("status", ["paused", "stopped", "interrupted", "failed"])
def test_what_can_be_resumed_is_queued_once_resumed(store, run, status):
    run.update(status=status)
    run.request_resume()
    assert [queued.id for queued in store.queued()] == [run.id]


@pytest.mark.parametrize("status", ["running", "completed", "queued"])
def test_resuming_changes_no_run_that_is_at_work_or_done(run, status):
    run.update(status=status)
    with run.locked_for_training():
        before = run.read()
        run.request_resume()
        assert run.read() == before


def test_a_paused_run_is_not_finished_and_waits_for_nobody(store, run):
    run.update(status="paused")
    assert not run.read().is_finished
    assert store.queued() == []
    assert run.read().status == "paused"  # also where no worker has it


def test_a_paused_run_that_is_stopped_gets_a_worker_which_measures_it(store, run):
    run.update(status="paused")
    run.request_pause()
    run.request_stop()
    assert [queued.id for queued in store.queued()] == [run.id]
    assert run.control().stop and not run.control().pause


def test_a_worker_may_leave_a_paused_run_but_not_one_that_was_resumed(run):
    run.update(status="paused")
    run.request_pause()
    run.request_release()
    assert run.release()
    run.request_resume()
    assert not run.release()
    # Also where the status has not been changed yet by whoever resumed, or by the worker.
    run.update(status="paused")
    assert not run.release()
    run.request_pause()
    run.update(status="running")
    assert not run.release()


def test_a_new_pause_does_not_release_a_run_again(run):
    run.update(status="paused")
    run.request_pause()
    run.request_release()
    run.request_resume()
    run.update(status="running")
    with run.locked_for_training():
        run.request_pause()
        assert run.control().pause and not run.control().release


def test_epochs_are_added_to_a_completed_run_only(run, tiny):
    run.request_more_epochs(3)
    assert run.read().segments == ()
    epochs = run.read().hyperparameters.epochs
    run.update(status="completed")
    run.request_more_epochs(3)
    assert run.read().segments == (epochs, epochs + 3)
    assert (run.read().status, run.read().num_epochs) == ("queued", epochs + 3)


def test_a_run_that_was_to_continue_and_is_cancelled_is_what_it_was_before(run):
    run.update(status="completed", segments=(5, 20), stopped_early_at=9)
    completed = run.read()
    run.request_more_epochs(4)
    run.request_stop()
    record = run.read()
    assert record == completed.model_copy(update={"queued": record.queued})
    run.update(status="failed", error="The loss stopped being a number.")
    run.request_resume()
    run.request_stop()
    assert (run.read().status, run.read().error) == ("failed", "The loss stopped being a number.")
    run.update(status="paused", error=None)
    run.request_resume()
    run.request_stop()
    assert (run.read().status, run.read().before) == ("stopped", None)


def test_what_goes_wrong_before_a_run_continues_is_noted_and_changes_nothing_else(run):
    run.update(status="completed", segments=(3,))
    run.request_more_epochs(4)
    run.fail("There are other images now.")
    record = run.read()
    assert (record.status, record.segments, record.before) == ("completed", (3,), None)
    assert record.error == "There are other images now."
    for status in ("queued", "running"):
        run.update(status=status)
        with run.locked_for_training():
            run.fail("It went wrong.")
        assert (run.read().status, run.read().error) == ("failed", "It went wrong.")


def test_epochs_are_added_from_where_a_run_stopped_early(run):
    run.update(status="completed", segments=(5, 20), stopped_early_at=9)
    run.request_more_epochs(4)
    assert run.read().segments == (5, 9, 13)


def test_a_deleted_run_can_be_asked_nothing_and_does_not_come_back(store, run):
    store.delete(run.id)
    for request in (run.request_stop, run.request_pause, run.request_resume, run.request_release):
        with pytest.raises(FileNotFoundError):
            request()
    assert list(store.root.iterdir()) == []
