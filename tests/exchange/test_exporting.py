"""What leaves the app holds what it is called, and a run that comes back is the run that left."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from core.access import Person
from core.classifier import Classifier, load_calibration
from core.exchange import export_run, import_model, training_script
from core.runs import EpochRecord, RunStore, StepRecord
from core.settings import PRETRAINED

_ADA = Person(id="ada")


@pytest.fixture(scope="module")
def archive(trained, tmp_path_factory):
    """The zip of the trained run."""
    path = tmp_path_factory.mktemp("exported") / "run.zip"
    export_run(trained, "run", path)
    return path


@pytest.fixture
def imported(archive, tmp_path):
    """The run that another installation has made of the zip."""
    return import_model(archive, RunStore(tmp_path / "elsewhere"), name="x.zip", by=_ADA)


def test_the_network_leaves_as_the_file_that_it_is(trained, tmp_path):
    export_run(trained, "keras", path := tmp_path / "model.keras")
    assert path.read_bytes() == trained.model_path.read_bytes()
    export_run(None, "keras", path)
    assert path.read_bytes() == PRETRAINED.read_bytes()


def test_the_program_leaves_as_text(trained, tmp_path):
    export_run(trained, "script", path := tmp_path / "train.py")
    assert path.read_text(encoding="utf-8") == training_script(trained.read())


def test_the_curves_leave_as_a_table(trained, tmp_path):
    export_run(trained, "metrics", path := tmp_path / "metrics.csv")
    table = pd.read_csv(path)
    records = trained.metrics().records
    epochs, steps = (
        [record for record in records if isinstance(record, kind)]
        for kind in (EpochRecord, StepRecord)
    )
    assert len(epochs) == 5 and len(table) == len(epochs) + len(steps)
    found = table[table.kind == "epoch"]
    for column in ("step", "epoch", "images", "seconds", "val_loss", "val_accuracy", "loss"):
        assert found[column].tolist() == [getattr(record, column) for record in epochs]
    found = table[table.kind == "step"]
    for column in ("step", "learning_rate", "loss"):
        assert found[column].tolist() == [getattr(record, column) for record in steps]


@pytest.mark.parametrize("format", ["script", "metrics", "run"])
def test_the_shipped_model_is_a_network_only(format, tmp_path):
    with pytest.raises(ValueError, match="no run"):
        export_run(None, format, path := tmp_path / "nothing")
    assert not path.exists()


def test_a_file_that_is_there_is_replaced(trained, tmp_path):
    path = tmp_path / "file"
    for format in ("keras", "script", "metrics", "run"):
        path.write_bytes(b"something longer than anything " * 100_000)
        export_run(trained, format, path)
        assert b"something longer" not in path.read_bytes()


def test_a_zip_holds_what_a_run_is_and_nothing_of_who_has_it(archive, trained):
    with zipfile.ZipFile(archive) as file:
        assert set(file.namelist()) == {
            *("run.json", "metrics.jsonl", "seen_images.npy"),
            *("model.keras", "model.calibration.json"),
        }
        assert str(trained.directory).encode() not in file.read("run.json")


def test_a_run_that_comes_back_is_the_run_that_left(trained, imported):
    left, back = trained.read(), imported.read()
    same = ("hyperparameters", "results", "data", "name", "created", "status", "num_parameters")
    for name in (*same, "steps_per_epoch", "software", "device", "segments"):
        assert getattr(back, name) == getattr(left, name)
    assert imported.metrics().records == trained.metrics().records
    assert training_script(back) == training_script(left)


def test_a_run_that_comes_back_belongs_to_who_brings_it(trained, imported):
    left, back = trained.read(), imported.read()
    assert back.id == imported.id == imported.directory.name != left.id
    assert (back.owner, left.owner) == ("ada", None)
    assert "x.zip" in back.origin
    assert back.is_finished


def test_a_run_that_comes_back_answers_as_it_did(trained, imported, synthetic):
    assert load_calibration(imported.model_path) == load_calibration(trained.model_path)
    assert load_calibration(imported.model_path).temperature != 1
    answers = [
        Classifier.load(run.model_path).predict_batch(synthetic.x_test)
        for run in (trained, imported)
    ]
    np.testing.assert_array_equal(*answers)
    seen = [run.seen_images() for run in (trained, imported)]
    np.testing.assert_array_equal(*seen)
    assert len(seen[0]) == len(synthetic.x_train) + len(synthetic.x_val)


def test_a_run_can_leave_and_come_back_again(archive, imported, tmp_path):
    export_run(imported, "run", path := tmp_path / "again.zip")
    store = RunStore(tmp_path / "elsewhere")
    twice, same = import_model(path, store, by=_ADA), import_model(archive, store, by=_ADA)
    assert len({imported.id, twice.id, same.id}) == len(store.list()) == 3
    assert twice.read().results == imported.read().results
    assert "again.zip" in twice.read().origin
