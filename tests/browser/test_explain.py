"""Ask why in a real browser: for one's own drawing, two digits, and other models."""

import re

import keras
import pytest
from playwright.sync_api import Page, expect

from core.hyperparameters import Hyperparameters
from core.runs import Run, RunStore
from models import ARCHITECTURES
from tests.browser.choosing import choose, wait_until_idle
from tests.browser.explain_page import EXPLAIN_TABS
from tests.browser.pen import DIGITS, draw, draw_with_finger, expect_answer, open_draw

_MAP = ".st-key-attribution_map img"


def test_why_shows_the_ink_that_decided_of_ones_own_drawing(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[4])
    expect_answer(page, 4)
    page.locator(".st-key-explain_drawing button").click()
    shown = page.locator(_MAP)
    expect(shown).to_be_visible(timeout=60_000)
    expect(page.locator(".st-key-explained_answer")).to_contain_text("Your drawing: 4")
    expect(shown).to_have_attribute("alt", re.compile("Your drawing, with the ink that decided"))

    # The contrast with another digit is another map.
    before = shown.get_attribute("src")
    choose(page, "and not", "9")
    expect(page.get_by_text("Why 4 and not 9?")).to_be_visible()
    expect(shown).not_to_have_attribute("src", before)
    expect(page.locator(".st-key-map_occlusion img")).to_be_visible()
    expect(page.locator(".st-key-evidence img")).to_have_count(10)

    # The address holds the drawing: a reload, or somebody with the link, sees the same.
    page.reload()
    expect(page.locator(".st-key-explained_answer")).to_contain_text("Your drawing: 4")
    expect(shown).to_be_visible()


def test_a_finger_draws_and_asks_why(phone: Page, server):
    open_draw(phone, server.url)
    draw_with_finger(phone, DIGITS[3])
    expect_answer(phone, 3)
    phone.locator(".st-key-explain_drawing button").tap()
    expect(phone.locator(_MAP)).to_be_visible(timeout=60_000)
    main = phone.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_without_a_drawing_the_page_explains_a_test_image(page: Page, server):
    page.goto(f"{server.url}/explain")
    expect(page.locator(".st-key-explained_answer")).to_contain_text("Image 1 (", timeout=60_000)
    page.goto(f"{server.url}/explain?on=drawing")
    expect(page.get_by_text("Draw a digit first")).to_be_visible()
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.locator(".st-key-digit_canvas")).to_be_visible()


def _open_tab(page: Page, name: str) -> None:
    wait_until_idle(page)
    page.get_by_role("tab", name=name, exact=True).click()


def _untrained(server, architecture: str) -> Run:
    """Return a run that has ended with a network as it begins, but for its last layer.

    That has five times its weights: a network that finds all digits alike answers the same, to the
    tenth of a per cent that the page shows, whatever is switched off.
    """
    run = RunStore(server.runs).create(Hyperparameters(architecture=architecture), architecture)
    keras.utils.set_random_seed(1)
    network = ARCHITECTURES[architecture]()
    *_, last = (layer for layer in network.layers if layer.weights)
    last.set_weights([5 * weight for weight in last.get_weights()])
    network.save(run.model_path)
    run.update(status="completed")
    return run


@pytest.mark.parametrize("architecture", ["mlp", "convnet", "lstm", "vit"])
def test_every_architecture_shows_its_layers_and_loses_what_is_switched_off(
    page: Page, server, architecture
):
    run = _untrained(server, architecture)
    page.goto(f"{server.url}/explain?run={run.id}&on=test&image=3")
    expect(page.locator(_MAP)).to_be_visible(timeout=60_000)
    _open_tab(page, "Layers")
    layers = page.locator(".st-key-layer_activations")
    expect(layers.locator(".js-plotly-plot").first).to_be_visible(timeout=60_000)
    expect(layers.get_by_text("From ink to answer")).to_be_visible()
    _open_tab(page, "Switch off")
    answer = page.locator(".st-key-switch_off_answer")
    expect(answer).to_contain_text("Accuracy", timeout=60_000)
    before = page.get_by_text("Now it reads").inner_text()
    parts = page.locator(".st-key-switch_off_parts_0 button")
    for number in range(6):
        parts.nth(number).click()
    expect(page.get_by_text("Now it reads")).not_to_have_text(before, timeout=60_000)
    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_text("Now it reads")).to_have_text(before, timeout=60_000)


def test_the_smallest_change_turns_the_answer_and_a_painted_image_is_read_again(page: Page, server):
    page.goto(f"{server.url}/explain?on=test&image=4")
    expect(page.locator(_MAP)).to_be_visible(timeout=60_000)
    _open_tab(page, "What would change it")
    change = page.locator(".st-key-counterfactual")
    expect(change.get_by_text("it is read as another digit")).to_be_visible(timeout=60_000)
    expect(change.locator("img")).to_have_count(3)
    page.get_by_text("Erase and see", exact=True).click()
    canvas = page.locator(".st-key-repaint_canvas canvas").last
    compared = page.locator(".st-key-change_1 img")
    expect(compared).to_have_count(2)
    before = compared.last.get_attribute("src")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    expect(compared.last).not_to_have_attribute("src", before)
    page.get_by_role("button", name="Undo all").click()
    expect(compared.last).to_have_attribute("src", before)


def test_no_tab_of_explain_scrolls_sideways_on_a_phone(phone: Page, server):
    phone.goto(f"{server.url}/explain?on=test&image=4")
    expect(phone.locator(_MAP)).to_be_visible(timeout=60_000)
    main = phone.locator("[data-testid=stMain]")
    for name, key in EXPLAIN_TABS.items():
        _open_tab(phone, name)
        expect(phone.locator(f".st-key-{key}")).to_be_visible(timeout=60_000)
        expect(phone.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=60_000)
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth"), name
