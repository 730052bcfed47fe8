"""A disk that fills while a run is trained: the run says so, and keeps what it had."""

import errno
import json
import sys
from contextlib import suppress
from pathlib import Path

import keras
import pytest

from core.runs import Run, files
from core.runs.disk import free_bytes, has_no_space, is_disk_full
from core.training import train
from tests.helpers import in_own_mounts

_PROJECT = Path(__file__).parents[2]
_SAID = (
    "The disk is full: nothing more could be written. Free some space, such as by deleting runs."
)
# Trains a short run on file systems of so many kilobytes, each smaller than the run would need.
_SCRIPT = """
import json, os, subprocess, sys
from core.data import load_dataset
from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from core.training import train

folder, data = sys.argv[1], load_dataset(sys.argv[2])
settings = Hyperparameters(architecture="mlp", hidden_units=(64,), epochs=3)
for kilobytes in sys.argv[3:]:
    size = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    run = RunStore(folder).create(settings)
    train(run, data)
    record = run.read()
    left = [path.name for path in run.directory.rglob(".*")]
    print(json.dumps([record.status, record.error, run.has_checkpoint, left]), flush=True)
    subprocess.run(["umount", folder], check=True)
"""


def _fill(monkeypatch, *names):
    """Let the disk be full whenever one of these files is to be written whole."""
    replace = Path.replace

    def replace_or_fail(self, target):
        if Path(target).name in names:
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_or_fail)


@pytest.fixture
def run(store, tiny):
    return store.create(tiny.model_copy(update={"epochs": 2}))


_AT_THE_END = ["model.calibration.json", "validation_predictions.npz", "test_predictions.npz"]


@pytest.mark.parametrize("name", ["model.keras", "state.npz", "seen_images.npy", *_AT_THE_END])
def test_a_full_disk_fails_the_run_and_is_blamed_for_it(monkeypatch, run, small, name):
    _fill(monkeypatch, name)
    train(run, small)
    record = run.read()
    assert record.status == "failed"
    assert record.error.startswith(_SAID)
    assert record.error.endswith(
        "it can be resumed." if run.has_checkpoint else "its settings can be trained anew."
    )
    assert run.model_path.exists() == (name in ("state.npz", *_AT_THE_END))
    if name in _AT_THE_END:
        assert keras.saving.load_model(run.model_path)


def test_a_disk_without_room_for_metrics_is_blamed_and_the_run_can_be_resumed(
    monkeypatch, run, small
):
    def fail(*_):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    with monkeypatch.context() as patch:
        patch.setattr(Run, "append_metrics", fail)
        train(run, small)
    assert run.read().status == "failed"
    assert run.read().error.startswith(_SAID)
    run.request_resume()
    train(run, small)
    assert run.read().status == "completed"


def test_a_run_that_cannot_note_its_end_is_not_taken_for_running(monkeypatch, run, small):
    append = Run.append_metrics

    def fill_disk_after_writing(self, record):
        append(self, record)
        _fill(monkeypatch, files.RECORD, files.MODEL)

    monkeypatch.setattr(Run, "append_metrics", fill_disk_after_writing)
    with suppress(OSError):
        train(run, small)
    assert run.read().status == "interrupted"
    assert "was killed or ran out of memory" in run.read().error
    monkeypatch.setattr("core.runs.recorded.has_no_space", lambda _: True)
    assert run.read().error.startswith(_SAID)


def test_a_continued_run_that_may_not_start_is_what_it_was_and_says_why(monkeypatch, run, small):
    train(run, small)
    before = run.read()
    run.request_more_epochs(1)
    monkeypatch.setenv("DIGIT_LAB_MIN_FREE_DISK", "1000000000")
    train(run, small)
    after = run.read()
    assert (after.status, after.results) == ("completed", before.results)
    assert "1,000,000,000 MB have to stay free" in after.error


def test_really_full_file_systems_are_blamed_at_whatever_size(tmp_path, synthetic_npz):
    # Full while space is reserved, metrics, model, checkpoint, first layer and results are written.
    sizes = [40, 80, 120, 300, 600, 900, 1200, 1500]
    arguments = [sys.executable, "-c", _SCRIPT, str(tmp_path), str(synthetic_npz), *map(str, sizes)]
    shown = in_own_mounts(
        arguments, cwd=_PROJECT, env={"DIGIT_LAB_MIN_FREE_DISK": "0"}, timeout=300
    )
    endings = [json.loads(line) for line in shown.splitlines()]
    assert len(endings) == len(sizes)
    for status, error, has_checkpoint, left in endings:
        assert status == "failed"
        assert error.startswith(_SAID)
        assert ("can be resumed" in error) == has_checkpoint
        assert not left
    assert {has_checkpoint for _, _, has_checkpoint, _ in endings} == {True, False}


def test_what_a_killed_worker_had_half_written_takes_no_space_for_ever(run, small):
    run.checkpoint_path.parent.mkdir()
    names = [run.model_path, run.checkpoint_path, run.directory / "control.json"]
    under_way = [files.replacing(path) for path in names]
    half_written = [writing.__enter__() for writing in under_way]
    for path in half_written:
        path.write_bytes(b"half")
    train(run, small)
    assert run.read().status == "completed"
    # A page may be writing a request at this moment.
    assert [path.exists() for path in half_written] == [False, False, True]


def test_free_space_is_told_of_folders_that_are_still_to_be_made(tmp_path, monkeypatch):
    assert free_bytes(tmp_path / "not" / "yet") > 0
    assert not has_no_space(tmp_path)
    monkeypatch.setattr("core.runs.disk.shutil.disk_usage", _unknown)
    assert free_bytes(tmp_path) is None
    assert not has_no_space(tmp_path)


def _unknown(_):
    raise OSError(errno.ENOSYS, "Function not implemented")


def test_a_full_disk_is_recognised_behind_what_a_library_made_of_it(tmp_path):
    full = OSError(errno.ENOSPC, "No space left on device")
    wrapped = ValueError("cannot save")
    wrapped.__cause__ = full
    assert is_disk_full(full, tmp_path)
    assert is_disk_full(wrapped, tmp_path)
    assert not is_disk_full(ValueError("cannot save"), tmp_path)
    assert not is_disk_full(PermissionError(errno.EACCES, "Permission denied"), tmp_path)
