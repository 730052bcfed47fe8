"""How long a class waits that draws, watches and trains on one server at once.

    python -m benchmarks.class --sessions 30 60 --browsers 10 --mnist mnist.npz

Starts a server of its own and opens so many sessions over Streamlit's websocket, each with a
canvas's own messages: a picture of 320 x 320 pixels and its strokes. A person lifts the pen, or
presses Clear after a whole digit, 1 to 2 seconds after the last time (drawn evenly), or as soon as
the answer is there if that takes longer. Every picture is another one, and every answer is compared
with what the shipped model says of it. Real browsers do the same beside them. With `--watchers` the
same is measured beside a run, which some sessions watch and for which others wait in the queue.

The time to an answer is from the message to the digit's arrival, which the canvas's own wait of
200 ms precedes; that to the whole page includes the chart of probabilities. Prints a line of JSON
per result. All share the machine's cores: `client_cores` says how much of them these visitors took.
"""

import argparse
import asyncio
import base64
import io
import json
import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import psutil
from PIL import Image
from playwright.async_api import Page, async_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.latency import CANVAS_WAIT_MS, WATCH_ANSWER
from benchmarks.reading_runs import fill_completed
from core.classifier import PRETRAINED, Classifier
from core.drawing import preprocess_drawing
from core.hyperparameters import PRESETS
from core.runs import RunStore
from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.pen import DIGITS
from tests.browser.server import Server
from tests.browser.training_page import LONG_RUN
from tests.helpers import draw
from tests.visitor import Visitor

PAUSE_SECONDS = (1.0, 2.0)
_PICTURES_PER_DIGIT = 8
_SIDE, _PEN = 320, 20
_LONGEST_WAIT = 30.0  # seconds, after which an answer counts as an error
_CANVAS, _CLEAR = "digit_canvas_widget", "clear_canvas"
_NO_ANSWER = "–"
_OPENED_AT_ONCE = 6
# What Fabric.js says of a path beside what is drawn; the server reads little of it.
_PATH = {
    **{f"lock{what}": False for what in ("MovementX", "MovementY", "Rotation", "ScalingX")},
    **{f"lock{what}": False for what in ("ScalingY", "SkewingX", "SkewingY", "ScalingFlip")},
    **{"type": "Path", "version": "7.4.0", "originX": "center", "originY": "center"},
    **{"fill": None, "stroke": "#111827", "strokeWidth": _PEN, "strokeDashArray": None},
    **{"strokeLineCap": "round", "strokeDashOffset": 0, "strokeLineJoin": "round"},
    **{"strokeUniform": False, "strokeMiterLimit": 10, "scaleX": 1, "scaleY": 1, "angle": 0},
    **{"flipX": False, "flipY": False, "opacity": 1, "shadow": None, "visible": True},
    **{"backgroundColor": "", "fillRule": "nonzero", "paintFirst": "fill", "skewX": 0, "skewY": 0},
    "globalCompositeOperation": "source-over",
}


@dataclass(frozen=True)
class Picture:
    """What a canvas sends after a stroke, as JSON, and what the page should then answer."""

    message: str
    answer: str


@dataclass
class Tally:
    """What happened to those who drew.

    Attributes:
        answered: seconds from a stroke to its answer.
        shown: seconds until the whole page was there.
    """

    answered: list[float] = field(default_factory=list)
    shown: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def make_drawings(seed: int = 0) -> list[list[Picture]]:
    """Draw digits, each a little otherwise, with a picture after each of its strokes."""
    rng = np.random.default_rng(seed)
    classifier = Classifier.load(PRETRAINED)
    drawings = []
    for strokes in DIGITS.values():
        for _ in range(_PICTURES_PER_DIGIT):
            size = rng.uniform(0.8, 1.0)
            moved = [
                np.clip(size * np.array(s) + rng.uniform(0, 1 - size, 2), 0.04, 0.96)
                for s in strokes
            ]
            moved = [points + rng.normal(0, 0.006, points.shape) for points in moved]
            drawings.append(
                [_picture(moved[: count + 1], classifier) for count in range(len(moved))]
            )
    return drawings


def _picture(strokes: Sequence[np.ndarray], classifier: Classifier) -> Picture:
    canvas = draw(
        [stroke.tolist() for stroke in strokes], corner=(0, 0), size=1, width=_PEN / _SIDE
    )
    image = preprocess_drawing(canvas)
    prediction = None if image is None else classifier.predict(image)
    answer = str(prediction.digit) if prediction and prediction.is_sure else _NO_ANSWER
    return Picture(_message([_fabric_path(stroke) for stroke in strokes], canvas), answer)


def _fabric_path(stroke: np.ndarray) -> dict[str, Any]:
    points = np.round(stroke * _SIDE, 2).tolist()
    middles = [[(a + b) / 2 for a, b in zip(p, q, strict=True)] for p, q in pairwise(points)]
    curves = [["Q", *p, *middle] for p, middle in zip(points, middles, strict=False)]
    return {**_PATH, "path": [["M", *points[0]], *curves, ["L", *points[-1]]]}


def _message(objects: Sequence[dict[str, Any]], canvas: np.ndarray) -> str:
    png = io.BytesIO()
    Image.fromarray(canvas).save(png, format="PNG")
    data = f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}"
    raw = {"version": "7.4.0", "objects": objects, "background": "#ffffff"}
    return json.dumps({"drawing": {"raw": raw, "data": data}})


_BLANK = _message([], np.full((_SIDE, _SIDE, 4), 255, np.uint8))


async def draw_for(
    visitor: Visitor, drawings: Sequence[Sequence[Picture]], seconds: float, tally: Tally, seed: int
) -> None:
    """Draw one digit after the other, clearing the canvas between them."""
    choose = random.Random(seed)
    end = time.monotonic() + seconds
    try:
        await asyncio.sleep(choose.uniform(0, PAUSE_SECONDS[1]))  # nobody begins with the others
        while time.monotonic() < end:
            for picture in choose.choice(drawings):
                visitor.forget_messages()
                begun = time.monotonic()
                await visitor.set_json(_CANVAS, picture.message)
                text, answered = await _answer(visitor, begun)
                tally.answered.append(answered)
                tally.shown.append(time.monotonic() - begun)
                if text != picture.answer:
                    tally.wrong.append(f"{text} in place of {picture.answer}")
                await _pause(choose, begun)
            begun = time.monotonic()
            await _clear(visitor)
            await _pause(choose, begun)
    except TimeoutError:
        tally.errors.append(f"no answer in {_LONGEST_WAIT:.0f} s")
    except Exception as error:  # is a result: somebody could not go on
        tally.errors.append(f"{type(error).__name__}: {error}")


async def _clear(visitor: Visitor) -> None:
    visitor.forget_messages()
    await visitor.click(_CLEAR)
    await _answer(visitor, time.monotonic())
    # The canvas, told to be empty, sends its empty picture.
    await visitor.set_json(_CANVAS, _BLANK)
    await _answer(visitor, time.monotonic())


async def _pause(choose: random.Random, begun: float) -> None:
    await asyncio.sleep(max(0.0, begun + choose.uniform(*PAUSE_SECONDS) - time.monotonic()))


async def _answer(visitor: Visitor, begun: float) -> tuple[str, float]:
    """Return the answer of the next run that has one, and when it came; wait for that run's end."""
    found: tuple[str, float] | None = None
    async with asyncio.timeout(_LONGEST_WAIT):
        while True:
            message = await visitor.messages.get()
            if (text := _metric(message)) is not None:
                found = text, time.monotonic() - begun
            elif found and message.WhichOneof("type") == "script_finished":
                return found


def _metric(message: ForwardMsg) -> str | None:
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return None
    element = message.delta.new_element
    return element.metric.body if element.WhichOneof("type") == "metric" else None


async def open_drawers(
    url: str, count: int, drawings: Sequence[Sequence[Picture]]
) -> list[Visitor]:
    """Open the Draw page so often, and wait until each has had an answer."""
    visitors = [Visitor(url) for _ in range(count)]
    gate = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def begin(visitor: Visitor) -> None:
        async with gate:
            await visitor.open()
            async with asyncio.timeout(60):
                text = _NO_ANSWER
                while text != drawings[0][0].answer:  # the network is being loaded
                    if visitor.knows(_CANVAS):
                        await visitor.set_json(_CANVAS, drawings[0][0].message)
                    text, _ = await _answer(visitor, time.monotonic())
            await _clear(visitor)

    await asyncio.gather(*map(begin, visitors))
    return visitors


async def draw_in_browser(page: Page, seconds: float, tally: Tally, seed: int) -> None:
    """Draw digits of one stroke in a real browser, the canvas's own wait taken off the times."""
    choose = random.Random(seed)
    end = time.monotonic() + seconds
    single = [(digit, strokes[0]) for digit, strokes in DIGITS.items() if len(strokes) == 1]
    answer = page.locator(".st-key-prediction [data-testid=stMetricValue]")
    try:
        while time.monotonic() < end:
            begun = time.monotonic()
            digit, stroke = choose.choice(single)
            await page.evaluate(WATCH_ANSWER)
            box = await page.locator(".st-key-digit_canvas canvas").last.bounding_box()
            assert box
            points = [
                (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke
            ]
            await page.mouse.move(*points[0])
            await page.mouse.down()
            for point in points[1:]:
                await page.mouse.move(*point, steps=4)
            await page.mouse.up()
            await page.wait_for_function("window.answered", timeout=1000 * _LONGEST_WAIT)
            waited = await page.evaluate("window.answered - window.penUp")
            tally.answered.append((waited - CANVAS_WAIT_MS) / 1000)
            if (text := (await answer.last.inner_text()).strip()) != str(digit):
                tally.wrong.append(f"{text} in place of {digit}")
            await _pause(choose, begun)
            await page.locator(".st-key-clear_canvas button").click()
            await page.wait_for_function(
                """() => !/\\d/.test(document.querySelector(
                    '.st-key-prediction [data-testid=stMetricValue]')?.innerText)""",
                timeout=1000 * _LONGEST_WAIT,
            )
            await _pause(choose, time.monotonic() - PAUSE_SECONDS[0])
    except Exception as error:  # is a result: somebody could not go on
        tally.errors.append(f"{type(error).__name__}: {str(error)[:200]}")


async def open_browsers(stack: AsyncExitStack, url: str, count: int) -> list[Page]:
    """Open the Draw page in so many browsers that share nothing but their program."""
    if not count:
        return []
    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(
        executable_path=await asyncio.to_thread(install_browser), args=LAUNCH_ARGUMENTS
    )
    stack.push_async_callback(browser.close)
    pages = []
    for _ in range(count):
        page = await (await browser.new_context()).new_page()
        await page.goto(url)
        await page.locator(".st-key-digit_canvas canvas").last.wait_for(timeout=60_000)
        await page.locator(".st-key-prediction").wait_for(timeout=60_000)
        pages.append(page)
    await asyncio.sleep(3)
    return pages


async def measure(
    server: Server,
    what: str,
    drawers: Sequence[Visitor],
    pages: Sequence[Page],
    drawings: Sequence[Sequence[Picture]],
    seconds: float,
) -> None:
    """Let everybody draw at once, and print what came of it."""
    assert server.process
    process, own = psutil.Process(server.process.pid), psutil.Process()
    tally, in_browsers = Tally(), Tally()
    before = process.memory_info().rss
    cpu, own_cpu, start = _cpu(process), _cpu(own), time.monotonic()
    messages = sum(visitor.num_messages for visitor in drawers)
    runs = sum(visitor.num_runs for visitor in drawers)
    await asyncio.gather(
        *(draw_for(v, drawings, seconds, tally, seed) for seed, v in enumerate(drawers)),
        *(draw_in_browser(page, seconds, in_browsers, seed) for seed, page in enumerate(pages)),
    )
    elapsed = time.monotonic() - start
    for visitor in drawers:
        tally.errors += visitor.errors
        visitor.errors.clear()
    line = {
        "result": what,
        "sessions": len(drawers),
        "browsers": len(pages),
        "seconds_between_strokes": PAUSE_SECONDS,
        **_describe(tally),
        "server_cores": round((_cpu(process) - cpu) / elapsed, 2),
        "client_cores": round((_cpu(own) - own_cpu) / elapsed, 2),
        "server_megabytes": [before >> 20, process.memory_info().rss >> 20],
        "runs_per_second": round((sum(v.num_runs for v in drawers) - runs) / elapsed, 1),
        "messages_per_run": round(
            (sum(v.num_messages for v in drawers) - messages)
            / max(1, sum(v.num_runs for v in drawers) - runs),
            1,
        ),
    }
    if pages:
        line["in_browsers"] = _describe(in_browsers)
    print(json.dumps(line), flush=True)


def _describe(tally: Tally) -> dict[str, Any]:
    found: dict[str, Any] = {"answers": len(tally.answered)}
    for name, happened in (("wrong", tally.wrong), ("errors", tally.errors)):
        found[name] = len(happened)
        if happened:
            found[f"first_{name}"] = happened[0]
    for name, values in (("answer", tally.answered), ("page", tally.shown)):
        if values:
            found[f"{name}_p50_s"], found[f"{name}_p95_s"] = (
                np.quantile(values, (0.5, 0.95)).round(3).tolist()
            )
    return found


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def start_run(url: str) -> Visitor:
    """Start a run that outlasts what is measured, on the Train page, and stay to watch it."""
    visitor = Visitor(url, "/train", LONG_RUN)
    await visitor.open()
    async with asyncio.timeout(300):  # its process imports TensorFlow first, at a low priority
        while not visitor.knows("start_training"):
            await visitor.messages.get()
        await asyncio.sleep(2)  # until the images are counted
        await visitor.click("start_training")
        while not visitor.knows("pause_training"):  # it is shown while a run is trained
            await visitor.messages.get()
    return visitor


async def measure_class(
    server: Server, arguments: argparse.Namespace, drawings: Sequence[Sequence[Picture]]
) -> None:
    """Measure classes of the sizes that were asked for."""
    async with AsyncExitStack() as stack:
        pages = await open_browsers(stack, server.url, arguments.browsers)
        drawers: list[Visitor] = []
        for count in sorted(arguments.sessions):
            drawers += await open_drawers(server.url, count - len(drawers), drawings)
            await measure(server, "a class draws", drawers, pages, drawings, arguments.seconds)
        others: list[Visitor] = []
        if arguments.watchers:
            others.append(await start_run(server.url))
            store = RunStore(server.runs)
            run = next(run for run in store.list() if run.read().status == "running")
            ids = [run.id] * (arguments.watchers - 1)
            settings = PRESETS["article"]
            ids += [store.create(settings, owner=f"{n}").id for n in range(arguments.waiting)]
            for run_id in ids:
                other = Visitor(server.url, "/train", urlencode({"run": run_id}))
                await other.open()
                others.append(other)
            await asyncio.sleep(3)
            seen = sum(other.num_messages for other in others)
            await measure(
                server,
                f"the same beside a run, {arguments.watchers} watching and "
                f"{arguments.waiting} waiting",
                drawers,
                pages,
                drawings,
                arguments.seconds,
            )
            line = {
                "result": "messages a second to each who watches or waits",
                "count": round(
                    (sum(other.num_messages for other in others) - seen)
                    / arguments.seconds
                    / len(others),
                    2,
                ),
                "errors": [error for other in others for error in other.errors],
            }
            print(json.dumps(line), flush=True)
        for visitor in (*drawers, *others):
            await visitor.close()


def main() -> None:
    """Measure and print one line of JSON per result."""
    parser = argparse.ArgumentParser(description="Measure what a class waits for.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--sessions", type=int, nargs="+", default=[30, 60], help="who draw")
    parser.add_argument("--browsers", type=int, default=10, help="real browsers that draw, too")
    parser.add_argument("--seconds", type=float, default=30, help="how long each is measured")
    parser.add_argument("--watchers", type=int, default=3, help="of a run; 0 trains none")
    parser.add_argument("--waiting", type=int, default=29, help="who have a run in the queue")
    parser.add_argument("--runs", type=int, default=0, help="that the store holds beforehand")
    arguments = parser.parse_args()
    drawings = make_drawings()
    environment = {"DIGIT_LAB_MNIST": str(arguments.mnist.resolve())} if arguments.mnist else {}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), environment=environment)
        fill_completed(RunStore(server.runs), arguments.runs)
        with server:
            asyncio.run(measure_class(server, arguments, drawings))


if __name__ == "__main__":
    main()
