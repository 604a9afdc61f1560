"""The notebook of the front ends' tests, which has every chart of viz, and what tells whether the live ones show what
the stored pictures show."""

import base64
import collections
import gzip
import json
import pathlib
import re
import struct
import xml.etree.ElementTree as xml
import zlib

import nbformat

# Names that a page must show as text.
HOSTILE = ["<script>window.ran=1</script>", '</script><img src=x onerror="window.ran=1">',
           "\"'`${window.ran=1}", "<b>" + "x" * 10_000]

CELL = """
import (
	"fmt"
	"os"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

%%
problem := nb.Must(mc.LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 70, Seed: 1}.Problem())
fit := func(label string, depth, seed int) *mc.Trace {
	t := &mc.Trace{PerDecade: 8, Split: true, Alignment: true, Label: label,
		Watch: mc.Quantities{mc.Sharpness{}, mc.Balance{}, mc.Layers{}, mc.UpdateCosines{}}}
	s := mc.DeepMF{Depth: depth, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 500, Seed: uint64(seed)}
	nb.Must(s.Solve(nb.Context(), problem, t))
	return t
}
one, two, three := fit("", 2, 1), fit("depth 3", 3, 1), fit("depth 3", 3, 2)
values := []viz.Method{{"a", []float64{1, 2, 3}}, {"b", []float64{2, 5, 4}}}
folder := nb.Must(os.MkdirTemp("", "pictures"))
defer os.RemoveAll(folder)
results := nb.Must(sweep.Local{Folder: folder}.Run(nb.Context(), sweep.Spec{
	Name: "pictures", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1}, Solver: mc.DeepMF{Steps: 20},
	Axes: []sweep.Axis{sweep.Over("Problem.Observed", 12, 20), sweep.Over("Solver.Depth", 1, 2), sweep.Seeds(2)},
}))
var many []viz.Curve
for _, name := range []string{"first", "second", "third of them", "fourth, longer", "fifth", "sixth", "seventh, true rank given", "eighth, true rank given too"} {
	many = append(many, viz.Curve{name, []float64{1, 2, 3}, [][]float64{{1}, {2}, {float64(len(many))}}})
}
hole := mat.DenseCopyOf(problem.Train.(*mc.Observations).Dense())
var cities []string
for k := range 12 {
	cities = append(cities, fmt.Sprint("a city of a long name, ", k))
}
labelled := nb.Must(problem.Train.(*mc.Observations).WithIndex(nb.Must(mc.NewIndex("city", cities)), nb.Must(mc.NewIndex("column", cities[:9]))))
nb.Show(
	viz.Loss(one), viz.Loss(two, three), viz.SingularValues(one), viz.EffectiveRank(one, two), viz.NormTrajectory(one),
	viz.Spectrum(viz.Matrix{"truth", problem.Truth}), viz.GradientSplit(one), viz.GradientMatrix(one, 10), viz.GradientMatrix(one),
	viz.UpdateAlignment(one), viz.PenaltyGradient([]float64{3, 1, 0.2}, mc.Ratio{}, mc.Nuclear{}),
	viz.PenaltyField(mc.Ratio{}, 2), viz.Compare("error", values...), viz.Differences("error", values...),
	viz.PhaseDiagram("phases", viz.Levels{"x", []float64{1, 2}}, viz.Levels{"y", []float64{1, 2, 3}}, mat.NewDense(3, 2, []float64{1.234e-3, 1, 2, 3, 4, 5}), viz.Scale{}),
	viz.Grid("grid", viz.Factor{"optimiser", []string{"GD", "Nesterov"}}, viz.Factor{"depth", []string{"1", "2", "3"}}, viz.Factor{"penalty", []string{"none", "ratio", "Schatten-½"}},
		viz.GridMeasure{"test error", [][][]float64{{{1, 2, 3}, {0.1, 0.2, 0.3}, {4, 5, 6}}, {{1e-3, 2, 3}, {4, 5, 6}, {7, 8, 9}}}},
		viz.GridMeasure{"effective rank", [][][]float64{{{1, 2, 3}, {1, 2, 3}, {4, 5, 6}}, {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}}}),
	viz.Flow(viz.PathOf("path", 1, one)), viz.Page("page", viz.Heatmap("seen", hole, viz.Scale{Unit: "m"}), viz.Loss(one)),
	viz.Dependence("error", "rate", viz.Curve{"a", []float64{1e-3, 1e-2, 1}, [][]float64{{1, 2}, {0.1, 0.2}, {5, 9}}}),
	viz.Dependence("success of the methods", "rate", many...), viz.SweepCompare(results, "Test", "Solver.Depth"), viz.SweepDifferences(results, "Test", viz.Transform{}, "Solver.Depth", 1),
	viz.SweepPhases(results, "Test", "Problem.Observed", "Solver.Depth", nil),
	viz.Law(viz.Rate{"σ₁", []float64{0, 1, 2}, []float64{1, 2, 1}, []float64{1.1, 1.9, 1}}), viz.Sharpness(one, two),
	viz.Heatmap("with names", hole, viz.Scale{Unit: "m"}).Labelled(labelled),
	viz.Balance(one, two), viz.Layers(two), viz.Watched("cosine of update and gradient", one))
for _, name := range []string{HOSTILE} {
	named := *one
	named.Label = name
	nb.Show(viz.Loss(&named), viz.Heatmap(name, hole, viz.Scale{Unit: name}), viz.Compare(name, viz.Method{name, []float64{1, 2}}))
}
"""


EVERY_CHART = CELL.replace("HOSTILE", ", ".join(json.dumps(name) for name in HOSTILE))

READY = """
import (
	"projectpenalty/mc"
	"projectpenalty/viz"
	"projectpenalty/viz/nb"
)

%%
nb.Table([]mc.Metrics{{}})
nb.Show(viz.Compare("ready", viz.Method{"a", []float64{1, 2}}))
"""

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

COMPARE = """
import (
	"time"

	"projectpenalty/mc"
	"projectpenalty/viz/nb"
)

%%
hill := nb.Must(mc.LowRank{Rows: 30, Cols: 30, Rank: 2, Observed: 400, Seed: 1}.Problem())
best := nb.Compare(hill.Train.(*mc.Observations), 6*time.Second).Best()
fmt.Println("chosen:", best != nil)
"""

# The cells of the notebook that the tests of front ends share, and their numbers.
CELLS = READY, EVERY_CHART, RUN, SLIDER, COMPARE, ""
FIRST, CHARTS, LIVE_RUN, SLIDER_CELL, COMPARISON, TYPED = range(len(CELLS))


def notebook(*cells):
    """A notebook of these cells of code."""
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "gonb", "display_name": "Go", "language": "go"}})


def pictures(saved):
    """The stored pictures, as XML, in the order of the page."""
    html = "\n".join("".join(o.data.get("text/html", "")) for c in saved.cells for o in c.get("outputs", [])
                     if "data" in o)
    return [xml.fromstring(base64.b64decode(data))
            for data in re.findall(r'<img alt="[^"]+"[^>]* src="data:image/svg\+xml;base64,([^"]+)"', html)]


# Where a page that lacks the library asks for it.
LIBRARY = re.compile("^https://.*/echarts@5.6.0/")


def serve_library(route):
    """Answer as the network would. The page checks the digest of what it is given."""
    library = pathlib.Path(__file__).resolve().parents[3] / "viz/internal/echarts/echarts.min.js.gz"
    route.fulfill(body=gzip.decompress(library.read_bytes()), content_type="text/javascript",
                  headers={"Access-Control-Allow-Origin": "*"})


LIVE = """() => [...document.querySelectorAll('.penalty-chart > div')].map(box => {
    const chart = penaltyECharts.getInstanceByDom(box), option = chart.getOption(), canvas = box.querySelector('canvas');
    const seen = new Set();
    new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer).forEach(v => v && seen.add(v));
    return {
        colours: seen.size,
        title: option.title[0].text,
        cells: [option.xAxis, option.yAxis].map(axes => axes && axes[0].data ? axes[0].data.length : 1),
        toolbox: Object.keys(option.toolbox[0].feature),
        series: option.series.map(s => ({
            name: s.name, type: s.type, symbols: !!s.showSymbol, color: s.itemStyle && s.itemStyle.color, line: s.lineStyle && s.lineStyle.opacity !== 0,
            points: s.data.map(p => p.value || p).filter(v => v[v.length - 1] !== null).length,
        })),
    };
})"""


# The texts that a live chart cuts off at its edges, and those that lie on one another or on the
# cells of a heat map.
UNREADABLE = """() => [...document.querySelectorAll('.penalty-chart > div')].flatMap(box => {
    const chart = penaltyECharts.getInstanceByDom(box), zr = chart.getZr(), option = chart.getOption(), title = option.title[0].text, texts = [], out = [];
    const hints = Object.values(option.toolbox[0].feature).flatMap(f => Object.values(f.title || {}).concat(f.title)); // shown by the mouse
    const cells = option.series[0].type === 'heatmap' && chart.getModel().getComponent('grid').coordinateSystem.getRect();
    if (cells) texts.push(['the cells', cells]);
    zr.storage.getDisplayList(true, true).forEach(e => {
        if (e.type !== 'tspan' || e.ignore || e.invisible || !e.style.text || hints.includes(e.style.text)) return;
        const r = e.getBoundingRect().clone(), t = e.getComputedTransform();
        if (t) r.applyTransform(t);
        if (r.x < -1 || r.y < -1 || r.x + r.width > zr.getWidth() + 1 || r.y + r.height > zr.getHeight() + 1) out.push(`${title}: ${e.style.text} is cut off`);
        texts.forEach(([text, s]) => {
            const wide = Math.min(r.x + r.width, s.x + s.width) - Math.max(r.x, s.x), high = Math.min(r.y + r.height, s.y + s.height) - Math.max(r.y, s.y);
            if (wide > 2 && high > 3) out.push(`${title}: ${e.style.text} lies on ${text}`);
        });
        texts.push([e.style.text, r]);
    });
    return out;
})"""


def cells(picture, columns, rows):
    """The number of cells of a heat map's bitmap that are drawn, None if there is no bitmap."""
    for image in picture.iter("{http://www.w3.org/2000/svg}image"):
        data = base64.b64decode(image.get("href").partition(",")[2])
        width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
        assert (depth, kind) == (8, 3), "a bitmap with a palette, whose first colour is transparent"
        assert width % columns == 0 and height % rows == 0
        body, at = b"", 8
        while at < len(data):
            size, name = struct.unpack(">I4s", data[at:at + 8])
            body += data[at + 8:at + 8 + size] if name == b"IDAT" else b""
            at += 12 + size
        pixels, drawn, before = zlib.decompress(body), 0, bytes(width)
        for y in range(height):
            start = y * (width + 1)
            before = unfiltered(pixels[start], pixels[start + 1:start + 1 + width], before)
            if y % (height // rows) == 0:
                drawn += sum(1 for x in range(0, width, width // columns) if before[x])
        return drawn
    return None


def unfiltered(kind, line, before):
    """A row of a bitmap of one byte a pixel, from the form that PNG gives it (PNG specification, section 9)."""
    out = bytearray(line)
    for i in range(len(out)):
        a, b, c = (out[i - 1] if i else 0), before[i], (before[i - 1] if i else 0)
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


def same(live, stored):
    """Live charts, as LIVE gives them, are drawn, and have as many series and points as the stored pictures."""
    assert len(live) == len(stored)
    for chart, picture in zip(live, stored):
        assert chart["colours"] > 10, chart["title"]
        assert "saveAsImage" in chart["toolbox"]
        drawn = cells(picture, *chart["cells"])
        if drawn is not None:
            assert [drawn] == [s["points"] for s in chart["series"]], chart["title"]
            continue
        assert "dataZoom" in chart["toolbox"]
        found = lines(picture)
        for s in chart["series"]:
            if s["type"] == "custom" or not s["line"] or s["points"] > 200:  # bands, points, and the arrows of a field
                continue
            assert found[s["points"]] > 0, \
                f"{chart['title']}: {s['name']} has {s['points']} points; the picture's lines have {dict(found)}"
            found[s["points"]] -= 1
