"""A plateau is noticed when patience ends, across pauses too."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import Hyperparameters
from core.training.callbacks.plateaus import Plateau, Plateaus
from core.training.state import LoopState


def test_a_plateau_is_noticed_after_as_many_epochs_as_patience_has():
    plateau = Plateau(2)
    answers = [plateau.update(value) for value in (1.0, 0.9, 0.9, 0.95, 0.8, 0.8, 0.8, 0.8, 0.8)]
    assert answers == [False, False, False, True, False, False, True, False, True]
    assert plateau.state == {"best": 0.8, "waited": 0, "stalls": 3}


def test_what_is_no_number_is_no_progress():
    plateau = Plateau(2)
    assert [plateau.update(math.nan), plateau.update(math.nan)] == [False, True]
    assert not plateau.update(5.0)
    assert [plateau.update(math.nan), plateau.update(math.nan)] == [False, True]
    assert plateau.state["best"] == 5.0


@given(st.lists(st.floats(0, 10), max_size=20), st.integers(0, 20), st.integers(1, 3))
def test_a_plateau_goes_on_from_its_state_as_if_there_had_been_no_pause(values, pause, patience):
    straight, before = Plateau(patience), Plateau(patience)
    expected = [straight.update(value) for value in values]
    answers = [before.update(value) for value in values[:pause]]
    after = Plateau(patience, json.loads(json.dumps(before.state)))
    answers += [after.update(value) for value in values[pause:]]
    assert answers == expected
    assert after.state == straight.state


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
