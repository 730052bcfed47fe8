"""What Optuna says of a search: which settings to try next, which run falls behind, what matters.

Its study is made anew from the runs themselves each time, so that there is nothing to keep beside
them. Optuna takes half a second to import, so it is imported where it is used.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from core.hyperparameters import Hyperparameters, to_text
from core.search.record import SearchRecord
from core.search.space import Dimension
from core.search.trials import Trial

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

_MOST_TRIES = 50  # to find settings that go together
_RUNS_BEFORE_PRUNING = 3
# Of the runs, so many are drawn by chance before TPE has something to go by.
_CHANCE = 1 / 3


def load_optuna() -> None:
    """Import what takes seconds, in a thread for which no page waits."""
    import optuna

    optuna.importance.PedAnovaImportanceEvaluator()


def next_settings(
    search: SearchRecord,
    trials: Sequence[Trial],
    *,
    refuse: Callable[[Hyperparameters], str | None],
) -> Hyperparameters:
    """Return the settings of the next run; `refuse` says why some cannot be trained here.

    Raises:
        ValueError: no settings within the bounds go together.
    """
    base = search.hyperparameters
    if search.method == "seeds":
        return base.model_copy(update={"seed": (base.seed + search.num_created) % 2**31})
    study = _study(search, trials)
    for _ in range(_MOST_TRIES):
        asked = study.ask(_distributions(search))
        values = {each.field: each.value(asked.params[each.field]) for each in search.space}
        problem: str | None = "No settings within these bounds go together."
        with suppress(ValidationError):  # such as more heads than the embedding has numbers
            settings = Hyperparameters.model_validate({**base.model_dump(), **values})
            problem = refuse(settings)
            if problem is None:
                return settings
        study.tell(asked, state=_states().FAIL)
    raise ValueError(problem)


def falls_behind(search: SearchRecord, trials: Sequence[Trial], trial: Trial) -> bool:
    """Tell whether a run is worse than the median of the others after as many epochs."""
    import optuna

    if (
        not search.prunes
        or not trial.accuracies
        or trial.record.num_epochs <= len(trial.accuracies)
    ):
        return False
    others = [other for other in trials if other is not trial]
    pruner = optuna.pruners.MedianPruner(n_startup_trials=_RUNS_BEFORE_PRUNING)
    frozen = _frozen(search, trial, state=_states().RUNNING)
    return frozen is not None and pruner.prune(_study(search, others), frozen)


def importances(search: SearchRecord, trials: Sequence[Trial]) -> Mapping[str, float]:
    """Return how much each setting decides, as shares of 1; empty where too few runs tell.

    By PED-ANOVA: Watanabe et al. 2023, arXiv 2304.10255.
    """
    import optuna

    study = _study(search, trials)
    if (
        len(study.get_trials(deepcopy=False, states=(_states().COMPLETE,)))
        < 2 * _RUNS_BEFORE_PRUNING
    ):
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return optuna.importance.get_param_importances(study, evaluator=evaluator)


def _states() -> Any:
    from optuna.trial import TrialState

    return TrialState


def _study(search: SearchRecord, trials: Sequence[Trial]) -> "optuna.Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Another draw for each run, and the same one after a restart.
    seed = (search.hyperparameters.seed + search.num_created) % 2**31
    sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed=seed)
    if search.method == "tpe":
        by_chance = max(_RUNS_BEFORE_PRUNING, round(_CHANCE * search.num_runs))
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=min(10, by_chance))
    study = optuna.create_study(direction="maximize", sampler=sampler)
    frozen = (_frozen(search, trial, state=_state_of(search, trial)) for trial in trials)
    study.add_trials([each for each in frozen if each is not None])
    return study


def _state_of(search: SearchRecord, trial: Trial) -> Any:
    if trial.is_active:
        return _states().RUNNING
    if trial.val_accuracy is None:
        return _states().FAIL
    return _states().PRUNED if trial.run.id in search.pruned else _states().COMPLETE


def _frozen(search: SearchRecord, trial: Trial, *, state: Any) -> "optuna.trial.FrozenTrial | None":
    """Return a run as Optuna knows it; None where its settings are not of this search."""
    import optuna

    settings, distributions = trial.record.hyperparameters, _distributions(search)
    if settings is None:
        return None
    is_over = state in (_states().COMPLETE, _states().PRUNED)
    try:
        return optuna.trial.create_trial(
            state=state,
            params={each.field: _value(settings, each) for each in search.space},
            distributions=distributions,
            value=trial.val_accuracy if is_over else None,
            intermediate_values=dict(enumerate(trial.accuracies, 1)),
        )
    except ValueError:  # a run from elsewhere that names this search
        return None


def _value(settings: Hyperparameters, dimension: Dimension) -> Any:
    value = getattr(settings, dimension.field)
    return to_text(value) if dimension.choices else value


def _distributions(search: SearchRecord) -> dict[str, "BaseDistribution"]:
    return {each.field: _distribution(each) for each in search.space}


def _distribution(dimension: Dimension) -> "BaseDistribution":
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if dimension.choices:
        return CategoricalDistribution(dimension.choices)
    assert dimension.low is not None and dimension.high is not None
    if dimension.is_integer:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)
