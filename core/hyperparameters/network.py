"""The network: which architecture, how large, and how its weights are initialised.

Does not know how a network is built; `models` does.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from core.hyperparameters.fields import CHOICE_OF_NUMBERS, FieldGroup, LayerSizes, form_metadata


def _network(*architectures: str, **more: Any) -> dict[str, Any]:
    """Return the metadata of a field that these architectures have, or all where none is named."""
    return form_metadata(
        "Network", when={"architecture": architectures} if architectures else None, **more
    )


class Network(FieldGroup):
    """What the network is made of."""

    architecture: Literal["mlp", "lenet5", "convnet", "resnet", "lstm", "vit"] = Field(
        "convnet",
        title="Architecture",
        description="mlp: every pixel feeds every neuron. lenet5: the convolutional network of "
        "1998 that read digits on cheques. convnet: small filters slide over the image, so a "
        "shape is recognised wherever it is. resnet: a convnet with skip connections around its "
        "layers, which let it be deep. lstm: a recurrent network that reads the image row by row. "
        "vit: a vision transformer, whose patches of the image attend to each other.",
        json_schema_extra=_network(),
    )
    hidden_units: LayerSizes = Field(
        (128,),
        title="Hidden layers",
        description="Neurons in each hidden layer, separated by commas: 128, 64 makes two layers.",
        json_schema_extra=_network("mlp"),
    )
    filters: LayerSizes = Field(
        (24, 32),
        title="Filters in each block",
        description="Filters in each block, separated by commas: 24, 32 makes two blocks. Each "
        "block halves the image, so there are at most 4.",
        max_length=4,
        json_schema_extra=_network("convnet", "resnet"),
    )
    convolutions_per_block: int = Field(
        1,
        ge=1,
        le=3,
        title="Convolutions per block",
        description="Convolutional layers before the image is halved.",
        json_schema_extra=_network("convnet", advanced=True),
    )
    residual_blocks: int = Field(
        1,
        ge=1,
        le=4,
        title="Residual blocks",
        description="Pairs of convolutions with a skip connection around each, for every number "
        "of filters. More make the network deeper and slower.",
        json_schema_extra=_network("resnet"),
    )
    kernel_size: Annotated[Literal[3, 5, 7], CHOICE_OF_NUMBERS] = Field(
        5,
        title="Kernel size",
        description="Width and height, in pixels, of the filters.",
        json_schema_extra=_network("convnet"),
    )
    padding: Literal["same", "valid"] = Field(
        "same",
        title="Padding",
        description="same: the image keeps its size; zeros are added around it. valid: filters "
        "stay inside it, so each convolution makes it a little smaller, and the next ones faster.",
        json_schema_extra=_network("convnet", advanced=True),
    )
    downsampling: Literal["max_pooling", "strides"] = Field(
        "max_pooling",
        title="Downsampling",
        description="How a block halves the image. max_pooling: of each 2 x 2 values the highest "
        "is kept. strides: the last convolution moves by two pixels, which is faster.",
        json_schema_extra=_network("convnet", advanced=True),
    )
    dense_units: int = Field(
        128,
        ge=0,
        le=1024,
        title="Dense units",
        description="Neurons in the fully connected layer after the last block; 0 leaves it out.",
        json_schema_extra=_network("convnet", advanced=True, step=16),
    )
    lstm_units: int = Field(
        128,
        ge=8,
        le=512,
        title="LSTM units",
        description="Size of the network's memory while it reads the image's 28 rows from top to "
        "bottom.",
        json_schema_extra=_network("lstm", step=8),
    )
    patch_size: Annotated[Literal[4, 7, 14], CHOICE_OF_NUMBERS] = Field(
        7,
        title="Patch size",
        description="Width and height, in pixels, of the patches that the image is cut into: "
        "4 makes 49 of them, 7 makes 16, 14 makes 4. Smaller ones keep more detail and are slower.",
        json_schema_extra=_network("vit"),
    )
    embedding_size: int = Field(
        64,
        ge=8,
        le=256,
        title="Embedding size",
        description="Numbers that represent each patch; a multiple of the attention heads.",
        json_schema_extra=_network("vit", step=8),
    )
    attention_heads: int = Field(
        4,
        ge=1,
        le=8,
        title="Attention heads",
        description="In how many ways at once each patch attends to the others.",
        json_schema_extra=_network("vit"),
    )
    transformer_blocks: int = Field(
        2,
        ge=1,
        le=8,
        title="Transformer blocks",
        description="Layers in which the patches attend to each other, one after another.",
        json_schema_extra=_network("vit"),
    )
    activation: Literal["relu", "tanh", "sigmoid", "gelu"] = Field(
        "relu",
        title="Activation",
        description="The function of a neuron's weighted sum. relu is the usual choice; sigmoid "
        "learns slowly in deep networks.",
        json_schema_extra=_network("mlp", "lenet5", "convnet", "resnet", "vit"),
    )
    dropout: float = Field(
        0.2,
        ge=0.0,
        le=0.9,
        title="Dropout",
        description="Share of neurons switched off at random in each training step, against "
        "overfitting.",
        json_schema_extra=_network(step=0.05, format="%.2f"),
    )
    batch_normalization: bool = Field(
        False,
        title="Batch normalisation",
        description="Scales each filter's or neuron's output to mean 0 and variance 1 within a "
        "batch, which stabilises training; each step takes longer.",
        json_schema_extra=_network("mlp", "lenet5", "convnet", "resnet"),
    )
    initial_weights: Literal[
        "glorot_uniform", "he_normal", "lecun_normal", "small_normal", "zeros"
    ] = Field(
        "glorot_uniform",
        title="Initial weights",
        description="Distribution of the weights before training. glorot_uniform suits most "
        "networks, he_normal relu, lecun_normal tanh. small_normal is one narrow normal "
        "distribution for layers of any size, and slows deep networks. zeros shows why random "
        "numbers are needed: all neurons of a layer stay equal.",
        json_schema_extra=_network(advanced=True),
    )

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        # Only where it has an effect: nobody can correct a field that the form hides.
        if self.architecture == "vit" and self.embedding_size % self.attention_heads:
            raise PydanticCustomError(
                "not_a_multiple",
                "Embedding size must be a multiple of attention heads, "
                "but received {embedding_size} and {attention_heads}",
                {
                    "embedding_size": self.embedding_size,
                    "attention_heads": self.attention_heads,
                    "fields": ("embedding_size", "attention_heads"),
                },
            )
        return self
