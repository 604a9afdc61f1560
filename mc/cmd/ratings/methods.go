package main

import (
	"fmt"

	"projectpenalty/mc"
)

// A method is a family of solvers, one of which is chosen on a validation part.
type method struct {
	name string
	// centred problems are standardised by the mean and the deviation of the ratings that are
	// trained on.
	centred    bool
	candidates []candidate
}

// A candidate is a solver with its parameters in words.
type candidate struct {
	parameters string
	solver     mc.Solver
	// after, in place of a solver, is one whose number of steps is chosen as well: the best of the
	// multiples of every up to most.
	after       func(steps int) mc.Solver
	every, most int
}

// damped are the biases that methods start from, near what the grid of biases chooses.
var damped = mc.Biases{RowLambda: 3, ColLambda: 5}

// methods in the order of the table. Grids are small: all folds take half an hour of one core,
// apart from depth 1 with a penalty on the whole matrix, the last two, which take an hour.
func methods() []method {
	one := func(name string, s mc.Solver) method { return method{name: name, candidates: []candidate{{solver: s}}} }
	all := []method{one("global mean", mc.Mean{})}

	biases := method{name: "biases"}
	for _, rows := range []float64{1, 3, 10} {
		for _, cols := range []float64{1, 5, 15} {
			biases.add(mc.Biases{RowLambda: rows, ColLambda: cols}, "damping %v, %v", rows, cols)
		}
	}
	als := method{name: "biased ALS"}
	for _, rank := range []int{5, 10, 20, 40} {
		for _, ridge := range []float64{0.08, 0.1, 0.12, 0.15, 0.2} {
			als.add(mc.BiasedALS{Rank: rank, Lambda: ridge, Seed: 1}, "rank %d, λ %v", rank, ridge)
		}
	}
	knn := method{name: "item kNN with biases"}
	for _, k := range []int{20, 40, 80} {
		for _, shrinkage := range []float64{50, 100, 200} {
			knn.add(mc.ItemKNN{K: k, Shrinkage: shrinkage, Biases: damped}, "K %d, shrinkage %v", k, shrinkage)
		}
	}
	centred, debiased := method{name: "SoftImpute, centred"}, method{name: "SoftImpute, biases removed"}
	for _, lambda := range []float64{3e-4, 4e-4, 6e-4, 8e-4} {
		centred.add(mc.SoftImpute{Lambda: lambda, Center: true, Path: 1, Tolerance: 1e-3, Seed: 1}, "λ %v", lambda)
		debiased.add(mc.Debiased{Biases: damped, Solver: mc.SoftImpute{Lambda: lambda, Path: 1, Tolerance: 1e-3,
			Seed: 1}}, "λ %v", lambda)
	}
	all = append(all, biases, knn, als, centred, debiased)

	ridged := method{name: "ratio with a ridge"}
	for _, of := range [][2]float64{{0.03, 0.3}, {0.04, 0.15}, {0.05, 0.15}, {0.06, 0.1}} {
		ridged.candidates = append(ridged.candidates, candidate{
			parameters: fmt.Sprintf("λ %v, ρ %v", of[0], of[1]), every: 10, most: 600,
			after: func(steps int) mc.Solver {
				return mc.RidgedRatio{Lambda: of[0], Ridge: of[1], Biases: damped, Steps: steps, Seed: 1}
			},
		})
	}
	alone := method{name: "ratio with a ridge, the ratio alone"}
	ridge := method{name: "ratio with a ridge, the ridge alone"}
	for _, lambda := range []float64{0.003, 0.01, 0.03, 0.1, 0.3, 1} {
		alone.candidates = append(alone.candidates, candidate{
			parameters: fmt.Sprintf("λ %v", lambda), every: 10, most: 600,
			after: func(steps int) mc.Solver {
				return mc.RidgedRatio{Lambda: lambda, Ridge: mc.Zero, Biases: damped, Steps: steps, Seed: 1}
			},
		})
	}
	for _, weight := range []float64{0.3, 1, 3, 10} {
		ridge.candidates = append(ridge.candidates, candidate{
			parameters: fmt.Sprintf("ρ %v", weight), every: 10, most: 600,
			after: func(steps int) mc.Solver {
				return mc.RidgedRatio{Lambda: mc.Zero, Ridge: weight, Biases: damped, Steps: steps, Seed: 1}
			},
		})
	}
	all = append(all, ridged, alone, ridge)

	for depth := 1; depth <= 4; depth++ {
		deep := method{}
		for _, rate := range []float64{3e-3, 1e-2, 3e-2} {
			deep.candidates = append(deep.candidates, candidate{
				parameters: fmt.Sprintf("η %v", rate), every: 20, most: 4000,
				after: func(steps int) mc.Solver {
					return mc.DeepMF{Depth: depth, Hidden: hidden(depth),
						Optimizer: mc.GroupRMSProp{LearningRate: rate}, Steps: steps, Seed: 1}
				},
			})
		}
		all = append(all, deep.both(fmt.Sprintf("factorisation of depth %d", depth))...)
	}
	ratio := method{}
	for _, lambda := range []float64{0.03, 0.1, 0.3} {
		ratio.candidates = append(ratio.candidates, candidate{
			parameters: fmt.Sprintf("λ %v", lambda), every: 15, most: 300,
			after: func(steps int) mc.Solver {
				return mc.DeepMF{
					Depth: 1, Penalty: mc.Ratio{Smoothing: 1e-3, Polar: mc.Fast}, Lambda: lambda,
					Optimizer: mc.Adam{LearningRate: 2e-2}, Steps: steps, Seed: 1,
				}
			},
		})
	}
	return append(all, ratio.both("depth 1 + ratio + Adam")...)
}

// hidden bounds the rank from depth 2 on; a matrix has one size.
func hidden(depth int) int {
	if depth == 1 {
		return 0
	}
	return 50
}

func (m *method) add(s mc.Solver, format string, args ...any) {
	m.candidates = append(m.candidates, candidate{parameters: fmt.Sprintf(format, args...), solver: s})
}

// both returns the method on standardised ratings, and on what biases leave.
func (m method) both(name string) []method {
	without := method{name: name, centred: true, candidates: m.candidates}
	with := method{name: name + ", biases removed"}
	for _, c := range m.candidates {
		d := c
		if c.solver != nil {
			d.solver = mc.Debiased{Biases: damped, Solver: c.solver}
		} else {
			d.after = func(steps int) mc.Solver { return mc.Debiased{Biases: damped, Solver: c.after(steps)} }
		}
		with.candidates = append(with.candidates, d)
	}
	return []method{without, with}
}
