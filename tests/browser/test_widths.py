"""Draw at every width from a small phone to a large screen: nothing is cut, hidden or lost."""

from playwright.sync_api import Page, expect

from tests.browser.added_runs import add_runs, add_search
from tests.browser.choosing import wait_until_idle
from tests.browser.pen import DIGITS, answer, canvas, clear, draw, expect_answer, open_draw

_WINDOWS = [
    *((320, 568), (360, 640), (390, 844), (640, 800), (700, 800), (768, 1024), (844, 390)),
    *((1024, 768), (1093, 614), (1280, 800), (1920, 1080), (2560, 1440)),
]
_PAGES = ("Draw", "Train", "Runs", "Evaluate", "Explain", "Learn")
# Whether each corner and edge of the canvas lies in the window and takes what is drawn there.
_IS_REACHED = """() => {
    const host = document.querySelector(
        ":is(.st-key-digit_canvas, .st-key-number_canvas) [data-testid=stBidiComponentIsolated]"
    );
    const upper = host.shadowRoot.querySelector(".upper-canvas");
    upper.scrollIntoView({ block: "center" });
    const { left, right, top, bottom } = upper.getBoundingClientRect();
    const isInside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    const places = [left + 8, right - 8].flatMap((x) => [top + 8, bottom - 8].map((y) => [x, y]));
    return isInside && places.every(([x, y]) => host.shadowRoot.elementFromPoint(x, y) === upper);
}"""
_SCROLLS_SIDEWAYS = """() => [document.documentElement, document.querySelector(".stMain")].some(
    (element) => element.scrollWidth > element.clientWidth
)"""


def _expect_whole(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for name in _PAGES:
        link = page.get_by_role("link", name=name, exact=True)
        expect(link, f"{name} at {width}").to_be_in_viewport(ratio=1)
    page.wait_for_function(_IS_REACHED)
    assert not page.evaluate(_SCROLLS_SIDEWAYS), f"the page scrolls sideways at {width}"


def test_the_canvas_is_whole_and_keeps_its_drawing_at_every_width(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[3])
    expect_answer(page, 3)
    nine = page.get_by_role("radio", name="9", exact=True)
    for width, height in _WINDOWS:
        _expect_whole(page, width, height)
        nine.scroll_into_view_if_needed()
        box = nine.bounding_box()
        assert box and box["x"] + box["width"] <= width
        assert nine.evaluate("nine => nine.parentElement.scrollWidth <= innerWidth")
        expect_answer(page, 3)
    box = canvas(page).bounding_box()
    assert box and box["width"] > 400, "a large screen has a large canvas"


def test_the_number_canvas_is_whole_and_a_long_number_is_shown_whole(page: Page, server):
    open_draw(page, server.url)
    page.get_by_text("A number", exact=True).click()
    page.locator(".st-key-number_canvas canvas").last.wait_for()
    digits = (2, 0, 4, 7, 1, 3, 0, 2)
    page.set_viewport_size({"width": 1280, "height": 800})
    for place, digit in enumerate(digits):
        left = 0.01 + 0.123 * place
        draw(page, [[(left + 0.11 * x, 0.2 + 0.6 * y) for x, y in stroke]
                    for stroke in DIGITS[digit]])  # fmt: skip
    expect(answer(page)).to_have_text("".join(map(str, digits)), timeout=60_000)
    for width, height in _WINDOWS:
        _expect_whole(page, width, height)
        value = page.locator(".st-key-prediction [data-testid=stMetricValue]")
        assert value.evaluate(
            """value => [value, ...value.querySelectorAll("*")].every(
                (part) => part.scrollWidth <= part.clientWidth + 1 || !part.clientWidth
            ) && value.getBoundingClientRect().right <= innerWidth"""
        ), f"the number is cut at {width}"


def test_what_is_drawn_at_the_right_edge_is_read_on_a_tablet(page: Page, server):
    open_draw(page, server.url)
    for width, height in ((768, 1024), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(_IS_REACHED)
        draw(page, [[(0.5 + 0.49 * x, y) for x, y in stroke] for stroke in DIGITS[7]])
        expect_answer(page, 7)
        clear(page)


def test_the_model_choice_stays_when_the_steps_are_shown(page: Page, server):
    page.set_viewport_size({"width": 390, "height": 844})
    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    choice = page.get_by_label("Model", exact=True)
    before = choice.bounding_box()
    page.get_by_text("Show how the network saw it").click()
    expect(page.get_by_text("6. Centred")).to_be_visible()
    page.locator(".stMain").evaluate("main => main.scrollTo(0, 0)")
    assert choice.bounding_box() == before


def test_what_belongs_to_a_person_is_reached_and_whole_at_every_width(page: Page, server):
    page.goto(f"{server.url}/runs")
    page.get_by_role("link", name="Your data").click()
    for width, height in _WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        for key in ("own_data", "server_panel"):
            expect(page.locator(f".st-key-{key}")).to_be_visible()
        assert not page.evaluate(_SCROLLS_SIDEWAYS), f"the page scrolls sideways at {width}"


def test_runs_and_searches_are_whole_at_every_width(page: Page, server):
    add_search(server)
    add_runs(server, 3)
    page.goto(f"{server.url}/runs")
    for tab, part in (
        ("Table", "runs_filters"),
        ("Scatter", "runs_scatter"),
        ("Searches", "search_results"),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(f".st-key-{part}")).to_be_visible()
        _expect_no_sideways(page)
    page.goto(f"{server.url}/train?architecture=mlp")
    wait_until_idle(page)
    page.locator(".st-key-several_runs summary").click()
    page.locator(".st-key-several_runs").get_by_role("tab", name="Search").click()
    expect(page.locator(".st-key-start_search button")).to_be_visible()
    _expect_no_sideways(page)


def _expect_no_sideways(page: Page) -> None:
    wait_until_idle(page)
    for width, height in _WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        assert not page.evaluate(_SCROLLS_SIDEWAYS), f"the page scrolls sideways at {width}"


def test_a_phone_goes_from_page_to_page_by_its_links(phone: Page, server):
    open_draw(phone, server.url)
    pages = ("Train", "Runs", "Evaluate", "Explain", "Learn")
    for name, path in ((page, f"/{page.lower()}") for page in pages):
        phone.get_by_role("link", name=name, exact=True).click()
        phone.wait_for_url(f"**{path}*")
        expect(phone.locator("[aria-current=page]")).to_contain_text(name)
