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
    return page.locator(".st-key-digit_canvas canvas").last


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


def draw_with_finger(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw by touch, through the browser's own input, not through scripted events."""
    box = canvas(page).bounding_box()
    assert box
    client = page.context.new_cdp_session(page)

    def touch(kind: str, points: list[dict[str, float]]) -> None:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in strokes:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in stroke
        ]
        touch("touchStart", points[:1])
        for last, point in pairwise(points):
            for part in (0.25, 0.5, 0.75, 1.0):
                between = {key: last[key] + part * (point[key] - last[key]) for key in ("x", "y")}
                touch("touchMove", [between])
        touch("touchEnd", [])


def answer(page: Page) -> Locator:
    """Return the place that shows the digit; one that the page is just replacing is none."""
    fresh = "[data-testid=stElementContainer][data-stale=false]"
    return page.locator(f".st-key-prediction {fresh} [data-testid=stMetricValue]")


def expect_answer(page: Page, digit: int | None) -> None:
    """Wait until the page answers `digit`, or nothing at all."""
    text = "–" if digit is None else str(digit)
    # The network's first answer on a fresh server waits until TensorFlow is loaded.
    expect(answer(page)).to_have_text(re.compile(rf"^\s*{text}\s*$"), timeout=60_000)
