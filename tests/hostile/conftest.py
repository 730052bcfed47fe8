"""Fixtures that several files of hostile tests share."""

import keras  # noqa: F401 - whose objects these are
import pytest

from tests.hostile.model_cases import MODELS


@pytest.fixture(scope="module", autouse=True)
def _tensorflow_is_no_garbage(libraries_are_no_garbage):
    """Look at the memory often, and quickly."""


@pytest.fixture(scope="session")
def model_files(tmp_path_factory):
    """A folder with a file for each model that cannot be used."""
    folder = tmp_path_factory.mktemp("models")
    for name, (write, _) in MODELS.items():
        write(folder / f"{name}.keras")
    return folder
