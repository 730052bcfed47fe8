"""The benchmark of explanations explains: each of its entries returns something of one image."""

from benchmarks.explanation import explanations
from core.evaluation import ImageSet


def test_every_explanation_that_is_measured_can_be_made(shipped, small):
    images = ImageSet(small.name, small.x_test, small.y_test)
    for name, explain in explanations(shipped, images).items():
        assert explain(small.x_test[0]) is not None, name
