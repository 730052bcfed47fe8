"""What the server loads behind the pages, each thing once."""

import functools
import gc
import http.server
import shutil
import threading

import keras
import pytest
from streamlit.runtime.scriptrunner.script_runner import _clean_problem_modules

from core import loading
from core.classifier import ModelError
from core.data import download_mnist
from core.drawing import DrawingStore
from core.hyperparameters import PRESETS, Hyperparameters
from core.loading import Loader, prepare_server_process
from core.settings import PRETRAINED, ServerSettings
from tests.helpers import STROKES, draw, wait_until


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Give these tests, and those that follow, a process that is not a server's."""
    # Keras's own, which pages that were opened before have replaced.
    monkeypatch.setattr(keras.backend, "clear_session", keras.utils.clear_session)
    monkeypatch.setattr(loading, "_SECONDS_FOR_FIRST_PAGE", 0.0)
    yield
    gc.unfreeze()


@pytest.fixture
def cache(monkeypatch, tmp_path):
    path = tmp_path / "cache" / "mnist.npz"
    for module in (loading, "core.data.dataset"):
        monkeypatch.setattr(f"{getattr(module, '__name__', module)}.MNIST_CACHE", path)
    return path


@pytest.fixture
def loader(small_npz):
    return Loader(ServerSettings(mnist=small_npz, download=False))


def _next_name():
    """Return the name of a new layer, which Keras numbers until its session is cleared."""
    return keras.layers.Dense(1).name


def test_streamlit_s_cleaning_after_a_rerun_leaves_keras_alone():
    prepare_server_process()
    first = _next_name()
    _clean_problem_modules()
    assert _next_name() != first
    keras.backend.clear_session(free_memory=True)
    assert _next_name() not in ("dense", first)


def test_as_streamlit_comes_its_cleaning_would_clear_keras():
    # Where this fails, Streamlit has changed and `prepare_server_process` may be out of date.
    _next_name()
    _clean_problem_modules()
    assert _next_name() == "dense"


def test_the_server_s_process_is_prepared_once():
    prepare_server_process()
    harmless = keras.backend.clear_session
    assert gc.get_freeze_count() > 0
    made_since: list[int] = []
    prepare_server_process()
    assert keras.backend.clear_session is harmless
    # A second freeze would have hidden it from the collector. The count itself is no measure: other
    # threads let go of what was frozen.
    assert any(item is made_since for item in gc.get_objects())


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


def test_a_damaged_model_gives_one_sentence_and_others_still_load(loader, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no model")
    with pytest.raises(ModelError, match="not a usable model"):
        loader.classifier(tmp_path / "model.keras").result(60)
    assert loader.classifier(PRETRAINED).result(60)


def test_the_size_of_a_network_is_counted_before_it_is_trained(loader):
    assert loader.num_parameters(PRESETS["article"]).result(60) == 101_770


def test_the_data_of_the_next_run_is_summarised(loader, small):
    summary = loader.data().result(60)
    assert (summary.num_images, summary.num_test) == (300, 200)
    assert (summary.name, summary.fingerprint) == (small.name, small.fingerprint)
    assert summary.notice is None
    assert loader.data() is loader.data()


def test_unreadable_data_is_replaced_with_a_notice(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"no images")
    summary = Loader(ServerSettings(mnist=tmp_path / "mnist.npz")).data().result(60)
    assert summary.num_images + summary.num_test == 5000
    assert summary.notice.startswith("DIGIT_LAB_MNIST cannot be used")


def test_data_that_arrives_later_is_noticed(cache, small_npz, small):
    loader = Loader(ServerSettings(download=False))
    assert loader.data().result(60).num_test == 1000
    cache.parent.mkdir()
    shutil.copy(small_npz, cache)
    assert loader.data().result(60).fingerprint == small.fingerprint


def test_a_preview_is_drawn_once_for_the_settings_that_change_it(loader):
    first = loader.augmentation_preview(Hyperparameters(rotation=10.0))
    assert loader.augmentation_preview(Hyperparameters(rotation=10.0, epochs=9)) is first
    other = loader.augmentation_preview(Hyperparameters(rotation=11.0))
    assert first.result(60).startswith(b"\x89PNG")
    assert first.result() != other.result(60)


def test_a_model_is_measured_once_and_anew_when_its_file_changes(loader, tmp_path, trained):
    path = tmp_path / "model.keras"
    shutil.copy2(trained.model_path, path)
    first = loader.drawn_digits(path)
    assert loader.drawn_digits(path) is first
    assert first.result(60).count == 1797
    shutil.copy2(PRETRAINED, path)
    assert loader.drawn_digits(path).result(60).accuracy > first.result().accuracy


def test_a_model_is_measured_anew_when_there_are_other_drawings(loader, tmp_path):
    store = DrawingStore(tmp_path / "drawings")
    store.add(draw(STROKES[7]), label=7)
    first = loader.labelled_drawings(PRETRAINED, store, store.list())
    assert loader.labelled_drawings(PRETRAINED, store, store.list()) is first
    assert (first.result(60).count, first.result().accuracy) == (1, 1.0)
    store.add(draw(STROKES[4]), label=9)
    second = loader.labelled_drawings(PRETRAINED, store, store.list()).result(60)
    assert (second.count, second.accuracy) == (2, 0.5)


def test_a_damaged_model_is_explained_when_it_is_measured_too(loader, tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no model")
    store = DrawingStore(tmp_path / "drawings")
    store.add(draw(STROKES[7]), label=7)
    for future in (
        loader.drawn_digits(tmp_path / "model.keras"),
        loader.labelled_drawings(tmp_path / "model.keras", store, store.list()),
    ):
        with pytest.raises(ModelError, match="not a usable model"):
            future.result(60)


def test_whoever_draws_does_not_wait_until_models_are_measured(loader, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr("core.evaluation.drawn_digit_accuracy", lambda _: go_on.wait(60))
    measured = loader.drawn_digits(PRETRAINED)
    assert loader.classifier(PRETRAINED).result(60)
    assert loader.num_parameters(PRESETS["article"]).result(60)
    assert not measured.done()
    go_on.set()
    assert measured.result(60)


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
    loader = Loader(ServerSettings(mnist=None, download=True, download_seconds=10))
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
    loader = Loader(ServerSettings(mnist=mnist, download=reason != "forbidden"))
    loader.start_download()
    assert not loader.is_downloading
    assert mirror == []
