package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Standardized lets a solver estimate the data in units of their own,
//
//	z = (w − m)/s,
//
// with m the mean and s the standard deviation of the observed entries, 1 if all are equal, and returns
// W = m + s·Z. Settings such as a learning rate or a λ then mean the same for any data. It takes
// [Observations].
//
// Observers see the run of the solver, in its units.
type Standardized struct {
	// Solver of the data in units of their own. It must be given.
	Solver Solver
}

// Validate says what is wrong with the settings.
func (s Standardized) Validate() error {
	if s.Solver == nil {
		return fmt.Errorf("mc: Standardized.Solver is nil; name the solver, such as SoftImpute{}")
	}
	return CheckRanges(s)
}

// TargetRank returns that of the solver.
func (s Standardized) TargetRank() int { return TargetRank(s.Solver) }

// Solve solves the problem in units of its own. The Result is that of the solver with W, the Loss and
// *[Factors] in the units of the data.
func (s Standardized) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(s.Validate(), p.Validate()); err != nil {
		return nil, err
	}
	o, err := entriesOf("mc: Standardized", p)
	if err != nil {
		return nil, err
	}
	mean, deviation := meanOf(o.value), 0.0
	for _, v := range o.value {
		deviation = math.Hypot(deviation, v-mean)
	}
	deviation /= math.Sqrt(float64(o.Len()))
	if deviation == 0 {
		deviation = 1
	}
	if !finite(mean) || !finite(deviation) {
		return nil, fmt.Errorf("mc: Standardized: the observed entries have mean %v and standard deviation %v; scale the data",
			mean, deviation)
	}
	standard := func(o *Observations) *Observations {
		z := *o
		z.value = make([]float64, o.Len())
		for k, v := range o.value {
			z.value[k] = (v - mean) / deviation
		}
		return &z
	}
	train := standard(o)
	own := Problem{Train: train}
	if p.Test != nil {
		test, ok := p.Test.(*Observations)
		if !ok {
			return nil, fmt.Errorf("mc: Standardized: Problem.Test is %T; it must be *mc.Observations", p.Test)
		}
		own.Test = standard(test)
	}
	if p.Truth != nil {
		own.Truth = mat.DenseCopyOf(p.Truth)
		own.Truth.Apply(func(_, _ int, v float64) float64 { return (v - mean) / deviation }, own.Truth)
	}
	result, err := s.Solver.Solve(ctx, own, observers...)
	if result == nil {
		return nil, err
	}
	units := &biasFit{mean: mean, row: make([]float64, o.rows), col: make([]float64, o.cols)}
	inner := *result
	result.Loss *= deviation * deviation
	result.Details = []any{&nested{train: train, inner: &inner, wrap: func(m *Model) { m.scale(deviation, mean) }}}
	for _, detail := range inner.Details {
		switch d := detail.(type) {
		case *Factors:
			scaled := d.Clone()
			last := scaled.W[len(scaled.W)-1]
			last.Scale(deviation, last)
			result.Details = append(result.Details, units.with(scaled))
		case *Model, *nested: // are those in the solver's units
		default:
			result.Details = append(result.Details, d)
		}
	}
	if result.W != nil {
		w := mat.DenseCopyOf(result.W)
		w.Apply(func(_, _ int, z float64) float64 { return mean + deviation*z }, w)
		result.W = w
	}
	return result, err
}

// scale makes the model of z that of mean + s·z.
func (m *Model) scale(s, mean float64) {
	m.Mean = mean + s*m.Mean
	for i := range m.RowBias {
		m.RowBias[i] *= s
	}
	for j := range m.ColBias {
		m.ColBias[j] *= s
	}
	if m.Y != nil {
		y := mat.DenseCopyOf(m.Y)
		y.Scale(s, y)
		m.Y, m.Lambda = y, m.Lambda*s*s
	}
	m.Lo, m.Hi = s*m.Lo, s*m.Hi
}
