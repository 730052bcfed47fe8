"""Distort images of digits: turn, move, resize, thicken, and spoil them. Knows no network.

A distortion acts on what a network reads, 28 x 28 pixels, and not on a drawing: what the app's
preprocessing evens out, such as size, place and line thickness, shows here what the network alone
can bear. The same images always come out the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.ndimage

_SEED = 0
_CENTER = 13.5  # of a 28-pixel axis whose first pixel has coordinate 0
_DIRECTIONS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left
# Erosion takes the strongest ink of thin lines too; so much may be given back.
_MOST_INKED = 3.0


@dataclass(frozen=True)
class Distortion:
    """One way to distort images, by degrees.

    Attributes:
        name: such as "rotation", for files and tests.
        label: what a user reads, such as "Rotation".
        unit: of the levels, such as "degrees".
        levels: in ascending order; one of them is `neutral`.
        neutral: the level that changes nothing.
        transform: takes float32 images `(n, 28, 28)` in [0, 1] and a level, and returns as many.
    """

    name: str
    label: str
    unit: str
    levels: tuple[float, ...]
    neutral: float
    transform: Callable[[np.ndarray, float], np.ndarray]

    @property
    def axis_title(self) -> str:
        """What stands beside an axis of levels, such as "Rotation (degrees)"."""
        return f"{self.label} ({self.unit})"

    def apply(self, images: np.ndarray, level: float) -> np.ndarray:
        """Return distorted images of the same shape in [0, 1]; at `neutral`, the images."""
        if level == self.neutral:
            return images
        # Rounding may leave values a little outside.
        return np.clip(self.transform(images, level), 0, 1).astype(np.float32)


def _rotate(images: np.ndarray, degrees: float) -> np.ndarray:
    """Turn about the middle, counter-clockwise where `degrees` is positive."""
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return _resample(images, [[cos, sin], [-sin, cos]])


def _shift(images: np.ndarray, pixels: float) -> np.ndarray:
    """Move every fourth image up, the one after it right, and so on; what leaves is cut off."""
    moved = np.empty_like(images)
    for number, (down, right) in enumerate(_DIRECTIONS):
        part = images[number :: len(_DIRECTIONS)]
        moved[number :: len(_DIRECTIONS)] = scipy.ndimage.shift(
            part, (0, down * pixels, right * pixels), order=1
        )
    return moved


def _resize(images: np.ndarray, factor: float) -> np.ndarray:
    """Enlarge about the middle, or reduce where `factor` is below 1."""
    if factor < 1:  # blurred first, as scikit-image does, so that no thin line is skipped
        images = _blur(images, (1 / factor - 1) / 2)
    return _resample(images, np.eye(2) / factor)


def _thicken(images: np.ndarray, pixels: float) -> np.ndarray:
    """Make every line so much wider, or thinner where `pixels` is negative.

    Both edges of a line move by half of it; a part of a pixel is a mixture of two whole moves.
    """
    filters = scipy.ndimage.grey_dilation, scipy.ndimage.grey_erosion
    move = filters[pixels < 0]
    whole, part = divmod(abs(pixels) / 2, 1)
    moved = images
    for _ in range(int(whole)):
        moved = move(moved, size=(1, 3, 3))
    moved = moved + np.float32(part) * (move(moved, size=(1, 3, 3)) - moved)
    # What is left of a thin line is thinner, and not paler.
    strongest, left = images.max(axis=(1, 2)), moved.max(axis=(1, 2))
    inked = np.clip(strongest / np.maximum(left, 1e-3), 1, _MOST_INKED)
    return moved * inked[:, None, None]


def _add_noise(images: np.ndarray, sigma: float) -> np.ndarray:
    """Add Gaussian noise; every level has the same noise, weaker or stronger."""
    noise = np.random.default_rng(_SEED).standard_normal(images.shape, np.float32)
    return images + np.float32(sigma) * noise


def _blur(images: np.ndarray, sigma: float) -> np.ndarray:
    return scipy.ndimage.gaussian_filter(images, (0, sigma, sigma), mode="constant")


def _fade(images: np.ndarray, share: float) -> np.ndarray:
    return images * np.float32(share)


def _resample(images: np.ndarray, matrix: np.ndarray | list[list[float]]) -> np.ndarray:
    """Fetch each pixel from `matrix` times its (row, column) from the middle; outside is paper."""
    whole = np.eye(3)
    whole[1:, 1:] = matrix
    center = np.array([0, _CENTER, _CENTER])
    return scipy.ndimage.affine_transform(images, whole, center - whole @ center, order=1)


DISTORTIONS = (
    Distortion("rotation", "Rotation", "degrees", (-60, -40, -20, 0, 20, 40, 60), 0, _rotate),
    Distortion("shift", "Shift", "pixels", (0, 1, 2, 3, 4, 6, 8), 0, _shift),
    Distortion("size", "Size", "times", (0.4, 0.55, 0.7, 0.85, 1, 1.2, 1.4), 1, _resize),
    Distortion("thickness", "Line thickness", "pixels", (-2, -1, 0, 1, 2, 4, 6), 0, _thicken),
    Distortion(
        "noise", "Noise", "standard deviation", (0, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6), 0, _add_noise
    ),
    Distortion("blur", "Blur", "pixels", (0, 0.5, 1, 1.5, 2, 2.5, 3), 0, _blur),
    Distortion(
        "contrast", "Contrast", "share of the ink", (0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1), 1, _fade
    ),
)
