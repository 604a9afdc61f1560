package data

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// Standardized is a completion problem in standardised units,
//
//	z = (w − Mean)/Deviation.
type Standardized struct {
	// Problem, all of whose values, also those of Test and Truth, are standardised.
	Problem mc.Problem
	// Mean and Deviation (the root of the mean squared difference from the mean) of the entries
	// that training sees.
	Mean, Deviation float64
}

// Standardize shifts and scales the problem so that the entries that training sees have mean 0 and
// variance 1; nothing is taken from those that are hidden. If they are all equal they are shifted
// only, and Deviation is 1. Weights stay. The measurements must be of entries, and the loss of
// squares.
func Standardize(p mc.Problem) (Standardized, error) {
	if err := p.Validate(); err != nil {
		return Standardized{}, err
	}
	values := p.Train.Values()
	n := float64(len(values))
	if _, squares := p.Loss.(mc.Squares); p.Loss != nil && !squares {
		return Standardized{}, fmt.Errorf("data: Standardize: Problem.Loss is %s, which other units change; "+
			"standardise for squares only", mc.Describe(p.Loss))
	}
	s := Standardized{Deviation: 1}
	s.Problem.Weights = p.Weights
	for k, v := range values { // so that the mean of equal values is exact
		s.Mean += (v - s.Mean) / float64(k+1)
	}
	variance := 0.0
	for _, v := range values {
		variance += (v - s.Mean) * (v - s.Mean) / n
	}
	if variance > 0 {
		s.Deviation = math.Sqrt(variance)
	}
	if math.IsInf(s.Mean, 0) || math.IsInf(s.Deviation, 0) {
		return Standardized{}, fmt.Errorf("data: Standardize: the mean %v or the deviation %v of the observed "+
			"entries is not finite", s.Mean, s.Deviation)
	}
	train, err := s.observations("Train", p.Train)
	if err != nil {
		return Standardized{}, err
	}
	s.Problem.Train = train
	if p.Test != nil {
		test, err := s.observations("Test", p.Test)
		if err != nil {
			return Standardized{}, err
		}
		s.Problem.Test = test
	}
	if p.Truth != nil {
		s.Problem.Truth = mapped(p.Truth, s.forth)
	}
	return s, nil
}

// Restore returns an estimate of the standardised matrix (rows × cols) in the units of the data, as
// a new matrix.
func (s Standardized) Restore(w *mat.Dense) *mat.Dense {
	return mapped(w, func(z float64) float64 { return s.Mean + s.Deviation*z })
}

func (s Standardized) forth(w float64) float64 { return (w - s.Mean) / s.Deviation }

func (s Standardized) observations(field string, m mc.Measurement) (*mc.Observations, error) {
	o, ok := m.(*mc.Observations)
	if !ok {
		return nil, fmt.Errorf("data: Standardize: Problem.%s is %T; only *mc.Observations can be standardised",
			field, m)
	}
	entries := o.Entries()
	for k := range entries {
		entries[k].Value = s.forth(entries[k].Value)
	}
	rows, cols := o.Dims()
	out, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		return nil, err
	}
	return out.WithIndex(o.RowIndex(), o.ColIndex())
}

func mapped(w *mat.Dense, f func(float64) float64) *mat.Dense {
	out := mat.DenseCopyOf(w)
	out.Apply(func(_, _ int, x float64) float64 { return f(x) }, out)
	return out
}
