"""A user's drawings can be saved, listed, exported and deleted; a damaged one is left out."""

import errno
import io
import json
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from core.data import read_strokes
from core.drawing import MAX_WRITER_LENGTH, DrawingStore
from core.pretraining import read_picture_folder
from tests.helpers import STROKES, draw


@pytest.fixture
def drawings(tmp_path):
    return DrawingStore(tmp_path / "drawings")


def _keep(drawings, label, answer=None, writer=""):
    return drawings.add(
        draw(STROKES[label]), label=label, answer=answer, strokes=STROKES[label], writer=writer
    )


def _files(drawings):
    return {path: path.read_bytes() for path in drawings.root.rglob("*") if path.is_file()}


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


def test_who_drew_it_is_kept_where_it_is_said(drawings):
    named, unnamed = _keep(drawings, 7, writer=" Ada "), _keep(drawings, 7)
    assert (named.writer, unnamed.writer) == ("Ada", "")
    assert drawings.list() == [unnamed, named]


def test_a_record_from_before_writers_is_read_as_one_of_nobody_named(drawings):
    kept = _keep(drawings, 7, writer="Ada")
    (path,) = drawings.root.rglob("*.json")
    record = json.loads(path.read_text())
    del record["writer"]
    path.write_text(json.dumps(record))
    assert drawings.list() == [kept.model_copy(update={"writer": ""})]


_HOSTILE = [
    "x" * 100_000,
    "A\u202eda\x00\u200b\n\tB\ud800",
    "<b>**x**</b> $y$ :red[z]",
    "\u200b\u2060",
]


@given(st.sampled_from(_HOSTILE) | st.text())
def test_whatever_is_typed_as_a_nickname_is_one_line_that_can_be_seen(typed):
    with tempfile.TemporaryDirectory() as folder:
        drawings = DrawingStore(folder)
        kept = drawings.add(draw(STROKES[2], side=32), label=2, writer=typed)
        assert len(kept.writer) <= MAX_WRITER_LENGTH
        assert not {unicodedata.category(c) for c in kept.writer} & {"Cc", "Cf", "Cs"}
        assert kept.writer == " ".join(kept.writer.split())
        assert drawings.list() == [kept]
        drawings.set_writer([kept], "Ada")
        drawings.set_writer([kept], typed)
        assert drawings.list() == [kept]


def test_a_nickname_in_a_record_of_somebody_else_is_cut_and_cleaned(drawings):
    _keep(drawings, 7)
    (path,) = drawings.root.rglob("*.json")
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"writer": "A\u202eda\n" + 100_000 * "x"}))
    (found,) = drawings.list()
    assert found.writer == "Ada " + 36 * "x"


def test_who_drew_them_is_changed_for_the_drawings_that_are_there(drawings):
    first, second, third = (_keep(drawings, label, writer="Ada") for label in (1, 2, 3))
    drawings.delete([second])
    drawings.set_writer([first, second], " Ben ")
    assert [(found.label, found.writer) for found in drawings.list()] == [(3, "Ada"), (1, "Ben")]
    np.testing.assert_array_equal(drawings.picture(first), draw(STROKES[1]))
    drawings.set_writer([first, third], "")
    assert drawings.list() == [
        drawing.model_copy(update={"writer": ""}) for drawing in (third, first)
    ]
    assert len(_files(drawings)) == 4


def test_a_full_disk_leaves_who_drew_all_of_them_as_it_was(drawings, monkeypatch):
    kept = [_keep(drawings, label, writer="Ada") for label in (1, 2)]
    before = _files(drawings)
    write = Path.write_bytes

    def fill_up(path, content):
        if path.parent.name == "2":
            write(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fill_up)
        with pytest.raises(OSError, match="No space left"):
            drawings.set_writer(kept, "Ben")
    assert _files(drawings) == before


def test_a_drawing_that_is_deleted_while_its_writer_is_changed_stays_deleted(drawings, monkeypatch):
    kept = _keep(drawings, 7)
    write = Path.write_bytes

    def delete_first(path, content):
        drawings.delete([kept])
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", delete_first)
    drawings.set_writer([kept], "Ada")
    assert _files(drawings) == {}


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
    for label, writer in ((3, ""), (0, "Ada"), (7, "Ben"), (7, "")):
        _keep(drawings, label, writer=writer)
    drawings.add(draw(STROKES[1]), label=1)  # without strokes
    with zipfile.ZipFile(io.BytesIO(drawings.export())) as archive:
        archive.extractall(tmp_path / "export")
    pictures = read_picture_folder(tmp_path / "export")
    assert sorted(pictures.labels.tolist()) == [0, 1, 3, 7, 7]
    assert all(image.max() > 0.5 for image in pictures.normalised)
    digits = read_strokes(tmp_path / "export" / "strokes.json")
    assert sorted(digit.label for digit in digits) == [0, 3, 7, 7]
    written = sorted((digit.label, digit.writer) for digit in digits)
    assert written == [(0, "Ada"), (3, "me"), (7, "Ben"), (7, "me")]
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
