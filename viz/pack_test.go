package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// unpacked runs a chart's script and returns what the option is then, as a page would have it.
func unpacked(t *testing.T, c *Chart) map[string]any {
	t.Helper()
	option, expand, err := c.packed()
	if err != nil {
		t.Fatal(err)
	}
	v, err := goja.New().RunString(fmt.Sprintf(`var o = %s; (%s)(o); JSON.stringify(o)`, option, expand))
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(v.String()), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// chartData are the data of each series of an option. A point is a list, or an object whose value
// is one.
func chartData(option map[string]any) (all [][][]any) {
	for _, s := range option["series"].([]any) {
		points := [][]any{}
		for _, p := range s.(map[string]any)["data"].([]any) {
			if o, ok := p.(map[string]any); ok {
				p = o["value"]
			}
			points = append(points, p.([]any))
		}
		all = append(all, points)
	}
	return all
}

// What a page unpacks is what was packed: all points, gaps and bands.
func TestPackedIsUnpacked(t *testing.T) {
	seed := func(scale float64) *mc.Trace {
		trace := &mc.Trace{Label: "a", Every: 1}
		for k, loss := range []float64{1, math.NaN(), 0.25, math.Inf(1), 0.125} {
			test := 3 * loss * scale
			trace.Records = append(trace.Records, mc.Record{Step: k, Loss: scale * loss, Test: &test})
		}
		return trace
	}
	x := Levels{"x", []float64{1, 2, 3}}
	matrix := mat.NewDense(2, 3, []float64{1, math.NaN(), 1e-7, 4, 1e9, 0.5})
	for name, c := range map[string]*Chart{
		"lines": Loss(seed(1)),
		"bands": Loss(seed(1), seed(2), seed(4)),
		"one gap": SingularValues(&mc.Trace{Every: 1,
			Records: []mc.Record{{Step: 3, SingularValues: []float64{2, math.NaN()}}}}),
		"points":     Compare("error", Method{"a", []float64{1, 2, 3}}, Method{"b", []float64{4}}),
		"dependence": Dependence("error", "rate", Curve{"a", []float64{1, 2}, [][]float64{{1, 2}, {3, math.NaN()}}}),
		"heat map":   Heatmap("W", matrix, Scale{}),
		"logarithms": PhaseDiagram("P", x, Levels{"y", []float64{1, 2}}, matrix, Scale{}),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := c.JSON()
			if err != nil {
				t.Fatal(err)
			}
			var option map[string]any
			if err := json.Unmarshal(b, &option); err != nil {
				t.Fatal(err)
			}
			// six digits
			close := cmp.Comparer(func(a, b float64) bool {
				return math.Abs(a-b) <= 1e-5*math.Max(math.Abs(a),
					math.Abs(b))
			})
			want, got := chartData(option), chartData(unpacked(t, c))
			if diff := cmp.Diff(want, got, close); diff != "" {
				t.Errorf("points (-JSON +unpacked):\n%s", diff)
			}
			if len(want) == 0 || len(want[0]) == 0 {
				t.Error("nothing was packed")
			}
		})
	}
}

// A slider has the matrix of each step, scaled to its largest entry.
func TestPackedFrames(t *testing.T) {
	trace := &mc.Trace{Every: 1}
	for k, v := range []float64{2, -4} {
		trace.Records = append(trace.Records,
			mc.Record{Step: 10 * k, Split: &mc.GradientSplit{Matrix: mat.NewDense(2, 2, []float64{v, 1, 0, v / 2})}})
	}
	o := unpacked(t, GradientMatrix(trace))
	if steps := fmt.Sprint(o["timeline"].(map[string]any)["data"]); steps != "[0 10]" {
		t.Errorf("steps %s", steps)
	}
	var got []string
	for _, frame := range o["options"].([]any) {
		got = append(got, fmt.Sprint(chartData(frame.(map[string]any))))
	}
	want := []string{"[[[0 0 1] [1 0 0.5] [0 1 0] [1 1 0.5]]]", "[[[0 0 -1] [1 0 0.25] [0 1 0] [1 1 -0.5]]]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}

// Cells of a page are told apart where the scale of colours does, and its ends are those that were
// computed.
func TestCellsInANarrowRange(t *testing.T) {
	w := mat.NewDense(40, 40, nil)
	w.Apply(func(i, j int, _ float64) float64 { return 1000 + 0.0003*float64(40*i+j) }, w)
	c := Heatmap("W", w, Scale{})
	for _, o := range []map[string]any{unpacked(t, c), decoded(t, c)} {
		different := map[any]bool{}
		for _, cell := range chartData(o)[0] {
			different[cell[2]] = true
		}
		if len(different) != 1600 {
			t.Errorf("%d values are drawn for 1600 that differ", len(different))
		}
	}
	if svg := svgOf(t, c); !strings.Contains(svg, ">1000.48<") || !strings.Contains(c.Alt(), "from 1000 to 1000.48") {
		t.Errorf("the ends of the colours are not told apart, in words: %s", c.Alt())
	}
	x, y := Levels{"x", []float64{1, 2}}, Levels{"y", []float64{1}}
	for _, c := range []struct {
		chart  *Chart
		lo, hi float64
	}{
		{Heatmap("W", mat.NewDense(1, 2, []float64{-1e39, 3e39}), Scale{}), -1e39, 3e39},
		{Heatmap("W", mat.NewDense(1, 2, []float64{1e-50, 3e-50}), Scale{}), 1e-50, 3e-50},
		{Heatmap("W", mat.NewDense(1, 2, []float64{-5, 0}), Scale{}), -5, 0},
		{PhaseDiagram("P", x, y, mat.NewDense(1, 2, []float64{1e-3, 1}), Scale{}), -3, 0},
	} {
		ends := decoded(t, c.chart)["visualMap"].([]any)[0].(map[string]any)
		if ends["min"] != c.lo || ends["max"] != c.hi {
			t.Errorf("the colours go from %v to %v, want %v to %v", ends["min"], ends["max"], c.lo, c.hi)
		}
		svgOf(t, c.chart)
		if _, err := c.chart.HTML(); err != nil {
			t.Error(err)
		}
	}
	// What is changed by Option counts.
	c = Heatmap("W", mat.NewDense(1, 2, []float64{1, 2}), Scale{})
	c.Option().(*charts.HeatMap).VisualMapList[0].Max = 8
	if ends := decoded(t, c)["visualMap"].([]any)[0].(map[string]any); ends["min"] != 1.0 || ends["max"] != 8.0 {
		t.Errorf("the colours go from %v to %v, want 1 to 8", ends["min"], ends["max"])
	}
}

// decoded is the option of a chart.
func decoded(t *testing.T, c *Chart) (option map[string]any) {
	t.Helper()
	b, err := c.JSON()
	if err == nil {
		err = json.Unmarshal(b, &option)
	}
	if err != nil {
		t.Fatal(err)
	}
	return option
}

// One entry that is not a number leaves the others relative to the largest.
func TestFramesWithAGap(t *testing.T) {
	trace := &mc.Trace{Records: []mc.Record{
		{Step: 3, Split: &mc.GradientSplit{Matrix: mat.NewDense(2, 2, []float64{8, math.NaN(), 4, 0})}},
	}}
	if got := fmt.Sprint(chartData(unpacked(t, GradientMatrix(trace)))); got != "[[[0 0 1] [0 1 0.5] [1 1 0]]]" {
		t.Errorf("cells %s", got)
	}
}

// A frame that shows some of the directions says so.
func TestFramesOfManyDirections(t *testing.T) {
	m := mat.NewDense(70, 70, nil)
	m.Set(0, 0, 1)
	c := GradientMatrix(&mc.Trace{Records: []mc.Record{{Step: 3, Split: &mc.GradientSplit{Matrix: m}}}})
	if want := "the leading 63 of 70 directions"; !strings.Contains(c.Alt(), want) {
		t.Errorf("%q does not say %q", c.Alt(), want)
	}
}

// The steps next to those named are found in one pass for each.
func TestNearest(t *testing.T) {
	records := make([]mc.Record, 30_000)
	for k := range records {
		records[k].Step = 10 * k
	}
	begun := time.Now()
	var got []int
	for _, r := range nearest(records, []int{104, 96, -7, 299_999, 1e9, 105}) {
		got = append(got, r.Step)
	}
	if want := []int{0, 100, 299_990}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	// It takes 1 ms; a pass per record would take a minute.
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it takes %v", took)
	}
	if got := nearest(nil, []int{1}); len(got) != 0 {
		t.Errorf("of no records %v", got)
	}
}
