// Package catalog lists every penalty, optimiser, measurement and solver of package mc, with the settings by which it is checked and what is claimed of it. A test of mc/mctest
// runs the checks on all, and another says what is missing here.
package catalog

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/mctest"
)

// A Penalty and what is claimed of it.
type Penalty struct {
	mc.Penalty
	// Homogeneous: R(cW) = |c|^Degree·R(W).
	Homogeneous bool
	Degree      float64
	// Tolerance is the relative error of value and gradient; 0: rounding.
	Tolerance float64
}

// Penalties returns all.
func Penalties() []Penalty {
	of := func(p mc.Penalty, degree float64) Penalty {
		return Penalty{Penalty: p, Homogeneous: true, Degree: degree}
	}
	return []Penalty{
		of(mc.Frobenius{}, 1),
		of(mc.SquaredFrobenius{}, 2),
		of(mc.Nuclear{}, 1),
		of(mc.Nuclear{Smoothing: 1e-2}, 1),
		of(mc.Nuclear{Smoothing: 0.3}, 1),
		{Penalty: mc.Nuclear{Polar: mc.Fast}, Homogeneous: true, Degree: 1, Tolerance: 2e-4},
		{Penalty: mc.Nuclear{Smoothing: 1e-2, Polar: mc.Fast}, Homogeneous: true, Degree: 1, Tolerance: 2e-4},
		of(mc.Ratio{}, 0),
		of(mc.Ratio{Smoothing: 1e-2}, 0),
		of(mc.Ratio{Smoothing: 0.3}, 0),
		{Penalty: mc.Ratio{Polar: mc.Fast}, Homogeneous: true, Degree: 0, Tolerance: 2e-4},
		{Penalty: mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast}, Homogeneous: true, Degree: 0, Tolerance: 2e-4},
		of(mc.Schatten{P: 0.5, Smoothing: 1e-2}, 0.5),
		of(mc.Schatten{P: 1}, 1),
		of(mc.Schatten{P: 1.5}, 1.5),
		of(mc.Schatten{P: 1.5, Smoothing: 0.3}, 1.5),
		of(mc.Schatten{P: 2}, 2),
		of(mc.Spectral{}, 1),
		{Penalty: mc.LogDet{}},
		{Penalty: mc.LogDet{Delta: 3}},
		of(mc.Entropy{}, 0),
		of(mc.Entropy{Smoothing: 1e-2}, 0),
		of(mc.L1{}, 1),
		{Penalty: Geman},
		of(mc.Normalized(mc.Schatten{P: 1}), 0),
		of(mc.Normalized(mc.Schatten{P: 0.5, Smoothing: 1e-2}), 0),
		of(mc.Normalized(mc.Spectral{}), 0),
		of(mc.Normalized(mc.LogDet{}), 0),
		of(mc.Normalized(mc.L1{}), 0),
		of(mc.Normalized(Geman), 0),
		of(mc.Normalized(mc.Sum(mc.L1{}, mc.Times(2, mc.Nuclear{}), mc.Times(0.5, mc.L1{}))), 0),
		of(mc.Normalized(mc.Sum(mc.Nuclear{}, mc.SquaredFrobenius{})), 0),
		of(mc.Sum(mc.Nuclear{}, mc.Times(-0.5, mc.Frobenius{})), 1),
		{Penalty: mc.Sum(mc.L1{}, mc.Entropy{}, mc.Times(0.1, mc.SquaredFrobenius{}))},
		of(mc.Times(3, mc.L1{}), 1),
		of(mc.Times(3, mc.Nuclear{}), 1),
	}
}

// Geman is a spectral penalty of one's own, Σσ²/(1 + σ²) (Geman and McClure 1987).
var Geman = mc.Spectrum{
	Name: "Geman",
	F: func(sigma []float64) float64 {
		sum := 0.0
		for _, s := range sigma {
			sum += s * s / (1 + s*s)
		}
		return sum
	},
	DF: func(grad, sigma []float64) {
		for i, s := range sigma {
			grad[i] = 2 * s / (1 + s*s) / (1 + s*s)
		}
	},
}

// Optimizers returns all, with default settings and with others.
func Optimizers() []mc.Optimizer {
	return []mc.Optimizer{
		mc.GD{}, mc.GD{LearningRate: 0.5},
		mc.Momentum{}, mc.Momentum{LearningRate: 0.1, Beta: 0.5},
		mc.Nesterov{}, mc.Nesterov{LearningRate: 0.1, Beta: 0.5},
		mc.NormalizedGD{}, mc.NormalizedGD{LearningRate: 1e-2},
		mc.SignSGD{}, mc.SignSGD{LearningRate: 1e-2, Beta: 0.5},
		mc.Adagrad{}, mc.Adagrad{LearningRate: 0.1, Epsilon: 1e-6},
		mc.Adadelta{}, mc.Adadelta{LearningRate: 0.5, Rho: 0.5, Epsilon: 1e-4},
		mc.RMSProp{}, mc.RMSProp{LearningRate: 1e-3, Rho: 0.9, Epsilon: 1e-6},
		mc.GroupRMSProp{}, mc.GroupRMSProp{LearningRate: 1e-2},
		mc.Adam{}, mc.Adam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4},
		mc.AdamW{}, mc.AdamW{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4, WeightDecay: 0.05},
		mc.AMSGrad{}, mc.AMSGrad{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4},
		mc.Adamax{}, mc.Adamax{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4},
		mc.NAdam{}, mc.NAdam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4, MomentumDecay: 0.1},
		mc.ScalarAdam{}, mc.ScalarAdam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4},
		mc.RotatedAdam{}, mc.RotatedAdam{LearningRate: 1e-2, Beta1: 0.5, Beta2: 0.9, Epsilon: 1e-4, Seed: 7},
		mc.SpectralDescent{}, mc.SpectralDescent{LearningRate: 1e-3, Beta: 0.5, Smoothing: 0.1},
		mc.SpectralDescent{Smoothing: 1e-2, Polar: mc.Fast},
		mc.Shampoo{}, mc.Shampoo{LearningRate: 0.5, Epsilon: 1e-3},
	}
}

// A Measurement and what to call it.
type Measurement struct {
	mc.Measurement
	Name string
}

// Measurements returns all, of a wide matrix, a tall one, and a number.
func Measurements() []Measurement {
	var all []Measurement
	for _, l := range []mc.LowRank{
		{Rows: 5, Cols: 8, Rank: 2, Observed: 19, Seed: 1},
		{Rows: 9, Cols: 4, Rank: 1, Observed: 11, Seed: 2},
		{Rows: 1, Cols: 1, Rank: 1, Observed: 1, Seed: 3},
	} {
		for _, problem := range []func() (mc.Problem, error){l.Problem, l.Sensing, l.StreamedSensing} {
			m := must(problem()).Train
			all = append(all, Measurement{m, fmt.Sprintf("%T of a %d×%d matrix", m, l.Rows, l.Cols)})
		}
	}
	return all
}

// A Solver, with settings that are quick on a small matrix, and what is claimed of it.
type Solver struct {
	mc.Solver
	mctest.Claims
}

// Solvers returns all.
func Solvers() []Solver {
	// Matrices that models without factors recover.
	constant, additive := additiveProblem(0), additiveProblem(1)
	weak := mc.Biases{RowDamping: 1e-9, ColDamping: 1e-9, Tolerance: 1e-12}
	// everywhere claims the same accuracy of recovery and of symmetry: with a random start, solutions agree as well as they recover.
	everywhere := func(within float64) mctest.Claims {
		return mctest.Claims{Recovery: within, Transposition: 2 * within, Permutation: 2 * within}
	}
	// symmetric claims no recovery: the nearest solution to 0 recovers nothing, but is the same from any side.
	symmetric := mctest.Claims{Transposition: 1e-12, Permutation: 1e-12}
	return []Solver{
		{mc.Mean{}, mctest.Claims{Problem: constant, Recovery: 1e-12, Transposition: 1e-12, Permutation: 1e-12}},
		{weak, mctest.Claims{Problem: additive, Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6}},
		{mc.Biases{}, mctest.Claims{Permutation: 1e-6}}, // by default rows and columns are damped differently
		{mc.ItemKNN{Biases: weak}, mctest.Claims{Problem: additive, Recovery: 1e-6}},
		{mc.ItemKNN{}, mctest.Claims{Permutation: 1e-6}}, // items are similar, users are not
		{mc.Debiased{Biases: weak, Solver: mc.NuclearNorm{}}, mctest.Claims{Problem: additive, Recovery: 1e-6}},

		{mc.BiasedALS{Rank: 2, Lambda: 1e-4, Steps: 400, Tolerance: 1e-9}, mctest.Claims{Recovery: 0.05}},
		{mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2}, Schedule: mc.Cosine{}, Steps: 1500,
		}, everywhere(0.02)},
		{mc.DeepMF{Depth: 3, Optimizer: mc.GroupRMSProp{LearningRate: 1e-2}, Steps: 2000}, everywhere(0.05)},

		{mc.DeepMF{Depth: 1, Init: mc.Zeros{}, Optimizer: mc.GD{LearningRate: 20}, Steps: 300}, symmetric},
		{mc.MinimumFrobenius{}, symmetric},
		{mc.EndToEnd{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, LearningRate: 0.5, Steps: 2000}, everywhere(0.05)},
		{mc.EndToEnd{Depth: 1, Init: mc.Zeros{}, LearningRate: 20, Steps: 300}, symmetric},
		{mc.GradientFlow{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, LearningRate: 10, Steps: 100, Tolerance: 1e-6}, everywhere(0.05)},
		{mc.GradientFlow{Depth: 1, Init: mc.Zeros{}, LearningRate: 20, Steps: 20}, symmetric},

		{mc.NuclearNorm{}, everywhere(1e-6)},
		{mc.SVT{Tolerance: 1e-6}, everywhere(1e-5)},
		{mc.ProximalGradient{Penalty: mc.Nuclear{}, Lambda: 1e-6, Tolerance: 1e-9}, everywhere(1e-3)},
		{mc.ProximalGradient{Penalty: mc.L1{}, Lambda: 1e-3, Plain: true}, mctest.Claims{Transposition: 1e-6, Permutation: 1e-6}},
		{mc.SoftImpute{Lambda: 1e-6, Debias: true, Tolerance: 1e-8}, everywhere(1e-4)},
		{mc.SoftImpute{Tolerance: 1e-9}, mctest.Claims{Transposition: 1e-6, Permutation: 1e-6}},
		{mc.SoftImpute{Lambda: 1e-6, Rank: 2, Path: 3, Debias: true}, everywhere(1e-3)},
		{mc.SoftImpute{Center: true, Scale: true, Tolerance: 1e-9}, mctest.Claims{Transposition: 1e-6, Permutation: 1e-6}},
		{mc.SoftImpute{Center: true}, mctest.Claims{Problem: additive, Recovery: 1e-6, Transposition: 1e-6, Permutation: 1e-6}},
		{mc.IRLS{}, mctest.Claims{Recovery: 1e-6, Permutation: 1e-6}}, // it weighs columns alone
		{mc.IRLS{P: 1}, mctest.Claims{Recovery: 1e-3, Permutation: 1e-6}},
		{mc.MatrixIRLS{}, everywhere(1e-9)},
		{mc.MatrixIRLS{Rank: 2}, everywhere(1e-9)},
		{mc.R2RILS{Rank: 2}, everywhere(1e-9)},
		{mc.RiemannianCG{Rank: 2}, everywhere(1e-9)},
		{mc.ALS{Rank: 2, Lambda: mc.Zero}, everywhere(1e-5)},
		{mc.GaussNewton{Rank: 2}, everywhere(1e-9)},
		{mc.GaussNewton{Rank: 2, Variant: mc.Updating}, everywhere(1e-9)},

		{mc.Tune{Candidates: mc.Candidates([]int{1, 2, 3}, func(rank int) mc.Solver { return mc.R2RILS{Rank: rank} }), Folds: 3}, everywhere(1e-9)},
		{mc.Tune{Candidates: []mc.Solver{mc.Mean{}, mc.NuclearNorm{}}}, everywhere(1e-6)},
	}
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
