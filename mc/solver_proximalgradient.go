package mc

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// ProximalGradient minimises
//
//	L(W) + λ·R(W),   L(W) = ‖A(W) − b‖²/n  or the [Loss] of the problem,
//
// for a penalty that has a proximal map, a [ProximalPenalty], with acceleration (FISTA; Beck and
// Teboulle 2009):
//
//	Z = W + (θ−1)/θ₊·(W − W₋),   θ₊ = (1 + √(1 + 4θ²))/2,
//	W₊ = argmin over X of ½‖X − (Z − s·∇L(Z))‖_F² + s·λ·R(X),   s = n/(c‖A‖²),
//
// from W = 0. The step s is that of the loss's curvature bound c, 2 for squares; for a loss without
// one, [Poisson], it is halved until the quadratic model holds. Momentum that points uphill, ⟨Z −
// W₊, W₊ − W⟩ > 0, is dropped, so that θ = 1 again (O'Donoghue and Candès 2015, gradient scheme).
// Singular values, or with [L1] entries, become exactly zero, where a gradient method such as
// [DeepMF] only comes near. With [Nuclear] a step without acceleration is one of [SoftImpute]. It
// takes any [Measurement] and any [Loss].
//
// With a penalty that is not convex, [LogDet] or [Schatten] at P = 1/2 or 2/3 without smoothing, it
// comes to a stationary point, in practice of lower rank and from fewer entries than with
// [Nuclear]; the objective then falls at each step only if Plain.
//
// It is not equivariant in units: a Lambda is absolute. It is not equivariant under a shift: it
// does not centre its data.
type ProximalGradient struct {
	// Penalty R.
	Penalty Penalty
	// Lambda is λ. It must be given; [Zero] minimises the loss alone.
	Lambda float64 `default:"none" range:"[0, inf)"`
	// Plain leaves acceleration out.
	Plain bool
	// Steps is the limit.
	Steps int `default:"5000" range:"[1, inf)"`
	// Tolerance ends the run as Converged once ‖W₊ − Z‖_F is at most this fraction of ‖W₊‖_F. For a
	// convex penalty the same then holds at W₊ itself, as the proximal step does not expand.
	Tolerance float64 `default:"1e-8" range:"[0, inf)"`
}

// Validate says which field is wrong, if one is.
func (s ProximalGradient) Validate() error {
	if s.Penalty == nil {
		return fmt.Errorf("mc: ProximalGradient.Penalty is nil; name the penalty, such as Nuclear{}")
	}
	numbers := s
	numbers.Penalty = nil // which needs a proximal map, not a gradient
	if err := CheckRanges(numbers); err != nil {
		return err
	}
	if _, err := proximal(Resolved(s).Penalty); err != nil {
		return fmt.Errorf("mc: ProximalGradient.Penalty: %w", err)
	}
	return checkLambda("ProximalGradient", s.Lambda, "Penalty", s.Penalty)
}

// TakesLoss says that it minimises any loss.
func (ProximalGradient) TakesLoss() {}

// Solve iterates from W = 0.
func (s ProximalGradient) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	run := &proximalRun{ProximalGradient: Resolved(s)}
	return Iterate(ctx, s, p, run, Limits{Steps: run.Steps}, observers...)
}

// Follows reports whether the other solver is a ProximalGradient with the same settings but for a
// larger λ, and the penalty is convex, so that the minimum does not depend on where a run begins.
func (s ProximalGradient) Follows(other Solver) bool {
	o, ok := other.(ProximalGradient)
	if !ok || !convex(s.Penalty) || !(s.Lambda < o.Lambda) || s.Lambda == 0 {
		return false
	}
	o.Lambda = s.Lambda
	return Describe(o) == Describe(s)
}

// SolveFrom iterates from the W of start, which may be the Result of any solver.
func (s ProximalGradient) SolveFrom(
	ctx context.Context, start *Result, p Problem, observers ...Observer,
) (*Result, error) {
	run := &proximalRun{ProximalGradient: Resolved(s), from: cmp.Or(start, &Result{})}
	return Iterate(ctx, s, p, run, Limits{Steps: run.Steps}, observers...)
}

// convex reports whether a penalty is one of those at home that are convex.
func convex(p Penalty) bool {
	switch p := p.(type) {
	case Nuclear, L1, SquaredFrobenius:
		return true
	case multiple:
		return p.Factor >= 0 && convex(p.Penalty)
	case spectralMultiple:
		return convex(p.multiple)
	case sum:
		return convex(p.A) && convex(p.B)
	case spectralSum:
		return convex(p.sum)
	}
	return false
}

// proximalRun is a run of ProximalGradient.
type proximalRun struct {
	ProximalGradient
	from            *Result // where it begins, nil for W = 0
	train           dataTerm
	prox            ProximalPenalty
	rate            float64 // s, 0 if nothing is measured but zeros
	search          bool    // s is found step by step
	w, last         *mat.Dense
	ahead           *mat.Dense // Z
	gradient, moved *mat.Dense
	argument        *Point // of the proximal map
	residual        []float64
	theta, change   float64 // θ and ‖W₊ − Z‖_F
}

func (r *proximalRun) Start(ctx context.Context, s *State) (err error) {
	if err := s.checkDense(); err != nil {
		return err
	}
	rows, cols := s.Problem.Dims()
	for _, m := range []**mat.Dense{&r.w, &r.last, &r.ahead, &r.gradient, &r.moved} {
		*m = mat.NewDense(rows, cols, nil)
	}
	r.train, r.argument = s.Problem.trainTerm(), NewPoint(mat.NewDense(rows, cols, nil))
	r.residual, r.theta, r.change = make([]float64, r.train.on.Len()), 1, math.Inf(1)
	if largest := squaredNormOfMap(ctx, r.train.on); largest > 0 {
		curvature := r.train.curvature()
		if r.search = math.IsInf(curvature, 1); r.search {
			curvature = 1
		}
		r.rate = r.train.total() / (curvature * largest)
	}
	if r.from != nil {
		l, right, err := sidesOf(r.from, rows, cols)
		if err != nil {
			return fmt.Errorf("mc: ProximalGradient: %w", err)
		}
		kernel.Gemm(false, true, 1, l, right, 0, r.w.RawMatrix())
		r.ahead.Copy(r.w)
	}
	s.Point, s.Penalty, s.Lambda, s.From = NewPoint(r.w), r.Penalty, r.Lambda, r.from
	s.Advice = "scale the data"
	r.prox, err = proximal(r.Penalty)
	return err
}

func (r *proximalRun) Loss() (float64, error) { return r.train.value(r.residual, r.w), nil }

func (r *proximalRun) Converged() bool { return r.change <= r.Tolerance*frobenius(r.w) }

func (r *proximalRun) Step(context.Context) error {
	loss := r.train.gradient(r.gradient, r.residual, r.ahead)
	r.last.Copy(r.w)
	for r.forwardBackward(); r.search && r.tooFar(loss); r.forwardBackward() {
		r.rate /= 2
	}

	r.ahead.Sub(r.ahead, r.w) // Z − W₊
	r.change = frobenius(r.ahead)
	r.moved.Sub(r.w, r.last)
	uphill := inner(r.ahead, r.moved) > 0
	r.ahead.Copy(r.w)
	switch {
	case r.Plain:
	case uphill:
		r.theta = 1
	default:
		next := (1 + math.Sqrt(1+4*r.theta*r.theta)) / 2
		AddScaled(r.ahead, (r.theta-1)/next, r.moved)
		r.theta = next
	}
	return nil
}

// forwardBackward sets W₊ to the proximal map of Z − s·∇L(Z).
func (r *proximalRun) forwardBackward() {
	r.argument.W.Copy(r.ahead)
	AddScaled(r.argument.W, -r.rate, r.gradient)
	r.argument.Changed()
	r.prox.Prox(r.w, r.rate*r.Lambda, r.argument)
}

// tooFar reports whether L(W₊) is above its quadratic model at Z, of which loss is L(Z) and 1/s the
// curvature, by more than rounding (Beck and Teboulle 2009, FISTA with backtracking).
func (r *proximalRun) tooFar(loss float64) bool {
	r.moved.Sub(r.w, r.ahead)
	size := inner(r.moved, r.moved)
	model := loss + inner(r.gradient, r.moved) + size/(2*r.rate)
	value := r.train.value(r.residual, r.w)
	return !(value <= model+1e-12*math.Abs(loss)) && size > 0 && r.rate > math.SmallestNonzeroFloat64
}

// Kept is the state that a checkpoint keeps.
func (r *proximalRun) Kept() []any { return []any{r.w, r.ahead, &r.rate, &r.theta, &r.change} }
