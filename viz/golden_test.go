package viz_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/viz"
)

var update = flag.Bool("update", false, "write the golden files anew")

// history is a trace in round numbers, with what every chart of a trace needs.
func history(label string, scale float64) *mc.Trace {
	t := &mc.Trace{Label: label, Run: mc.Run{Solver: label, Rows: 3, Cols: 2, Measurements: 4},
		TruthSingularValues: []float64{4, 2}}
	for k, step := range []int{0, 1, 10, 100, 1000} {
		f := scale * math.Pow(10, -float64(k))
		test, truth := 2*f, 0.25*float64(k)
		sigma := []float64{4 * float64(k+1) / 5, 2 * f}
		t.Records = append(t.Records, mc.Record{
			Step: step, Loss: f, Penalty: 1, Objective: f + 0.5, Test: &test, SingularValues: sigma,
			NuclearNorm: sigma[0] + sigma[1], FrobeniusNorm: 2 * sigma[0], EffectiveRank: 1 + f/scale,
			Split: &mc.GradientSplit{Diagonal: f, OffDiagonal: 2 * f, Outside: 3 * f,
				Matrix: mat.NewDense(2, 2, []float64{f, -f / 2, 0, f / 4})},
			Alignment: &mc.UpdateAlignment{Norm: 1, Diagonal: 1 - truth/2, Truth: &truth},
			Watched: []mc.Reading{
				{Name: "sharpness", Values: []float64{20 / (1 + f)}}, {Name: "edge of stability",
					Values: []float64{20}},
				{Name: "imbalance", Values: []float64{f}}, {Name: "singular values of layer 1", Values: sigma},
				{Name: "cosine of update and gradient", Values: []float64{1 - f/(2*scale)}},
			},
		})
	}
	return t
}

// gallery is a small one of each chart.
func gallery() map[string]*viz.Chart {
	one := history("", 1)
	seeds := []*mc.Trace{history("a", 1), history("a", 2), history("a", 4), history("b", 8)}
	methods := []viz.Method{{Name: "a", Values: []float64{1, 2, 4}}, {Name: "b", Values: []float64{3, 5, 4}}}
	return map[string]*viz.Chart{
		"Loss":            viz.Loss(one),
		"LossOverSeeds":   viz.Loss(seeds...),
		"SingularValues":  viz.SingularValues(one).Log(),
		"EffectiveRank":   viz.EffectiveRank(seeds...),
		"NormTrajectory":  viz.NormTrajectory(one),
		"Spectrum":        viz.Spectrum(viz.Matrix{Name: "A", W: mat.NewDense(2, 2, []float64{4, 0, 0, 0.5})}),
		"GradientSplit":   viz.GradientSplit(one),
		"GradientMatrix":  viz.GradientMatrix(one),
		"UpdateAlignment": viz.UpdateAlignment(one),
		"PenaltyGradient": viz.PenaltyGradient([]float64{4, 2, 0}, mc.Ratio{}, mc.Nuclear{}),
		"PenaltyField":    viz.PenaltyField(mc.Ratio{}, 2),
		"Heatmap": viz.Heatmap("Observed", mat.NewDense(2, 3, []float64{1, math.NaN(), 3, 4, 5, -6}),
			viz.Scale{Unit: "m", Diverging: true}),
		"Compare":     viz.Compare("error", methods...),
		"Differences": viz.Differences("error", methods...),
		"PhaseDiagram": viz.PhaseDiagram("Phases", viz.Levels{Name: "observations", Values: []float64{10, 20}},
			viz.Levels{Name: "depth", Values: []float64{1, 2}},
			mat.NewDense(2, 2, []float64{1, 0.1, 1, 0.001}), viz.Scale{Unit: "error"}),
		"Grid": viz.Grid("Table", viz.Factor{Name: "optimiser", Levels: []string{"GD", "Adam"}},
			viz.Factor{Name: "depth", Levels: []string{"1", "2"}},
			viz.Factor{Name: "penalty", Levels: []string{"none", "ratio"}},
			viz.GridMeasure{Name: "error",
				Values: [][][]float64{{{1, 0.9}, {0.1, 0.2}}, {{1, 1e-3}, {math.NaN(), 0.01}}}},
			viz.GridMeasure{Name: "rank", Values: [][][]float64{{{9, 8}, {3, 4}}, {{9, 2}, {math.NaN(), 2.5}}}}),
		"Flow": viz.Flow(viz.PathOf("run", 0.5, one)),
		"Law": viz.Law(viz.Rate{Name: "σ1", Time: []float64{0, 1, 2}, Predicted: []float64{1, 2, 1},
			Measured: []float64{1, 1.5, 1}}),
		"Sharpness": viz.Sharpness(one),
		"Balance":   viz.Balance(seeds...),
		"Layers":    viz.Layers(one),
		"Watched":   viz.Watched("cosine of update and gradient", seeds...),
		"Dependence": viz.Dependence("error", "rate",
			viz.Curve{Name: "a", X: []float64{1e-3, 1e-2, 0.1}, Values: [][]float64{{3, 4}, {1, 2}, {9, math.Inf(1)}}}),
	}
}

// The option of each chart, that is all that its drawing depends on, is that of the golden file: go
// test ./viz -run Golden -update.
func TestGoldenOptions(t *testing.T) {
	for name, c := range gallery() {
		t.Run(name, func(t *testing.T) {
			b, err := c.JSON()
			if err != nil {
				t.Fatal(err)
			}
			var option any
			if err := json.Unmarshal(b, &option); err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			e := json.NewEncoder(&got)
			e.SetEscapeHTML(false)
			e.SetIndent("", " ")
			if err := e.Encode(map[string]any{"alt": c.Alt(), "option": abridged(option)}); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Errorf("the option has changed (-want +got); if it should, go test ./viz -run Golden -update:\n%s",
					diff)
			}
		})
	}
}

// abridged replaces long lists by their ends, and points by one line each.
func abridged(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if p, ok := v["value"].([]any); ok && len(v) == 1 {
			return fmt.Sprint(p...)
		}
		for k := range v {
			v[k] = abridged(v[k])
		}
	case []any:
		for k := range v {
			v[k] = abridged(v[k])
		}
		if n := len(v); n > 40 {
			return []any{v[0], v[1], fmt.Sprintf("… %d …", n), v[n-1]}
		}
	}
	return v
}

// No alternative text speaks of what is not a number, and each says what is drawn in numbers.
func TestAltTexts(t *testing.T) {
	for name, c := range gallery() {
		if alt := c.Alt(); strings.Contains(alt, "NaN") || strings.Contains(alt, "Inf") ||
			!strings.Contains(alt, c.Title()) || !strings.ContainsAny(alt, "123456789") || len(alt) < 40 {
			t.Errorf("%s: %q", name, alt)
		}
	}
	for _, c := range []struct{ name, want string }{
		{"Loss", "test error goes from 0.2 at 1 to 0.0002 at 1000, between 0.0002 and 0.2."},
		{"Compare", "a: median 2, interval from 1 to 4, 3 seeds. b: median 4, interval from 3 to 5, 3 seeds."},
		{"Differences", "b: median 2, interval from 0 to 3, 3 seeds."},
		{"PenaltyField", "the larger singular value grows away from the smaller along 132."},
	} {
		if alt := gallery()[c.name].Alt(); !strings.Contains(alt, c.want) {
			t.Errorf("%s: %q does not say %q", c.name, alt, c.want)
		}
	}
}
