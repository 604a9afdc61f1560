"""Charts, a live run and a slider in JupyterLab and in Notebook 7, whose cells a reader runs; and a
notebook from a stranger."""

import copy
import secrets
import time

import nbformat
import pytest
from playwright.sync_api import expect

from charts import EVERY_CHART, HOSTILE, LIVE, notebook, pictures, same
from pages import HANG, ROOT, menu, open_page, pictures_folder, run_cell

FRONTENDS = {"jupyterlab": "lab/tree", "notebook": "notebooks"}

RUN = """
import (
	"projectpenalty/mc"
	"projectpenalty/viz/nb"
)

%%
problem := nb.Must(mc.LowRank{Rows: 100, Cols: 100, Rank: 2, Observed: 2000, Seed: 1}.Problem())
solver := mc.DeepMF{Depth: 3, Optimizer: mc.Adam{LearningRate: 1e-3}, Steps: 1_000_000_000, Seed: 1}
nb.Fit(problem, solver, mc.Trace{Every: 100}, nb.Live(100))
"""

SLIDER = """
import (
	"fmt"

	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

%%
chosen := nb.Slider("height", 0, 10, 2.5, func(x float64) viz.Figure {
	return viz.Dependence(fmt.Sprintf("measure for %v", x), "setting", viz.Curve{"line", []float64{1, 2, 3}, [][]float64{{x}, {2 * x}, {x}}})
})
fmt.Println("chosen:", chosen)
"""

FIRST, CHARTS, LIVE_RUN, SLIDER_CELL = 0, 1, 2, 3

# The numbers of points of the lines of the chart that grows, none where there is no such chart.
GROWN = """() => {
    const host = document.querySelector('[id^="penalty-live-"]'), chart = host && window.penaltyECharts && penaltyECharts.getInstanceByDom(host);
    return chart ? chart.getOption().series.map(s => s.data.length) : [];
}"""

# The title of the figure that a slider shows, and the heights of its line.
SLID = """() => {
    const box = [...document.querySelectorAll('.penalty-chart > div')].at(-1), chart = box && penaltyECharts.getInstanceByDom(box);
    const option = chart && chart.getOption();
    return option && {title: option.title[0].text, heights: option.series[0].data.map(p => (p.value || p)[1])};
}"""


@pytest.fixture(scope="module", params=FRONTENDS)
def page(request, lab, browser):
    """A new notebook in the front end, whose first cell has run."""
    url, token = lab
    file = ROOT / f"notebooks/copy-{secrets.token_hex(4)}.ipynb"
    nbformat.write(notebook('%%\nfmt.Println("ready")', EVERY_CHART, RUN, SLIDER), file)
    page = open_page(browser, viewport={"width": 1200, "height": 1000})
    # Chromium itself says so of what the front end asks the server for in vain, and GoNB of an
    # answer that took half a second.
    others = ("Failed to load resource", "gonb_comm: failed to connect")
    page.on("console", lambda m: m.type == "error" and not m.text.startswith(others) and page.failures.append(m.text))
    page.frontend, page.file, page.server = request.param, file, lab
    try:
        page.goto(f"{url}/{FRONTENDS[request.param]}/{file.name}?reset&token={token}")
        expect(page.locator(".jp-Notebook")).to_be_visible(timeout=HANG)
        finish(run_cell(page, FIRST))
        page.failures.clear()  # what it says while it starts is its own
        yield page
    finally:
        page.context.close()
        file.unlink()


def finish(cell):
    expect(cell.locator(".jp-InputPrompt")).not_to_contain_text("*", timeout=HANG)


def save(page):
    """Save the notebook as a reader does, and return what is in its file."""
    with page.expect_response(lambda r: r.request.method == "PUT" and page.file.name in r.url, timeout=HANG) as saved:
        page.keyboard.press("Control+s")
    assert saved.value.ok
    written = nbformat.read(page.file, as_version=4)
    assert [o for c in written.cells for o in c.outputs if o.output_type == "error"] == []
    return written


def wait(condition, what):
    """Wait until the condition gives what is true, and return it."""
    deadline = time.monotonic() + HANG / 1000
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def screenshot(page, name):
    page.wait_for_timeout(300)
    page.screenshot(path=pictures_folder() / f"{page.frontend}-{name}.png")


@pytest.fixture(scope="module")
def charted(page):
    """The cell of all charts, which has run, and the notebook as it was then saved."""
    cell = run_cell(page, CHARTS)
    finish(cell)
    return cell, save(page)


def test_every_chart(page, charted):
    cell, saved = charted
    stored = pictures(saved)
    assert "DecompressionStream" not in nbformat.writes(saved), "the library is stored"
    expect(cell.locator(".penalty-chart canvas")).to_have_count(len(stored), timeout=HANG)
    same(page.evaluate(LIVE), stored)
    for k in (0, 8, 11, 17):
        cell.locator(".penalty-chart").nth(k).scroll_into_view_if_needed()
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
    menu(page, "Kernel", "Interrupt Kernel")
    finish(cell)
    expect(cell.get_by_role("alert")).to_contain_text("interrupted: what follows shows the run up to here")
    expect(cell.locator(".penalty-chart canvas")).to_have_count(1, timeout=HANG)
    wait(lambda: page.evaluate(GROWN) == [] and line.count() == 0, "what followed the run stays")
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
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    height = int(slider.input_value()) / 10
    assert 7 < height < 9
    shows(height)
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


def test_a_stranger_s_notebook_shows_pictures_and_runs_nothing(page, charted, browser):
    saved = copy.deepcopy(charted[1])
    # Whatever is written past the server is not trusted.
    page_of_a_stranger = f"{HOSTILE[0]}<p>from a stranger</p><img src=x onerror='window.ran=1'>"
    saved.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": page_of_a_stranger})]
    url, token = page.server
    file = page.file.with_name(f"copy-{secrets.token_hex(4)}.ipynb")
    nbformat.write(saved, file)
    other = open_page(browser, viewport={"width": 1200, "height": 1000})
    try:
        other.goto(f"{url}/{FRONTENDS[page.frontend]}/{file.name}?reset&token={token}")
        expect(other.get_by_text("from a stranger")).to_be_visible(timeout=HANG)
        expect(other.locator(".penalty-chart img")).to_have_count(len(pictures(saved)), timeout=HANG)
        sizes = other.evaluate("() => Promise.all([...document.querySelectorAll('.penalty-chart "
                               "img')].map(i => i.decode().then(() => [i.alt.length, i.naturalWidth, i.clientWidth])))")
        assert len(sizes) > 20 and min(min(s) for s in sizes) > 30
        other.locator(".penalty-chart img").first.scroll_into_view_if_needed()
        other.frontend = page.frontend
        screenshot(other, "stranger")
        assert other.locator("canvas").count() == 0
        assert other.evaluate("[typeof window.ran, typeof window.penaltyECharts]") == ["undefined", "undefined"]
    finally:
        other.context.close()
        file.unlink()
