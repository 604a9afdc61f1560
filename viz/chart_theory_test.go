package viz

import (
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// lines of a chart's numbers.
func csvOf(t *testing.T, c *Chart) string {
	t.Helper()
	text, err := c.CSV()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestLaw(t *testing.T) {
	c := Law(Rate{"σ₁", []float64{0, 1, 2}, []float64{1, 2, math.NaN()}, []float64{1.5, 4, 1}},
		Rate{"σ₂", []float64{0, 1, 2}, []float64{0, -1, 0}, []float64{0, -1, 0}})
	want := "series,time,dσ/dt\nσ₁: measured,0,1.5\nσ₁: measured,1,4\nσ₁: measured,2,1\n" +
		"σ₂: measured,0,0\nσ₂: measured,1,-1\nσ₂: measured,2,0\n" +
		"σ₁: predicted,0,1\nσ₁: predicted,1,2\nσ₁: predicted,2,NaN\n"
	if got := csvOf(t, c); !strings.HasPrefix(got, want) {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
	b, err := c.JSON()
	if err != nil || !strings.Contains(string(b), "largest deviation 50 % of the largest measured rate · 1 "+
		"value is not finite") {
		t.Errorf("a deviation of 2 of 4 is not 50 %%, %v: %s", err, b)
	}
}

// watching is a trace with readings of a name at steps 1, 2 and 9.
func watching(label, name string, values ...[]float64) *mc.Trace {
	t := &mc.Trace{Label: label, Every: 1, Run: mc.Run{Rows: 3, Cols: 2, Measurements: 4}}
	for k, v := range values {
		t.Records = append(t.Records, mc.Record{Step: []int{1, 2, 9}[k], Watched: []mc.Reading{{Name: name,
			Values: v}}})
	}
	return t
}

func TestSharpness(t *testing.T) {
	edged := func(label string, edge float64, values ...[]float64) *mc.Trace {
		trace := watching(label, "sharpness", values...)
		for k := range trace.Records {
			r := &trace.Records[k]
			r.Watched = append(r.Watched, mc.Reading{Name: "edge of stability", Values: []float64{edge}})
		}
		return trace
	}
	a := edged("a", 20, []float64{3}, []float64{25}, []float64{20})
	const head = "series,step,largest eigenvalue of the Hessian\n"
	if got, want := csvOf(t, Sharpness(a)), head+"sharpness,1,3\nsharpness,2,25\nsharpness,9,20\n"+
		"edge of stability,1,20\nedge of stability,2,20\nedge of stability,9,20\n"; got != want {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
	same, other := edged("b", 20, []float64{1}), edged("c", 5, []float64{1})
	if got := csvOf(t, Sharpness(a, same)); strings.Count(got, "edge of stability,1,20") != 1 {
		t.Errorf("two runs with one edge have\n%s", got)
	}
	if got := csvOf(t, Sharpness(a, other)); !strings.Contains(got, "a: edge of stability,1,20") ||
		!strings.Contains(got, "c: edge of stability,1,5") {
		t.Errorf("two runs with two edges have\n%s", got)
	}
	falling := edged("falling", 20, []float64{3}, []float64{25})
	falling.Records[1].Watched[1].Values[0] = 40
	if got := csvOf(t, Sharpness(falling, same)); !strings.Contains(got, "falling: edge of stability,2,40") ||
		!strings.Contains(got, "b: edge of stability,1,20") {
		t.Errorf("beside an edge that moves, a run has\n%s", got)
	}
	seed := edged("a", 5, []float64{3}, []float64{25}, []float64{20})
	if got := csvOf(t, Sharpness(a, seed)); !strings.Contains(got, "edge of stability,1,12.5\n") ||
		!strings.Contains(got, "edge of stability, lower quartile\",1,8.75\n") {
		t.Errorf("two seeds with two edges have\n%s", got)
	}
	if got := csvOf(t, Sharpness(a, edged("a", 20, []float64{1}))); strings.Count(got, "edge of stability,1,20") != 1 ||
		strings.Contains(got, "edge of stability, lower") {
		t.Errorf("two seeds with one edge have\n%s", got)
	}
	if got := csvOf(t, Sharpness(watching("", "sharpness", []float64{3}))); strings.Contains(got, "edge") {
		t.Errorf("without an edge there is one:\n%s", got)
	}
	divided := watching("", "preconditioned sharpness", []float64{7}, []float64{8})
	if got := csvOf(t, Sharpness(divided)); !strings.Contains(got, "preconditioned sharpness,1,7") {
		t.Errorf("with a preconditioner\n%s", got)
	}
}

func TestLayersAndBalance(t *testing.T) {
	two := watching("", "singular values of layer 1", []float64{4, 3, 2, 1}, []float64{8, 7})
	two.Records[0].Watched = append(two.Records[0].Watched, mc.Reading{Name: "singular values of layer 2",
		Values: []float64{6}})
	want := "series,step,singular value σᵢ of a layer\nlayer 1: σ1,1,4\nlayer 1: σ1,2,8\nlayer 1: " +
		"σ2,1,3\nlayer 1: σ2,2,7\n" +
		"layer 1: σ3,1,2\nlayer 2: σ1,1,6\n"
	if got := csvOf(t, Layers(two)); got != want {
		t.Errorf("layers\n%s\nwant\n%s", got, want)
	}
	for values, want := range map[[2]float64]string{{1, 100}: "log", {1, 5}: "value", {0, 100}: "value"} {
		b, err := Balance(watching("", "imbalance", values[:1], values[1:])).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(b), `"type":"log"`); got != (want == "log") {
			t.Errorf("imbalance of %v: a logarithmic axis is %t", values, got)
		}
	}
}

func TestWatched(t *testing.T) {
	want := "series,step,my quantity\nvalue 1,1,4\nvalue 1,2,8\nvalue 2,1,3\nvalue 2,2,7\n"
	if got := csvOf(t, Watched("my quantity", watching("", "my quantity", []float64{4, 3}, []float64{8,
		7}))); got != want {
		t.Errorf("numbers\n%s\nwant\n%s", got, want)
	}
}

func TestErrorsOfTheory(t *testing.T) {
	for want, c := range map[string]*Chart{
		"viz: Law: no rate was given": Law(),
		`viz: Law: "a" has 1 times, 2 predicted and 1 measured rates`: Law(Rate{"a", []float64{1},
			[]float64{1, 2}, []float64{1}}),
		"viz: no trace was given": Sharpness(),
		"viz: the trace is empty": Balance(&mc.Trace{}),
		`viz: no record of the runs has the reading "sharpness"; they have ["imbalance"]: name its`: Sharpness(
			watching("", "imbalance", []float64{1})),
		`viz: no record of the runs has the reading "singular values of layer 1"; they have [`: Layers(watching("",
			"", nil)),
		`viz: no record of the runs has the reading "mine"`: Watched("mine", watching("", "", nil)),
		"viz: Imbalance of the layers: none of its values is finite": Balance(watching("", "imbalance",
			[]float64{math.NaN()})),
	} {
		if c.Err() == nil || !strings.HasPrefix(c.Err().Error(), want) {
			t.Errorf("error is %v, want %q", c.Err(), want)
		}
	}
}
