"""What the server's owner sets by environment variables. Knows nothing of a single run."""

from pathlib import Path

from pydantic import NonNegativeInt, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict

_PROJECT = Path(__file__).resolve().parent.parent
PRETRAINED = _PROJECT / "models" / "pretrained" / "digits.keras"


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
    """

    model_config = SettingsConfigDict(env_prefix="DIGIT_LAB_", env_ignore_empty=True, frozen=True)

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
