"""What the file of a search holds. Opens no file."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.hyperparameters import Hyperparameters
from core.runs.bounds import Key, LongText, Moment, Name
from core.search.space import Dimension

Method = Literal["seeds", "random", "tpe"]
Status = Literal["running", "stopping", "completed", "stopped"]
MAX_RUNS, MAX_MINUTES, MAX_DIMENSIONS = 100, 7 * 24 * 60, 12


class SearchRecord(BaseModel):
    """A search: what its runs have in common, what they vary, and when it ends.

    Attributes:
        owner: the `core.access.Person.id` to whom it and its runs belong; None where nobody said.
        hyperparameters: what its runs have in common.
        method: "seeds" trains the same settings with one seed after the other; "random" draws each
            run's settings by chance, "tpe" from where earlier ones were good (Bergstra et al.
            2011, Algorithms for Hyper-Parameter Optimization).
        space: what varies; empty for seeds.
        num_runs: how many runs it makes.
        minutes: how long its runs may train together; None where that is not limited.
        prunes: whether a run that falls behind the others is stopped.
        num_created: how many runs it has made so far.
        pruned: the ids of runs that fell behind.
        problem: why it cannot go on just now; empty where it can.
        ended: why it has ended, for people; empty until then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Key
    name: Name
    created: Moment
    owner: Key | None = None
    status: Status = "running"
    hyperparameters: Hyperparameters
    method: Method
    space: Annotated[tuple[Dimension, ...], Field(max_length=MAX_DIMENSIONS)] = ()
    num_runs: Annotated[int, Field(ge=2, le=MAX_RUNS)]
    minutes: Annotated[float, Field(gt=0, le=MAX_MINUTES)] | None = None
    prunes: bool = False
    num_created: Annotated[int, Field(ge=0, le=MAX_RUNS)] = 0
    pruned: Annotated[tuple[Key, ...], Field(max_length=MAX_RUNS)] = ()
    problem: LongText = ""
    ended: LongText = ""

    @model_validator(mode="after")
    def _check(self) -> "SearchRecord":
        fields = [dimension.field for dimension in self.space]
        if (self.method == "seeds") == bool(fields):
            raise PydanticCustomError("space", "a search needs at least one setting that varies")
        if len(set(fields)) < len(fields):
            raise PydanticCustomError("twice", "a setting can vary only once")
        return self

    @property
    def is_under_way(self) -> bool:
        """Tell whether it may still make runs, or stop one."""
        return self.status in ("running", "stopping")

    @property
    def seconds(self) -> float:
        """Return how long its runs may train together."""
        return math.inf if self.minutes is None else 60 * self.minutes
