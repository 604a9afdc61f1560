package mc

import (
	"math"

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
func Moments(shapes []Shape) [][]float64 { return momentsOf[float64](shapes) }

func momentsOf[T kernel.Element](shapes []Shape) [][]T {
	m := make([][]T, len(shapes))
	for j, s := range shapes {
		m[j] = make([]T, s.Rows*s.Cols)
	}
	return m
}

// inDouble returns moments, in single precision copies of them.
func inDouble[T kernel.Element](moments [][]T) [][]float64 {
	if same, ok := any(moments).([][]float64); ok {
		return same
	}
	copies := make([][]float64, len(moments))
	for j, m := range moments {
		copies[j] = make([]float64, len(m))
		kernel.WidenList(copies[j], m)
	}
	return copies
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

// startSingle returns the state of an optimiser for these parameters, with moments in single
// precision, or nil if it has no such state. Step ignores its arguments. It goes by types, since a
// type that embeds an optimiser of this package has a step of its own.
func startSingle(o Optimizer, shapes []Shape, on parameters[float32]) Stepper {
	switch o := o.(type) {
	case GD:
		return newGD(o, on)
	case Momentum:
		return newMomentum(o, shapes, on)
	case Nesterov:
		return newNesterov(o, shapes, on)
	case SignSGD:
		return newSignSGD(o, shapes, on)
	case NormalizedGD:
		return newNormalizedGD(o, on)
	case GroupRMSProp:
		return newGroupRMSProp(o, on)
	case RMSProp:
		return newRMSProp(o, shapes, on)
	case Adagrad:
		return newAdagrad(o, shapes, on)
	case Adadelta:
		return newAdadelta(o, shapes, on)
	case Adam:
		return newAdam(o, shapes, on)
	case AdamW:
		return newAdamW(o, shapes, on)
	case AMSGrad:
		return newAMSGrad(o, shapes, on)
	case NAdam:
		return newNAdam(o, shapes, on)
	case RAdam:
		return newRAdam(o, shapes, on)
	case Adamax:
		return newAdamax(o, shapes, on)
	case ScalarAdam:
		return newScalarAdam(o, shapes, on)
	}
	return nil
}

// parameters are those that a Stepper is bound to in single precision, and their gradients. In
// double precision there are none: it steps what Step is given.
type parameters[T kernel.Element] struct{ w, g []kernel.MatrixOf[T] }

// count returns the number of parameters.
func (p parameters[T]) count(params []*mat.Dense) int { return max(len(p.w), len(params)) }

func (p parameters[T]) parameter(j int, params []*mat.Dense) kernel.MatrixOf[T] {
	if p.w != nil {
		return p.w[j]
	}
	return kernel.In[T](params[j].RawMatrix())
}

func (p parameters[T]) gradient(j int, grads []*mat.Dense) kernel.MatrixOf[T] {
	if p.g != nil {
		return p.g[j]
	}
	return kernel.In[T](grads[j].RawMatrix())
}

// each is [EachRow] for parameter j.
func (p parameters[T]) each(j int, params, grads []*mat.Dense, f func(w, g []T, at int)) {
	w, g := p.parameter(j, params), p.gradient(j, grads)
	if w.Stride == w.Cols && g.Stride == g.Cols {
		f(w.Data[:w.Rows*w.Cols], g.Data[:w.Rows*w.Cols], 0)
		return
	}
	for i := range w.Rows {
		f(w.Data[i*w.Stride:i*w.Stride+w.Cols], g.Data[i*g.Stride:i*g.Stride+g.Cols], i*w.Cols)
	}
}

// move adds scale times its gradient to parameter j.
func (p parameters[T]) move(j int, params, grads []*mat.Dense, scale float64) {
	p.each(j, params, grads, func(w, g []T, _ int) { kernel.Axpy(T(scale), g, w) })
}

// descend subtracts eta times their gradients from all parameters.
func (p parameters[T]) descend(params, grads []*mat.Dense, eta float64) {
	for j := range p.count(params) {
		p.move(j, params, grads, -eta)
	}
}

// squaredNorm is Σ‖Gⱼ‖_F² over all gradients.
func (p parameters[T]) squaredNorm(grads []*mat.Dense) float64 {
	sum := 0.0
	for j := range p.count(grads) {
		g := p.gradient(j, grads)
		sum += innerOf(g, g)
	}
	return sum
}

// divisor returns ε as it is added to a root: where it is 0, the smallest number, so that 0/0 is 0.
func divisor[T kernel.Element](eps float64) float64 {
	if T(Zero) == 0 {
		return max(eps, math.SmallestNonzeroFloat32)
	}
	return max(eps, Zero)
}

// over is η/(root + ε) for all entries of a gradient of that root mean square: 0 where both are 0,
// as the entries are.
func over(eta, root, eps float64) float64 {
	if root == 0 && eps == Zero {
		return 0
	}
	return eta / (root + eps)
}

func root[T kernel.Element](x T) T { return T(math.Sqrt(float64(x))) }

// scaleBy multiplies w by a factor.
func scaleBy(w *mat.Dense, factor float64) {
	raw := w.RawMatrix()
	for i := range raw.Rows {
		row := raw.Data[i*raw.Stride : i*raw.Stride+raw.Cols]
		kernel.Scale(factor, row, row)
	}
}

// squaredNorm is Σ‖Gⱼ‖_F² over all gradients.
func squaredNorm(grads []*mat.Dense) float64 { return parameters[float64]{}.squaredNorm(grads) }
