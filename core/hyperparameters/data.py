"""Data and augmentation: which images a run uses, and how training changes them at random.

Does not know where the images come from.
"""

from core.hyperparameters.fields import FieldGroup, setting


class Data(FieldGroup):
    """Which images a run uses."""

    validation_split: float = setting(
        0.1, "Validation split", ge=0.01, le=0.5, step=0.01, format="%.2f", changes_speed=False
    )
    """Share of the images held back from training to choose the best epoch. The test images are
    separate; nothing is chosen by them."""
    training_share: float = setting(
        1.0,
        "Share of the training data",
        ge=0.01,
        le=1.0,
        step=0.05,
        format="%.2f",
        changes_speed=False,
    )
    """Share of the training images to use. Less is faster and shows the effect of too little
    data."""
    seed: int = setting(0, "Seed", ge=0, le=2**31 - 1, changes_speed=False)
    """Starts the random numbers: the same seed and settings give the same run."""
    wrong_labels: float = setting(
        0.0,
        "Wrong labels",
        ge=0.0,
        le=1.0,
        step=0.05,
        format="%.2f",
        advanced=True,
        changes_speed=False,
    )
    """Share of the training images whose label is replaced by another digit at random (label
    noise). Validation and test labels stay correct."""


class Augmentation(FieldGroup):
    """How training images are changed at random, differently in every epoch."""

    rotation: float = setting(0.0, "Random rotation", ge=0.0, le=45.0, step=1.0, format="%.0f")
    """Each training image is rotated by up to this many degrees, either way."""
    shift: float = setting(0.0, "Random shift", ge=0.0, le=6.0, step=0.5, format="%.1f")
    """Each training image is moved by up to this many pixels, in each direction."""
    zoom: float = setting(0.0, "Random zoom", ge=0.0, le=0.5, step=0.05, format="%.2f")
    """Each training image is enlarged or shrunk by up to this share."""
    shear: float = setting(0.0, "Random slant", ge=0.0, le=0.5, step=0.05, format="%.2f")
    """Each training image is slanted by up to this many pixels per pixel of height."""
    thickness: float = setting(
        0.0, "Random line thickness", ge=0.0, le=1.0, step=0.1, format="%.1f", advanced=True
    )
    """The lines of each training image are made thicker or thinner by up to this many pixels on
    either side."""
    elastic: float = setting(
        0.0, "Random elastic distortion", ge=0.0, le=3.0, step=0.1, format="%.1f", advanced=True
    )
    """Each training image is bent as if drawn on rubber: its pixels move by about this many pixels,
    neighbours together."""


# Applied to training images only, never to validation and test images.
AUGMENTATION = tuple(Augmentation.model_fields)
