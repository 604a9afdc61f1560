package viz

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/dop251/goja"
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

// data of each series of an option: a point is a list, or an object whose value is one.
func data(option map[string]any) (all [][][]any) {
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
			want, got := data(option), data(unpacked(t, c))
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
		got = append(got, fmt.Sprint(data(frame.(map[string]any))))
	}
	want := []string{"[[[0 0 1] [1 0 0.5] [0 1 0] [1 1 0.5]]]", "[[[0 0 -1] [1 0 0.25] [0 1 0] [1 1 -0.5]]]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}
