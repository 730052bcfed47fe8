"""What the Learn page explains, block by block, and which hyperparameters each of them explains."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """Something to play with on the Learn page.

    Attributes:
        title: its name, as a heading and in links.
        question: what it answers, in one sentence.
        fields: names of the hyperparameters that it explains.
    """

    title: str
    question: str
    fields: tuple[str, ...]


# By the name that stands in the address.
WORKED_NETWORK = "worked_network"
BLOCKS: dict[str, Block] = {
    WORKED_NETWORK: Block(
        "One small network",
        "What does a network compute, and how does it learn from its mistake?",
        ("hidden_units", "dense_units", "initial_weights", "batch_size", "epochs"),
    ),
    "activations": Block(
        "Activation functions",
        "What does a neuron make of its weighted sum, and how much of a gradient passes?",
        ("activation", "batch_normalization"),
    ),
    "losses": Block(
        "Cross-entropy and mean squared error",
        "How bad is an answer, and why does one of the two losses stall?",
        ("loss",),
    ),
    "softmax": Block(
        "Softmax",
        "How do ten numbers become ten probabilities, and how sure are they?",
        ("label_smoothing",),
    ),
    "descent": Block(
        "Gradient descent and momentum",
        "Which path do the weights take, and what does momentum change?",
        ("optimizer", "momentum", "weight_averaging"),
    ),
    "learning_rate": Block(
        "The learning rate",
        "At which rates does a network creep, learn, or explode?",
        (
            *("learning_rate", "learning_rate_schedule", "decay_rate", "decay_epochs"),
            *("plateau_patience", "warmup_epochs", "gradient_clipping"),
        ),
    ),
    "convolution": Block(
        "Convolution",
        "What does a filter see in your digit?",
        (
            *("architecture", "filters", "convolutions_per_block", "residual_blocks"),
            *("kernel_size", "padding"),
        ),
    ),
    "pooling": Block(
        "Max pooling",
        "What is left of your digit at half the size?",
        ("downsampling",),
    ),
    "dropout": Block(
        "Dropout",
        "What does a network learn when some of its units are always missing?",
        ("dropout",),
    ),
    "attention": Block(
        "Self-attention",
        "Which parts of your digit look at which others?",
        ("patch_size", "embedding_size", "attention_heads", "transformer_blocks"),
    ),
    "lstm": Block(
        "LSTM gates",
        "What does a network remember that reads your digit row by row?",
        ("lstm_units",),
    ),
}
_BLOCK_OF = {field: name for name, block in BLOCKS.items() for field in block.fields}


def block_of(field: str) -> str | None:
    """Return the name of the block that explains a hyperparameter; None where none does."""
    return _BLOCK_OF.get(field)
