"""Networks are converted once, measured honestly, kept by what they are, and in bounds."""

import os

import keras
import numpy as np
import pytest

from core import exports as module
from core.classifier import Classifier
from core.data import load_embedded
from core.exports import ExportFailed, Exports
from core.loading import Loader
from core.reports import Reports
from core.runs import RunStore
from core.settings import PRETRAINED, ServerSettings
from models.mlp import mlp
from tests.judged import judged_run


@pytest.fixture
def settings(tmp_path):
    return ServerSettings(runs=tmp_path / "runs", download=False)


@pytest.fixture
def begin(settings, monkeypatch):
    """Begin a server's exports, which convert in this process."""

    def begin():
        loader = Loader(settings)
        loader.begin()
        exports = Exports(settings, Reports(settings, loader))
        monkeypatch.setattr(exports._process, "run", lambda function, *args: function(*args))
        return exports

    return begin


def test_a_network_is_measured_on_test_images_that_it_has_not_seen(settings, begin):
    run, exports, data = judged_run(RunStore(settings.runs)), begin(), load_embedded()
    assert exports.kept(run, "keras") is None
    exported = exports.prepare(run, "keras").result(120)
    answers = Classifier.load(PRETRAINED).uncalibrated(data.x_test).argmax(axis=1)
    assert exported.accuracy == pytest.approx((answers == data.y_test).mean())
    assert exported.images == "5,000 embedded MNIST images: 1,000 test images"
    assert exports.path(run, "keras").read_bytes() == PRETRAINED.read_bytes()
    assert exported.size == PRETRAINED.stat().st_size
    assert exported.milliseconds > 0


def test_what_was_converted_is_kept_by_what_the_network_is(settings, begin, monkeypatch):
    run, exports = judged_run(RunStore(settings.runs)), begin()
    exported = exports.prepare(run, "keras").result(120)
    # Another server, and another run with the same network.
    later, twin = begin(), judged_run(RunStore(settings.runs), "Twin")
    monkeypatch.setattr(later._process, "run", None)
    assert later.kept(run, "keras") == later.kept(twin, "keras") == exported
    assert later.prepare(twin, "keras").result(120) == exported
    mlp(hidden_units=(8,)).save(run.model_path)
    assert later.kept(run, "keras") is None
    assert later.under_way(run, "keras") is None


def test_what_cannot_be_converted_says_so_and_leaves_nothing(settings, begin):
    run, exports = judged_run(RunStore(settings.runs)), begin()
    run.model_path.write_bytes(b"no model")
    with pytest.raises(ExportFailed, match=r"cannot be converted to LiteRT: \S"):
        exports.prepare(run, "litert").result(120)
    assert exports.kept(run, "litert") is None
    assert not [*exports.path(run, "litert").parent.iterdir()]
    run.model_path.unlink()
    assert exports.kept(run, "litert") is None


def test_figures_that_somebody_damaged_are_no_figures(settings, begin):
    run, exports = judged_run(RunStore(settings.runs)), begin()
    exports.prepare(run, "keras").result(120)
    path = exports.path(run, "keras")
    path.with_name(f"{path.name}.json").write_text("{}")
    assert exports.kept(run, "keras") is None


def test_the_oldest_files_go(settings, begin, monkeypatch):
    monkeypatch.setattr(module, "_MOST_FILES", 2)
    runs = [judged_run(RunStore(settings.runs), str(number)) for number in range(3)]
    exports = begin()
    for number, run in enumerate(runs):
        keras.utils.set_random_seed(number)
        mlp(hidden_units=(8,)).save(run.model_path)
        exports.prepare(run, "keras").result(120)
        for path in exports.path(run, "keras").parent.glob(f"{exports.path(run, 'keras').name}*"):
            os.utime(path, (number, number))
    assert [exports.kept(run, "keras") is not None for run in runs] == [False, True, True]


def test_a_model_from_elsewhere_may_have_seen_the_images(settings, begin):
    run = judged_run(RunStore(settings.runs), data=None, origin="Imported from a.keras.")
    (run.directory / "seen_images.npy").unlink()
    exported = begin().prepare(run, "keras").result(120)
    assert exported.images.endswith("which it may have been trained on")


def test_a_converter_works_in_a_process_apart(settings):
    loader = Loader(settings)
    loader.begin()
    exports = Exports(settings, Reports(settings, loader))
    run = judged_run(RunStore(settings.runs))
    exported = exports.prepare(run, "litert_int8").result(240)
    exports.close()
    assert exported.size < PRETRAINED.stat().st_size / 2
    assert np.isclose(exported.accuracy, 0.996, atol=0.003)
