"""Judge a model in a real browser: from a confusion to its images, curves, a threshold, widths."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.classifier import load_calibration
from core.drawing import DrawingStore
from core.runs import Run, RunStore
from tests.browser.choosing import choose
from tests.browser.pen import answer
from tests.browser.pen import draw as draw_digit
from tests.browser.training_page import expect_no_doubles, watch_for_doubles
from tests.helpers import STROKES, draw
from tests.judged import judged_run


def _open(page: Page, server, run: Run) -> None:
    """Open the evaluation of a run, and wait until all of it is there."""
    page.goto(f"{server.url}/evaluate?run={run.id}")
    expect(page.locator(".st-key-summary")).to_contain_text("99.40%", timeout=90_000)
    expect(page.locator(".st-key-robustness .js-plotly-plot")).to_have_count(7)


def _click_cell(page: Page, label: int, read_as: int) -> None:
    """Click a cell of the confusion matrix, again where a chart was drawn anew at that moment."""
    page.locator(".st-key-confusion_matrix").scroll_into_view_if_needed()
    for _ in range(5):
        box = page.locator(".st-key-confusion_matrix .nsewdrag").bounding_box()
        assert box
        x = box["x"] + box["width"] * (read_as + 0.5) / 10
        y = box["y"] + box["height"] * (label + 0.5) / 10
        page.mouse.move(x, y)  # Plotly selects what the pointer is over
        page.mouse.click(x, y)
        page.wait_for_timeout(1500)
        chosen = page.get_by_role("combobox", name="True digit")
        if chosen.input_value() == str(label):
            return
    raise AssertionError("no cell was chosen")


def test_a_click_on_a_confusion_shows_its_images_and_a_click_on_one_its_answer(page: Page, server):
    _open(page, server, judged_run(RunStore(server.runs)))
    _click_cell(page, 4, 9)
    images = page.locator(".st-key-mistakes")
    expect(images).to_contain_text("6 images")
    tiles = page.locator(".st-key-mistake_tiles button")
    expect(tiles).to_have_count(6)
    expect(page.get_by_role("combobox", name="True digit")).to_have_value("4")
    expect(page.get_by_role("combobox", name="Read as")).to_have_value("9")
    tiles.first.click()
    shown = page.locator(".st-key-chosen_image_answer")
    expect(shown).to_contain_text("a 4, read as 9, 97.0% sure")
    expect(shown.locator(".bars path").first).to_be_attached()
    # The keyboard gets there, too.
    tiles.nth(5).focus()
    page.keyboard.press("Enter")
    expect(shown).to_contain_text("60.0% sure")
    choose(page, "Read as", "any")
    expect(images).to_contain_text("most confident mistakes first")
    expect(images.get_by_role("button", name="Show more")).to_be_visible()
    choose(page, "Show", "Misread")
    expect(tiles).to_have_count(6)


def test_curves_of_two_models_lie_beside_each_other(page: Page, server):
    run = judged_run(RunStore(server.runs))
    drawings = DrawingStore(server.drawings)
    for label in (1, 2, 3, 7):
        drawings.add(draw(STROKES[label]), label=label, writer="Ada" if label < 3 else "Ben")
    _open(page, server, run)
    choose(page, "Judged on", re.compile("Your drawings"))
    robustness = page.locator(".st-key-robustness")
    expect(robustness.locator(".js-plotly-plot")).to_have_count(7, timeout=90_000)
    expect(robustness.locator(".scatterlayer .trace")).to_have_count(7)
    choose(page, "Compare with", re.compile("Shipped model"))
    expect(robustness.locator(".scatterlayer .trace")).to_have_count(14, timeout=90_000)
    expect(robustness).to_contain_text("Confused")
    expect(robustness).to_contain_text("Shipped model")
    writers = page.locator(".st-key-writers")
    for name in ("Ada", "Ben"):
        expect(writers.locator(".js-plotly-plot")).to_contain_text(name)


def test_another_model_takes_the_place_of_the_one_before(page: Page, server):
    run, other = (judged_run(RunStore(server.runs), name) for name in ("Confused", "Other"))
    _open(page, server, run)
    watch_for_doubles(page, "summary", "confusion_matrix", "reliability", "robustness", "writers")
    for name, chosen in (("Other", other), ("Confused", run)):
        choose(page, "Model", re.compile(name))
        expect(page).to_have_url(re.compile(f"run={chosen.id}$"))
        expect(page.locator(".st-key-robustness .js-plotly-plot")).to_have_count(7)
    expect_no_doubles(page)
    page.reload()
    expect(page.locator(".st-key-summary")).to_contain_text("99.40%")


def test_a_chosen_threshold_lets_draw_say_that_it_is_not_sure(page: Page, server):
    run = judged_run(RunStore(server.runs))
    _open(page, server, run)
    use = page.locator(".st-key-use_threshold button")
    expect(use).to_be_disabled()
    slider = page.locator(".st-key-refused_share").get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator(".st-key-reliability")).to_contain_text("Below a confidence of 99.0%")
    use.click()
    expect(page.get_by_text("uses this threshold from now on")).to_be_visible()
    calibration = load_calibration(run.model_path)
    assert calibration and calibration.threshold == pytest.approx(0.99)
    expect(use).to_be_disabled()
    page.get_by_role("link", name="Runs", exact=True).click()
    page.locator(".st-key-evaluate_run button").click()
    expect(page.locator(".st-key-summary")).to_contain_text("confidence below 99.0%")
    page.get_by_role("link", name="Runs", exact=True).click()
    page.locator(".st-key-draw_with button").click()
    page.locator(".st-key-digit_canvas canvas").last.wait_for()
    draw_digit(page, [[(0.3, 0.3), (0.7, 0.4), (0.3, 0.6), (0.6, 0.8)]])
    expect(page.get_by_text("I am not sure")).to_be_visible(timeout=60_000)
    expect(answer(page)).to_have_text("–")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_report_is_whole_at_every_width(new_context, server, theme):
    context: BrowserContext = new_context(
        color_scheme=theme, viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    _open(page, server, judged_run(RunStore(server.runs)))
    _click_cell(page, 4, 9)
    page.locator(".st-key-mistake_tiles button").first.click()
    sections = ("confusion_matrix", "mistakes", "per_digit", "reliability", "robustness", "writers")
    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for name in (*sections, "chosen_image_answer"):
            section = page.locator(f".st-key-{name}").first
            section.scroll_into_view_if_needed()
            box = section.bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, (name, width)
        scrolls = "document.querySelector('.stMain').scrollWidth > innerWidth"
        assert not page.evaluate(scrolls), width
