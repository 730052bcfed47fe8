"""Why a classifier answers as it does: which ink decided, and what each layer makes of it.

Imports TensorFlow when the first explanation is computed. Knows nothing of pages.
"""

from core.explanation.attribution import (
    describe_place,
    grad_cam,
    gradient_saliency,
    integrated_gradients,
    occlusion,
)
from core.explanation.embedding import Embedding, project, project_tsne, project_umap
from core.explanation.neighbours import COMPARED_IMAGES, Neighbour, nearest_images
from core.explanation.network import Network, NotExplained, network_of, score_weights
from core.explanation.sampled import lime_weights, shap_values
from core.explanation.set_features import SetFeatures, set_features
