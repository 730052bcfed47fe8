"""A user's drawings: what is kept comes back, goes out and goes away, and damage stops nobody."""

import errno
import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.data import read_strokes
from core.drawing import DrawingStore
from core.pretraining import read_picture_folder
from tests.helpers import STROKES, draw


@pytest.fixture
def drawings(tmp_path):
    return DrawingStore(tmp_path / "drawings")


def _keep(drawings, label, answer=None):
    return drawings.add(draw(STROKES[label]), label=label, answer=answer, strokes=STROKES[label])


def _full_disk(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_drawing_comes_back_as_it_was(drawings):
    kept = _keep(drawings, 7, answer=1)
    (found,) = drawings.list()
    assert found == kept
    assert (found.label, found.answer) == (7, 1)
    assert found.strokes == tuple(tuple(stroke) for stroke in STROKES[7])
    assert found.created.tzinfo is not None
    np.testing.assert_array_equal(drawings.picture(found), draw(STROKES[7]))


def test_drawings_are_listed_newest_first_whatever_their_digit(drawings):
    kept = [_keep(drawings, label) for label in (3, 0, 7)]
    assert [drawing.id for drawing in drawings.list()] == [drawing.id for drawing in kept[::-1]]


def test_without_a_folder_there_are_no_drawings(drawings):
    assert drawings.list() == []
    assert not drawings.root.exists()


@pytest.mark.parametrize("change", [{"label": 10}, {"label": -1}, {"answer": 11}])
def test_what_is_no_digit_is_not_kept(drawings, change):
    with pytest.raises(ValueError, match="Input should be"):
        drawings.add(draw(STROKES[1]), **{"label": 1, **change})
    assert drawings.list() == []


def test_a_deleted_drawing_is_gone_from_the_disk_and_the_others_stay(drawings):
    first, second = _keep(drawings, 1), _keep(drawings, 1)
    drawings.delete([first])
    assert drawings.list() == [second]
    assert not [path for path in drawings.root.rglob("*") if first.id in path.name]
    drawings.delete([first])
    drawings.delete([second])
    assert not [path for path in drawings.root.rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": "../../x"}', b"\xff\xfe"])
def test_a_drawing_with_a_damaged_record_is_left_out(drawings, content):
    good, bad = _keep(drawings, 2), _keep(drawings, 2)
    (drawings.root / "2" / f"{bad.id}.json").write_bytes(content)
    assert drawings.list() == [good]


def test_a_drawing_in_the_folder_of_another_digit_is_left_out(drawings):
    moved = _keep(drawings, 2)
    folder = drawings.root / "3"
    folder.mkdir()
    for path in (drawings.root / "2").iterdir():
        path.rename(folder / path.name)
    assert drawings.list() == []
    with pytest.raises(OSError, match="No such file"):
        drawings.picture(moved)


@given(st.integers(0, 10_000), st.integers(1, 200), st.binary(max_size=40))
def test_a_picture_damaged_anywhere_is_read_or_refused_as_unreadable(start, length, other):
    with tempfile.TemporaryDirectory() as folder:
        drawings = DrawingStore(folder)
        kept = drawings.add(draw(STROKES[2], side=64), label=2)
        path = Path(folder) / "2" / f"{kept.id}.png"
        content = path.read_bytes()
        start %= len(content)
        path.write_bytes(content[:start] + other + content[start + length :])
        try:
            picture = drawings.picture(kept)
        except OSError:
            return
        assert picture.ndim == 3 and picture.shape[2] == 4


def test_a_full_disk_keeps_the_other_drawings_and_leaves_nothing_half_written(
    drawings, monkeypatch
):
    kept = _keep(drawings, 4)
    before = sorted(drawings.root.rglob("*"))
    with monkeypatch.context() as full:
        full.setattr(Path, "replace", _full_disk)
        with pytest.raises(OSError, match="No space left"):
            _keep(drawings, 4)
    assert drawings.list() == [kept]
    assert sorted(drawings.root.rglob("*")) == before


def test_a_disk_that_fills_before_the_picture_leaves_no_drawing(drawings, monkeypatch):
    replace = Path.replace

    def without_pictures(path, target):
        return _full_disk() if target.suffix == ".png" else replace(path, target)

    with monkeypatch.context() as full:
        full.setattr(Path, "replace", without_pictures)
        with pytest.raises(OSError, match="No space left"):
            _keep(drawings, 4)
    assert drawings.list() == []
    assert not [path for path in drawings.root.rglob("*") if path.is_file()]


def test_the_export_is_a_test_set_of_pictures_and_of_strokes(drawings, tmp_path):
    for label in (3, 0, 7, 7):
        _keep(drawings, label)
    drawings.add(draw(STROKES[1]), label=1)  # without strokes
    with zipfile.ZipFile(io.BytesIO(drawings.export())) as archive:
        archive.extractall(tmp_path / "export")
    pictures = read_picture_folder(tmp_path / "export")
    assert sorted(pictures.labels.tolist()) == [0, 1, 3, 7, 7]
    assert all(image.max() > 0.5 for image in pictures.normalised)
    digits = read_strokes(tmp_path / "export" / "strokes.json")
    assert sorted(digit.label for digit in digits) == [0, 3, 7, 7]
    assert {digit.writer for digit in digits} == {"me"}
    seven = next(digit for digit in digits if digit.label == 7)
    np.testing.assert_allclose(np.concatenate(seven.strokes), np.concatenate(STROKES[7]))


def test_a_drawing_that_goes_while_it_is_exported_is_left_out(drawings, monkeypatch):
    stays, goes = _keep(drawings, 1), _keep(drawings, 2)
    listed = drawings.list()
    drawings.delete([goes])
    monkeypatch.setattr(DrawingStore, "list", lambda _self: listed)
    with zipfile.ZipFile(io.BytesIO(drawings.export())) as archive:
        assert [name for name in archive.namelist() if name.endswith(".png")] == [
            f"1/{stays.id}.png"
        ]
        assert [record["label"] for record in json.loads(archive.read("strokes.json"))] == [1]


def test_the_folder_itself_is_a_test_set_of_pictures(drawings):
    _keep(drawings, 3)
    assert read_picture_folder(drawings.root).labels.tolist() == [3]
    (path,) = drawings.root.rglob("*.png")
    with Image.open(path) as picture:
        assert picture.size == (320, 320)
