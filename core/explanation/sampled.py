"""Which ink decided, from many samples: SHAP and LIME, as their authors' packages compute them.

They take arguments and return maps as the functions of `attribution` do, and after the classifier a
function that is told the progress, in [0, 1]. Both packages are optional.
"""

import functools
import threading
from collections.abc import Callable

import numpy as np

from core.classifier import Classifier
from core.data import load_embedded
from core.explanation.network import network_of, score_weights
from core.explanation.optional import import_optional

_SEED = 20170507
# Between the image and images of the background; in rounds, so that progress can be told.
_ROUNDS, _SAMPLES_IN_ROUND = 10, 50
_BACKGROUND_OF_EACH_DIGIT = 5
_HIDINGS, _HIDINGS_AT_A_TIME = 1000, 100
_SQUARE = 4  # pixels
# shap draws from NumPy's global random numbers.
_global_random = threading.Lock()


def shap_values(
    classifier: Classifier,
    note: Callable[[float], None],
    image: np.ndarray,
    digit: int,
    against: int | None = None,
) -> np.ndarray:
    """Return SHAP values (Lundberg and Lee 2017), estimated by `shap.GradientExplainer`.

    The gradients on the way from other digits to the image, on average over 50 digits of all kinds:
    not only ink counts, but also paper where others have ink. The map's sum is about by how much
    the image's logit is above the mean logit of those digits.

    Raises:
        NotExplained: shap is not installed.
    """
    import tensorflow as tf

    shap = import_optional("shap", package="shap", title="SHAP")
    model = network_of(classifier).score_model(score_weights(digit, against))
    rounds = []
    with tf.device("/CPU:0"):
        explainer = shap.GradientExplainer(model, _background())
        for number in range(_ROUNDS):
            with _global_random:
                state = np.random.get_state()
                try:
                    values = explainer.shap_values(
                        image[None], nsamples=_SAMPLES_IN_ROUND, rseed=_SEED + number
                    )
                finally:
                    np.random.set_state(state)
            rounds.append(values.reshape(28, 28))
            note((number + 1) / _ROUNDS)
    return np.mean(rounds, axis=0).astype(np.float32)


def lime_weights(
    classifier: Classifier,
    note: Callable[[float], None],
    image: np.ndarray,
    digit: int,
    against: int | None = None,
) -> np.ndarray:
    """Return LIME's weights (Ribeiro, Singh and Guestrin 2016) of squares of 4 x 4 pixels.

    Half of the squares with ink are covered with paper, at random, a thousand times, and a linear
    model is fitted to the logits. A square's weight is what it adds to the logit where it is
    uncovered; each of its 16 pixels gets a sixteenth, so the map's sum is that of the weights.

    Raises:
        NotExplained: lime is not installed.
    """
    lime_image = import_optional("lime.lime_image", package="lime", title="LIME")
    # It draws a progress bar into the server's log, and no argument keeps it from that.
    lime_image.tqdm = iter
    network, weights = network_of(classifier), score_weights(digit, against)
    done = 0

    def score(pictures: np.ndarray) -> np.ndarray:
        """Return `(n, 1)` for images in three colours, all the same, as lime makes them."""
        nonlocal done
        scores = network.logits(pictures[..., 0]) @ weights
        done += len(scores)
        note(done / _HIDINGS)
        return scores[:, None]

    squares, num_inked = _squares(image)
    explanation = lime_image.LimeImageExplainer(random_state=_SEED).explain_instance(
        image,
        score,
        labels=(0,),
        top_labels=None,
        hide_color=0,
        num_samples=_HIDINGS,
        batch_size=_HIDINGS_AT_A_TIME,
        segmentation_fn=lambda _: squares,
        random_seed=_SEED,
    )
    of_squares = np.zeros(num_inked + 1, np.float32)
    for square, weight in explanation.local_exp[0]:
        of_squares[square] = weight
    of_squares[num_inked] = 0
    return of_squares[squares] / _SQUARE**2


def _squares(image: np.ndarray) -> tuple[np.ndarray, int]:
    """Return for each pixel the number of its square, and how many squares have ink.

    Those without, which hiding does not change, all share the next number.
    """
    num = 28 // _SQUARE
    has_ink = image.reshape(num, _SQUARE, num, _SQUARE).any(axis=(1, 3))
    num_inked = int(has_ink.sum())
    numbers = np.where(has_ink, has_ink.cumsum().reshape(num, num) - 1, num_inked)
    return numbers.repeat(_SQUARE, axis=0).repeat(_SQUARE, axis=1), num_inked


@functools.cache
def _background() -> np.ndarray:
    """Return some images of each digit, float32 `(50, 28, 28)`, which every installation has."""
    dataset = load_embedded()
    chosen = [
        np.flatnonzero(dataset.y_train == digit)[:_BACKGROUND_OF_EACH_DIGIT] for digit in range(10)
    ]
    return dataset.x_train[np.concatenate(chosen)]
