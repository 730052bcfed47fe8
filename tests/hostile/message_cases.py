"""What a client may send over the websocket that no page would: values of widgets, and messages."""

import base64
import io
import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg

_HUGE = 10**400


@dataclass(frozen=True)
class WidgetCase:
    """A value for a widget of a page.

    Attributes:
        page: the page's path, with what is asked of it.
        key: the widget's.
        value: as the fields of Streamlit's `WidgetState`.
        folded_in: the key of what has to be opened first; may be empty.
    """

    name: str
    page: str
    key: str
    value: dict[str, Any]
    folded_in: str = ""


def _png(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.new("RGBA", (width, height), "white").save(content, format="PNG")
    return content.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of so many pixels in as few bytes as that takes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def _url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


_STROKE = {
    "type": "Path",
    "path": [["M", 100, 40], ["Q", 100, 40, 110, 160], ["L", 120, 280]],
    "strokeWidth": 20,
    "stroke": "#111827",
}


def _canvas(objects: Any = (_STROKE,), data: Any = None, **raw: Any) -> dict[str, Any]:
    objects = list(objects) if isinstance(objects, tuple) else objects
    drawing = {"raw": {"objects": objects, **raw}, "data": data or _url(_png(320, 320))}
    return {"json_value": json.dumps({"drawing": drawing})}


def _json(value: Any) -> dict[str, str]:
    return {"json_value": value if isinstance(value, str) else json.dumps(value)}


_CANVAS: dict[str, dict[str, Any]] = {
    "a picture of 13,000 x 13,000": _canvas(data=_url(bomb(13_000, 13_000))),
    "a picture of 2,000 x 2,000": _canvas(data=_url(bomb(2_000, 2_000))),
    "a picture of one pixel": _canvas(data=_url(_png(1, 1))),
    "a picture that is none": _canvas(data="data:image/png;base64,bm9uZQ=="),
    "not base64": _canvas(data="data:image/png;base64,%%%"),
    "no data address": _canvas(data="https://example.org/a.png"),
    "a number for a picture": _canvas(data=5),
    "a picture cut short": _canvas(data=_url(_png(320, 320)[:70])),
    "a GIF": _canvas(data="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA7"),
    "a million strokes": _canvas([{}] * 200_000),
    "very long strokes": _canvas([{**_STROKE, "path": [["L", 1, 2]] * 30_000}]),
    "no list of strokes": _canvas({"a": 1}),
    "strokes that are text": _canvas(["stroke"] * 5),
    "a path that is text": _canvas([{**_STROKE, "path": "M 1 2"}]),
    "points that are text": _canvas([{**_STROKE, "path": [["M", "a", "b"], ["L", "c", "d"]]}]),
    "points without end": _canvas([{**_STROKE, "path": [["M", 1e300, 1], ["L", -1e300, 1]]}]),
    "a commandless path": _canvas([{**_STROKE, "path": [[], []]}]),
    "a width of 1e9": _canvas([{**_STROKE, "strokeWidth": 1e9}]),
    "a list for a drawing": _json({"drawing": [1, 2]}),
    "text for a drawing": _json({"drawing": "drawing"}),
    "a list for the component": _json([1, 2, 3]),
    "a number for the component": _json("5"),
    "null": _json("null"),
    "no JSON": _json("{"),
    "deep JSON": _json("[" * 100_000),
    "deep JSON in a drawing": _json('{"drawing": ' + '{"raw": ' * 5_000 + "1" + "}" * 5_001),
    "a number of 400 digits": _json(f'{{"drawing": {{"raw": {{"objects": [{_HUGE}]}}}}}}'),
    "NaN": _json('{"drawing": {"raw": NaN, "data": Infinity}}'),
    "another type": {"int_value": 7},
    "a trigger": {"trigger_value": True},
    "a background": _json({"drawing": None, "backgroundFit": {"naturalWidth": "x"}}),
}
_COMPANION: dict[str, dict[str, Any]] = {
    "nothing kept": _json({"kept": None}),
    "kept text": _json({"kept": "strokes"}),
    "kept without end": _json({"kept": [{"path": [["M", 1, 2]] * 2, "width": 5}] * 20_000}),
    "kept NaN": _json('{"kept": [{"path": [["M", NaN, 2], ["L", 1, Infinity]], "width": 5}]}'),
    "a list kept whole": _json([{"kept": []}]),
    "deep kept": _json('{"kept": ' + "[" * 50_000),
}
_CHOICES: dict[str, dict[str, Any]] = {
    "a path": {"string_value": "../../etc/passwd"},
    "an absolute path": {"string_value": "/etc/passwd"},
    "a long text": {"string_value": "x" * 1_000_000},
    "controls": {"string_value": "\x00\u202e\n"},
    "nothing": {"string_value": ""},
    "a number": {"int_value": -1},
    "a list": {"int_array_value": {"data": [99, -99]}},
    "a list of texts": {"string_array_value": {"data": ["../..", "shipped"]}},
    "JSON": {"json_value": "{}"},
    "bytes": {"bytes_value": b"\xff\x00"},
    "infinity": {"double_value": float("inf")},
}


def _files(*ids: str) -> dict[str, Any]:
    sent = [{"file_id": file_id, "name": "../../a.keras", "size": 2**62} for file_id in ids]
    return {"file_uploader_state_value": {"uploaded_file_info": sent}}


_FILES: dict[str, dict[str, Any]] = {
    "a file that was never sent": _files("1"),
    "a path for a file": _files("../../etc/passwd"),
    "ten thousand files": _files(*map(str, range(10_000))),
    "text": {"string_value": "a.keras"},
    "JSON": {"json_value": "{}"},
    "bytes": {"bytes_value": b"PK"},
}
_NUMBERS: dict[str, dict[str, Any]] = {
    "NaN": {"double_value": float("nan")},
    "infinity": {"double_value": float("inf")},
    "1e308": {"double_value": 1e308},
    "below": {"double_value": -1e9},
    "an integer": {"int_value": 2**62},
    "text": {"string_value": "many"},
    "a list": {"double_array_value": {"data": [1, 2, 3] * 1000}},
    "an empty list": {"double_array_value": {"data": []}},
}
_ROWS: dict[str, dict[str, Any]] = {
    "far rows": _json({"selection": {"rows": [10**9, -5], "columns": [], "cells": []}}),
    "rows that are text": _json({"selection": {"rows": ["a"], "columns": [], "cells": []}}),
    "rows that are a number": _json({"selection": {"rows": 5}}),
    "no selection": _json({}),
    "a list": _json([]),
    "no JSON": _json("]"),
    "text": {"string_value": "0"},
}
_POINTS: dict[str, dict[str, Any]] = {
    "a point far out": _json({"selection": {"points": [{"x": 1e300, "y": -1e300}]}}),
    "a point that is text": _json({"selection": {"points": [{"x": "a", "y": None}]}}),
    "a point that is NaN": _json('{"selection": {"points": [{"x": NaN, "y": Infinity}]}}'),
    "points without end": _json({"selection": {"points": [{"x": 1, "y": 2}] * 100_000}}),
    "points that are a number": _json({"selection": {"points": 5}}),
    **_ROWS,
}
_PROGRESS: dict[str, dict[str, Any]] = {
    "stations that are none": _json({"kept": ["../..", 5, None, {"a": []}, ["drawn"]]}),
    "stations without end": _json({"kept": ["drawn"] * 200_000}),
    **_COMPANION,
}


def _cases(
    page: str, key: str, values: dict[str, dict[str, Any]], *, folded_in: str = ""
) -> list[WidgetCase]:
    return [
        WidgetCase(f"{key}: {name}", page, key, value, folded_in) for name, value in values.items()
    ]


WIDGET_CASES = [
    *_cases("/", "digit_canvas_widget", _CANVAS),
    *_cases("/", "digit_companion", _COMPANION),
    *_cases("/", "model", _CHOICES),
    *_cases("/", "drawing_mode", _CHOICES),
    *_cases("/", "brush_width", _NUMBERS),
    *_cases("/train", "setting_architecture", _CHOICES),
    *_cases("/train", "setting_filters", _CHOICES),
    *_cases("/train", "setting_epochs", _NUMBERS),
    *_cases("/train", "setting_learning_rate", _NUMBERS),
    *_cases("/train", "search_fields", _CHOICES, folded_in="several_runs"),
    *_cases("/train", "search_learning_rate_from", _NUMBERS, folded_in="several_runs"),
    *_cases("/train", "search_runs", _NUMBERS, folded_in="several_runs"),
    *_cases("/train", "search_method", _CHOICES, folded_in="several_runs"),
    *_cases("/train", "num_seeds", _NUMBERS, folded_in="several_runs"),
    *_cases("/train", "several_runs", _CHOICES),
    *_cases("/runs", "runs_tab", _CHOICES),
    *_cases("/runs", "runs_rows", _ROWS),
    *_cases("/runs", "import_fold", _CHOICES),
    *_cases("/runs", "import_file_0", _FILES, folded_in="import_fold"),
    *_cases("/runs", "export_fold", _CHOICES),
    *_cases("/learn", "worked_number", _CHOICES),
    *_cases("/learn", "worked_value", _NUMBERS),
    *_cases("/learn?part=blocks&block=descent", "descent_plot", _POINTS),
    *_cases("/learn?part=lesson", "lesson_companion", _PROGRESS),
]

_RERUN: dict[str, dict[str, Any]] = {
    "an unknown page": {"page_script_hash": "0" * 32},
    "a page outside": {"page_name": "../../etc/passwd"},
    "a long page": {"page_name": "x" * 100_000},
    "an unknown fragment": {"fragment_id": "no such fragment"},
    "a long query": {"query_string": "run=" + "x" * 500_000},
    "a query of many parts": {"query_string": "&".join(f"a{n}=1" for n in range(50_000))},
    "a query that is no text": {"query_string": "run=%ff%00%2e%2e%2f&epochs=%"},
    "many hashes": {"cached_message_hashes": ["0" * 32] * 20_000},
    "an unknown time zone": {"context_info": {"timezone": "../../etc/localtime"}},
    "an unknown language": {"context_info": {"locale": "\x00", "timezone_offset": 2**30}},
}
# Whole messages, as bytes; some end the connection.
RAW_MESSAGES: dict[str, bytes] = {
    **{
        f"rerun with {name}": BackMsg(rerun_script=fields).SerializeToString()
        for name, fields in _RERUN.items()
    },
    "clear cache": BackMsg(clear_cache=True).SerializeToString(),
    "run on save": BackMsg(set_run_on_save=True).SerializeToString(),
    "git": BackMsg(load_git_info=True).SerializeToString(),
    "shut down": BackMsg(debug_shutdown_runtime=True).SerializeToString(),
    "disconnect": BackMsg(debug_disconnect_websocket=True).SerializeToString(),
    "stop": BackMsg(stop_script=True).SerializeToString(),
    "file addresses": BackMsg(
        file_urls_request={"request_id": "1", "file_names": ["../a"] * 1000}
    ).SerializeToString(),
    "an unknown file": BackMsg(
        backend_operation_request={"request_id": "1", "deferred_file": {"file_id": "../../a"}}
    ).SerializeToString(),
    "skills": BackMsg(
        backend_operation_request={"request_id": "1", "install_skills": {}}
    ).SerializeToString(),
    "nothing": b"",
    "no message": b"\xff" * 1000,
    "zeros": bytes(1_000_000),
    "3 MB": b"\x00" * 3_000_000,
    "5 MB": b"\x00" * 5_000_000,
}
