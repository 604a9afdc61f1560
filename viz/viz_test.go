package viz_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-echarts/go-echarts/v2/charts"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

func trained(t testing.TB, trace *mc.Trace) *mc.Trace {
	p, err := mc.LowRank{Rows: 12, Cols: 9, Rank: 2, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (mc.DeepMF{Depth: 2, Steps: 300, Seed: 1}).Solve(context.Background(), p, trace); err != nil {
		t.Fatal(err)
	}
	return trace
}

// option is what ECharts is given.
type option struct {
	Title  struct{ Text, Subtext string }
	XAxis  []struct{ Name, Type string }
	YAxis  []struct{ Name, Type string }
	Series []struct {
		Name, Type string
		Data       []struct{ Value []*float64 }
	}
}

func decode(t *testing.T, c *viz.Chart) option {
	t.Helper()
	b, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var o option
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// wellFormed fails unless the picture is XML with marks in it.
func wellFormed(t *testing.T, f viz.Figure) {
	t.Helper()
	svg, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	if !drawn(t, svg) {
		t.Error("nothing is drawn")
	}
}

// drawn reports whether there are marks in a picture, which must be XML.
func drawn(t *testing.T, svg string) bool {
	t.Helper()
	marks := 0
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture is not XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "path" || e.Name.Local == "image") {
			marks++
		}
	}
	return marks > 0
}

// Each chart of a trace has the lines that it promises, with as many points as the trace has
// records.
func TestChartsOfATrace(t *testing.T) {
	linear, logarithmic := trained(t, &mc.Trace{Every: 10}), trained(t, &mc.Trace{Label: "deep"})
	for _, c := range []struct {
		name         string
		chart        *viz.Chart
		trace        *mc.Trace
		series       []string
		xType, yType string
	}{
		{"loss", viz.Loss(linear), linear, []string{"training loss", "test error"}, "value", "log"},
		{"loss of two", viz.Loss(linear, logarithmic), linear,
			[]string{"run 1: training loss", "run 1: test error", "deep: training loss", "deep: test error"},
			"value", "log"},
		{"singular values", viz.SingularValues(linear), linear,
			[]string{"σ1", "σ2", "σ3", "σ4", "σ5", "σ6", "σ7, the largest of the rest", "ground truth",
				"ground truth"}, "value", "value"},
		{"two singular values", viz.SingularValues(linear, 2), linear,
			[]string{"σ1", "σ2", "σ3, the largest of the rest", "ground truth", "ground truth"}, "value", "value"},
		{"all singular values", viz.SingularValues(linear, 20), linear,
			[]string{"σ1", "σ2", "σ3", "σ4", "σ5", "σ6", "σ7", "σ8", "σ9", "ground truth", "ground truth"},
			"value", "value"},
		{"effective rank", viz.EffectiveRank(logarithmic), logarithmic, []string{"iterate", "ground truth"},
			"log", "value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := decode(t, c.chart)
			var names []string
			for _, s := range o.Series {
				names = append(names, s.Name)
			}
			if fmt.Sprint(names) != fmt.Sprint(c.series) {
				t.Errorf("lines %q, want %q", names, c.series)
			}
			want := len(c.trace.Records)
			if c.xType == "log" {
				want-- // step 0 has no place there
			}
			if got := len(o.Series[0].Data); got != want {
				t.Errorf("%d points, want %d", got, want)
			}
			last, _ := c.trace.Last()
			if end := o.Series[0].Data[len(o.Series[0].Data)-1].Value; *end[0] != float64(last.Step) {
				t.Errorf("the first line ends at step %v, want %d", *end[0], last.Step)
			}
			if o.XAxis[0].Type != c.xType || o.YAxis[0].Type != c.yType || o.XAxis[0].Name == "" ||
				o.YAxis[0].Name == "" || o.Title.Text == "" {
				t.Errorf("axes %+v, %+v, title %+v: want types %s, %s and names",
					o.XAxis, o.YAxis, o.Title, c.xType, c.yType)
			}
			if len(c.series) != 4 && !strings.Contains(o.Title.Subtext, c.trace.Run.ID()) {
				t.Errorf("the subtitle %q does not say which run it is", o.Title.Subtext)
			}
			wellFormed(t, c.chart)
		})
	}
}

func TestValuesOfACurve(t *testing.T) {
	trace := trained(t, &mc.Trace{Every: 100})
	o := decode(t, viz.Loss(trace))
	for k, r := range trace.Records {
		for line, want := range []float64{r.Loss, *r.Test} {
			// Charts carry six digits: measured 3.2e-6.
			if got := *o.Series[line].Data[k].Value[1]; math.Abs(got-want) > 1e-5*want {
				t.Errorf("record %d, line %d: %v, want %v", k, line, got, want)
			}
		}
	}
}

// What is not finite, or not positive on a logarithmic axis, becomes a gap, and the chart says how
// many there are.
func TestGapsAreNoted(t *testing.T) {
	trace := &mc.Trace{Every: 1}
	for k, loss := range []float64{1, math.NaN(), math.Inf(1), 0.5, 0} {
		trace.Records = append(trace.Records, mc.Record{Step: k, Loss: loss})
	}
	c := viz.Loss(trace)
	o := decode(t, c)
	null := 0
	for _, p := range o.Series[0].Data {
		if p.Value[1] == nil {
			null++
		}
	}
	if null != 3 || len(o.Series[0].Data) != 5 {
		t.Errorf("%d gaps in %d points, want 3 in 5", null, len(o.Series[0].Data))
	}
	for _, note := range []string{"2 values are not finite", "1 value is not positive"} {
		if !strings.Contains(o.Title.Subtext, note) || !strings.Contains(c.Alt(), note) {
			t.Errorf("subtitle %q or alt text %q does not say %q", o.Title.Subtext, c.Alt(), note)
		}
	}
	wellFormed(t, c)
}

func TestNothingToDraw(t *testing.T) {
	small := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	nan := mat.NewDense(1, 2, []float64{math.NaN(), math.NaN()})
	var none *mat.Dense // such as the ground truth of a problem that has none
	for _, c := range []struct {
		name   string
		figure viz.Figure
		want   string
	}{
		{"empty trace", viz.Loss(&mc.Trace{}), "pass it to Solve"},
		{"no trace", viz.Loss(), "no trace"},
		{"second trace empty", viz.EffectiveRank(trained(t, &mc.Trace{}), &mc.Trace{}), "trace 2 of 2"},
		{"nil trace", viz.SingularValues(nil), "pass it to Solve"},
		{"no singular value", viz.SingularValues(trained(t, &mc.Trace{}), 0), "top is 0; it must be at least 1"},
		{"two tops", viz.SingularValues(trained(t, &mc.Trace{}), 1, 2), "it must be one number"},
		{"never finite", viz.SingularValues(&mc.Trace{Records: []mc.Record{{}}}), "never finite"},
		{"nil matrix", viz.Heatmap("x", nil, viz.Scale{}), "nil"},
		{"nil *mat.Dense", viz.Heatmap("x", none, viz.Shared("", none)), "nil"},
		{"nil values", viz.PhaseDiagram("x", viz.Levels{}, viz.Levels{}, none, viz.Scale{}), "nil"},
		{"spectrum of nil", viz.Spectrum(viz.Matrix{Name: "W", W: none}), `"W" is nil`},
		{"names of settings", viz.PhaseDiagram("x", viz.Levels{Values: []float64{1, 2}}, viz.Levels{Values: []float64{1, 2}},
			small, viz.Scale{}).Labelled(&mc.Observations{}), "not a heat map of a matrix"},
		{"no finite entry", viz.Heatmap("x", nan, viz.Scale{}), "no entry"},
		{"scale upside down", viz.Heatmap("x", small, viz.Scale{Min: 2, Max: 1}), "Min at most Max"},
		{"too many cells", viz.Heatmap("x", mat.NewDense(1001, 1000, nil), viz.Scale{}), "million"},
		{"empty page", viz.Page("x"), "no figures"},
		{"page with a failure", viz.Page("x", viz.Loss()), "no trace"},
	} {
		if err := c.figure.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.name, err, c.want)
		}
		if _, err := c.figure.HTML(); err == nil {
			t.Errorf("%s: HTML without an error", c.name)
		}
		if _, err := c.figure.SVG(); err == nil {
			t.Errorf("%s: SVG without an error", c.name)
		}
	}
}

// Names from outside are text: nothing of them is markup, in the page or in the option.
func TestOutsideTextIsText(t *testing.T) {
	for _, name := range []string{`<script>alert(1)</script>`, `</script><img src=x onerror=alert(1)>`,
		`"'` + "`", "\u2028\x00", strings.Repeat("x", 10_000)} {
		trace := trained(t, &mc.Trace{Every: 50, Label: name})
		for _, f := range []viz.Figure{
			viz.Loss(trace), viz.EffectiveRank(trace),
			viz.Heatmap(name, mat.NewDense(2, 2, []float64{1, 2, 3, 4}), viz.Scale{Unit: name}),
			viz.Page(name, viz.Loss(trace)),
		} {
			html, err := f.HTML()
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(html, "<script"); n != strings.Count(html, "</script>") || n != 1 {
				t.Errorf("%.30q: %d scripts begin, %d end; want one", name, n, strings.Count(html, "</script>"))
			}
			if strings.Contains(html, "onerror=alert(1)>") || strings.Contains(html, strings.Repeat("x", 1000)) {
				t.Errorf("%.30q: stands in the page", name)
			}
			wellFormed(t, f)
		}
	}
}

func TestHeatmap(t *testing.T) {
	w := mat.NewDense(2, 3, []float64{1, math.NaN(), 3, 4, 5, math.Inf(1)})
	c := viz.Heatmap("Observed", w, viz.Scale{Unit: "m"})
	o := decode(t, c)
	if n := len(o.Series[0].Data); n != 4 {
		t.Errorf("%d cells are drawn, want the 4 finite ones", n)
	}
	for _, p := range o.Series[0].Data {
		if col, row, v := int(*p.Value[0]), int(*p.Value[1]), *p.Value[2]; w.At(row, col) != v {
			t.Errorf("cell (%d, %d) is %v, want %v", row, col, v, w.At(row, col))
		}
	}
	if !strings.Contains(o.Title.Subtext, "1 entry is unknown, 1 entry is infinite: blank") ||
		!strings.Contains(c.Alt(), "from 1 to 5 m") {
		t.Errorf("subtitle %q, alt text %q", o.Title.Subtext, c.Alt())
	}
	wellFormed(t, c)
	wellFormed(t, viz.Heatmap("Constant", mat.NewDense(2, 2, []float64{7, 7, 7, 7}), viz.Scale{}))
	if s := viz.Shared("m", w, mat.NewDense(1, 1, []float64{-2})); s.Min != -2 || s.Max != 5 {
		t.Errorf("shared scale %+v, want -2 to 5", s)
	}
}

// Names of rows and columns are on the axes, cut to their room, and in full in tooltips and CSV.
func TestLabelled(t *testing.T) {
	long := "Rivendell of the west, by the river"
	labels := []string{long}
	for k := range 39 {
		labels = append(labels, fmt.Sprintf("city %d", k))
	}
	rows, err := mc.NewIndex("city", labels)
	if err != nil {
		t.Fatal(err)
	}
	o, err := mc.NewObservations(40, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}, {Row: 39, Col: 1, Value: 2}})
	if err == nil {
		o, err = o.WithIndex(rows, mc.CountingIndex("week", 1, 2))
	}
	if err != nil {
		t.Fatal(err)
	}
	c := viz.Heatmap("W", o.Dense(), viz.Scale{}).Labelled(o)
	option, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		XAxis, YAxis []struct {
			Name      string
			Data      []string
			AxisLabel struct{ Interval string }
		}
	}
	if err := json.Unmarshal(option, &got); err != nil {
		t.Fatal(err)
	}
	x, y := got.XAxis[0], got.YAxis[0]
	if x.Name != "week" || y.Name != "city" || !slices.Equal(x.Data, []string{"1", "2"}) ||
		!slices.Equal(y.Data, labels) || y.AxisLabel.Interval != "1" {
		t.Errorf("the axes are %+v and %+v", x, y)
	}
	if table, err := c.CSV(); err != nil || !strings.Contains(table, `"`+long+`",1,1`) ||
		!strings.Contains(table, "city 38,2,2") {
		t.Errorf("CSV %q, error %v", table, err)
	}
	svg, err := c.SVG()
	if err != nil || !strings.Contains(svg, ">Rivendell of the west…<") || !strings.Contains(svg, ">city 1<") ||
		strings.Contains(svg, ">city 0<") {
		t.Errorf("error %v, picture %s", err, svg)
	}
	wellFormed(t, c)
	again := c.Titled("V")
	if table, err := again.CSV(); err != nil || again.Title() != "V" || !strings.Contains(table, "city 38") {
		t.Errorf("under the title %q, error %v, the names are lost: %s", again.Title(), err, table)
	}
	for want, c := range map[string]*viz.Chart{
		"is not a heat map of a matrix": viz.Compare("error",
			viz.Method{Name: "a", Values: []float64{1}}).Labelled(o),
		"is 1×1, the observations are 40×2":    viz.Heatmap("W", mat.NewDense(1, 1, nil), viz.Scale{}).Labelled(o),
		"the observations are nil":             viz.Heatmap("W", mat.NewDense(1, 1, nil), viz.Scale{}).Labelled(nil),
		`viz: Heatmap("W"): the matrix is nil`: viz.Heatmap("W", nil, viz.Scale{}).Labelled(o),
	} {
		if err := c.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that says %q", err, want)
		}
	}
}

// One scale for two diagrams is one, also where the values of one of them end before it does. Of
// what is not given the values decide.
func TestPhaseDiagramScale(t *testing.T) {
	x, y := viz.Levels{Name: "x", Values: []float64{1, 2}}, viz.Levels{Name: "y", Values: []float64{1}}
	for _, c := range []struct {
		values    []float64
		scale     viz.Scale
		low, high float64 // log₁₀ of the ends of the colours
	}{
		{[]float64{1e-9, 5}, viz.Scale{Min: 1e-7, Max: 10}, -7, 1},
		{[]float64{1e-3, 5}, viz.Scale{Min: 1e-7, Max: 10}, -7, 1},
		{[]float64{1e-3, 5}, viz.Scale{Max: 10}, -3, 1},
		{[]float64{1e-3, 5}, viz.Scale{Max: 1e-4}, -5, -4}, // all values are above it
	} {
		option, err := viz.PhaseDiagram("error", x, y, mat.NewDense(1, 2, c.values), c.scale).JSON()
		if err != nil {
			t.Fatal(err)
		}
		var o struct {
			VisualMap []struct{ Min, Max float64 } `json:"visualMap"`
		}
		if err := json.Unmarshal(option, &o); err != nil {
			t.Fatal(err)
		}
		// Rounding of logarithms: measured 0.
		if len(o.VisualMap) != 1 || math.Abs(o.VisualMap[0].Min-c.low) > 1e-9 ||
			math.Abs(o.VisualMap[0].Max-c.high) > 1e-9 {
			t.Errorf("values %v on %+v: the colours go over %+v, want 10^%v to 10^%v",
				c.values, c.scale, o.VisualMap, c.low, c.high)
		}
	}
}

func TestWriteFile(t *testing.T) {
	folder := t.TempDir()
	c := viz.Loss(trained(t, &mc.Trace{Every: 100}))
	for name, want := range map[string]string{"a.html": "<!doctype html>", "a.svg": "<svg", "a.json": "{",
		"a.csv": "series,step,mean squared error\n"} {
		path := filepath.Join(folder, name)
		if err := c.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(b), want) {
			t.Errorf("%s begins with %.40q, want %q", name, b, want)
		}
	}
	for _, name := range []string{"a.gif", "a"} {
		err := c.WriteFile(filepath.Join(folder, name))
		if err == nil || !strings.HasSuffix(err.Error(), ".json or .csv") {
			t.Errorf("%s: error %v does not say which endings there are", name, err)
		}
	}
	page := filepath.Join(folder, "page.csv") // which a chart alone can be
	if err := viz.Page("Two", c, c).WriteFile(page); err == nil || !strings.HasSuffix(err.Error(), ", .pdf or .png") {
		t.Errorf("a page of numbers: %v", err)
	}
	// An older file is not written in place: who reads it has it whole.
	opened, svg := filepath.Join(folder, "opened.svg"), filepath.Join(folder, "a.svg")
	if err := os.WriteFile(svg, []byte("older"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(svg, opened); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteFile(svg); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(opened); err != nil || string(b) != "older" {
		t.Errorf("the older file became %.40q, error %v", b, err)
	}
	if err := c.WriteFile(filepath.Join(folder, "none", "a.svg")); err == nil {
		t.Error("a folder that is not there: no error")
	}
}

func TestTypicalSize(t *testing.T) {
	for name, c := range map[string]*viz.Chart{
		"loss": viz.Loss(trained(t, &mc.Trace{})), "heat map": viz.Heatmap("x", mat.NewDense(60, 80, nil), viz.Scale{}),
	} {
		html, err := c.HTML()
		if err != nil {
			t.Fatal(err)
		}
		if len(html) > 40_000 {
			t.Errorf("%s: %d bytes are stored, want at most 40,000", name, len(html))
		}
	}
}

func ExampleLoss() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 1, Observed: 150, Seed: 1}.Problem()
	if err != nil {
		fmt.Println(err)
		return
	}
	trace := &mc.Trace{Every: 100}
	if _, err := (mc.DeepMF{Depth: 3, Steps: 3000, Seed: 1}).Solve(context.Background(), problem, trace); err != nil {
		fmt.Println(err)
		return
	}
	for _, chart := range []*viz.Chart{viz.Loss(trace), viz.SingularValues(trace), viz.EffectiveRank(trace)} {
		line := chart.Option().(*charts.Line) // to be changed at will
		fmt.Printf("%s: %d lines\n", chart.Title(), len(line.MultiSeries))
	}
	// Output:
	// Loss: 2 lines
	// Singular values: 8 lines
	// Effective rank: 2 lines
}

func ExampleHeatmap() {
	truth := mat.NewDense(2, 3, []float64{1, 2, 3, 2, 4, 6})
	estimate := mat.NewDense(2, 3, []float64{1, 2, 3, 2, 4, 5})
	scale := viz.Shared("m", truth, estimate)
	page := viz.Page("A small matrix", viz.Heatmap("Truth", truth, scale), viz.Heatmap("Estimate", estimate, scale))
	if err := page.WriteFile(filepath.Join(os.TempDir(), "matrix.html")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(viz.Heatmap("Truth", truth, scale).Alt())
	// Output:
	// Truth: heat map of a matrix, 2×3, values from 1 to 6 m.
}

// A line chart of 5,000 points: the live part alone, and with its picture.
func BenchmarkChart(b *testing.B) {
	trace := &mc.Trace{Every: 1}
	for k := range 2500 {
		test := 2 * math.Exp(-float64(k)/500)
		trace.Records = append(trace.Records, mc.Record{Step: k, Loss: test / 2, Test: &test})
	}
	b.Run("option", func(b *testing.B) {
		for b.Loop() {
			if _, err := viz.Loss(trace).JSON(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("HTML with picture", func(b *testing.B) {
		for b.Loop() {
			if _, err := viz.Loss(trace).HTML(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A second of a fast run adds few points to the growing chart, the highest and the lowest among
// them.
func TestLivePoints(t *testing.T) {
	records := make([]mc.Record, 50_000)
	for k := range records {
		records[k] = mc.Record{Step: k, Loss: 0.5}
		if k%1000 == 7 {
			records[k].Test = &[]float64{0.25}[0]
		}
	}
	records[31_415].Loss, records[27_182].Loss = 77, math.NaN()
	script := viz.LivePoints("a", records)
	if n := strings.Count(script, "["); n > 2*200+50+10 {
		t.Errorf("%d brackets", n)
	}
	for _, want := range []string{"[31415,77]", "[7,0.25]", "[49007,0.25]", "null]"} {
		if !strings.Contains(script, want) {
			t.Errorf("no %s in %.200s …", want, script)
		}
	}
}

// A Grid names what is wrong with its levels and values.
func TestGridRefuses(t *testing.T) {
	two := viz.Factor{Name: "depth", Levels: []string{"1", "2"}}
	of := func(values ...float64) viz.GridMeasure {
		return viz.GridMeasure{Name: "error", Values: [][][]float64{{values}}}
	}
	one := viz.Factor{Name: "optimiser", Levels: []string{"GD"}}
	for _, c := range []struct {
		chart *viz.Chart
		want  string
	}{
		{viz.Grid("t", viz.Factor{Name: "optimiser"}, one, two, of(1, 2), of(1, 2)), `"optimiser" has no levels`},
		{viz.Grid("t", one, one, two, of(1), of(1, 2)), `the values of "error" must be 1 of 1 of 2 numbers`},
		{viz.Grid("t", one, one, two, of(1, 2), of(1, 2, 3)), `the values of "error" must be 1 of 1 of 2 numbers`},
		{viz.Grid("t", one, one, two, of(1, 0), of(1, 2)), `"error" is 0; it must be positive`},
		{viz.Grid("t", one, one, two, of(1, 2), of(math.NaN(), math.Inf(1))), `no value of "error" is finite`},
	} {
		if err := c.chart.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	c := viz.Grid("t", one, one, two, of(1, math.NaN()), of(1, 2))
	if want := "1 setting has one value of two: a half is blank"; !strings.Contains(must(c.JSON()), want) {
		t.Errorf("no word of %q", want)
	}
	c = viz.Grid("t", one, one, two, of(1, math.NaN()), of(1, math.Inf(1)))
	if want := "1 setting has no value: blank"; c.Err() != nil || !strings.Contains(must(c.JSON()), want) {
		t.Errorf("%v, or no word of %q", c.Err(), want)
	}
	if table, err := c.CSV(); err != nil || !strings.Contains(table, "2: error,+Inf\n") {
		t.Errorf("the infinite value is not in the .csv, %v:\n%s", err, table)
	}
	if alt := c.Titled("Another").Alt(); !strings.HasPrefix(alt, "Another: ") {
		t.Errorf("under another title it is said to be %q", alt)
	}
}

func must(b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Rows that are not methods have a name of their own on the axis and in the title.
func TestRows(t *testing.T) {
	compared := viz.Compare("R", viz.Method{Name: "ground truth", Values: []float64{1, 2}})
	c := compared.Rows("matrix")
	words := c.Alt()
	if c.Title() != "R by matrix" || !strings.Contains(words, "matrix over R") || strings.Contains(words, "method") {
		t.Errorf("title %q, in words %q", c.Title(), words)
	}
	if again := compared.Titled("Two ends").Rows("matrix"); again.Title() != "Two ends" {
		t.Errorf("a title of one's own becomes %q", again.Title())
	}
	wellFormed(t, c)
	c = viz.Heatmap("W", mat.NewDense(1, 1, nil), viz.Scale{}).Rows("matrix")
	if err := c.Err(); err == nil || !strings.Contains(err.Error(), `Rows: "W" does not compare methods`) {
		t.Errorf("error %v", err)
	}
}

// A run that failed counts as larger than any number, as in the table of a sweep: a method that
// fails on most seeds does not get the median of those on which it did not.
func TestFailuresCountInCompare(t *testing.T) {
	inf := math.Inf(1)
	c := viz.Compare("error", viz.Method{Name: "fails", Values: []float64{0.1, 0.2, inf, inf, inf, inf}},
		viz.Method{Name: "works", Values: []float64{1, 2, 3, 4, 5, 6}},
		viz.Method{Name: "never", Values: []float64{inf}})
	for _, want := range []string{
		"fails: median +Inf, interval from 0.1 to +Inf", "works: median 3.5", "never: median +Inf",
		"5 values are infinite: beyond the edge",
	} {
		if !strings.Contains(c.Alt(), want) {
			t.Errorf("alt text %q does not say %q", c.Alt(), want)
		}
	}
	for _, s := range decode(t, c).Series {
		for _, p := range s.Data {
			if x := p.Value[0]; x != nil && (*x < 0.1/1.5 || *x > 6*1.5) {
				t.Errorf("%s is drawn at %v", s.Name, *x)
			}
		}
	}
	wellFormed(t, c)
}

// The ground truth of runs is one line where they share it, and else one for each that differs.
func TestGroundTruthsOfEffectiveRank(t *testing.T) {
	of := func(label string, truth ...float64) *mc.Trace {
		trace := history(label, 1)
		trace.TruthSingularValues = truth
		return trace
	}
	marks := func(c *viz.Chart) (lines []string) {
		text, err := c.CSV()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "ground truth") {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
		return lines
	}
	for name, c := range map[string]struct {
		traces []*mc.Trace
		want   []string
	}{
		"one": {[]*mc.Trace{of("a", 1, 1), of("b", 1, 1)}, []string{"ground truth,,2"}},
		"two": {[]*mc.Trace{of("a", 1, 1), of("b", 1), of("", 1)},
			[]string{"ground truth: a,,2", "ground truth: b,,1", "ground truth: run 3,,1"}},
		"seeds": {[]*mc.Trace{of("a", 1, 1), of("a", 1, 1), of("a", 1)},
			[]string{"ground truth: a,,2", "ground truth: a,,1"}},
		"no more": {[]*mc.Trace{of("a", 1, 1), of("b")}, []string{"ground truth: a,,2"}},
		"no less": {[]*mc.Trace{of("a"), of("b", 1, 1)}, []string{"ground truth: b,,2"}},
		"none":    {[]*mc.Trace{of("a"), of("b")}, nil},
	} {
		chart := viz.EffectiveRank(c.traces...)
		if got := marks(chart); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		wellFormed(t, chart)
	}
	o := must(viz.EffectiveRank(of("a", 1, 1), of("b", 1)).JSON())
	if !strings.Contains(o, `"ground truth: a","ground truth: b"]`) {
		t.Errorf("the legend does not name them: %s", o)
	}
}

// A title with characters that fonts lack can be printed.
func TestPrintedTitles(t *testing.T) {
	for k, title := range []string{"Films 🎬", "\U0010ffff\uffff\ufffe\xff", "日本"} {
		c := viz.Loss(history("", 1)).Titled(title)
		for _, ending := range []string{".pdf", ".png", ".svg"} {
			if err := c.WriteFile(filepath.Join(t.TempDir(), fmt.Sprint(k)+ending)); err != nil {
				t.Errorf("%q as %s: %v", title, ending, err)
			}
		}
		wellFormed(t, c)
	}
}
