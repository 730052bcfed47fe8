"""Batches are mixed evenly, and what is not a digit is learnt as no digit more than another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.pretraining.recipe import PHASES, mixed_order, soft_targets


@given(
    parts=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5)), min_size=1, max_size=3),
    num_steps=st.integers(1, 6),
    epochs=st.integers(1, 4),
    seed=st.integers(0, 9),
)
def test_each_batch_holds_its_share_of_every_part_and_images_come_equally_often(
    parts, num_steps, epochs, seed
):
    sizes, in_batch = zip(*parts, strict=True)
    order = np.concatenate(
        [
            mixed_order(sizes, in_batch, num_steps=num_steps, epoch=epoch, seed=seed)
            for epoch in range(epochs)
        ]
    )
    assert order.shape == (epochs * num_steps, sum(in_batch))
    first = 0
    for columns, size in zip(np.split(order, np.cumsum(in_batch)[:-1], axis=1), sizes, strict=True):
        assert (columns >= first).all() and (columns < first + size).all()
        times = np.bincount((columns - first).ravel(), minlength=size)
        assert times.max() - times.min() <= 1
        first += size


def test_the_order_is_the_same_again_and_another_in_each_epoch_part_and_seed():
    def order(epoch=0, seed=0):
        return mixed_order([100, 100], [10, 10], num_steps=10, epoch=epoch, seed=seed)

    np.testing.assert_array_equal(order(), order())
    assert (order() != order(epoch=1)).any() and (order() != order(seed=1)).any()
    assert (order()[:, :10] != order()[:, 10:] - 100).any()


def test_smoothed_labels_are_learnt_and_nothing_in_particular_where_there_is_no_digit():
    targets = soft_targets(np.array([3, -1]), 0.1)
    np.testing.assert_allclose(targets.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets[0, [3, 0]], [0.91, 0.01], rtol=1e-6)
    np.testing.assert_allclose(targets[1], 0.1)


def test_a_phase_fills_its_batches():
    for phase in PHASES:
        assert sum(phase.in_batch.values()) == phase.hyperparameters.batch_size
