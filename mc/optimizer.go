package mc

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// An Optimizer is the settings of a first-order method; [Optimizer.Start] makes the state of one run. Settings are
// plain values: one may start many runs, also at once.
type Optimizer interface {
	// Start returns the state for parameters of the given shapes.
	Start(shapes []Shape) Stepper
}

// A Stepper is the state of an optimiser in one run.
type Stepper interface {
	// Step overwrites params, given the gradients of the objective at them. Both are in the order of Start's shapes. It
	// allocates nothing and changes no gradient.
	Step(params, grads []*mat.Dense)
	// SetScale multiplies the learning rate by factor from the next step on, until it is set again. This is how a
	// [Schedule] acts.
	SetScale(factor float64)
}

// rate is the learning rate of a run; steppers embed it for SetScale.
type rate struct{ base, factor float64 }

func newRate(base float64) rate { return rate{base, 1} }

// SetScale multiplies the learning rate by factor.
func (r *rate) SetScale(factor float64) { r.factor = factor }

func (r *rate) now() float64 { return r.base * r.factor }

// or returns x, or its default where x is zero.
func or(x, def float64) float64 {
	if x == 0 {
		return def
	}
	return x
}

// checkPositive and checkFraction word the errors of all optimisers' settings alike. Zero means the default.
func checkPositive(field string, x float64) error {
	if !(x >= 0) || math.IsInf(x, 0) {
		return fmt.Errorf("mc: %s is %v; it must be positive and finite, or 0 for the default", field, x)
	}
	return nil
}

func checkFraction(field string, x float64) error {
	if !(x >= 0 && x < 1) {
		return fmt.Errorf("mc: %s is %v; it must be in [0, 1)", field, x)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// moments are accumulators of the parameters' shapes, one slice each, for rules that act on entries one by one.
func moments(shapes []Shape) [][]float64 {
	m := make([][]float64, len(shapes))
	for j, s := range shapes {
		m[j] = make([]float64, s.Rows*s.Cols)
	}
	return m
}

// eachRow calls f with the entries of a parameter and of its gradient, row by row, and the place of the row's first
// entry in a moment. Parameters that are slices of larger matrices have gaps between rows, moments have none.
func eachRow(param, grad *mat.Dense, f func(w, g []float64, at int)) {
	p, g := param.RawMatrix(), grad.RawMatrix()
	if p.Stride == p.Cols && g.Stride == g.Cols {
		f(p.Data[:p.Rows*p.Cols], g.Data[:p.Rows*p.Cols], 0)
		return
	}
	for i := range p.Rows {
		f(p.Data[i*p.Stride:i*p.Stride+p.Cols], g.Data[i*g.Stride:i*g.Stride+g.Cols], i*p.Cols)
	}
}

// scaleBy multiplies w by a factor.
func scaleBy(w *mat.Dense, factor float64) {
	raw := w.RawMatrix()
	for i := range raw.Rows {
		row := raw.Data[i*raw.Stride : i*raw.Stride+raw.Cols]
		kernel.Scale(factor, row, row)
	}
}

// squaredNorm is Σ‖Gⱼ‖_F² over all gradients.
func squaredNorm(grads []*mat.Dense) float64 {
	sum := 0.0
	for _, g := range grads {
		sum += inner(g, g)
	}
	return sum
}
