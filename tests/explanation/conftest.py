"""The shipped model, loaded and taken apart once for all tests of explanations."""

import pytest

from core.classifier import PRETRAINED, Classifier


@pytest.fixture(scope="session")
def shipped():
    return Classifier.load(PRETRAINED)
