"""A user's drawings can be saved, listed, exported and deleted; a damaged one is left out."""

import errno
import io
import json
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
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


def _damage(path, start, length, other):
    """Replace some bytes of a file."""
    content = path.read_bytes()
    start %= len(content)
    path.write_bytes(content[:start] + other + content[start + length :])


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


def test_a_label_that_is_not_a_digit_is_refused(drawings):
    for change in ({"label": 10}, {"label": -1}, {"answer": 11}):
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


@given(st.integers(0, 10_000), st.integers(1, 200), st.binary(max_size=40))
@example(start=0, length=10_000, other=b"")
@example(start=0, length=10_000, other=b"[]")
@example(start=0, length=10_000, other=b'{"id": "../../x"}')
def test_a_drawing_with_a_damaged_record_is_left_out_or_still_read(start, length, other):
    with tempfile.TemporaryDirectory() as folder:
        drawings = DrawingStore(folder)
        good, bad = _keep(drawings, 7), _keep(drawings, 7)
        _damage(Path(folder) / "7" / f"{bad.id}.json", start, length, other)
        *damaged, found = drawings.list()
        assert found == good
        assert [drawing.id for drawing in damaged] in ([], [bad.id])


def test_a_drawing_in_the_folder_of_another_digit_is_left_out(drawings):
    moved = _keep(drawings, 2)
    folder = drawings.root / "3"
    folder.mkdir()
    for path in (drawings.root / "2").iterdir():
        path.rename(folder / path.name)
    assert drawings.list() == []
    with pytest.raises(OSError, match="no such file"):
        drawings.picture(moved)


@given(st.integers(0, 10_000), st.integers(1, 200), st.binary(max_size=40))
def test_a_picture_damaged_anywhere_is_read_or_refused_as_unreadable(start, length, other):
    with tempfile.TemporaryDirectory() as folder:
        drawings = DrawingStore(folder)
        kept = drawings.add(draw(STROKES[2], side=64), label=2)
        _damage(Path(folder) / "2" / f"{kept.id}.png", start, length, other)
        try:
            picture = drawings.picture(kept)
        except OSError:
            return
        assert picture.ndim == 3 and picture.shape[2] == 4


@pytest.mark.parametrize("file", [".json", ".png"])
def test_a_full_disk_keeps_the_other_drawings_and_leaves_nothing_half_written(
    drawings, monkeypatch, file
):
    kept = _keep(drawings, 4)
    before = sorted(drawings.root.rglob("*"))
    replace = Path.replace

    def fill_up(path, target):
        if target.suffix == file:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(path, target)

    with monkeypatch.context() as full:
        full.setattr(Path, "replace", fill_up)
        with pytest.raises(OSError, match="No space left"):
            _keep(drawings, 4)
    assert drawings.list() == [kept]
    assert sorted(drawings.root.rglob("*")) == before


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
