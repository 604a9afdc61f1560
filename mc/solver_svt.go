package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
	"projectpenalty/mc/internal/linalg"
)

// SVT completes a matrix by singular value thresholding,
//
//	W ← S_τ(A*(y)),   y ← y + δ·(b − A(W)),
//
// where S_τ takes τ off each singular value. It is gradient ascent on the dual of
//
//	min τ‖W‖_* + ½‖W‖_F²  subject to A(W) = b,
//
// whose solution tends to that of least nuclear norm as τ grows. Cai, Candès, Shen (2010), algorithm 1. It is simple and slow; [NuclearNorm] is for accuracy.
// It takes [Observations].
type SVT struct {
	// Tau is τ. Default 5·√(rows·cols) times the root mean square of b, as section 5.1 of the paper has it for its examples.
	Tau float64
	// Step is δ. Default 1.2·rows·cols/n as in the paper, which proves convergence below 2; above it may swing.
	Step float64
	// Steps is the limit. Default 2000.
	Steps int
	// Tolerance ends the run as Converged once ‖A(W) − b‖ is at most this part of ‖b‖. Default 1e-4, the paper's.
	Tolerance float64
}

// Validate says what is wrong with the settings.
func (s SVT) Validate() error {
	if s.Steps < 0 {
		return fmt.Errorf("mc: SVT.Steps is %d; it must be at least 1, or 0 for 2000", s.Steps)
	}
	return first(checkPositive("SVT.Tau", s.Tau), checkPositive("SVT.Step", s.Step), checkPositive("SVT.Tolerance", s.Tolerance))
}

// Solve starts from W = 0, with as many of the steps in one as leave it there (section 5.1.2 of the paper).
func (s SVT) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := denseEntriesOf("SVT", p)
	if err != nil {
		return nil, err
	}
	data, scale := unitObservations(o)
	size := linalg.Norm(data.value)
	tau := 5 * math.Sqrt(float64(o.rows)*float64(o.cols)/float64(o.Len())) * size
	if s.Tau > 0 && scale > 0 {
		tau = s.Tau / scale
	}
	delta := or(s.Step, 1.2*float64(o.rows)*float64(o.cols)/float64(o.Len()))
	limit := s.Steps
	if limit == 0 {
		limit = 2000
	}
	w, argument := mat.NewDense(o.rows, o.cols, nil), mat.NewDense(o.rows, o.cols, nil)
	y, residual := make([]float64, o.Len()), make([]float64, o.Len())
	var soft linalg.SoftThreshold
	watch := newWatch(s, p, NewPoint(w), limit, observers)
	watch.step.penalty = Nuclear{}
	result := &Result{W: w, Loss: loss(residual, p.Train, w)}
	copy(residual, data.value) // b − A(W)
	for t := 0; ; t++ {
		var err error
		off := linalg.Norm(residual)
		switch {
		case !finite(off) || off > 1e6*size:
			err = fmt.Errorf("mc: SVT: step %d: the residual is %v of the values: %w; try a smaller Step", t, off/size, ErrDiverged)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: SVT: stopped at step %d: %w", t, context.Cause(ctx))
		case off <= or(s.Tolerance, 1e-4)*size:
			result.Status = Converged
		case t == limit:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		if t > 0 && (final || len(observers) > 0) {
			w.Scale(scale, view(soft.X))
			watch.step.point.Changed()
			result.Loss = loss(make([]float64, o.Len()), p.Train, w)
		}
		result.Steps = t
		watch.state(t, result.Loss, final)
		if final {
			return result, err
		}
		steps := 1.0
		if t == 0 { // y = kδb leaves W = 0 as long as kδ‖A*(b)‖₂ ≤ τ
			data.AddAdjoint(argument, 1, data.value)
			top := NewPoint(argument).SingularValues()[0]
			steps = math.Ceil(tau / (delta * top))
		}
		kernel.Axpy(steps*delta, residual, y)
		argument.Zero()
		data.AddAdjoint(argument, 1, y)
		soft.Of(argument.RawMatrix(), tau) // y is finite
		data.Apply(residual, view(soft.X))
		for k, b := range data.value {
			residual[k] = b - residual[k]
		}
	}
}
