"""Draw on the page's canvas as a person does, and read what the page answers."""

import re
from collections.abc import Sequence
from itertools import pairwise

from playwright.sync_api import Locator, Page, expect

Stroke = Sequence[tuple[float, float]]

# Strokes of recognisable digits, in shares of the canvas, y downward.
DIGITS: dict[int, list[Stroke]] = {
    0: [
        [
            *((0.5, 0.18), (0.34, 0.26), (0.27, 0.5), (0.34, 0.74), (0.5, 0.82)),
            *((0.66, 0.74), (0.73, 0.5), (0.66, 0.26), (0.5, 0.18)),
        ]
    ],
    1: [[(0.5, 0.18), (0.5, 0.82)]],
    2: [
        [
            *((0.3, 0.32), (0.38, 0.2), (0.55, 0.18), (0.68, 0.28), (0.66, 0.42)),
            *((0.5, 0.6), (0.3, 0.8), (0.72, 0.8)),
        ]
    ],
    3: [
        [
            *((0.32, 0.22), (0.52, 0.17), (0.66, 0.28), (0.62, 0.42), (0.46, 0.48)),
            *((0.64, 0.54), (0.7, 0.68), (0.58, 0.81), (0.42, 0.83), (0.3, 0.76)),
        ]
    ],
    4: [
        [(0.55, 0.18), (0.25, 0.58), (0.75, 0.58)],
        [(0.62, 0.35), (0.62, 0.83)],
    ],
    7: [[(0.28, 0.2), (0.72, 0.2), (0.44, 0.82)]],
}


def open_draw(page: Page, url: str) -> None:
    """Open the page Draw and wait until one can draw."""
    page.goto(url)
    canvas(page).wait_for()


def canvas(page: Page) -> Locator:
    """Return the canvas that takes the strokes."""
    return page.locator(":is(.st-key-digit_canvas, .st-key-number_canvas) canvas").last


def clear_button(page: Page) -> Locator:
    """Return the button that empties the canvas."""
    return page.locator(".st-key-clear_canvas button")


def clear(page: Page) -> None:
    """Empty the canvas and wait until the page has no answer any more."""
    clear_button(page).click()
    expect_answer(page, None)


def draw(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw with the mouse."""
    box = canvas(page).bounding_box()
    assert box
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()


class Fingers:
    """Touches of the canvas, through the browser's own input, not through scripted events."""

    def __init__(self, page: Page) -> None:
        """Touch the canvas of this page."""
        box = canvas(page).bounding_box()
        assert box
        self._box = box
        self._client = page.context.new_cdp_session(page)
        self._down: dict[int, dict[str, float]] = {}

    def press(self, finger: int, x: float, y: float, *, radius: float = 15) -> None:
        """Put a finger, of a radius in pixels, down at shares of the canvas."""
        self._down[finger] = self._point(finger, x, y, radius)
        self._send("touchStart")

    def move(self, finger: int, x: float, y: float) -> None:
        """Move a finger that is down."""
        self._down[finger] = self._point(finger, x, y, self._down[finger]["radiusX"])
        self._send("touchMove")

    def lift(self, finger: int) -> None:
        """Lift a finger."""
        del self._down[finger]
        self._send("touchEnd")

    def draw(self, finger: int, strokes: Sequence[Stroke]) -> None:
        """Draw with one finger, while others stay where they are."""
        for stroke in strokes:
            self.press(finger, *stroke[0])
            for (x, y), (next_x, next_y) in pairwise(stroke):
                for part in (0.25, 0.5, 0.75, 1.0):
                    self.move(finger, x + part * (next_x - x), y + part * (next_y - y))
            self.lift(finger)

    def _point(self, finger: int, x: float, y: float, radius: float) -> dict[str, float]:
        box = self._box
        place = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
        return {**place, "id": finger, "radiusX": radius, "radiusY": radius}

    def _send(self, kind: str) -> None:
        points = list(self._down.values())
        self._client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def draw_with_finger(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw by touch."""
    Fingers(page).draw(0, strokes)


def answer(page: Page) -> Locator:
    """Return the place that shows the digit; one that the page is just replacing is none."""
    fresh = "[data-testid=stElementContainer][data-stale=false]"
    return page.locator(f".st-key-prediction {fresh} [data-testid=stMetricValue]")


def expect_answer(page: Page, digit: int | None) -> None:
    """Wait until the page answers `digit`, or nothing at all."""
    text = "–" if digit is None else str(digit)
    # The network's first answer on a fresh server waits until TensorFlow is loaded.
    expect(answer(page)).to_have_text(re.compile(rf"^\s*{text}\s*$"), timeout=60_000)
