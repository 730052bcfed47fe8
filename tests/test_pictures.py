"""Images of ink become PNGs that can be looked at."""

import io

import numpy as np
import pytest
from PIL import Image

from core.charts import sheet, to_png, weight_sheet, with_boxes


def _open(png):
    return Image.open(io.BytesIO(png))


def test_a_small_image_is_enlarged_with_its_pixels_visible():
    image = np.zeros((28, 28), np.float32)
    image[0, 0], image[5, 7] = 1.0, 0.5
    pixels = np.asarray(_open(to_png(image, side=140)))
    assert pixels.shape == (140, 140)
    np.testing.assert_array_equal(pixels[::5, ::5], np.uint8(255 * image))
    assert (pixels[25:30, 35:40] == 127).all()


@pytest.mark.parametrize("shape", [(30, 900), (900, 20), (1, 1)])
def test_an_image_of_any_shape_fits_whole_into_the_middle_of_a_square(shape):
    pixels = np.asarray(_open(to_png(np.ones(shape, np.float32), side=100)))
    assert pixels.shape == (100, 100)
    rows, columns = np.nonzero(pixels > 127)
    assert abs(rows.mean() - 49.5) <= 1 and abs(columns.mean() - 49.5) <= 1
    assert max(np.ptp(rows), np.ptp(columns)) >= 98


def test_ink_beyond_its_bounds_is_cut_off_and_does_not_wrap_round():
    pixels = np.asarray(_open(to_png(np.array([[-3.0, 7.0]] * 2, np.float32), side=2)))
    assert pixels.tolist() == [[0, 255], [0, 255]]


def test_a_sheet_shows_every_row_in_its_place():
    rows = [np.full((3, 28, 28), ink, np.float32) for ink in (1.0, 0.5)]
    rows[1][2] = 0.25
    pixels = np.asarray(_open(sheet(rows, scale=2)))
    assert pixels.shape == (2 * 60, 3 * 60)
    assert pixels[30, 30] == pixels[30, 150] == 255
    assert (pixels[90, 30], pixels[90, 150]) == (127, 63)
    assert (pixels[56:60] == 0).all() and (pixels[:, 56:60] == 0).all()


def test_boxes_are_drawn_over_the_drawing_and_what_is_not_sure_looks_different():
    paper = np.full((100, 200, 4), 255, np.uint8)
    png = with_boxes(paper, [((10, 40, 60, 90), "7", True), ((120, 40, 180, 90), "1", False)])
    pixels = np.asarray(_open(png))
    assert pixels.shape == (100, 200, 3)
    sure, unsure = pixels[60, 7], pixels[60, 117]
    assert sure.argmax() == 2 and unsure.argmax() == 0
    assert (pixels[60, 30:40] == 255).all()
    assert (pixels[10:36, 5:30] < 200).any()
    assert _open(with_boxes(paper, [((0, 0, 200, 100), "0", True)])).size == (200, 100)
    assert (np.asarray(_open(with_boxes(paper, []))) == 255).all()


def test_weights_are_blue_below_zero_white_at_zero_and_orange_above():
    weights = np.array([[[-2.0, 0.0], [1.0, 2.0]]])
    picture = _open(weight_sheet(weights, side=20))
    assert picture.size == (20, 20)
    negative, zero, half, positive = (
        np.asarray(picture.convert("RGB"))[y, x].astype(int)
        for y, x in ((5, 5), (5, 15), (15, 5), (15, 15))
    )
    assert negative.argmax() == 2 and negative[0] < 100
    assert zero.tolist() == [255, 255, 255]
    assert positive[0] > 150 > 50 > positive[2]
    # Half as strong is half as far from white.
    np.testing.assert_allclose(255 - half, (255 - positive) / 2, atol=1)


def test_all_weights_share_one_scale_of_colours():
    strong, weak = np.full((3, 3), 1.0), np.full((3, 3), 0.1)
    together = np.asarray(_open(weight_sheet(np.stack([strong, weak]), side=30)).convert("RGB"))
    assert together[15, 15, 2] < 50
    assert together[15, 30 + 4 + 15, 2] > 200


@pytest.mark.parametrize(("count", "size"), [(1, (30, 30)), (3, (98, 30)), (4, (98, 64))])
def test_weights_fill_rows_and_leave_gaps_that_show_the_page(count, size):
    png = weight_sheet(np.ones((count, 3, 3)), columns=3, side=30)
    picture = _open(png)
    assert picture.size == size
    assert picture.mode == "RGBA"
    pixels = np.asarray(picture)[..., 3]
    assert pixels[15, 15] == 255
    shown = (pixels == 255).sum()
    assert shown == count * 900
    assert set(np.unique(pixels)) <= {0, 255}


def test_weights_that_are_zero_or_tiny_are_shown_too():
    assert (np.asarray(_open(weight_sheet(np.zeros((2, 5, 5)))))[10, 10] == 255).all()
    assert _open(weight_sheet(np.full((1, 28, 28), 1e-30))).size == (56, 56)


def test_weights_that_are_not_square_keep_their_shape():
    assert _open(weight_sheet(np.ones((1, 28, 64)), side=56)).size == (64, 28)
    assert _open(weight_sheet(np.ones((1, 4, 8)), side=56)).size == (56, 28)


def test_weights_that_are_not_finite_do_not_hide_the_others():
    weights = np.ones((2, 3, 3))
    weights[0, 0, 0] = np.nan
    pixels = np.asarray(_open(weight_sheet(weights, side=30)).convert("RGB"))
    assert pixels[15, 15, 2] < 50
    assert pixels[5, 5].tolist() == [255, 255, 255]
