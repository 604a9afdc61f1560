package grids

import (
	"projectpenalty/mc"
	"projectpenalty/mc/data"
	"projectpenalty/mc/sweep"
)

// Hill is the source of a hill some of whose heights are hidden, [data.Volcano], standardised by those that are seen: the
// unit of errors is their standard deviation.
type Hill struct {
	// Hidden is the part of the heights.
	Hidden float64
	// Seed of what is hidden.
	Seed uint64
}

// Problem hides, and standardises.
func (h Hill) Problem() (mc.Problem, error) {
	p, err := data.Hide(data.Volcano(), h.Hidden, h.Seed)
	if err != nil {
		return mc.Problem{}, err
	}
	s, err := data.Standardize(p)
	return s.Problem, err
}

// hill: C7 on real data, 70 % and more hidden. Nobody knows a rank.
func (s size) hill() sweep.Spec {
	spec := s.spec("c7-hill", nil, sweep.Over("Problem.Hidden", s.some(1, 0.7, 0.5, 0.8)...), sweep.Cases("method", s.methods(0)...))
	spec.Problem, spec.Measures = Hill{}, tuning
	return spec
}
