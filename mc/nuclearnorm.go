package mc

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// NuclearNorm finds the matrix of least nuclear norm that agrees with the measurements, to high accuracy and with a proof,
//
//	min ‖W‖_*  subject to  ‖A(W) − b‖ ≤ δ,   δ = Noise·√n,
//
// (Fazel 2002; Recht, Fazel, Parrilo 2010; for entries Candès and Recht 2009). It takes any [Measurement].
//
// The dual problem is max ⟨b, y⟩ − δ‖y‖ subject to ‖A*(y)‖₂ ≤ 1, and any such y bounds the optimum from below: that is the
// [Certificate]. The run begins with the alternating direction method of multipliers on the dual problem (Wen, Goldfarb, Yin 2010),
// whose iteration is one soft thresholding S_τ of singular values. It goes on with the proximal method of multipliers (Rockafellar 1976;
// for the nuclear norm Liu, Sun, Toh 2012),
//
//	y ← argmin θ(y) + ρ‖y − y₀‖²/2,   θ(y) = ‖S_τ(W + τA*(y))‖_F²/(2τ) − ⟨b, y⟩ + δ‖y‖,   W ← S_τ(W + τA*(y)),
//
// by a semismooth Newton method whose equations are solved by conjugate gradients. As τ rises and ρ falls, convergence is faster than
// linear, unless the problem is degenerate, as it can be where the number of measurements is just what recovery takes: then Newton's method
// fails, the run returns to the first method, and may end at its limit with a gap of 1e-6 to 1e-4. The Certificate says.
type NuclearNorm struct {
	// Noise is the root mean square of the residual that is allowed, in the units of b. Default 0: the measurements are met.
	Noise float64
	// Tolerance ends the run as Converged once both Feasibility and Gap of the Certificate are at most this. Default 1e-8; below 1e-12
	// rounding is in the way.
	Tolerance float64
	// Steps is the limit: of minimisations in y, or of 100 iterations of the first method. Default 100; about ten are needed.
	Steps int
}

// A Certificate proves how close to optimal the solution of a [NuclearNorm] is. Everything in it can be computed again from W and Y.
type Certificate struct {
	// Y is the dual point, of the length of b. Bound is ⟨b, Y⟩ − δ‖Y‖: no matrix within δ of the measurements has a smaller nuclear
	// norm, as ‖W‖_* ≥ ⟨W, A*(Y)⟩ = ⟨A(W), Y⟩.
	Y     []float64
	Bound float64
	// DualNorm is ‖A*(Y)‖₂, which is at most 1 but for rounding.
	DualNorm float64
	// Nuclear is ‖W‖_*, and Gap is (Nuclear − Bound)/Nuclear, 0 for W = 0. It is negative where W has a smaller norm because it meets the
	// measurements only to within Feasibility.
	Nuclear, Gap float64
	// Feasibility is (‖A(W) − b‖ − δ)/‖b‖, 0 if that is negative or b is 0.
	Feasibility float64
}

// Validate says what is wrong with the settings.
func (s NuclearNorm) Validate() error {
	if !(s.Noise >= 0) || math.IsInf(s.Noise, 0) {
		return fmt.Errorf("mc: NuclearNorm.Noise is %v; it must be at least 0 and finite", s.Noise)
	}
	if s.Steps < 0 {
		return fmt.Errorf("mc: NuclearNorm.Steps is %d; it must be at least 1, or 0 for 100", s.Steps)
	}
	return checkPositive("NuclearNorm.Tolerance", s.Tolerance)
}

// Solve runs from W = 0.
func (s NuclearNorm) Solve(ctx context.Context, p Problem, observers ...Observer) (*Result, error) {
	if err := first(s.Validate(), p.Validate()); err != nil {
		return nil, err
	}
	if err := checkDense("NuclearNorm", p); err != nil {
		return nil, err
	}
	run := newProximalPoint(p.Train, s.Noise*math.Sqrt(float64(p.Train.Len())))
	if least := run.leastResidual(); least > run.delta+1e-6*run.normB {
		return nil, fmt.Errorf("mc: NuclearNorm.Noise is %v, but no matrix meets the measurements to less than a root mean square of %v", s.Noise, run.scale*least/math.Sqrt(float64(p.Train.Len())))
	}
	rows, cols := p.Dims()
	w := mat.NewDense(rows, cols, nil)
	tolerance, limit := or(s.Tolerance, 1e-8), s.Steps
	if limit == 0 {
		limit = 100
	}
	watch := newWatch(s, p, NewPoint(w), limit, observers)
	residual := make([]float64, p.Train.Len())
	result := &Result{W: w}
	var failure error
	for t := 0; ; t++ {
		w.Scale(run.scale, run.center)
		watch.step.point.Changed()
		c := run.certify()
		result.Steps, result.Loss, result.Certificate = t, loss(residual, p.Train, w), c
		err := failure
		switch {
		case err != nil:
			err = fmt.Errorf("mc: NuclearNorm: step %d: %w", t, err)
		case ctx.Err() != nil:
			err = fmt.Errorf("mc: NuclearNorm: stopped at step %d: %w", t, context.Cause(ctx))
		case c.Feasibility <= tolerance && math.Abs(c.Gap) <= tolerance:
			result.Status = Converged
		case t == limit:
			result.Status = StepLimit
		}
		final := err != nil || result.Status != Unfinished
		watch.state(t, result.Loss, final)
		if final {
			return result, err
		}
		failure = run.step(ctx, t, tolerance)
	}
}

// checkDense refuses what is too large to be formed, and a few times over.
func checkDense(solver string, p Problem) error {
	if rows, cols := p.Dims(); tooLarge(rows, cols) {
		return fmt.Errorf("mc: %s: a %d×%d matrix is too large to be formed; DeepMF with Depth 2 and a small Hidden is not limited so", solver, rows, cols)
	}
	return nil
}

// proximalPoint is a run of NuclearNorm, with b, δ and W divided by scale, the largest of |b|.
type proximalPoint struct {
	train        Measurement
	b            []float64
	delta, scale float64
	normB        float64
	largest      float64 // ‖A‖², the largest eigenvalue of AA*
	tau          float64
	start, most  float64 // first τ, and the largest it may get: rounding errors of W are 2⁻⁵²·τ
	rho          float64
	degenerate   bool // Newton's method has failed
	center       *mat.Dense
	y, anchor    []float64     // y and y₀
	soft         softThreshold // at center + τA*(y)
	values       kernel.SVD
	argument     *mat.Dense
	gradient     []float64 // of θ
	direction    *mat.Dense
	derivative   *mat.Dense
	trial        []float64
	dual         *mat.Dense // A*(y)

	newton, residual, search, curved []float64 // of the conjugate gradients
}

func newProximalPoint(train Measurement, delta float64) *proximalPoint {
	rows, cols := train.Dims()
	n := train.Len()
	s := &proximalPoint{
		train: train, b: make([]float64, n), y: make([]float64, n), anchor: make([]float64, n), center: mat.NewDense(rows, cols, nil),
		argument: mat.NewDense(rows, cols, nil), direction: mat.NewDense(rows, cols, nil), derivative: mat.NewDense(rows, cols, nil),
		dual:     mat.NewDense(rows, cols, nil),
		gradient: make([]float64, n), trial: make([]float64, n),
		newton: make([]float64, n), residual: make([]float64, n), search: make([]float64, n), curved: make([]float64, n),
	}
	for _, b := range train.Values() {
		s.scale = max(s.scale, math.Abs(b))
	}
	if s.scale == 0 {
		s.scale = 1
	}
	for k, b := range train.Values() {
		s.b[k] = b / s.scale
	}
	s.delta, s.normB = delta/s.scale, norm(s.b)
	train.AddAdjoint(s.argument, 1, s.b)
	s.values.Values(s.argument.RawMatrix())
	if s.values.Sigma[0] > 0 {
		s.largest = squaredNormOfMap(train)
		s.tau = 0.2 * s.values.Sigma[0] / s.largest
		s.start, s.most = s.tau, 1e5*s.tau
		kernel.Scale(1/s.values.Sigma[0], s.b, s.y)
	}
	return s
}

// leastResidual returns the least ‖A(W) − b‖, or 0 if conjugate gradients on AA* do not tell within as many steps as there are
// measurements.
func (s *proximalPoint) leastResidual() float64 {
	r, ap := s.residual, s.curved
	copy(r, s.b)
	s.argument.Zero()
	s.train.AddAdjoint(s.argument, 1, r)
	s.direction.Copy(s.argument)
	gamma := inner(s.argument, s.argument)
	for range min(len(r), 1000) {
		least := norm(r)
		if math.Sqrt(gamma) <= 1e-10*math.Sqrt(s.largest)*least {
			return least
		}
		if least <= s.delta+1e-8*s.normB {
			return 0
		}
		s.train.Apply(ap, s.direction)
		kernel.Axpy(-gamma/kernel.Dot(ap, ap), ap, r)
		s.argument.Zero()
		s.train.AddAdjoint(s.argument, 1, r)
		next := inner(s.argument, s.argument)
		s.direction.Scale(next/gamma, s.direction)
		add(s.direction, 1, s.argument)
		gamma = next
	}
	return 0
}

// certify returns the certificate of the center and the dual point that is nearest to y along its ray.
func (s *proximalPoint) certify() *Certificate {
	s.argument.Zero()
	s.train.AddAdjoint(s.argument, 1, s.y)
	c := &Certificate{Y: make([]float64, len(s.y))}
	if s.values.Values(s.argument.RawMatrix()) && s.values.Sigma[0] > 0 {
		kernel.Scale(1/s.values.Sigma[0], s.y, c.Y)
		s.argument.Scale(1/s.values.Sigma[0], s.argument)
		s.values.Values(s.argument.RawMatrix())
		c.DualNorm = s.values.Sigma[0]
	}
	bound := kernel.Dot(s.b, c.Y) - s.delta*norm(c.Y)
	if bound < 0 { // then the dual point 0 proves more
		clear(c.Y)
		bound, c.DualNorm = 0, 0
	}
	s.values.Values(s.center.RawMatrix())
	nuclear := 0.0
	for _, v := range s.values.Sigma {
		nuclear += v
	}
	if nuclear > 0 {
		c.Gap = (nuclear - bound) / nuclear
	}
	s.train.Apply(s.residual, s.center)
	kernel.Axpy(-1, s.b, s.residual)
	if s.normB > 0 {
		c.Feasibility = max(0, norm(s.residual)-s.delta) / s.normB
	}
	c.Bound, c.Nuclear = s.scale*bound, s.scale*nuclear
	return c
}

// step is step t of the run.
func (s *proximalPoint) step(ctx context.Context, t int, tolerance float64) error {
	const first = 3 // steps of the first method, to begin with
	if t < first || s.degenerate {
		return s.alternate(ctx, 100, tolerance)
	}
	if t == first {
		s.tau *= 5
		s.rho = 1e-3 * s.tau * s.largest
	}
	w, y := mat.DenseCopyOf(s.center), append([]float64(nil), s.y...)
	// Each minimisation is ten times more accurate than the last, and no better than what is asked for in the end.
	solved, err := s.minimize(ctx, max(tolerance/2, math.Pow(0.1, float64(t+2))))
	switch {
	case err != nil || ctx.Err() != nil: // the center that was reached is the better estimate
	case solved:
		s.center.Copy(s.soft.X)
		s.tau, s.rho = min(2*s.tau, s.most), s.rho/4
	default:
		s.degenerate = true
		s.center.Copy(w)
		copy(s.y, y)
		s.tau = s.start
		return s.alternate(ctx, 100, tolerance)
	}
	return err
}

// alternate does iterations of the alternating direction method on the dual problem, minimising over S and y in turn in
//
//	−⟨b, y⟩ + δ‖y‖ + ⟨W, A*(y) − S⟩ + τ/2·‖A*(y) − S‖_F²  subject to ‖S‖₂ ≤ 1,   W ← W + 1.618·τ(A*(y) − S),
//
// the quadratic in y replaced by one with ‖A‖²·I in the place of AA*, which for entries it is. It ends early where a Certificate is likely to have what is asked for.
func (s *proximalPoint) alternate(ctx context.Context, iterations int, tolerance float64) error {
	s.dual.Zero()
	s.train.AddAdjoint(s.dual, 1, s.y)
	rate := 1 / (s.tau * s.largest)
	for k := 0; k < iterations && ctx.Err() == nil; k++ {
		s.argument.Copy(s.center)
		add(s.argument, s.tau, s.dual)
		threshold := s.soft.Near
		if k%20 == 0 {
			threshold = s.soft.Of // whatever Near has missed
		}
		if !threshold(s.argument, s.tau) {
			return fmt.Errorf("the iterate is not finite: %w", ErrDiverged)
		}
		// τS is what the thresholding takes off the argument, so that the gradient in y is A(X) − b.
		s.train.Apply(s.gradient, s.soft.X)
		kernel.Axpy(-1, s.b, s.gradient)
		infeasible := norm(s.gradient)
		kernel.Axpy(-rate, s.gradient, s.y)
		if length := norm(s.y); s.delta > 0 && length > 0 {
			kernel.Scale(max(0, 1-s.delta*rate/length), s.y, s.y)
		}
		s.dual.Zero()
		s.train.AddAdjoint(s.dual, 1, s.y)
		s.argument.Sub(s.soft.X, s.argument)
		add(s.argument, s.tau, s.dual)
		add(s.center, 1.618, s.argument)
		if s.delta == 0 && infeasible <= tolerance/2*s.normB && frobenius(s.argument) <= tolerance/2*s.tau {
			break
		}
	}
	return nil
}

// minimize minimises θ(y) + ρ‖y − y₀‖²/2 from y₀ = y, and reports whether its gradient is down to tolerance·‖b‖.
func (s *proximalPoint) minimize(ctx context.Context, tolerance float64) (solved bool, err error) {
	copy(s.anchor, s.y)
	theta := s.evaluate(s.y)
	for range 30 {
		slope := s.gradientNorm()
		if !finite(theta) || !finite(slope) {
			return false, fmt.Errorf("the dual objective is %v: %w", theta, ErrDiverged)
		}
		if slope <= tolerance*s.normB || ctx.Err() != nil {
			return true, nil
		}
		s.newtonDirection(ctx, slope)
		descent := kernel.Dot(s.gradient, s.newton)
		length, found := 1.0, false
		for range 30 {
			copy(s.trial, s.y)
			kernel.Axpy(length, s.newton, s.trial)
			// Near the solution θ changes by less than its rounding error, and the full step is right.
			if next := s.evaluate(s.trial); next <= theta+1e-4*length*descent+1e-13*math.Abs(theta) {
				theta, found = next, true
				break
			}
			length /= 2
		}
		if !found {
			return false, nil
		}
		copy(s.y, s.trial)
	}
	return false, nil
}

// evaluate returns θ(y) + ρ‖y − y₀‖²/2 and leaves the soft thresholding at y.
func (s *proximalPoint) evaluate(y []float64) float64 {
	s.argument.Copy(s.center)
	s.train.AddAdjoint(s.argument, s.tau, y)
	if !s.soft.Of(s.argument, s.tau) {
		return math.NaN()
	}
	moved := 0.0
	for k, v := range y {
		moved += (v - s.anchor[k]) * (v - s.anchor[k])
	}
	return s.soft.SquaredNorm()/(2*s.tau) - kernel.Dot(s.b, y) + s.delta*norm(y) + s.rho/2*moved
}

// gradientNorm sets the gradient A(S_τ(…)) − b + δy/‖y‖ + ρ(y − y₀) at y, which was evaluated last, and returns its norm.
func (s *proximalPoint) gradientNorm() float64 {
	s.train.Apply(s.gradient, s.soft.X)
	kernel.Axpy(-1, s.b, s.gradient)
	if length := norm(s.y); s.delta > 0 && length > 0 {
		kernel.Axpy(s.delta/length, s.y, s.gradient)
	}
	kernel.Axpy(s.rho, s.y, s.gradient)
	kernel.Axpy(-s.rho, s.anchor, s.gradient)
	return norm(s.gradient)
}

// newtonDirection solves (∇²θ + ρI)·d = −gradient by conjugate gradients, more accurately the smaller the gradient.
func (s *proximalPoint) newtonDirection(ctx context.Context, slope float64) {
	stop := slope * min(0.1, math.Pow(slope/s.normB, 0.1))
	clear(s.newton)
	kernel.Scale(-1, s.gradient, s.residual)
	copy(s.search, s.residual)
	square := kernel.Dot(s.residual, s.residual)
	for cg := 0; cg < 200 && math.Sqrt(square) > stop && ctx.Err() == nil; cg++ {
		s.hessian(s.curved, s.search)
		curvature := kernel.Dot(s.search, s.curved)
		if !(curvature > 0) {
			return
		}
		kernel.Axpy(square/curvature, s.search, s.newton)
		kernel.Axpy(-square/curvature, s.curved, s.residual)
		next := kernel.Dot(s.residual, s.residual)
		for k, r := range s.residual {
			s.search[k] = r + next/square*s.search[k]
		}
		square = next
	}
}

// hessian sets dst = (∇²θ + ρI)·d = τA(S_τ'(…)[A*(d)]) + δ(d − ŷ⟨ŷ, d⟩)/‖y‖ + ρd, with ŷ = y/‖y‖.
func (s *proximalPoint) hessian(dst, d []float64) {
	shift := s.rho
	s.direction.Zero()
	s.train.AddAdjoint(s.direction, 1, d)
	s.soft.Derivative(s.derivative, s.direction)
	s.train.Apply(dst, s.derivative)
	kernel.Scale(s.tau, dst, dst)
	if length := norm(s.y); s.delta > 0 && length > 0 {
		shift += s.delta / length
		kernel.Axpy(-s.delta/length*kernel.Dot(s.y, d)/(length*length), s.y, dst)
	}
	kernel.Axpy(shift, d, dst)
}

func norm(x []float64) float64 { return math.Sqrt(kernel.Dot(x, x)) }
