"""A folder of labelled drawings that somebody else has filled: what can be read is shown."""
# The fixture `store` is the one of the pages' own tests.
# ruff: noqa: F811

import json
import os
import shutil

import pytest

from core.access import PROGRAM
from core.drawing import DrawingStore
from core.server import current_server
from tests.helpers import STROKES, draw
from tests.hostile.folders import nested
from tests.hostile.memory import at_most
from tests.hostile.message_cases import bomb
from tests.test_pages import finish_loading, open_page, store, texts  # noqa: F401


def _record(**changes):
    def damage(picture):
        path = picture.with_suffix(".json")
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return damage


def _written(suffix, content):
    return lambda picture: picture.with_suffix(suffix).write_bytes(content)


def _replaced(suffix, make):
    def damage(picture):
        path = picture.with_suffix(suffix)
        path.unlink()
        make(path)

    return damage


def _grown(path):
    with path.open("wb") as file:
        file.truncate(2**40)


# Left out of the list: what lies beside the picture is not of a drawing.
_LEFT_OUT = {
    "a label of 10": _record(label=10),
    "a label below": _record(label=-1),
    "a label of text": _record(label="seven"),
    "an answer of 99": _record(answer=99),
    "another id": _record(id="20000101"),
    "an id that is a path": _record(id="../../7/a"),
    "a nickname that is a list": _record(writer=["Ada"]),
    "a date that is none": _record(created="soon"),
    "a date of 400 digits": _record(created=10**400),
    "strokes of text": _record(strokes="M 1 2"),
    "strokes without end": _record(strokes=[[[1e308, 1]]]),
    "too many strokes": _record(strokes=[[[1, 2]]] * 2_000),
    "a long stroke": _record(strokes=[[[1, 2]] * 30_000]),
    "deep strokes": _record(strokes=nested(300)),
    "a record that is empty": _written(".json", b""),
    "a record that is a list": _written(".json", b"[]"),
    "a deep record": _written(".json", b"[" * 100_000),
    "a record of a terabyte": _replaced(".json", _grown),
    "a record that is a folder": _replaced(".json", os.mkdir),
    "a record that is a pipe": _replaced(".json", os.mkfifo),
    "a record that is a link": _replaced(".json", lambda path: path.symlink_to("/etc/passwd")),
    "a picture that is a folder": _replaced(".png", os.mkdir),
    "a picture that is a pipe": _replaced(".png", os.mkfifo),
    "a picture that is a link": _replaced(".png", lambda path: path.symlink_to("/etc/passwd")),
}
# Listed, and said to be damaged: its picture cannot be read.
_DAMAGED = {
    "an empty picture": _written(".png", b""),
    "a picture that is text": _written(".png", b"<svg/>"),
    "a picture of 13,000 x 13,000": _written(".png", bomb(13_000, 13_000)),
    "a picture of a terabyte": _replaced(".png", _grown),
    "a GIF": _written(".png", b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00"),
}
_CASES = _LEFT_OUT | _DAMAGED


@pytest.fixture
def one(tmp_path):
    """A folder with one drawing; returns it, the drawing and where its picture is."""
    drawings = DrawingStore(tmp_path / "drawings")
    drawing = drawings.add(draw(STROKES[7], side=64), label=7, strokes=STROKES[7])
    return drawings, drawing, drawings.root / "7" / f"{drawing.id}.png"


@pytest.mark.parametrize("name", _CASES)
def test_a_damaged_drawing_is_left_out_or_said_to_be_damaged(one, name):
    drawings, drawing, picture = one
    _CASES[name](picture)
    with at_most(60, name):
        listed = drawings.list()
        assert [found.id for found in listed] == ([] if name in _LEFT_OUT else [drawing.id])
        if name in _DAMAGED:
            with pytest.raises(OSError, match=rf"^{drawing.id}\.png cannot be read: ") as caught:
                drawings.picture(drawing)
            assert str(drawings.root) not in str(caught.value)
        assert drawings.delete_expired() == 0
    drawings.delete_all()
    left = [path for path in drawings.root.rglob("*") if path.is_file() or path.is_symlink()]
    assert not left


def test_damaged_drawings_stop_no_page(store, tmp_path):
    drawings = current_server().drawings.of(PROGRAM)
    sound = drawings.add(draw(STROKES[7], side=64), label=7)
    source = drawings.root / "7" / sound.id
    for number, damage in enumerate(_CASES.values()):
        picture = drawings.root / "7" / f"20260101-{number:02}.png"
        for suffix in (".png", ".json"):
            shutil.copy(source.with_suffix(suffix), picture.with_suffix(suffix))
        _record(id=picture.stem)(picture)
        damage(picture)
    app = open_page("evaluate")
    finish_loading(app)
    assert f"**{len(_DAMAGED) + 1}** drawings" in texts(app)
    assert texts(app).count("Its picture is damaged.") == len(_DAMAGED)
    assert {path.name for path in tmp_path.iterdir()} <= {"runs", "drawings"}
