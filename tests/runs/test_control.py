"""What a user asks of a run under way is told to its worker, once and without a wait."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import Hyperparameters
from core.runs import Run
from core.runs.control import Control


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
