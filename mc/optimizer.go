package mc

import (
	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// An Optimizer is the settings of a first-order method; [Optimizer.Start] makes the state of one
// run. Settings are plain values: one may start many runs, also at once. Their defaults stand in
// tags, and Start reads them by [Resolved].
//
// In the formulas of this package, W is a parameter (rows × cols), G the gradient of the objective
// at it, t the number of the step, from 1, and η the learning rate. Powers, roots and quotients of
// matrices are taken entry by entry, unless a comment says otherwise; where ε is [Zero], 0/0 is 0.
type Optimizer interface {
	// Start returns the state for parameters of the given shapes.
	Start(shapes []Shape) Stepper
}

// A Stepper is the state of an optimiser in one run.
type Stepper interface {
	// Step overwrites params, given the gradients of the objective at them. Both are in the order
	// of Start's shapes. It allocates nothing and changes no gradient.
	Step(params, grads []*mat.Dense)
	// SetScale multiplies the learning rate by factor from the next step on, until it is set again.
	// This is how a [Schedule] acts.
	SetScale(factor float64)
}

// A MomentumStepper is a [Stepper] that keeps a running sum or mean of gradients, by which
// [UpdateCosines] compares its steps.
type MomentumStepper interface {
	Stepper
	// Momentum returns the sum or mean after the last step, in the form of [Moments]; nil if there
	// is none. The caller changes nothing in it.
	Momentum() [][]float64
}

// A StableStepper is a [Stepper] that knows how large a curvature its steps allow, which
// [Sharpness] shows beside the curvature.
type StableStepper interface {
	Stepper
	// Stability returns that of the last step.
	Stability() Stability
}

// A Stability says up to which curvature a step W ← W − η·P⁻¹·M is stable.
type Stability struct {
	// Edge is the largest eigenvalue of P^(−1/2)·∇²·P^(−1/2) at which such steps are stable on a
	// quadratic; 0 if it is not known.
	Edge float64
	// Number is P, where it is a number. 0: P is the identity, or has Entries.
	Number float64
	// Entries of a diagonal P, row by row in the order of the factors; nil if P is not diagonal.
	// The caller changes nothing in them.
	Entries []float64
}

// A StepSize is the learning rate of a run. A [Stepper] that embeds it has SetScale.
type StepSize struct{ base, factor float64 }

// NewStepSize returns the learning rate before a schedule acts.
func NewStepSize(learningRate float64) StepSize { return StepSize{learningRate, 1} }

// SetScale multiplies the learning rate by factor.
func (r *StepSize) SetScale(factor float64) { r.factor = factor }

// Now returns the learning rate of the next step.
func (r *StepSize) Now() float64 { return r.base * r.factor }

// Moments returns accumulators of the parameters' shapes, zero and one slice each, for rules that
// act on entries one by one. [EachRow] says which of its entries are a row's.
func Moments(shapes []Shape) [][]float64 {
	m := make([][]float64, len(shapes))
	for j, s := range shapes {
		m[j] = make([]float64, s.Rows*s.Cols)
	}
	return m
}

// EachRow calls f with the entries of a parameter and of its gradient, row by row, and the index of
// the row's first entry in [Moments]. Parameters that are slices of larger matrices have gaps
// between rows; moments have none. If there are no gaps, all rows are passed as one.
func EachRow(param, grad *mat.Dense, f func(w, g []float64, at int)) {
	p, g := param.RawMatrix(), grad.RawMatrix()
	if p.Stride == p.Cols && g.Stride == g.Cols {
		f(p.Data[:p.Rows*p.Cols], g.Data[:p.Rows*p.Cols], 0)
		return
	}
	for i := range p.Rows {
		f(p.Data[i*p.Stride:i*p.Stride+p.Cols], g.Data[i*g.Stride:i*g.Stride+g.Cols], i*p.Cols)
	}
}

// divisor returns ε as it is added to a root: where it is 0, the smallest number, so that 0/0 is 0.
func divisor(eps float64) float64 { return max(eps, Zero) }

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
