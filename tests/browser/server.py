"""Start and end the real server, for browser tests and benchmarks."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

_PROJECT = Path(__file__).resolve().parents[2]
_START_SECONDS = 60


class Server:
    """A server of its own on a free port; starts with `with` and ends with it."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        base_path: str = "",
    ) -> None:
        """Prepare a server.

        Args:
            folder: where its runs, its drawings and its log go. The server takes it for its home
                too, so that MNIST in the cache of whoever tests does not change what is tested.
            environment: more variables, such as `DIGIT_LAB_MNIST`.
            base_path: below which path it serves, such as "/digits".
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.runs = folder / "runs"
        self.drawings = folder / "drawings"
        self._log = folder / "server.log"
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "DIGIT_LAB_RUNS": str(self.runs),
            "DIGIT_LAB_DRAWINGS": str(self.drawings),
            "DIGIT_LAB_DOWNLOAD": "false",
            **(environment or {}),
        }
        self._base_path = base_path
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, without a wait for what it is loading."""
        self.kill()

    def start(self) -> None:
        """Start on a free port, and wait until it answers.

        Raises:
            RuntimeError: it does not; the message holds its log.
        """
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{self._base_path}"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", "app.py"),
                    *("--server.port", str(port), "--server.address", "127.0.0.1"),
                    *("--server.headless", "true", "--server.baseUrlPath", self._base_path),
                ],
                cwd=_PROJECT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            try:
                with urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        self.kill()
        raise RuntimeError(f"The server did not start:\n{self.log()}")

    def kill(self) -> None:
        """End the server as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait(timeout=15)
            self.process = None

    def empty(self) -> None:
        """Take away all runs and drawings; a run that is being trained ends with that."""
        for folder in (self.runs, self.drawings):
            if folder.is_dir():
                folder.rename(folder.with_name(f"{folder.name}-{secrets.token_hex(4)}"))

    def is_running(self) -> bool:
        """Tell whether it has been started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        """Return what the server has printed."""
        return self._log.read_text(errors="replace")
