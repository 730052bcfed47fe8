"""What happens around a user's run while it trains, each in a file of its own.

Records, checkpoints, the best model, users' requests, plateaus, the drawing that is classified on
the way, the look into the layers, the film of the first and the images that were seen. The loop
knows none of them.
"""

from core.training.callbacks.best_model import BestModel
from core.training.callbacks.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from core.training.callbacks.control import Control
from core.training.callbacks.drawing import DrawingPredictions
from core.training.callbacks.first_layer_frames import FirstLayerFrames
from core.training.callbacks.layer_probe import LayerProbe
from core.training.callbacks.metrics_log import MetricsLog
from core.training.callbacks.plateaus import Plateaus
from core.training.callbacks.seen_images import SeenImages
