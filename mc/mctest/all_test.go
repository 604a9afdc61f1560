package mctest_test

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"

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

// A solver of the table, with what is claimed of it.
type solverCase struct {
	solver mc.Solver
	claims mctest.Claims
}

func solvers(t testing.TB) []solverCase {
	t.Helper()
	// Matrices that models without factors recover.
	constant, additive := additiveProblem(t, 0), additiveProblem(t, 1)
	weak := mc.Biases{RowDamping: 1e-9, ColDamping: 1e-9, Tolerance: 1e-12}
	return []solverCase{
		{mc.Mean{}, mctest.Claims{Problem: constant, Recovery: 1e-12, Transposition: 1e-12, Permutation: 1e-12}},
		{weak, mctest.Claims{Problem: additive, Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6}},
		// By default rows and columns are damped differently.
		{mc.Biases{}, mctest.Claims{Permutation: 1e-6}},
		{mc.ItemKNN{Biases: weak}, mctest.Claims{Problem: additive, Recovery: 1e-6}},
		// Items are similar, users are not.
		{mc.ItemKNN{}, mctest.Claims{Permutation: 1e-6}},
		{mc.Debiased{Biases: weak, Solver: mc.NuclearNorm{}}, mctest.Claims{Problem: additive, Recovery: 1e-6}},

		// Given a random start, solutions agree as well as they recover.
		{mc.BiasedALS{Rank: 2, Ridge: 1e-4, Sweeps: 400, Tolerance: 1e-9}, mctest.Claims{Recovery: 0.05}},
		{mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 1500,
		}, mctest.Claims{Recovery: 0.02, Transposition: 0.03, Permutation: 0.03}},
		{mc.DeepMF{
			Depth: 3, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 2000,
		}, mctest.Claims{Recovery: 0.05, Transposition: 0.05, Permutation: 0.05}},

		// The nearest solution to 0 recovers nothing, but is the same from any side.
		{mc.DeepMF{Depth: 1, Init: mc.Zero{}, Optimizer: mc.GD{LearningRate: 20}, Steps: 300}, mctest.Claims{Transposition: 1e-12, Permutation: 1e-12}},
		{mc.MinimumFrobenius{}, mctest.Claims{Transposition: 1e-12, Permutation: 1e-12}},

		{mc.NuclearNorm{}, mctest.Claims{Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6}},
		{mc.R2RILS{Rank: 2}, mctest.Claims{Recovery: 1e-10, Transposition: 1e-9, Permutation: 1e-9}},
		{mc.GaussNewton{Rank: 2}, mctest.Claims{Recovery: 1e-10, Transposition: 1e-9, Permutation: 1e-9}},
		{mc.GaussNewton{Rank: 2, Variant: mc.Updating}, mctest.Claims{Recovery: 1e-10, Transposition: 1e-9, Permutation: 1e-9}},

		{mc.Tune{Candidates: mc.Candidates([]int{1, 2, 3}, func(rank int) mc.Solver { return mc.R2RILS{Rank: rank} }), Folds: 3}, mctest.Claims{Recovery: 1e-10}},
		// The lots by which measurements are held out fall on other entries of a rearranged matrix.
		{mc.Tune{Candidates: []mc.Solver{mc.Mean{}, mc.NuclearNorm{}}}, mctest.Claims{Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6}},
	}
}

// additiveProblem measures w_ij = 3 + scale·(aᵢ + b_j).
func additiveProblem(t testing.TB, scale float64) mc.Problem {
	t.Helper()
	p := mctest.Easy(1)
	rows, cols := p.Dims()
	at := func(i, j int) float64 { return 3 + scale*(float64(i*i%7)-0.3*float64(j*j%5)) }
	p.Truth = mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			p.Truth.Set(i, j, at(i, j))
		}
	}
	entries := p.Train.(*mc.Observations).Entries()
	for k, e := range entries {
		entries[k].Value = at(e.Row, e.Col)
	}
	var err error
	if p.Train, err = mc.NewObservations(rows, cols, entries); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSolvers(t *testing.T) {
	for _, c := range solvers(t) {
		t.Run(fmt.Sprintf("%#v", c.solver), func(t *testing.T) { mctest.CheckSolver(t, c.solver, c.claims) })
	}
}
