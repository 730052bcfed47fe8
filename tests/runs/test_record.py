"""What run.json says is read as it was written, whichever version wrote it, or explained."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import Hyperparameters
from core.hyperparameters.links import RENAMED
from core.runs import MAX_NAME_LENGTH, Run
from tests.records import edit_record


@pytest.fixture
def run(store):
    return store.create(Hyperparameters(), "A run")


def test_an_update_leaves_the_other_fields_alone(run):
    before = run.read()
    run.update(device="CPU", num_parameters=7)
    assert run.read() == before.model_copy(update={"device": "CPU", "num_parameters": 7})


def test_a_run_from_before_drawn_digits_were_measured_still_opens(run):
    results = {
        "best_epoch": 1,
        "val_loss": 0.1,
        "val_accuracy": 0.9,
        "test_loss": 0.2,
        "test_accuracy": 0.8,
        "seconds": 1.0,
        "images_per_second": 10.0,
    }
    edit_record(run, status="completed", results=results)
    record = run.read()
    assert (record.status, record.error) == ("completed", None)
    assert record.results.test_accuracy == 0.8
    assert record.results.drawn_accuracy is None


def test_an_invalid_update_changes_nothing(run):
    before = run.read()
    with pytest.raises(ValidationError):
        run.update(status="on holiday")
    assert run.read() == before


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_no_content_of_run_json_ends_in_an_exception(tmp_path_factory, content):
    run = Run(tmp_path_factory.getbasetemp() / "foreign")
    run.directory.mkdir(exist_ok=True)
    (run.directory / "run.json").write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    record = run.read()
    assert record.status == "unreadable"
    assert record.error.startswith("Its run.json is invalid")


def test_settings_that_this_version_does_not_know_are_kept_and_stop_nothing(monkeypatch, run, tiny):
    settings = tiny.model_dump(mode="json") | {"colour": "red", "old_batch_size": 16}
    del settings["batch_size"]
    monkeypatch.setitem(RENAMED, "old_batch_size", "batch_size")
    edit_record(run, hyperparameters=settings)
    record = run.read()
    assert record.status == "queued"
    assert record.hyperparameters == tiny.model_copy(update={"batch_size": 16})
    assert record.other_settings == {"colour": "red"}
    run.rename("Renamed")
    assert run.read().other_settings == {"colour": "red"}
    with pytest.raises(ValidationError, match="colour"):
        Hyperparameters(colour="red")


def test_a_setting_kept_by_a_version_that_did_not_know_it_is_read_again(run, tiny):
    settings = tiny.model_dump(mode="json")
    del settings["seed"]
    edit_record(run, hyperparameters=settings, other_settings={"seed": 5})
    record = run.read()
    assert (record.hyperparameters.seed, record.other_settings) == (5, {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "on holiday"}, "invalid at status"),
        ({"created": "yesterday"}, "invalid at created"),
        ({"created": "2024-01-01T12:00:00"}, "invalid at created"),
        ({"id": "another"}, "belongs to the run 'another'"),
        ({"hyperparameters": {"epochs": 0}}, "Epochs: a whole number from 1 to 200; received 0."),
        ({"other_settings": ["red"]}, "invalid at other_settings"),
        ({"results": {"best_epoch": 1}}, "invalid at results"),
    ],
)
def test_a_damaged_run_is_listed_with_its_reason_and_stops_no_queue(store, changes, reason):
    good, bad = (store.create(Hyperparameters(), name) for name in ("good", "bad"))
    edit_record(bad, **changes)
    record = bad.read()
    assert record.status == "unreadable"
    assert reason in record.error
    assert record.is_finished
    assert {run.id for run in store.list()} == {good.id, bad.id}
    assert [run.id for run in store.queued()] == [good.id]


def test_a_new_name_is_kept_short_and_never_empty(run):
    run.rename("word " * 50)
    assert len(run.read().name) <= MAX_NAME_LENGTH
    run.rename("  \n ")
    assert run.read().name == run.id


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("one\nline\tonly\u2028here", "one line only here"),
        ("bell\x07 and \x1b[31mescape", "bell and [31mescape"),
        ("Sa\u200bme\u2060\ufeff", "Same"),
        ("half a \ud83d pair", "half a pair"),
        ("Ziffern für Åsa 数字 😀", "Ziffern für Åsa 数字 😀"),
    ],
)
def test_a_name_has_only_what_is_seen(store, run, typed, kept):
    run.rename(typed)
    assert run.read().name == kept
    assert store.create(Hyperparameters(), typed).read().name == kept


def test_a_name_that_nobody_could_see_or_that_is_endless_is_mended_where_it_is_read(run):
    edit_record(run, name="a\u202eb" * 1000)
    assert run.read().name == ("ab" * MAX_NAME_LENGTH)[:MAX_NAME_LENGTH]
    edit_record(run, name="\u200b")
    assert run.read().name == run.id
