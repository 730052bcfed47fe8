"""One process that computes for the server: warm between tasks, watched, and never left behind.

A pool of `concurrent.futures` cannot serve here: its child would import the server's main module
under spawn, and inherit TensorFlow's threads under fork. Every pool also needs semaphores, which
cannot be made where `/dev/shm` is missing or read-only, as in some containers. This process needs
no more than a pipe. Does not know what it computes.
"""

import concurrent.futures
import fcntl
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# A worker gives a sign of life each second, from a thread of its own, which runs whenever Python
# may. Legitimate work keeps Python from that for a while: to load TensorFlow's libraries from a
# slow disk, to compile a large network beside others on a busy machine. None takes this long.
SECONDS_OF_SILENCE = 120.0
_SECONDS_BETWEEN_SIGNS = 1.0
# How long a process that was killed is waited for: what hangs inside a driver may not even die.
_SECONDS_TO_DIE = 5.0
_SIGN_OF_LIFE = b""
_FOLDER_PREFIX = "digit-lab-worker-"
_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from core.worker_process import serve; "
    "serve(int(sys.argv[2]), nice=int(sys.argv[3]), folder=sys.argv[4])"
)


class WorkerHung(BrokenExecutor):
    """The process gave no sign of life for so long that it was killed."""


class TaskError(Exception):
    """A task raised something that only its own process knows; the message says what."""


class WorkerProcess(Executor):
    """Runs one task after the other in a process of its own, which ends with this one.

    The process keeps what it has imported from task to task. It has a folder of its own for
    temporary files, which is removed with it; what was left behind, because both processes were
    killed, the next one that is started removes.
    """

    def __init__(self, *, nice: int = 0, seconds_of_silence: float = SECONDS_OF_SILENCE) -> None:
        """Start the process.

        Args:
            nice: by how much its priority is lower than this process's.
            seconds_of_silence: after how long without a sign of life it is killed, in seconds in
                which this process was awake itself.

        Raises:
            OSError: no process can be started.
        """
        self._patience = seconds_of_silence
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Future[Any], bytes]] = deque()
        self._current: Future[Any] | None = None
        self._broken: str | None = None
        self._is_shut = False
        self._folder, lock = _make_folder()
        self._connection, theirs = Pipe()
        passed = [theirs.fileno(), *([] if lock is None else [lock])]
        arguments = [json.dumps(sys.path), str(passed[0]), str(nice), str(self._folder or "")]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CODE, *arguments],
                stdin=subprocess.DEVNULL,
                pass_fds=passed,
                env={**os.environ, **({"TMPDIR": str(self._folder)} if self._folder else {})},
            )
        except BaseException:
            self._connection.close()
            self._remove_folder()
            raise
        finally:
            theirs.close()
            if lock is not None:
                os.close(lock)  # the process has it now, for as long as it lives
        threading.Thread(target=self._listen, name="worker", daemon=True).start()

    @property
    def pid(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Run a function that the process can import, after what was submitted before.

        Raises:
            BrokenExecutor: the process has ended.
            RuntimeError: this executor was shut down.
        """
        future: Future[T] = Future()
        task = pickle.dumps((function, args, kwargs))
        with self._lock:
            if self._broken:
                raise BrokenExecutor(self._broken)
            if self._is_shut:
                raise RuntimeError("This worker was shut down and takes no more tasks.")
            self._waiting.append((future, task))
            self._send_next()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, and end the process after those that it has."""
        with self._lock:
            self._is_shut = True
            unfinished = [future for future, _ in self._waiting]
            if cancel_futures:
                for future in unfinished:
                    future.cancel()
            if self._current:
                unfinished.append(self._current)
            self._send_next()
        if wait:
            concurrent.futures.wait(unfinished)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_SECONDS_TO_DIE)

    def kill(self) -> None:
        """End the process at once, whatever it is doing; safe to call again."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_DIE)
        self._remove_folder()

    def _send_next(self) -> None:
        """Give the process its next task where it has none; to be called with the lock."""
        while self._waiting and self._current is None:
            future, task = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                self._current = future
                with suppress(OSError):  # it has ended, which the listening thread notices
                    self._connection.send_bytes(task)
        if self._is_shut and self._current is None:
            with suppress(OSError):
                self._connection.send_bytes(_SIGN_OF_LIFE)  # there is nothing more to come

    def _listen(self) -> None:
        """Receive results until the process ends, or is silent for too long."""
        silent = 0.0
        try:
            while silent < self._patience:
                # Each look counts for what it was to take: a server that was stopped, or a laptop
                # that slept, has not listened.
                if not self._connection.poll(min(_SECONDS_BETWEEN_SIGNS, self._patience)):
                    silent += _SECONDS_BETWEEN_SIGNS
                    continue
                silent = 0.0
                if message := self._connection.recv_bytes():
                    self._finish(message)
        except (EOFError, OSError):
            error = BrokenExecutor("The process ended.")
        else:
            error = WorkerHung(f"The process gave no sign of life for {silent:g} s and was killed.")
        self.kill()
        with self._lock:
            self._broken = str(error)
            unfinished = [future for future, _ in self._waiting if not future.cancelled()]
            current, self._current = self._current, None
            self._waiting.clear()
            self._connection.close()
        for future in (*([current] if current else []), *unfinished):
            future.set_exception(error)

    def _finish(self, message: bytes) -> None:
        with self._lock:
            future, self._current = self._current, None
            self._send_next()
        assert future is not None
        try:
            error, result = pickle.loads(message)
        except Exception as unreadable:  # whatever the classes of the result raise
            error, result = unreadable, None
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def _remove_folder(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


def _make_folder() -> tuple[Path | None, int | None]:
    """Make a folder for a worker's temporary files, and lock it with a descriptor.

    Both are None where there is no place for it, as on a full disk: that is no reason not to start.
    """
    try:
        remove_stale_folders()
        folder = tempfile.mkdtemp(prefix=_FOLDER_PREFIX)
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return None, None
    return Path(folder), descriptor


def remove_stale_folders() -> None:
    """Remove the temporary files of workers that have ended, together with their server."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        with suppress(OSError):  # somebody else's, or removed at this moment
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(descriptor).st_uid == os.getuid():
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def serve(descriptor: int, *, nice: int, folder: str) -> None:
    """Run the tasks that come from the server, in the worker process; never returns."""
    # What the process starts in its turn must not keep the connection open when it is gone.
    os.set_inheritable(descriptor, False)
    # Ctrl+C in a terminal reaches every process of the server; this one ends with the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(nice)
    connection = Connection(descriptor)
    sending = threading.Lock()
    tasks: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_receive, args=(connection, tasks, folder), daemon=True).start()
    threading.Thread(target=_show_life, args=(connection, sending), daemon=True).start()
    while True:
        answer = _run(tasks.get())
        with (
            sending,
            suppress(OSError),
        ):  # the server is gone, and the other thread ends this process
            connection.send_bytes(answer)


def _receive(connection: Connection, tasks: "SimpleQueue[bytes]", folder: str) -> None:
    """Take tasks until the server is gone, killed or not, or has no more; then end the process."""
    with suppress(EOFError, OSError):
        while task := connection.recv_bytes():
            tasks.put(task)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _show_life(connection: Connection, sending: threading.Lock) -> None:
    with suppress(OSError):
        while True:
            time.sleep(_SECONDS_BETWEEN_SIGNS)
            with sending:
                connection.send_bytes(_SIGN_OF_LIFE)


def _run(task: bytes) -> bytes:
    """Return the pickled exception and result of a pickled task."""
    try:
        function, args, kwargs = pickle.loads(task)
        return pickle.dumps((None, function(*args, **kwargs)))
    except Exception as error:
        where = f"In the worker process:\n{traceback.format_exc()}"
        # The server would import what else an exception is made of, such as TensorFlow.
        if type(error).__module__ == "builtins":
            error.add_note(where)
            with suppress(Exception):  # one that cannot be pickled, or not be read again
                pickle.loads(message := pickle.dumps((error, None)))
                return message
        unknown = TaskError(f"{type(error).__name__}: {error}")
        unknown.add_note(where)
        return pickle.dumps((unknown, None))
