"""A run is a directory, and the directory is the only truth about it.

What its files hold, what users may ask of it, how it stands, and the folder of all runs. Knows
nothing of how training works.
"""

from core.runs.disk import free_bytes, is_disk_full
from core.runs.durations import Estimate, cost_terms, estimate_duration, planned_split
from core.runs.estimates import estimate_starts
from core.runs.metrics import (
    DrawingRecord,
    EpochRecord,
    LayerRecord,
    LayersRecord,
    LearningRateRecord,
    Metrics,
    Record,
    StepRecord,
)
from core.runs.naming import automatic_name, distinct_names, local_time
from core.runs.predictions import Predictions, read_predictions, write_predictions
from core.runs.progress import measure_progress
from core.runs.record import (
    MAX_NAME_LENGTH,
    MAX_NOTE_LENGTH,
    DataRecord,
    Results,
    RunRecord,
    explain_damage,
)
from core.runs.run import Run
from core.runs.state import RunState, changes_by_itself, read_state
from core.runs.store import Look, RunStore
