package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Standardized lets a solver work in standardised units,
//
//	z = (w − m)/s,
//
// with m the mean and s the standard deviation of the observed entries, 1 if all are equal, and
// returns W = m + s·Z. Settings such as a learning rate or a λ then mean the same for any data. It
// takes [Observations].
//
// Observers see the iterate and its loss in the units of the data, without the solver's penalty. So
// are the losses of a [Path] and [GrossErrors]. Certificates of the standardised problem are left
// out.
type Standardized struct {
	// Solver of the standardised data. It must be given.
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

// Solve solves the problem in standardised units. The Result is that of the solver with W, the Loss
// and *[Factors] in the units of the data.
func (s Standardized) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(s.Validate(), p.Validate(), takesLoss(s, p)); err != nil {
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
	if !finite(mean) || !finite(deviation*deviation) { // the Loss is in the square of the units
		return nil, fmt.Errorf("mc: Standardized: the observed entries have mean %v and standard deviation %v; "+
			"scale the data",
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
	units := &biasFit{mean: mean, row: make([]float64, o.rows), col: make([]float64, o.cols)}
	square := deviation * deviation
	outside := &outer{
		problem: p, config: s,
		matrix: func(z *mat.Dense) *mat.Dense { return shifted(z, deviation, mean) },
		factors: func(f *Factors) *Factors {
			scaled := f.Clone()
			last := scaled.W[len(scaled.W)-1]
			last.Scale(deviation, last)
			return units.with(scaled)
		},
		model: func(m *Model) bool { return m.scale(deviation, mean) },
		scale: func(int, int) float64 { return deviation },
		loss:  func(inner float64) float64 { return inner * square },
	}
	result, err := s.Solver.Solve(ctx, own, outside.watch(observers)...)
	if result == nil {
		return nil, err
	}
	if err := linearIn("Standardized", s.Solver, result); err != nil {
		return nil, err
	}
	inner := *result
	result.Loss, result.Details = outside.loss(result.Loss), outside.details(&inner, train)
	if result.W != nil {
		result.W = shifted(result.W, deviation, mean)
	}
	result.judge(o)
	return result, err
}

// shifted returns mean + s·z.
func shifted(z *mat.Dense, s, mean float64) *mat.Dense {
	w := mat.DenseCopyOf(z)
	w.Apply(func(_, _ int, z float64) float64 { return mean + s*z }, w)
	return w
}

// scale makes the model of z that of mean + s·z.
func (m *Model) scale(s, mean float64) bool {
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
	return true
}
