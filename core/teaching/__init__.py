"""The mathematics of networks, to be looked at and played with, in NumPy; nothing is trained here.

Knows hyperparameters by name only, so that what explains one and what sets it can be linked.
"""

from core.teaching.activations import ACTIVATIONS, Activation
from core.teaching.blocks import BLOCKS, WORKED_NETWORK, Block, block_of
from core.teaching.descent import (
    HIGHEST_RATE,
    LIMIT,
    Outcome,
    descend,
    last_losses,
    outcome,
    slope,
    surface,
)
from core.teaching.example_digit import example_digit
from core.teaching.formulas import (
    A1_FORMULA,
    GRADIENTS,
    INPUT_FORMULA,
    LOSS_FORMULA,
    SOFTMAX_FORMULA,
    UPDATE_FORMULA,
    Z1_FORMULA,
    Z2_FORMULA,
    Gradient,
    matrix,
    number_text,
)
from core.teaching.glossary import TERMS, Term, term_of
from core.teaching.image_blocks import (
    FILTERS,
    LSTMState,
    attention,
    convolve,
    drop,
    lstm_step,
    max_pool,
    patches,
    windows,
)
from core.teaching.losses import LOSSES, Loss
from core.teaching.stations import STATIONS, Station, is_found
from core.teaching.worked_network import (
    BEGINNING,
    INPUT,
    Forward,
    Parameters,
    articles_gradient,
    backward,
    cross_entropy,
    finite_differences,
    forward,
    loss_of,
    softmax,
    update,
)
from core.teaching.worked_training import (
    FITS,
    LARGEST,
    MOST_STEPS,
    NUMBERS,
    moved,
    number,
    train_steps,
)
