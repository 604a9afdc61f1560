package viz

import (
	"fmt"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Charts side by side differ in their titles: by the settings of their runs where these differ.
func TestDistinct(t *testing.T) {
	run := func(s mc.Solver) *Chart {
		trace := &mc.Trace{Run: mc.Run{Solver: fmt.Sprintf("%#v", s)}, Records: []mc.Record{{Step: 1, Loss: 1}}}
		return Loss(trace)
	}
	heat := func() *Chart { return Heatmap("W", mat.NewDense(1, 1, []float64{2}), Scale{}) }
	adam := mc.DeepMF{Depth: 2, Steps: 7, Penalty: mc.Ratio{}, Optimizer: mc.Adam{LearningRate: 0.5}}
	gd := adam
	gd.Optimizer = mc.GD{LearningRate: 0.25}
	for name, c := range map[string]struct {
		figures []Figure
		want    []string
	}{
		"depth": {[]Figure{run(mc.DeepMF{Depth: 2, Steps: 7}), run(mc.DeepMF{Depth: 3, Steps: 7})},
			[]string{"Loss: depth 2", "Loss: depth 3"}},
		"two": {[]Figure{run(mc.DeepMF{Depth: 2, Steps: 7}), run(mc.DeepMF{Depth: 3, Steps: 8})},
			[]string{"Loss: depth 2, steps 7", "Loss: depth 3, steps 8"}},
		"optimiser": {[]Figure{run(adam), run(gd)},
			[]string{"Loss: Adam (learning rate = 0.5)", "Loss: GD (learning rate = 0.25)"}},
		"alike":    {[]Figure{run(adam), run(adam), heat()}, []string{"Loss (a)", "Loss (b)", "W"}},
		"matrices": {[]Figure{heat(), heat()}, []string{"W (a)", "W (b)"}},
		"own":      {[]Figure{heat(), heat().Titled("V")}, []string{"W", "V"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range Distinct(c.figures...) {
				got = append(got, f.(*Chart).Title())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("titles %q, want %q", got, c.want)
			}
		})
	}
	failed := Loss()
	if got := Distinct(failed, failed); got[0] != Figure(failed) {
		t.Error("a chart with an error is changed")
	}
	if got := letters(0) + letters(25) + letters(26) + letters(27+26); got != "azaabb" {
		t.Errorf("letters %q", got)
	}
}
