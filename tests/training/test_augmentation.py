"""What training does to images."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from core.hyperparameters import Hyperparameters
from core.training import augment

_ALL = {"rotation": 10.0, "shift": 2.0, "zoom": 0.1, "shear": 0.2}


def _augmented(images, *, seed=1, **limits):
    settings = Hyperparameters(**limits)
    return augment(tf.constant(images), settings, tf.constant([seed, 2], tf.int32)).numpy()


def _bars(copies=64):
    """Return images of one upright bar in the middle."""
    image = np.zeros((28, 28), np.float32)
    image[4:24, 12:16] = 1
    return np.repeat(image[None], copies, axis=0)


def _centers(images):
    return np.array([ndimage.center_of_mass(image) for image in images])


def _slopes(images):
    """Return by how many pixels each bar leans to the side per pixel of height."""
    rows, columns = np.mgrid[:28, :28]
    slopes = []
    for image, (row, column) in zip(images, _centers(images), strict=True):
        down, across = rows - row, columns - column
        slopes.append((image * down * across).sum() / (image * down**2).sum())
    return np.array(slopes)


@pytest.mark.parametrize("name", _ALL)
def test_each_setting_alone_turns_augmentation_on(name):
    settings = Hyperparameters(**{name: _ALL[name]})
    assert settings.augments
    assert settings.augmentation == {name: _ALL[name]}


def test_untouched_settings_change_no_image(small):
    assert not Hyperparameters().augments
    np.testing.assert_allclose(_augmented(small.x_train), small.x_train, atol=1e-5)


def test_digits_stay_digits_of_ink_between_0_and_1(small):
    images = _augmented(small.x_train, **_ALL)
    assert images.shape == small.x_train.shape
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    ink = images.sum(axis=(1, 2)) / small.x_train.sum(axis=(1, 2))
    assert ink.min() > 0.7
    assert ink.max() < 1.4


def test_the_same_seed_gives_the_same_images_and_another_seed_others(small):
    first = _augmented(small.x_train, **_ALL)
    np.testing.assert_array_equal(first, _augmented(small.x_train, **_ALL))
    assert np.abs(first - _augmented(small.x_train, seed=9, **_ALL)).max() > 0.5


def test_each_image_is_changed_in_its_own_way():
    images = _augmented(_bars(), **_ALL)
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


def test_a_shift_moves_the_ink_both_ways_and_no_further_than_told():
    moves = _centers(_augmented(_bars(), shift=3.0)) - 13.5
    assert np.abs(moves).max() <= 3.01
    assert (moves.min(axis=0) < -1.5).all()
    assert (moves.max(axis=0) > 1.5).all()


def test_a_rotation_leans_a_bar_both_ways_and_no_further_than_told():
    degrees = np.rad2deg(np.arctan(_slopes(_augmented(_bars(), rotation=20.0))))
    assert np.abs(degrees).max() <= 21
    assert degrees.min() < -10
    assert degrees.max() > 10


def test_a_slant_leans_a_bar_both_ways_and_no_further_than_told():
    slopes = _slopes(_augmented(_bars(), shear=0.3))
    assert np.abs(slopes).max() <= 0.32
    assert slopes.min() < -0.15
    assert slopes.max() > 0.15


def test_a_zoom_makes_bars_longer_and_shorter_around_the_middle():
    images = _augmented(_bars(), zoom=0.2)
    heights = images[:, :, 13].sum(axis=1) / 20
    assert heights.min() == pytest.approx(0.82, abs=0.05)
    assert heights.max() == pytest.approx(1.18, abs=0.05)
    np.testing.assert_allclose(_centers(images), 13.5, atol=0.1)
