"""The benchmark of drawn digits prints JSON and measures only on people unknown to the model."""

import json

import pytest

from benchmarks.drawn_digits import choose_writers, main
from core.pretraining import TEST_WRITERS
from tests.helpers import synthetic_pen_digits, write_strokes


def test_of_the_development_file_only_test_writers_are_used():
    kept = choose_writers(synthetic_pen_digits("tra01", "tra24", *TEST_WRITERS), None)
    assert {digit.writer for digit in kept} == TEST_WRITERS


def test_of_a_foreign_file_everybody_is_used():
    assert len(choose_writers(synthetic_pen_digits("tes01", "tes02"), None)) == 20
    assert len(choose_writers(synthetic_pen_digits("tra01", *TEST_WRITERS), "all")) == 10 * (
        len(TEST_WRITERS) + 1
    )


def test_writers_can_be_named_and_unknown_ones_are_refused():
    assert len(choose_writers(synthetic_pen_digits("tes01", "tes02"), "tes02")) == 10
    with pytest.raises(SystemExit, match="tes01"):
        choose_writers(synthetic_pen_digits("tes01"), "nobody")


def test_each_result_is_one_line_of_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("core.pretraining.measuring._NUM_NON_DIGITS", 20)
    monkeypatch.setattr("core.pretraining.measuring._NUM_NUMBERS", 5)
    path = tmp_path / "strokes.json"
    write_strokes(path, "tes01")
    main(["--strokes", str(path)])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    measured = {line["measured"]: line for line in lines}
    assert measured["model"]["file_bytes"] < 5_000_000
    assert measured["model"]["milliseconds_per_digit"] > 0
    assert measured["strokes"]["writers"] == ["tes01"]
    assert 0 <= measured["strokes"]["pen_accuracy"] <= 1
    (own,) = measured["strokes"]["accuracy_by_writer"]
    assert (own["writer"], own["count"]) == ("tes01", 10)
