"""Every page can be read and reached in both themes: axe-core finds nothing serious."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from core.drawing import DrawingStore
from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, RunStore
from core.settings import PRETRAINED
from tests.browser.added_runs import add_search
from tests.browser.choosing import wait_until_idle
from tests.browser.explain_page import EXPLAIN_TABS
from tests.browser.pen import DIGITS, expect_answer
from tests.browser.pen import draw as draw_digit
from tests.helpers import STROKES, draw
from tests.judged import judged_run
from tests.records import epoch_record, results_record, step_record

_GRAVE = ("serious", "critical")


def _finished_runs(server) -> None:
    add_search(server)
    store = RunStore(server.runs)
    data = DataRecord(name="ten images", fingerprint="a", num_train=8, num_val=1, num_test=1)
    measured = results_record(
        best_epoch=2,
        test_loss=0.2,
        test_accuracy=0.95,
        drawn_accuracy=0.9,
        drawn_count=10,
        drawn_name="ten digits",
    )
    run = store.create(Hyperparameters(architecture="mlp", epochs=2))
    for epoch in (1, 2):
        run.append_metrics(step_record(epoch, epoch=epoch - 0.5))
        run.append_metrics(epoch_record(epoch))
    run.update(status="completed", data=data, results=measured, num_parameters=101770, device="CPU")
    shutil.copy(PRETRAINED, run.model_path)
    drawings = DrawingStore(server.drawings)
    for label, answer in ((7, 1), (4, 4)):
        drawings.add(
            draw(STROKES[label]), label=label, answer=answer, strokes=STROKES[label], writer="Ada"
        )


def _expect_nothing_grave(page: Page, where: str) -> None:
    """Hold that axe-core finds nothing serious on the page as it is."""
    # What fades in has less contrast until it is there.
    page.wait_for_timeout(500)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    grave = [
        (where, violation["id"], node["target"], [check["message"] for check in node["any"]])
        for violation in found
        if violation["impact"] in _GRAVE
        for node in violation["nodes"]
    ]
    assert grave == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_what_cannot_be_read_or_reached(new_context, server, theme):
    _finished_runs(server)
    context: BrowserContext = new_context(
        color_scheme=theme, viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    page.goto(server.url)
    expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible(timeout=90_000)
    _expect_nothing_grave(page, "Draw")
    draw_digit(page, DIGITS[7])
    expect_answer(page, 7)
    page.locator(".st-key-writer_popover button").click()
    expect(page.get_by_label("Drawn by (optional nickname)")).to_be_visible()
    _expect_nothing_grave(page, "Draw, writer_popover")
    page.goto(f"{server.url}/train")
    expect(page.locator(".js-line").first).to_be_attached()
    expect(page.get_by_text("training images,")).to_be_visible(timeout=60_000)
    _expect_nothing_grave(page, "Train")
    page.goto(f"{server.url}/runs")
    expect(page.locator(".js-line").first).to_be_attached()
    _expect_nothing_grave(page, "Runs")
    for button, answer in (("delete_runs", "confirm_delete"), ("rename_run", "confirm_rename")):
        page.locator(f".st-key-{button} button").click()
        expect(page.locator(f".st-key-{answer} button")).to_be_visible()
        _expect_nothing_grave(page, f"Runs, {button}")
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("tab", name="Scatter").click()
    expect(page.locator(".st-key-runs_scatter .points path").first).to_be_attached()
    _expect_nothing_grave(page, "Runs, Scatter")
    page.get_by_role("tab", name="Searches").click()
    expect(page.locator(".st-key-parallel_coordinates .parcoords")).to_be_attached()
    expect(page.get_by_text("How much each setting decides")).to_be_visible()
    _expect_nothing_grave(page, "Runs, Searches")
    page.goto(f"{server.url}/train")
    expect(page.get_by_text("training images,")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    page.locator(".st-key-several_runs summary").click()
    page.locator(".st-key-several_runs").get_by_role("tab", name="Search").click()
    expect(page.locator(".st-key-start_search button")).to_be_visible()
    _expect_nothing_grave(page, "Train, search")
    page.goto(f"{server.url}/evaluate?run={judged_run(RunStore(server.runs)).id}")
    expect(page.locator(".st-key-drawings_gallery img")).to_have_count(2)
    expect(page.locator(".st-key-robustness .js-plotly-plot")).to_have_count(7, timeout=60_000)
    page.locator(".st-key-mistake_tiles button").first.click()
    expect(page.locator(".st-key-chosen_image_answer .bars path").first).to_be_attached()
    _expect_nothing_grave(page, "Evaluate")
    expect(page.get_by_text("Measuring the models")).to_have_count(0, timeout=90_000)
    page.locator(".st-key-drawings_gallery [data-testid=stCheckbox] label").first.click()
    page.locator(".st-key-set_writer button").click()
    expect(page.locator(".st-key-confirm_writer button")).to_be_visible()
    _expect_nothing_grave(page, "Evaluate, set_writer")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.locator(".st-key-delete_all_drawings button").click()
    expect(page.locator(".st-key-confirm_delete button")).to_be_visible()
    _expect_nothing_grave(page, "Evaluate, delete_all_drawings")
    page.goto(f"{server.url}/explain?on=test&image=4")
    for tab, key in EXPLAIN_TABS.items():
        page.get_by_role("tab", name=tab, exact=True).click(timeout=60_000)
        expect(page.locator(f".st-key-{key}")).to_be_visible(timeout=60_000)
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0, timeout=60_000)
        _expect_nothing_grave(page, f"Explain, {tab}")
    for part in ("network", "blocks", "lesson", "glossary"):
        page.goto(f"{server.url}/learn?part={part}")
        expect(page.locator(f".st-key-learn_{part}")).to_be_visible()
        if part == "network":
            page.get_by_role("radio", name="Where the article is wrong").click()
            expect(page.get_by_text("There is no such product")).to_be_visible()
        _expect_nothing_grave(page, f"Learn, {part}")
    page.goto(f"{server.url}/account")
    expect(page.locator(".st-key-server_panel")).to_contain_text("disk left")
    _expect_nothing_grave(page, "Your data")
    page.locator(".st-key-delete_own_data button").click()
    expect(page.locator(".st-key-confirm_delete button")).to_be_visible()
    _expect_nothing_grave(page, "Your data, delete_own_data")
    assert RunStore(server.runs).list()
