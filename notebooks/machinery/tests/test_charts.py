"""Every chart of viz in a notebook, as it is saved, exported, opened without scripts, without a
network and with one."""

import html
import re
import time

import nbformat
import pytest
from nbconvert import HTMLExporter

import run
from charts import CELL, CHARTS, HOSTILE, LIVE, UNREADABLE, pictures, same, serve_library
from pages import HANG, ROOT, new_page, pictures_folder


@pytest.fixture(scope="module")
def saved(jupyterlab):
    """A notebook of the cell of all charts, as JupyterLab saved it after its run."""
    return nbformat.v4.new_notebook(cells=jupyterlab.saved.cells[CHARTS:CHARTS + 1], metadata=jupyterlab.saved.metadata)


@pytest.fixture(scope="module")
def exported(saved, tmp_path_factory):
    """Its HTML export, without the libraries for formulas and diagrams that the template would ask the network for."""
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(saved)
    html = re.sub(r'<script[^>]* src="https?://[^>]*>\s*</script>|<script type="module">.*?</script>', "",
                  html, flags=re.DOTALL)
    page = tmp_path_factory.mktemp("export") / "charts.html"
    page.write_text(html)
    return page


def open_export(browser, exported, answer=None, **context):
    """The export in a page whose requests the answer serves, or nobody; it notes errors and what is
    said on the console."""
    page = new_page(browser, viewport={"width": 900, "height": 800}, **context)
    page.failures = []
    page.on("pageerror", lambda e: page.failures.append(str(e)))
    # Chromium itself says so of each request that fails.
    page.on("console", lambda m: m.type == "error" and "Failed to load resource" not in m.text
            and page.failures.append(m.text))
    page.route(re.compile("^https?:"), answer or (lambda route: route.abort()))
    page.goto(exported.as_uri())
    return page


def test_the_notebook_has_every_chart(saved):
    functions = set()
    for file in (ROOT / "viz").glob("*.go"):
        functions |= set(re.findall(r"^func ([A-Z]\w*)\(.*\) \*(?:Chart|Layout) ", file.read_text(), re.M))
    assert len(functions) > 15
    assert {f for f in functions if f"viz.{f}(" not in CELL} == set()
    # An error would be shown in the place of its chart.
    assert 'role="alert"' not in nbformat.writes(saved)


def test_what_is_stored(saved):
    text = nbformat.writes(saved)
    assert "DecompressionStream" not in text, "the library is stored"
    charts = text.count('class=\\"penalty-chart\\"')
    assert charts == len(pictures(saved))
    assert len(text) < 40_000 * charts


def test_pictures_show_without_scripts(exported, browser, saved):
    page = open_export(browser, exported, java_script_enabled=False, color_scheme="dark")
    images = page.locator(".penalty-chart img")
    assert images.count() == len(pictures(saved))
    for k in range(images.count()):
        box = images.nth(k).bounding_box()
        assert box["width"] > 200 and box["height"] > 90, box
    page.screenshot(path=pictures_folder() / "export-pictures.png")
    page.context.close()


def test_pictures_stay_without_network(exported, browser, saved):
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    page = open_export(browser, exported, refuse)
    page.wait_for_function("!!window.penaltyEChartsAsked", timeout=HANG)
    deadline = time.monotonic() + HANG / 1000
    while not any("echarts" in u for u in asked):
        assert time.monotonic() < deadline, asked
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    assert len([u for u in asked if "echarts" in u]) == 1, asked
    drawn = page.evaluate("""() => Promise.all([...document.querySelectorAll('.penalty-chart img')].map(async image => {
        await image.decode();
        const c = document.createElement('canvas');
        c.width = image.naturalWidth; c.height = image.naturalHeight;
        const x = c.getContext('2d');
        x.drawImage(image, 0, 0);
        const seen = new Set();
        new Uint32Array(x.getImageData(0, 0, c.width, c.height).data.buffer).forEach(v => v && seen.add(v));
        return seen.size;
    }))""")
    assert len(drawn) == len(pictures(saved)) and min(drawn) > 10
    assert page.evaluate("window.ran") is None
    assert page.failures == []
    page.context.close()


LAID_OUT = """() => [...document.querySelectorAll('.penalty-chart > div')]
    .every(box => penaltyECharts.getInstanceByDom(box).getWidth() === box.clientWidth)"""


def test_live_charts_show_what_the_pictures_show(exported, browser, saved):
    page = open_export(browser, exported, serve_library, color_scheme="dark")
    stored = pictures(saved)
    page.wait_for_function(f"document.querySelectorAll('.penalty-chart canvas').length === {len(stored)}", timeout=HANG)
    live = page.evaluate(LIVE)
    same(live, stored)
    # The reader prefers dark pages, and this one is white.
    inks = page.evaluate("""[...document.querySelectorAll('.penalty-chart > div')]
        .map(box => penaltyECharts.getInstanceByDom(box).getOption().title[0].textStyle.color)""")
    assert set(inks) == {"#444444"}
    # The page's margins leave a chart 400 px of 581; then it is wide again.
    for width, chart in ((900, 603), (581, 400), (1400, 760)):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(LAID_OUT, timeout=HANG)
        assert page.locator(".penalty-chart").first.evaluate("e => e.clientWidth") == chart
        assert page.evaluate(UNREADABLE) == [], f"{chart} px"
    assert page.evaluate("window.ran") is None
    # Tool-tips are HTML.
    for k in range(len(live) - 3 * len(HOSTILE), len(live)):
        box = page.locator(".penalty-chart canvas").nth(k)
        box.scroll_into_view_if_needed()
        size = box.bounding_box()
        for x in (0.3, 0.5, 0.7):
            page.mouse.move(size["x"] + x * size["width"], size["y"] + 0.6 * size["height"])
            page.wait_for_timeout(30)
    assert page.evaluate("window.ran") is None
    assert page.failures == []
    page.screenshot(path=pictures_folder() / "export-live.png")
    page.context.close()


def test_a_chart_that_has_left_the_page_is_released(exported, browser):
    """As where its cell runs again. One that comes back, as from beyond a page's window, is drawn again."""
    page = open_export(browser, exported, serve_library)
    page.wait_for_function("document.querySelectorAll('.penalty-chart canvas').length > 1", timeout=HANG)
    released = page.evaluate("""async () => {
        const [gone, other] = document.querySelectorAll('.penalty-chart'), place = gone.parentElement;
        const chart = box => penaltyECharts.getInstanceByDom(box.firstElementChild), first = chart(gone);
        const script = [...document.scripts].find(s => s.text.includes('("' + other.id + '",'));
        gone.remove();
        delete other.dataset.live;
        window.eval(script.text);
        await new Promise(resolve => setTimeout(resolve, 200)); // it notices that it has gone
        place.prepend(gone);
        window.returned = () => chart(gone) && !chart(gone).isDisposed() && !chart(other).isDisposed();
        return !!first.isDisposed();
    }""")
    assert released
    page.wait_for_function("returned()", timeout=HANG)
    page.emulate_media(color_scheme="dark")  # all charts of the page listen as one
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_function("""[...document.querySelectorAll('.penalty-chart > div')].every(box =>
        penaltyECharts.getInstanceByDom(box).getOption().title[0].textStyle.color === '#cfcfcf')""", timeout=HANG)
    assert page.failures == []
    page.context.close()


def test_an_export_of_a_stored_notebook_has_its_pictures_in_words_too():
    shipped = nbformat.read(run.notebooks()[0], as_version=4)
    exported, _ = HTMLExporter(template_name="classic").from_notebook_node(shipped)
    stored = [o.metadata["image/png"] for cell in shipped.cells for o in cell.get("outputs", [])
              if "image/png" in o.get("data", {})]
    images = re.findall(
        r'<img alt="([^"]+)"[^>]* src="data:image/png;base64,|<img[^>]* src="data:image/png;base64,[^"]*"[^>]* alt="([^"]+)"', exported, re.S)
    assert [html.unescape(a or b) for a, b in images] == [s["alt"] for s in stored]
