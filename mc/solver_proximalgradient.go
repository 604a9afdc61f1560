package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// ProximalGradient minimises
//
//	‖A(W) − b‖²/n + λ·R(W)
//
// for a penalty that has a proximal map, a [ProximalPenalty], with acceleration (FISTA; Beck and Teboulle 2009):
//
//	Z = W + (θ−1)/θ₊·(W − W₋),   W₊ = argmin over X of ½‖X − (Z − s·∇L(Z))‖_F² + s·λ·R(X),   θ₊ = (1 + √(1 + 4θ²))/2,
//
// with s = n/(2‖A‖²), from W = 0. Momentum that points uphill, ⟨Z − W₊, W₊ − W⟩ > 0, is dropped, so that θ = 1 again (O'Donoghue and Candès 2015, gradient scheme). Kinks are met exactly: a singular value, or with
// [L1] an entry, is zero or it is not, which a gradient method such as [DeepMF] only comes near. With [Nuclear] a step without acceleration is one of [SoftImpute]'s.
// It takes any [Measurement].
//
// With a penalty that is not convex, [LogDet] or [Schatten] at P = 1/2 or 2/3 without smoothing, it comes to a point that is stationary, in practice of lower rank and from fewer entries than
// with [Nuclear]; the objective then falls at each step only if Plain.
type ProximalGradient struct {
	// Penalty R.
	Penalty Penalty
	// Lambda is λ. Zero means that the loss alone is minimised.
	Lambda float64
	// Plain leaves acceleration out.
	Plain bool
	// Steps is the limit. Default 5000.
	Steps int
	// Tolerance ends the run as Converged once ‖W₊ − Z‖_F is at most this part of ‖W₊‖_F. Default 1e-8.
	Tolerance float64
}

// Validate says which field is wrong, if one is.
func (s ProximalGradient) Validate() error {
	switch {
	case s.Penalty == nil:
		return fmt.Errorf("mc: ProximalGradient.Penalty is nil; name the penalty, such as Nuclear{}")
	case !(s.Lambda >= 0) || math.IsInf(s.Lambda, 0):
		return fmt.Errorf("mc: ProximalGradient.Lambda is %v; it must be at least 0 and finite", s.Lambda)
	case s.Steps < 0:
		return fmt.Errorf("mc: ProximalGradient.Steps is %d; it must be at least 1, or 0 for 5000", s.Steps)
	}
	if _, err := proximal(s.Penalty); err != nil {
		return fmt.Errorf("mc: ProximalGradient.Penalty: %w", err)
	}
	return checkPositive("ProximalGradient.Tolerance", s.Tolerance)
}

// Solve iterates from W = 0.
func (s ProximalGradient) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(s.Validate(), p.Validate()); err != nil {
		return nil, err
	}
	if err := checkDense("mc: ProximalGradient", p); err != nil {
		return nil, err
	}
	penalty, _ := proximal(s.Penalty) // was validated
	rows, cols := p.Dims()
	room := func() *mat.Dense { return mat.NewDense(rows, cols, nil) }
	w, last, ahead, gradient, moved := room(), room(), room(), room(), room()
	argument := NewPoint(room())
	residual := make([]float64, p.Train.Len())
	rate := 0.0 // s, 0 if nothing is measured but zeros
	if largest := squaredNormOfMap(p.Train); largest > 0 {
		rate = float64(p.Train.Len()) / (2 * largest)
	}
	limit := s.Steps
	if limit == 0 {
		limit = 5000
	}
	watch := newWatch(s, p, NewPoint(w), limit, observers)
	watch.step.penalty, watch.step.Lambda = s.Penalty, s.Lambda
	result := &Result{W: w}
	theta, change := 1.0, math.Inf(1)
	for t := 0; ; t++ {
		watch.step.point.Changed()
		result.Steps, result.Loss = t, loss(residual, p.Train, w)
		var err error
		switch {
		case !finite(result.Loss):
			err = fmt.Errorf("mc: ProximalGradient: step %d: the training loss is %v: %w; scale the data", t, result.Loss, ErrDiverged)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: ProximalGradient: stopped at step %d: %w", t, context.Cause(ctx))
		case change <= or(s.Tolerance, 1e-8)*frobenius(w):
			result.Status = Converged
		case t == limit:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		watch.state(t, result.Loss, final)
		if final {
			return result, err
		}
		lossGradient(gradient, residual, p.Train, ahead)
		argument.W.Copy(ahead)
		add(argument.W, -rate, gradient)
		argument.Changed()
		last.Copy(w)
		penalty.Prox(w, rate*s.Lambda, argument)

		ahead.Sub(ahead, w) // Z − W₊
		change = frobenius(ahead)
		moved.Sub(w, last)
		uphill := inner(ahead, moved) > 0
		ahead.Copy(w)
		if s.Plain {
			continue
		}
		if uphill {
			theta = 1
			continue
		}
		next := (1 + math.Sqrt(1+4*theta*theta)) / 2
		add(ahead, (theta-1)/next, moved)
		theta = next
	}
}
