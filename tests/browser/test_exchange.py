"""Take models and runs away, and bring them back, in a real browser."""

import io
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from playwright.sync_api import Page, expect

from core.classifier import Classifier
from core.data import load_embedded
from core.exchange import FORMATS, measure
from core.runs import RunStore
from core.settings import PRETRAINED
from tests.browser.choosing import wait_until_idle
from tests.browser.pen import DIGITS, draw, expect_answer
from tests.judged import judged_run
from tests.records import epoch_record, step_record

_PREPARED = 240_000  # milliseconds, on two cores with a browser beside it


def _open_fold(page: Page, name: str) -> None:
    fold = page.locator("details").filter(has=page.get_by_text(name, exact=True))
    fold.locator("summary").click()
    wait_until_idle(page)


def _download(page: Page, key: str, folder: Path) -> Path:
    button = page.locator(f".st-key-{key} button").first
    expect(button).to_be_enabled(timeout=_PREPARED)
    wait_until_idle(page)
    with page.expect_download(timeout=60_000) as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def _choose_file(page: Page, path: Path) -> None:
    page.locator(".st-key-import_run input[type=file]").set_input_files(path)


@pytest.fixture
def files(page: Page, server, tmp_path) -> dict[str, Path]:
    """What the page Runs gives of a run, by its format."""
    run = judged_run(RunStore(server.runs), "Taken along")
    run.append_metrics(step_record(1))
    run.append_metrics(epoch_record(1))
    page.goto(f"{server.url}/runs")
    _open_fold(page, "Export")
    found = {
        name: _download(page, f"take_{name}", tmp_path) for name in ("run", "script", "metrics")
    }
    for format in FORMATS:
        wait_until_idle(page)
        page.locator(f".st-key-prepare_{format} button").click()
        row = page.locator(f".st-key-export_{format}")
        expect(row).to_contain_text("the format's own runtime", timeout=_PREPARED)
        expect(row).to_contain_text("on 5,000 embedded MNIST images: 1,000 test images;")
        found[format] = _download(page, f"download_{format}", tmp_path)
    return found


def test_each_format_is_downloaded_and_loaded_and_the_run_comes_back(
    page: Page, server, files, tmp_path
):
    images, labels = load_embedded().x_test[:200], load_embedded().y_test[:200]
    own = Classifier.load(PRETRAINED).uncalibrated(images).argmax(axis=1)
    for format, info in FORMATS.items():
        assert files[format].name == f"Taken along{info.suffix}"
        answers = measure(files[format], format, images.astype(np.float32)).answers.argmax(axis=1)
        if format == "litert_int8":
            assert abs((answers == labels).mean() - (own == labels).mean()) <= 0.01
        else:
            np.testing.assert_array_equal(answers, own)
    compile(files["script"].read_text(), "script", "exec")
    assert files["metrics"].read_text().startswith("kind,step,epoch")
    # It comes back as another run, with which somebody draws.
    _open_fold(page, "Import a model or a run")
    _choose_file(page, files["run"])
    expect(page.locator(".st-key-import_run")).to_contain_text("is among the runs", timeout=240_000)
    wait_until_idle(page)
    page.locator(".st-key-draw_imported button").click()
    draw(page, DIGITS[3])
    expect_answer(page, 3)
    assert len(RunStore(server.runs).list()) == 2


def test_a_model_of_somebody_elses_is_tried_out_and_draws(page: Page, server, tmp_path):
    path = tmp_path / "mine.h5"
    inner = keras.saving.load_model(PRETRAINED, compile=False)
    image = keras.Input((28, 28, 1))
    x = layers.Rescaling(1 / 255)(layers.Reshape((28, 28))(image))
    keras.Model(image, inner(x)).save(path)
    page.goto(f"{server.url}/runs")
    _open_fold(page, "Import a model or a run")
    _choose_file(page, path)
    imported = page.locator(".st-key-import_run")
    expect(imported).to_contain_text("is among the runs", timeout=240_000)
    expect(imported).to_contain_text("images of shape (28, 28, 1) from 0 to 255")
    wait_until_idle(page)
    page.locator(".st-key-draw_imported button").click()
    for digit in (0, 4):
        draw(page, DIGITS[digit])
        expect_answer(page, digit)
        page.locator(".st-key-clear_canvas button").click()
        expect_answer(page, None)


def test_what_is_no_model_is_refused_in_a_sentence_and_nothing_stays(page: Page, server, tmp_path):
    page.goto(f"{server.url}/runs")
    _open_fold(page, "Import a model or a run")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("../../evil", "x")
    for name, written in (("cat.keras", b"GIF89a"), ("run.zip", content.getvalue())):
        (tmp_path / name).write_bytes(written)
        _choose_file(page, tmp_path / name)
        refused = page.locator(".st-key-import_run").get_by_text(f"{name} cannot be imported")
        expect(refused).to_be_visible(timeout=240_000)
        wait_until_idle(page)
    assert not RunStore(server.runs).list()
