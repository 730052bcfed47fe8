"""Judge a model: on which images, how well, how surely, how far it bends, for whom.

Knows nothing of training.
"""

from core.evaluation.answers import find_answers, keep_answers
from core.evaluation.distortions import DISTORTIONS, Distortion
from core.evaluation.evaluation import Evaluation, judge
from core.evaluation.image_sets import (
    LOAD_DIGITS_NAME,
    ImageSet,
    collect_drawings_of,
    collect_load_digits,
    collect_test_images,
)
from core.evaluation.kept_curves import keep_curves, read_curves
from core.evaluation.reliability import (
    Answered,
    AnsweredCurve,
    ReliabilityBin,
    answered_curve,
    at_threshold,
    reliability,
)
from core.evaluation.report import (
    Report,
    evaluate,
    interval_of_share,
    make_report,
    wilson_interval,
)
from core.evaluation.robustness import (
    LevelAccuracy,
    Robustness,
    RobustnessPoint,
    measure_robustness,
    sample_images,
)
from core.evaluation.seen import NotJudged, find_unseen, may_have_seen
from core.evaluation.selection import Shown, select_images
from core.evaluation.significance import Difference, compare_answers, holm
from core.evaluation.writers import WriterAccuracy, accuracy_by_writer
