package viz

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/sweep"
)

// Levels have labels that differ where they do, and the CSV has them to the last digit; so it has
// the names of rows and columns as they are.
func TestLevelsAndNamesInTables(t *testing.T) {
	for want, values := range map[string][]float64{
		"5000 12345 999999 1e+06": {5000, 12345, 999999, 1e6},
		"0.01 0.03162 0.1":        {0.01, 0.03162277660168379, 0.1},
		"0.100001 0.100002":       {0.100001, 0.100002},
		"0.5 0.5":                 {0.5, 0.5},
	} {
		if got := strings.Join(levelAxis(Levels{Values: values}).categories, " "); got != want {
			t.Errorf("%v is labelled %q, want %q", values, got, want)
		}
	}
	text := func(c *Chart) string {
		csv, err := c.CSV()
		if err != nil {
			t.Fatal(err)
		}
		return string(csv)
	}
	fine := PhaseDiagram("", Levels{"η", []float64{0.03162277660168379}}, Levels{"n", []float64{12345}},
		mat.NewDense(1, 1, []float64{2}), Scale{})
	if got := text(fine); got != "n,η,value\n12345,0.03162277660168379,2\n" {
		t.Errorf("the table is %q", got)
	}
	o, err := mc.NewObservations(1, 1, []mc.Entry{{Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	films, err := mc.NewIndex("film", []string{"Sense & Sensibility <1995>"})
	if err != nil {
		t.Fatal(err)
	}
	if o, err = o.WithIndex(films, nil); err != nil {
		t.Fatal(err)
	}
	if got := text(Heatmap("", o.Dense(), Scale{}).Labelled(o)); !strings.Contains(got, "Sense & Sensibility <1995>") {
		t.Errorf("the table is %q", got)
	}
}

// More lines than colours and styles: some look like others, which a note says.
func TestLinesThatLookAlike(t *testing.T) {
	trace := func(name string) *mc.Trace {
		t := &mc.Trace{Label: name}
		for k := range 2 {
			t.Records = append(t.Records, mc.Record{Step: k, Loss: 1, EffectiveRank: 1, SingularValues: []float64{1}})
		}
		return t
	}
	var traces []*mc.Trace
	for _, name := range strings.Split("a b c d e f g h", " ") {
		traces = append(traces, trace(name))
	}
	if alt := EffectiveRank(traces...).Alt(); strings.Contains(alt, "colour") {
		t.Errorf("eight lines can be told apart: %s", alt)
	}
	if alt := Loss(traces...).Alt(); !strings.Contains(alt, "2 lines have the colour and style of others") {
		t.Errorf("eight lines of six colours: %s", alt)
	}
}

// A run that diverged is no success, whatever the criterion.
func TestSweepPhasesOfFailures(t *testing.T) {
	results, err := sweep.Local{Folder: t.TempDir()}.Run(t.Context(), sweep.Spec{
		Name: "failures", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1},
		Solver: mc.DeepMF{Depth: 2, Optimizer: mc.GD{}, Steps: 20},
		Axes: []sweep.Axis{sweep.Over("Problem.Observed", 12, 20),
			sweep.Over("Solver.Optimizer.LearningRate", 0.1, 1e6), sweep.Seeds(3)},
	})
	if err != nil {
		t.Fatal(err)
	}
	all := func(float64) bool { return true }
	got, err := SweepPhases(results, "Test", "Problem.Observed", "Solver.Optimizer.LearningRate", all).CSV()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(got)) {
		if strings.Contains(line, "e+06") && !strings.HasSuffix(strings.TrimSpace(line), ",0") {
			t.Errorf("runs that diverged are successes: %s", line)
		}
	}
	if !strings.Contains(string(got), ",1\n") || !strings.Contains(string(got), ",0\n") {
		t.Errorf("all succeeded, or none:\n%s", got)
	}
}

// Pictures of a sweep are those of its values.
func TestSweepCharts(t *testing.T) {
	results, err := sweep.Local{Folder: t.TempDir()}.Run(t.Context(), sweep.Spec{
		Name: "pictures", Problem: mc.LowRank{Rows: 6, Cols: 5, Rank: 1}, Solver: mc.DeepMF{Steps: 20},
		Axes: []sweep.Axis{sweep.Over("Problem.Observed", 12, 20), sweep.Over("Solver.Depth", 1, 2, 3), sweep.Seeds(3)},
	})
	if err != nil {
		t.Fatal(err)
	}
	values := func(at ...any) []float64 {
		v, err := results.Values("Test", at...)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	csv := func(c *Chart) string {
		t.Helper()
		if c.Err() != nil {
			t.Fatal(c.Err())
		}
		text, err := c.CSV()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var methods, logs []Method
	for _, depth := range []string{"1", "2", "3"} {
		methods = append(methods, Method{depth, values("Solver.Depth", depth)})
		m := Method{Name: depth}
		for _, v := range methods[len(methods)-1].Values {
			m.Values = append(m.Values, math.Log10(v))
		}
		logs = append(logs, m)
	}
	if csv(SweepCompare(results, "Test", "Solver.Depth")) != csv(compare("test error", "depth", "", methods)) {
		t.Error("SweepCompare draws other numbers than Compare")
	}
	lines := func(s string) map[string]bool {
		set := map[string]bool{}
		for l := range strings.Lines(s) {
			set[l] = true
		}
		return set
	}
	// The differences come sorted, so the lines are compared whatever their order.
	got, want := lines(csv(SweepDifferences(results, "Test", Log10, "Solver.Depth", 1))),
		lines(csv(Differences("Test", logs...)))
	for l := range want {
		if !got[l] && !strings.HasPrefix(l, "series,") {
			t.Errorf("SweepDifferences lacks %q of\n%v", l, got)
		}
	}
	for want, f := range map[string]Transform{
		"difference of test error": {}, "difference of log₁₀ of test error": Log10,
		"difference of √ of test error": {"√ of", math.Sqrt},
	} {
		option, err := SweepDifferences(results, "Test", f, "Solver.Depth", 1).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(option), `"`+want+`"`) {
			t.Errorf("no axis is named %q", want)
		}
	}
	bound := values("Solver.Depth", 2, "Problem.Observed", 20)[0]
	parts := mat.NewDense(3, 2, nil)
	parts.Apply(func(i, j int, _ float64) float64 {
		n := 0
		for _, v := range values("Solver.Depth", i+1, "Problem.Observed", []int{12, 20}[j]) {
			if v <= bound {
				n++
			}
		}
		return float64(n) / 3
	}, parts)
	phases := SweepPhases(results, "Test", "Problem.Observed", "Solver.Depth",
		func(v float64) bool { return v <= bound })
	if want := PhaseDiagram("", Levels{"observed entries", []float64{12, 20}},
		Levels{"depth", []float64{1, 2, 3}}, parts, Scale{Max: 1, Unit: "fraction of runs"}); csv(phases) != csv(want) {
		t.Errorf("parts of runs are\n%s\nwant\n%s", csv(phases), csv(want))
	}
	if err := SweepDifferences(results, "Test", Transform{F: math.Log10}, "Solver.Depth", 1).Err(); err == nil ||
		!strings.Contains(err.Error(), "Transform.Name") {
		t.Errorf("a transform without a name: %v", err)
	}
	for name, c := range map[string]*Chart{
		"measure": SweepCompare(results, "nope", "Solver.Depth"),
		"level":   SweepDifferences(results, "Test", Transform{}, "Solver.Depth", 4),
		"axis":    SweepPhases(results, "Test", "nope", "Solver.Depth", nil),
	} {
		if c.Err() == nil {
			t.Errorf("an unknown %s is drawn", name)
		}
	}
}
