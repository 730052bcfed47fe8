"""The page Evaluate in a real browser: models measured, drawings looked at and deleted."""

import re

from playwright.sync_api import Page, expect

from core.drawing import DrawingStore
from tests.helpers import STROKES, draw


def _tiles(page: Page):
    return page.locator(".st-key-drawings_gallery [data-testid=stCheckbox]")


def test_drawings_are_shown_measured_and_deleted_after_confirmation(page: Page, server):
    store = DrawingStore(server.drawings)
    for label, answer in ((7, 1), (4, 4)):
        store.add(draw(STROKES[label]), label=label, answer=answer, strokes=STROKES[label])
    page.goto(f"{server.url}/evaluate")
    expect(page.locator(".st-key-models_table canvas").first).to_be_visible()
    expect(page.locator(".st-key-drawings_gallery img")).to_have_count(2)
    expect(page.get_by_text("read as 1")).to_be_visible()
    with page.expect_download() as download:
        page.locator(".st-key-export_drawings button").click()
    assert download.value.suggested_filename == "drawings.zip"
    expect(page.get_by_text("scikit-learn load_digits")).to_be_visible(timeout=90_000)
    delete = page.locator(".st-key-delete_drawings button")
    expect(delete).to_be_disabled()
    _tiles(page).filter(has_text="7").locator("label").click()
    expect(delete).to_have_text(re.compile("Delete 1 selected"))
    delete.click()
    expect(page.get_by_role("dialog")).to_contain_text("removes 1 drawing")
    page.keyboard.press("Escape")
    assert len(store.list()) == 2
    delete.click()
    page.locator(".st-key-confirm_delete button").click()
    expect(_tiles(page)).to_have_count(1)
    assert [drawing.label for drawing in store.list()] == [4]
    page.locator(".st-key-delete_all_drawings button").click()
    page.locator(".st-key-confirm_delete button").click()
    expect(page.get_by_text("There are none yet")).to_be_visible()
    assert not [path for path in server.drawings.rglob("*") if path.is_file()]
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.locator(".st-key-digit_canvas")).to_be_visible()


def test_a_drawing_that_cannot_be_deleted_says_so(page: Page, server):
    store = DrawingStore(server.drawings)
    kept = store.add(draw(STROKES[7]), label=7)
    page.goto(f"{server.url}/evaluate")
    expect(_tiles(page)).to_have_count(1)
    picture = server.drawings / "7" / f"{kept.id}.png"
    page.locator(".st-key-delete_all_drawings button").click()
    confirm = page.locator(".st-key-confirm_delete button")
    expect(confirm).to_be_visible()
    picture.unlink()
    picture.mkdir()  # which no deletion of a file removes
    confirm.click()
    expect(page.get_by_role("dialog")).to_contain_text("Not all could be deleted")


def test_who_drew_the_ticked_drawings_is_set_and_removed(page: Page, server):
    store = DrawingStore(server.drawings)
    for label in (7, 4):
        store.add(draw(STROKES[label]), label=label, answer=label)
    page.goto(f"{server.url}/evaluate")
    # What ends measuring shows the page anew, which closes a dialog.
    expect(page.get_by_text("scikit-learn load_digits")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Measuring the models")).to_have_count(0, timeout=90_000)
    button, dialog = page.locator(".st-key-set_writer button"), page.get_by_role("dialog")
    nickname = page.get_by_label("Drawn by (nickname)")
    expect(button).to_be_disabled()
    _tiles(page).filter(has_text="7").locator("label").click()
    expect(button).to_be_enabled()
    button.click()
    nickname.fill("Ben")
    page.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert {drawing.writer for drawing in store.list()} == {""}
    button.click()
    expect(nickname).to_have_value("")
    nickname.fill(" *Ada* ")
    page.locator(".st-key-confirm_writer button").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".st-key-drawings_gallery").get_by_text("by *Ada*")).to_have_count(1)
    assert {drawing.label: drawing.writer for drawing in store.list()} == {7: "*Ada*", 4: ""}
    button.click()
    expect(nickname).to_have_value("*Ada*")
    nickname.fill("")
    page.locator(".st-key-confirm_writer button").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("by *Ada*")).to_have_count(0)
    assert {drawing.writer for drawing in store.list()} == {""}


def test_a_writer_that_cannot_be_saved_says_so(page: Page, server):
    store = DrawingStore(server.drawings)
    kept = store.add(draw(STROKES[7]), label=7, writer="Ada")
    page.goto(f"{server.url}/evaluate")
    expect(page.get_by_text("scikit-learn load_digits")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Measuring the models")).to_have_count(0, timeout=90_000)
    _tiles(page).first.locator("label").click()
    page.locator(".st-key-set_writer button").click()
    (server.drawings / "7" / f".{kept.id}.json").mkdir()  # where the new record is written first
    page.get_by_label("Drawn by (nickname)").fill("Ben")
    page.locator(".st-key-confirm_writer button").click()
    expect(page.get_by_role("dialog")).to_contain_text("Who drew them cannot be saved")
    assert [drawing.writer for drawing in store.list()] == ["Ada"]


def test_evaluate_does_not_scroll_sideways_on_a_phone(phone: Page, server):
    store = DrawingStore(server.drawings)
    for _ in range(5):
        store.add(draw(STROKES[3]), label=3, answer=8, writer=40 * "w")
    phone.goto(f"{server.url}/evaluate")
    expect(phone.locator(".st-key-drawings_gallery img")).to_have_count(5)
    widths = phone.evaluate(
        "['html', '[data-testid=stMain]'].map(s => document.querySelector(s).scrollWidth)"
    )
    assert max(widths) <= 400
