"""Pen strokes are read from files in three formats, and what cannot be read is refused."""

import gzip
import json
import zipfile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.data import read_strokes
from core.data.pen_strokes import UCI_TRAINING_MEMBER, StrokeFileError

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
ONE = UNIPEN[UNIPEN.index(".SEGMENT DIGIT 2") :]
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged")


@pytest.mark.filterwarnings("ignore:File header contains unknown flags")  # by uncompresspy
@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("a.json", json.dumps([RECORD]).encode()),
        ("a.json.gz", gzip.compress(json.dumps([RECORD]).encode(), mtime=0)),
        ("a.tra", UNIPEN.encode()),
        ("a.tra.Z", compress(ONE)),
        ("a.zip", b"PK"),
    ],
)
@given(start=st.floats(0, 1), removed=st.integers(0, 30), inserted=st.binary(max_size=10))
@example(start=0, removed=1000, inserted=b"something else")
def test_a_damaged_file_gives_digits_or_one_sentence(folder, name, sound, start, removed, inserted):
    path = folder / name
    at = round(start * len(sound))
    path.write_bytes(sound[:at] + inserted + sound[at + removed :])
    try:
        digits = read_strokes(path)
    except StrokeFileError as error:
        assert str(error).startswith(str(path))
    else:
        assert inserted != b"something else"
        for digit in digits:
            assert 0 <= digit.label <= 9
            assert all(np.isfinite(stroke).all() and len(stroke) for stroke in digit.strokes)


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
    path = tmp_path / "uci.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(UCI_TRAINING_MEMBER, compress(ONE))
    (one,) = read_strokes(path)
    assert (one.label, one.writer) == (1, "tra03")
