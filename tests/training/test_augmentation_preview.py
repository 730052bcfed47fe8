"""The picture of what augmentation does: the images as they are, and three rows of what becomes."""

import io

import numpy as np
from PIL import Image

from core.hyperparameters import Hyperparameters
from core.training import example_images, preview_augmentation

_ROW = 2 * 30  # an image and the gap, each pixel twice as large


def _rows(png):
    pixels = np.asarray(Image.open(io.BytesIO(png)))
    return [pixels[_ROW * row : _ROW * (row + 1)] for row in range(len(pixels) // _ROW)]


def test_the_examples_are_eight_different_digits(small):
    images = example_images(small)
    assert images.shape == (8, 28, 28)
    for digit, image in enumerate(images):
        same = small.x_train[small.y_train == digit]
        assert (same == image).all(axis=(1, 2)).any()


def test_three_rows_that_differ_stand_below_the_images_as_they_are(small):
    images = example_images(small)
    original, *augmented = _rows(preview_augmentation(images, Hyperparameters(rotation=20.0)))
    np.testing.assert_array_equal(original[:56:2, :56:2], np.uint8(255 * images[0]))
    assert len(augmented) == 3
    rows = [original, *augmented]
    assert all((a != b).any() for i, a in enumerate(rows) for b in rows[:i])


def test_the_same_settings_give_the_same_picture(small):
    images = example_images(small)
    settings = Hyperparameters(elastic=1.0, thickness=0.5)
    assert preview_augmentation(images, settings) == preview_augmentation(images, settings)
