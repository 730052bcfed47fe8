"""What a session keeps of a canvas, and what it takes from a browser that kept more."""

import pytest

from pages.components.draw.history import History

_STROKE = {"path": [["M", 10, 20], ["Q", 10, 20, 30, 40], ["L", 30, 40.5]], "width": 20}
_PNG = b"a picture"


def test_strokes_that_a_browser_kept_are_shown_and_can_be_undone_one_by_one():
    history = History()
    history.restore([_STROKE, _STROKE])
    assert history.revision == 1
    assert history.start.strokes() == [_STROKE, _STROKE]
    assert history.start.points()[0] == [[10, 20], [30, 40], [30, 40.5]]
    history.undo()
    assert history.start.strokes() == [_STROKE]


def test_what_the_server_has_already_is_not_restored_over_it():
    history = History()
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
    history = History()
    history.restore(strokes)
    assert history.revision == 0
    assert not history.drawings[-1].objects


def test_the_picture_of_what_undo_returned_to_is_taken_though_it_was_undone_before():
    history = History()
    history.restore([_STROKE])
    one = history.start.objects
    history.undo()
    # Two strokes on a canvas that did not know of the undo yet.
    history.receive([*one, *one], _PNG)
    history.undo()
    assert history.start.objects == one
    history.receive([dict(one[0])], b"its picture")
    assert history.drawings[-1].png == b"its picture"
