"""Charts, a live run and a slider in JupyterLab and in Notebook 7, whose cells a reader runs; and a
notebook from a stranger."""

import time

import nbformat
import pytest
from playwright.sync_api import expect

from charts import CHARTS, FIRST, HOSTILE, LIBRARY, LIVE, LIVE_RUN, SLIDER_CELL, pictures, same, serve_library
from pages import FRONTENDS, HANG, ROOT, finish, menu, opened, run_cell, save, screenshot

# The numbers of points of the lines of the chart that grows, none where there is no such chart.
GROWN = """() => {
    const host = document.querySelector('[id^="penalty-live-"]'), chart = host && window.penaltyECharts && penaltyECharts.getInstanceByDom(host);
    return chart ? chart.getOption().series.map(s => s.data.length) : [];
}"""

# The chart that is drawn last on the page.
LAST = "penaltyECharts.getInstanceByDom([...document.querySelectorAll('.penalty-chart > div')].at(-1))"

# The title of the figure that a slider shows, and the heights of its line.
SLID = """() => {
    const box = [...document.querySelectorAll('.penalty-chart > div')].at(-1), chart = box && penaltyECharts.getInstanceByDom(box);
    const option = chart && chart.getOption();
    return option && {title: option.title[0].text, heights: option.series[0].data.map(p => (p.value || p)[1])};
}"""


@pytest.fixture(scope="module")
def notebook7(lab, browser, jupyterlab):
    """The notebook that JupyterLab saved, in Notebook 7, where its first cell has run. Its scripts run, since the
    server has signed what a reader saved. The library comes from the kernel; the network is there only afterwards."""
    asked = []
    with opened(browser, lab, "notebook", jupyterlab.saved,
                lambda page: page.route(LIBRARY, lambda route: asked.append(route))) as page:
        first = run_cell(page, FIRST)
        finish(first)
        expect(first.locator(".penalty-chart canvas")).to_have_count(1, timeout=HANG)
        page.route(LIBRARY, serve_library)
        for route in asked:
            serve_library(route)
        page.failures.clear()  # what it says while it starts is its own
        page.saved = jupyterlab.saved
        yield page


@pytest.fixture(params=["jupyterlab", "notebook7"])
def page(request):
    page = request.getfixturevalue(request.param)
    page.failures.clear()
    return page


def wait(condition, what):
    """Wait until the condition gives what is true, and return it."""
    deadline = time.monotonic() + HANG / 1000
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_every_chart(page):
    stored = pictures(page.saved)
    assert "DecompressionStream" not in nbformat.writes(page.saved), "the library is stored"
    expect(page.locator(".jp-Notebook .penalty-chart canvas")).to_have_count(len(stored), timeout=HANG)
    same(page.evaluate(LIVE), stored)
    for k in (0, 17):
        page.locator(".penalty-chart").nth(k).scroll_into_view_if_needed()
        screenshot(page, f"chart-{k}")
    assert page.evaluate("window.ran") is None
    assert page.failures == []


def test_a_run_is_followed_and_interrupted(page):
    cell = run_cell(page, LIVE_RUN)
    line = cell.locator(".jp-OutputArea-output", has_text="steps/s")
    expect(line).to_have_count(1, timeout=HANG)
    cell.scroll_into_view_if_needed()
    first, said = wait(lambda: page.evaluate(GROWN), "no live chart"), line.inner_text()
    wait(lambda: [now > then for now, then in zip(page.evaluate(GROWN), first)] == [True, True],
         f"it does not grow from {first}")
    expect(line).not_to_have_text(said, timeout=HANG)
    screenshot(page, "live")
    page.evaluate("""window.live = penaltyECharts.getInstanceByDom(document.querySelector('[id^="penalty-live-"]'))""")
    menu(page, "Kernel", "Interrupt Kernel")
    finish(cell)
    expect(cell.get_by_role("alert")).to_contain_text("interrupted: what follows shows the run up to here")
    expect(cell.locator(".penalty-chart canvas")).to_have_count(1, timeout=HANG)
    wait(lambda: page.evaluate(GROWN) == [] and line.count() == 0, "what followed the run stays")
    assert page.evaluate("!!live.isDisposed()") and page.evaluate("Object.keys(penaltyLive)") == []
    outputs = save(page).cells[LIVE_RUN].outputs
    assert "interrupted: what follows" in str(outputs) and "penaltyLive" not in str(outputs)
    screenshot(page, "interrupted")
    assert page.failures == []


def test_a_slider_is_moved(page):
    def shown(height):
        return page.evaluate(SLID) == {"title": f"Measure for {height} over setting",
                                       "heights": [height, 2 * height, height]}

    def shows(height):
        wait(lambda: shown(height), f"the figure is {page.evaluate(SLID)}, not that for {height}")

    # On a busy machine GoNB may miss its connection. The reader is then told, and runs the cell
    # again.
    for _ in range(20):
        cell = run_cell(page, SLIDER_CELL)
        slider, told = cell.locator('input[type="range"]'), cell.get_by_role("alert")
        expect(slider.or_(told)).to_be_visible(timeout=HANG)
        if not told.count():
            slider.focus()
            for _ in range(5):
                page.keyboard.press("ArrowRight")
            wait(lambda: shown(3) or told.count(), "the figure is not that for 3")
        if not told.count():
            break
        expect(told).to_contain_text("this page has no connection for sliders")
        finish(cell)
        page.failures.clear()  # a retry mends what the page said of it
    page.evaluate(f"window.earlier = {LAST}")
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    height = int(slider.input_value()) / 10
    assert 7 < height < 9
    shows(height)
    assert page.evaluate(f"earlier.isDisposed() && !({LAST}).isDisposed()")
    screenshot(page, "slider")
    # Whoever moves it and presses the button at once has the last place.
    slider.focus()
    page.keyboard.press("End")
    cell.get_by_role("button", name="done").click()
    finish(cell)
    expect(cell.locator(".jp-OutputArea-output", has_text="chosen: 10")).to_have_count(1)
    expect(cell.locator(".penalty-chart canvas")).to_have_count(1, timeout=HANG)
    shows(10)
    saved = save(page)
    stored = nbformat.v4.new_notebook(cells=[saved.cells[SLIDER_CELL]])
    assert len(pictures(stored)) == 1 and "Measure for 10 over setting" in str(stored)
    assert "range" not in str(stored.cells[0].outputs)
    screenshot(page, "slid")
    assert page.failures == []


@pytest.mark.parametrize("frontend", FRONTENDS)
def test_a_stranger_s_notebook_shows_pictures_and_runs_nothing(frontend, lab, browser, jupyterlab):
    shipped = nbformat.read(ROOT / "notebooks/00_start_here.ipynb", as_version=4)
    stored = [o for cell in shipped.cells for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    assert len(stored) >= 4
    # Whatever is written past the server is not trusted.
    strange = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", {
        "text/html": f"{HOSTILE[0]}<p>from a stranger</p><img src=x onerror='window.ran=1'>"})])
    charts = jupyterlab.saved.cells[CHARTS]
    shipped.cells += [strange, charts]
    with opened(browser, lab, frontend, shipped) as page:
        before = page.file.read_bytes()
        expect(page.get_by_text("from a stranger")).to_be_visible(timeout=HANG)
        expect(page.locator(".penalty-chart img")).to_have_count(len(pictures(shipped)), timeout=HANG)
        expect(page.locator(".jp-RenderedImage img")).to_have_count(len(stored), timeout=HANG)
        sizes = page.evaluate("() => Promise.all([...document.querySelectorAll('.penalty-chart "
                              "img')].map(i => i.decode().then(() => [i.alt.length, i.naturalWidth, i.clientWidth])))")
        assert len(sizes) > 20 and min(min(s) for s in sizes) > 30
        widths = page.evaluate("() => Promise.all([...document.querySelectorAll('.jp-RenderedImage img')]"
                               ".map(i => i.decode().then(() => i.naturalWidth)))")
        assert widths == [2 * o.metadata["image/png"]["width"] for o in stored]
        for kind, name in ((".penalty-chart", "stranger"), (".jp-RenderedImage", "stored")):
            page.locator(f"{kind} img").first.scroll_into_view_if_needed()
            screenshot(page, name)
        assert page.locator("canvas").count() == 0
        assert page.evaluate("[typeof window.ran, typeof window.penaltyECharts]") == ["undefined", "undefined"]
        assert page.file.read_bytes() == before, "opening a notebook changed it"
