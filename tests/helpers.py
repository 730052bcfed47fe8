"""What several files of tests share: drawings, small data, waiting, finding workers."""

import json
import math
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import psutil
import pytest
from PIL import Image, ImageDraw, ImageFont

from core.data import PenDigit
from core.pretraining.synthetic_strokes import synthetic_digit

T = TypeVar("T")
Color = tuple[int, int, int, int]

# Strokes of a pen as points in a unit square, in plain handwriting.
STROKES: dict[int, list[list[tuple[float, float]]]] = {
    0: [[(0.5 + 0.3 * math.sin(t / 8), 0.5 - 0.45 * math.cos(t / 8)) for t in range(51)]],
    1: [[(0.58, 0.05), (0.42, 0.95)]],
    2: [[(0.2, 0.2), (0.5, 0.05), (0.76, 0.22), (0.62, 0.5), (0.2, 0.92), (0.82, 0.92)]],
    3: [
        [(0.22, 0.12), (0.5, 0.05), (0.72, 0.25), (0.45, 0.48)],
        [(0.45, 0.48), (0.76, 0.68), (0.55, 0.94), (0.2, 0.88)],
    ],
    4: [[(0.35, 0.05), (0.2, 0.55), (0.8, 0.55)], [(0.68, 0.15), (0.62, 0.95)]],
    7: [[(0.2, 0.1), (0.8, 0.1), (0.42, 0.95)]],
}


def draw(
    strokes: Sequence[Sequence[tuple[float, float]]],
    *,
    side: int = 320,
    corner: tuple[float, float] = (0.2, 0.2),
    size: float = 0.6,
    width: float = 0.06,
    ink: Color = (17, 24, 39, 255),
    paper: Color = (255, 255, 255, 255),
) -> np.ndarray:
    """Draw strokes as a canvas would; corner, size and width are shares of its side."""
    fine = 4 if side <= 400 else 1  # drawn larger and reduced, edges are as soft as a canvas's
    scale = side * fine
    image = Image.new("RGBA", (scale, scale), paper)
    pen = ImageDraw.Draw(image)
    radius = max(0.5, width * scale / 2)
    left, top = corner
    for stroke in strokes:
        points = [(scale * (left + size * x), scale * (top + size * y)) for x, y in stroke]
        pen.line(points, fill=ink, width=max(1, round(2 * radius)))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
    return np.asarray(image.reduce(fine))


def synthetic_digits(copies: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 images of printed digits, moved and shaded at random, and their labels."""
    random = np.random.default_rng(seed)
    font = ImageFont.load_default(size=22)
    labels = np.tile(np.arange(10, dtype=np.uint8), copies)
    images = np.zeros((len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        picture = Image.new("L", (28, 28))
        x, y = 14 + random.integers(-1, 2, 2)
        shade = int(random.integers(150, 256))
        ImageDraw.Draw(picture).text((int(x), int(y)), str(label), shade, font, anchor="mm")
        image[:] = np.maximum(np.asarray(picture), random.integers(0, 20, (28, 28)))
    return images, labels


def synthetic_pen_digits(*writers: str) -> list[PenDigit]:
    """Return ten digits by each of some writers, as if a pen had recorded them."""
    rng = np.random.default_rng(0)
    return [
        PenDigit(label, writer, tuple(synthetic_digit(label, rng)))
        for writer in writers
        for label in range(10)
    ]


def write_strokes(path: Path, *writers: str) -> None:
    """Write the digits of `synthetic_pen_digits` as JSON."""
    records = [
        {**vars(digit), "strokes": [stroke.tolist() for stroke in digit.strokes]}
        for digit in synthetic_pen_digits(*writers)
    ]
    path.write_text(json.dumps(records))


class DirectExecutor:
    """An executor that works in its caller's process."""

    map = staticmethod(map)


def wait_until(condition: Callable[[], T], *, seconds: float = 60.0) -> T:
    """Return what `condition` returns once that is true; fail where it takes too long."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"the condition was not met within {seconds} seconds"
        time.sleep(0.02)
    return result


def worker_processes(server: int | None = None) -> list[psutil.Process]:
    """Return the training workers that a server process, this one by default, has started."""
    children = psutil.Process(server or os.getpid()).children()
    return [p for p in children if any("core.worker_process" in part for part in p.cmdline())]


def has_ended(process: psutil.Process) -> bool:
    """Tell whether a process has ended; a zombie has, once all of its threads have.

    Its first thread may end before the others, which hold its files and locks until they do.
    """
    try:
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.NoSuchProcess:
        return True


def in_own_mounts(
    command: Sequence[str],
    *,
    cwd: Path,
    first: str = "true",
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> str:
    """Run a command that may mount file systems which nobody else sees; return what it prints.

    `first` is what a shell does there before. The test is skipped where the machine forbids it.
    """
    space = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    try:
        subprocess.run([*space, "mount -t tmpfs tmpfs /mnt"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets nobody mount file systems of their own")
    ended = subprocess.run(
        [*space, f'{first} && exec "$@"', "sh", *command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
