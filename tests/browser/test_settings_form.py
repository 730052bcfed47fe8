"""The form of hyperparameters in a real browser: full names, and links that can be copied."""

import re

from playwright.sync_api import expect

from tests.browser.training_page import open_form


def _field(page, name):
    return page.locator(f".st-key-setting_{name} input")


def _copy_button(page):
    return page.get_by_role("button", name="Copy link")


def test_choices_have_full_names_and_the_link_that_is_copied_the_short_ones(server, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    open_form(page, server.url, "architecture=mlp&hidden_units=64,32&run=none")
    architecture = _field(page, "architecture")
    expect(architecture).to_have_value("Multilayer perceptron")
    architecture.click()
    page.get_by_role("option", name="Vision transformer").click()
    expect(page).to_have_url(re.compile("architecture=vit"))
    _copy_button(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{server.url}/train?v=1&architecture=vit&hidden_units=64%2C+32")
    assert "run=" not in link
    page.goto(link)
    expect(_field(page, "patch_size")).to_have_value("7 x 7 pixels")


def test_a_link_can_be_copied_where_the_page_has_no_clipboard(server, page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    open_form(page, server.url, "architecture=mlp&epochs=4")
    _copy_button(page).click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    layers = _field(page, "hidden_units")
    layers.fill("")
    layers.press("Control+v")
    expect(layers).to_have_value(f"{server.url}/train?v=1&architecture=mlp&epochs=4")
    layers.press("Enter")
    # What was pasted is text: no link of it, and one sentence that says what is wanted.
    sentence = page.get_by_role("alert").filter(has_text="separated by commas")
    expect(sentence).to_contain_text("received 'http:")
    expect(sentence.get_by_role("link")).to_have_count(0)
