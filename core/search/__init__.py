"""Search for better settings, or train the same ones with several seeds: runs one after another.

A search is a small file; its trials are ordinary runs, which name it. Everything else follows from
those, so that it survives a restart of the server. Knows nothing of how a run is trained.
"""

from core.search.record import MAX_DIMENSIONS, MAX_MINUTES, MAX_RUNS, Method, SearchRecord
from core.search.runner import SearchRunner
from core.search.space import (
    MAX_CHOICES,
    Dimension,
    choices_of,
    dimension_of,
    is_range,
    searchable,
)
from core.search.store import Search, SearchStore
from core.search.suggest import importances
from core.search.trials import Trial, read_trials, training_seconds
