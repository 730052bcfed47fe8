"""The download of MNIST, from a server on this machine that behaves well or badly."""

import functools
import hashlib
import http.server
import socket
import threading
import time

import pytest

from core.data import DownloadError, download_mnist

_CONTENT = bytes(range(256)) * 2000


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the path says; `/trickle` and `/stall` never finish."""

    def do_GET(self) -> None:
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(_CONTENT)))
        self.end_headers()
        if self.path == "/cut":
            self.wfile.write(_CONTENT[:1000])
        elif self.path == "/stall":
            self.wfile.write(_CONTENT[:1000])
            self.server.ended.wait(60)
        elif self.path == "/trickle":
            try:
                while not self.server.ended.wait(0.05):
                    self.wfile.write(b"x")
            except OSError:
                pass
        else:
            self.wfile.write(_CONTENT)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.ended = threading.Event()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.ended.set()
        server.shutdown()


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


_download = functools.partial(download_mnist, sha256=hashlib.sha256(_CONTENT).hexdigest())


def _nothing_left(folder):
    return not any(folder.iterdir())


def test_a_download_puts_the_whole_file_in_its_place(tmp_path, address):
    destination = tmp_path / "new" / "folder" / "mnist.npz"
    _download(destination, seconds=30, url=f"{address}/good")
    assert destination.read_bytes() == _CONTENT
    assert list(destination.parent.iterdir()) == [destination]


def test_a_file_with_a_wrong_checksum_does_not_replace_an_earlier_one(tmp_path, address):
    (tmp_path / "mnist.npz").write_bytes(b"earlier")
    with pytest.raises(DownloadError, match="its checksum is wrong"):
        download_mnist(tmp_path / "mnist.npz", seconds=30, url=f"{address}/good")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"earlier"]


@pytest.mark.parametrize("path", ["/stall", "/trickle"])
def test_a_server_that_never_finishes_is_given_up_in_time(tmp_path, address, path):
    start = time.monotonic()
    with pytest.raises(DownloadError):
        _download(tmp_path / "mnist.npz", seconds=1, url=address + path)
    assert time.monotonic() - start < 5
    assert _nothing_left(tmp_path)


@pytest.mark.parametrize("path", ["/cut", "/missing"])
def test_an_answer_that_is_not_the_file_is_not_kept(tmp_path, address, path):
    with pytest.raises(DownloadError):
        _download(tmp_path / "mnist.npz", seconds=30, url=address + path)
    assert _nothing_left(tmp_path)


def test_a_refused_connection_is_said_in_one_sentence(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(DownloadError, match=r"^MNIST could not be downloaded \(\w+\)\.$"):
        _download(tmp_path / "mnist.npz", seconds=30, url=url)
    assert _nothing_left(tmp_path)


def test_a_path_that_cannot_be_written_is_said_in_one_sentence(tmp_path, address):
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="could not be downloaded"):
        _download(tmp_path / "file" / "mnist.npz", seconds=30, url=f"{address}/good")
