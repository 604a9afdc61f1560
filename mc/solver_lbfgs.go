package mc

import (
	"context"
	"math"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// LBFGS trains a deep matrix factorisation by the limited-memory BFGS method,
//
//	min over W_1 … W_N of  f = L(W) + λ·R(W),   W = W_N ⋯ W_1,
//	x ← x − t·H·∇f(x),   x = all entries of the factors,
//
// where H approximates the inverse Hessian from the last Memory steps (Nocedal 1980; Liu and
// Nocedal 1989). The step length t satisfies the weak Wolfe conditions
//
//	f(x + t·d) ≤ f + 10⁻⁴·t·∇fᵀd,   ∇f(x + t·d)ᵀd ≥ 0.9·∇fᵀd,   d = −H·∇f,
//
// by bisection, which also copes with the kinks of a penalty (Lewis and Overton 2013, algorithm
// 2.6).
//
// It is a solver and no [Optimizer]: a line search evaluates the objective at points that it then
// leaves, which a [Stepper] cannot. There is no learning rate, so no [Schedule] can act on it. It
// takes any [Measurement] and any [Loss].
//
// It is not equivariant in units: its initialisation and λ are absolute. It is not equivariant
// under a shift: it does not centre its data.
type LBFGS struct {
	// Depth N, Hidden, Init, Penalty R and Lambda λ as for [DeepMF].
	Depth   int `range:"[1, inf)"`
	Hidden  int `range:"[0, inf)"`
	Init    Init
	Penalty Penalty
	Lambda  float64 `default:"none" range:"[0, inf)"`
	// Memory is the number of steps from which H is built.
	Memory int `default:"10" range:"[1, inf)"`
	// Steps is the limit. Each evaluates the objective once or a few times.
	Steps int `default:"10000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once the norm of ∇f is at most this fraction of the
	// largest so far, or no step along −∇f lowers the objective, as at the level of rounding.
	Tolerance float64 `default:"1e-9" range:"[0, inf)"`
	// Stop holds further rules that end the run.
	Stop Stop
	// Seed of the initialisation.
	Seed uint64
}

// WithDefaults fills in Init.
func (l LBFGS) WithDefaults() any {
	l.Init = DeepMF{Depth: l.Depth, Init: l.Init}.WithDefaults().(DeepMF).Init
	return l
}

// Validate says which field is wrong, if one is.
func (l LBFGS) Validate() error {
	return first(CheckRanges(l), checkLambda("LBFGS", l.Lambda, "Penalty", l.Penalty))
}

// TakesLoss says that it minimises any loss.
func (LBFGS) TakesLoss() {}

// Solve trains from the initialisation until a rule ends it. Its [Detail] is the *[Factors] of W.
func (l LBFGS) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &lbfgs{LBFGS: Resolved(l)}
	return Iterate(ctx, l, p, run, Limits{Steps: run.Steps, Stop: l.Stop}, observers...)
}

// lbfgs is a run of LBFGS.
type lbfgs struct {
	LBFGS
	net       *network
	loss      float64 // at the point evaluated last
	at, trial spot    // the iterate, and a point that the line search tries
	direction []float64
	memory    linalg.LBFGS
	steep     float64 // the largest ‖∇f‖ so far
	stuck     bool    // no step lowers the objective
	cut       bool    // the last step, by its context
}

// A spot is a point of the objective.
type spot struct {
	x, gradient []float64
	value       float64
}

func (l *lbfgs) Start(_ context.Context, s *State) error {
	if err := checkSize("LBFGS", s.Problem, l.Depth, hiddenOf(l.Depth, l.Hidden, l.Init), l.Penalty); err != nil {
		return err
	}
	factors, err := initialised("LBFGS", s.Problem, l.Depth, l.Hidden, l.Init, l.Seed)
	if err != nil {
		return err
	}
	l.net = newNetwork(factors, s.Problem.trainTerm(), l.Penalty == nil)
	s.Point, s.Penalty, s.Details = l.net.point, l.Penalty, []any{factors}
	s.Lambda, s.Trajectory, s.Advice = l.Lambda, true, "scale the data"
	if l.Lambda == 0 { // else it has the penalty's within
		s.Gradient = l.net.gradient
	}
	if l.Depth > 1 {
		s.Factors = factors
	}
	size := 0
	for _, shape := range factors.Shapes() {
		size += shape.Rows * shape.Cols
	}
	room := func() []float64 { return make([]float64, size) }
	l.at, l.trial, l.direction = spot{x: room(), gradient: room()}, spot{x: room(), gradient: room()}, room()
	x := l.at.x
	for _, w := range factors.W {
		x = x[copy(x, w.RawMatrix().Data):] // whose rows have no gaps
	}
	l.memory = linalg.LBFGS{Most: l.Memory}
	l.evaluate(&l.at)
	l.steep = linalg.Norm(l.at.gradient)
	return nil
}

// evaluate sets the objective at a point and its gradient. Where they are not finite the objective
// is +Inf, so that the line search turns back.
func (l *lbfgs) evaluate(at *spot) {
	x, g := at.x, at.gradient
	for _, w := range l.net.factors.W {
		x = x[copy(w.RawMatrix().Data, x):]
	}
	l.loss = l.net.forward()
	at.value = l.loss
	if l.Lambda != 0 && l.net.point.Finite() {
		at.value += l.Lambda * l.Penalty.Value(l.net.point)
		l.Penalty.AddGradient(l.net.gradient, l.Lambda, l.net.point)
	}
	l.net.backward()
	for _, d := range l.net.grads {
		g = g[copy(g, d.RawMatrix().Data):]
	}
	if !finite(at.value) || !kernel.Finite(at.gradient) {
		at.value = math.Inf(1)
	}
}

func (l *lbfgs) Loss() (float64, error) { return l.loss, nil }

func (l *lbfgs) Converged() bool {
	return l.stuck || linalg.Norm(l.at.gradient) <= l.Tolerance*l.steep
}

// Step goes along −H·∇f or, if no length will do there, along −∇f with a memory that begins anew.
func (l *lbfgs) Step(ctx context.Context) error {
	for {
		anew := l.memory.Len() == 0
		kernel.Scale(-1, l.at.gradient, l.direction)
		first := 1.0
		if anew { // as far as the iterate is large or, from 0, towards an objective of 0
			slope := linalg.Norm(l.at.gradient)
			if first = linalg.Norm(l.at.x) / slope; first == 0 {
				first = l.at.value / slope / slope
			}
		} else {
			l.memory.Apply(l.direction)
		}
		if l.lineSearch(ctx, first) {
			l.memory.Add(l.trial.x, l.at.x, l.trial.gradient, l.at.gradient)
			l.at, l.trial = l.trial, l.at
			l.steep = max(l.steep, linalg.Norm(l.at.gradient))
			return nil
		}
		l.evaluate(&l.at)
		if anew || ctx.Err() != nil {
			l.cut = ctx.Err() != nil
			l.stuck = !l.cut
			return nil
		}
		l.memory.Forget()
	}
}

// lineSearch sets trial to a point along the direction, and reports whether there is one that
// lowers the objective.
func (l *lbfgs) lineSearch(ctx context.Context, length float64) bool {
	slope := kernel.Dot(l.at.gradient, l.direction)
	lo, hi := 0.0, math.Inf(1)
	if !(slope < 0) {
		return false
	}
	for ctx.Err() == nil {
		copy(l.trial.x, l.at.x)
		kernel.Axpy(length, l.direction, l.trial.x)
		l.evaluate(&l.trial)
		switch {
		case !(l.trial.value <= l.at.value+1e-4*length*slope):
			hi = length
		case kernel.Dot(l.trial.gradient, l.direction) < 0.9*slope && length < math.MaxFloat64/2:
			lo = length
		default:
			return l.trial.value < l.at.value
		}
		before := length
		if length = 2 * lo; !math.IsInf(hi, 1) {
			length = lo + (hi-lo)/2
		}
		// The interval is as short as rounding: a kink, where the lower end will do if there is
		// one.
		if length == before || hi-lo < 1e-14*hi {
			if lo == 0 {
				return false
			}
			copy(l.trial.x, l.at.x)
			kernel.Axpy(lo, l.direction, l.trial.x)
			l.evaluate(&l.trial)
			return l.trial.value < l.at.value
		}
	}
	return false
}

// Kept is the state that a checkpoint keeps.
func (l *lbfgs) Kept() []any { return []any{l.at.x, &l.steep, &l.stuck, &l.memory} }

// Resumed evaluates the objective at the iterate.
func (l *lbfgs) Resumed() { l.evaluate(&l.at) }

// Whole reports whether the last step was not cut short.
func (l *lbfgs) Whole() bool { return !l.cut }
