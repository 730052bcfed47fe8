"""The learning rate of each step."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import FIELDS, Hyperparameters
from core.schedules import learning_rates, plan_curve

_SCHEDULES = get_args(FIELDS["learning_rate_schedule"].annotation)


def _rates(*, epochs=4, steps_per_epoch=10, steps=None, **values):
    """Return the rates of all steps of a run whose learning rate is 1."""
    chosen = Hyperparameters(epochs=epochs, learning_rate=1.0, **values)
    num_steps = epochs * steps_per_epoch
    steps = np.arange(num_steps) if steps is None else steps
    return learning_rates(chosen, steps, num_steps=num_steps, steps_per_epoch=steps_per_epoch)


@pytest.mark.parametrize("num_steps", [1, 2, 57, 6330])
def test_one_cycle_equals_keras_cosine_decay_with_warm_up(num_steps):
    import keras

    peak = 0.01
    warmup_steps = max(1, round(0.3 * num_steps))
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 25,
        warmup_target=peak,
        warmup_steps=warmup_steps,
        decay_steps=max(1, num_steps - warmup_steps),
        alpha=1e-3,
    )
    steps = np.unique(np.linspace(0, num_steps, 60).astype(int))
    rates = learning_rates(
        Hyperparameters(learning_rate=peak, learning_rate_schedule="one_cycle"),
        steps,
        num_steps=num_steps,
        steps_per_epoch=num_steps,
    )
    # Keras computes in 32 bits, so the difference is a rounding of the peak.
    np.testing.assert_allclose(
        rates, [float(schedule(step)) for step in steps], rtol=1e-6, atol=1e-7 * peak
    )


def test_constant_stays_and_a_plateau_is_not_planned():
    for schedule in ("constant", "reduce_on_plateau"):
        assert (_rates(learning_rate_schedule=schedule) == 1).all()


def test_step_falls_suddenly_after_every_few_epochs():
    rates = _rates(learning_rate_schedule="step", decay_rate=0.1, decay_epochs=2, epochs=5)
    np.testing.assert_allclose(rates[[0, 19, 20, 39, 40, 49]], [1, 1, 0.1, 0.1, 0.01, 0.01])


def test_exponential_falls_by_the_same_factor_over_each_epoch():
    rates = _rates(learning_rate_schedule="exponential", decay_rate=0.25)
    np.testing.assert_allclose(rates[[0, 5, 10, 20]], [1, 0.5, 0.25, 0.0625])


def test_cosine_falls_to_half_in_the_middle_and_to_zero_after_the_last_step():
    rates = _rates(learning_rate_schedule="cosine", steps=[0, 20, 39, 40, 41])
    np.testing.assert_allclose(rates, [1, 0.5, 0.00154, 0, 0], atol=1e-4)
    assert rates[2] > 0


def test_a_warm_up_rises_linearly_and_the_decay_begins_when_it_has_ended():
    rates = _rates(learning_rate_schedule="constant", warmup_epochs=0.5)
    np.testing.assert_allclose(rates[:6], [0.2, 0.4, 0.6, 0.8, 1, 1])
    without = _rates(learning_rate_schedule="step")
    after = _rates(learning_rate_schedule="step", warmup_epochs=1.0)[10:]
    np.testing.assert_array_equal(after, without[:30])
    cosine = _rates(learning_rate_schedule="cosine", warmup_epochs=2.0, steps=[19, 20, 30, 40])
    np.testing.assert_allclose(cosine, [1, 1, 0.5, 0], atol=1e-6)


def test_one_cycle_has_its_own_warm_up():
    plain = _rates(learning_rate_schedule="one_cycle")
    np.testing.assert_array_equal(plain, _rates(warmup_epochs=2.0))


@given(
    schedule=st.sampled_from(_SCHEDULES),
    warmup_epochs=st.floats(0, 10),
    decay_rate=st.floats(0.01, 0.99),
    decay_epochs=st.integers(1, 100),
    epochs=st.integers(1, 200),
    steps_per_epoch=st.integers(1, 60),
)
def test_any_plan_is_finite_and_a_later_part_of_it_is_the_same(
    schedule, epochs, steps_per_epoch, **more
):
    more |= {"learning_rate_schedule": schedule}
    rates = _rates(epochs=epochs, steps_per_epoch=steps_per_epoch, **more)
    assert rates.dtype == np.float32
    assert rates.shape == (epochs * steps_per_epoch,)
    assert ((rates >= 0) & (rates <= 1)).all()
    assert rates[0] > 0
    half = np.arange(len(rates))[len(rates) // 2 :]
    later = _rates(epochs=epochs, steps_per_epoch=steps_per_epoch, steps=half, **more)
    np.testing.assert_array_equal(later, rates[half])


def test_the_curve_over_epochs_hardly_depends_on_how_many_steps_they_have():
    for schedule in _SCHEDULES:
        chosen = Hyperparameters(epochs=6, learning_rate_schedule=schedule, warmup_epochs=1.0)
        few, many = plan_curve(chosen), plan_curve(chosen, steps_per_epoch=900)
        assert len(many[0]) <= 400
        assert (few[0][0], few[0][-1]) == (0, 5.99)
        # Away from the sudden falls.
        at = np.arange(0.25, 6, 0.5)
        np.testing.assert_allclose(np.interp(at, *few), np.interp(at, *many), atol=4e-5)


def test_the_curve_of_a_single_step_is_a_point():
    epochs, rates = plan_curve(Hyperparameters(epochs=1), steps_per_epoch=1)
    assert len(epochs) == len(rates) == 1
