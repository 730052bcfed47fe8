"""Train one run to its end: a loop of epochs and steps, and callbacks for what happens on the way.

Importing it loads TensorFlow. Does not know who called it, who watches, or where it happens.
"""

from core.training.augmentation import augment
from core.training.augmentation_preview import example_images, preview_augmentation
from core.training.loop import Callback, TrainingLoop
from core.training.optimizers import build_optimizer
from core.training.steps import MAX_STEPS, TrainingSteps
from core.training.trainer import build_model, train
