"""A plateau is noticed when patience ends, across pauses too."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import Hyperparameters
from core.training.callbacks.plateaus import Plateaus, count_epoch
from core.training.state import LoopState


def _ended(values, patience, state=None):
    """Return after which values patience has ended, and what has been counted."""
    state, answers = state or {}, []
    for value in values:
        state = count_epoch(state, value, patience)
        answers.append(state["patience_ended"])
    return answers, state


def test_a_plateau_is_noticed_after_as_many_epochs_as_patience_has():
    answers, state = _ended((1.0, 0.9, 0.9, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8), 2)
    assert answers == [False, False, False, True, False, False, True, False, True]
    assert (state["best"], state["waited"]) == (0.8, 0)


def test_what_is_not_a_number_is_no_progress():
    answers, state = _ended((math.nan, math.nan, 5.0, math.nan, math.nan), 2)
    assert answers == [False, True, False, False, True]
    assert state["best"] == 5.0


@given(st.lists(st.floats(0, 10), max_size=20), st.integers(0, 20), st.integers(1, 3))
def test_a_plateau_continues_from_its_state_as_if_there_had_been_no_pause(values, pause, patience):
    expected, whole = _ended(values, patience)
    before, paused = _ended(values[:pause], patience)
    after, state = _ended(values[pause:], patience, json.loads(json.dumps(paused)))
    assert (before + after, state) == (expected, whole)


class _Loop:
    """What `Plateaus` sees of a loop."""

    segments = (9,)

    def __init__(self):
        self.state = LoopState()


def _scales(settings, losses):
    """Return the learning rate's scale and whether training has stopped after each epoch."""
    loop, plateaus, seen = _Loop(), Plateaus(settings), []
    for loss in losses:
        plateaus.on_epoch_end(loop, {"val_loss": loss})
        seen.append((round(loop.state.learning_rate_scale, 6), loop.state.stopped_early))
    return seen


def test_the_learning_rate_falls_each_time_validation_stalls():
    settings = Hyperparameters(
        learning_rate_schedule="reduce_on_plateau", decay_rate=0.2, plateau_patience=1
    )
    seen = _scales(settings, (1.0, 1.0, 0.5, 0.6))
    assert seen == [(1, False), (0.2, False), (0.2, False), (0.04, False)]


def test_training_stops_early_where_that_is_asked_for_and_not_otherwise():
    losses = (1.0, 2.0, 3.0)
    assert _scales(Hyperparameters(), losses) == [(1, False)] * 3
    stopping = Hyperparameters(early_stopping_patience=2)
    assert _scales(stopping, losses) == [(1, False), (1, False), (1, True)]
