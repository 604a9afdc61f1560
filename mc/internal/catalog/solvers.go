package catalog

import (
	"maps"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/mctest"
)

// A Solver, with settings that are quick on a small matrix, and what is claimed of it.
type Solver struct {
	mc.Solver
	mctest.Claims
}

// Solvers returns all.
func Solvers() []Solver {
	// Matrices that models without factors recover.
	constant, additive := additiveProblem(0), additiveProblem(1)
	weak := mc.Biases{RowLambda: 1e-9, ColLambda: 1e-9, Tolerance: 1e-12}
	// everywhere claims the same accuracy of recovery and of symmetry: with a random start,
	// solutions agree as well as they recover.
	everywhere := func(within float64) mctest.Claims {
		return mctest.Claims{Recovery: within, Transposition: 2 * within, Permutation: 2 * within}
	}
	// symmetric claims no recovery: the nearest solution to 0 recovers nothing, but is the same
	// from any side.
	symmetric := mctest.Claims{Transposition: 1e-12, Permutation: 1e-12}
	// inUnits says how well data of other units have the same estimate in those units.
	inUnits := func(c mctest.Claims, within float64) mctest.Claims {
		c.Units = within
		return c
	}
	shifted := func(c mctest.Claims, within float64) mctest.Claims {
		c.Shift = within
		return c
	}
	// but exempts from a check, for a reason that the solver's documentation has.
	but := func(c mctest.Claims, check, reason string) mctest.Claims {
		exempt := map[string]string{check: reason}
		maps.Copy(exempt, c.Exempt)
		c.Exempt = exempt
		return c
	}
	absolute := func(c mctest.Claims, what string) mctest.Claims { return but(c, "units", what) }
	const (
		training = "its learning rate, its initialisation and λ are absolute"
		searched = "its initialisation and λ are absolute"
		flowing  = "its learning rate and its initialisation are absolute"
		given    = "a Lambda is absolute"
		damped   = "rows and columns are damped differently by default"
		items    = "columns are neighbours and rows are not"
		weighted = "only columns are weighted"
		inTurn   = "rows are fitted before columns"

		uncentred = "it does not centre its data" // of all that claim no Shift
	)
	all := []Solver{
		{mc.Mean{}, mctest.Claims{Problem: constant, Recovery: 1e-12, Transposition: 1e-12,
			Permutation: 1e-12, Units: 1e-12, Shift: 1e-12}},
		{weak, mctest.Claims{Problem: additive, Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6,
			Units: 1e-6, Shift: 1e-6}},
		{mc.Biases{}, but(mctest.Claims{Shift: 1e-6}, "transposition", damped)},
		{mc.ItemKNN{Biases: weak}, mctest.Claims{Problem: additive, Recovery: 1e-6, Shift: 1e-6}},
		{mc.ItemKNN{}, but(mctest.Claims{Shift: 1e-6}, "transposition", items)},
		{mc.Debiased{Biases: weak, Solver: mc.NuclearNorm{}},
			mctest.Claims{Problem: additive, Recovery: 1e-6, Shift: 1e-6}},
		{mc.BiScale{Solver: mc.NuclearNorm{}, CenterOnly: true},
			mctest.Claims{Problem: additive, Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6,
				Shift: 1e-6}},
		{mc.Standardized{Solver: mc.NuclearNorm{}}, shifted(everywhere(0.05), 1e-5)},

		{mc.BiasedALS{Rank: 2, Lambda: 1e-4, Steps: 400, Tolerance: 1e-9},
			but(absolute(mctest.Claims{Recovery: 0.05, Permutation: 1e-3, Shift: 1e-6}, given),
				"transposition", inTurn)},
		{mc.RidgedRatio{Rank: 2}, but(mctest.Claims{Permutation: 0.1, Shift: 1e-6}, "transposition", damped)},
		{mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 1500,
		}, absolute(everywhere(0.02), training)},
		{mc.DeepMF{
			Depth: 2, Hidden: 3, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 1500,
		}, absolute(everywhere(0.02), training)},
		{mc.DeepMF{
			Depth: 2, Hidden: 3, RowPenalty: mc.Nuclear{}, ColPenalty: mc.Nuclear{}, Lambda: 1e-3,
			Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 1500,
		}, absolute(everywhere(0.02), training)},
		{mc.DeepMF{Depth: 3, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 2000},
			absolute(everywhere(0.05), training)},
		{mc.DeepMF{Depth: 3, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 2000, Precision: mc.Single},
			absolute(everywhere(0.05), training)},
		{mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{Polar: mc.Fast}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2},
			Schedule: mc.Cosine{}, Steps: 1500, Precision: mc.Single,
		}, absolute(everywhere(0.02), training)},

		{mc.LBFGS{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Steps: 500},
			absolute(everywhere(0.02), searched)},
		{mc.LBFGS{Depth: 2, Hidden: 2, Init: mc.Gaussian{Scale: 0.1}, Steps: 200},
			absolute(everywhere(0.02), searched)},
		{mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 20}, Steps: 300},
			symmetric},
		{mc.MinimumFrobenius{}, inUnits(symmetric, 1e-12)},
		{mc.EndToEnd{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, LearningRate: 0.5, Steps: 2000},
			absolute(everywhere(0.05), flowing)},
		{mc.EndToEnd{Depth: 1, Init: mc.Zeros{}, LearningRate: 20, Steps: 300}, symmetric},
		{mc.GradientFlow{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, LearningRate: 10, Steps: 30,
			Tolerance: 1e-6}, absolute(everywhere(0.05), flowing)},
		{mc.GradientFlow{Depth: 1, Init: mc.Zeros{}, LearningRate: 20, Steps: 20}, symmetric},

		{mc.NuclearNorm{}, everywhere(1e-6)},
		{mc.NuclearNorm{Semidefinite: true}, but(mctest.Claims{Problem: semidefinite(2), Recovery: 1e-6,
			Transposition: 2e-6, Units: 2e-6}, "permutation", "rows and columns stand for the same things")},
		{mc.SVT{Tolerance: 1e-6}, everywhere(1e-5)},
		{mc.PrincipalComponentPursuit{}, inUnits(everywhere(1e-5), 1e-5)},
		{mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-6, Tolerance: 1e-9},
			absolute(everywhere(1e-3), given)},
		{mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 1e-3, Plain: true},
			absolute(mctest.Claims{}, given)},
		{mc.SoftImpute{Lambda: 1e-6, Debias: true, Tolerance: 1e-8},
			absolute(everywhere(1e-4), given)},
		{mc.SoftImpute{Tolerance: 1e-9}, mctest.Claims{Transposition: 1e-6, Permutation: 1e-6}},
		{mc.SoftImpute{Lambda: 1e-6, Rank: 2, Path: 3, Debias: true},
			absolute(everywhere(1e-3), given)},
		{mc.SoftImpute{Center: true, Scale: true, Tolerance: 1e-9},
			mctest.Claims{Transposition: 1e-6, Permutation: 1e-6, Shift: 1e-6}},
		{mc.SoftImpute{Center: true, Scale: true, Lambda: 1e-2, Tolerance: 1e-9},
			mctest.Claims{Shift: 1e-6}},
		{mc.SoftImpute{Center: true}, mctest.Claims{Problem: additive, Recovery: 1e-6,
			Transposition: 1e-6, Permutation: 1e-6, Shift: 1e-6}},
		{mc.IRLS{}, but(mctest.Claims{Recovery: 1e-6}, "transposition", weighted)},
		{mc.IRLS{P: 1}, but(mctest.Claims{Recovery: 1e-3}, "transposition", weighted)},
		{mc.MatrixIRLS{}, inUnits(everywhere(1e-9), 2e-9)},
		{mc.MatrixIRLS{Rank: 2}, inUnits(everywhere(1e-9), 2e-9)},
		{mc.Restarts{Most: 2}, inUnits(everywhere(1e-9), 2e-9)},
		{mc.Restarts{Solver: mc.R2RILS{Rank: 2}, Most: 2}, everywhere(1e-9)},
		{mc.R2RILS{Rank: 2}, inUnits(everywhere(1e-9), 2e-9)},
		{mc.RiemannianCG{Rank: 2}, inUnits(everywhere(1e-9), 2e-9)},
		{mc.OptSpace{Rank: 2}, inUnits(everywhere(1e-6), 2e-6)},
		{mc.OptSpace{}, mctest.Claims{}},
		{mc.ALS{Rank: 2, Lambda: mc.Zero}, inUnits(everywhere(1e-5), 2e-5)},
		{mc.GaussNewton{Rank: 2}, inUnits(everywhere(1e-9), 2e-9)},
		{mc.GaussNewton{Rank: 2, Variant: mc.Updating}, inUnits(everywhere(1e-9), 2e-9)},

		{mc.Tune{Candidates: mc.Candidates([]int{1, 2, 3},
			func(rank int) mc.Solver { return mc.R2RILS{Rank: rank} }), Folds: 3}, everywhere(1e-9)},
		{mc.Tune{Candidates: []mc.Solver{mc.Mean{}, mc.NuclearNorm{}}}, everywhere(1e-6)},
	}
	for k := range all {
		if all[k].Shift == 0 {
			all[k].Claims = but(all[k].Claims, "shift", uncentred)
		}
	}
	return all
}

// semidefinite measures WWᵀ, W of the easy problem of that rank, at most of (i, j) and (j, i).
func semidefinite(rank int) mc.Problem {
	p := mctest.Easy(rank)
	rows, _ := p.Dims()
	truth := mat.NewDense(rows, rows, nil)
	truth.Mul(p.Truth, p.Truth.T())
	var entries []mc.Entry
	for i := range rows {
		for j := range rows {
			if (i*j+i+j)%5 != 1 {
				entries = append(entries, mc.Entry{Row: i, Col: j, Value: truth.At(i, j)})
			}
		}
	}
	p.Truth, p.Train = truth, must(mc.NewObservations(rows, rows, entries))
	return p
}

// additiveProblem measures w_ij = 3 + scale·(aᵢ + b_j).
func additiveProblem(scale float64) mc.Problem {
	p := mctest.Easy(1)
	rows, cols := p.Dims()
	p.Truth = mat.NewDense(rows, cols, nil)
	p.Truth.Apply(func(i, j int, _ float64) float64 {
		return 3 + scale*(float64(i*i%7)-0.3*float64(j*j%5))
	}, p.Truth)
	entries := p.Train.(*mc.Observations).Entries()
	for k, e := range entries {
		entries[k].Value = p.Truth.At(e.Row, e.Col)
	}
	p.Train = must(mc.NewObservations(rows, cols, entries))
	return p
}

// must is for problems that are known to be right.
func must[P any](p P, err error) P {
	if err != nil {
		panic(err)
	}
	return p
}
