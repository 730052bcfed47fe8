"""What may stand in a run.json that somebody else wrote, or that a disk has damaged."""

from pathlib import Path

from tests.hostile.folders import Case, Damage, content, edit_record, nested

_HUGE, _ENDLESS = 10**30, 10**400
_LONG_AGO, _FAR_AWAY = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"

# A field, by the names on the way to it, and what makes the record unreadable there.
_REFUSED: dict[str, list[object]] = {
    "num_parameters": [1e30, _HUGE, _ENDLESS, -1, "many", [1], 2**53 + 1],
    "steps_per_epoch": [_HUGE, -1, 0.5],
    "stopped_early_at": [_HUGE, 0, -5],
    "legs": [[_HUGE], [0], [-3], [3, 2], [1] * 20_000, "3", [None]],
    "segments": [[_ENDLESS], [2, 1], [0, 0], nested(50), {"a": 1}],
    "created": [_HUGE, -1e12, _LONG_AGO, _FAR_AWAY, "soon", None, 1e300, "2024-01-01"],
    "queued": ["0001-01-01T00:00:00+14:00", _HUGE, []],
    "owner": ["x" * 10_000, 7, {}],
    "search": ["x" * 10_000, 7, {}],
    "note": [7, []],
    "favourite": ["often", 5, []],
    "status": ["unreadable", "on holiday", 3, None, ""],
    "id": ["another", "../sound", "\0", "x" * 300, "\u202e"],
    "name": [7, None, []],
    "device": [5],
    "error": [{"a": "b"}],
    "software": [{str(n): "1" for n in range(1000)}, nested(20)],
    "other_settings": [
        {"a": nested(60)},
        {"a": nested(150)},
        {str(n): n for n in range(5000)},
        {"a": _ENDLESS},
        {"a": "b" * 5000},
        {"k" * 5000: 1},
    ],
    "hyperparameters": [[], 5],
    "hyperparameters.epochs": [0, _HUGE, _ENDLESS, "9" * 400, 1e300],
    "hyperparameters.hidden_units": [[_HUGE], [1] * 9, nested(100), ["x" * 9999], ""],
    "hyperparameters.seed": [-1, _ENDLESS, nested(190), nested(700)],
    "hyperparameters.learning_rate": [1e-300],
    "hyperparameters.architecture": ["x" * 10_000],
    "hyperparameters.unknown": [nested(80)],
    "data": [[], "MNIST"],
    "data.fingerprint": ["f" * 10_000],
    "data.num_train": [_HUGE, -5],
    "data.num_val": [_HUGE],
    "data.num_test": [_HUGE],
    "results": [{}, []],
    "results.best_epoch": [0, _HUGE, -1],
    "results.val_loss": [-1.0, 1e301, "nan", None],
    "results.test_accuracy": [1.5, -0.1, 1e30, "much"],
    "results.drawn_accuracy": [56.2, -1],
    "results.seconds": [-1, 1e11, 1e300],
    "results.images_per_second": [-1.0, 1e13],
    "results.drawn_count": [_HUGE],
    "before": [{"status": "paused", "segments": [_HUGE]}],
}
# What is odd and can still be shown; a text is cut and cleaned, and contradictions are let be.
_READ: dict[str, list[object]] = {
    "created": ["2024-01-01T00:00:00+23:59", "1970-01-01T00:00:00Z"],
    "name": ["\u202egnp.exe", "a\nb\x00c", "n" * 50_000, "\u200b", " ", "![](http://a.b/c.png)"],
    "search": ["../../sound", "none"],
    "note": ["\u202egnp.exe", "n" * 50_000, "![](http://a.b/c.png) $x$"],
    "device": ["\x1b[31mred" * 1000, "GPU\n\n# Large", "\u202e"],
    "error": ["e" * 100_000, "failed\n" * 5000, "![](http://a.b/c) :red[x]"],
    "software": [{"k" * 10_000: "v" * 10_000}],
    "other_settings": [{"colour": "red", "sizes": [1, 2]}],
    "hyperparameters": [None],
    "segments": [[1, 999_999], [2]],
    "data": [None],
    "data.name": ["\u202e" + "d" * 10_000],
    "data.num_train": [2**53, 0],
    "results": [None],
    "results.best_epoch": [999_999],
    "results.test_accuracy": [None],
    "results.seconds": [1e10],
    "results.images_per_second": [0, 1e-300, 1e12],
    "results.drawn_name": ["d\n" * 5000],
    "status": ["running", "paused", "queued", "failed", "stopped", "interrupted"],
    "before": [{"status": "completed", "error": "e" * 5000}, {"status": "unreadable"}],
}
_CONTENTS: dict[str, bytes | str] = {
    "nothing": b"",
    "zeros": bytes(1000),
    "a list": "[]",
    "400 digits": "9" * 400,
    "5000 digits": "9" * 5000,
    "nested 100,000 deep": "[" * 100_000,
    "objects nested 20,000 deep": '{"a":' * 20_000,
    "no UTF-8": b'{"id": "\xff\xfe"}',
    "half a surrogate pair": r'{"id": "\ud800"}',
    "NaN": '{"id": NaN, "created": Infinity}',
    "10 MB": b'{"a": "' + b"x" * 10_000_000 + b'"}',
}
_STATUSES = ("completed", "queued", "running", "failed")


def _value(path: str, value: object) -> Damage:
    """Return what puts a value at a place in run.json, such as "results.seconds"."""

    def change(record: dict) -> dict:
        *parents, last = path.split(".")
        inner = record
        for name in parents:
            inner = inner[name]
        inner[last] = value
        # What earlier versions called the segments of a run, which a file has either of.
        return {key: old for key, old in record.items() if path != "legs" or key != "segments"}

    return lambda directory: edit_record(directory, change)


def _bare(status: str) -> Damage:
    """Return what leaves of a record only what it must have."""

    def change(record: dict) -> dict:
        return {key: record[key] for key in ("id", "name", "created")} | {"status": status}

    return lambda directory: edit_record(directory, change)


def record_cases() -> list[Case]:
    """Return a case for each value and content."""
    cases = [
        Case(f"{field} {number}{' odd' if is_read else ''}", _value(field, value), is_read)
        for is_read, values in ((False, _REFUSED), (True, _READ))
        for field, some in values.items()
        for number, value in enumerate(some)
    ]
    cases += [Case(f"run.json {n}", content("run.json", c), False) for n, c in _CONTENTS.items()]
    cases += [Case(f"{status} and nothing else", _bare(status), True) for status in _STATUSES]
    cases += [
        Case("no run.json", lambda directory: (directory / "run.json").unlink(), False),
        Case("nothing at all", _empty, False),
        Case("a name of \u202e and ![](http:a.b)", lambda _: None, True),
    ]
    return cases


def _empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
