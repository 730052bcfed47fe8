"""How a server stands, for its teacher: who trains, who waits, what memory and disk are left."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from core.server import Server


@dataclass(frozen=True)
class RunUnderWay:
    """A run that has the worker, is paused, or waits.

    Attributes:
        owner: the pseudonym of whose it is; None where nobody said.
        since: when it was put into the queue.
    """

    id: str
    name: str
    status: str
    owner: str | None
    since: datetime


@dataclass(frozen=True)
class ServerStatus:
    """How a server stands now.

    Attributes:
        runs: those under way, the one that has waited longest first.
        memory_left: bytes that the machine's programs can still get.
        memory_used: bytes that this server's process has.
        disk_left: bytes that are free where the runs are.
    """

    runs: Sequence[RunUnderWay]
    memory_left: int
    memory_used: int
    disk_left: int


def server_status(server: Server) -> ServerStatus:
    """Return how a server stands now."""
    under_way = []
    for run in server.runs.list():
        record = run.read()
        if not record.is_finished:
            since = record.queued or record.created
            found = RunUnderWay(run.id, record.name, record.status, record.owner, since)
            under_way.append(found)
    return ServerStatus(
        runs=sorted(under_way, key=lambda run: (run.status == "queued", run.since)),
        memory_left=psutil.virtual_memory().available,
        memory_used=psutil.Process().memory_info().rss,
        disk_left=shutil.disk_usage(_existing(server.settings.runs)).free,
    )


def _existing(path: Path) -> Path:
    """Return a path, or the nearest directory above it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
