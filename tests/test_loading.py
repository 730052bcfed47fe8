"""The server loads each thing once, in the background."""

import functools
import gc
import http.server
import shutil
import subprocess
import sys
import threading

import keras
import pytest

from core import loading
from core.classifier import Calibration, ModelError, model_fingerprint, save_calibration
from core.data import download_mnist
from core.hyperparameters import Hyperparameters
from core.loading import Loader
from core.settings import PRETRAINED, ServerSettings
from tests.helpers import wait_until


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Leave a process behind that is not a server's."""
    monkeypatch.setattr(keras.backend, "clear_session", keras.backend.clear_session)
    yield
    gc.unfreeze()


def _loader(**settings):
    """Return a loader whose first page has arrived."""
    loader = Loader(ServerSettings(**settings))
    loader.begin()
    return loader


@pytest.fixture
def cache(monkeypatch, tmp_path):
    path = tmp_path / "cache" / "mnist.npz"
    for module in (loading, "core.data.dataset"):
        monkeypatch.setattr(f"{getattr(module, '__name__', module)}.MNIST_CACHE", path)
    return path


@pytest.fixture
def loader(small_npz):
    return _loader(mnist=small_npz, download=False)


def test_loading_waits_for_the_first_page_but_not_forever(small_npz):
    loader = Loader(ServerSettings(mnist=small_npz, download=False))
    data = loader.data()
    with pytest.raises(TimeoutError):
        data.result(0.2)
    loader.begin()
    assert data.result(60)
    assert Loader(ServerSettings(mnist=small_npz, download=False)).data().result(60)


def test_many_sessions_share_one_model(loader):
    future = loader.classifier(PRETRAINED)
    assert all(loader.classifier(PRETRAINED) is future for _ in range(5))
    assert future.result(60).predict_batch([[[0.0] * 28] * 28]).shape == (1, 10)


def test_a_model_that_was_replaced_is_loaded_anew(loader, tmp_path, trained):
    path = tmp_path / "model.keras"
    with pytest.raises(ModelError, match="There is no model"):
        loader.classifier(path).result(60)
    shutil.copy2(trained.model_path, path)
    first = loader.classifier(path).result(60)
    shutil.copy2(PRETRAINED, path)
    assert loader.classifier(path).result(60) is not first


def test_a_model_that_was_calibrated_since_is_loaded_anew(loader, tmp_path, trained):
    path = tmp_path / "model.keras"
    shutil.copy2(trained.model_path, path)
    first = loader.classifier(path)
    assert first.result(60).calibration == Calibration()
    for threshold in (0.25, 0.75):
        save_calibration(Calibration(1.5, threshold, model_fingerprint(path)), path)
        assert loader.classifier(path).result(60).calibration.threshold == threshold
    assert loader.classifier(path) is loader.classifier(path) is not first


def test_the_data_of_the_next_run_is_summarised(loader, small):
    summary = loader.data().result(60)
    assert (summary.num_images, summary.num_test) == (300, 200)
    assert (summary.name, summary.fingerprint) == (small.name, small.fingerprint)
    assert summary.notice is None
    assert loader.data() is loader.data()


def test_unreadable_data_is_replaced_with_a_notice(tmp_path, monkeypatch, synthetic):
    monkeypatch.setattr("core.data.dataset.load_embedded", lambda: synthetic)
    (tmp_path / "mnist.npz").write_bytes(b"no images")
    summary = _loader(mnist=tmp_path / "mnist.npz").data().result(60)
    assert (summary.num_images, summary.num_test) == (400, 120)
    assert summary.notice.startswith("DIGIT_LAB_MNIST cannot be used")


def test_data_that_arrives_later_is_noticed(cache, small_npz, small, monkeypatch, synthetic):
    monkeypatch.setattr("core.data.dataset.load_embedded", lambda: synthetic)
    loader = _loader(download=False)
    assert loader.data().result(60).num_test == 120
    cache.parent.mkdir()
    shutil.copy(small_npz, cache)
    assert loader.data().result(60).fingerprint == small.fingerprint


def test_a_preview_is_drawn_once_for_the_settings_that_change_it(loader):
    first = loader.augmentation_preview(Hyperparameters(rotation=10.0))
    assert loader.augmentation_preview(Hyperparameters(rotation=10.0, epochs=9)) is first
    other = loader.augmentation_preview(Hyperparameters(rotation=11.0))
    assert first.result(60).startswith(b"\x89PNG")
    assert first.result() != other.result(60)


def test_a_damaged_model_gives_one_sentence_and_others_still_load(loader, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a usable model"):
        loader.classifier(tmp_path / "model.keras").result(60)
    assert loader.classifier(PRETRAINED).result(60)


def test_what_pages_and_threads_share_is_imported_before_a_thread_begins():
    code = """
import sys, core.loading
shared = ("pandas.core.api", "pyarrow.lib", "scipy.ndimage", "scipy.special")
print([name for name in shared if name not in sys.modules])
print([name for name in ("tensorflow", "keras", "sklearn") if name in sys.modules])
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split("\n")[:2] == ["[]", "[]"]


def test_what_takes_long_to_import_is_imported_by_one_thread(loader, monkeypatch):
    threads = []

    def note(*_):
        threads.append(threading.current_thread().name)

    monkeypatch.setattr(loading, "_import_to_measure", note)
    monkeypatch.setattr(loading, "prepare_server_process", note)
    assert loader.libraries() is loader.libraries()
    assert loader.libraries().result(60) is None
    assert loader.classifier(PRETRAINED).result(60)
    assert threads == ["loading", "loading"]


@pytest.fixture
def mirror(monkeypatch, small_npz):
    """Download from this machine, whatever the file, and return what was asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(small_npz.read_bytes())

        def log_message(self, *args):
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/mnist.npz"
        monkeypatch.setattr(
            loading, "download_mnist", functools.partial(download_mnist, url=address)
        )
        yield asked
        server.shutdown()


def test_a_download_that_fails_is_tried_once_and_stops_nothing(cache, mirror, caplog):
    loader = _loader(mnist=None, download=True, download_seconds=10)
    loader.start_download()
    wait_until(lambda: not loader.is_downloading)
    loader.start_download()
    assert not loader.is_downloading
    assert mirror == ["/mnist.npz"]
    assert "its checksum is wrong. The embedded images are used." in caplog.text
    assert not cache.exists()


@pytest.mark.parametrize("reason", ["forbidden", "named", "cached"])
def test_nothing_is_downloaded_where_it_is_not_wanted(cache, mirror, small_npz, reason):
    if reason == "cached":
        cache.parent.mkdir()
        shutil.copy(small_npz, cache)
    mnist = small_npz if reason == "named" else None
    loader = _loader(mnist=mnist, download=reason != "forbidden")
    loader.start_download()
    assert not loader.is_downloading
    assert mirror == []
