"""A run's name is text in other people's browsers: seen as typed, and nothing is fetched for it."""

import shutil
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from core.hyperparameters import Hyperparameters
from core.runs import RunStore
from core.settings import PRETRAINED
from tests.records import epoch_record, step_record

_NAME = "![](http://a.b/x.png) :red[x] $x$ **b** <b>c</b> :streamlit:"


def _seen(page: Page, selector: str) -> None:
    """Hold that an element shows the name as it was typed, beside nothing that was rendered."""
    shown = page.locator(selector).filter(has_text=":red[x]").first
    expect(shown).to_be_visible()
    assert _NAME in shown.inner_text().replace("\u2060", "")
    assert shown.locator("img, a, b, strong, .katex").count() == 0


def test_a_name_full_of_markdown_is_shown_as_typed_and_fetches_nothing(page: Page, server):
    run = RunStore(server.runs).create(Hyperparameters(architecture="mlp", epochs=1), _NAME)
    run.append_metrics(step_record(1, epoch=0.5))
    run.append_metrics(epoch_record(1))
    run.update(status="failed", error=f"It failed: {_NAME}")
    shutil.copy(PRETRAINED, run.model_path)
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.goto(f"{server.url}/train?run={run.id}")
    _seen(page, "h3")
    _seen(page, ".st-key-training_status [data-testid=stAlert] p")
    page.goto(f"{server.url}/runs")
    _seen(page, "h3")
    page.locator(".st-key-delete_runs button").click()
    _seen(page, "[role=dialog] li")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"{server.url}/evaluate")
    # The table itself is a picture; what assistive technology reads of it is its text.
    expect(page.locator(".st-key-models_table canvas").first).to_contain_text(_NAME)
    page.goto(server.url)
    page.get_by_role("combobox", name="Model").click()
    _seen(page, "[role=option]")
    assert {host for host in hosts if host not in ("127.0.0.1", None)} == set()
