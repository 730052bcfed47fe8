"""Strokes are read from files, refused with a reason, and drawn where they belong."""

import gzip
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import read_strokes
from core.data.pen_strokes import UCI_TRAINING_MEMBER, StrokeFileError, to_json
from core.pretraining.rendering import draw_strokes, fit_strokes, render_digit

RECORD = {"label": 1, "writer": "tra05", "strokes": [[[10, 0], [10, 90]], [[0, 90], [20, 90]]]}
UNIPEN = """.VERSION 1.0
.HIERARCHY DIGIT
.SEGMENT DIGIT 0-1 ? "4"
.COMMENT 4 12 224
.PEN_DOWN
  100   400
  100   300
.PEN_UP
.DT 100
.PEN_DOWN
  120   380
  120   250
.PEN_UP
.DT 100
.SEGMENT DIGIT 2 ? "1"
.COMMENT 1 3 225
.PEN_DOWN
  50   450
  50   200
.PEN_UP
.DT 100
"""
# "compress" writes codes of nine bits and more; a text this short needs no longer ones.
COMPRESSED_MAGIC = b"\x1f\x9d\x90"


def compress(text):
    """Pack as Unix's compress does, without ever using its table: each letter is one code."""
    assert len(text) < 250, "longer texts need longer codes"
    bits = sum(byte << (9 * place) for place, byte in enumerate(text.encode()))
    return COMPRESSED_MAGIC + bits.to_bytes(-(-9 * len(text) // 8), "little")


def test_json_and_packed_json_are_read_alike(tmp_path):
    plain, packed = tmp_path / "a.json", tmp_path / "a.json.gz"
    plain.write_text(json.dumps([RECORD]))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        (digit,) = read_strokes(path)
        assert (digit.label, digit.writer, len(digit.strokes)) == (1, "tra05", 2)
        np.testing.assert_array_equal(digit.strokes[1], [[0, 90], [20, 90]])


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD]))
    again = tmp_path / "b.json"
    again.write_text(to_json(read_strokes(path)))
    assert json.loads(again.read_text()) == [RECORD]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label": 11}, "label"),
        ({"strokes": []}, "strokes"),
        ({"strokes": [[]]}, "strokes"),
        ({"strokes": [[[1, 2, 3]]]}, "strokes"),
        ({"strokes": [[["a", 2]]]}, "strokes"),
    ],
)
def test_a_wrong_record_is_refused_with_its_place(tmp_path, changed, said):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, {**RECORD, **changed}]))
    with pytest.raises(StrokeFileError, match=f"1 > {said}"):
        read_strokes(path)


@pytest.mark.parametrize("name", ["a.json.gz", "a.zip", "a.json", "a.tra"])
def test_a_file_of_something_else_is_refused_with_a_sentence(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"something else")
    with pytest.raises(StrokeFileError, match=r"a\."):
        read_strokes(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(StrokeFileError, match="does not exist"):
        read_strokes(tmp_path / "none.json")


def test_unipen_gives_label_writer_and_strokes_with_y_downward(tmp_path):
    path = tmp_path / "pendigits-orig.tra"
    path.write_text(UNIPEN)
    four, one = read_strokes(path)
    assert (four.label, four.writer, len(four.strokes)) == (4, "tra12", 2)
    assert (one.label, one.writer) == (1, "tra03")
    np.testing.assert_array_equal(four.strokes[0], [[100, 100], [100, 200]])


def test_unipen_without_a_writer_is_refused(tmp_path):
    path = tmp_path / "a.tra"
    path.write_text(UNIPEN.replace(".COMMENT 4 12 224\n", ""))
    with pytest.raises(StrokeFileError, match="digit 1"):
        read_strokes(path)


def test_ucis_archive_is_read_as_it_comes(tmp_path):
    short = UNIPEN[UNIPEN.index(".SEGMENT DIGIT 2") :]
    path = tmp_path / "uci.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(UCI_TRAINING_MEMBER, compress(short))
    (one,) = read_strokes(path)
    assert (one.label, one.writer) == (1, "tra03")


@settings(max_examples=25, deadline=None)
@given(side=st.floats(20, 200), x=st.floats(120, 180), y=st.floats(120, 180), pen=st.floats(2, 20))
def test_strokes_are_drawn_as_large_as_wanted_and_where(side, x, y, pen):
    fitted = fit_strokes([np.array([[0, 0], [3, 5]], float)], side=side, center=(x, y))
    ink = draw_strokes(fitted, width=300, height=300, pen_width=pen)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert rows[-1] - rows[0] + 1 == pytest.approx(side + pen, abs=2.5)
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(y, abs=2)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(x, abs=2)


@settings(max_examples=25, deadline=None)
@given(size=st.floats(0.35, 0.9), x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_digit_lies_wholly_on_its_canvas(size, x, y):
    canvas = render_digit(
        [np.array([[0, 0], [30, 50]], float)], size=size, place=(x, y), pen_width=26
    )
    ink = 255 - canvas[..., 0]
    assert canvas.shape == (280, 280, 4)
    whole = render_digit([np.array([[0, 0], [30, 50]], float)], size=size, pen_width=26)
    assert ink.sum() == pytest.approx((255 - whole[..., 0].astype(int)).sum(), rel=0.03)


def test_edges_are_smooth():
    ink = draw_strokes([np.array([[10, 10], [80, 43]], float)], width=90, height=60, pen_width=5)
    assert len(np.unique(ink)) > 3
