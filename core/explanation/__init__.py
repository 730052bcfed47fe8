"""Why a classifier answers as it does: which ink decided, and what each layer makes of it.

Imports TensorFlow when the first explanation is computed. Knows nothing of pages.
"""

from core.explanation.ablation import Ablation, ablation_map
from core.explanation.attribution import (
    Attribution,
    Method,
    attribute,
    describe_place,
    evidence_for_all,
    integrated_gradients,
)
from core.explanation.counterfactual import ChangeMethod, Changes, change_answer
from core.explanation.diagram import Column, Paths, strongest_paths
from core.explanation.embedding import Embedding, project, project_tsne, project_umap
from core.explanation.exciting import Exciting, exciting_images, exciting_ink
from core.explanation.faithfulness import (
    RANDOM_ORDER,
    Completeness,
    Curves,
    Randomised,
    completeness,
    deletion_and_insertion,
    randomised,
)
from core.explanation.filters import filter_pictures, first_filters
from core.explanation.imagined import Imagined, imagine
from core.explanation.interventions import (
    MOST_BITS,
    Intervention,
    Recognised,
    accuracy_after,
    answer_after,
    switchable_layers,
)
from core.explanation.layers import LayerKind, LayerView, see_layers
from core.explanation.morph import Morph, morph
from core.explanation.neighbours import COMPARED_IMAGES, Neighbour, nearest_images
from core.explanation.network import Network, NotExplained, network_of, score_weights
from core.explanation.painting import nearest_image, paint_over
from core.explanation.patches import Attention, see_attention
from core.explanation.rows import RowReading, read_rows
from core.explanation.sampled import SampledMethod, attribute_sampled, lime_weights, shap_values
from core.explanation.set_features import SetFeatures, set_features
from core.explanation.switchable import Switchable
