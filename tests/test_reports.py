"""A model is judged once for everybody, on images that it has not seen, and never on others."""

import shutil

import numpy as np
import pytest

from core import reports as module
from core.classifier import Classifier, choose_threshold
from core.data import load_dataset, set_fingerprint
from core.drawing import DrawingStore
from core.evaluation import NotJudged, make_report
from core.loading import Loader
from core.reports import Reports, Source
from core.runs import Run
from core.settings import PRETRAINED, ServerSettings
from core.training import train
from tests.helpers import STROKES, draw, synthetic_digits

TEST, LOAD_DIGITS = Source("test"), Source("load_digits")


@pytest.fixture
def open_reports(tmp_path, synthetic_npz):
    """Return what judges models on a server that has just started."""

    def open_them(mnist=synthetic_npz, **settings):
        settings = ServerSettings(mnist=mnist, runs=tmp_path / "runs", download=False, **settings)
        loader = Loader(settings)
        loader.begin()
        return Reports(settings, loader)

    return open_them


@pytest.fixture
def run(trained, tmp_path):
    """A copy of a trained run, which a test may change."""
    directory = tmp_path / "runs" / trained.id
    shutil.copytree(trained.directory, directory)
    return Run(directory)


@pytest.fixture
def no_answers(monkeypatch):
    """Fail where a network is asked."""

    def refuse(*_):
        raise AssertionError("an answer was given twice")

    def begin():
        monkeypatch.setattr(Classifier, "uncalibrated", refuse)

    return begin


def _evaluate(reports, run, source):
    return reports.evaluation(run, source).future.result(60)


def test_a_run_is_judged_by_what_it_answered_when_it_ended(
    open_reports, run, synthetic, no_answers
):
    no_answers()
    found = _evaluate(open_reports(), run, TEST)
    results = run.read().results
    assert found.report.accuracy == results.test_accuracy
    assert found.report.count == len(synthetic.y_test)
    assert found.before.loss == pytest.approx(results.test_loss, rel=1e-4)
    assert found.num_seen == 0
    drawn = _evaluate(open_reports(), run, LOAD_DIGITS)
    assert drawn.report.accuracy == results.drawn_accuracy


def test_everybody_shares_one_report_and_a_new_server_needs_no_answers(
    open_reports, run, no_answers, tmp_path
):
    for name in ("test_predictions.npz", "reports"):
        path = run.directory / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    reports = open_reports()
    for kept in (run, None):
        first = reports.evaluation(kept, TEST).future
        assert all(reports.evaluation(kept, TEST).future is first for _ in range(30))
        assert first.result(60)
    no_answers()
    for kept in (run, None):
        again = _evaluate(open_reports(), kept, TEST)
        np.testing.assert_array_equal(
            again.report.confusion, _evaluate(reports, kept, TEST).report.confusion
        )


def test_answers_of_other_weights_and_damaged_files_are_not_used(open_reports, run, synthetic):
    before = _evaluate(open_reports(), run, TEST).report
    shutil.copy(PRETRAINED, run.model_path)
    after = _evaluate(open_reports(), run, TEST).report
    shipped = make_report(
        Classifier.load(run.model_path).predict_batch(synthetic.x_test), synthetic.y_test
    )
    assert after.loss == pytest.approx(shipped.loss)
    assert after.loss != pytest.approx(before.loss)
    for path in run.reports_path.iterdir():
        path.write_bytes(b"nothing that can be read")
    assert _evaluate(open_reports(), run, TEST).report.loss == after.loss


def test_an_image_that_a_model_was_trained_on_is_left_out(
    open_reports, store, tiny, tmp_path, synthetic
):
    (x, y), (x_test, y_test) = synthetic_digits(40, seed=1), synthetic_digits(12, seed=2)
    x[:3], y[:3] = x_test[[5, 50, 100]], y_test[[5, 50, 100]]
    leaking = tmp_path / "leaking.npz"
    np.savez(leaking, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    run = store.create(tiny.model_copy(update={"epochs": 1}))
    train(run, load_dataset(leaking))
    found = _evaluate(open_reports(leaking), run, TEST)
    assert (found.num_seen, found.report.count) == (3, len(y_test) - 3)
    # By content: the same images from another file are left out, too.
    assert _evaluate(open_reports(), run, TEST).num_seen == 3
    # The network that was never trained on them is judged on all of them.
    assert _evaluate(open_reports(leaking), None, TEST).num_seen == 0


def test_a_model_is_never_judged_on_what_it_was_trained_on(open_reports, run, synthetic, tmp_path):
    swapped = tmp_path / "swapped.npz"
    pixels = {
        name: np.rint(255 * getattr(synthetic, name)).astype(np.uint8)
        for name in ("x_train", "x_test")
    }
    np.savez(
        swapped,
        x_train=pixels["x_test"],
        y_train=synthetic.y_test,
        x_test=pixels["x_train"],
        y_test=synthetic.y_train,
    )
    with pytest.raises(NotJudged, match="was trained on these images"):
        _evaluate(open_reports(swapped), run, TEST)
    with pytest.raises(NotJudged, match="was trained on these images"):
        open_reports(swapped).robustness(run, TEST).future.result(60)


def test_a_run_of_an_earlier_version_is_judged_where_its_images_are(
    open_reports, run, synthetic, small_npz, no_answers
):
    (run.directory / "seen_images.npy").unlink()
    kept = run.test_predictions()
    np.savez(
        run.directory / "test_predictions.npz",
        probabilities=kept.probabilities,
        labels=kept.labels,
    )
    with pytest.raises(NotJudged, match="not known"):
        _evaluate(open_reports(small_npz), run, TEST)
    no_answers()
    assert _evaluate(open_reports(), run, TEST).report.count == len(synthetic.y_test)


def test_the_shipped_model_is_judged_on_the_embedded_images(open_reports):
    found = _evaluate(open_reports(), None, Source("embedded"))
    assert (found.num_seen, found.report.count) == (0, 1000)
    assert found.report.accuracy > 0.98
    assert "embedded" in found.images.name


def test_answers_to_somebody_s_drawings_are_written_nowhere(open_reports, run, tmp_path):
    drawings = DrawingStore(tmp_path / "drawings")
    for label, writer in ((7, "Ada"), (4, "Ada"), (3, "Ben")):
        drawings.add(draw(STROKES[label]), label=label, writer=writer)
    own = Source("drawings", drawings, tuple(drawings.list()))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    reports = open_reports()
    found = _evaluate(reports, None, own)
    assert (found.report.count, found.report.accuracy) == (3, 1.0)
    assert {row.writer: row.count for row in found.by_writer} == {"Ada": 2, "Ben": 1}
    assert reports.accuracy(run, own).result(60).count == 3
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before
    drawings.set_writer(drawings.list(), "Eve")
    renamed = Source("drawings", drawings, tuple(drawings.list()))
    assert {row.writer for row in _evaluate(reports, None, renamed).by_writer} == {"Eve"}


def test_another_threshold_needs_no_other_answers(open_reports, run, tmp_path, no_answers):
    drawings = DrawingStore(tmp_path / "drawings")
    drawings.add(draw(STROKES[7]), label=7)
    own, reports = Source("drawings", drawings, tuple(drawings.list())), open_reports()
    before = _evaluate(reports, run, own).calibration
    no_answers()
    choose_threshold(run, 0.123)
    after = _evaluate(reports, run, own).calibration
    assert (after.temperature, after.threshold) == (before.temperature, 0.123)


def test_drawings_that_cannot_be_read_give_one_sentence(open_reports, tmp_path):
    drawings = DrawingStore(tmp_path / "drawings")
    kept = drawings.add(draw(STROKES[7]), label=7)
    own = Source("drawings", drawings, (kept,))
    (drawings.root / "7" / f"{kept.id}.png").write_bytes(b"no picture")
    with pytest.raises(NotJudged, match="None of these images"):
        _evaluate(open_reports(), None, own)


def test_curves_are_measured_once_and_kept(open_reports, run, monkeypatch):
    reports = open_reports()
    first = reports.robustness(run, TEST)
    curves = first.future.result(120)
    assert reports.robustness(run, TEST).future is first.future
    assert reports.robustness(run, TEST).share == 1
    assert curves.count == 120

    def refuse(*_, **__):
        raise AssertionError("curves were measured twice")

    monkeypatch.setattr(module, "measure_robustness", refuse)
    assert open_reports().robustness(run, TEST).future.result(60) == curves
    (damaged,) = run.reports_path.glob("*.robustness.json")
    damaged.write_text('{"model": "0", "robustness": {"count": -1, "curves": {}}}')
    with pytest.raises(AssertionError, match="measured twice"):
        open_reports().robustness(run, TEST).future.result(60)


def test_a_report_says_how_far_it_is(open_reports, monkeypatch):
    shares = []

    def measure(predict, images, labels, *, on_progress):
        for share in (0.25, 0.5):
            on_progress(share)
            shares.append(reports.robustness(None, TEST).share)
        raise NotJudged("enough")

    monkeypatch.setattr(module, "measure_robustness", measure)
    reports = open_reports()
    with pytest.raises(NotJudged, match="enough"):
        reports.robustness(None, TEST).future.result(60)
    assert shares == [0.25, 0.5]


def test_a_deleted_run_and_a_damaged_model_give_one_sentence(open_reports, run):
    run.model_path.write_bytes(b"no model")
    with pytest.raises(Exception, match="not a usable model"):
        _evaluate(open_reports(), run, TEST)
    shutil.rmtree(run.directory)
    with pytest.raises(Exception, match="no such file"):
        _evaluate(open_reports(), run, TEST)
    assert not run.directory.exists()


def test_the_fingerprint_of_a_set_is_that_of_its_pixels_in_any_form(synthetic):
    pixels = np.rint(255 * synthetic.x_test).astype(np.uint8)
    expected = set_fingerprint(synthetic.x_test, synthetic.y_test)
    assert set_fingerprint(pixels, synthetic.y_test) == expected
    assert set_fingerprint(pixels[::-1], synthetic.y_test[::-1]) != expected
