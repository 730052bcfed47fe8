"""Files that somebody brings become a run, or are refused with a reason; none of them does more."""

import contextlib
import os
import pickle
import shutil
import tempfile
import time
from concurrent.futures import BrokenExecutor
from pathlib import Path

import keras
import numpy as np
import psutil
import pytest

from core.access import Person
from core.classifier import Classifier
from core.exchange import ImportRefused, adapt, import_model
from core.runs import RunStore
from core.runs.files import read_seen_images
from core.worker_process import WorkerProcess
from tests.hostile.import_cases import ACCEPTED, IMPORTS, MARKER, WITH_CODE
from tests.hostile.memory import MEGABYTE, at_most, resident

_ADA = Person(id="ada")
# Of the process that opens the files, which has TensorFlow; of the server, which has not.
_MOST_THERE, _MOST_HERE = 500, 60
_MOST_SECONDS = 20
_PARTS = {"run.json", "metrics.jsonl", "model.keras", "model.calibration.json", "seen_images.npy"}
_IMAGES = np.random.default_rng(0).random((20, 28, 28), np.float32)


class _Opener:
    """Opens files in one process, which is started anew where a file has ended it."""

    def __init__(self, sound: Path) -> None:
        """`sound` is a file with which the process begins, so that it has what it needs."""
        self._sound = sound
        self._start()

    def _start(self) -> None:
        self.worker = WorkerProcess()
        target = self._sound.with_name("adapted.keras")
        self.worker.submit(adapt, self._sound, target, 10**6).result(120)

    def __call__(self, source: Path, target: Path, most: int):
        try:
            return self.worker.submit(adapt, source, target, most).result(_MOST_SECONDS)
        except (BrokenExecutor, TimeoutError) as error:
            self.worker.kill()
            self._start()
            raise BrokenExecutor(str(error)) from None

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.worker.pid)

    def kill(self) -> None:
        self.worker.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a folder of hostile files and one for all temporary files."""
    folder = tmp_path_factory.mktemp("imports")
    (folder / "temporary").mkdir()
    (folder / "files").mkdir()
    for name, (write, _) in {**IMPORTS, **ACCEPTED}.items():
        write(_file(folder, name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder / "temporary"))
        yield folder


@pytest.fixture(scope="module")
def opener(folder):
    (folder / "sound").mkdir()
    write, _ = ACCEPTED["an .h5 called .keras"]
    write(folder / "sound" / "sound")
    opener = _Opener(folder / "sound" / "sound")
    yield opener
    opener.kill()


@pytest.fixture
def import_file(folder, opener):
    """Import one of the files as Ada into a store of its own; returns the run and the store."""

    def import_file(name):
        store = RunStore(folder / "runs")
        return import_model(_file(folder, name), store, name=f"{name}.keras", by=_ADA, adapt=opener)

    return import_file


def _file(folder, name):
    """Return where a case's file is: its name may be none of a file."""
    number = [*IMPORTS, *ACCEPTED].index(name)
    return folder / "files" / f"{number:03}"


def _listing(folder):
    """Return everything that is anywhere in a folder, and when each file was changed.

    The process that opens files has a folder of its own, which is called differently each time.
    """
    found = {}
    for directory, folders, names in os.walk(folder):
        shown = Path(directory).relative_to(folder).as_posix()
        if "digit-lab-worker-" in shown:
            shown = "worker"
        for name in [*folders, *names]:
            status = (Path(directory) / name).lstat()
            is_folder = Path(directory, name).is_dir()
            key = "worker" if name.startswith("digit-lab-worker-") else f"{shown}/{name}"
            found[key] = None if is_folder else (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


@contextlib.contextmanager
def _at_most_there(opener, megabytes, what):
    """Fail where the process that opens files has so much more memory inside than before."""
    process = opener.process
    proc = Path(f"/proc/{process.pid}")
    before = process.memory_info().rss
    (proc / "clear_refs").write_text("5")
    yield
    if opener.worker.pid != process.pid:  # it was ended
        return
    peak = int((proc / "status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    assert peak - before < megabytes * MEGABYTE, f"{what}: {(peak - before) / MEGABYTE:.0f} MB"


def _refuse(import_file, name):
    """Return the sentence with which a file is refused."""
    with pytest.raises(ImportRefused) as caught:
        import_file(name)
    assert caught.value.__cause__ is caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.parametrize("name", WITH_CODE)
def test_the_code_in_these_files_would_run(folder, tmp_path, name):
    path, marker = _file(folder, name), folder / "files" / MARKER
    assert not marker.exists()
    if name == "a pickle":
        pickle.loads(path.read_bytes())
    else:
        copy = shutil.copy(path, tmp_path / f"copy.{name.rpartition('.')[2]}")
        keras.saving.load_model(copy, compile=False, safe_mode=False)
    assert marker.exists()
    marker.unlink()


@pytest.mark.parametrize("name", IMPORTS)
def test_a_file_that_is_no_model_is_refused_in_one_sentence(folder, opener, import_file, name):
    before, begun = _listing(folder), time.monotonic()
    with at_most(_MOST_HERE, name), _at_most_there(opener, _MOST_THERE, name):
        sentence = _refuse(import_file, name)
    assert time.monotonic() - begun < _MOST_SECONDS
    begins = f"{name}.keras cannot be imported: "
    assert sentence.startswith(begins)
    assert IMPORTS[name][1] in sentence.removeprefix(begins)
    assert sentence.isprintable() and len(sentence) < 400 and sentence.endswith(".")
    assert "Error: " not in sentence and str(folder) not in sentence
    # No file was left or changed, and no run, hidden names and the marker of code included.
    assert _listing(folder) == before
    assert not (folder / "runs").exists()


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_odd_file_becomes_a_run_of_whoever_brings_it(folder, import_file, name):
    before = _listing(folder)
    with at_most(2 * _MOST_HERE, name):
        run = import_file(name)
    try:
        assert {path.name for path in (folder / "runs").iterdir()} == {run.id}
        record = RunStore(folder / "runs").get(run.id).read()
        assert record.owner == _ADA.id and record.id == run.id and record.search is None
        assert record.status in ("stopped", "completed") and not record.favourite
        assert record.name.isprintable() and record.note.isprintable()
        assert f"{name}.keras" in record.origin
        names = {path.name for path in run.directory.iterdir()}
        assert names <= _PARTS and ("model.keras" in names) == ACCEPTED[name][1]
        assert all(path.is_file() and not path.is_symlink() for path in run.directory.iterdir())
        metrics = run.metrics()
        assert len(metrics.steps) == (name == "metrics of garbage")
        assert read_seen_images(run.directory / "seen_images.npy") is None
        if ACCEPTED[name][1]:
            answers = Classifier.load(run.directory / "model.keras").predict_batch(_IMAGES)
            assert answers.shape == (len(_IMAGES), 10)
    finally:
        shutil.rmtree(folder / "runs")
    assert _listing(folder) == before


def test_of_two_models_in_a_file_the_one_that_was_measured_is_kept(folder, tmp_path, import_file):
    run = import_file("a .keras behind an .h5")
    copy = shutil.copy(_file(folder, "an .h5 called .keras"), tmp_path / "first.h5")
    first = keras.saving.load_model(copy, compile=False)
    kept = Classifier.load(run.directory / "model.keras").model
    shutil.rmtree(folder / "runs")
    for ours, theirs in zip(kept.get_weights(), first.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nothing_is_kept_of_files_that_were_refused(import_file, opener):
    def refuse_some():
        for name in [*IMPORTS][::4]:
            _refuse(import_file, name)
        return resident(), opener.process.memory_info().rss

    here, there = refuse_some()  # libraries are loaded
    here_after, there_after = refuse_some()
    assert here_after < 1.1 * here
    assert there_after < 1.1 * there
