"""Whom the servers that `make` starts answer."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
# On Linux all of 127.0.0.0/8 is this machine, so that this is another of its addresses.
_OTHER_ADDRESS = "127.0.0.2"


def _answers(address, port):
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("make"), reason="needs make and Linux's addresses"
)
@pytest.mark.parametrize(("target", "answers_others"), [("run", False), ("serve", True)])
def test_make_run_binds_to_this_machine_only_and_make_serve_to_all(
    target, answers_others, tmp_path
):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"DIGIT_LAB_{name}": str(tmp_path / name) for name in ("RUNS", "DRAWINGS")}
    # With this Python's packages, and without a look whether they are up to date.
    command = ["make", "--old-file=.venv/app.installed", target, f"PORT={port}"]
    with subprocess.Popen(
        [*command, f"BIN={Path(sys.executable).parent}"],
        cwd=PROJECT,
        env={
            **os.environ,
            **folders,
            "HOME": str(tmp_path),
            "STREAMLIT_SERVER_HEADLESS": "true",
            "STREAMLIT_BROWSER_SERVER_ADDRESS": "localhost",  # looked up in the internet otherwise
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            deadline = time.monotonic() + 60
            while not _answers("127.0.0.1", port):
                assert process.poll() is None, process.stdout.read()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert _answers(_OTHER_ADDRESS, port) == answers_others
        finally:
            os.killpg(process.pid, signal.SIGKILL)
