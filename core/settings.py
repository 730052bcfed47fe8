"""What the server's owner sets by environment variables. Knows nothing of a single run."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, PositiveInt, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_PROJECT = Path(__file__).resolve().parent.parent
PRETRAINED = _PROJECT / "models" / "pretrained" / "digits.keras"

# Where the server keeps its own: beside the runs, and hidden, so that it is not taken for one.
SERVER_FOLDER = ".server"


class ServerSettings(BaseSettings):
    """Settings of the server, read from `DIGIT_LAB_*` in the environment.

    Attributes:
        runs: the folder that holds one directory per run.
        drawings: the folder that holds the drawings whose digit a user has named.
        mnist: an `mnist.npz` in Keras's layout; takes precedence over every other source.
        download: whether the server may download MNIST when it has none.
        download_seconds: how long a download may take as a whole before it is given up.
        max_epochs: epochs that a run may have, those added later included.
        max_parameters: weights that a network may have.
        max_megabytes: memory that training one network may need, by estimate. The default leaves
            a machine of 8 GB enough for the server, its browser and TensorFlow itself.
        max_runs: runs that are kept; no more can be started until somebody deletes some.
        max_waiting: runs that one browser may have in the queue at a time.
        max_disk_per_person: what one person's runs may take of the disk, in megabytes, before they
            can start no more. A run of the default network takes about 1 MB, the largest that the
            other defaults allow about 120 MB.
        max_disk: what all runs together may take, in megabytes.
        min_free_disk: what must be free of the disk before a run starts, in megabytes; 0 is off.
        shared: whether several people use this server: each may change only what is theirs.
        teachers: who may change everything on a shared server: verified e-mail addresses, subjects
            of a login, or pseudonyms of browsers; separated by commas.
        teacher_key: what somebody types once to become a teacher; without it nobody can.
        max_drawings: labelled drawings that one person may keep.
        max_drawings_in_all: labelled drawings of all people together.
        keep_drawings_days: for how many days labelled drawings are kept; without it, until they are
            deleted.
        max_sessions: pages that may be open at a time in all browsers together.
    """

    model_config = SettingsConfigDict(
        env_prefix="DIGIT_LAB_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,  # which go to the log: a key that is too short is still a secret
    )

    runs: Path = _PROJECT / "runs"
    drawings: Path = _PROJECT / "drawings"
    mnist: Path | None = None
    download: bool = True
    download_seconds: float = 120.0
    max_epochs: PositiveInt = 200
    max_parameters: PositiveInt = 5_000_000
    max_megabytes: PositiveInt = 3000
    max_runs: PositiveInt = 500
    max_waiting: PositiveInt = 5
    max_disk_per_person: PositiveInt = 5_000
    max_disk: PositiveInt = 20_000
    min_free_disk: NonNegativeInt = 500
    shared: bool = False
    teachers: Annotated[tuple[str, ...], NoDecode] = ()
    teacher_key: Annotated[SecretStr, Field(min_length=8)] | None = None
    max_drawings: PositiveInt = 1000
    max_drawings_in_all: PositiveInt = 50_000
    keep_drawings_days: PositiveInt | None = None
    max_sessions: PositiveInt = 300

    @field_validator("teachers", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(name for part in value.split(",") if (name := part.strip()))
        return value
