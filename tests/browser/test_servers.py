"""Servers of their own: just started, killed, told to end, set up wrongly, or with a short line."""

import re
import shutil
import signal
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.hyperparameters import Hyperparameters
from core.runs import Results, RunStore
from core.settings import PRETRAINED
from tests.browser.pen import DIGITS, draw, expect_answer, open_draw
from tests.browser.server import Server
from tests.browser.training_page import (
    LONG_RUN,
    SHORT_RUN,
    curve,
    expect_curve_to_move,
    expect_no_doubles,
    expect_status,
    pause_button,
    resume_button,
    start_button,
    start_training,
    stop_and_wait,
    watch_for_doubles,
)


@pytest.fixture(scope="module")
def _own_server(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("own_server")
    server = Server(folder, environment={"DIGIT_LAB_MAX_WAITING": "1"})
    yield server
    server.kill()


@pytest.fixture
def own_server(_own_server) -> Iterator[Server]:
    """A server that a test may kill, on which each browser may have one run waiting."""
    if not _own_server.is_running():
        _own_server.start()
    yield _own_server
    _own_server.empty()


@pytest.fixture
def fresh_server(_own_server) -> Iterator[Server]:
    """A server that nobody has visited yet."""
    _own_server.kill()
    _own_server.start()
    yield _own_server
    _own_server.empty()


@pytest.fixture(scope="module")
def wrong_server(tmp_path_factory) -> Iterator[Server]:
    """A server with images that cannot be read, and with a file in the place of its runs folder."""
    folder = tmp_path_factory.mktemp("wrong_server")
    images, runs = folder / "broken.npz", folder / "occupied"
    images.write_bytes(b"no images")
    runs.write_text("a file where the folder should be")
    environment = {"DIGIT_LAB_MNIST": str(images), "DIGIT_LAB_RUNS": str(runs)}
    with Server(folder / "server", environment=environment) as running:
        yield running


def test_one_can_draw_before_the_network_is_loaded(page: Page, fresh_server):
    open_draw(page, fresh_server.url)
    expect(page.get_by_text("The network is loading")).to_be_visible()
    draw(page, DIGITS[7])
    expect_answer(page, 7)


def test_train_opened_cold_has_navigation_and_trains(page: Page, fresh_server):
    start_training(page, fresh_server.url, SHORT_RUN)
    expect(page.get_by_role("link", name="Draw")).to_be_visible()
    expect_status(page, "completed")


def test_a_class_waits_in_line_and_nobody_fills_it_alone(new_context, page: Page, own_server):
    start_training(page, own_server.url, LONG_RUN)
    expect_status(page, "running")
    context = new_context()
    other = context.new_page()
    other.goto(f"{own_server.url}/train")
    # Somebody else sees the run that is going on, and starts one of their own.
    expect_status(other, "running")
    start_training(other, own_server.url, SHORT_RUN)
    expect_status(other, "queued · number 1 in line")
    line = other.locator(".st-key-waiting_runs")
    expect(line).to_contain_text("1 in line")
    expect(line).to_contain_text("yours")
    expect(start_button(other)).to_be_disabled()
    expect(other.get_by_text("You have 1 run waiting")).to_be_visible()
    # Whoever has the worker sees who waits, and cannot cancel for them.
    page.reload()
    expect(page.locator(".st-key-waiting_runs")).to_contain_text("1 in line")
    expect(page.locator(".st-key-waiting_runs button")).to_have_count(0)
    # A paused run gives way, and the page on which one waited does not flicker.
    watch_for_doubles(other, "training_status", "loss_chart")
    pause_button(page).click()
    expect_status(other, "completed")
    expect_no_doubles(other)
    expect_status(page, "paused · kept on disk; others train meanwhile")
    resume_button(page).click()
    expect_status(page, "running")
    start_button(other).click()
    expect_status(other, "queued")
    other.locator(".st-key-waiting_runs button").click()
    expect_status(other, "stopped")
    context.close()
    stop_and_wait(page)


def test_a_killed_training_process_leaves_the_pages_up_and_the_next_run_trains(
    page: Page, own_server
):
    start_training(page, own_server.url, LONG_RUN)
    expect_status(page, "running")
    children = psutil.Process(own_server.process.pid).children(recursive=True)
    worker = max(children, key=lambda child: child.memory_info().rss)
    worker.kill()
    expect_status(page, "interrupted")
    open_draw(page, own_server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    start_training(page, own_server.url, SHORT_RUN)
    expect_status(page, "completed")


def test_a_run_outlives_a_server_that_was_killed(page: Page, own_server: Server):
    start_training(page, own_server.url, LONG_RUN.replace("epochs=200", "epochs=6"))
    expect_curve_to_move(page, "loss")
    own_server.kill()
    own_server.start()
    page.goto(f"{own_server.url}/train")
    expect_status(page, "interrupted")
    expect(page.get_by_text("What it had written is kept")).to_be_visible()
    expect(curve(page, "loss")).to_be_attached()
    resume_button(page).click()
    expect_status(page, "running")
    expect_status(page, "completed")
    expect(page.get_by_text("Test accuracy")).to_be_visible()


def test_a_server_that_is_told_to_end_does_not_wait_for_its_run(page: Page, own_server):
    start_training(page, own_server.url, LONG_RUN)
    expect_status(page, "running")
    own_server.process.terminate()
    own_server.process.wait(timeout=10)
    own_server.start()
    page.goto(f"{own_server.url}/train")
    expect_status(page, "interrupted")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_does_not_wait_for_its_background(
    page: Page, fresh_server: Server, told
):
    store = RunStore(fresh_server.runs)
    results = {"best_epoch": 1, "val_loss": 0.1, "val_accuracy": 0.9}
    for _ in range(20):  # each is measured for about a second
        run = store.create(Hyperparameters())
        shutil.copy(PRETRAINED, run.model_path)
        measured = Results(**results, seconds=1.0, images_per_second=1.0)
        run.update(status="completed", results=measured)
    page.goto(f"{fresh_server.url}/evaluate")
    # TensorFlow is loaded by then, which nothing can interrupt.
    expect(page.get_by_text("Measuring").first).to_contain_text(
        re.compile("[1-9][0-9]* of"), timeout=60_000
    )
    children = psutil.Process(fresh_server.process.pid).children(recursive=True)
    fresh_server.process.send_signal(told)
    # Ends by the signal itself, once all is closed; the command line makes a 1 of Ctrl+C. With a 0
    # where a thread was in TensorFlow, as while it loads a model.
    assert fresh_server.process.wait(timeout=10) in (-told, 0, 1)
    assert "Traceback" not in fresh_server.log()
    assert not psutil.wait_procs(children, timeout=5)[1]


def test_a_server_with_unreadable_images_still_reads_drawings_and_says_what_is_wrong(
    page: Page, wrong_server
):
    open_draw(page, wrong_server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    page.goto(f"{wrong_server.url}/train")
    notice = page.get_by_text("DIGIT_LAB_MNIST cannot be used")
    expect(notice).to_contain_text("broken.npz", timeout=60_000)


def test_a_runs_folder_that_cannot_be_written_to_is_explained(page: Page, wrong_server):
    start_training(page, wrong_server.url, SHORT_RUN)
    expect(page.get_by_text("The run cannot be created")).to_contain_text("DIGIT_LAB_RUNS")
    expect(start_button(page)).to_be_enabled()
