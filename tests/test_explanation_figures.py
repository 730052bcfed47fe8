"""The figures of the tabs Switch off and Training show what they are given."""

import io

import numpy as np
import pytest
from PIL import Image

from core.charts import ablation_figure, compared_figure, in_blocks, weight_sheet


def test_the_map_has_a_cell_for_each_digit_and_part_white_where_nothing_changes():
    fall = np.zeros((3, 10))
    fall[1, 4], fall[2, 7] = 0.4, -0.1
    texts = [[f"{part} {digit}" for digit in range(10)] for part in range(3)]
    (cells,) = ablation_figure(fall, texts, part="channel").data
    assert np.shape(cells.z) == (10, 3)
    assert cells.z[4][1] == pytest.approx(40) and cells.z[7][2] == pytest.approx(-10)
    assert (cells.zmin, cells.zmax) == (-40, 40)
    assert cells.text[4][1] == "1 4"
    assert list(cells.x) == [1, 2, 3]
    assert cells.colorscale[1] == (0.5, "#ffffff")


def test_a_map_of_next_to_nothing_stays_pale():
    figure = ablation_figure(np.full((2, 10), 1e-5), [[""] * 10] * 2, part="neuron")
    assert figure.data[0].zmax == pytest.approx(2)
    assert figure.layout.xaxis.title.text == "Without neuron"


def test_two_answers_stand_side_by_side():
    before, now = np.eye(10)[3], np.full(10, 0.1)
    first, second = compared_figure(before, now).data
    assert (first.name, second.name) == ("Before", "Now")
    assert list(first.y) == list(before) and list(second.y) == list(now)


def _colors(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_sheets_of_one_scale_can_be_compared():
    weights = np.full((1, 4, 4), 0.5, np.float32)
    own, shared = (_colors(weight_sheet(weights, limit=limit)) for limit in (None, 2.0))
    assert shared[0, 0].sum() > own[0, 0].sum()  # paler
    beyond = _colors(weight_sheet(weights, limit=0.1))
    np.testing.assert_array_equal(beyond, own)


def test_a_picture_that_is_very_wide_is_shown_in_blocks():
    wide = np.arange(28 * 100, dtype=np.float32).reshape(1, 28, 100)
    blocks = in_blocks(wide)
    assert blocks.shape == (2, 28, 64)
    np.testing.assert_array_equal(blocks[0], wide[0, :, :64])
    np.testing.assert_array_equal(blocks[1, :, :36], wide[0, :, 64:])
    assert not blocks[1, :, 36:].any()
    filters = np.zeros((5, 28, 28), np.float32)
    assert in_blocks(filters) is filters
