"""Data and augmentation: which images a run uses, and how training changes them at random.

Does not know where the images come from.
"""

from typing import Any

from pydantic import Field

from core.hyperparameters.fields import FieldGroup, form_metadata

# Applied to training images only, never to validation and test images.
AUGMENTATION = ("rotation", "shift", "zoom", "shear", "thickness", "elastic")


def _augmentation(**more: Any) -> dict[str, Any]:
    return form_metadata("Augmentation", **more)


class Data(FieldGroup):
    """Which images a run uses."""

    validation_split: float = Field(
        0.1,
        ge=0.01,
        le=0.5,
        title="Validation split",
        description="Share of the images held back from training to choose the best epoch. The "
        "test images are separate; nothing is chosen by them.",
        json_schema_extra=form_metadata("Data", step=0.01, format="%.2f"),
    )
    training_share: float = Field(
        1.0,
        ge=0.01,
        le=1.0,
        title="Share of the training data",
        description="Share of the training images to use. Less is faster and shows the effect of "
        "too little data.",
        json_schema_extra=form_metadata("Data", step=0.05, format="%.2f"),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Starts the random numbers: the same seed and settings give the same run.",
        json_schema_extra=form_metadata("Data"),
    )
    wrong_labels: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Wrong labels",
        description="Share of the training images whose label is replaced by another digit at "
        "random (label noise). Validation and test labels stay correct.",
        json_schema_extra=form_metadata("Data", advanced=True, step=0.05, format="%.2f"),
    )


class Augmentation(FieldGroup):
    """How training images are changed at random, differently in every epoch."""

    rotation: float = Field(
        0.0,
        ge=0.0,
        le=45.0,
        title="Random rotation",
        description="Each training image is rotated by up to this many degrees, either way.",
        json_schema_extra=_augmentation(step=1.0, format="%.0f"),
    )
    shift: float = Field(
        0.0,
        ge=0.0,
        le=6.0,
        title="Random shift",
        description="Each training image is moved by up to this many pixels, in each direction.",
        json_schema_extra=_augmentation(step=0.5, format="%.1f"),
    )
    zoom: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Random zoom",
        description="Each training image is enlarged or shrunk by up to this share.",
        json_schema_extra=_augmentation(step=0.05, format="%.2f"),
    )
    shear: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Random slant",
        description="Each training image is slanted by up to this many pixels per pixel of height.",
        json_schema_extra=_augmentation(step=0.05, format="%.2f"),
    )
    thickness: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Random line thickness",
        description="The lines of each training image are made thicker or thinner by up to this "
        "many pixels on either side.",
        json_schema_extra=_augmentation(advanced=True, step=0.1, format="%.1f"),
    )
    elastic: float = Field(
        0.0,
        ge=0.0,
        le=3.0,
        title="Random elastic distortion",
        description="Each training image is bent as if drawn on rubber: its pixels move by about "
        "this many pixels, neighbours together.",
        json_schema_extra=_augmentation(advanced=True, step=0.1, format="%.1f"),
    )
