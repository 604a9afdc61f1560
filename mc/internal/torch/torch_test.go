package torch

import (
	"math"
	"strings"
	"testing"

	"projectpenalty/mc"
)

func TestOptimizersFollowPyTorch(t *testing.T) {
	record, err := Recorded()
	if err != nil {
		t.Fatal(err)
	}
	for name := range record.Runs {
		if Optimizers[name] == nil {
			t.Errorf("no optimiser is compared with the run %s", name)
		}
	}
	for name, o := range Optimizers {
		if len(record.Runs[name]) != 10 {
			t.Errorf("%s: %d steps are recorded, not 10", name, len(record.Runs[name]))
		}
		// Rounding of ten steps: measured 2e-16.
		off, err := record.Deviation(name, o)
		if err != nil {
			t.Error(err)
		} else if !(off <= 1e-14) {
			t.Errorf("%s: off PyTorch %s by %.1e within ten steps", name, record.Version, off)
		}
	}
}

func TestAveragesFollowPyTorch(t *testing.T) {
	record, err := Recorded()
	if err != nil {
		t.Fatal(err)
	}
	if len(record.Averages) != 2 {
		t.Errorf("%d runs of averages are recorded, not 2", len(record.Averages))
	}
	for name := range record.Averages {
		// As above: measured 1e-16.
		if off, err := record.AverageDeviation(name, Optimizers[name].(mc.ASGD)); err != nil || !(off <= 1e-14) {
			t.Errorf("%s: averages are off PyTorch %s by %.1e: %v", name, record.Version, off, err)
		}
	}
}

func TestPlateausFollowPyTorch(t *testing.T) {
	record, err := Recorded()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range Plateaus {
		want := record.Factors[name]
		if len(want) != len(record.Objective) || len(want) < 50 {
			t.Fatalf("%s: %d factors are recorded for %d objectives", name, len(want), len(record.Objective))
		}
		w := p.Watch()
		for step, objective := range record.Objective {
			// Powers of 0.1 are products of rounded factors in both.
			if got := w.Next(objective); math.Abs(got-want[step]) > 1e-14*want[step] {
				t.Errorf("%s, step %d: the factor is %v, PyTorch's %v", name, step, got, want[step])
			}
		}
	}
}

// A setting that is off by a part in a million shows.
func TestDeviationSeesSmallErrors(t *testing.T) {
	record, err := Recorded()
	if err != nil {
		t.Fatal(err)
	}
	off, err := record.Deviation("GD{LearningRate: 0.05}", mc.GD{LearningRate: 0.05 * (1 + 1e-6)})
	// A part in a million of a step: measured 2.9e-7.
	if err != nil || !(off > 1e-8) {
		t.Errorf("deviation %v, %v", off, err)
	}
	if _, err := record.Deviation("LBFGS{}", mc.GD{}); err == nil ||
		!strings.Contains(err.Error(), `no run "LBFGS{}"`) {
		t.Errorf("a run that is not recorded: %v", err)
	}
}

// The first step of GD from 0, where the gradient is −½, ends at 0.1; 0.3 off a recorded 0.4 is ¾
// of it.
func TestDeviationIsRelative(t *testing.T) {
	record := Record{Shapes: [][2]int{{1, 1}}, Start: [][]float64{{0}}, Runs: map[string][][]float64{"GD": {{0.4}}}}
	off, err := record.Deviation("GD", mc.GD{LearningRate: 0.2})
	if err != nil || math.Abs(off-0.75) > 1e-15 { // a few roundings of numbers below 1
		t.Errorf("deviation %v, %v, want 0.75", off, err)
	}
}
