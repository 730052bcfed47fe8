"""What a session keeps of a canvas, and what it takes from a browser that kept more."""

import io
import struct
import zlib

import pytest
from PIL import Image

from pages.components.draw.history import History

_STROKE = {"path": [["M", 10, 20], ["Q", 10, 20, 30, 40], ["L", 30, 40.5]], "width": 20}


def _png(width, height, color="white"):
    content = io.BytesIO()
    Image.new("RGBA", (width, height), color).save(content, format="PNG")
    return content.getvalue()


_PNG = _png(32, 32)


def test_strokes_that_a_browser_kept_are_shown_and_can_be_undone_one_by_one():
    history = History(canvas=(32, 32))
    history.restore([_STROKE, _STROKE])
    assert history.revision == 1
    assert history.start.strokes() == [_STROKE, _STROKE]
    assert history.start.points()[0] == [[10, 20], [30, 40], [30, 40.5]]
    history.undo()
    assert history.start.strokes() == [_STROKE]


def test_what_the_server_has_already_is_not_restored_over_it():
    history = History(canvas=(32, 32))
    history.restore([_STROKE])
    history.receive(history.start.objects, _PNG)
    history.restore([_STROKE])
    assert history.revision == 1
    assert history.drawings[-1].png == _PNG


@pytest.mark.parametrize(
    "strokes",
    [
        None,
        "text",
        [{}],
        [{**_STROKE, "width": 1e9}],
        [{**_STROKE, "path": [["M", 1, 2], ["L", float("nan"), 3]]}],
        [{**_STROKE, "path": [["M", 1, 2], ["url(...)", 3, 4]]}],
        [{**_STROKE, "path": [["M", 1, 2]]}],
        [_STROKE] * 1_001,
    ],
)
def test_what_is_no_stroke_is_ignored(strokes):
    history = History(canvas=(32, 32))
    history.restore(strokes)
    assert history.revision == 0
    assert not history.drawings[-1].objects


def test_the_picture_of_what_undo_returned_to_is_taken_though_it_was_undone_before():
    history = History(canvas=(32, 32))
    history.restore([_STROKE])
    one = history.start.objects
    history.undo()
    # Two strokes on a canvas that did not know of the undo yet.
    history.receive([*one, *one], _PNG)
    history.undo()
    assert history.start.objects == one
    picture = _png(32, 32, "grey")
    history.receive([dict(one[0])], picture)
    assert history.drawings[-1].png == picture


def _header_only(width, height):
    """A PNG that says it is of this size, and holds no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    checked = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + checked


_SENT = {"type": "Path", "path": _STROKE["path"], "strokeWidth": 20, "stroke": "#111827"}


def test_what_the_canvas_sends_is_its_drawing():
    history = History(canvas=(32, 32))
    history.receive([_SENT], _PNG)
    assert history.drawings[-1].rgba().shape == (32, 32, 4)
    # A sharp screen has more pixels than the canvas.
    history.receive([_SENT, _SENT], _png(64, 64))
    assert history.drawings[-1].rgba().shape == (64, 64, 4)


@pytest.mark.parametrize(
    ("objects", "png"),
    [
        ([_SENT], b"not a picture"),
        ([_SENT], _png(33, 80)),
        ([_SENT], _png(320, 320)),
        ([_SENT], _PNG[:60]),
        ([_SENT], _header_only(32, 32)),
        ([_SENT], _header_only(13_000, 13_000)),
        ([_SENT], _header_only(2**31 - 1, 2**31 - 1)),
        (None, _PNG),
        ("text", _PNG),
        ({"path": 1}, _PNG),
        ([{**_SENT, "path": None}], _PNG),
        ([{**_SENT, "path": [["Z"]]}], _PNG),
        ([{**_SENT, "path": [["M", "x", "y"]]}], _PNG),
        ([{**_SENT, "path": [["M", float("inf"), 1]]}], _PNG),
        ([{**_SENT, "strokeWidth": 1e9}], _PNG),
        ([{**_SENT, "path": [["L", 1, 2]] * 20_001}], _PNG),
        ([_SENT] * 1_001, _PNG),
    ],
)
def test_what_no_canvas_sends_leaves_the_drawing_as_it_was(objects, png):
    history = History(canvas=(32, 32))
    history.receive([_SENT], _PNG)
    drawings = [*history.drawings]
    history.receive(objects, png)
    assert history.drawings == drawings
    assert history.drawings[-1].rgba() is not None
