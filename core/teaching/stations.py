"""A path for a lesson: six stations, each with a task, a question, and its answer."""

from dataclasses import dataclass
from typing import Literal

Page = Literal["draw", "train", "explain", "learn"]


@dataclass(frozen=True)
class Station:
    """One station of the path.

    Attributes:
        title: its heading.
        task: what to do, in a few sentences.
        page: where to do it.
        preset: name of the preset that the form on Train is filled with; None where it needs none.
        question: what to find out by it.
        choices: possible answers, of which one is right.
        answer: the right one.
        found: what to say once it is found: why it is so.
        hint: what to say to another answer: where to look.
    """

    title: str
    task: str
    page: Page
    question: str
    choices: tuple[str, ...]
    answer: str
    found: str
    hint: str
    preset: str | None = None


# By the name under which a browser keeps that it was found.
STATIONS: dict[str, Station] = {
    "drawn": Station(
        "Draw, and be read",
        "Draw a 7 on the Draw page and look at the ten probabilities. Then clear the canvas, and "
        "draw something that is not a digit: a star, or a scribble.",
        "draw",
        "What does the page say to what is not a digit?",
        ("Always a digit, and sure of it", "I am not sure", "Nothing at all"),
        "I am not sure",
        "The network can only answer with one of ten digits. When none of the ten probabilities is "
        "high enough, the app says that it is not sure, which is better than a wrong answer. It "
        "does not always notice: try a house, whose outline is closed like that of a 0.",
        "Draw something that is not like any digit, wait a moment, and read what is beside it.",
    ),
    "worked": Station(
        "The article's network",
        "Open *One small network* on this page. Press *Step* a few times and watch the loss. Then "
        "start again, set the learning rate to 0, and press *Step* again.",
        "learn",
        "What does a step do at a learning rate of 0?",
        (
            "The loss falls more slowly",
            "The loss rises",
            "Nothing: weights and loss stay as they are",
        ),
        "Nothing: weights and loss stay as they are",
        "Each weight is moved by the learning rate times its gradient. The gradients are there, "
        "but zero times a gradient is zero, so nothing is learned.",
        "Choose *Backward: the gradients* below the network, and look at *Update* there, with the "
        "learning rate at 0.",
    ),
    "normalised": Station(
        "Why a drawing is normalised",
        "On the Draw page, draw a small digit in a corner. Open *Show how the network saw it* and "
        "compare the drawing that was merely shrunk with the one that was normalised: cut out, "
        "brought to one size, and centred, as MNIST's digits were.",
        "draw",
        "Which of the two can the network read?",
        ("The one that was merely shrunk", "The normalised one", "Both alike"),
        "The normalised one",
        "A network knows only what it was trained on: digits of one size, in the centre. It has "
        "not learned to read anything that looks different, however clear that is to us.",
        "Make the digit really small, in a corner, and compare the answers to the two pictures.",
    ),
    "learning_rate": Station(
        "A learning rate that is too high",
        "Fill the form with the lesson *Learning rate too high*, start training, and watch the "
        "loss for a few seconds.",
        "train",
        "Near which value does the loss stay?",
        ("0", "0.1", "2.3", "10"),
        "2.3",
        "A network that gives each of the ten digits the same probability has a loss of −ln(1/10), "
        "which is 2.3. So this one has learned nothing: it guesses.",
        "Look at the curve of the loss at its end, and at the numbers on its left.",
        preset="too_high_learning_rate",
    ),
    "overfitting": Station(
        "Overfitting",
        "Fill the form with the lesson *Too little data* and start training. Compare the two "
        "curves of the loss: on training images, and on validation images, which it never learns "
        "from.",
        "train",
        "Which of the two turns and rises?",
        ("The training loss", "The validation loss", "Both", "Neither"),
        "The validation loss",
        "The network memorises its few training images, so their loss goes on falling. On images "
        "that it has not seen it gets worse: it overfits.",
        "Wait for the end, and follow each of the two curves from left to right.",
        preset="little_data",
    ),
    "explained": Station(
        "Why it answers so",
        "Draw an 8, press *Why?* and look at the ink that decided. Open *What would change it*, "
        "choose *Erase and see*, and erase the ink that counts most for the 8.",
        "explain",
        "What becomes of the probability of the 8?",
        ("It rises", "It stays as it was", "It falls"),
        "It falls",
        "That is how one can tell that an explanation is right: without what it names, the answer "
        "changes.",
        "Orange ink counts for the digit. Erase some of it and compare the two answers.",
    ),
}


def is_found(name: str, choice: str) -> bool:
    """Tell whether this is the right answer at a station."""
    return STATIONS[name].answer == choice
