"""Distortions do what their names say; a measurement survives JSON, and no other JSON passes."""

import json
from itertools import pairwise

import numpy as np
import pytest
import scipy.ndimage

from benchmarks import evaluation as benchmark
from core.evaluation import (
    DISTORTIONS,
    Robustness,
    RobustnessPoint,
    measure_robustness,
    sample_images,
    wilson_interval,
)
from tests.helpers import synthetic_digits

_BY_NAME = {distortion.name: distortion for distortion in DISTORTIONS}
_NUM_STEPS = 1 + sum(len(distortion.levels) - 1 for distortion in DISTORTIONS)


def _digits(copies=2):
    images, labels = synthetic_digits(copies, seed=0)
    return images.astype(np.float32) / np.float32(255), labels


def _dots(row, column, count=4):
    """Return images of a round blot, 4 pixels wide, at a place."""
    image = np.zeros((28, 28), np.float32)
    image[row - 2 : row + 2, column - 2 : column + 2] = 1
    return np.stack([image] * count)


def _ink(name):
    """Return the ink of all digits together at each level of a distortion."""
    images, _ = _digits()
    distortion = _BY_NAME[name]
    return [float(distortion.apply(images, level).sum()) for level in distortion.levels]


class _KnowsOnly:
    """Answers with the digit of the images that it has seen, and with 0 to all others."""

    def __init__(self, images, labels):
        self.known = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
        self.calls = 0

    def __call__(self, images):
        self.calls += 1
        return np.eye(10)[[self.known.get(image.tobytes(), 0) for image in images]]


@pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda distortion: distortion.name)
def test_every_distortion_keeps_shape_and_range_and_changes_nothing_at_its_neutral_level(
    distortion,
):
    images, _ = _digits()
    before = images.copy()
    assert list(distortion.levels) == sorted(set(distortion.levels))
    assert distortion.neutral in distortion.levels
    for level in distortion.levels:
        distorted = distortion.apply(images, level)
        assert distorted.shape == images.shape and distorted.dtype == np.float32
        assert distorted.min() >= 0 and distorted.max() <= 1
        assert (distorted.tobytes() == before.tobytes()) == (level == distortion.neutral)
    assert images.tobytes() == before.tobytes()


@pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda distortion: distortion.name)
def test_the_same_images_always_come_out_the_same_however_many_there_are(distortion):
    images, _ = _digits()
    for level in (distortion.levels[0], distortion.levels[-1]):
        whole = distortion.apply(images, level)
        assert whole.tobytes() == distortion.apply(images, level).tobytes()
        assert distortion.apply(images[:8], level).tobytes() == whole[:8].tobytes()


@pytest.mark.parametrize("degrees", [-60, -20, 40])
def test_rotation_turns_the_ink_counter_clockwise_about_the_middle(degrees):
    (row, column) = scipy.ndimage.center_of_mass(
        _BY_NAME["rotation"].apply(_dots(14, 22, 1), degrees)[0]
    )
    # The blot is 8 pixels right of the middle; rows count downwards.
    assert 13.5 - row == pytest.approx(8 * np.sin(np.deg2rad(degrees)), abs=0.1)
    assert column - 13.5 == pytest.approx(8 * np.cos(np.deg2rad(degrees)), abs=0.1)


def test_shift_moves_each_image_by_whole_pixels_in_one_of_four_directions():
    moved = _BY_NAME["shift"].apply(_dots(14, 14), 3)
    assert moved.sum() == _dots(14, 14).sum()
    for image, (row, column) in zip(moved, [(11, 14), (14, 17), (17, 14), (14, 11)], strict=True):
        np.testing.assert_array_equal(image, _dots(row, column, 1)[0])


@pytest.mark.parametrize("name", ["size", "thickness", "contrast"])
def test_ink_grows_with_size_thickness_and_contrast(name):
    ink = _ink(name)
    assert all(less < more for less, more in pairwise(ink))


def test_size_is_the_factor_of_each_side():
    block = np.zeros((1, 28, 28), np.float32)
    block[0, 8:20, 8:20] = 1
    for factor in (0.55, 0.85, 1.4):
        share = _BY_NAME["size"].apply(block, factor).sum() / block.sum()
        assert share == pytest.approx(factor**2, rel=0.1)


def test_thickness_is_the_change_of_a_line_s_width_in_pixels():
    line = np.zeros((1, 28, 28), np.float32)
    line[0, :, 12:16] = 1
    for change in (-2, -1, 1, 4):
        thickened = _BY_NAME["thickness"].apply(line, change)
        assert thickened[0, 14].sum() == pytest.approx(4 + change)
        assert thickened.max() == 1  # thinner, and not paler


def test_blur_spreads_the_ink_and_noise_is_as_strong_as_it_says():
    dots = _dots(14, 14)
    blurred = _BY_NAME["blur"].apply(dots, 1.5)
    assert blurred.sum() == pytest.approx(dots.sum(), rel=1e-3)
    assert blurred.max() < 0.8
    grey = np.full((20, 28, 28), 0.5, np.float32)
    assert _BY_NAME["noise"].apply(grey, 0.1).std() == pytest.approx(0.1, rel=0.05)


def test_a_model_that_only_knows_undistorted_images_falls_with_every_distortion():
    images, labels = _digits()
    predict = _KnowsOnly(images, labels)
    robustness = measure_robustness(predict, images, labels)
    assert predict.calls == _NUM_STEPS  # the undistorted images once, and not for each curve
    assert robustness.count == 20
    assert set(robustness.curves) == set(_BY_NAME)
    for name, distortion in _BY_NAME.items():
        accuracies = robustness.accuracies(name)
        assert tuple(point.level for point in accuracies) == distortion.levels
        for point in accuracies:
            assert point.accuracy == (1.0 if point.level == distortion.neutral else 0.1)
            assert point.interval == wilson_interval(round(20 * point.accuracy), 20)


def test_images_in_bytes_are_measured_as_those_in_shares():
    images, labels = _digits(1)
    raw = np.round(images * 255).astype(np.uint8)
    known = _KnowsOnly(images, labels)
    assert measure_robustness(known, raw, labels) == measure_robustness(known, images, labels)


def test_progress_only_grows_and_ends_at_one():
    images, labels = _digits(1)
    seen = []
    measure_robustness(_KnowsOnly(images, labels), images, labels, on_progress=seen.append)
    assert len(seen) == _NUM_STEPS
    assert all(before < after for before, after in pairwise(seen))
    assert seen[0] > 0 and seen[-1] == 1


def test_no_images_are_refused():
    with pytest.raises(ValueError, match="at least one image"):
        measure_robustness(np.eye(10).__getitem__, np.zeros((0, 28, 28)), np.zeros(0, int))


def test_a_sample_has_each_digit_in_proportion_and_is_always_the_same():
    labels = np.repeat(np.arange(10), [100, 300, *[50] * 8])
    labels = labels[np.random.default_rng(0).permutation(len(labels))]
    images = np.arange(len(labels))[:, None, None] * np.ones((1, 28, 28))
    chosen, digits = sample_images(images, labels, most=80)
    np.testing.assert_array_equal(np.bincount(digits), [10, 30, *[5] * 8])
    np.testing.assert_array_equal(labels[chosen[:, 0, 0].astype(int)], digits)
    assert len(np.unique(chosen[:, 0, 0])) == 80
    np.testing.assert_array_equal(sample_images(images, labels, most=80)[0], chosen)


def test_where_there_are_fewer_images_all_are_taken():
    images, labels = _digits(1)
    for kept, given in zip(sample_images(images, labels, most=10), (images, labels), strict=True):
        np.testing.assert_array_equal(kept, given)


def test_a_measurement_survives_json():
    images, labels = _digits(1)
    robustness = measure_robustness(_KnowsOnly(images, labels), images, labels)
    assert Robustness.model_validate_json(robustness.model_dump_json()) == robustness


def test_a_file_without_some_distortion_has_no_curve_of_it():
    robustness = Robustness(count=3, curves={"blur": (RobustnessPoint(level=0, correct=2),)})
    assert robustness.accuracies("blur")[0].accuracy == 2 / 3
    assert robustness.accuracies("noise") == ()


def _with(**changes):
    return {"count": 10, "curves": {"blur": [{"level": 0, "correct": 9}]}, **changes}


def _with_points(*points):
    return _with(curves={"blur": [{"level": level, "correct": right} for level, right in points]})


@pytest.mark.parametrize(
    "hostile",
    [
        *([], {}, "text", None, _with(count=0), _with(count=-1), _with(count=10**400)),
        *(_with(count="10"), _with(count=True), _with(count=None), _with(count=2.5)),
        *(_with(curves=[]), _with(curves={"blur": {}}), _with(curves={"blur": [1]})),
        _with(curves={"<script>": [{"level": 0, "correct": 9}]}),
        _with(curves={str(number): [] for number in range(1000)}),
        _with_points((0, 11)),
        _with_points((0, -1)),
        _with_points((0, 1.5)),
        _with_points((0, "1")),
        _with_points((1e9, 1)),
        _with_points((float("nan"), 1)),
        _with_points((float("-inf"), 1)),
        _with_points((1, 1), (0, 1)),
        _with_points((1, 1), (1, 1)),
        _with_points(*((level, 1) for level in range(51))),
    ],
    ids=lambda hostile: json.dumps(hostile)[:60],
)
def test_what_no_measurement_gives_is_refused(hostile):
    with pytest.raises(ValueError):
        Robustness.model_validate_json(json.dumps(hostile))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"count": 10', "\ud800"])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(ValueError):
        Robustness.model_validate_json(text)


def test_the_benchmark_says_how_long_each_took_and_on_which_images(capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "_REPORT_IMAGES", 100)
    monkeypatch.setattr(benchmark, "_ROBUSTNESS_IMAGES", 20)
    benchmark.main(["--repeats", "1"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["result"] for line in lines] == ["report on 100 images", "robustness on 20 images"]
    for line in lines:
        assert line["data"] == "5,000 embedded MNIST images, repeated"
        assert line["median"] >= 0 and line["count"] == 1
