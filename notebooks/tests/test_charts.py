"""Every chart of viz in a notebook, as it is saved, exported, opened without scripts, without a network and with one."""

import base64
import collections
import gzip
import json
import pathlib
import re
import struct
import urllib.parse
import xml.etree.ElementTree as xml
import zlib

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright

import run
from test_browser import CHROMIUM, ROOT, pictures_folder

# Guards against a hang.
HANG = 240_000

# Names that a page must show as text.
HOSTILE = ["<script>window.ran=1</script>", '</script><img src=x onerror="window.ran=1">', "\"'`${window.ran=1}", "<b>" + "x" * 10_000]

CELL = """
import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

%%
problem := nb.Must(mc.LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 70, Seed: 1}.Problem())
fit := func(label string, depth, seed int) *mc.Trace {
	t := &mc.Trace{PerDecade: 8, Split: true, Alignment: true, Label: label}
	s := mc.DeepMF{Depth: depth, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 500, Seed: uint64(seed)}
	nb.Must(s.Solve(nb.Context(), problem, t))
	return t
}
one, two, three := fit("", 2, 1), fit("depth 3", 3, 1), fit("depth 3", 3, 2)
values := []viz.Method{{"a", []float64{1, 2, 3}}, {"b", []float64{2, 5, 4}}}
results := nb.Must(sweep.Run(nb.Context(), sweep.Spec{
	Name: "pictures", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1}, Solver: mc.DeepMF{Steps: 20},
	Axes: []sweep.Axis{sweep.Over("Problem.Observed", 12, 20), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(2)},
}))
hole := mat.DenseCopyOf(problem.Train.(*mc.Observations).Dense())
nb.Show(
	viz.Loss(one), viz.Loss(two, three), viz.SingularValues(one), viz.EffectiveRank(one, two), viz.NormTrajectory(one),
	viz.Spectrum(viz.Matrix{"truth", problem.Truth}), viz.GradientSplit(one), viz.GradientMatrix(one, 10), viz.GradientMatrix(one),
	viz.UpdateAlignment(one), viz.PenaltyGradient([]float64{3, 1, 0.2}, mc.Ratio{}, mc.Nuclear{}),
	viz.PenaltyField(mc.Ratio{}, 2), viz.Compare("error", values...), viz.Differences("error", values...),
	viz.PhaseDiagram("phases", viz.Levels{"x", []float64{1, 2}}, viz.Levels{"y", []float64{1, 2, 3}}, mat.NewDense(3, 2, []float64{1e-3, 1, 2, 3, 4, 5}), viz.Scale{}),
	viz.Flow(viz.PathOf("path", 1, one)), viz.Page("page", viz.Heatmap("seen", hole, viz.Scale{Unit: "m"}), viz.Loss(one)),
	viz.Dependence("error", "rate", viz.Curve{"a", []float64{1e-3, 1e-2, 1}, [][]float64{{1, 2}, {0.1, 0.2}, {5, 9}}}),
	viz.SweepCompare(results, "Test", "Solver.Depth"), viz.SweepDifferences(results, "Test", nil, "Solver.Depth", 1),
	viz.SweepPhases(results, "Test", "Problem.Observed", "Solver.Depth", nil))
for _, name := range []string{HOSTILE} {
	named := *one
	named.Label = name
	nb.Show(viz.Loss(&named), viz.Heatmap(name, hole, viz.Scale{Unit: name}), viz.Compare(name, viz.Method{name, []float64{1, 2}}))
}
"""


@pytest.fixture(scope="module")
def saved():
    """The notebook after its run, as it is saved."""
    start = next(cell.source for cell in nbformat.read(run.notebooks()[0], as_version=4).cells if cell.cell_type == "code")
    names = ", ".join(json.dumps(name) for name in HOSTILE)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(start), nbformat.v4.new_code_cell(CELL.replace("HOSTILE", names))],
        metadata={"kernelspec": {"name": "gonb", "display_name": "Go", "language": "go"}})
    NotebookClient(notebook, timeout=900, kernel_name="gonb", resources={"metadata": {"path": str(run.HERE)}}).execute()
    return notebook


@pytest.fixture(scope="module")
def exported(saved, tmp_path_factory):
    """Its HTML export, without the libraries for formulas and diagrams that the template would ask the network for."""
    html, _ = HTMLExporter(template_name="classic").from_notebook_node(saved)
    html = re.sub(r'<script[^>]* src="https?://[^>]*>\s*</script>|<script type="module">.*?</script>', "", html, flags=re.DOTALL)
    page = tmp_path_factory.mktemp("export") / "charts.html"
    page.write_text(html)
    return page


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "no Chromium: run make test, which says how to get one"
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


def open_export(browser, exported, answer=None, **context):
    """The export in a page whose requests the answer serves, or nobody; it notes errors and what is said on the console."""
    page = browser.new_context(viewport={"width": 900, "height": 800}, **context).new_page()
    page.failures = []
    page.on("pageerror", lambda e: page.failures.append(str(e)))
    # Chromium itself says so of each request that fails.
    page.on("console", lambda m: m.type == "error" and "Failed to load resource" not in m.text and page.failures.append(m.text))
    page.route(re.compile("^https?:"), answer or (lambda route: route.abort()))
    page.goto(exported.as_uri())
    return page


def pictures(saved):
    """The stored pictures, as XML, in the order of the page."""
    html = "\n".join("".join(o.data.get("text/html", "")) for c in saved.cells for o in c.get("outputs", []) if "data" in o)
    return [xml.fromstring(base64.b64decode(data)) for data in re.findall(r'<img alt="[^"]+"[^>]* src="data:image/svg\+xml;base64,([^"]+)"', html)]


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
    page.screenshot(path=pictures_folder() / "export-pictures.png", full_page=True)
    page.context.close()


def test_pictures_stay_without_network(exported, browser, saved):
    asked = []

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    page = open_export(browser, exported, refuse)
    page.wait_for_function("!!window.penaltyEChartsAsked", timeout=HANG)
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


LIVE = """() => [...document.querySelectorAll('.penalty-chart > div')].map(box => {
    const chart = penaltyECharts.getInstanceByDom(box), option = chart.getOption(), canvas = box.querySelector('canvas');
    const seen = new Set();
    new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer).forEach(v => v && seen.add(v));
    return {
        colours: seen.size,
        title: option.title[0].text,
        toolbox: Object.keys(option.toolbox[0].feature),
        series: option.series.map(s => ({
            name: s.name, type: s.type, symbols: !!s.showSymbol, color: s.itemStyle && s.itemStyle.color, line: s.lineStyle && s.lineStyle.opacity !== 0,
            points: s.data.map(p => p.value || p).filter(v => v[v.length - 1] !== null).length,
        })),
    };
})"""


def cells(picture):
    """The number of cells of a heat map's bitmap that are drawn, None if there is no bitmap."""
    for image in picture.iter("{http://www.w3.org/2000/svg}image"):
        data = base64.b64decode(image.get("href").partition(",")[2])
        width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
        body, at = b"", 8
        while at < len(data):
            size, name = struct.unpack(">I4s", data[at:at + 8])
            body += data[at + 8:at + 8 + size] if name == b"IDAT" else b""
            at += 12 + size
        rows, bytes_a_cell = zlib.decompress(body), {2: 3, 6: 4}[kind]
        assert depth == 8
        if kind == 2:
            return width * height
        drawn, before = 0, bytearray(width * 4)
        for y in range(height):
            start = y * (width * 4 + 1)
            line = unfiltered(rows[start], rows[start + 1:start + 1 + width * 4], before)
            drawn += sum(1 for x in range(width) if line[4 * x + 3])
            before = line
        return drawn
    return None


def unfiltered(kind, line, before):
    """A row of a bitmap of four bytes a cell, from the form that PNG gives it (PNG specification, section 9)."""
    out = bytearray(line)
    for i in range(len(out)):
        a, b, c = (out[i - 4] if i >= 4 else 0), before[i], (before[i - 4] if i >= 4 else 0)
        p = a + b - c
        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out[i] = (out[i] + (0, a, b, (a + b) // 2, paeth)[kind]) % 256
    return out


def lines(picture):
    """How many lines of a picture have so many points, by the number of points; those of the legend left out."""
    found = collections.Counter()
    for path in picture.iter("{http://www.w3.org/2000/svg}path"):
        d = path.get("d")
        if path.get("fill") == "none" and path.get("stroke") and not path.get("transform") and not d.endswith("Z"):
            found[len(re.findall("[ML]", d))] += 1
    return found


def test_live_charts_show_what_the_pictures_show(exported, browser, saved):
    library = gzip.decompress((ROOT / "viz/internal/echarts/echarts.min.js.gz").read_bytes())

    def serve(route):
        assert "echarts@5.6.0" in route.request.url
        # The page checks the digest of what it is given.
        route.fulfill(body=library, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"})

    page = open_export(browser, exported, serve, color_scheme="dark")
    stored = pictures(saved)
    page.wait_for_function(f"document.querySelectorAll('.penalty-chart canvas').length === {len(stored)}", timeout=HANG)
    live = page.evaluate(LIVE)
    assert len(live) == len(stored)
    for chart, picture in zip(live, stored):
        assert chart["colours"] > 10, chart["title"]
        assert "saveAsImage" in chart["toolbox"]
        drawn = cells(picture)
        if drawn is not None:
            assert [drawn] == [s["points"] for s in chart["series"]], chart["title"]
            continue
        assert "dataZoom" in chart["toolbox"]
        found = lines(picture)
        for s in chart["series"]:
            if s["type"] == "custom" or not s["line"] or s["points"] > 200:  # bands, points, and the arrows of a field
                continue
            assert found[s["points"]] > 0, f"{chart['title']}: {s['name']} has {s['points']} points; the picture's lines have {dict(found)}"
            found[s["points"]] -= 1
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
    page.screenshot(path=pictures_folder() / "export-live.png", full_page=True)
    page.context.close()
