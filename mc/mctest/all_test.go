package mctest_test

import (
	"fmt"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/mctest"
)

// Everything of package mc that can be checked. What is missing here, TestTablesAreComplete tells.

// A number for a degree of homogeneity that there is not.
const none = -1

var penalties = []struct {
	penalty   mc.Penalty
	degree    float64 // of homogeneity
	tolerance float64 // 0: computed to rounding
}{
	{penalty: mc.Frobenius{}, degree: 1},
	{penalty: mc.Nuclear{}, degree: 1},
	{penalty: mc.Nuclear{Smoothing: 1e-2}, degree: 1},
	{penalty: mc.Nuclear{Smoothing: 0.3}, degree: 1},
	{penalty: mc.Nuclear{Smoothing: 1e-2, Polar: mc.Fast}, degree: 1, tolerance: 2e-4},
	{penalty: mc.Ratio{}, degree: 0},
	{penalty: mc.Ratio{Smoothing: 1e-2}, degree: 0},
	{penalty: mc.Ratio{Smoothing: 0.3}, degree: 0},
	{penalty: mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast}, degree: 0, tolerance: 2e-4},
}

var optimizers = []mc.Optimizer{
	mc.GD{}, mc.GD{LearningRate: 0.5},
	mc.Momentum{}, mc.Momentum{LearningRate: 0.1, Beta: 0.5},
	mc.RMSProp{}, mc.RMSProp{LearningRate: 1e-3, Rho: 0.9, Epsilon: 1e-6},
	mc.GroupRMSProp{}, mc.GroupRMSProp{LearningRate: 1e-2},
	mc.Adam{}, mc.Adam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4},
}

// measurements of a small matrix, wide or tall.
func measurements(t testing.TB) map[string]mc.Measurement {
	t.Helper()
	all := map[string]mc.Measurement{}
	for shape, l := range map[string]mc.LowRank{
		"wide":     {Rows: 5, Cols: 8, Rank: 2, Observed: 19, Seed: 1},
		"tall":     {Rows: 9, Cols: 4, Rank: 1, Observed: 11, Seed: 2},
		"a number": {Rows: 1, Cols: 1, Rank: 1, Observed: 1, Seed: 3},
	} {
		for kind, problem := range map[string]func() (mc.Problem, error){
			"Observations": l.Problem, "Sensing": l.Sensing, "StreamedSensing": l.StreamedSensing,
		} {
			p, err := problem()
			if err != nil {
				t.Fatal(err)
			}
			all[kind+"/"+shape] = p.Train
		}
	}
	return all
}

func TestPenalties(t *testing.T) {
	for _, c := range penalties {
		t.Run(fmt.Sprintf("%#v", c.penalty), func(t *testing.T) {
			mctest.CheckApproximatePenalty(t, c.penalty, c.tolerance)
			if c.degree != none {
				mctest.CheckHomogeneous(t, c.penalty, c.degree)
			}
		})
	}
}

func TestOptimizers(t *testing.T) {
	for _, o := range optimizers {
		t.Run(fmt.Sprintf("%#v", o), func(t *testing.T) { mctest.CheckOptimizer(t, o) })
	}
}

func TestMeasurements(t *testing.T) {
	for name, m := range measurements(t) {
		t.Run(name, func(t *testing.T) { mctest.CheckMeasurement(t, m) })
	}
}
