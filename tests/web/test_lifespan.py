"""What Streamlit does otherwise than it would by itself while a server lives."""

import asyncio

import pytest
from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server.server_util import is_url_from_allowed_origins

from web.lifespan import lifespan


@pytest.mark.parametrize("origin", ["https://example.org", "null", "", "http://:80", "http://"])
def test_a_page_of_another_site_is_refused_and_nobody_waits_for_an_answer_of_the_internet(
    origin, tmp_path, monkeypatch
):
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("DIGIT_LAB_DRAWINGS", str(tmp_path / "drawings"))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    monkeypatch.setattr(net_util, "_external_ip", None)
    asked = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda url, **_: asked.append(url))

    async def is_allowed():
        async with lifespan(None):
            return is_url_from_allowed_origins(origin)

    assert not asyncio.run(is_allowed())
    assert not asked
