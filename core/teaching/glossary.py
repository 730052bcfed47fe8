"""The article's terms in plain words, and where in the app each of them shows."""

from dataclasses import dataclass
from typing import Literal

Page = Literal["draw", "train", "runs", "evaluate", "explain", "learn", "account"]


@dataclass(frozen=True)
class Term:
    """A term of the field.

    Attributes:
        meaning: what it is, in a few sentences.
        shows: where one meets it in the app.
        page: the page on which that is.
    """

    meaning: str
    shows: str
    page: Page


TERMS: dict[str, Term] = {
    "Fairness across writers": Term(
        "A model is fair to the people who use it when it reads all of them equally well. One "
        "accuracy for everybody hides that it may fail one hand, one country, or one habit.",
        "Evaluate shows the accuracy of each writer, and says when a difference is more than "
        "chance. Its other set of images was written by people of another country.",
        "evaluate",
    ),
    "F1": Term(
        "One number for precision and recall together: their harmonic mean, which is high only "
        "where both are.",
        "Evaluate has it for each digit.",
        "evaluate",
    ),
    "Generalisation": Term(
        "To answer correctly on images that were not in training. That is what a network is for; "
        "what it has memorised is worth nothing.",
        "Each run keeps validation and test images apart from training, and Evaluate judges with "
        "images that a model has never seen.",
        "evaluate",
    ),
    "Interpretability": Term(
        "To be able to say why a model answered as it did, in a way that can be checked.",
        "Explain shows the ink that decided, what each layer sees, and what would change the "
        "answer; and how far each of these can be trusted.",
        "explain",
    ),
    "Overfitting": Term(
        "A network memorises its training images, noise and all, and gets worse on others. You see "
        "it when the validation loss rises while the training loss still falls.",
        "The lesson *Too little data* on Train overfits on purpose, and the coach points it out.",
        "train",
    ),
    "Precision": Term(
        "Of all images that were answered with a 4, the share that really is a 4.",
        "Evaluate has it for each digit; a column of the confusion matrix holds what it counts.",
        "evaluate",
    ),
    "Privacy of drawings": Term(
        "Handwriting can show who wrote it. So whoever draws decides whether a drawing is kept, "
        "and can take it away or delete it.",
        "A drawing is kept only when you say which digit it was; Your data shows, exports and "
        "deletes all that the server has of you.",
        "account",
    ),
    "Recall": Term(
        "Of all images that really are a 4, the share that was answered with a 4.",
        "Evaluate has it for each digit; a row of the confusion matrix holds what it counts.",
        "evaluate",
    ),
    "Regularisation": Term(
        "Whatever keeps a network from memorising: dropout, weight decay, label smoothing, images "
        "that are turned and shifted at random, or stopping early.",
        "Train has a setting for each of them.",
        "train",
    ),
    "Transfer learning": Term(
        "To start from a network that has already learned something similar, and train it a little "
        "further, instead of starting from random weights.",
        "A completed run can train for more epochs, with what it has learned so far.",
        "train",
    ),
}
# Hyperparameters that no block explains, and the term that does.
_TERM_OF = {
    **dict.fromkeys(("weight_decay",), "Regularisation"),
    **dict.fromkeys(
        ("rotation", "shift", "zoom", "shear", "thickness", "elastic"), "Regularisation"
    ),
    **dict.fromkeys(("early_stopping_patience", "training_share", "wrong_labels"), "Overfitting"),
    "validation_split": "Generalisation",
}


def term_of(field: str) -> str | None:
    """Return the term that explains a hyperparameter; None where none does."""
    return _TERM_OF.get(field)
