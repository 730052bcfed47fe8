"""The network: which architecture, how large, and how its weights are initialised.

Does not know how a network is built; `models` does.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from core.hyperparameters.fields import CHOICE_OF_NUMBERS, FieldGroup, LayerSizes, setting


def _only(*architectures: str) -> dict[str, tuple[Any, ...]]:
    """Return the condition of a field that these architectures have."""
    return {"architecture": architectures}


class Network(FieldGroup):
    """What the network is made of."""

    architecture: Literal["mlp", "lenet5", "convnet", "resnet", "lstm", "vit"] = setting(
        "convnet",
        "Architecture",
        labels={
            "mlp": "Multilayer perceptron",
            "lenet5": "LeNet-5",
            "convnet": "Convolutional network",
            "resnet": "Residual network",
            "lstm": "LSTM",
            "vit": "Vision transformer",
        },
    )
    """Multilayer perceptron: every pixel feeds every neuron. LeNet-5: the convolutional network of
    1998 that read digits on cheques. Convolutional network: small filters slide over the image, so
    a shape is recognised wherever it is. Residual network: a convolutional one with skip
    connections around its layers, which let it be deep. LSTM: a recurrent network that reads the
    image row by row. Vision transformer: patches of the image attend to each other."""
    hidden_units: LayerSizes = setting((128,), "Hidden layers", when=_only("mlp"))
    """Neurons in each hidden layer, separated by commas: 128, 64 makes two layers."""
    filters: LayerSizes = setting(
        (24, 32), "Filters in each block", max_length=4, when=_only("convnet", "resnet")
    )
    """Filters in each block, separated by commas: 24, 32 makes two blocks. Each block halves the
    image, so there are at most 4."""
    convolutions_per_block: int = setting(
        1, "Convolutions per block", ge=1, le=3, when=_only("convnet"), advanced=True
    )
    """Convolutional layers before the image is halved."""
    residual_blocks: int = setting(1, "Residual blocks", ge=1, le=4, when=_only("resnet"))
    """Pairs of convolutions with a skip connection around each, for every number of filters. More
    make the network deeper and slower."""
    kernel_size: Annotated[Literal[3, 5, 7], CHOICE_OF_NUMBERS] = setting(
        5, "Kernel size", when=_only("convnet"), labels={n: f"{n} x {n} pixels" for n in (3, 5, 7)}
    )
    """Width and height of the filters."""
    padding: Literal["same", "valid"] = setting(
        "same",
        "Padding",
        when=_only("convnet"),
        advanced=True,
        labels={"same": "Same: zeros around the image", "valid": "Valid: none"},
    )
    """Same: zeros are added around the image, which keeps its size. Valid: filters stay inside the
    image, so each convolution makes it a little smaller, and the next ones faster."""
    downsampling: Literal["max_pooling", "strides"] = setting(
        "max_pooling",
        "Downsampling",
        when=_only("convnet"),
        advanced=True,
        labels={"max_pooling": "Max pooling", "strides": "Strides"},
    )
    """How a block halves the image. Max pooling: of each 2 x 2 values the highest is kept. Strides:
    the last convolution moves by two pixels, which is faster."""
    dense_units: int = setting(
        128, "Dense units", ge=0, le=1024, when=_only("convnet"), step=16, advanced=True
    )
    """Neurons in the fully connected layer after the last block; 0 leaves it out."""
    lstm_units: int = setting(128, "LSTM units", ge=8, le=512, when=_only("lstm"), step=8)
    """Size of the network's memory while it reads the image's 28 rows from top to bottom."""
    patch_size: Annotated[Literal[4, 7, 14], CHOICE_OF_NUMBERS] = setting(
        7, "Patch size", when=_only("vit"), labels={n: f"{n} x {n} pixels" for n in (4, 7, 14)}
    )
    """Width and height of the patches that the image is cut into: 4 makes 49 of them, 7 makes 16,
    14 makes 4. Smaller ones keep more detail and are slower."""
    embedding_size: int = setting(64, "Embedding size", ge=8, le=256, when=_only("vit"), step=8)
    """Numbers that represent each patch; a multiple of the attention heads."""
    attention_heads: int = setting(4, "Attention heads", ge=1, le=8, when=_only("vit"))
    """In how many ways at once each patch attends to the others."""
    transformer_blocks: int = setting(2, "Transformer blocks", ge=1, le=8, when=_only("vit"))
    """Layers in which the patches attend to each other, one after another."""
    activation: Literal["relu", "tanh", "sigmoid", "gelu"] = setting(
        "relu",
        "Activation",
        when=_only("mlp", "lenet5", "convnet", "resnet", "vit"),
        labels={"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "gelu": "GELU"},
    )
    """The function of a neuron's weighted sum. ReLU is the usual choice; sigmoid learns slowly in
    deep networks."""
    dropout: float = setting(
        0.2, "Dropout", ge=0.0, le=0.9, step=0.05, format="%.2f", changes_speed=False
    )
    """Share of neurons switched off at random in each training step, against overfitting."""
    batch_normalization: bool = setting(
        False, "Batch normalisation", when=_only("mlp", "lenet5", "convnet", "resnet")
    )
    """Scales each filter's or neuron's output to mean 0 and variance 1 within a batch, which
    stabilises training; each step takes longer."""
    initial_weights: Literal[
        "glorot_uniform", "he_normal", "lecun_normal", "small_normal", "zeros"
    ] = setting(
        "glorot_uniform",
        "Initial weights",
        advanced=True,
        labels={
            "glorot_uniform": "Glorot uniform",
            "he_normal": "He normal",
            "lecun_normal": "LeCun normal",
            "small_normal": "Small normal",
            "zeros": "Zeros",
        },
        changes_speed=False,
    )
    """Distribution of the weights before training. Glorot uniform suits most networks, He normal
    ReLU, LeCun normal tanh. Small normal is one narrow normal distribution for layers of any size,
    and slows deep networks. Zeros show why random numbers are needed: all neurons of a layer stay
    equal."""

    def convnet_sides(self) -> list[list[int]]:
        """Return the image's width and height after each layer of each block of a convnet.

        The layers that change it: the convolutions, and after them the pooling if there is one.
        Without any pixel left a side is 0 or less, which no valid convnet has.
        """
        side, blocks = 28, []
        for _ in self.filters:
            sides = []
            for _ in range(self.convolutions_per_block):
                side -= self.kernel_size - 1 if self.padding == "valid" else 0
                sides.append(side)
            # A last convolution of stride 2 keeps the half pixel that pooling leaves out.
            if self.downsampling == "strides":
                side = sides[-1] = -(-side // 2)
            else:
                side //= 2
                sides.append(side)
            blocks.append(sides)
        return blocks

    @model_validator(mode="after")
    def _pixels_are_left_for_every_layer(self) -> Self:
        if self.architecture != "convnet":
            return self
        for block, sides in enumerate(self.convnet_sides(), start=1):
            if min(sides) < 1:
                raise PydanticCustomError(
                    "no_pixel_left",
                    "Block {block} of the network has no pixel left of the image: with valid "
                    "padding each convolution of {size} x {size} makes it {less} pixels smaller, "
                    "and each block halves it. Choose fewer blocks, fewer convolutions per block, "
                    "a smaller kernel size, or same padding",
                    {
                        "block": block,
                        "size": self.kernel_size,
                        "less": self.kernel_size - 1,
                        "fields": ("filters", "convolutions_per_block", "kernel_size", "padding"),
                    },
                )
        return self

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        # Only where it has an effect: nobody can correct a field that the form hides.
        if self.architecture == "vit" and self.embedding_size % self.attention_heads:
            numbers = {name: getattr(self, name) for name in ("embedding_size", "attention_heads")}
            raise PydanticCustomError(
                "not_a_multiple",
                "Embedding size must be a multiple of attention heads, "
                "but received {embedding_size} and {attention_heads}",
                {**numbers, "fields": tuple(numbers)},
            )
        return self
