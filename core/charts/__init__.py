"""Plotly figures and PNG pictures from plain data; knows nothing of runs or networks."""

from core.charts.ablation import ABLATION_HEIGHT, ablation_figure
from core.charts.change import CHANGE_HEIGHT, change_figure
from core.charts.compared import COMPARED_HEIGHT, compared_figure
from core.charts.confusion import CONFUSION_HEIGHT, confusion_figure
from core.charts.curves import curve_figure, schedule_figure
from core.charts.diagram import DIAGRAM_HEIGHT, PathColumn, path_figure
from core.charts.embedding import EMBEDDING_HEIGHT, embedding_figure
from core.charts.faithfulness import Change, faithfulness_figure
from core.charts.functions import (
    descent_figure,
    function_figure,
)
from core.charts.images import (
    activation_png,
    attribution_png,
    in_blocks,
    sheet,
    to_png,
    weight_sheet,
    with_boxes,
)
from core.charts.insights import (
    LAYER_MEASURES,
    PROBABILITY_HEIGHT,
    LayerMeasure,
    drawing_figure,
    layer_figure,
    probability_figure,
)
from core.charts.layout import CURVE_CONFIG
from core.charts.overlay import Over, band_figure, overlay_figure
from core.charts.reliability import (
    ANSWERED_HEIGHT,
    RELIABILITY_HEIGHT,
    answered_figure,
    reliability_figure,
)
from core.charts.robustness import ROBUSTNESS_HEIGHT, robustness_figure, writers_figure
from core.charts.rows import ROWS_HEIGHT, rows_figure
from core.charts.runs import RunPoint, runs_figure
from core.charts.search import Axis, importance_figure, parallel_figure
from core.charts.worked_network import network_svg
