package catalog

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Inits returns all, with settings.
func Inits() []mc.Init { return cases(inits) }

type initial = []mc.Init

var inits = []Entry[mc.Init]{
	{"Gaussian", "Of the factors", []string{"independent normal entries",
		"the default: 1e-3 from depth 2 on, 0.1 at depth 1"},
		initial{mc.Gaussian{}, mc.Gaussian{Scale: 0.1}}},
	{"Uniform", "Of the factors", []string{"independent uniform entries", "as `Gaussian`"},
		initial{mc.Uniform{}}},
	{"Orthogonal", "Of the factors", []string{"random orthonormal frames",
		"balanced factors with equal singular values"},
		initial{mc.Orthogonal{}}},
	{"Identity", "Of the factors", []string{"multiples of the identity", "balanced, without chance"},
		initial{mc.Identity{}}},
	{"Zeros", "Of the factors", []string{"W = 0",
		"depth 1: gradient descent finds the solution of minimum Frobenius norm"},
		initial{mc.Zeros{}}},
	{"Given", "Of the factors", []string{"given factors", "a warm start, or hidden sizes that differ"},
		initial{mc.Given{Factors: &mc.Factors{W: []*mat.Dense{mat.NewDense(2, 3, nil)}}}}},
}
