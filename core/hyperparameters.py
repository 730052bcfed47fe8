"""Hyperparameters: every setting of a training run, declared once.

The form's widgets, the bounds, the error messages, `run.json` and the link in the address bar
all come from the fields below. A new hyperparameter is one field here and its use in training.
Does not know how a widget looks or how a network is built.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo


def _split_commas(value: object) -> object:
    """Turn "128, 64", as a person types it, into a list that Pydantic validates."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _to_number(value: object) -> object:
    """Turn "3", as an address has it, into the number that a choice of numbers compares with."""
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


LayerSizes = Annotated[
    tuple[Annotated[int, Field(ge=1, le=1024)], ...],
    BeforeValidator(_split_commas),
    Field(min_length=1, max_length=5),
]


def _extra(
    group: str, *, architecture: str | None = None, optimizer: str | None = None, **widget: Any
) -> dict[str, Any]:
    """Describe where a field stands in the form and which choices it belongs to.

    Args:
        group: the heading under which the form shows the field.
        architecture: the field applies to this architecture only.
        optimizer: the field applies to this optimizer only.
        **widget: `step` and `format` of the number's widget.
    """
    applies_to = {"architecture": architecture, "optimizer": optimizer}
    return {
        "group": group,
        "applies_to": {name: choice for name, choice in applies_to.items() if choice},
        **widget,
    }


# What training does to images at random, validation and test images never.
AUGMENTATION = ("rotation", "shift", "zoom", "shear", "thickness", "elastic")


class Hyperparameters(BaseModel):
    """Settings of one training run; immutable, valid by construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    architecture: Literal["mlp", "convnet"] = Field(
        "convnet",
        title="Architecture",
        description="mlp: every pixel feeds every neuron. convnet: small filters slide over the "
        "image, so a shape is recognised wherever it stands.",
        json_schema_extra=_extra("Network"),
    )
    hidden_units: LayerSizes = Field(
        (128,),
        title="Hidden layers",
        description="Neurons in each hidden layer, separated by commas: 128, 64 makes two layers.",
        json_schema_extra=_extra("Network", architecture="mlp"),
    )
    filters: LayerSizes = Field(
        (24, 32),
        title="Filters in each block",
        description="Each block finds this many patterns and halves the image; separate blocks "
        "by commas. At most 4 blocks: after that a 28 x 28 image has no pixels left to halve.",
        max_length=4,
        json_schema_extra=_extra("Network", architecture="convnet"),
    )
    convolutions_per_block: int = Field(
        1,
        ge=1,
        le=3,
        title="Convolutions per block",
        description="Convolutional layers in a row before the image is halved.",
        json_schema_extra=_extra("Network", architecture="convnet"),
    )
    kernel_size: Annotated[Literal[3, 5, 7], BeforeValidator(_to_number)] = Field(
        5,
        title="Kernel size",
        description="Width and height, in pixels, of the filters.",
        json_schema_extra=_extra("Network", architecture="convnet"),
    )
    dense_units: int = Field(
        128,
        ge=1,
        le=1024,
        title="Dense units",
        description="Neurons in the fully connected layer after the last block.",
        json_schema_extra=_extra("Network", architecture="convnet"),
    )
    batch_normalization: bool = Field(
        False,
        title="Batch normalisation",
        description="Keeps each filter's output at mean 0 and variance 1 within a batch, which "
        "steadies training; each step takes longer.",
        json_schema_extra=_extra("Network", architecture="convnet"),
    )
    activation: Literal["relu", "tanh", "sigmoid", "gelu"] = Field(
        "relu",
        title="Activation",
        description="What a neuron does with its weighted sum. relu is the usual choice; sigmoid "
        "learns slowly in deep networks.",
        json_schema_extra=_extra("Network"),
    )
    dropout: float = Field(
        0.2,
        ge=0.0,
        le=0.9,
        title="Dropout",
        description="Share of neurons switched off at random in each training step, against "
        "learning by heart.",
        json_schema_extra=_extra("Network", step=0.05, format="%.2f"),
    )
    optimizer: Literal["sgd", "rmsprop", "adam", "adamw"] = Field(
        "adam",
        title="Optimizer",
        description="The rule that turns gradients into weight updates.",
        json_schema_extra=_extra("Optimization"),
    )
    momentum: float = Field(
        0.9,
        ge=0.0,
        le=0.99,
        title="Momentum",
        description="How much of the last step is carried into the next one.",
        json_schema_extra=_extra("Optimization", optimizer="sgd", step=0.05, format="%.2f"),
    )
    weight_decay: float = Field(
        0.004,
        ge=0.0,
        le=0.5,
        title="Weight decay",
        description="How strongly weights are pulled towards zero.",
        json_schema_extra=_extra("Optimization", optimizer="adamw", step=0.001, format="%.4f"),
    )
    learning_rate: float = Field(
        0.003,
        ge=1e-6,
        le=10.0,
        title="Learning rate",
        description="Size of each step downhill; the peak, where the schedule is one_cycle. Too "
        "high and the loss explodes, too low and nothing moves.",
        json_schema_extra=_extra("Optimization", step=0.0005, format="%.6g"),
    )
    learning_rate_schedule: Literal["constant", "one_cycle"] = Field(
        "one_cycle",
        title="Learning rate schedule",
        description="constant: the same throughout. one_cycle: rises for the first 30 % of the "
        "steps, then falls to nearly zero, which reaches a good result in few epochs.",
        json_schema_extra=_extra("Optimization"),
    )
    batch_size: int = Field(
        128,
        ge=1,
        le=1024,
        title="Batch size",
        description="Images per weight update. Small: many noisy steps. Large: few smooth ones.",
        json_schema_extra=_extra("Optimization", step=1),
    )
    epochs: int = Field(
        3,
        ge=1,
        le=200,
        title="Epochs",
        description="How many times training sees every training image.",
        json_schema_extra=_extra("Optimization", step=1),
    )
    validation_split: float = Field(
        0.1,
        ge=0.01,
        le=0.5,
        title="Validation split",
        description="Share of the images held back from training to choose the best epoch. The "
        "test images are separate and chosen from never.",
        json_schema_extra=_extra("Data", step=0.01, format="%.2f"),
    )
    training_share: float = Field(
        1.0,
        ge=0.01,
        le=1.0,
        title="Share of the data",
        description="How much of the training images to use. Less is faster and shows what a "
        "lack of data does.",
        json_schema_extra=_extra("Data", step=0.05, format="%.2f"),
    )
    rotation: float = Field(
        0.0,
        ge=0.0,
        le=45.0,
        title="Random rotation",
        description="Each training image is turned by up to this many degrees, either way.",
        json_schema_extra=_extra("Data", step=1.0, format="%.0f"),
    )
    shift: float = Field(
        0.0,
        ge=0.0,
        le=6.0,
        title="Random shift",
        description="Each training image is moved by up to this many pixels, in each direction.",
        json_schema_extra=_extra("Data", step=0.5, format="%.1f"),
    )
    zoom: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Random zoom",
        description="Each training image is enlarged or shrunk by up to this share.",
        json_schema_extra=_extra("Data", step=0.05, format="%.2f"),
    )
    shear: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Random slant",
        description="Each training image is slanted by up to this many pixels per pixel of height.",
        json_schema_extra=_extra("Data", step=0.05, format="%.2f"),
    )
    thickness: float = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title="Random line thickness",
        description="The lines of each training image are made thicker or thinner by up to this "
        "many pixels on either side.",
        json_schema_extra=_extra("Data", step=0.1, format="%.1f"),
    )
    elastic: float = Field(
        0.0,
        ge=0.0,
        le=3.0,
        title="Random elastic distortion",
        description="Each training image is bent as if drawn on rubber; its pixels move by about "
        "this many pixels, neighbours together.",
        json_schema_extra=_extra("Data", step=0.1, format="%.1f"),
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Start of the random numbers: the same seed and settings give the same run.",
        json_schema_extra=_extra("Data", step=1),
    )

    @property
    def augmentation(self) -> dict[str, float]:
        """Return the settings that change training images, and by how much each does."""
        return {name: getattr(self, name) for name in AUGMENTATION if getattr(self, name)}

    @property
    def augments(self) -> bool:
        """Tell whether these settings change training images at all."""
        return bool(self.augmentation)

    def applies(self, name: str) -> bool:
        """Tell whether field `name` has any effect beside the other settings."""
        return all(getattr(self, other) == choice for other, choice in applies_to(name).items())

    def to_query(self) -> dict[str, str]:
        """Return the settings that differ from the defaults, as parameters of an address."""
        return {
            name: to_text(value)
            for name, value in self.model_dump().items()
            if value != type(self).model_fields[name].default
        }


FIELDS: dict[str, FieldInfo] = Hyperparameters.model_fields


def extra(name: str) -> dict[str, Any]:
    """Return what field `name` says about its place and widget in the form."""
    described = FIELDS[name].json_schema_extra
    assert isinstance(described, dict)
    return described


def applies_to(name: str) -> dict[str, Any]:
    """Return the other settings, by name, that field `name` needs in order to matter."""
    return dict(extra(name)["applies_to"])


def to_text(value: object) -> str:
    """Write a setting as a person would type it: `(128, 64)` becomes "128, 64"."""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(item) for item in value)
    return str(value)


def explain_errors(error: ValidationError) -> list[str]:
    """Turn a validation error into one sentence per setting, with the value that was received."""
    sentences = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else "settings"
        label = FIELDS[name].title if name in FIELDS else name
        received = problem.get("input")
        message = problem["msg"][0].lower() + problem["msg"][1:]
        sentences.append(f"{label}: {message}, but received {received!r}.")
    return sentences


def from_query(query: Mapping[str, str]) -> tuple[Hyperparameters, list[str]]:
    """Read settings from the parameters of an address.

    Args:
        query: names and values as they stand in the address; unknown names are ignored, since
            other parts of the app may use the address too.

    Returns:
        The settings, with the default where a value is missing or invalid, and one sentence for
        each value that was refused.
    """
    given = {name: value for name, value in query.items() if name in FIELDS}
    try:
        return Hyperparameters.model_validate(given), []
    except ValidationError as error:
        refused = {str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}
        kept = {name: value for name, value in given.items() if name not in refused}
        sentences = [f"{sentence} The default is used." for sentence in explain_errors(error)]
        return Hyperparameters.model_validate(kept), sentences


PRESETS: dict[str, Hyperparameters] = {
    "article": Hyperparameters(
        architecture="mlp",
        hidden_units=(128,),
        activation="relu",
        dropout=0.2,
        optimizer="adam",
        learning_rate=0.001,
        learning_rate_schedule="constant",
        batch_size=32,
        epochs=5,
    ),
    "fast": Hyperparameters(
        architecture="convnet",
        filters=(24, 32),
        kernel_size=5,
        dense_units=256,
        dropout=0.1,
        learning_rate=0.01,
        batch_size=256,
        epochs=1,
    ),
    "accurate": Hyperparameters(
        architecture="convnet",
        filters=(16, 32, 64),
        convolutions_per_block=2,
        kernel_size=3,
        dense_units=128,
        batch_normalization=True,
        dropout=0.3,
        learning_rate=0.005,
        batch_size=128,
        epochs=15,
        rotation=12.0,
        shift=2.0,
        zoom=0.1,
        shear=0.2,
    ),
}

PRESET_LABELS = {
    "article": "The article's network",
    "fast": "Fast",
    "accurate": "Accurate",
}
